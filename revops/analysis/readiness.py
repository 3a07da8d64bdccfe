"""What the data can tell: which KPIs and analyses, over how much of their rows, and which column would unlock most.

`readiness_of` is a pure function of what is filled; `readiness_before_load` asks it of drafts that are about to be
loaded. The cell that asks it of a workspace: readiness_cell.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

from revops.ingest.types import EntityMapping, FieldMapping, quoted
from revops.metrics import METRICS
from revops.metrics.core import Metric
from revops.metrics.facts import RECURRING
from revops.model import ENTITY
from revops.text import Text

if TYPE_CHECKING:
    from revops.importing import Draft
    from revops.workspace import Workspace

Fields = frozenset[str]


class Kind(StrEnum):
    METRIC = "metric"
    CELL = "cell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Rows that a fact should count, and the fields without which it cannot.

    what: the rows, "closed deals". scope: SQL condition on the entity; "" for all its rows. full: SQL condition for
    a row that can be counted; "" for "none of the fields is null".
    """

    key: str
    what: Text
    entity: str
    fields: tuple[str, ...]
    scope: str = ""
    full: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The fields as names of the model: "opportunities.closed_at"."""
        return tuple(f"{self.entity}.{f}" for f in self.fields)

    @property
    def condition(self) -> str:
        return self.full or " AND ".join(f"{quoted(f)} IS NOT NULL" for f in self.fields)


_DEALS = Text("deals", "сделок")
_CLOSED = Text("closed deals", "закрытых сделок")
_WON = Text("won deals", "выигранных сделок")
_SUBSCRIPTIONS = Text("subscriptions", "подписок")
_TICKETS = Text("tickets", "обращений")
_OVER = "status IN ('won', 'lost')"

PARTS: tuple[Part, ...] = (
    Part(key="deals", what=_DEALS, entity="opportunities", fields=("created_at",)),
    Part(key="closed", what=_CLOSED, entity="opportunities", fields=("closed_at",), scope=_OVER),
    Part(key="won", what=_WON, entity="opportunities", fields=("amount", "closed_at"), scope="status = 'won'"),
    Part(
        key="cycles", what=_WON, entity="opportunities", fields=("created_at", "closed_at"), scope="status = 'won'",
        full="closed_at >= created_at",
    ),
    Part(
        key="open", what=Text("open deals", "сделок в работе"), entity="opportunities",
        fields=("amount", "created_at"), scope="status = 'open'",
    ),
    Part(
        key="expected", what=_DEALS, entity="opportunities", fields=("expected_close_at", "created_at"),
    ),
    Part(
        key="renewals", what=_CLOSED, entity="opportunities", fields=("type", "closed_at"), scope=_OVER,
    ),
    Part(key="tickets", what=_TICKETS, entity="tickets", fields=("opened_at",)),
    Part(key="quotas", what=Text("people with a quota", "сотрудников с планом"), entity="people",
         fields=("quota_period",), scope="quota_amount IS NOT NULL"),
    Part(key="won_account", what=_WON, entity="opportunities", fields=("account_id",), scope="status = 'won'"),
    Part(key="leads", what=Text("leads", "лидов"), entity="leads", fields=("created_at",)),
    Part(key="spend", what=Text("spend lines", "строк расходов"), entity="spend", fields=("department",)),
    Part(
        key="billed", what=_SUBSCRIPTIONS, entity="subscriptions", fields=("started_at", "amount", "interval"),
        scope="status IS DISTINCT FROM 'draft'",
    ),
    Part(
        key="ended", what=Text("ended subscriptions", "завершённых подписок"), entity="subscriptions",
        fields=("ended_at",), scope="status IN ('canceled', 'expired')",
        full="coalesce(ended_at, cancelled_at) IS NOT NULL",
    ),
    Part(key="started", what=_SUBSCRIPTIONS, entity="subscriptions", fields=("started_at",)),
    Part(key="months", what=Text("rows of months", "строк по месяцам"), entity="mrr_months", fields=("mrr", "month")),
    Part(
        key="invoices", what=Text("recurring invoices", "регулярных счетов"), entity="invoices",
        fields=("period_start", "period_end"), scope="is_recurring IS DISTINCT FROM false",
    ),
)  # fmt: skip
PART = {p.key: p for p in PARTS}

_REVENUE = ("billed", "ended", "months", "invoices")
OF_FACT: Mapping[str, tuple[str, ...]] = {
    "created_deals": ("deals",),
    "closed_deals": ("closed",),
    "won_amounts": ("won",),
    "won_cycles": ("cycles",),
    "open_deals": ("open",),
    "leads": ("leads",),
    "created_to_mql": ("leads",),
    "responses": ("leads",),
    "closed_renewals": ("renewals",),
    "expected_deals": ("expected",),
    "expected_amounts": ("expected",),
    "sold_on_quota": ("won",),
    "quotas": ("quotas",),
    "tickets": ("tickets",),
    "media_spend": ("spend",),
    "spend": ("spend",),
    "mrr_steps": _REVENUE,
    "customer_steps": _REVENUE,
    "movements": _REVENUE,
    "new_customers": ("billed", "won_account", "months", "invoices"),
    "subscriptions_started": ("started",),
    "subscriptions_ended": ("ended",),
}
"""Fact -> the parts that say how much of it can be counted. Not here: a date that marks an event (MQL, SQL); a row
without it has not come that far, which is no fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A KPI or an analysis. missing: the smallest set of fields to map before it can be told; () where it can.

    share: of the rows it should count, how many it can (0..1), the weakest part counts; None where it is not known.
    part: key of that weakest part.
    """

    kind: Kind
    key: str
    label: Text
    missing: tuple[str, ...] = ()
    share: float | None = None
    part: str | None = None

    @property
    def computable(self) -> bool:
        return not self.missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlock:
    """Fields that together unlock KPIs and analyses (their keys, in the order in which they are shown)."""

    fields: tuple[str, ...]
    metrics: tuple[str, ...]
    cells: tuple[str, ...]

    @property
    def count(self) -> int:
        return len(self.metrics) + len(self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """items: KPIs, then analyses. unlocks: what would unlock anything, most for the
    trouble first: a column to map counts one, a table that no file has filled yet one more."""

    filled: Fields
    items: tuple[Item, ...]
    unlocks: tuple[Unlock, ...]

    @property
    def best(self) -> Unlock | None:
        return self.unlocks[0] if self.unlocks else None


# --- what is needed -----------------------------------------------------------------------------------------------


def ways_of(metric: Metric) -> tuple[Fields, ...]:
    """The sets of fields any one of which suffices for the metric."""
    facts = {m.fact.key: m.fact for m in metric.measures}.values()
    options = [[frozenset((*f.needs, *group)) for group in f.any] if f.any else [frozenset(f.needs)] for f in facts]
    return _smallest(frozenset[str]().union(*chosen) for chosen in product(*options))


def _smallest(ways: Iterable[Fields]) -> tuple[Fields, ...]:
    """The ways that hold no other."""
    found = set(ways)
    return tuple(sorted((w for w in found if not any(o < w for o in found)), key=_order))


def _loadable(way: Fields) -> Fields:
    """The way with the fields without which the entities it reads cannot be loaded.

    Their keys aside, which are made from other columns where the file has none.
    """
    entities = (ENTITY[e] for e in {name.partition(".")[0] for name in way})
    return way | {f"{e.name}.{f.name}" for e in entities for f in e.required if f is not e.key_field}


_RANK = {f"{e.name}.{f.name}": i for i, (e, f) in enumerate((e, f) for e in ENTITY.values() for f in e.fields)}


def _order(way: Iterable[str]) -> tuple[int, list[int]]:
    ranks = sorted(_RANK[f] for f in way)
    return len(ranks), ranks


def _sorted(fields: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(fields, key=lambda f: _RANK[f]))


@cache
def _asked() -> tuple[tuple[Kind, str, Text, tuple[Fields, ...], tuple[str, ...]], ...]:
    """Every KPI and analysis: kind, key, label, ways, and the parts that tell its quality.

    An analysis that names no needs shows whichever KPI there is: one KPI suffices for it.
    """
    from revops.analysis import ANALYSES  # the readiness cell is one of them

    metrics = [(Kind.METRIC, m.key, m.label, ways_of(m), _parts_of(m)) for m in METRICS]
    smallest = _smallest(way for _, _, _, ways, _ in metrics for way in ways)
    cells = [
        (Kind.CELL, a.key, a.title, _smallest(frozenset(g) for g in a.needs) if a.needs else smallest, ())
        for a in ANALYSES
        if a.key not in ABOUT_DATA
    ]
    return (*metrics, *cells)


ABOUT_DATA = frozenset({"readiness", "data_quality", "quality_rows", "completeness"})  # tell of the data whatever it is


def _parts_of(metric: Metric) -> tuple[str, ...]:
    found = [part for m in metric.measures for part in OF_FACT.get(m.fact.key, ())]
    return tuple(dict.fromkeys(found))


# --- the pure function --------------------------------------------------------------------------------------------


def readiness_of(filled: frozenset[str], shares: Mapping[str, float]) -> Readiness:
    """What can be told where these model fields ("opportunities.closed_at") hold data.

    shares: part -> share of its rows that can be counted; what is not in it is not known.
    """
    items = []
    for kind, key, label, ways, parts in _asked():
        share, part = _quality(parts, filled, shares)
        items.append(Item(kind=kind, key=key, label=label, missing=_missing(ways, filled), share=share, part=part))
    return Readiness(filled=filled, items=tuple(items), unlocks=_unlocks(filled))


def _missing(ways: tuple[Fields, ...], filled: Fields) -> tuple[str, ...]:
    if any(way <= filled for way in ways):
        return ()
    return _sorted(min([_loadable(way) - filled for way in ways], key=_order))


def _quality(parts: tuple[str, ...], filled: Fields, shares: Mapping[str, float]) -> tuple[float | None, str | None]:
    """Share and key of the weakest part. Of several ways to know recurring revenue, the first that is filled counts."""
    way = next((group[0].partition(".")[0] for group in RECURRING if filled.issuperset(group)), None)
    others = {"subscriptions", "mrr_months", "invoices"} - {way} if way else set()
    known = [(shares[p], p) for p in parts if p in shares and PART[p].entity not in others]
    return min(known) if known else (None, None)


def _unlocks(filled: Fields) -> tuple[Unlock, ...]:
    locked = [(kind, key, ways) for kind, key, _, ways, _ in _asked() if not any(w <= filled for w in ways)]
    candidates = {_loadable(w) - filled for _, _, ways in locked for w in ways}
    loaded = {name.partition(".")[0] for name in filled}
    found = []
    for fields in candidates:
        have = filled | fields
        opened = [(kind, key) for kind, key, ways in locked if any(w <= have for w in ways)]
        found.append(
            Unlock(
                fields=_sorted(fields),
                metrics=tuple(k for kind, k in opened if kind is Kind.METRIC),
                cells=tuple(k for kind, k in opened if kind is Kind.CELL),
            )
        )
    return tuple(sorted(found, key=lambda u: (-u.count / _cost(u, loaded), len(u.fields), _order(u.fields))))


def _cost(unlock: Unlock, loaded: set[str]) -> int:
    """Columns to map, and one more for each table that no file has filled so far."""
    return len(unlock.fields) + len({name.partition(".")[0] for name in unlock.fields} - loaded)


# --- before anything is loaded ------------------------------------------------------------------------------------


def readiness_before_load(drafts: Sequence[Draft], workspace: Workspace | None = None) -> Readiness:
    """What the drafts, with what `workspace` already holds, will be able to tell.

    A share is given where the columns' profiles settle it: for parts that are all rows of an entity, and for others
    where no value is missing. Of entities that the drafts fill, only the drafts' rows are judged.
    """
    filled: set[str] = set()
    counted: dict[str, tuple[float, int]] = {}  # field -> rows that have it, rows
    for draft in drafts:
        for entity in draft.mapping.entities:
            for name, have in _fields_of(entity, draft).items():
                if have > 0:
                    filled.add(name)
                before = counted.get(name, (0.0, 0))
                counted[name] = (before[0] + have, before[1] + draft.profile.rows)
    if workspace is not None:
        filled |= {f"{entity}.{name}" for entity, names in workspace.filled().items() for name in names}
    if "opportunities.stage" in filled:
        filled.add("opportunities.status")  # follows from the stage where no column says it
    shares = {name: have / rows for name, (have, rows) in counted.items() if rows}
    return readiness_of(frozenset(filled), _told(shares))


def _fields_of(entity: EntityMapping, draft: Draft) -> dict[str, float]:
    """Model field -> in how many of the draft's rows it will be filled; a computed one counts as filled in all."""
    rows = float(draft.profile.rows)
    found = {f"{entity.entity}.{f.field}": _rows_of(f, draft) for f in entity.fields}
    if entity.unpivot is not None:  # an empty cell makes no row
        found[f"{entity.entity}.{entity.unpivot.label_field}"] = rows
        found[f"{entity.entity}.{entity.unpivot.value_field}"] = rows
    return found


def _rows_of(field: FieldMapping, draft: Draft) -> float:
    rows = float(draft.profile.rows)
    if field.column is None:
        return rows
    return rows - draft.profile.column(field.column).missing


def _told(shares: Mapping[str, float]) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in PARTS:
        if not all(name in shares for name in part.names):
            continue
        share = min(shares[name] for name in part.names)
        if (not part.scope and not part.full) or (share == 1 and not part.full):
            found[part.key] = share
    return found
