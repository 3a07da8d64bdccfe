"""The product from Python: the same cells, metrics and read-only SQL as the pages, for scripts and Jupyter.

company = open_workspace("demo")
company.cell("kpi_trend", params={"metric": "win_rate"}).frame
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import Any

import pandas as pd

from revops.analysis.choice import from_json, view_of
from revops.analysis.core import Cell, CellResult, Passport
from revops.analysis.run import run_cell
from revops.charts import draw
from revops.formats import Formatter
from revops.metrics.core import Query
from revops.metrics.engine import Engine
from revops.text import Language
from revops.workspace import Workspace, asked_path


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A cell that ran. Jupyter shows its finding and chart."""

    result: CellResult
    formatter: Formatter

    @property
    def finding(self) -> str:
        return self.result.finding[self.formatter.language]

    @property
    def frame(self) -> pd.DataFrame:
        """The figures, tidy; the columns are told by the analysis."""
        return self.result.result.frame

    @property
    def passport(self) -> Passport:
        return self.result.passport

    @property
    def chart(self) -> Any:
        """An Altair chart; None where the cell is a table."""
        return draw(self.result, self.formatter, width=720)

    def __repr__(self) -> str:
        return self.finding

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display({"text/plain": self.finding, "text/markdown": self.finding}, raw=True)
        chart = self.chart
        display(self.frame if chart is None else chart)


class Company:
    """A workspace that is open. Use as a context manager, or `close()` it."""

    def __init__(self, workspace: Workspace, language: Language) -> None:
        self.workspace = workspace
        self.language = language

    @cached_property
    def engine(self) -> Engine:
        return Engine(self.workspace)

    @property
    def formatter(self) -> Formatter:
        return Formatter(self.language, self.engine.conventions.currency)

    def cell(
        self, analysis: str, *, look: Mapping[str, Any] | None = None, params: Mapping[str, Any] | None = None
    ) -> Shown:
        """Runs an analysis. look: period, grain, compare and where, as a shared notebook names them.

        Raises UnknownName, BadParameter, NotComputable; each says what to do.
        """
        view = view_of(from_json(look or {}), self.engine)
        found = run_cell(self.engine, Cell(analysis=analysis, params=params or {}), view)
        return Shown(result=found, formatter=self.formatter)

    def metric(self, key: str, *, by: str | None = None, look: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """A metric over the period looked at: one row, or one a value of `by`; columns as MetricResult.frame."""
        view = view_of(from_json(look or {}), self.engine)
        query = Query(metric=key, periods=(view.period,), as_of=view.as_of, by=by, where=view.where)
        frame: pd.DataFrame = self.engine.evaluate(query).frame
        return frame

    def sql(self, text: str) -> pd.DataFrame:
        """What one read-only SELECT over the shared model answers. Raises QueryRefused."""
        return self.workspace.query_user(text)

    def close(self) -> None:
        self.workspace.close()

    def __enter__(self) -> Company:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def open_workspace(name: str, *, language: Language = "en") -> Company:
    """A workspace by its name or file. Raises WorkspaceError where there is none, or another program holds it."""
    return Company(Workspace.open(asked_path(name), create=False), language)
