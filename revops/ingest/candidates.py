"""Each entity on its own: which columns would fill it, how good that is, and whether it could be loaded."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from revops.ingest.assign import best_assignment
from revops.ingest.evidence import Evidence, TableView, evidence
from revops.ingest.headers import STRONG, distinctiveness, name_matches
from revops.ingest.shapes import churned_column, tenure_column
from revops.ingest.types import ColumnProfile
from revops.model import Entity, Field, fold

ENOUGH = 0.8  # evidence from which an entity is proposed
ASKABLE = 1.3  # evidence from which one missing required field is asked for


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """chosen: field -> column, with its evidence. words: what the file's name adds. distinctive: the sum over
    fields of score x how far the header belongs to this entity alone. missing: required fields nothing fills."""

    entity: Entity
    chosen: dict[str, ColumnProfile]
    found: dict[str, Evidence]
    words: float
    distinctive: float
    missing: tuple[Field, ...]
    snapshot: bool = False

    @property
    def score(self) -> float:
        return self.distinctive + self.words - 0.5 * len(self.missing)

    def strong(self, *fields: str) -> bool:
        """One of the fields has a column with a convincing name."""
        return any(f in self.found and self.found[f].score >= STRONG for f in fields)


def candidate(view: TableView, entity: Entity, words: float, apart: Collection[str] = ()) -> Candidate:
    """The entity with its best columns, all fields weighed together. apart: columns that belong to a wide shape.

    Weights are squared: one convincing pair is worth more than two doubtful ones.
    """
    proofs: dict[tuple[str, str], Evidence] = {}
    columns = [c for c in view.profile.columns if c.name not in apart]
    for target in entity.fields:
        for column in columns:
            proof = evidence(view, entity, target, column)
            if proof is not None:
                proofs[target.name, column.name] = proof
    weights = {(f, c): p.score**2 + _bonus(entity, entity.field(f), view.columns[c]) for (f, c), p in proofs.items()}
    pairs = best_assignment(weights)
    chosen = {f: view.columns[c] for f, c in pairs.items()}
    found = {f: proofs[f, c] for f, c in pairs.items()}
    _keyed_by_name(view, entity, chosen, found)
    snapshot = entity.name == "subscriptions" and is_snapshot(view, chosen)
    distinctive = sum(
        p.score * distinctiveness(chosen[f].name, entity.name) * (0.3 if chosen[f].type == "empty" else 1.0)
        for f, p in found.items()
    )
    return Candidate(
        entity=entity,
        chosen=chosen,
        found=found,
        words=words,
        distinctive=distinctive + (0.8 if snapshot else 0.0),
        missing=_missing(entity, chosen, snapshot),
        snapshot=snapshot,
    )


_NEW_VALUE = {"to", "new", "после", "новый", "новая", "новое", "на"}


def _bonus(entity: Entity, target: Field, column: ColumnProfile) -> float:
    """Small pushes between good pairs: required fields first, monthly amounts before yearly ones, unique keys."""
    bonus = 0.15 if target.required else 0.0
    if entity.name == "subscriptions" and target.name == "amount":
        words = set(fold(column.name).split())
        bonus += 0.1 if words & {"mrr", "monthly"} else -0.05 if words & {"arr", "acv", "annual", "yearly"} else 0.0
    if entity.name == "stage_events" and target.name == "stage":
        bonus += 0.2 if set(fold(column.name).split()) & _NEW_VALUE else 0.0
    if target.key and column.unique:
        bonus += 0.1
    return bonus


def _keyed_by_name(
    view: TableView, entity: Entity, chosen: dict[str, ColumnProfile], found: dict[str, Evidence]
) -> None:
    """Accounts without an id column are known by their name."""
    if entity.name == "accounts" and "account_id" not in chosen and "name" in chosen:
        chosen["account_id"], found["account_id"] = chosen["name"], found["name"]


def is_snapshot(view: TableView, chosen: dict[str, ColumnProfile]) -> bool:
    """One row a customer with its tenure and whether it left, and no dates."""
    account = chosen.get("account_id")
    return (
        account is not None
        and account.unique
        and "started_at" not in chosen
        and tenure_column(view.profile.columns) is not None
        and churned_column(view.profile.columns) is not None
    )


def _missing(entity: Entity, chosen: dict[str, ColumnProfile], snapshot: bool) -> tuple[Field, ...]:
    key = entity.key_field
    left = []
    for f in entity.required:
        if f.name in chosen or f.name == "currency" or (snapshot and f.name == "started_at"):
            continue
        if f is key and (snapshot or _natural(entity, chosen)):
            continue
        left.append(f)
    return tuple(left)


def _natural(entity: Entity, chosen: dict[str, ColumnProfile]) -> bool:
    needed = {"leads": {"email"}, "accounts": {"name"}}.get(entity.name, set())
    parts = set(entity.natural_key) & set(chosen)
    return needed <= parts and len(parts) >= min(2, len(entity.natural_key) or 99)


def fits(view: TableView, one: Candidate) -> bool:
    """Whether the table is one of this entity, nothing required missing: enough evidence, and of the right kind."""
    return not one.missing and one.score >= ENOUGH and _right_kind(view, one)


def beside_history(deals: Candidate) -> bool:
    """Whether a log of stage changes also tells the deals themselves: their own stage and creation date."""
    return not deals.missing and deals.strong("opportunity_id") and deals.strong("stage") and deals.strong("created_at")


def nearly_fits(view: TableView, one: Candidate) -> bool:
    """Whether all but one date, amount or stage is there, so that asking for it is the helpful thing."""
    if len(one.missing) != 1 or one.missing[0].references or one.missing[0].key:
        return False
    return one.distinctive + one.words >= ASKABLE and _right_kind(view, one)


def _right_kind(view: TableView, one: Candidate) -> bool:
    """What tells the entity from tables that merely have a date, an id or an amount."""
    chosen, rows = one.chosen, view.profile.rows
    match one.entity.name:
        case "accounts":
            key = chosen.get("account_id")
            own = ("name", "domain", "segment", "industry", "region", "country", "employees", "parent_id")
            known = sum(1 for f in own if f in chosen and chosen[f] is not key)
            one_each = key is not None and (rows == 0 or key.distinct >= 0.9 * (rows - key.missing))
            return one_each and (bool(one.words) or known >= 2)
        case "activities":
            typed = chosen.get("type")
            kind = typed is not None and typed.type != "empty" and one.found["type"].score >= STRONG
            return one.strong("occurred_at") and (bool(one.words) or kind or one.strong("direction"))
        case "people":
            return bool(one.words) or (
                any(f in chosen for f in ("team", "manager", "role", "quota_amount")) and (chosen["person"].unique)
            )
        case "spend":
            said = ("channel", "campaign", "department", "category")
            return one.strong("amount") and (bool(one.words) or one.strong(*said))
        case "mrr_months":
            words = set(fold(chosen["mrr"].name).split()) if "mrr" in chosen else set()
            return bool(one.words) or bool(words & {"mrr", "recurring", "повторяющийся", "регулярный", "регулярная"})
        case "stage_events":
            key = chosen.get("opportunity_id")
            repeated = key is not None and key.distinct < rows
            log = bool(one.words) and "stage" in chosen and "stage" not in fold(chosen["stage"].name)
            return (repeated or log) and one.strong("opportunity_id") and one.strong("stage", "entered_at")
        case "leads":
            named = {"lead id", "contact id", "lead number", "prospect id", "record id contact"}
            key = chosen.get("lead_id")
            return bool(one.words) or "email" in chosen or (key is not None and fold(key.name) in named)
        case "subscriptions":
            return one.strong("amount") or bool(one.words)
        case "targets" | "fx_rates":
            return one.strong(*(f.name for f in one.entity.required)) and (bool(one.words) or one.distinctive >= 1)
        case _:
            return True


def account_names(view: TableView) -> tuple[str, ...]:
    """Headers that name a company (not its id, not something else's name), best first."""
    scored = [
        (m.score, c.name)
        for c in view.profile.columns
        if c.type in ("text", "empty")
        and (m := name_matches(c.name).get(("accounts", "name")))
        and m.score >= STRONG
        and names_a_company(c.name)
    ]
    return tuple(name for _, name in sorted(scored, reverse=True))


def names_a_company(header: str) -> bool:
    """Whether the header is of companies' names: "Account name", "Компания"; not "account_id", not "Name"."""
    words = set(fold(header).split())
    return bool(words & _COMPANY) and not words & _CODES


_COMPANY = frozenset(
    "account company customer client organization organisation business компания компании клиент клиента контрагент "
    "контрагента организация организации заказчик покупатель".split()
)
_CODES = frozenset("id ids code number no key uuid email код номер ид идентификатор".split())
