"""What rows can be broken down and filtered by: columns of their own, or of the one record they point to.

Only to-one steps exist (a deal has one account, one owner), so a breakdown can never multiply rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import ibis
import ibis.expr.types as ir

from revops.formats import Formatter
from revops.metrics.core import Basis
from revops.metrics.tables import channel_groups, table
from revops.model import ENTITY
from revops.model.core import Vocabulary, fold
from revops.model.funnel_vocabularies import CHANNEL
from revops.text import LANGUAGES, Text, verbatim

# relation of a fact -> (related entity -> the fact's column that holds its key)
TO_ONE: Mapping[str, Mapping[str, str]] = {
    "opportunities": {"accounts": "account_id", "people": "owner"},
    "leads": {"accounts": "account_id", "people": "owner"},
    "subscriptions": {"accounts": "account_id", "subscriptions": "subscription_id"},
    "accounts": {"accounts": "account_id"},  # facts that are about accounts carry account_id
    "movements": {"accounts": "account_id"},  # changes of an account's MRR
    "activities": {"accounts": "account_id", "people": "owner"},
    "tickets": {"accounts": "account_id"},
    "spend": {},
    "people": {},
    "targets": {},
}
KEY_OF = {"accounts": "account_id", "people": "person", "subscriptions": "subscription_id"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """One way to break down. paths: relation -> where the value is, first filled one wins.

    A path is "column" (of the relation itself), "accounts.column" or "people.column" (of the record it points to),
    and "extra.Header" in place of a column for one that no field took. grouped: values are shown as channels, by
    the workspace's channel groups. bands: the first whole number of each band that a number is shown in; less than the
    first is no value.
    """

    key: str
    label: Text
    paths: Mapping[str, tuple[str, ...]]
    grouped: bool = False
    bands: tuple[int, ...] = ()


def _account(column: str, own: Mapping[str, str] | None = None) -> dict[str, tuple[str, ...]]:
    """A dimension of the account, for every relation that has one; `own` adds a column that comes first."""
    own = own or {}
    relations = [r for r, steps in TO_ONE.items() if "accounts" in steps]
    return {r: ((own[r],) if r in own else ()) + (f"accounts.{column}",) for r in relations}


_SOURCE = {
    "opportunities": ("source", "accounts.source"),
    "leads": ("source", "accounts.source"),
    "subscriptions": ("accounts.source",),
    "accounts": ("accounts.source",),
    "movements": ("accounts.source",),
    "activities": ("accounts.source",),
    "tickets": ("accounts.source",),
    "spend": ("channel",),
}
EMPLOYEES = (1, 10, 50, 250, 1000)  # micro, small, medium (Eurostat's classes of enterprises), large, very large
_PEOPLE = ("opportunities", "leads", "activities")


def _label(entity: str, field: str) -> Text:
    return ENTITY[entity].field(field).label


DIMENSIONS: tuple[Dimension, ...] = (
    Dimension(
        key="segment",
        label=_label("accounts", "segment"),
        paths={**_account("segment"), "targets": ("segment",)},
    ),
    Dimension(
        key="size",
        label=Text("Company size, employees", "Размер компании, сотрудников"),
        paths=_account("employees"),
        bands=EMPLOYEES,
    ),
    Dimension(key="industry", label=_label("accounts", "industry"), paths=_account("industry")),
    Dimension(key="region", label=_label("accounts", "region"), paths=_account("region")),
    Dimension(key="country", label=_label("accounts", "country"), paths=_account("country")),
    Dimension(key="source", label=_label("accounts", "source"), paths=_SOURCE),
    Dimension(key="channel", label=Text("Channel", "Канал"), paths=_SOURCE, grouped=True),
    Dimension(
        key="owner",
        label=_label("opportunities", "owner"),
        paths={
            "opportunities": ("owner",),
            "leads": ("owner",),
            "activities": ("owner",),
            "accounts": ("accounts.owner",),
            "movements": ("accounts.owner",),
            "subscriptions": ("accounts.owner",),
            "tickets": ("accounts.owner",),
            "people": ("person",),
        },
    ),
    Dimension(
        key="team",
        label=_label("people", "team"),
        paths={
            "opportunities": ("team", "people.team"),
            "leads": ("people.team",),
            "activities": ("people.team",),
            "people": ("team",),
        },
    ),
    Dimension(
        key="manager",
        label=_label("people", "manager"),
        paths={**dict.fromkeys(_PEOPLE, ("people.manager",)), "people": ("manager",)},
    ),
    Dimension(
        key="role",
        label=_label("people", "role"),
        paths={**dict.fromkeys(_PEOPLE, ("people.role",)), "people": ("role",)},
    ),
    Dimension(
        key="campaign",
        label=_label("opportunities", "campaign"),
        paths={"opportunities": ("campaign",), "leads": ("campaign",), "spend": ("campaign",)},
    ),
    Dimension(
        key="plan",
        label=_label("subscriptions", "plan"),
        paths={"subscriptions": ("plan",), "accounts": ("plan",), "movements": ("plan",)},
    ),
    Dimension(
        key="product",
        label=_label("opportunities", "product"),
        paths={"opportunities": ("product",), "subscriptions": ("product",)},
    ),
    Dimension(key="pipeline", label=_label("opportunities", "pipeline"), paths={"opportunities": ("pipeline",)}),
    Dimension(key="stage", label=_label("opportunities", "stage"), paths={"opportunities": ("stage",)}),
    Dimension(key="type", label=_label("opportunities", "type"), paths={"opportunities": ("type",)}),
    Dimension(
        key="loss_reason", label=_label("opportunities", "loss_reason"), paths={"opportunities": ("loss_reason",)}
    ),
    Dimension(key="reason", label=_label("subscriptions", "cancel_reason"), paths={"movements": ("reason",)}),
    Dimension(key="priority", label=_label("tickets", "priority"), paths={"tickets": ("priority",)}),
    Dimension(key="ticket_category", label=_label("tickets", "category"), paths={"tickets": ("category",)}),
    Dimension(key="department", label=_label("spend", "department"), paths={"spend": ("department",)}),
    Dimension(key="category", label=_label("spend", "category"), paths={"spend": ("category",)}),
)
DIMENSION: dict[str, Dimension] = {d.key: d for d in DIMENSIONS}

# relations of derived facts, and the columns they carry themselves with the model field these come from
DERIVED_RELATIONS = ("accounts", "movements")
OWN_OF_ACCOUNT_FACTS = {"plan": "subscriptions.plan", "reason": "subscriptions.cancel_reason"}


def carried_by_derived(relation: str, path: str) -> bool:
    """The column is a derived fact's own: the entity of that name has none."""
    return relation in DERIVED_RELATIONS and path in OWN_OF_ACCOUNT_FACTS


def model_field(relation: str, path: str) -> str:
    """The model field a path reads: ("opportunities", "people.team") -> "people.team"."""
    head, _, rest = path.partition(".")
    if rest and head in ENTITY:
        return path
    if relation in DERIVED_RELATIONS:
        return OWN_OF_ACCOUNT_FACTS[path]
    return f"{relation}.{path}"


def names_of(dimension: Dimension) -> Mapping[str, Text]:
    """What to call the values of a dimension that takes them from a closed list; {} where they are a person's own."""
    if dimension.grouped:
        return {t.key: t.label for t in CHANNEL.terms}
    if dimension.bands:
        return {key: band_label(key) for key in _band_keys(dimension.bands)}
    lists = {_vocabulary(relation, path) for relation, paths in dimension.paths.items() for path in paths}
    found = lists.pop() if len(lists) == 1 else None
    return {t.key: t.label for t in found.terms} if found is not None else {}


def _band_keys(bands: tuple[int, ...]) -> tuple[str, ...]:
    """ "1-9", "10-49", ..., "1000+"."""
    until = [f"{low}-{high - 1}" for low, high in pairwise(bands)]
    return (*until, f"{bands[-1]}+")


def band_label(key: str) -> Text:
    """The band in words."""
    low, between, high = key.partition("-")
    if not between:
        start = int(key.removesuffix("+"))
        return Text(f"{Formatter('en').number(start)} and more", f"{Formatter('ru').number(start)} и больше")
    ends = [[Formatter(language).number(int(n)) for n in (low, high)] for language in LANGUAGES]
    return Text(*("–".join(one) for one in ends))


def _vocabulary(relation: str, path: str) -> Vocabulary | None:
    if path.partition(".")[0] == "extra" or ".extra." in path:
        return None
    entity, _, name = model_field(relation, path).partition(".")
    return ENTITY[entity].field(name).vocabulary


def open_paths(dimension: Dimension, relation: str, basis: Basis) -> tuple[str, ...]:
    """The dimension's paths for that relation which hold data, best first; () where it cannot be told."""
    return tuple(p for p in dimension.paths.get(relation, ()) if basis.has(model_field(relation, p)))


def columns_of(dimension: Dimension, relation: str, basis: Basis) -> frozenset[str]:
    """The columns of the relation that `attach` looks at: its own values and the keys of what it points to."""
    found = set()
    for path in open_paths(dimension, relation, basis):
        entity, _, rest = path.partition(".")
        if rest and entity in ENTITY:
            found.add(TO_ONE[relation][entity])
        else:
            found.add("extra" if path.startswith("extra.") else path)
    return frozenset(found)


def extra_dimensions(filled: Iterable[str]) -> tuple[Dimension, ...]:
    """A dimension for every column that no field took ("accounts.extra.Contract")."""
    found: dict[str, dict[str, list[str]]] = {}
    for name in sorted(filled):
        entity, _, rest = name.partition(".")
        if not rest.startswith("extra."):
            continue
        header = rest.removeprefix("extra.")
        paths = found.setdefault(header, {})
        for relation, steps in TO_ONE.items():
            if entity in steps:
                paths.setdefault(relation, []).append(name)
            elif relation == entity:
                paths.setdefault(relation, []).insert(0, rest)
    return tuple(
        Dimension(key=f"extra.{header}", label=verbatim(header), paths={r: tuple(p) for r, p in paths.items()})
        for header, paths in found.items()
        if paths
    )


def find(name: str, known: Mapping[str, Dimension], headers: Mapping[str, str]) -> Dimension | None:
    """The dimension a person means: its key, the header of a column in their file, or an extra column's header.

    headers: folded header -> dimension key.
    """
    if name in known:
        return known[name]
    folded = fold(name)
    for key, dimension in known.items():
        if fold(key) == folded or fold(key.removeprefix("extra.")) == folded:
            return dimension
        if folded in (fold(dimension.label.en), fold(dimension.label.ru)):
            return dimension
    return known.get(headers.get(folded, ""))


def attach(rows: ir.Table, dimension: Dimension, relation: str, basis: Basis, name: str) -> ir.Table:
    """`rows` with a text column `name`: the dimension's value, "" where there is none.

    Precondition: `open_paths` is not empty.
    """
    return attach_all(rows, {name: dimension}, relation, basis)


def attach_all(rows: ir.Table, named: Mapping[str, Dimension], relation: str, basis: Basis) -> ir.Table:
    """As `attach` of each dimension under its name; a record that rows point to is looked up once for all of them."""
    own: dict[str, ir.Value] = {}
    pointed: dict[str, dict[str, ir.Value]] = {}
    found: dict[str, list[str]] = {}
    for name, dimension in named.items():
        for number, path in enumerate(open_paths(dimension, relation, basis)):
            column = f"_{name}_{number}"
            entity, _, rest = path.partition(".")
            if rest and entity in ENTITY:
                pointed.setdefault(entity, {})[column] = _value(table(entity), rest).strip()
            else:
                own[column] = _value(rows, path).strip()
            found.setdefault(name, []).append(column)
    rows = rows.mutate(**own)
    for entity, values in pointed.items():
        other = table(entity)
        key = f"_{next(iter(values))}_key"
        looked_up = other.select(**{key: other[KEY_OF[entity]], **values})
        rows = rows.left_join(looked_up, rows[TO_ONE[relation][entity]] == looked_up[key]).drop(key)
    told = {n: ibis.coalesce(*(rows[c] for c in cs)) if len(cs) > 1 else rows[cs[0]] for n, cs in found.items()}
    rows = rows.mutate(**{name: value.fill_null("") for name, value in told.items()})
    rows = rows.drop(*(column for columns in found.values() for column in columns))
    rows = rows.mutate(**{n: _in_bands(rows[n], d.bands) for n, d in named.items() if d.bands})
    for name in (n for n, dimension in named.items() if dimension.grouped):
        rows = as_channel(rows, name)
    return rows


def _in_bands(value: ir.StringValue, bands: tuple[int, ...]) -> ir.StringValue:
    """The band of a number told as text; "" of none, and of one below the first band."""
    number = value.nullif("").cast("float64")
    keys = _band_keys(bands)
    return ibis.cases(
        (number.isnull() | (number < bands[0]), ""),
        *((number < high, key) for high, key in zip(bands[1:], keys[:-1], strict=True)),
        else_=keys[-1],
    )


def as_channel(rows: ir.Table, name: str) -> ir.Table:
    """`rows` with the channel in place of the source that the column `name` tells; "" where it is in none."""
    groups = channel_groups.select(_value=channel_groups.value, _channel=channel_groups.channel)
    rows = rows.left_join(groups, rows[name] == groups._value)
    return rows.mutate(**{name: rows._channel.fill_null("")}).drop("_value", "_channel")


def _value(rows: ir.Table, path: str) -> ir.StringValue:
    if path.startswith("extra."):
        header = path.removeprefix("extra.")
        return rows.extra.cast("json")[header].unwrap_as("string")
    return rows[path].cast("string")
