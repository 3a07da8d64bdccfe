"""Every move of a deal into, within and out of the open pipeline, as one statement: what the waterfall adds up.

A deal opens when it is created and closes when its record says it was won or lost. Two histories tell more, where they
are: the stage history (a deal that was closed and came back), and earlier exports of the same deals (what the amount
and the expected close date were then). Amounts are in the workspace currency at the rate of the day the deal was
created, so that a change of a rate is never a change of the pipeline.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from revops.analysis.behind import compiled, looked_at
from revops.analysis.core import View
from revops.metrics.derived import in_workspace_currency
from revops.metrics.engines.executor import DuckExecutor
from revops.metrics.tables import KEY, MONEY, table

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

ALL, DUE = "all", "period"

# an export's day: the last on which one of its deals was created or closed
_EARLIER = """
SELECT v."_key" AS deal, d.day, v."_import_id" AS import_id, v.amount, v.currency,
       coalesce(v.expected_close_at, CAST(v.closed_at AS DATE)) AS expected
FROM shared.opportunities v
JOIN (SELECT o."_import_id", max(greatest(CAST(o.created_at AS DATE), CASE WHEN o.status IN ('won', 'lost')
             AND o.closed_at <= i.loaded_at THEN CAST(o.closed_at AS DATE) END)) AS day
      FROM versions.opportunities o JOIN log.imports i ON i.import_id = o."_import_id" AND i.active
      GROUP BY 1) d ON d."_import_id" = v."_import_id"
"""
_KINDS = {
    "deal": "string",
    "day": "date",
    "import_id": "int64",
    "amount": MONEY,
    "currency": "string",
    "expected": "date",
}

# the moves of each deal: d_open, d_amount and d_due are what changed; the sums so far are the state after the move
_WALK = """
WITH turns AS (
  SELECT d.deal, e.entered_at AS moment, CASE WHEN m.meaning IN ('won', 'lost') THEN m.meaning END AS closing,
         lag(CASE WHEN m.meaning IN ('won', 'lost') THEN m.meaning END)
           OVER (PARTITION BY d.deal ORDER BY e.entered_at, e.stage) AS closed_before
  FROM deals d JOIN stage_events e ON e.opportunity_id = d.opportunity_id AND e.entered_at IS NOT NULL
  LEFT JOIN stage_meanings m
    ON coalesce(m.pipeline, '') = d.way AND lower(trim(m.stage)) = lower(trim(e.stage))),
reopenings AS (
  SELECT deal, max(moment) AS moment FROM turns WHERE closed_before IS NOT NULL AND closing IS NULL GROUP BY deal),
ended AS (
  SELECT d.deal, d.status, CASE WHEN r.moment IS NULL THEN greatest(d.closed, d.created)
                                ELSE greatest(d.closed, d.created, CAST(r.moment AS DATE)) END AS day
  FROM deals d CROSS JOIN looked_at l LEFT JOIN reopenings r ON r.deal = d.deal
  WHERE d.status IN ('won', 'lost') AND d.closed <= l.as_of),
amounts AS (
  SELECT k.deal, k.day, k.amount, lag(k.amount) OVER (PARTITION BY k.deal ORDER BY k.day, k.import_id) AS was,
         row_number() OVER (PARTITION BY k.deal ORDER BY k.day, k.import_id) AS place
  FROM earlier k CROSS JOIN looked_at l WHERE k.amount IS NOT NULL AND k.day <= l.as_of),
dates AS (
  SELECT k.deal, k.day, {due_k} AS due, lag({due_k}) OVER (PARTITION BY k.deal ORDER BY k.day, k.import_id) AS was,
         row_number() OVER (PARTITION BY k.deal ORDER BY k.day, k.import_id) AS place
  FROM earlier k CROSS JOIN looked_at l CROSS JOIN due WHERE k.expected IS NOT NULL AND k.day <= l.as_of),
moves AS (
  SELECT d.deal, d.created AS day, 0 AS place, CAST(d.created AS TIMESTAMP) AS moment, 'created' AS part, 1 AS d_open,
         coalesce(a.amount, d.amount, 0) AS d_amount, coalesce(t.due, {due_d}) AS d_due
  FROM deals d CROSS JOIN due LEFT JOIN amounts a ON a.deal = d.deal AND a.place = 1
  LEFT JOIN dates t ON t.deal = d.deal AND t.place = 1
  UNION ALL
  SELECT a.deal, CASE WHEN e.day < a.day THEN e.day ELSE greatest(a.day, d.created) END, 1, CAST(a.day AS TIMESTAMP),
         CASE WHEN a.amount > a.was THEN 'amount_up' ELSE 'amount_down' END, 0, a.amount - a.was, 0
  FROM amounts a JOIN deals d ON d.deal = a.deal LEFT JOIN ended e ON e.deal = a.deal WHERE a.amount <> a.was
  UNION ALL
  SELECT t.deal, greatest(t.day, d.created), 2, CAST(t.day AS TIMESTAMP),
         CASE WHEN t.due > t.was THEN 'pulled_in' ELSE 'pushed_out' END, 0, 0, t.due - t.was
  FROM dates t JOIN deals d ON d.deal = t.deal WHERE t.due <> t.was
  UNION ALL
  SELECT u.deal, greatest(CAST(u.moment AS DATE), d.created), 5, u.moment, coalesce(u.closing, 'reopened'),
         CASE WHEN u.closing IS NULL THEN 1 ELSE -1 END, 0, 0
  FROM turns u JOIN deals d ON d.deal = u.deal JOIN reopenings r ON r.deal = u.deal
  WHERE u.moment <= r.moment AND (u.closing IS NULL) <> (u.closed_before IS NULL)
  UNION ALL
  SELECT e.deal, e.day, 9, CAST(e.day AS TIMESTAMP), e.status, -1, 0, 0 FROM ended e),
states AS (
  SELECT m.*, sum(d_open) OVER (PARTITION BY deal ORDER BY day, place, moment ROWS UNBOUNDED PRECEDING) AS is_open,
         sum(d_amount) OVER (PARTITION BY deal ORDER BY day, place, moment ROWS UNBOUNDED PRECEDING) AS is_worth,
         sum(d_due) OVER (PARTITION BY deal ORDER BY day, place, moment ROWS UNBOUNDED PRECEDING) AS is_due
  FROM moves m)
SELECT s.deal, s.day, s.place, s.moment, s.part,
       s.is_open * s.is_due AS deals, s.is_open * s.is_due * s.is_worth AS amount,
       s.is_open * s.is_due - (s.is_open - s.d_open) * (s.is_due - s.d_due) AS deals_moved,
       s.is_open * s.is_due * s.is_worth
         - (s.is_open - s.d_open) * (s.is_due - s.d_due) * (s.is_worth - s.d_amount) AS amount_moved
FROM states s
"""
# the state after a deal's last move before a day
_STATE = """
SELECT deal, day, amount, deals FROM (
  SELECT w.*, row_number() OVER (PARTITION BY w.deal ORDER BY w.day DESC, w.place DESC, w.moment DESC) AS back
  FROM walk w CROSS JOIN looked_at l WHERE w.day < l.{edge}) s WHERE back = 1 AND deals <> 0
"""
START, END = _STATE.format(edge="start"), _STATE.format(edge='"end"')
MOVED = """
SELECT w.deal, w.day, w.amount_moved AS amount, w.deals_moved AS deals, w.part
FROM walk w CROSS JOIN looked_at l WHERE w.day >= l.start AND w.day < l."end"
  AND (w.amount_moved <> 0 OR w.deals_moved <> 0)
"""
# in one reading of the moves: of each part what it moved, and the states of the deals whose last move it was
PARTS_SQL = """
SELECT part, sum(CASE WHEN early THEN 0 ELSE amount_moved END) AS amount,
       sum(CASE WHEN early THEN 0 ELSE deals_moved END) AS moved,
       count(DISTINCT CASE WHEN NOT early AND (amount_moved <> 0 OR deals_moved <> 0) THEN deal END) AS deals,
       sum(CASE WHEN early AND back_then = 1 THEN amount ELSE 0 END) AS start_amount,
       sum(CASE WHEN early AND back_then = 1 THEN deals ELSE 0 END) AS start_deals,
       sum(CASE WHEN back = 1 THEN amount ELSE 0 END) AS end_amount,
       sum(CASE WHEN back = 1 THEN deals ELSE 0 END) AS end_deals
FROM (SELECT w.*, w.day < l.start AS early,
             row_number() OVER (PARTITION BY w.deal ORDER BY w.day DESC, w.place DESC, w.moment DESC) AS back,
             row_number() OVER (PARTITION BY w.deal, CASE WHEN w.day < l.start THEN 0 ELSE 1 END
                                ORDER BY w.day DESC, w.place DESC, w.moment DESC) AS back_then
      FROM walk w CROSS JOIN looked_at l WHERE w.day < l."end") seen
GROUP BY part
"""
KNOWN_SQL = """
SELECT count(*) AS deals,
       (SELECT count(*) FROM (SELECT deal FROM earlier GROUP BY deal HAVING count(*) > 1) k) AS earlier,
       count(CASE WHEN d.amount IS NULL AND d.created < l."end"
             AND (d.status NOT IN ('won', 'lost') OR d.closed IS NULL OR d.closed >= l."end") THEN 1 END) AS blank
FROM deals d CROSS JOIN looked_at l
"""


def relations(engine: Engine, view: View, due: str) -> dict[str, str]:
    """The relations of a statement over `walk`: a row a move of a deal, with the state after it.

    walk: deal (its key), day, part (created, reopened, amount_up, amount_down, pulled_in, pushed_out, won, lost),
    amount and deals (of the open pipeline after the move: the deal's amount and 1, or 0), amount_moved, deals_moved.
    due DUE: only deals expected to close within the view's period are of the pipeline.
    """
    scoped = due == DUE
    within = "CASE WHEN {0}.expected >= due.first AND {0}.expected < due.beyond THEN 1 ELSE 0 END"
    due_k, due_d = (within.format("k"), within.format("d")) if scoped else ("1", "1")
    first, beyond = view.period.start, view.period.end
    return {
        "due": engine.dialect.days({"first": first, "beyond": beyond}),
        **told_of_deals(engine, view),
        "walk": engine.dialect.translated(_WALK.format(due_k=due_k, due_d=due_d)),
    }


def told_of_deals(engine: Engine, view: View) -> dict[str, str]:
    """The relations that the moves are told from: looked_at, deals, and earlier, what earlier exports said of them."""
    return {
        **looked_at(engine, view),
        "told_before": engine.dialect.translated(_EARLIER) if kept_exports(engine) else engine.dialect.rows(_KINDS, []),
        "deals": compiled(engine, ("walk_deals",), lambda: _deals(engine, view), view),
        "earlier": compiled(engine, ("walk_earlier",), lambda: _earlier(engine), view),
    }


def kept_exports(engine: Engine) -> bool:
    """Earlier exports are kept beside the records: in the workspace's own file."""
    return isinstance(engine.executor, DuckExecutor)


def _deals(engine: Engine, view: View) -> ir.Table:
    """A deal that can be told open on any day: created; and closed on a known day where it is over."""
    rows = engine.keep(table("opportunities"), "opportunities", view.where)
    rows = rows.filter(rows.created_at.notnull())
    over = rows.status.isin(["won", "lost"]).fill_null(False)
    rows = rows.filter(rows.closed_at.notnull() | ~over).mutate(_created=rows.created_at.date())
    priced = in_workspace_currency(rows, "amount", "_created", engine.basis)
    return priced.select(
        "opportunity_id",
        "amount",
        "status",
        deal=priced[KEY],
        way=priced.pipeline.fill_null(""),
        created=priced["_created"],
        closed=priced.closed_at.date(),
        expected=priced.expected_close_at,
    )


def _earlier(engine: Engine) -> ir.Table:
    """What earlier exports said of a deal, the amount priced like the deal's own."""
    told = ibis.table(_KINDS, name="told_before")
    deals = table("opportunities").select(_key_=table("opportunities")[KEY], _created=ibis._.created_at.date())
    rows = told.join(deals, told.deal == deals["_key_"])
    priced = in_workspace_currency(rows, "amount", "_created", engine.basis)
    return priced.select("deal", "day", "import_id", "amount", "expected")
