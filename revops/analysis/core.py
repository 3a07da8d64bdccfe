"""The cell: an analysis (declared once) with its parameters filled in, and what running it gives.

Which analyses exist: ANALYSES in analysis/__init__.py. Charts are drawn in revops/charts from `Result.frame` and
`Analysis.chart`; nothing here knows a page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from revops.formats import Formatter
from revops.metrics.core import Grain, Period, Query, Unit
from revops.text import Text

if TYPE_CHECKING:
    from revops.analysis.rows import Rows
    from revops.metrics.engine import Engine


class Compare(StrEnum):
    NONE = "none"
    PREVIOUS = "previous"
    LAST_YEAR = "last_year"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What all cells of a page look at: the global filters.

    period: the range looked at. as_of: the last day that counts. where: dimension -> kept values.
    against: the range of Compare.CUSTOM, None with the others.
    """

    period: Period
    as_of: dt.date
    grain: Grain = Grain.MONTH
    compare: Compare = Compare.PREVIOUS
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    against: Period | None = None


class ParamKind(StrEnum):
    METRIC = "metric"
    DIMENSION = "dimension"
    CHOICE = "choice"
    FLAG = "flag"
    NUMBER = "number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """One typed parameter of an analysis.

    choices: value -> label; for CHOICE the values allowed ({}: they depend on the data, the analysis checks them);
    for DIMENSION values allowed beside the dimensions (tenure). optional: None is allowed.
    """

    key: str
    label: Text
    kind: ParamKind
    default: Any = None
    choices: Mapping[str, Text] = field(default_factory=dict)
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """How a frame's column is shown (values.py: `shown`).

    unit None: text or date as it is. unit_from: the frame's column that holds the row's Unit, where rows differ.
    names: what stands for a value of the column (frames hold keys, never words). grain: the column holds first
    days of periods of that grain. signed: a difference (shares: in percentage points, counts and money: with sign).
    relative: a change as a share of its base, shown as a signed percentage.
    hidden: not in the table on screen.
    """

    key: str
    label: Text
    unit: Unit | None = None
    unit_from: str | None = None
    names: Mapping[str, Text] = field(default_factory=dict)
    grain: Grain | None = None
    signed: bool = False
    relative: bool = False
    hidden: bool = False
    help: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An import behind a figure. by_hand: what somebody corrected in the file before its load; None: nothing."""

    import_id: str
    file: str
    sha256: str
    loaded_at: dt.datetime
    by_hand: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passport:
    """Everything needed to defend a figure."""

    definition: Text
    formula: Text
    parameters: Mapping[str, Text]
    sql: tuple[str, ...]
    rows_used: tuple[tuple[Text, int], ...]  # what one row is, how many
    rows_left_out: tuple[tuple[Text, int], ...]  # reason, how many
    sources: tuple[Source, ...]
    as_of: dt.date
    scope: Text | None = None  # which rows count as left out
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Result:
    """What an analysis computes: a tidy, small frame and what the finding and the chart need besides.

    facts: named scalars the finding uses, also shown by the CLI's JSON. empty: why there is nothing to show.
    rows_used, rows_left_out: what was counted besides the rows of `metrics`.
    """

    frame: pd.DataFrame
    columns: tuple[Column, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    sql: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()  # the metrics it shows, for definitions and rows used
    notes: tuple[Text, ...] = ()
    rows_used: tuple[tuple[Text, int], ...] = ()
    rows_left_out: tuple[tuple[Text, int], ...] = ()
    empty: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """A question that can be asked of any workspace.

    needs: model fields (any of the groups suffices). run: engine, view, parameters -> Result. chart: which drawing
    of revops/charts shows it, by name. finding: result -> one sentence in the formatter's language. behind: the records
    behind a picked mark (None: behind all of it), at most as many as are asked for, where no metric tells them. kinds:
    of such records, told as the pick's "kind", the first where none is told; then `behind` tells of picked marks alone,
    and the metrics' records are behind the whole. asks:
    the figures without a breakdown that `run` will ask for, so that cells side by side share statements (together.py);
    raises nothing.
    """

    key: str
    title: Text
    question: Text
    definition: Text
    params: tuple[Param, ...]
    run: Callable[[Engine, View, Mapping[str, Any]], Result]
    finding: Callable[[Result, Formatter], str]
    chart: str
    needs: tuple[tuple[str, ...], ...] = ()
    behind: Callable[[Engine, CellResult, Mapping[str, Any] | None, int | None], Rows] | None = None
    kinds: Mapping[str, Text] = field(default_factory=dict)
    asks: Callable[[Engine, View, Mapping[str, Any]], Sequence[Query]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """An analysis with its parameters filled in: what pages, notebooks, reports and the CLI run."""

    analysis: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CellResult:
    """A cell that ran. `finding[lang]` is the sentence; draw it with revops.charts.draw(result, formatter).

    passport: written when it is first asked for (it counts rows), over the data as they are then.
    """

    cell: Cell
    analysis: Analysis
    view: View
    params: Mapping[str, Any]  # complete, defaults filled in
    result: Result
    finding: Text
    write_passport: Callable[[], Passport] = field(repr=False, compare=False)

    @cached_property
    def passport(self) -> Passport:
        return self.write_passport()
