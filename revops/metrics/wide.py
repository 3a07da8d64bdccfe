"""Which dimensions the prepared tables of a large workspace carry, whoever asks for what: see prepared.py.

A fact is summed once by a set of dimensions of few values, and whatever is asked by some of them is rolled up from
that. Which belong together is told from a sample of the records, at the end of a load, and written down: it stays as
it is while it still fits, as another choice means to build all tables anew.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from revops.metrics.core import Basis
from revops.metrics.derived import recurring_source
from revops.metrics.dimensions import DERIVED_RELATIONS, Dimension, attach_all, open_paths
from revops.metrics.evaluate import filter_name
from revops.metrics.tables import table
from revops.model import ENTITY

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

KIND = "wide tables"  # of the documents that a workspace keeps
SAMPLE = 30_000  # records
FEW_VALUES = 1_000
MOST_CARRIED = 14  # as many as are offered as filters
MOST_SETS = 3
SHARE, LEAST, MOST = 1 / 3, 200_000, 2_000_000  # rows of a table of sums: of the records, and in any case
OUTGROWN = 2.0


@dataclass(frozen=True, slots=True)
class Wide:
    """What is carried by the tables of facts of one relation; () where they are small.

    open: the dimensions it was chosen from. few: those of few values, which rows carry. sets: which of them sums are
    kept by together; rows: about how many sums each set has.
    """

    open: tuple[str, ...] = ()
    few: tuple[str, ...] = ()
    sets: tuple[tuple[str, ...], ...] = ()
    rows: tuple[int, ...] = ()

    def holding(self, dimensions: Iterable[str]) -> int | None:
        """The number of the first set that holds all of the dimensions."""
        asked = set(dimensions)
        return next((n for n, one in enumerate(self.sets) if asked <= set(one)), None)


NOTHING = Wide()
_KNOWN: WeakKeyDictionary[Engine, dict[str, Wide]] = WeakKeyDictionary()  # an engine sees one state of the data


def chosen(engine: Engine, relation: str) -> Wide:
    """What was chosen for the relation, while the data still tell all of it; NOTHING where none was."""
    if engine not in _KNOWN:
        _KNOWN[engine] = {key: _read(text) for key, text in engine.workspace.documents(KIND).items()}
    found = _KNOWN[engine].get(relation, NOTHING)
    return found if set(found.open) <= set(_open(engine, relation)) else NOTHING


def choose(engine: Engine, relation: str) -> None:
    """Sees to it that a choice for the relation is written down that fits the data as they are."""
    known = _open(engine, relation)
    sample = _sample(engine, relation, known)
    if sample is None:
        return
    before = chosen(engine, relation)
    if before.open == tuple(known) and sample.fits(before):
        return
    found = sample.choice()
    engine.workspace.save_document(KIND, relation, json.dumps(asdict(found), ensure_ascii=False))
    _KNOWN.pop(engine, None)


def _read(text: str) -> Wide:
    told = json.loads(text)
    return Wide(tuple(told["open"]), tuple(told["few"]), tuple(tuple(one) for one in told["sets"]), tuple(told["rows"]))


def _open(engine: Engine, relation: str) -> dict[str, Dimension]:
    """The dimensions that the relation's rows can tell, the model's first."""
    found = {d.key: d for d in engine.all_dimensions() if open_paths(d, relation, engine.basis)}
    return dict(list(found.items())[:MOST_CARRIED])


@dataclass(frozen=True)
class _Sample:
    """codes: of each dimension, a number a value for each sampled row. values: how many. records, days: in all."""

    codes: Mapping[str, np.ndarray]
    values: Mapping[str, int]
    records: int
    days: int

    @property
    def most(self) -> int:
        return int(min(MOST, max(LEAST, self.records * SHARE)))

    def sums(self, dimensions: Sequence[str]) -> int:
        """About how many days and sets of values have a row, were the records spread evenly over them."""
        sets: np.ndarray | None = None
        for key in dimensions:
            codes = self.codes[key] if sets is None else sets * self.values[key] + self.codes[key]
            sets = np.unique(codes, return_inverse=True)[1].astype(np.int64)
        places = self.days * (1 if sets is None or not len(sets) else int(sets.max()) + 1)
        return math.ceil(places * -math.expm1(-self.records / places))

    def choice(self) -> Wide:
        """Dimensions of fewer values first, each in the first set where it fits; then what fits beside, best known
        first, as a filter is often set for a breakdown by another."""
        few = [key for key, values in self.values.items() if values <= FEW_VALUES]
        sets: list[list[str]] = []
        for key in sorted(few, key=lambda k: self.values[k]):
            room = next((one for one in sets if self.sums([*one, key]) <= self.most), None)
            if room is not None:
                room.append(key)
            elif len(sets) < MOST_SETS and self.sums([key]) <= self.most:
                sets.append([key])
        for one in sets[1:]:
            for key in few:
                if key not in one and self.sums([*one, key]) <= self.most:
                    one.append(key)
        told = tuple(tuple(sorted(one)) for one in sets)
        return Wide(tuple(self.values), tuple(sorted(few)), told, tuple(map(self.sums, told)))

    def fits(self, before: Wide) -> bool:
        return all(self.sums(one) <= OUTGROWN * self.most for one in before.sets) and all(
            self.values[key] <= OUTGROWN * FEW_VALUES for key in before.few
        )


def _sample(engine: Engine, relation: str, known: Mapping[str, Dimension]) -> _Sample | None:
    """None: there is nothing to tell it from."""
    base, rows = _base(relation, engine.basis)
    days = [f for f in ENTITY[base].event_dates if engine.basis.has(f"{base}.{f}")]
    if not known or not days:
        return None
    named = {f"by_{filter_name(d)}": d for d in known.values()}
    told = attach_all(rows, named, relation, engine.basis)
    told = told.select(*named, **{f"day_{n}": told[f].cast("date") for n, f in enumerate(days)})
    records = engine.records.get(base, 0)
    every = max(1, records // SAMPLE)
    some = f'SELECT * FROM main."{base}" WHERE hash("_key") % {every} = 0'
    frame, _sql = engine.run(engine.dialect.compile(told), {base: some})
    coded = {d.key: pd.factorize(frame[name])[0].astype(np.int64) for name, d in named.items()}
    return _Sample(
        codes=coded,
        values={key: int(codes.max()) + 1 if len(codes) else 1 for key, codes in coded.items()},
        records=records,
        days=max(1, *(int(frame[f"day_{n}"].nunique()) for n in range(len(days)))),
    )


# what tells the plan of a row of recurring revenue, and why it ended
_OWN = {"subscriptions": ("plan", "cancel_reason"), "mrr_months": ("plan", None), "invoices": ("product", None)}


def base_of(relation: str, basis: Basis) -> str:
    """The entity whose records tell what values the relation's rows have."""
    return (recurring_source(basis) or "accounts") if relation in DERIVED_RELATIONS else relation


def _base(relation: str, basis: Basis) -> tuple[str, ir.Table]:
    """That entity, and its rows under the relation's column names."""
    base = base_of(relation, basis)
    rows = table(base)
    if relation not in DERIVED_RELATIONS:
        return base, rows
    own = zip(("plan", "reason"), _OWN.get(base, (None, None)), strict=True)
    return base, rows.mutate(**{name: ibis.null("string") if of is None else rows[of] for name, of in own})
