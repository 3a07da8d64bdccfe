"""What the stages of each pipeline mean and in which order they come: proposed from the data, decided by a person.

main.stage_meanings holds one row a (pipeline, stage); pipeline is "" where deals name none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pandas as pd

from revops.errors import BadParameter, unknown
from revops.model import STAGE_MEANING, fold
from revops.text import Text
from revops.workspace import external

ORDER = tuple(t.key for t in STAGE_MEANING.terms if t.key not in ("won", "lost", "other"))
CLOSING = ("won", "lost")
SAMPLED_DEALS = 20_000
MOSTLY = 0.95

_PLACED = (
    "SELECT coalesce(o.pipeline, '') AS pipeline, e.stage, e.entered_at, lower(trim(e.opportunity_id)) AS deal "
    "FROM main.stage_events e LEFT JOIN (SELECT lower(trim(opportunity_id)) AS id, any_value(pipeline) AS pipeline "
    "FROM main.opportunities GROUP BY ALL) o ON o.id = lower(trim(e.opportunity_id)) WHERE e.stage IS NOT NULL"
)
# Of deals (pipeline, stage, status as files give it): pipeline ("" for none), stage, deals won, lost, and all.
COUNTED_SQL = (
    "SELECT coalesce(pipeline, '') AS pipeline, stage, count(*) FILTER (status = 'won') AS won, "
    "count(*) FILTER (status = 'lost') AS lost, count(*) AS deals FROM {deals} WHERE stage IS NOT NULL GROUP BY ALL"
)
Counted = tuple[str, str, int, int, int]
_GIVEN = (
    "SELECT o.pipeline, o.stage, "
    "CASE WHEN s._key IS NOT NULL THEN s.status WHEN (o._inferred & 1) = 1 THEN NULL ELSE o.status END AS status "
    "FROM main.opportunities o LEFT JOIN settled.opportunities s USING (_key)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stage as the data shows it. before: how many stages of its pipeline usually come earlier; None: no history."""

    name: str
    meaning: str
    before: float | None = None


def propose_meaning(stage: str, won: int = 0, lost: int = 0, deals: int = 0) -> str:
    """The canonical meaning of a stage, from its name, else from the status that files give the deals in it.

    A longer name that holds a known one as whole words means the same ("2. Demo (on site)"); for won and lost the
    known name must have two words at least.
    """
    found = STAGE_MEANING.match(stage)
    if found is None:
        words = f" {fold(stage)} "
        held = [s for s in STAGE_MEANING.by_synonym if len(s) >= 4 and f" {s} " in words]
        sure = [s for s in held if STAGE_MEANING.by_synonym[s] not in CLOSING or " " in s]
        found = STAGE_MEANING.by_synonym[max(sure, key=len)] if sure else None
    if found is None and deals and won >= MOSTLY * deals:
        return "won"
    if found is None and deals and lost >= MOSTLY * deals:
        return "lost"
    return found or "other"


def in_order(stages: Sequence[Stage]) -> list[Stage]:
    """The stages of one pipeline as deals pass them; won, then lost, come last.

    Stages without a history are set in by meaning: before the first stage that means something later.
    """

    def progress(stage: Stage) -> int:
        return ORDER.index(stage.meaning) if stage.meaning in ORDER else len(ORDER)

    going = [s for s in stages if s.meaning not in CLOSING]
    known = sorted((s for s in going if s.before is not None), key=lambda s: (s.before or 0, progress(s), s.name))
    for stage in sorted((s for s in going if s.before is None), key=lambda s: (progress(s), s.name)):
        later = (i for i, other in enumerate(known) if progress(other) > progress(stage))
        known.insert(next(later, len(known)), stage)
    closing = sorted((s for s in stages if s.meaning in CLOSING), key=lambda s: (CLOSING.index(s.meaning), s.name))
    return [*known, *closing]


def refresh(cursor: duckdb.DuckDBPyConnection, late: Sequence[Counted] | None = None) -> tuple[bool, bool]:
    """Writes main.stage_meanings anew: proposals for every stage, and what a person decided.

    late: the stages of all deals there will be, where none is there yet (see COUNTED_SQL).
    Returns whether anything changed, and whether a meaning did (or its order alone).
    """
    elsewhere = external.read(cursor) if late is None else None
    late = [(p, s, w, n, d) for p, s, w, n, d in elsewhere.stages] if elsewhere else late
    chosen = {(p, s): (n, m) for p, s, n, m in cursor.execute("SELECT * FROM log.stage_choices").fetchall()}
    rows: list[tuple[str, str, int, str]] = []
    for pipeline, stages in _found(cursor, late).items():
        ordered = in_order([_decided(s, chosen.get((pipeline, s.name))) for s in stages])
        rows += [(pipeline, s.name, position, s.meaning) for position, s in enumerate(ordered, start=1)]
    rows = [(p, s, *chosen.get((p, s), (n, m))) for p, s, n, m in rows]
    rows += [(p, s, n, m) for (p, s), (n, m) in chosen.items() if (p, s) not in {(r[0], r[1]) for r in rows}]
    rows.sort()
    old = cursor.execute("SELECT pipeline, stage, position, meaning FROM main.stage_meanings").fetchall()
    if sorted(old) == rows:
        return False, False
    cursor.execute("DELETE FROM main.stage_meanings")
    if rows:
        cursor.executemany("INSERT INTO main.stage_meanings VALUES (?, ?, ?, ?)", rows)
    return True, {(p, s, m) for p, s, _, m in old} != {(p, s, m) for p, s, _, m in rows}


def _decided(stage: Stage, choice: tuple[int, str] | None) -> Stage:
    return Stage(name=stage.name, meaning=choice[1], before=stage.before) if choice else stage


def _found(cursor: duckdb.DuckDBPyConnection, late: Sequence[Counted] | None) -> Mapping[str, list[Stage]]:
    """Pipeline -> its stages with their proposed meanings, by the statuses as the files gave them."""
    history = cursor.execute("SELECT 1 FROM main.stage_events LIMIT 1").fetchall()
    before = {(p, s): n for p, s, n in cursor.execute(_before_sql()).fetchall()} if history else {}
    found: defaultdict[str, list[Stage]] = defaultdict(list)
    passed = f"UNION ALL SELECT DISTINCT pipeline, stage, 0, 0, 0 FROM ({_PLACED})" if history else ""
    counted = (
        late
        if late is not None
        else cursor.execute(
            f"SELECT pipeline, stage, sum(won), sum(lost), sum(deals) FROM ({COUNTED_SQL.format(deals=f'({_GIVEN})')} "
            f"{passed}) GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    )
    for pipeline, stage, won, lost, deals in counted:
        meaning = propose_meaning(stage, int(won), int(lost), int(deals))
        found[pipeline].append(Stage(name=stage, meaning=meaning, before=before.get((pipeline, stage))))
    return found


def _before_sql() -> str:
    """For each stage that deals passed, how many stages of its pipeline most deals with both enter earlier.

    Pairs, not ranks: a stage that many deals skip does not move the ones after it. A sample of deals will do.
    """
    return f"""
        WITH placed AS ({_PLACED}),
        deals AS (SELECT deal FROM placed GROUP BY deal ORDER BY hash(deal) LIMIT {SAMPLED_DEALS}),
        entered AS (
            SELECT pipeline, deal, stage, min(entered_at) AS at FROM placed SEMI JOIN deals USING (deal)
            WHERE entered_at IS NOT NULL GROUP BY ALL
        ),
        pairs AS (
            SELECT b.pipeline, b.stage, a.stage AS other, sum(sign(epoch(b.at) - epoch(a.at))) AS later
            FROM entered a JOIN entered b USING (pipeline, deal) WHERE a.stage <> b.stage GROUP BY ALL
        )
        SELECT pipeline, stage, coalesce(sum((later > 0)::INTEGER + 0.5 * (later = 0)::INTEGER), 0)::DOUBLE
        FROM (SELECT DISTINCT pipeline, stage FROM entered) LEFT JOIN pairs USING (pipeline, stage) GROUP BY ALL
    """


def choose(cursor: duckdb.DuckDBPyConnection, stages: pd.DataFrame) -> None:
    """Keeps a person's decisions: columns pipeline, stage, position, meaning. Raises UnknownName on other meanings."""
    meanings = {t.key for t in STAGE_MEANING.terms}
    missing = {"pipeline", "stage", "position", "meaning"} - set(stages.columns)
    if missing:
        raise BadParameter(
            Text("The table of stages lacks {names}.", "В таблице этапов нет колонок: {names}.").format(
                names=", ".join(sorted(missing))
            )
        )
    for row in stages.itertuples():
        meaning = str(row.meaning)
        if meaning not in meanings:
            raise unknown(Text("stage meaning", "смысл этапа"), meaning, meanings)
        pipeline = row.pipeline if isinstance(row.pipeline, str) else ""
        name = str(row.stage)
        cursor.execute("DELETE FROM log.stage_choices WHERE pipeline = ? AND stage = ?", [pipeline, name])
        cursor.execute(
            "INSERT INTO log.stage_choices VALUES (?, ?, ?, ?)", [pipeline, name, int(str(row.position)), meaning]
        )
