"""Where demand comes from and what it costs: leads and spend."""

from __future__ import annotations

from revops.model.core import Entity
from revops.model.declare import choice, day, ident, moment, money, names, text
from revops.model.vocabularies import DEPARTMENT, SPEND_CATEGORY
from revops.text import Text

LEADS = Entity(
    name="leads",
    label=Text("Leads", "Лиды"),
    meaning=Text("One row is one lead or contact.", "Одна строка — один лид или контакт."),
    natural_key=("email", "created_at"),
    keyed_by_row=True,
    event_dates=("created_at", "mql_at", "sql_at", "first_response_at", "disqualified_at"),
    synonyms=names(
        "lead; contacts; contact; prospects; inquiries; mql; signups; sign ups; form submissions; contact data; "
        "lead data; лид; контакты; контакт; заявки; заявка; обращения; входящие; потенциальные клиенты; регистрации"
    ),
    fields=(
        ident(
            "lead_id",
            ("Lead ID", "ID лида"),
            ("Identifies the lead in the source system.", "Идентификатор лида в исходной системе."),
            "id; record id; record id - contact; hs object id; contact id; contactid; leadid; lead number; lead no; "
            "prospect id; vid; person id; visitor id; submission id; application id; id контакта; номер лида; "
            "номер заявки; id заявки; идентификатор лида; номер обращения; ид лида; ид",
            key=True,
            required=True,
        ),
        ident(
            "account_id",
            ("Account ID", "ID компании"),
            ("The company the lead belongs to.", "Компания, к которой относится лид."),
            "account; account name; company; company id; company name; companyname; associated company; "
            "associated company id; associated company ids; associated company ids primary; "
            "associated company primary; associatedcompanyid; primary associated company; "
            "primary associated company id; primary company; converted account id; converted account; "
            "matched account; organization; organization id; person - organization; lead - organization; "
            "customer id; property company; property associatedcompanyid; компания; название компании; id клиента; "
            "организация; клиент; контрагент; компания контакта",
            references="accounts",
        ),
        text(
            "email",
            ("Email", "Email"),
            ("Mail address of the lead.", "Адрес почты лида."),
            "e-mail; email address; work email; business email; mail; property email; contact email; person - email; "
            "lead email; эл. почта; электронная почта; почта; рабочий email; емейл; адрес почты; имейл; "
            "email контакта; рабочий e-mail",
        ),
        moment(
            "created_at",
            ("Lead created", "Дата создания лида"),
            ("When the lead came in.", "Когда пришёл лид."),
            "created; created at; create date; createdate; created date; created time; creation date; created on; "
            "date created; date create; property createdate; property created at; became a lead date; submitted at; "
            "submission date; became a subscriber date; hs lifecyclestage lead date; received at; inquiry date; "
            "date added; lead created date; lead - lead created; signup date; registered at; first conversion date; "
            "дата создания; создан; создано; дата заявки; дата обращения; дата поступления; дата регистрации; "
            "дата лида; дата и время создания; поступил; дата добавления; дата",
            required=True,
        ),
        text(
            "source",
            ("Lead source", "Источник лида"),
            ("Where the lead came from, as the system wrote it.", "Откуда пришёл лид, как записала система."),
            "source; leadsource; original source; original source type; original traffic source; "
            "hs analytics source; property hs analytics source; hs latest source; latest source; "
            "latest traffic source; record source; traffic source; utm source; channel; lead channel; "
            "marketing channel; medium; utm medium; source id; acquisition channel; first touch channel; "
            "lead origin; how did you hear about us; source name; lead - source channel; lead - source origin; "
            "источник; источник заявки; источник обращения; канал; источник трафика; рекламный источник; "
            "канал привлечения; откуда узнали; тип источника",
        ),
        text(
            "campaign",
            ("Campaign", "Кампания"),
            ("Marketing campaign that brought the lead.", "Маркетинговая кампания, которая привела лид."),
            "campaign name; utm campaign; campaign id; lead source detail; source detail; source details; "
            "original source drill-down 1; original traffic source drill-down 1; first touch campaign; "
            "hs analytics source data 1; primary campaign; most recent campaign; source description; "
            "рекламная кампания; название кампании; кампания utm; дополнительно об источнике",
        ),
        text(
            "status",
            ("Lead status", "Статус лида"),
            ("Where the lead stands, as the system wrote it.", "В каком состоянии лид, как записала система."),
            "status; hs lead status; property hs lead status; lifecycle stage; lifecyclestage; "
            "property lifecyclestage; lead stage; stage; contact stage; lead state; status id; status name; "
            "contact status; статус; стадия; стадия лида; этап; этап лида; состояние; статус заявки; статус обращения",
        ),
        text(
            "owner",
            ("Lead owner", "Ответственный"),
            ("Who works the lead.", "Кто обрабатывает лид."),
            "owner; contact owner; owner id; ownerid; owner name; hubspot owner id; property hubspot owner id; "
            "lead owner alias; assigned to; assigned by id; assignee; sales rep; rep; sdr; bdr; responsible; "
            "lead - owner; sales agent; ответственный за лид; менеджер; ответственный менеджер; исполнитель; "
            "ответственный за контакт; кто обрабатывает; оператор; владелец",
            references="people",
        ),
        moment(
            "mql_at",
            ("MQL date", "Дата MQL"),
            ("When marketing found the lead qualified.", "Когда маркетинг признал лид квалифицированным."),
            "became a marketing qualified lead date; became an mql date; marketing qualified date; mql time; "
            "date entered marketing qualified lead; date entered marketing qualified lead lifecycle stage pipeline; "
            "hs lifecyclestage marketingqualifiedlead date; property hs lifecyclestage marketingqualifiedlead date; "
            "hs v2 date entered marketingqualifiedlead; marketing qualified at; mql timestamp; mql since; стал mql; "
            "дата квалификации маркетингом; дата перехода в mql; дата маркетинговой квалификации",
        ),
        moment(
            "sql_at",
            ("SQL date", "Дата SQL"),
            ("When sales accepted the lead as qualified.", "Когда продажи признали лид квалифицированным."),
            "became a sales qualified lead date; became an sql date; sales qualified date; sql time; "
            "date entered sales qualified lead; date entered sales qualified lead lifecycle stage pipeline; "
            "hs lifecyclestage salesqualifiedlead date; property hs lifecyclestage salesqualifiedlead date; "
            "hs v2 date entered salesqualifiedlead; sales qualified at; sql timestamp; sales accepted date; "
            "sal date; sqo date; qualified at; qualified date; qualification date; стал sql; "
            "дата квалификации продажами; дата перехода в sql; дата квалификации",
        ),
        moment(
            "first_response_at",
            ("First response", "Первый ответ"),
            ("When a person first answered the lead.", "Когда человек впервые ответил лиду."),
            "first responded at; first response date; first contacted at; first contact date; first touch date; "
            "first outreach date; first outreach; first call at; first activity date; first reply at; "
            "first engagement date; date of first engagement; hs sa first engagement date; responded at; "
            "date of first outreach; first sales contact; first outbound; first contacted; дата первого ответа; "
            "первый контакт; дата первого контакта; первый звонок; дата первого звонка; дата первого касания; "
            "первое касание; дата ответа; время первого ответа; взят в работу",
        ),
        moment(
            "disqualified_at",
            ("Disqualified on", "Дата дисквалификации"),
            ("When the lead was given up.", "Когда от лида отказались."),
            "disqualified date; disqualification date; rejected at; rejected date; unqualified at; unqualified date; "
            "recycled at; date disqualified; junked at; archived at; дата отказа; дата отбраковки; дата брака; "
            "дата закрытия; дата отсева; дата отклонения",
        ),
        text(
            "disqualify_reason",
            ("Disqualification reason", "Причина дисквалификации"),
            ("Why the lead was given up.", "Почему от лида отказались."),
            "disqualified reason; unqualified reason; reject reason; rejection reason; junk reason; lost reason; "
            "recycle reason; disqualification category; reason disqualified; reason; причина отказа; "
            "причина отбраковки; причина брака; причина отсева; причина некачественного лида; причина отклонения; "
            "причина",
        ),
        ident(
            "opportunity_id",
            ("Opportunity ID", "ID сделки"),
            ("The deal that the lead became.", "Сделка, в которую перешёл лид."),
            "opportunity; deal id; deal; converted opportunity id; convertedopportunityid; converted opportunity; "
            "associated deal ids; associated deal; associated deals; associated deal id; converted deal; "
            "opportunityid; converted deal id; сделка; номер сделки; id связанной сделки; создана сделка",
            references="opportunities",
        ),
    ),
)

SPEND = Entity(
    name="spend",
    label=Text("Spend", "Расходы"),
    meaning=Text(
        "One row is one line of marketing, sales or customer success cost on a day.",
        "Одна строка — одна статья расходов на маркетинг, продажи или сопровождение клиентов за день.",
    ),
    natural_key=("date", "department", "channel", "campaign", "category", "currency"),
    keyed_by_row=True,
    event_dates=("date",),
    synonyms=names(
        "costs; cost; expenses; expense; budget; ad spend; ads; campaigns; campaign report; campaign performance; "
        "google ads; facebook ads; meta ads; linkedin ads; yandex direct; ad performance; marketing spend; payroll; "
        "расход; затраты; бюджет; издержки; реклама; рекламные расходы; яндекс директ; директ; зарплаты; фот; "
        "рекламные кампании; кампании; статистика"
    ),
    fields=(
        day(
            "date",
            ("Spend date", "Дата расхода"),
            (
                "Day of the spend; the first day where a longer period is reported.",
                "День расхода; первый день, если строка за больший период.",
            ),
            "day; date start; start date; start date in utc; reporting starts; reporting start; month; week; period; "
            "report date; posting date; transaction date; by day; by month; time period; expense date; "
            "accounting date; дата; день; месяц; неделя; период; начало отчетности; дата операции; отчетный период; "
            "начало отчета; дата платежа",
            required=True,
        ),
        money(
            "amount",
            ("Spend amount", "Сумма расхода"),
            ("What was spent.", "Сколько потрачено."),
            "amount; cost; costs; spend; spent; total spent; total spend; amount spent; amount spent usd; "
            "amount spent eur; amount spent gbp; amount spent rub; ad spend; ad cost; media cost; advertising spend; "
            "marketing spend; expense; expenses; total cost; cost usd; cost converted currency; spend usd; value; "
            "debit; investment; salary; charges; actual; actual spend; net spend; расход; расходы; "
            "расход руб; расход с ндс; расход без ндс; сумма; затраты; потрачено; стоимость; сумма затрат; "
            "рекламный расход; издержки; сумма затрат rub; расходы на рекламу; расход с учетом ндс; "
            "потраченная сумма; факт; траты",
            required=True,
        ),
        text(
            "currency",
            ("Currency", "Валюта"),
            ("Three-letter code of the currency of the amount.", "Трёхбуквенный код валюты суммы."),
            "currency code; account currency; ccy; код валюты; валюта расхода; валюта кабинета; валюта аккаунта",
        ),
        choice(
            "department",
            DEPARTMENT,
            ("Department", "Подразделение"),
            ("Whose cost it is.", "Чей это расход."),
            "team; function; cost center; cost centre; business unit; dept; division; cost department; "
            "gl department; отдел; департамент; служба; цфо; центр затрат; команда; функция",
        ),
        text(
            "channel",
            ("Channel", "Канал"),
            (
                "Advertising channel or platform, as the system wrote it.",
                "Рекламный канал или площадка, как записала система.",
            ),
            "platform; source; network; ad platform; ad network; traffic source; utm source; utm medium; medium; "
            "marketing channel; vendor; provider; publisher; campaign type; publisher platform; media; источник; "
            "площадка; рекламный канал; система; рекламная система; источник трафика; тип кампании; "
            "рекламная площадка; поставщик; сеть",
        ),
        text(
            "campaign",
            ("Campaign", "Кампания"),
            ("Advertising campaign.", "Рекламная кампания."),
            "campaign name; campaign group name; campaign group; utm campaign; ad campaign; campaign id; initiative; "
            "рекламная кампания; название кампании; имя кампании; номер кампании; № кампании; проект",
        ),
        choice(
            "category",
            SPEND_CATEGORY,
            ("Spend category", "Статья расходов"),
            (
                "What the money went on: media, people, tools, other.",
                "На что ушли деньги: реклама, люди, инструменты, прочее.",
            ),
            "category; expense type; expense category; cost type; cost category; type; gl account; spend type; "
            "account; budget line; line item; budget category; статья; категория; вид расхода; тип расхода; "
            "статья затрат; вид затрат; категория расходов; тип затрат; статья бюджета",
        ),
    ),
)
