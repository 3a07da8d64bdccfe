"""The closed lists of canonical values, and how real systems and people spell them in English and Russian."""

from __future__ import annotations

from revops.errors import unknown
from revops.model.core import Vocabulary
from revops.model.declare import term
from revops.model.funnel_vocabularies import CHANNEL, STAGE_MEANING
from revops.text import Text

OPPORTUNITY_STATUS = Vocabulary(
    name="opportunity_status",
    label=Text("Opportunity status", "Статус сделки"),
    terms=(
        term(
            "open",
            ("Open", "В работе"),
            "opened; active; in progress; in process; ongoing; pending; working; not closed; new; открыта; открытая; "
            "открыто; активна; активная; в процессе; не закрыта; новая; текущая",
        ),
        term(
            "won",
            ("Won", "Выиграна"),
            "closed won; closedwon; closed - won; win; success; successful; sold; signed; deal won; выиграно; "
            "выигранная; выигран; успешна; успешно; успешная; успешно реализовано; успешно реализована; "
            "сделка успешна; закрыта успешно; закрыто успешно; закрыта и выиграна; продано; оплачено",
        ),
        term(
            "lost",
            ("Lost", "Проиграна"),
            "closed lost; closedlost; closed - lost; lose; loss; failed; fail; dead; abandoned; deal lost; "
            "проиграно; проигранная; проигран; провалена; провал; неуспешна; отказ; сделка провалена; "
            "закрыто и не реализовано; закрыта и не реализована; не реализовано; закрыта и проиграна; "
            "закрыта неуспешно; потеряна",
        ),
    ),
)

OPPORTUNITY_TYPE = Vocabulary(
    name="opportunity_type",
    label=Text("Opportunity type", "Тип сделки"),
    terms=(
        term(
            "new",
            ("New business", "Новая продажа"),
            "newbusiness; new customer; new client; new logo; new sale; net new; acquisition; first sale; "
            "first purchase; новый; новая; новый клиент; первичная; первичная продажа; первая продажа; новый бизнес; "
            "первая покупка",
        ),
        term(
            "expansion",
            ("Expansion", "Расширение"),
            "existingbusiness; existing business; existing customer; existing customer - upgrade; upsell; up-sell; "
            "cross-sell; crosssell; cross sale; upgrade; add-on; addon; growth; add on business; допродажа; "
            "допродажи; апсейл; кросс-продажа; кросс-сейл; повышение тарифа; действующий клиент; повторная продажа; "
            "повторная; существующий клиент; доппродажа",
        ),
        term(
            "renewal",
            ("Renewal", "Продление"),
            "renew; renewed; existing customer - replacement; existing customer - renewal; contract renewal; "
            "re-contract; extension; пролонгация; возобновление; продление договора; перезаключение",
        ),
    ),
)

INTERVAL = Vocabulary(
    name="interval",
    label=Text("Interval", "Интервал"),
    terms=(
        term("week", ("Week", "Неделя"), "weekly; weeks; per week; wk; 7 days; еженедельно; в неделю; недельный"),
        term(
            "month",
            ("Month", "Месяц"),
            "monthly; months; per month; mo; mth; m; 1 month; one month; month-to-month; 1m; 1 m; p1m; p1 m; mrr; "
            "every month; 30 days; ежемесячно; ежемесячный; в месяц; помесячно; помесячный; месячный; мес; 1 месяц; "
            "раз в месяц",
        ),
        term(
            "quarter",
            ("Quarter", "Квартал"),
            "quarterly; quarters; per quarter; qtr; q; 3 months; three months; 3 month; 3m; 3 m; p3m; p3 m; "
            "every 3 months; 90 days; ежеквартально; ежеквартальный; в квартал; поквартально; квартальный; 3 месяца; "
            "раз в квартал",
        ),
        term(
            "half-year",
            ("Half-year", "Полугодие"),
            "half year; halfyear; half yearly; semiannual; semi-annual; semiannually; semi-annually; biannual; "
            "6 months; six months; 6 month; 6m; 6 m; p6m; p6 m; every 6 months; полгода; полугодовой; раз в полгода; "
            "6 месяцев; шесть месяцев",
        ),
        term(
            "year",
            ("Year", "Год"),
            "yearly; annual; annually; years; per year; yr; y; 1 year; one year; 12 months; twelve months; 12 month; "
            "1y; 1 y; p1y; p1 y; p12m; p12 m; 12m; 12 m; annum; per annum; arr; every year; every 12 months; "
            "365 days; ежегодно; ежегодный; в год; годовой; годовая; 1 год; 12 месяцев; раз в год",
        ),
    ),
)

SUBSCRIPTION_STATUS = Vocabulary(
    name="subscription_status",
    label=Text("Subscription status", "Статус подписки"),
    terms=(
        term(
            "trialing",
            ("Trial", "Пробный период"),
            "in trial; in_trial; trialling; on trial; free trial; trial period; пробная; триал; тест; "
            "тестовый период; бесплатный период; пробный",
        ),
        term(
            "active",
            ("Active", "Активна"),
            "live; current; ongoing; enabled; in force; non renewing; non_renewing; renewed; paid; subscribed; "
            "активная; активно; активный; действует; действующая; действующий; оплачена",
        ),
        term(
            "past_due",
            ("Past due", "Просрочена"),
            "overdue; late; delinquent; dunning; payment failed; in grace period; просрочено; просрочен платеж; "
            "задолженность; долг",
        ),
        term(
            "paused",
            ("Paused", "Приостановлена"),
            "on hold; suspended; frozen; pause; на паузе; пауза; приостановлено; заморожена; заморозка",
        ),
        term(
            "canceled",
            ("Cancelled", "Отменена"),
            "canceled; cancelled; cancel; churned; churn; terminated; ended; inactive; closed; deactivated; lost; "
            "отменено; отмена; отказ; ушел; ушла; отток; расторгнут; расторгнута; неактивна; неактивная; закрыта; "
            "прекращена; отключена",
        ),
        term("unpaid", ("Unpaid", "Не оплачена"), "not paid; uncollectible; неоплачена; неоплаченная; не оплачено"),
        term(
            "draft",
            ("Draft", "Черновик"),
            "incomplete; future; scheduled; pending; not started; upcoming; created; незавершенная; ожидает; "
            "будущая; запланирована; не начата",
        ),
        term(
            "expired",
            ("Expired", "Истекла"),
            "incomplete_expired; lapsed; completed; finished; истекший; истек срок; срок истек; закончилась; завершена",
        ),
    ),
)

DEPARTMENT = Vocabulary(
    name="department",
    label=Text("Department", "Подразделение"),
    terms=(
        term(
            "marketing",
            ("Marketing", "Маркетинг"),
            "mktg; mkt; growth; demand gen; demand generation; advertising; отдел маркетинга; реклама; "
            "служба маркетинга",
        ),
        term(
            "sales",
            ("Sales", "Продажи"),
            "sale; sdr; bdr; account executives; business development; bizdev; отдел продаж; коммерческий отдел; "
            "коммерция; оп; развитие бизнеса",
        ),
        term(
            "success",
            ("Customer success", "Сопровождение клиентов"),
            "cs; csm; support; customer support; customer service; service; account management; onboarding; "
            "клиентский сервис; поддержка; служба поддержки; отдел сопровождения; аккаунтинг; сопровождение; "
            "клиентский успех; работа с клиентами",
        ),
        term(
            "other",
            ("Other", "Прочее"),
            "general; misc; shared; overhead; g&a; company; другое; прочие; общие; остальное; общий отдел",
        ),
    ),
)

SPEND_CATEGORY = Vocabulary(
    name="spend_category",
    label=Text("Spend category", "Статья расходов"),
    terms=(
        term(
            "media",
            ("Media", "Реклама"),
            "ads; ad spend; advertising; paid media; media spend; ad cost; ppc; media buying; sponsorship; events; "
            "медиа; рекламный бюджет; закупка рекламы; медийный бюджет; рекламные расходы; размещение",
        ),
        term(
            "people",
            ("People", "Люди"),
            "salary; salaries; payroll; wages; headcount; compensation; commission; commissions; bonus; bonuses; "
            "staff; personnel; contractors; зарплата; зарплаты; фот; оплата труда; персонал; сотрудники; комиссия; "
            "комиссии; премии; бонусы; подрядчики; команда",
        ),
        term(
            "tools",
            ("Tools", "Инструменты"),
            "software; saas; tooling; licenses; licences; subscriptions; tech; technology; crm; martech; по; "
            "программы; сервисы; лицензии; подписки; софт; программное обеспечение",
        ),
        term(
            "other",
            ("Other", "Прочее"),
            "misc; miscellaneous; general; travel; overhead; content; agency; другое; прочие; остальное; "
            "командировки; накладные расходы; контент; агентство",
        ),
    ),
)

ACTIVITY_TYPE = Vocabulary(
    name="activity_type",
    label=Text("Activity type", "Тип активности"),
    terms=(
        term(
            "call",
            ("Call", "Звонок"),
            "calls; phone; phone call; dial; outbound call; inbound call; cold call; voip; conversation; "
            "incoming call; outgoing call; crm call; звонки; телефонный звонок; исходящий звонок; входящий звонок; "
            "созвон; вызов",
        ),
        term(
            "email",
            ("Email", "Письмо"),
            "e-mail; mail; emails; email sent; email reply; incoming email; forwarded email; outgoing email; "
            "email message; crm email; list email; почта; эл. письмо; электронное письмо; имейл; email-письмо; "
            "электронная почта; письма",
        ),
        term(
            "meeting",
            ("Meeting", "Встреча"),
            "meetings; event; appointment; demo; video call; zoom; onsite; on-site meeting; lunch; visit; webinar; "
            "crm meeting; встречи; демо; демонстрация; визит; переговоры; видеозвонок; совещание",
        ),
        term(
            "task",
            ("Task", "Задача"),
            "tasks; to do; to-do; todo; follow up; follow-up; reminder; deadline; crm task; задачи; дело; "
            "напоминание; связаться",
        ),
        term(
            "other",
            ("Other", "Прочее"),
            "note; sms; chat; whatsapp; telegram; message; linkedin message; postal mail; letter; comment; другое; "
            "заметка; примечание; чат; сообщение; комментарий; мессенджер; смс; sms-сообщение",
        ),
    ),
)

DIRECTION = Vocabulary(
    name="direction",
    label=Text("Direction", "Направление"),
    terms=(
        term(
            "in",
            ("Inbound", "Входящее"),
            "incoming; in-bound; received; incoming email; from customer; входящий; входящая; входящие; вх; "
            "получено; inbound call; входящий звонок",
        ),
        term(
            "out",
            ("Outbound", "Исходящее"),
            "outgoing; out-bound; sent; to customer; email; исходящий; исходящая; исходящие; исх; отправлено; "
            "outbound call; исходящий звонок",
        ),
    ),
)

VOCABULARIES: tuple[Vocabulary, ...] = (
    OPPORTUNITY_STATUS,
    OPPORTUNITY_TYPE,
    INTERVAL,
    SUBSCRIPTION_STATUS,
    DEPARTMENT,
    SPEND_CATEGORY,
    ACTIVITY_TYPE,
    DIRECTION,
    STAGE_MEANING,
    CHANNEL,
)
VOCABULARY: dict[str, Vocabulary] = {v.name: v for v in VOCABULARIES}


def vocabulary(name: str) -> Vocabulary:
    """The vocabulary of that name. Raises UnknownName."""
    try:
        return VOCABULARY[name]
    except KeyError:
        raise unknown(Text("vocabulary", "словарь"), name, VOCABULARY) from None
