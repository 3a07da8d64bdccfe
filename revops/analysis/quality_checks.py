"""Every check of data quality: what is wrong with which rows, what it does to the figures, and how to mend it.

One record a check, in the order in which they are told. Adding one: add its record to a family below; overview, rows,
page and command line follow. Conditions are SQL over `t`, a row of the entity, and `i`, the import it came from;
as_of.day is the last day that counts, own.currency the workspace's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from revops.text import Text


class Severity(IntEnum):
    """How much a figure suffers: it is WRONG, it has a GAP (rows are left out), or rows are only UNTIDY."""

    WRONG = 0
    GAP = 1
    UNTIDY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """bad: the condition of a faulty row, among those for which `among` holds ("": all of the entity).

    meaning: what it does to which KPIs. needs: model fields without which nothing can be said. shows: the entity's
    fields that make the fault visible. together: expressions by which rows that belong together stand side by side.
    """

    key: str
    title: Text
    meaning: Text
    fix: Text
    severity: Severity
    entity: str
    needs: tuple[str, ...]
    bad: str
    shows: tuple[str, ...]
    among: str = ""
    together: str = ""


# --- duplicates ---------------------------------------------------------------------------------------------------

_LEGAL = "ltd|llc|inc|gmbh|corp|limited|plc|ооо|оао|зао|пао|ао|ип"
_SHARED = "('gmail.com', 'outlook.com', 'hotmail.com', 'yahoo.com', 'icloud.com', 'mail.ru', 'yandex.ru', 'bk.ru')"


def _name(row: str) -> str:
    """The company's name as it is compared: letters and digits, without its legal form."""
    letters = f"regexp_replace(replace(lower({row}.name), 'ё', 'е'), '[^a-z0-9а-я]+', ' ', 'g')"
    return f"trim(regexp_replace({letters}, '(^| )({_LEGAL})( |$)', ' ', 'g'))"


def _domain(row: str) -> str:
    """The domain as it is compared: without protocol, www, mailbox and path; "" for those of public mail services."""
    bare = f"regexp_extract(lower(trim({row}.domain)), '^(?:https?://)?(?:www\\.)?(?:.*@)?([^/:?#]+)', 1)"
    return f"CASE WHEN {bare} NOT IN {_SHARED} THEN {bare} ELSE '' END"


def _repeated(entity: str, value: str) -> str:
    """The values (SQL over a row `d`) that several rows have."""
    return f"SELECT {value} FROM main.{entity} d WHERE {value} <> '' GROUP BY ALL HAVING count(*) > 1"


_SAME_DEALS = (
    "SELECT _key FROM "
    "(SELECT _key, created_at, lag(created_at) OVER same AS before, lead(created_at) OVER same AS after "
    "FROM main.opportunities WHERE name IS NOT NULL AND account_id IS NOT NULL AND amount IS NOT NULL "
    "WINDOW same AS (PARTITION BY lower(trim(name)), lower(trim(account_id)), amount ORDER BY created_at)) "
    "WHERE created_at - before <= INTERVAL 30 DAY OR after - created_at <= INTERVAL 30 DAY"
)

DUPLICATES = (
    Check(
        key="duplicate_accounts",
        title=Text("Companies entered more than once", "Компании, заведённые повторно"),
        meaning=Text(
            "Customers are counted twice and their churn, deals and revenue are split between the copies.",
            "Клиенты считаются дважды, а их отток, сделки и доход делятся между копиями.",
        ),
        fix=Text(
            "Merge them in the CRM and export again. Same name (without legal form) or same domain.",
            "Объедините их в CRM и выгрузите заново. Совпадает название (без формы собственности) или домен.",
        ),
        severity=Severity.WRONG,
        entity="accounts",
        needs=("accounts.name",),
        bad=f"coalesce({_name('t')} IN ({_repeated('accounts', _name('d'))}), false) "
        f"OR coalesce({_domain('t')} IN ({_repeated('accounts', _domain('d'))}), false)",
        together=f"coalesce(nullif({_name('t')}, ''), {_domain('t')}), {_domain('t')}",
        shows=("account_id", "name", "domain", "owner", "created_at"),
    ),
    Check(
        key="duplicate_leads",
        title=Text("Leads with the same e-mail", "Лиды с одинаковой почтой"),
        meaning=Text(
            "Leads and MQLs come out too high, the conversion to SQL too low.",
            "Лидов и MQL получается слишком много, а конверсия в SQL занижена.",
        ),
        fix=Text("Merge them in the CRM and export again.", "Объедините их в CRM и выгрузите заново."),
        severity=Severity.WRONG,
        entity="leads",
        needs=("leads.email",),
        among="trim(t.email) <> ''",
        bad=f"lower(trim(t.email)) IN ({_repeated('leads', 'lower(trim(d.email))')})",
        together="lower(trim(t.email))",
        shows=("lead_id", "email", "created_at", "source", "owner"),
    ),
    Check(
        key="duplicate_deals",
        title=Text("Deals entered more than once", "Сделки, заведённые повторно"),
        meaning=Text(
            "Pipeline and won revenue count the same money twice; the win rate is skewed.",
            "Воронка и сумма выигранных сделок учитывают одни деньги дважды, доля выигранных искажается.",
        ),
        fix=Text(
            "Keep one of them. Same company, name and amount, created within 30 days of each other.",
            "Оставьте одну. Совпадают компания, название и сумма, созданы в пределах 30 дней.",
        ),
        severity=Severity.WRONG,
        entity="opportunities",
        needs=("opportunities.name", "opportunities.account_id", "opportunities.amount"),
        among="t.name IS NOT NULL AND t.account_id IS NOT NULL AND t.amount IS NOT NULL",
        bad=f"t._key IN ({_SAME_DEALS})",
        together="lower(trim(t.account_id)), lower(trim(t.name)), t.amount, t.created_at",
        shows=("opportunity_id", "name", "account_id", "amount", "status", "created_at", "owner"),
    ),
)

# --- impossible dates ---------------------------------------------------------------------------------------------


def _order(key: str, title: Text, meaning: Text, entity: str, first: str, *later: str, shows: tuple[str, ...]) -> Check:
    """A date of `later` lies on a day before `first`."""
    early = " OR ".join(f"CAST(t.{name} AS DATE) < CAST(t.{first} AS DATE)" for name in later)
    known = " OR ".join(f"t.{name} IS NOT NULL" for name in later)
    return Check(
        key=key,
        title=title,
        meaning=meaning,
        fix=Text(
            "Correct the dates in the source; if all are wrong, check the order of day and month in the mapping.",
            "Исправьте даты в источнике; если неверны все, проверьте порядок дня и месяца в сопоставлении.",
        ),
        severity=Severity.WRONG,
        entity=entity,
        needs=(f"{entity}.{first}", f"{entity}.{later[0]}"),
        among=f"t.{first} IS NOT NULL AND ({known})",
        bad=early,
        shows=shows,
    )


def _future(entity: str, key_field: str, title: Text, *fields: str) -> Check:
    """A date of something that happened lies after the day the file was loaded (and its time zone's next day)."""
    return Check(
        key=f"{entity}_in_future",
        title=title,
        meaning=Text(
            "Something that has not happened yet is counted, and the “as of” day moves ahead of the data.",
            "Учитывается то, чего ещё не было, а дата «на дату» уходит вперёд данных.",
        ),
        fix=Text(
            "Check the order of day and month in the mapping, then the source.",
            "Проверьте порядок дня и месяца в сопоставлении, затем источник.",
        ),
        severity=Severity.WRONG,
        entity=entity,
        needs=(f"{entity}.{fields[0]}",),
        bad=" OR ".join(f"CAST(t.{f} AS DATE) > CAST(i.loaded_at AS DATE) + 1" for f in fields),
        shows=(key_field, *fields),
    )


DATES = (
    _order(
        "closed_before_created",
        Text("Deals closed before they were created", "Сделки, закрытые раньше создания"),
        Text("Left out of the sales cycle; the day they close counts all the same.",
             "Не входят в цикл сделки, хотя дата закрытия всё равно учитывается."),
        "opportunities", "created_at", "closed_at",
        shows=("opportunity_id", "name", "created_at", "closed_at", "status", "owner"),
    ),
    _order(
        "ended_before_started",
        Text("Subscriptions ended before they started", "Подписки, завершённые раньше начала"),
        Text("They never count in MRR, customers or churn.", "Не входят ни в MRR, ни в клиентов, ни в отток."),
        "subscriptions", "started_at", "ended_at",
        shows=("subscription_id", "account_id", "plan", "started_at", "ended_at", "status"),
    ),
    _order(
        "lead_dates_out_of_order",
        Text("Leads qualified before they were created", "Лиды, квалифицированные раньше создания"),
        Text("Times through the funnel come out negative, cohorts mix.",
             "Время прохождения воронки выходит отрицательным, когорты смешиваются."),
        "leads", "created_at", "mql_at", "sql_at", "disqualified_at",
        shows=("lead_id", "email", "created_at", "mql_at", "sql_at", "disqualified_at"),
    ),
    _order(
        "lead_response_before_created",
        Text("Leads answered before they were created", "Ответ на лид раньше его создания"),
        Text("The lead response time comes out too short.", "Время ответа на лид занижается."),
        "leads", "created_at", "first_response_at",
        shows=("lead_id", "email", "created_at", "first_response_at", "owner"),
    ),
    _order(
        "ticket_dates_out_of_order",
        Text("Tickets answered or resolved before they were opened", "Обращения с ответом раньше открытия"),
        Text("Response and resolution times come out too short.", "Время ответа и решения занижается."),
        "tickets", "opened_at", "first_response_at", "resolved_at",
        shows=("ticket_id", "account_id", "opened_at", "first_response_at", "resolved_at"),
    ),
    _future("opportunities", "opportunity_id",
            Text("Deals dated in the future", "Сделки с датой в будущем"), "created_at", "closed_at"),
    _future("leads", "lead_id", Text("Leads dated in the future", "Лиды с датой в будущем"), "created_at"),
    _future("tickets", "ticket_id", Text("Tickets dated in the future", "Обращения с датой в будущем"), "opened_at"),
    _future("invoices", "invoice_id", Text("Payments dated in the future", "Оплаты с датой в будущем"), "paid_at"),
)  # fmt: skip

CHECKS_OF_ROWS: tuple[Check, ...] = (*DUPLICATES, *DATES)
