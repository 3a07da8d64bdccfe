"""Draws a cell's result: `spec`. Pure: a result in, Vega-Lite out; the frames are small, texts ready-made."""

from __future__ import annotations

from collections.abc import Callable

import altair as alt
from altair.utils.schemapi import debug_mode

from revops.analysis.core import CellResult
from revops.charts import (
    actions,
    attribution,
    backwards,
    before_after,
    breakdown,
    bridge,
    cohorts,
    completeness,
    concentration,
    definitions_gap,
    drivers,
    engagement,
    forecast,
    funnel,
    funnel_trend,
    leavers,
    lost_deals,
    pipeline_waterfall,
    plan_migration,
    save_rate,
    scenario,
    seller_desk,
    stage_matrix,
    step_times,
    survival,
    trend,
    velocity,
)
from revops.charts.marks import SELECTION
from revops.charts.theme import Palette, Spec, Width, palette
from revops.errors import unknown
from revops.formats import Formatter
from revops.text import Text

Drawing = Callable[[CellResult, Formatter, Palette, Width], Spec]
DRAWINGS: dict[str, Drawing] = {
    "trend": trend.draw,
    "breakdown": breakdown.draw,
    "funnel": funnel.draw,
    "funnel_trend": funnel_trend.draw,
    "pipeline_waterfall": pipeline_waterfall.draw,
    "lost_deals": lost_deals.draw,
    "backwards": backwards.draw,
    "seller_desk": seller_desk.draw,
    "stage_matrix": stage_matrix.draw,
    "step_times": step_times.draw,
    "bridge": bridge.draw,
    "drivers": drivers.draw,
    "survival": survival.draw,
    "cohorts": cohorts.draw,
    "definitions_gap": definitions_gap.draw,
    "actions": actions.draw,
    "engagement": engagement.draw,
    "before_after": before_after.draw,
    "plan_migration": plan_migration.draw,
    "attribution": attribution.draw,
    "forecast": forecast.draw,
    "scenario": scenario.draw,
    "velocity": velocity.draw,
    "concentration": concentration.draw,
    "leavers": leavers.draw,
    "save_rate": save_rate.draw,
    "completeness": completeness.draw,
}
WITHOUT = frozenset({"cards", "table"})  # shown as cards or a table: nothing to draw


def spec(cell: CellResult, formatter: Formatter, *, dark: bool = False, width: Width = "container") -> Spec | None:
    """The cell's chart as a Vega-Lite specification; None where it is cards or a table, or where nothing is to show.

    A click on its main marks is read under the name SELECTION. width: pixels, for pictures. Raises UnknownName for
    a chart nobody draws.
    """
    name = cell.analysis.chart
    if name in WITHOUT or cell.result.empty is not None:
        return None
    if name not in DRAWINGS:
        raise unknown(Text("chart", "диаграмма"), name, DRAWINGS)
    with debug_mode(False):  # each object is not held against Vega-Lite's schema again: tests do that
        return DRAWINGS[name](cell, formatter, palette(dark), width)


def draw(
    cell: CellResult, formatter: Formatter, *, dark: bool = False, width: Width = "container"
) -> alt.LayerChart | None:
    """As `spec`, as an Altair chart again: for notebooks, and to be built on."""
    drawn = spec(cell, formatter, dark=dark, width=width)
    return None if drawn is None else alt.LayerChart.from_dict(drawn)


__all__ = ["DRAWINGS", "SELECTION", "WITHOUT", "draw", "spec"]
