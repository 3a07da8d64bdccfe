"""Who sells and what they do: activities, targets, people."""

from __future__ import annotations

from revops.model.core import Entity
from revops.model.declare import choice, decimal, ident, moment, money, names, text
from revops.model.vocabularies import ACTIVITY_TYPE, DIRECTION
from revops.text import Text

ACTIVITIES = Entity(
    name="activities",
    label=Text("Activities", "Активности"),
    meaning=Text(
        "One row is one call, email, meeting or task.",
        "Одна строка — один звонок, письмо, встреча или задача.",
    ),
    natural_key=("occurred_at", "type", "owner", "account_id", "opportunity_id"),
    keyed_by_row=True,
    event_dates=("occurred_at",),
    synonyms=names(
        "activity; calls; call; emails; meetings; tasks; task; events; engagements; engagement; touches; "
        "engagement call; call log; conversations; dialer; телефония; звонки; письма; встречи; задачи; активность; "
        "коммуникации; касания; журнал звонков; дела; события"
    ),
    fields=(
        ident(
            "activity_id",
            ("Activity ID", "ID активности"),
            ("Identifies the activity.", "Идентификатор активности."),
            "id; record id; hs object id; engagement id; activityid; call id; task id; event id; meeting id; "
            "email id; call sid; conversation id; message id; id звонка; id задачи; id встречи; id дела; "
            "номер звонка; идентификатор; ид",
            key=True,
        ),
        choice(
            "type",
            ACTIVITY_TYPE,
            ("Activity type", "Тип активности"),
            ("Call, email, meeting, task or other.", "Звонок, письмо, встреча, задача или прочее."),
            "type; engagement type; task type; task subtype; activity; event type; kind; channel; interaction type; "
            "activity category; тип; вид активности; тип задачи; вид; тип дела; тип события; канал",
        ),
        moment(
            "occurred_at",
            ("Occurred on", "Дата активности"),
            ("When it took place.", "Когда она состоялась."),
            "activity date; activitydate; date; timestamp; hs timestamp; property hs timestamp; occurred on; "
            "created; created at; create date; created date; created time; start time; started; started at; start; "
            "start date; call date; call time; call start time; meeting date; due date; completed at; "
            "completed date; date time; datetime; marked as done time; sent at; event date; property hs createdate; "
            "hs createdate; дата; дата и время; время; дата звонка; дата встречи; дата создания; время звонка; "
            "дата события; дата начала; дата выполнения; начало; время начала",
            required=True,
        ),
        text(
            "owner",
            ("Activity owner", "Исполнитель"),
            ("Who did it.", "Кто её выполнил."),
            "owner; owner id; ownerid; owner name; hubspot owner id; property hubspot owner id; assigned to; "
            "assigned to id; assigned; user; user name; user id; rep; sales rep; sales agent; agent; agent name; "
            "activity assigned to; assigned to user; created by; host; performed by; caller; ответственный; "
            "менеджер; сотрудник; ответственный менеджер; кто звонил; пользователь; оператор; автор; "
            "ответственный сотрудник",
            references="people",
        ),
        ident(
            "account_id",
            ("Account ID", "ID компании"),
            ("The company it concerned.", "Компания, к которой она относится."),
            "account; account name; accountid; company; company id; company name; associated company; "
            "associated company id; associated company ids; customer; customer id; client; client id; organization; "
            "company / account; related account; компания; клиент; id клиента; название компании; организация; "
            "контрагент",
            references="accounts",
        ),
        ident(
            "lead_id",
            ("Lead ID", "ID лида"),
            ("The lead or contact it concerned.", "Лид или контакт, к которому она относится."),
            "lead; contact; contact id; contact name; who id; whoid; name id; associated contact; "
            "associated contact ids; contact person; лид; контакт; id контакта; контактное лицо",
            references="leads",
        ),
        ident(
            "opportunity_id",
            ("Opportunity ID", "ID сделки"),
            ("The deal it concerned.", "Сделка, к которой она относится."),
            "opportunity; opportunityid; opportunity name; deal; deal id; dealid; deal name; deal title; what id; "
            "whatid; related to; related to id; associated deal; associated deal ids; сделка; номер сделки; "
            "название сделки; ид сделки; связанная сделка",
            references="opportunities",
        ),
        choice(
            "direction",
            DIRECTION,
            ("Direction", "Направление"),
            (
                "Whether the customer (in) or the team (out) began it.",
                "Кто начал: клиент (входящее) или команда (исходящее).",
            ),
            "call direction; call type; inbound outbound; in/out; inbound/outbound; email direction; "
            "hs call direction; направление звонка; тип звонка; входящий/исходящий; вид звонка",
        ),
        text(
            "outcome",
            ("Outcome", "Результат"),
            ("How it ended.", "Чем она закончилась."),
            "call outcome; call disposition; calldisposition; disposition; call result; result; meeting outcome; "
            "status; task status; call status; activity status; результат звонка; итог; исход; статус; "
            "статус звонка; итог звонка; статус задачи; результат встречи",
        ),
        decimal(
            "duration_seconds",
            ("Duration", "Длительность"),
            ("How long it lasted, in seconds.", "Сколько она длилась, в секундах."),
            "duration in seconds; call duration in seconds; call duration; calldurationinseconds; duration sec; "
            "duration secs; talk time; call duration seconds; call length; length seconds; billsec; "
            "call duration sec; usage duration secs; duration s; длительность звонка; продолжительность; "
            "длительность сек; длительность в секундах; продолжительность звонка; время разговора; "
            "длительность разговора; длительность звонка сек",
            unit="seconds",
        ),
        decimal(
            "talk_ratio",
            ("Talk ratio", "Доля речи менеджера"),
            ("Share of the conversation in which our side spoke.", "Доля разговора, в которой говорила наша сторона."),
            "talk to listen ratio; talk listen ratio; talk/listen ratio; talk %; talk percent; rep talk ratio; "
            "agent talk ratio; talk time ratio; talk share; rep talk %; доля речи; доля разговора менеджера; "
            "доля речи оператора; соотношение речи; процент речи менеджера",
            unit="share",
        ),
        decimal(
            "score",
            ("Score", "Оценка"),
            ("Mark given to the conversation.", "Балл, поставленный разговору."),
            "call score; quality score; qa score; conversation score; rating; scorecard; scorecard score; "
            "call rating; evaluation; оценка звонка; балл; баллы; оценка качества; оценка разговора; качество; "
            "рейтинг",
        ),
    ),
)

TARGETS = Entity(
    name="targets",
    label=Text("Targets", "Цели"),
    meaning=Text(
        "One row is the target of one metric in one period, for all or for one segment.",
        "Одна строка — цель по одному показателю на один период, в целом или по одному сегменту.",
    ),
    natural_key=("metric", "period", "segment"),
    synonyms=names(
        "target; goals; goal; quotas; plan; plans; okr; kpi targets; budget plan; цель; планы; план продаж; план; "
        "показатели; планы продаж; kpi; план-факт"
    ),
    fields=(
        text(
            "metric",
            ("Metric", "Показатель"),
            ("Which metric the target is for.", "К какому показателю относится цель."),
            "metric name; kpi; measure; goal; goal name; target name; objective; indicator; metric key; goal type; "
            "метрика; наименование показателя; название показателя; kpi показатель; имя метрики; цель; что считаем",
            required=True,
        ),
        text(
            "period",
            ("Period", "Период"),
            ("Month, quarter or year: 2026-03, 2026-Q1, 2026.", "Месяц, квартал или год: 2026-03, 2026-Q1, 2026."),
            "month; quarter; year; date; fiscal period; target period; time period; for period; fiscal quarter; "
            "period start; месяц; квартал; год; дата; плановый период; отчетный период; срок",
            required=True,
        ),
        decimal(
            "value",
            ("Target value", "Значение цели"),
            (
                "The value to reach, in the metric's own unit.",
                "Значение, которого нужно достичь, в единицах показателя.",
            ),
            "value; target; target value; target amount; goal value; plan; planned; planned value; budget; quota; "
            "amount; goal amount; значение; план; плановое значение; целевое значение; сумма; цель план; "
            "план продаж; норматив",
            required=True,
        ),
        text(
            "segment",
            ("Segment", "Сегмент"),
            (
                "What part the target is for; empty for the whole company.",
                "К какой части относится цель; пусто — ко всей компании.",
            ),
            "team; region; owner; department; business unit; dimension; scope; product; channel; manager; rep; "
            "group; команда; регион; отдел; ответственный; подразделение; разрез; продукт; менеджер; канал; группа",
        ),
    ),
)

PEOPLE = Entity(
    name="people",
    label=Text("People", "Сотрудники"),
    meaning=Text(
        "One row is one member of the team, named as records name their owner.",
        "Одна строка — один сотрудник команды, названный так же, как в поле «Ответственный».",
    ),
    synonyms=names(
        "person; users; user; owners; owner; sales teams; sales team; reps; sales reps; team; teams; employees; "
        "staff; team members; roster; headcount; agents; managers; user data; owner data; сотрудник; менеджеры; "
        "команда; пользователи; ответственные; отдел продаж; персонал; штат; продавцы"
    ),
    fields=(
        ident(
            "person",
            ("Person", "Сотрудник"),
            (
                "Name or id of the person, the same as in the owner columns.",
                "Имя или id сотрудника, такое же, как в столбцах с ответственным.",
            ),
            "name; full name; fullname; user; user name; username; user id; userid; user full name; owner; "
            "owner name; owner id; hubspot owner id; rep; rep name; sales rep; sales agent; salesperson; "
            "sales person; agent; agent name; employee; employee name; employee id; member; team member; фио; имя; "
            "имя сотрудника; менеджер; ответственный; пользователь; ф. и. о.; продавец; фио сотрудника; полное имя; "
            "фамилия и имя; имя и фамилия; id сотрудника; табельный номер",
            key=True,
            required=True,
        ),
        text(
            "team",
            ("Team", "Команда"),
            ("Team, office or department the person works in.", "Команда, офис или отдел сотрудника."),
            "team name; sales team; hubspot team; regional office; office; department; division; region; territory; "
            "group; business unit; primary team; отдел; подразделение; группа; департамент; офис; филиал; регион; "
            "отдел продаж",
        ),
        text(
            "role",
            ("Role", "Должность"),
            ("What the person does in the team.", "Чем сотрудник занимается в команде."),
            "title; job title; jobtitle; position; user role; user role id; role name; profile; job; function; роль; "
            "позиция; специализация; функция",
        ),
        text(
            "manager",
            ("Manager", "Руководитель"),
            ("Who the person reports to.", "Кому сотрудник подчиняется."),
            "manager name; manager id; managerid; supervisor; team lead; reports to; line manager; head; boss; "
            "sales manager; team manager; начальник; тимлид; руководитель отдела; непосредственный руководитель; "
            "роп; кому подчиняется",
            references="people",
        ),
        moment(
            "started_at",
            ("Started on", "Дата начала работы"),
            ("When the person joined.", "Когда сотрудник начал работать."),
            "start date; hire date; hired at; hired; joined; joined at; join date; date joined; employment start; "
            "created at; created date; onboarded at; дата приема; дата приема на работу; принят; дата выхода; "
            "дата трудоустройства; дата начала; работает с",
        ),
        moment(
            "ended_at",
            ("Ended on", "Дата ухода"),
            ("When the person left; empty while they work.", "Когда сотрудник ушёл; пусто, пока работает."),
            "end date; termination date; terminated at; left at; left; leave date; date left; last day; "
            "deactivated at; employment end; дата увольнения; последний рабочий день; дата окончания; "
            "работал до",
        ),
        money(
            "quota_amount",
            ("Quota", "План продаж"),
            (
                "What the person is to sell in one quota period.",
                "На какую сумму сотрудник должен продать за период плана.",
            ),
            "quota; sales quota; target; sales target; goal; target amount; plan; annual quota; monthly quota; "
            "quarterly quota; quota value; квота; план; личный план; индивидуальный план; сумма плана; цель; "
            "план на месяц; план на квартал",
        ),
        text(
            "quota_period",
            ("Quota period", "Период плана"),
            (
                "The time that one quota covers: month, quarter, year.",
                "Срок, на который поставлен план: месяц, квартал, год.",
            ),
            "quota frequency; quota interval; target period; period; goal period; quota cadence; период квоты; "
            "срок плана; период; плановый период",
        ),
    ),
)
