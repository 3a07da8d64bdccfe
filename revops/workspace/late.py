"""The largest entity of a load, settled on its way in: its rows are written once and never updated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from revops.ingest.types import StagedEntity, StagedLoad, quoted
from revops.ingest.watch import Meter
from revops.model import ENTITY
from revops.text import Text
from revops.workspace import stages
from revops.workspace.handover import check_keys, hand_over, hand_over_rows
from revops.workspace.schema import INFERRED, references
from revops.workspace.settle import (
    APART,
    Settling,
    arriving_sql,
    can_arrive_settled,
    old_columns,
    spelled_otherwise,
)

MANY = 50_000  # rows that are sooner settled on their way in than updated where they are
LOADING = Text("Loading rows", "Загрузка строк")


@dataclass(slots=True)
class Late:
    """The largest entity of a load, where none of its records is there yet: its rows come in last and settled, once
    everything that they refer to is there. import_id: None until its import is written."""

    staged: StagedLoad
    one: StagedEntity
    import_id: int | None = None

    @classmethod
    def of(cls, cursor: duckdb.DuckDBPyConnection, staged: Sequence[StagedLoad]) -> Late | None:
        named = [e.entity for load in staged for e in load]
        events = "stage_events" in named or _any(cursor, "main.stage_events")
        able = [
            cls(load, e)
            for load in staged
            for e in load
            if e.accepted_count >= MANY
            and named.count(e.entity) == 1
            and can_arrive_settled(e.entity)
            and e.entity != "stage_events"  # what stages mean is read from them before
            and not (e.entity == "opportunities" and events)
        ]
        return max(able, key=lambda late: late.one.accepted_count, default=None)

    def counted_stages(self) -> list[stages.Counted]:
        """The stages of late deals."""
        told = (n if n in self.one.fields else f"NULL AS {n}" for n in ("pipeline", "stage", "status"))
        deals = f"(SELECT {', '.join(told)} FROM {self.one.accepted})"
        return self.staged.raw.staging.execute(f"{stages.COUNTED_SQL.format(deals=deals)} ORDER BY ALL").fetchall()


def bring_in(cursor: duckdb.DuckDBPyConnection, late: Late, settling: Settling, meter: Meter) -> None:
    """The late rows into main as they settle, and what they say into settled.<entity>.

    Where references have to be spelled otherwise, the rows come in as they are and are settled like any others.
    """
    one, model = late.one, ENTITY[late.one.entity]
    meter.go_on(LOADING, late.staged.raw.name, one.accepted_count)
    if _spells_otherwise(cursor, late, meter):
        assert late.import_id is not None
        hand_over_rows(cursor, late.staged, one, late.import_id, f"main.{one.entity}", meter)
        check_keys(cursor, one, f"main.{one.entity}")
        return
    known = [quoted(f.name) for f in model.fields if f.name in one.fields]
    source = f"SELECT {', '.join([*known, 'extra', '_row', '_key'])} FROM {one.accepted}"
    arriving = arriving_sql(cursor, one.entity, one.fields)
    deals = one.entity == "opportunities"  # elsewhere only references settle, and these are as they should be
    columns = [*(quoted(f.name) for f in model.fields), "extra", "_row", "_key", *((INFERRED,) if deals else ())]
    listed = ", ".join(columns)
    settled = f"SELECT {listed}, {late.import_id} FROM ({arriving})"
    hand_over(cursor, late.staged, source, f"INSERT INTO main.{one.entity} ({listed}, _import_id) {settled}", meter)
    check_keys(cursor, one, f"main.{one.entity}")
    if deals and _any(cursor, f"(FROM main.{one.entity} WHERE {INFERRED} = {APART})"):
        kept = f"SELECT _key, {old_columns(one.entity)} FROM ({arriving}) WHERE {INFERRED} = {APART}"
        hand_over(cursor, late.staged, source, f"INSERT INTO settled.{one.entity} {kept}", meter)
    settling.arrived(one.entity)


def _spells_otherwise(cursor: duckdb.DuckDBPyConnection, late: Late, meter: Meter) -> bool:
    """Whether a late row names a record in another spelling than the record's own."""
    for field, parent in references(ENTITY[late.one.entity]).items():
        if field not in late.one.fields or not _any(cursor, f"main.{parent}"):
            continue
        said = f"SELECT DISTINCT {quoted(field)} AS said FROM {late.one.accepted} WHERE {quoted(field)} IS NOT NULL"
        hand_over(cursor, late.staged, said, "CREATE OR REPLACE TEMP TABLE _said AS FROM incoming", meter)
        found = spelled_otherwise(cursor, parent)
        cursor.execute("DROP TABLE _said")
        if found:
            return True
    return False


def _any(cursor: duckdb.DuckDBPyConnection, relation: str) -> bool:
    return cursor.execute(f"SELECT 1 FROM {relation} LIMIT 1").fetchone() is not None
