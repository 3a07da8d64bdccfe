"""Every metric of the product: METRICS, the order in which they are shown."""

from __future__ import annotations

from revops.errors import unknown
from revops.metrics import acquisition, marketing, pipeline, retention, revenue, sales, success, unit_economics
from revops.metrics.core import Metric
from revops.text import Text

_FAMILIES = (acquisition, revenue, retention, sales, unit_economics, marketing, pipeline, success)
_DECLARED = {m.key: m for family in _FAMILIES for m in family.METRICS}

THE_FIVE = ("cac", "arr", "clv", "sql2cw", "logo_churn")

METRICS: tuple[Metric, ...] = (
    *(_DECLARED[key] for key in THE_FIVE),
    *(metric for key, metric in _DECLARED.items() if key not in THE_FIVE),
)
METRIC: dict[str, Metric] = {m.key: m for m in METRICS}
_ALIASES = {alias: m.key for m in METRICS for alias in m.aliases}


def metric(name: str) -> Metric:
    """The metric of that key or alias ("churn" is logo_churn). Raises UnknownName with the nearest."""
    key = name.strip().lower().replace("-", "_").replace(" ", "_")
    key = _ALIASES.get(key, key)
    if key not in METRIC:
        raise unknown(Text("metric", "метрика"), name, [*METRIC, *_ALIASES])
    return METRIC[key]
