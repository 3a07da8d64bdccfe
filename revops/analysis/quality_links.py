"""Checks of links between records, of amounts and of what every deal should name; and CHECKS, all there are."""

from __future__ import annotations

from revops.analysis.quality_checks import CHECKS_OF_ROWS, Check, Severity
from revops.text import Text

# --- orphans ------------------------------------------------------------------------------------------------------

# A company is known where a list of companies describes it; without any list, what deals name is all there is.
_LISTS = "SELECT import_id FROM log.sources WHERE entity = 'accounts' AND role = 'rows'"
_KNOWN = f"SELECT lower(trim(account_id)) FROM main.accounts WHERE _import_id IN ({_LISTS}) OR NOT EXISTS ({_LISTS})"


def _unknown_account(entity: str, key_field: str, title: Text, meaning: Text, *shows: str) -> Check:
    return Check(
        key=f"{entity}_unknown_account",
        title=title,
        meaning=meaning,
        fix=Text(
            "Load the list of companies that holds them, or map the column that carries the company's id.",
            "Загрузите список компаний, где они есть, или сопоставьте колонку с ID компании.",
        ),
        severity=Severity.GAP,
        entity=entity,
        needs=(f"{entity}.account_id", "accounts.account_id"),
        among="t.account_id IS NOT NULL",
        bad=f"lower(trim(t.account_id)) NOT IN ({_KNOWN})",
        shows=(key_field, "account_id", *shows),
    )


def _unknown_owner(entity: str, key_field: str, title: Text, *shows: str) -> Check:
    return Check(
        key=f"{entity}_unknown_owner",
        title=title,
        meaning=Text(
            "They fall out of every breakdown by team, role and manager, and out of quota attainment.",
            "Выпадают из разрезов по команде, роли и руководителю и из выполнения плана.",
        ),
        fix=Text(
            "Add the people to the team file and load it again.", "Добавьте людей в файл команды и загрузите его."
        ),
        severity=Severity.GAP,
        entity=entity,
        needs=(f"{entity}.owner", "people.person"),
        among="t.owner IS NOT NULL",
        bad="lower(trim(t.owner)) NOT IN (SELECT lower(trim(person)) FROM main.people WHERE person IS NOT NULL)",
        together="t.owner",
        shows=(key_field, "owner", *shows),
    )


_BY_COMPANY = Text(
    "They fall out of every breakdown by segment, industry, region and country.",
    "Выпадают из разрезов по сегменту, отрасли, региону и стране.",
)

ORPHANS = (
    Check(
        key="subscriptions_without_account",
        title=Text("Subscriptions without a known company", "Подписки без известной компании"),
        meaning=Text(
            "Their MRR has no segment, owner or source, and cannot be tied to the deal that won it.",
            "У их MRR нет сегмента, ответственного и источника, его нельзя связать с выигранной сделкой.",
        ),
        fix=Text(
            "Load the list of companies, or map the column with the company's id or domain.",
            "Загрузите список компаний или сопоставьте колонку с ID или доменом компании.",
        ),
        severity=Severity.GAP,
        entity="subscriptions",
        needs=("subscriptions.started_at", "accounts.account_id"),
        bad=f"t.account_id IS NULL OR lower(trim(t.account_id)) NOT IN ({_KNOWN})",
        shows=("subscription_id", "account_id", "plan", "amount", "currency", "started_at"),
    ),
    Check(
        key="won_without_subscription",
        title=Text("Won deals whose company has no subscription", "Выигранные сделки без подписки"),
        meaning=Text(
            "Won revenue and MRR disagree: sold, but never billed, or billed under another company.",
            "Сумма продаж расходится с MRR: продано, но не выставлено — или выставлено на другую компанию.",
        ),
        fix=Text(
            "Compare with the billing system; load its export if it is another one.",
            "Сверьте с биллингом; если он другой, загрузите его выгрузку.",
        ),
        severity=Severity.GAP,
        entity="opportunities",
        needs=("opportunities.account_id", "opportunities.status", "subscriptions.account_id"),
        among="t.status = 'won' AND t.account_id IS NOT NULL",
        bad="lower(trim(t.account_id)) NOT IN "
        "(SELECT lower(trim(account_id)) FROM main.subscriptions WHERE account_id IS NOT NULL)",
        shows=("opportunity_id", "name", "account_id", "amount", "currency", "closed_at", "owner"),
    ),
    Check(
        key="spend_without_channel",
        title=Text("Media spend without a channel", "Расходы на рекламу без канала"),
        meaning=Text(
            "CAC is whole, but no channel carries this money: cost by channel comes out too low.",
            "Общий CAC верен, но эти деньги не отнесены к каналу: стоимость по каналам занижена.",
        ),
        fix=Text("Map the platform or channel column.", "Сопоставьте колонку с площадкой или каналом."),
        severity=Severity.GAP,
        entity="spend",
        needs=("spend.amount",),
        among="coalesce(t.department, 'marketing') = 'marketing' AND coalesce(t.category, 'media') = 'media'",
        bad="coalesce(trim(t.channel), '') = ''",
        shows=("date", "department", "category", "campaign", "amount", "currency"),
    ),
    _unknown_account("opportunities", "opportunity_id", Text("Deals with an unknown company",
        "Сделки с неизвестной компанией"), _BY_COMPANY, "name", "amount", "status", "owner"),
    _unknown_account("leads", "lead_id", Text("Leads with an unknown company", "Лиды с неизвестной компанией"),
        _BY_COMPANY, "email", "source", "created_at"),
    _unknown_account("tickets", "ticket_id", Text("Tickets of an unknown company",
        "Обращения неизвестной компании"), Text("Support load cannot be compared with churn for these customers.",
        "Нагрузку поддержки по этим клиентам нельзя сопоставить с оттоком."), "opened_at", "category"),
    _unknown_owner("opportunities", "opportunity_id", Text("Deals whose owner is not in the team",
        "Сделки, чей ответственный не в команде"), "name", "amount", "status", "created_at"),
    _unknown_owner("leads", "lead_id", Text("Leads whose owner is not in the team",
        "Лиды, чей ответственный не в команде"), "email", "created_at"),
    _unknown_owner("accounts", "account_id", Text("Companies whose owner is not in the team",
        "Компании, чей ответственный не в команде"), "name", "segment"),
)  # fmt: skip

# --- what is missing or stands still ------------------------------------------------------------------------------

_CYCLE = "date_diff('day', created_at, closed_at)"
_USUAL = (
    f"(SELECT quantile_cont({_CYCLE}, 0.9) FROM main.opportunities WHERE status = 'won' AND closed_at >= created_at)"
)
_DEAL = ("opportunity_id", "name", "account_id", "stage", "amount", "currency", "owner")

GAPS = (
    Check(
        key="won_without_amount",
        title=Text("Won deals with no amount", "Выигранные сделки без суммы"),
        meaning=Text(
            "Won revenue comes out too low; the average deal leaves those with no amount out.",
            "Сумма выигранных сделок занижена; в среднюю сделку те, что без суммы, не входят.",
        ),
        fix=Text(
            "Fill in the amounts in the CRM; zero counts as none.", "Заполните суммы в CRM; ноль считается пустым."
        ),
        severity=Severity.GAP,
        entity="opportunities",
        needs=("opportunities.status",),
        among="t.status = 'won'",
        bad="coalesce(t.amount, 0) <= 0",
        shows=("opportunity_id", "name", "account_id", "amount", "closed_at", "owner"),
    ),
    Check(
        key="closed_without_date",
        title=Text("Closed deals with no close date", "Закрытые сделки без даты закрытия"),
        meaning=Text(
            "They are in no period: win rate, won revenue and sales cycle leave them out.",
            "Не попадают ни в один период: доля выигранных, сумма и цикл сделки их не учитывают.",
        ),
        fix=Text(
            "Map opportunities.closed_at, or load the stage history: it tells when a deal closed.",
            "Сопоставьте opportunities.closed_at или загрузите историю этапов: по ней видно дату закрытия.",
        ),
        severity=Severity.GAP,
        entity="opportunities",
        needs=("opportunities.status",),
        among="t.status IN ('won', 'lost')",
        bad="t.closed_at IS NULL",
        shows=("opportunity_id", "name", "account_id", "status", "amount", "created_at", "owner"),
    ),
    Check(
        key="amount_without_rate",
        title=Text("Deals in a currency without a rate", "Сделки в валюте без курса"),
        meaning=Text(
            "Their money counts nowhere: there is no exchange rate on or before the day.",
            "Их сумма нигде не учтена: на эту дату и раньше курса нет.",
        ),
        fix=Text("Load exchange rates for the currency.", "Загрузите курсы этой валюты."),
        severity=Severity.GAP,
        entity="opportunities",
        needs=("opportunities.amount", "opportunities.currency"),
        among="t.amount IS NOT NULL",
        bad="upper(trim(t.currency)) <> own.currency AND coalesce(t.closed_at, t.created_at) < coalesce((SELECT "
        "min(r.date) FROM main.fx_rates r WHERE upper(trim(r.currency)) = upper(trim(t.currency)) AND r.rate IS NOT "
        "NULL), TIMESTAMP '9999-01-01')",
        shows=("opportunity_id", "name", "amount", "currency", "created_at", "closed_at"),
    ),
    Check(
        key="subscriptions_without_interval",
        title=Text("Subscriptions with no billing interval", "Подписки без периода оплаты"),
        meaning=Text(
            "They are left out of MRR, ARR and customers: a price without a period is no revenue a month.",
            "Не входят в MRR, ARR и число клиентов: цена без периода не даёт дохода в месяц.",
        ),
        fix=Text("Map subscriptions.interval, or state it.", "Сопоставьте subscriptions.interval или укажите период."),
        severity=Severity.GAP,
        entity="subscriptions",
        needs=("subscriptions.amount",),
        among="t.status IS DISTINCT FROM 'draft'",
        bad="t.interval IS NULL",
        shows=("subscription_id", "account_id", "plan", "amount", "currency", "started_at"),
    ),
    Check(
        key="ended_without_date",
        title=Text("Cancelled subscriptions with no end date", "Отменённые подписки без даты окончания"),
        meaning=Text(
            "They stay in MRR for good, and churn comes out too low.",
            "Остаются в MRR навсегда, и отток получается заниженным.",
        ),
        fix=Text("Map subscriptions.ended_at or cancelled_at.", "Сопоставьте subscriptions.ended_at или cancelled_at."),
        severity=Severity.WRONG,
        entity="subscriptions",
        needs=("subscriptions.status", "subscriptions.started_at"),
        among="t.status IN ('canceled', 'expired')",
        bad="coalesce(t.ended_at, t.cancelled_at) IS NULL",
        shows=("subscription_id", "account_id", "plan", "status", "started_at"),
    ),
    Check(
        key="deals_without_owner",
        title=Text("Deals without an owner", "Сделки без ответственного"),
        meaning=Text(
            "They fall out of breakdowns by owner and team.", "Выпадают из разрезов по ответственному и команде."
        ),
        fix=Text("Map opportunities.owner, or assign them.", "Сопоставьте opportunities.owner или назначьте их."),
        severity=Severity.UNTIDY,
        entity="opportunities",
        needs=("opportunities.owner",),
        bad="coalesce(trim(t.owner), '') = ''",
        shows=("opportunity_id", "name", "account_id", "stage", "amount", "created_at"),
    ),
    Check(
        key="leads_without_source",
        title=Text("Leads without a source", "Лиды без источника"),
        meaning=Text(
            "No channel is credited with them; cost a lead by channel comes out too high.",
            "Ни один канал их не получает, стоимость лида по каналам завышена.",
        ),
        fix=Text("Map leads.source, or fill it in.", "Сопоставьте leads.source или заполните его."),
        severity=Severity.UNTIDY,
        entity="leads",
        needs=("leads.source",),
        bad="coalesce(trim(t.source), '') = ''",
        shows=("lead_id", "email", "created_at", "owner"),
    ),
    Check(
        key="stale_open_deals",
        title=Text("Open deals older than won deals ever take", "Сделки в работе дольше обычного цикла"),
        meaning=Text(
            "Open pipeline and coverage look better than they are.",
            "Сумма в работе и покрытие плана выглядят лучше, чем есть.",
        ),
        fix=Text(
            "Close what is dead. Open for longer than 90% of the won deals took.",
            "Закройте безнадёжные. В работе дольше, чем заняли 90 % выигранных сделок.",
        ),
        severity=Severity.WRONG,
        entity="opportunities",
        needs=("opportunities.created_at", "opportunities.closed_at", "opportunities.status"),
        among="t.status = 'open'",
        bad=f"date_diff('day', t.created_at, as_of.day) > {_USUAL}",
        together="t.created_at",
        shows=(*_DEAL, "created_at"),
    ),
    Check(
        key="expected_close_passed",
        title=Text("Open deals whose expected close has passed", "Сделки в работе с прошедшей датой закрытия"),
        meaning=Text(
            "The forecast by month cannot be trusted for them.",
            "Прогнозу по месяцам для них нельзя верить.",
        ),
        fix=Text("Set a new date, or close them.", "Назначьте новую дату или закройте."),
        severity=Severity.UNTIDY,
        entity="opportunities",
        needs=("opportunities.expected_close_at", "opportunities.status"),
        among="t.status = 'open' AND t.expected_close_at IS NOT NULL",
        bad="t.expected_close_at < as_of.day",
        together="t.expected_close_at",
        shows=(*_DEAL, "expected_close_at"),
    ),
)

CHECKS: tuple[Check, ...] = (*CHECKS_OF_ROWS, *ORPHANS, *GAPS)
CHECK: dict[str, Check] = {c.key: c for c in CHECKS}
