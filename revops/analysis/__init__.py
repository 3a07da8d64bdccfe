"""Every analysis of the product: ANALYSES, in the order in which they are offered."""

from __future__ import annotations

from revops.analysis.actions import ACTIONS
from revops.analysis.arr_bridge import ARR_BRIDGE
from revops.analysis.attribution import ATTRIBUTION
from revops.analysis.backwards import BACKWARDS
from revops.analysis.before_after import BEFORE_AFTER
from revops.analysis.churn_breakdown import CHURN_BREAKDOWN
from revops.analysis.churn_trend import CHURN_TREND
from revops.analysis.clv_curve import CLV_CURVE
from revops.analysis.cohorts import COHORTS
from revops.analysis.concentration import CONCENTRATION
from revops.analysis.core import Analysis, Cell, CellResult, Compare, Result, View
from revops.analysis.definitions_gap import DEFINITIONS_GAP
from revops.analysis.driver_search import DRIVER_SEARCH
from revops.analysis.drivers import DRIVERS
from revops.analysis.engagement import ENGAGEMENT
from revops.analysis.engagement_wins import ENGAGEMENT_WINS
from revops.analysis.forecast import FORECAST
from revops.analysis.funnel import FUNNEL
from revops.analysis.funnel_trend import FUNNEL_TREND
from revops.analysis.kpi_breakdown import KPI_BREAKDOWN
from revops.analysis.kpi_overview import KPI_OVERVIEW
from revops.analysis.kpi_trend import KPI_TREND
from revops.analysis.leavers import LEAVERS
from revops.analysis.lost_deals import LOST_DEALS
from revops.analysis.pipeline_waterfall import PIPELINE_WATERFALL
from revops.analysis.plan_migration import PLAN_MIGRATION
from revops.analysis.quality import DATA_QUALITY, QUALITY_ROWS
from revops.analysis.quality_completeness import COMPLETENESS
from revops.analysis.readiness_cell import READINESS
from revops.analysis.repeat_buyers import REPEAT_BUYERS
from revops.analysis.save_rate import SAVE_RATE
from revops.analysis.scenario import SCENARIO
from revops.analysis.seller_desk import SELLER_DESK
from revops.analysis.stage_matrix import STAGE_MATRIX
from revops.analysis.step_times import STEP_TIMES
from revops.analysis.survival import SURVIVAL
from revops.analysis.velocity import VELOCITY
from revops.errors import unknown
from revops.text import Text

ANALYSES: tuple[Analysis, ...] = (
    KPI_OVERVIEW,
    KPI_TREND,
    KPI_BREAKDOWN,
    DRIVERS,
    DRIVER_SEARCH,
    FUNNEL,
    FUNNEL_TREND,
    STAGE_MATRIX,
    STEP_TIMES,
    BACKWARDS,
    PIPELINE_WATERFALL,
    LOST_DEALS,
    SELLER_DESK,
    VELOCITY,
    CHURN_TREND,
    CHURN_BREAKDOWN,
    LEAVERS,
    SAVE_RATE,
    SURVIVAL,
    CLV_CURVE,
    COHORTS,
    ARR_BRIDGE,
    CONCENTRATION,
    FORECAST,
    SCENARIO,
    REPEAT_BUYERS,
    ATTRIBUTION,
    PLAN_MIGRATION,
    BEFORE_AFTER,
    ENGAGEMENT,
    ENGAGEMENT_WINS,
    ACTIONS,
    DEFINITIONS_GAP,
    READINESS,
    DATA_QUALITY,
    QUALITY_ROWS,
    COMPLETENESS,
)
ANALYSIS: dict[str, Analysis] = {a.key: a for a in ANALYSES}


def analysis(key: str) -> Analysis:
    """The analysis of that key. Raises UnknownName, which suggests the nearest."""
    name = key.strip().lower().replace("-", "_")
    if name not in ANALYSIS:
        raise unknown(Text("analysis", "анализ"), key, ANALYSIS)
    return ANALYSIS[name]


__all__ = [
    "ANALYSES",
    "ANALYSIS",
    "Analysis",
    "Cell",
    "CellResult",
    "Compare",
    "Result",
    "View",
    "analysis",
]
