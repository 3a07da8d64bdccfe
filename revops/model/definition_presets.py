"""Definitions as public tools publish them, with the page that says so. Read in their public documentation.

Where no public page was found for a rule, it stays as in OURS and the preset states no source for it. ChartMogul,
Stripe and ProfitWell let some of these be set; then the default is taken, and the source says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from revops.errors import unknown
from revops.model.definitions import OURS, Definitions
from revops.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """page: the public page's own title. says: what it says, in our words."""

    page: str
    says: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A tool's conventions. stated: rule -> source; the other rules are as in OURS, for want of a public statement.

    missing: what the tool does that no rule here can say.
    """

    key: str
    label: Text
    definitions: Definitions
    stated: Mapping[str, Stated]
    missing: tuple[Text, ...] = ()


def _says(page: str, en: str, ru: str) -> Stated:
    return Stated(page=page, says=Text(en, ru))


OWN = Preset(key="ours", label=Text("RevOps workbench", "RevOps: рабочее место"), definitions=OURS, stated={})

_CM_SETTINGS = "ChartMogul Help: Configuring Subscription Analytics settings"
_CM_MOVEMENTS = "ChartMogul Help: Data Table and MRR Movements"
_CM_CHURN = "ChartMogul Help: Churn rate formulas (standard formula)"
_CM_PAST_DUE = "ChartMogul Help: Handling past-due subscriptions"
_CM_LTV = "ChartMogul Help: Chart: Customer Lifetime Value (LTV)"
_CM_NOT_COUNTED = _says(
    _CM_CHURN,
    "Customers who joined and churned, or churned and came back, in the period are left out: of 100 customers with 12 "
    "churned, one of them back and one joined in between, churn is 10 %.",
    "Кто пришёл и ушёл или ушёл и вернулся внутри периода, не считается: из 100 клиентов ушли 12, один вернулся, один "
    "пришёл внутри периода, отток 10 %.",
)

CHARTMOGUL = Preset(
    key="chartmogul",
    label=Text("ChartMogul", "ChartMogul"),
    definitions=replace(
        OURS,
        zero_mrr="once_paid",
        revenue_churn="movements",
        net_churn="reactivation",
        ltv_churn="average_6_months",
        ltv_margin="none",
    ),
    stated={
        "discounts": _says(
            _CM_MOVEMENTS,
            "A discount added is contraction; one that expires is expansion.",
            "Новая скидка — сокращение, её окончание — расширение.",
        ),
        "past_due_days": _says(
            _CM_PAST_DUE,
            "By default it counts until it is cancelled; churn after 1 to 90 days is a setting.",
            "По умолчанию учитывается до отмены; отток через 1–90 дней — настройка.",
        ),
        "unpaid_days": _says(
            _CM_PAST_DUE,
            "It stays active after all payment attempts have failed, until it is cancelled.",
            "Остаётся активной и после всех неудачных списаний, пока её не отменят.",
        ),
        "paused": _says(
            "ChartMogul Help: Handling paused subscriptions in ChartMogul",
            "From Stripe, GoCardless and Chargebee it goes on generating MRR; from Recurly it is cancelled.",
            "Из Stripe, GoCardless и Chargebee продолжает давать MRR; из Recurly считается отменённой.",
        ),
        "zero_mrr": _says(
            _CM_SETTINGS,
            "Who paid and moves to a free plan or a 100 % discount stays active by default; who was never billed above "
            "zero is no subscriber.",
            "Кто платил и перешёл на бесплатный тариф или скидку 100 %, по умолчанию остаётся активным; кому ни разу "
            "не выставили счёт больше нуля, не подписчик.",
        ),
        "churn_day": _says(
            _CM_SETTINGS,
            "By default when the subscription ends in the billing system.",
            "По умолчанию когда подписка завершается в биллинге.",
        ),
        "reactivation_days": _says(
            _CM_MOVEMENTS,
            "A customer who paid, churned and moves back to a paid plan; no time limit is named.",
            "Клиент платил, ушёл и снова перешёл на платный тариф; предельный срок не назван.",
        ),
        "churned": _CM_NOT_COUNTED,
        "churn_base": _CM_NOT_COUNTED,
        "revenue_churn": _says(
            "ChartMogul Help: Metric: MRR Churn Rate",
            "Gross: churn and contraction MRR / MRR at the start; $100 with 10 churned and 10 contracted is 20 %.",
            "Валовый: MRR оттока и сокращения / MRR на начало; при $100, оттоке 10 и сокращении 10 это 20 %.",
        ),
        "net_churn": _says(
            "ChartMogul Help: Chart: Net MRR Churn Rate",
            "Churn and contraction less expansion and reactivation / MRR at the start: 10 % with an expansion of 10.",
            "Отток и сокращение минус расширение и реактивация / MRR на начало; при расширении 10 это 10 %.",
        ),
        "retention": _says(
            "ChartMogul Help: Chart: Net MRR Retention",
            "Of the MRR of subscribers active at the start, what they pay at the end; without new business and "
            "reactivation.",
            "Какая часть MRR подписчиков, активных на начало, осталась к концу; без новых клиентов и реактивации.",
        ),
        "ltv_churn": _says(
            _CM_LTV,
            "ARPA / the average of the churn rates of the six months before.",
            "ARPA / среднее значений оттока за шесть предыдущих месяцев.",
        ),
        "ltv_margin": _says(_CM_LTV, "No margin in the formula.", "Маржи в формуле нет."),
    },
    missing=(
        Text(
            "The older “Shopify” formula, which sums daily churn.",
            "Прежняя формула «Shopify», где отток суммируется по дням.",
        ),
    ),
)

_STRIPE = "Stripe Docs: Billing metric definitions"
_STRIPE_CHURN = "Stripe Support: Calculating churn rate in Billing"
_STRIPE_SET = "Stripe Support: Metric configurations"

STRIPE = Preset(
    key="stripe",
    label=Text("Stripe Billing", "Stripe Billing"),
    definitions=replace(
        OURS, unpaid_days=0, paused="zero", zero_mrr="churn", churned="events", churn_base="start_and_joined"
    ),
    stated={
        "discounts": _says(
            _STRIPE_SET,
            "Subtracting recurring discounts and one-time discounts are two settings; subtracted here.",
            "Вычитать ли постоянные и разовые скидки — две настройки; здесь вычитаются.",
        ),
        "past_due_days": _says(
            _STRIPE,
            "MRR is of active and past due subscriptions.",
            "В MRR входят активные и просроченные подписки.",
        ),
        "unpaid_days": _says(
            _STRIPE,
            "A subscription marked unpaid is churn and leaves MRR.",
            "Подписка со статусом «не оплачена» — отток и выходит из MRR.",
        ),
        "paused": _says(
            _STRIPE,
            "Only active and past due subscriptions are in MRR.",
            "В MRR только активные и просроченные подписки.",
        ),
        "zero_mrr": _says(
            _STRIPE_CHURN,
            "Churn is going from non-zero MRR to zero; subscribers on free plans are not in MRR.",
            "Отток — переход от ненулевого MRR к нулю; бесплатные тарифы в MRR не входят.",
        ),
        "churn_day": _says(
            _STRIPE_SET,
            "At the cancellation or at the end of the billing cycle, as set; the end of the cycle here.",
            "В день отмены или в конце оплаченного срока, по настройке; здесь конец срока.",
        ),
        "reactivation_days": _says(
            _STRIPE,
            "Reactivation MRR is a part of MRR growth; no time limit is named.",
            "Реактивация — часть прироста MRR; предельный срок не назван.",
        ),
        "churned": _says(
            _STRIPE_CHURN,
            "Who starts and churns within the 30 days counts; a returning customer who leaves again is a second churn.",
            "Кто начал и ушёл в те же 30 дней, считается; вернувшийся и снова ушедший — второй уход.",
        ),
        "churn_base": _says(
            _STRIPE_CHURN,
            "Active subscribers 30 days ago plus new subscribers of those 30 days.",
            "Активные 30 дней назад плюс новые за эти 30 дней.",
        ),
    },
    missing=(
        Text("Rates there always look at 30 days.", "Доли там всегда считаются за 30 дней."),
        Text(
            "Coupons of limited duration leave MRR unchanged there unless set otherwise; data tell no durations.",
            "Купоны на ограниченный срок там не меняют MRR, если не настроено иначе; срок в файле не виден.",
        ),
    ),
)

_BM_CHURN = "Baremetrics Help: User and Revenue Churn"
_BM_LTV = "Baremetrics Help: Lifetime Value"
_BM_DELINQUENT = _says(
    _BM_CHURN,
    "Customers delinquent for more than 30 days are considered to have cancelled.",
    "Клиенты с просрочкой больше 30 дней считаются ушедшими.",
)

BAREMETRICS = Preset(
    key="baremetrics",
    label=Text("Baremetrics", "Baremetrics"),
    definitions=replace(
        OURS,
        past_due_days=30,
        unpaid_days=30,
        churned="with_joined",
        revenue_churn="movements",
        retention="movements",
        ltv_churn="last_month",
        ltv_margin="none",
    ),
    stated={
        "past_due_days": _BM_DELINQUENT,
        "unpaid_days": _BM_DELINQUENT,
        "churned": _says(
            "Baremetrics Changelog: Churn Update",
            "Who signs up and cancels within the same 30 days is included in the churn rate.",
            "Кто подписался и отменил в те же 30 дней, входит в отток.",
        ),
        "churn_base": _says(
            _BM_CHURN,
            "Cancelled customers in the last 30 days / active customers 30 days ago.",
            "Отменившие за 30 дней / активные 30 дней назад.",
        ),
        "revenue_churn": _says(
            _BM_CHURN,
            "MRR lost to downgrades and cancellations in the last 30 days / MRR 30 days ago.",
            "MRR, потерянный на понижениях и отменах за 30 дней / MRR 30 дней назад.",
        ),
        "retention": _says(
            "Baremetrics Changelog: Net Revenue Retention",
            "100 % less (churned MRR less expansion MRR) / MRR 30 days ago.",
            "100 % минус (MRR оттока минус MRR расширения) / MRR 30 дней назад.",
        ),
        "ltv_churn": _says(
            _BM_LTV,
            "Average MRR per customer / user churn rate (of the last 30 days).",
            "Средний MRR на клиента / отток клиентов (за последние 30 дней).",
        ),
        "ltv_margin": _says(_BM_LTV, "No margin in the formula.", "Маржи в формуле нет."),
    },
    missing=(
        Text(
            "Annual plans have their churn measured over 365 days there.",
            "Отток годовых тарифов там считается за 365 дней.",
        ),
    ),
)

_PW_COMPARE = "ProfitWell Metrics Help: ProfitWell vs. ReCharge"
_PW_FAQ = "ProfitWell: FAQs for Paddle users"
_PW_LTV = "ProfitWell Help: Lifetime Value"

PROFITWELL = Preset(
    key="profitwell",
    label=Text("ProfitWell", "ProfitWell"),
    definitions=replace(
        OURS,
        past_due_days=15,
        unpaid_days=0,
        paused="zero",
        zero_mrr="churn",
        ltv_churn="net_revenue_6_months",
        ltv_margin="none",
    ),
    stated={
        "discounts": _says(
            _PW_COMPARE,
            "Discounts and credits are always subtracted before MRR.",
            "Скидки и зачёты всегда вычитаются до расчёта MRR.",
        ),
        "past_due_days": _says(
            _PW_FAQ,
            "Past due users are active within their dunning window, of at least 15 days as they recommend.",
            "Просроченные активны в течение окна взыскания; рекомендуют не меньше 15 дней.",
        ),
        "unpaid_days": _says(
            _PW_FAQ,
            "Who passes the window without paying has churned delinquently.",
            "Кто не оплатил до конца окна, считается ушедшим из-за неоплаты.",
        ),
        "paused": _says(
            _PW_COMPARE,
            "A subscription on hold is downgraded to $0 in MRR.",
            "Подписка на паузе понижается до нулевого MRR.",
        ),
        "zero_mrr": _says(
            "ProfitWell Help: Customers",
            "Who is fully discounted or on a $0 subscription is not a customer.",
            "Со скидкой 100 % или бесплатной подпиской — не клиент.",
        ),
        "churn_day": _says(
            "ProfitWell Metrics Help: Churn",
            "A cancelled customer counts until the end of the billing cycle.",
            "Отменивший учитывается до конца оплаченного срока.",
        ),
        "reactivation_days": _says(
            "ProfitWell Metrics Help: ProfitWell vs. Chargify",
            "Who comes back after any time is a reactivation.",
            "Вернувшийся через любое время — реактивация.",
        ),
        "churned": _says(
            "ProfitWell Metrics Help: Are cancellations in the first month counted as churn?",
            "Who is new and churns in the same month is not counted as churned.",
            "Новый клиент, ушедший в том же месяце, ушедшим не считается.",
        ),
        "ltv_churn": _says(
            _PW_LTV,
            "Roughly ARPU / (1 - retention), smoothed in a way that is not published; six months together here.",
            "Примерно ARPU / (1 − удержание), сглаживание не опубликовано; здесь шесть месяцев вместе.",
        ),
        "ltv_margin": _says(_PW_LTV, "No margin in the formula.", "Маржи в формуле нет."),
    },
    missing=(
        Text(
            "MRR of who joins and leaves in one month is taken off new MRR there.",
            "MRR тех, кто пришёл и ушёл в одном месяце, там вычитается из нового дохода.",
        ),
    ),
)

PRESETS: tuple[Preset, ...] = (OWN, CHARTMOGUL, STRIPE, BAREMETRICS, PROFITWELL)
PRESET: dict[str, Preset] = {p.key: p for p in PRESETS}
WORKSPACE = "workspace"
KIND = Text("definitions", "определения")


def preset(name: str) -> Preset:
    """The preset of that key. Raises UnknownName, which suggests the nearest."""
    key = name.strip().lower().replace("-", "_").replace(" ", "_")
    if key not in PRESET:
        raise unknown(KIND, name, [*PRESET, WORKSPACE])
    return PRESET[key]


def read(text: str, own: Definitions) -> Definitions:
    """ "stripe", "workspace" (which is `own`), "ours,past_due_days=30,paused=churn": what a person asks for.

    Raises UnknownName, BadParameter.
    """
    head, *changes = [part.strip() for part in text.split(",")]
    named = "=" not in head
    found = (own if head.lower() == WORKSPACE else preset(head).definitions) if named else own
    for change in changes if named else [head, *changes]:
        name, _, value = change.partition("=")
        found = found.with_rule(name, value)
    return found


def named(definitions: Definitions) -> Preset | None:
    """The preset that has just these definitions; None where a person made their own."""
    return next((p for p in PRESETS if p.definitions == definitions), None)


def label_of(definitions: Definitions) -> Text:
    """What to call these definitions: the preset, or the nearest one and what differs from it."""
    found = named(definitions)
    if found is not None:
        return found.label
    nearest = min(PRESETS, key=lambda p: len(definitions.differing(p.definitions)))
    changed = len(definitions.differing(nearest.definitions))
    return Text("{p} (rules changed: {n})", "{p} (изменено правил: {n})").format(p=nearest.label, n=changed)
