"""Where public tools disagree on recurring revenue, churn and lifetime value: one rule each, as a person can choose it.

`Definitions` holds the choices that are in force; the defaults are this product's own. What each tool publishes:
definition_presets.py. What a rule does to the figures: metrics/rules.py (MRR) and metrics/variants.py (ratios).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from revops.errors import BadParameter, unknown
from revops.text import Text

LONGEST = 3650  # days
NEVER = ("", "never", "none", "no", "никогда", "нет")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One decision. choices: value -> what it means, the default first; {} where it is a number of days.

    days: what a number of days means ("{n}"); at_once: what 0 means; never: what no number means.
    scope: which figures it touches.
    """

    key: str
    label: Text
    help: Text
    scope: str  # "mrr": amounts, customers and all that follows; else that formula alone: "logo", "revenue", ...
    choices: Mapping[str, Text]
    days: Text | None = None
    at_once: Text | None = None
    never: Text | None = None

    def said(self, value: object) -> Text:
        """A value of the rule in words."""
        if not self.choices:
            assert self.never is not None
            assert self.at_once is not None
            assert self.days is not None
            return self.never if value is None else self.at_once if value == 0 else self.days.format(n=value)
        return self.choices[str(value)]


RULES: tuple[Rule, ...] = (
    Rule(
        key="discounts",
        label=Text("Discounts", "Скидки"),
        help=Text("Whether a discount lowers MRR.", "Снижает ли скидка MRR."),
        scope="mrr",
        choices={
            "subtract": Text("lower MRR", "уменьшают MRR"),
            "ignore": Text("leave MRR at the full price", "не меняют MRR: считается полная цена"),
        },
    ),
    Rule(
        key="past_due_days",
        label=Text("Past due", "Просроченная оплата"),
        help=Text(
            "How long a subscription that stands at “past due” goes on counting, from its oldest unpaid invoice, else "
            "from its last renewal.",
            "Сколько ещё учитывается подписка в статусе «просрочена»: от самого старого неоплаченного счёта, иначе от "
            "последнего продления.",
        ),
        scope="mrr",
        choices={},
        days=Text("counts for {n} days, then churns", "учитывается {n} дн., затем отток"),
        at_once=Text("churns at once", "сразу отток"),
        never=Text("counts until it is cancelled", "учитывается до отмены"),
    ),
    Rule(
        key="unpaid_days",
        label=Text("Unpaid", "Неоплаченная подписка"),
        help=Text(
            "How long a subscription that stands at “unpaid” (collection was given up) goes on counting.",
            "Сколько ещё учитывается подписка в статусе «не оплачена» (попытки списания прекращены).",
        ),
        scope="mrr",
        choices={},
        days=Text("counts for {n} days, then churns", "учитывается {n} дн., затем отток"),
        at_once=Text("churns at once", "сразу отток"),
        never=Text("counts until it is cancelled", "учитывается до отмены"),
    ),
    Rule(
        key="paused",
        label=Text("Paused", "Пауза"),
        help=Text(
            "What a subscription that stands at “paused” is, from its last renewal on.",
            "Чем считается подписка на паузе начиная с последнего продления.",
        ),
        scope="mrr",
        choices={
            "counts": Text("counts as before", "учитывается как раньше"),
            "zero": Text("has MRR 0 (contraction)", "MRR равен 0 (сокращение)"),
            "churn": Text("has ended (churn)", "завершена (отток)"),
        },
    ),
    Rule(
        key="zero_mrr",
        label=Text("MRR of zero", "Нулевой MRR"),
        help=Text(
            "Whether an account that pays nothing (a 100 % discount, a free plan) is a customer.",
            "Считается ли клиентом компания, которая ничего не платит (скидка 100 %, бесплатный тариф).",
        ),
        scope="mrr",
        choices={
            "customer": Text("is a customer", "клиент"),
            "once_paid": Text("is one only if it has ever paid", "клиент, только если платила раньше"),
            "churn": Text("is none: falling to zero is churn", "не клиент: падение до нуля — отток"),
        },
    ),
    Rule(
        key="churn_day",
        label=Text("Day of churn", "День оттока"),
        help=Text(
            "When a cancelled subscription stops counting.", "С какого дня отменённая подписка перестаёт учитываться."
        ),
        scope="mrr",
        choices={
            "service_end": Text("when the paid service ends", "когда кончается оплаченный срок"),
            "cancellation": Text("when the cancellation is made", "в день отмены"),
        },
    ),
    Rule(
        key="reactivation_days",
        label=Text("Coming back", "Возвращение клиента"),
        help=Text(
            "How long after leaving a return is reactivation; later it is new business.",
            "Сколько дней после ухода возвращение считается реактивацией; позже это новый доход.",
        ),
        scope="mrr",
        choices={},
        days=Text("reactivation within {n} days, then new", "реактивация в течение {n} дн., затем новый доход"),
        at_once=Text("always new", "всегда новый доход"),
        never=Text("always reactivation", "всегда реактивация"),
    ),
    Rule(
        key="churned",
        label=Text("Who has churned", "Кто считается ушедшим"),
        help=Text("What customer churn counts above the line.", "Что стоит в числителе оттока клиентов."),
        scope="logo",
        choices={
            "start_cohort": Text(
                "customers of the start who are gone at the end", "активные на начало, которых нет на конец"
            ),
            "with_joined": Text(
                "customers of the start who are gone at the end, and who joined and left in between",
                "активные на начало, которых нет на конец, и те, кто пришёл и ушёл внутри периода",
            ),
            "events": Text("every departure, a second one too", "каждый уход, в том числе повторный"),
        },
    ),
    Rule(
        key="churn_base",
        label=Text("Churn of how many", "От какого числа"),
        help=Text("What customer churn is divided by.", "На что делится отток клиентов."),
        scope="logo",
        choices={
            "start": Text("customers at the start", "клиенты на начало"),
            "start_and_joined": Text(
                "customers at the start and those who joined or came back",
                "клиенты на начало и те, кто пришёл или вернулся за период",
            ),
        },
    ),
    Rule(
        key="revenue_churn",
        label=Text("Revenue lost", "Потерянная выручка"),
        help=Text("How gross and net revenue churn are summed.", "Как складывается отток выручки, валовый и чистый."),
        scope="revenue",
        choices={
            "accounts": Text(
                "start against end, of the customers of the start", "конец против начала по активным на начало"
            ),
            "movements": Text("all contraction and churn in the period", "все сокращения и уходы за период"),
        },
    ),
    Rule(
        key="net_churn",
        label=Text("Net churn", "Чистый отток выручки"),
        help=Text("What net revenue churn takes off.", "Что вычитается в чистом оттоке выручки."),
        scope="revenue",
        choices={
            "expansion": Text("expansion", "расширение"),
            "reactivation": Text("expansion and reactivation", "расширение и реактивация"),
        },
    ),
    Rule(
        key="retention",
        label=Text("Revenue kept", "Удержанная выручка"),
        help=Text("How NRR and GRR are summed.", "Как складываются NRR и GRR."),
        scope="retention",
        choices={
            "accounts": Text(
                "end against start, of the customers of the start", "конец против начала по активным на начало"
            ),
            "movements": Text(
                "100 % less all contraction and churn in the period (NRR: plus expansion)",
                "100 % минус все сокращения и уходы за период (NRR: плюс расширение)",
            ),
        },
    ),
    Rule(
        key="ltv_churn",
        label=Text("Churn in lifetime value", "Отток в ценности клиента"),
        help=Text("The monthly rate that lifetime value is divided by.", "Месячный отток, на который делится CLV."),
        scope="ltv",
        choices={
            "pooled_6_months": Text("customers, six complete months together", "клиенты, шесть полных месяцев вместе"),
            "average_6_months": Text(
                "customers, average of six monthly rates", "клиенты, среднее шести месячных значений"
            ),
            "last_month": Text("customers, the last complete month", "клиенты, последний полный месяц"),
            "net_revenue_6_months": Text("net revenue, six complete months", "чистая выручка, шесть полных месяцев"),
        },
    ),
    Rule(
        key="ltv_margin",
        label=Text("Margin in lifetime value", "Маржа в ценности клиента"),
        help=Text("Whether lifetime value is of gross margin.", "Умножается ли CLV на валовую маржу."),
        scope="ltv",
        choices={
            "apply": Text("times gross margin", "умножается на валовую маржу"),
            "none": Text("of revenue, no margin", "по выручке, без маржи"),
        },
    ),
)
RULE: dict[str, Rule] = {r.key: r for r in RULES}
MRR_RULES = tuple(r.key for r in RULES if r.scope == "mrr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """A value for each rule; *_days: None means without end. The defaults are the product's own.

    Raises BadParameter on a value that its rule does not know.
    """

    discounts: str = "subtract"
    past_due_days: int | None = None
    unpaid_days: int | None = None
    paused: str = "counts"
    zero_mrr: str = "customer"
    churn_day: str = "service_end"
    reactivation_days: int | None = None
    churned: str = "start_cohort"
    churn_base: str = "start"
    revenue_churn: str = "accounts"
    net_churn: str = "expansion"
    retention: str = "accounts"
    ltv_churn: str = "pooled_6_months"
    ltv_margin: str = "apply"

    def __post_init__(self) -> None:
        for rule in RULES:
            value = getattr(self, rule.key)
            if rule.choices:
                if value not in rule.choices:
                    raise unknown(rule.label, str(value), rule.choices)
            elif value is not None and (
                not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LONGEST
            ):
                raise _no_days(rule, value)

    def differing(self, other: Definitions) -> tuple[Rule, ...]:
        """The rules in which the two differ, in the order of RULES."""
        return tuple(r for r in RULES if getattr(self, r.key) != getattr(other, r.key))

    def with_rule(self, name: str, value: str) -> Definitions:
        """With one rule as a person writes it ("past_due_days", "30"). Raises UnknownName, BadParameter."""
        rule = rule_of(name)
        return from_dict({**self.as_dict(), rule.key: parsed(rule, value)})

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


OURS = Definitions()


def from_dict(values: Mapping[str, Any]) -> Definitions:
    """The definitions that were kept; a rule that is absent is as in OURS. Raises UnknownName for an unknown rule."""
    known = {f.name for f in fields(Definitions)}
    for name in values:
        if name not in known:
            raise unknown(Text("rule", "правило"), name, known)
    return Definitions(**values)


def rule_of(name: str) -> Rule:
    """The rule of that key. Raises UnknownName, which suggests the nearest."""
    key = name.strip().lower().replace("-", "_")
    if key not in RULE:
        raise unknown(Text("rule", "правило"), name, RULE)
    return RULE[key]


def parsed(rule: Rule, value: str) -> str | int | None:
    """The rule's value of a person's word. Raises BadParameter."""
    word = value.strip().lower()
    if rule.choices:
        if word not in rule.choices:
            raise unknown(rule.label, value, rule.choices)
        return word
    if word in NEVER:
        return None
    if not word.isdecimal() or int(word) > LONGEST:
        raise _no_days(rule, value)
    return int(word)


def _no_days(rule: Rule, value: object) -> BadParameter:
    return BadParameter(
        Text("“{rule}” cannot be “{value}”.", "«{rule}» не может быть «{value}».").format(rule=rule.label, value=value),
        fix=Text("Give a number of days up to {n}, or “never”.", "Укажите число дней до {n} или «никогда».").format(
            n=LONGEST
        ),
    )
