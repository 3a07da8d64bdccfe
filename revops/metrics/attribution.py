"""What names no channel: spend and customers that need not belong together, and the sentences that say so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from revops.metrics.core import Metric
from revops.metrics.dimensions import Dimension
from revops.metrics.evaluate import BY
from revops.text import Text


def of_nothing(metric: Metric, dimension: Dimension) -> Text:
    """Why the metric has no value for what names no value of the dimension."""
    return Text(
        "“{metric}” can't be told of what names no “{dimension}”: the spend and the customers without one need not "
        "belong together.",
        "«{metric}» нельзя посчитать там, где «{dimension}» не указан: расходы и клиенты без него не обязательно "
        "относятся друг к другу.",
    ).format(metric=metric.label, dimension=dimension.label)


def note(metric: Metric, dimension: Dimension, columns: Mapping[str, Any]) -> Text | None:
    """Said of a breakdown in which some spend or customers name no value; columns: those of MetricResult."""
    if not metric.attributed:
        return None
    sides = zip(columns[BY], columns["numerator"], columns["denominator"], strict=True)
    if not any(group == "" and (top > 0 or bottom > 0) for group, top, bottom in sides):
        return None
    return Text(
        "Unattributed: spend or customers that name no “{dimension}” are not spread over the others and count in the "
        "total alone.",
        "Не распределено: расходы или клиенты, у которых «{dimension}» не указан, не разнесены по остальным и учтены "
        "только в итоге.",
    ).format(dimension=dimension.label)
