"""The leads, deals and customers behind next actions, each with the line of the file it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from revops.analysis import behind
from revops.analysis.action_rows import LEAD, RISK
from revops.analysis.core import CellResult
from revops.analysis.rows import Rows
from revops.analysis.rows_words import IMPORT, PLACE
from revops.model import ENTITY
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

ENTITY_OF = {LEAD: "leads", RISK: "accounts"}  # of any other kind: opportunities
SUMMED = ("amount", "counts")
WHAT = Text("actions", "действия")
LEFT_ASIDE = ("why",)  # words of the list, not of the record


def records_behind(engine: Engine, found: CellResult, pick: Mapping[str, Any] | None, limit: int | None) -> Rows:
    """The records that wait (of the picked owner and kind), in the list's order."""
    frame = found.result.frame
    if pick and "owner" in pick:
        frame = frame[frame["owner"].fillna("") == pick["owner"]]
    if pick and "kind" in pick:
        frame = frame[frame["kind"] == pick["kind"]]
    parts, sql = [], []
    for entity in dict.fromkeys(ENTITY_OF.get(kind, "opportunities") for kind in frame["kind"]):
        own = frame[[ENTITY_OF.get(kind, "opportunities") == entity for kind in frame["kind"]]]
        placed = _placed(engine, found, own, entity)
        parts.append(own.merge(placed.frame[["rank", *(c.key for c in (*PLACE, IMPORT))]], on="rank", how="left"))
        sql.append(placed.sql)
    told = [replace(c, hidden=False) for c in found.result.columns if c.key not in LEFT_ASIDE]
    columns = (*told, *PLACE, IMPORT)
    whole = pd.concat(parts).sort_values("rank", ignore_index=True) if parts else frame.iloc[:0]
    return Rows(
        label=WHAT,
        frame=whole.head(len(whole) if limit is None else limit).reindex(columns=[c.key for c in columns]),
        columns=columns,
        total=len(whole),
        sums={key: float(whole[key].sum()) for key in SUMMED} if parts else {},
        sql=";\n\n".join(sql),
    )


def _placed(engine: Engine, found: CellResult, rows: pd.DataFrame, entity: str) -> Rows:
    """Of records of one entity, by their rank, where they came from; nowhere where no record has that key."""
    key = ENTITY[entity].key_field
    assert key is not None
    asked = [(int(rank), str(record)) for rank, record in zip(rows["rank"], rows["record"], strict=True)]
    relations = {
        **behind.looked_at(engine, found.view),
        "waiting": engine.dialect.rows({"rank": "int64", "record": "string"}, asked),
    }
    listing = f'SELECT e."_key", w.rank FROM waiting w LEFT JOIN main.{entity} e ON e."{key.name}" = w.record'
    rank = next(c for c in found.result.columns if c.key == "rank")
    return behind.listed(engine, engine.dialect.translated(listing), relations, (rank,), entity=entity, limit=None)
