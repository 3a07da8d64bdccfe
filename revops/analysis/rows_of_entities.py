"""What is told of a record behind a figure: its key, name, company, owner, amounts, and where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from revops.analysis.core import Column
from revops.metrics.core import Basis, Fact, Unit
from revops.metrics.derived import recurring_source
from revops.metrics.facts.recurring import WON
from revops.metrics.tables import KEY
from revops.model import ENTITY, Entity, FieldType
from revops.text import Text

SHOWS: dict[str, tuple[str, ...]] = {
    "accounts": ("name", "segment"),
    "activities": ("type", "outcome"),
    "invoices": ("period_start", "period_end", "amount", "currency"),
    "leads": ("email", "source", "status"),
    "mrr_months": ("month", "mrr", "currency", "plan"),
    "opportunities": ("name", "stage", "status", "amount", "currency"),
    "spend": ("department", "channel", "campaign", "category", "amount", "currency"),
    "subscriptions": ("plan", "status", "amount", "currency", "interval", "quantity", "discount"),
    "tickets": ("category", "priority", "status"),
}
ACCOUNT = Column(key="account", label=Text("Company", "Компания"))
OWNER = Column(key="owner", label=Text("Owner", "Ответственный"))
RECORDS = Column(key="records", label=Text("Records behind", "Записи-основания"))
PLACES = {
    "file": "coalesce(i.file || ' › ' || i.sheet, i.file)",
    "row": '{origin}."_row"',
    "import_id": '{origin}."_import_id"',
}
ID_OF = {"subscriptions": "subscription_id", "invoices": "invoice_id"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """values: column -> SQL over `r` (the picked records) and the joins; columns: how they are shown, but the place."""

    values: Mapping[str, str]
    joins: str
    columns: tuple[Column, ...]


def told(fact: Fact | None, identity: tuple[str, ...], basis: Basis, *, entity: str | None = None) -> Told:
    """What is told of records that `identity` names. fact None: records of `entity`."""
    relation = entity or (fact.relation(basis) if fact else "")
    if KEY in identity:
        return _record(ENTITY[relation], 'r."_key"', basis)
    if "subscription_id" in identity:
        return _subscription(basis)
    if "account_id" in identity:
        return _account(fact, basis)
    return Told(values=dict.fromkeys(PLACES, "NULL"), joins="", columns=())


def _record(entity: Entity, key: str, basis: Basis, before: str = "") -> Told:
    """A record of the entity by its key; before: joins that make the key known."""
    shows = [n for n in SHOWS.get(entity.name, tuple(f.name for f in entity.required)) if _holds(entity, n, basis)]
    own = entity.key_field
    values = {own.name: f'e."{own.name}"'} if own else {}
    columns = [_column(entity, own.name)] if own else []
    for name in shows:
        values[name] = f'e."{name}"'
        columns.append(_column(entity, name))
    joins = [before, f'LEFT JOIN main.{entity.name} e ON e."_key" = {key}']
    if "account_id" in entity and entity.name != "accounts" and _holds(entity, "account_id", basis):
        joins.append('LEFT JOIN main.accounts a ON a."account_id" = e."account_id"')
        values["account"] = 'coalesce(a."name", e."account_id")'
        columns.append(ACCOUNT)
        if "owner" not in entity and basis.has("accounts.owner"):
            values["owner"] = 'a."owner"'
            columns.append(OWNER)
    if _holds(entity, "owner", basis):
        values["owner"] = 'e."owner"'
        columns.append(OWNER)
    joins.append('LEFT JOIN log.imports i ON i.import_id = e."_import_id"')
    values |= {name: sql.format(origin="e") for name, sql in PLACES.items()}
    return Told(values=values, joins=" ".join(joins), columns=tuple(columns))


def _holds(entity: Entity, name: str, basis: Basis) -> bool:
    return name in entity and basis.has(f"{entity.name}.{name}")


def _column(entity: Entity, name: str) -> Column:
    found = entity.field(name)
    names = {t.key: t.label for t in found.vocabulary.terms} if found.vocabulary else {}
    numeric = found.type in (FieldType.DECIMAL, FieldType.INTEGER)
    return Column(key=name, label=found.label, names=names, unit=Unit.COUNT if numeric else None)


def _subscription(basis: Basis) -> Told:
    """What bills: a subscription, else a month of the customers' sheet, else an invoice."""
    source = recurring_source(basis) or "subscriptions"
    if source == "mrr_months":
        months = (
            'SELECT "account_id", CAST(date_trunc(\'month\', "month") AS DATE) AS day, min("_key") AS "_key" '
            "FROM main.mrr_months GROUP BY 1, 2"
        )
        before = f'LEFT JOIN ({months}) k ON k."account_id" = r."account_id" AND k.day = r."day"'
        return _record(ENTITY[source], 'k."_key"', basis, before)
    name = ID_OF[source]
    before = f'LEFT JOIN (SELECT "{name}", "_key" FROM main.{source}) k ON k."{name}" = r."subscription_id"'
    return _record(ENTITY[source], 'k."_key"', basis, before)


def _account(fact: Fact | None, basis: Basis) -> Told:
    """A company, and the records that made its state on the day: subscriptions then, or ended on it; else the deal."""
    entity = ENTITY["accounts"]
    shows = [n for n in SHOWS["accounts"] if _holds(entity, n, basis)]
    values = {"account_id": 'r."account_id"', **{n: f'a."{n}"' for n in shows}}
    columns = [_column(entity, "account_id"), *(_column(entity, n) for n in shows)]
    if basis.has("accounts.owner"):
        values["owner"] = 'a."owner"'
        columns.append(OWNER)
    made = [sql for sql in (_billed(basis), _won(fact, basis)) if sql]
    joins = ['LEFT JOIN main.accounts a ON a."account_id" = r."account_id"']
    origin = "a"
    if made:
        rows = " UNION ALL ".join(made)
        grouped = (
            "SELECT account_id, day, string_agg(id, ', ' ORDER BY began DESC, id) AS records, "
            'max_by("_import_id", began) AS "_import_id", max_by("_row", began) AS "_row" '
            f"FROM ({rows}) m GROUP BY 1, 2"
        )
        joins.append(f'LEFT JOIN ({grouped}) b ON b.account_id = r."account_id" AND b.day = r."day"')
        values["records"] = "b.records"
        columns.append(RECORDS)
        origin = "b"
    joins.append(f'LEFT JOIN log.imports i ON i.import_id = {origin}."_import_id"')
    values |= {name: sql.format(origin=origin) for name, sql in PLACES.items()}
    return Told(values=values, joins=" ".join(joins), columns=tuple(columns))


_PICKED = '(SELECT DISTINCT "account_id", "day" FROM picked) p'


def _billed(basis: Basis) -> str | None:
    source = recurring_source(basis)
    if source is None:
        return None
    matched = (
        "e.account_id = s.account_id AND CAST(date_trunc('month', e.month) AS DATE) = s.start_day"
        if source == "mrr_months"
        else f"e.{ID_OF[source]} = s.subscription_id"
    )
    return (
        "SELECT p.account_id, p.day, s.subscription_id AS id, s.start_day AS began, "
        f'e."_import_id", e."_row" FROM {_PICKED} '
        "JOIN derived.subscription_mrr s ON s.account_id = p.account_id AND (s.end_day = p.day OR "
        "(s.start_day <= p.day AND (s.end_day IS NULL OR s.end_day > p.day))) "
        f"LEFT JOIN main.{source} e ON {matched}"
    )


def _won(fact: Fact | None, basis: Basis) -> str | None:
    """The won deal by which a company became a customer, where nothing says that it was billed by then."""
    if fact is None or fact.key != "new_customers" or not basis.has(*WON):
        return None
    billed = (
        ""
        if recurring_source(basis) is None
        else " AND NOT EXISTS (SELECT 1 FROM derived.subscription_mrr s WHERE s.account_id = p.account_id "
        "AND s.start_day <= p.day)"
    )
    return (
        "SELECT p.account_id, p.day, e.opportunity_id AS id, CAST(e.closed_at AS DATE) AS began, "
        f'e."_import_id", e."_row" FROM {_PICKED} JOIN main.opportunities e ON e.account_id = p.account_id '
        f"AND e.status = 'won' AND CAST(e.closed_at AS DATE) = p.day AND coalesce(e.type, 'new') = 'new'{billed}"
    )
