"""A notebook as one HTML file: interactive charts, tables and where each figure comes from. It asks no network."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd
import vl_convert
from jinja2 import Environment, select_autoescape
from markdown_it import MarkdownIt
from markupsafe import Markup

from revops import __version__
from revops.analysis.core import CellResult
from revops.analysis.key_figures import key_figures
from revops.analysis.kpi_overview import KPI_OVERVIEW
from revops.analysis.values import period_text, shown
from revops.charts import spec
from revops.errors import RevOpsError
from revops.formats import DASH, Formatter, is_missing
from revops.notebook.model import NoteBlock, SqlBlock
from revops.notebook.run import Ran
from revops.text import Text

ROWS = 200  # of a table; the page is for reading
_CHARTS = """
for (const one of document.querySelectorAll("[data-chart]")) {
  const spec = JSON.parse(document.getElementById(one.dataset.chart).textContent);
  vegaEmbed(one, spec, {actions: {export: true, source: false, compiled: false, editor: false}, renderer: "svg"});
}
"""


def page(title: str, ran: Sequence[Ran], formatter: Formatter, *, workspace: str, made_at: dt.datetime) -> str:
    """The whole file. made_at: UTC, printed. Every text of the data is escaped; notes are Markdown without HTML."""
    sections = [_section(one, number, formatter) for number, one in enumerate(ran, start=1)]
    charts = any("spec" in s for s in sections)
    return str(
        _template().render(
            title=title,
            language=formatter.language,
            workspace=workspace,
            made_at=f"{formatter.date(made_at)} {made_at:%H:%M} UTC",
            version=__version__,
            sections=sections,
            words={k: formatter.say(v) for k, v in _WORDS.items()},
            script=Markup(_bundle()) if charts else "",
        )
    )


_WORDS = {
    "made": Text("Made", "Составлено"),
    "of": Text("Workspace", "Рабочее пространство"),
    "table": Text("Table", "Таблица"),
    "passport": Text("Where it comes from", "Откуда цифры"),
    "definition": Text("Definition", "Определение"),
    "formula": Text("Formula", "Формула"),
    "used": Text("Rows used", "Учтённые строки"),
    "left_out": Text("Rows left out", "Неучтённые строки"),
    "sources": Text("Source files", "Исходные файлы"),
    "as_of": Text("As of", "На дату"),
    "sql": Text("SQL", "SQL"),
}


@cache
def _template() -> Any:
    text = files("revops.report").joinpath("page.html.j2").read_text(encoding="utf-8")
    return Environment(autoescape=select_autoescape(default=True), trim_blocks=True, lstrip_blocks=True).from_string(
        text
    )


@cache
def _bundle() -> str:
    """The libraries that draw the charts, as one script."""
    return str(vl_convert.javascript_bundle(_CHARTS)).replace("</script", "<\\/script")


def _section(ran: Ran, number: int, formatter: Formatter) -> dict[str, Any]:
    if isinstance(ran.block, NoteBlock):
        return {"note": Markup(MarkdownIt("commonmark", {"html": False}).enable("table").render(ran.block.text))}
    if ran.problem is not None:
        return {"problem": _problem(ran.problem, formatter)}
    if isinstance(ran.block, SqlBlock):
        if ran.table is None:
            return {}
        cells = ran.table.head(ROWS).map(lambda v: DASH if is_missing(v) else str(v))
        return {"title": ran.block.title, "statement": ran.block.sql, **_table(cells, len(ran.table), formatter)}
    assert ran.cell is not None
    return _cell(ran.cell, number, formatter)


def _problem(error: RevOpsError, formatter: Formatter) -> str:
    said = error.message[formatter.language]
    return f"{said} {error.fix[formatter.language]}" if error.fix else said


def _cell(cell: CellResult, number: int, formatter: Formatter) -> dict[str, Any]:
    language, paper = formatter.language, cell.passport
    found: dict[str, Any] = {
        "question": cell.analysis.question[language],
        "period": period_text(cell.view.period, formatter, as_of=cell.view.as_of),
        "finding": cell.finding[language],
        "notes": [n[language] for n in cell.result.notes],
        "closed": True,  # the table waits behind a click: the chart says it
        **_table(shown(cell.result, formatter).head(ROWS), len(cell.result.frame), formatter),
        "definition": paper.definition[language].split("\n"),
        "formula": [line for line in paper.formula[language].split("\n") if line],
        "used": [f"{what[language]}: {formatter.number(n)}" for what, n in paper.rows_used],
        "left_out": [f"{why[language]}: {formatter.number(n)}" for why, n in paper.rows_left_out],
        "sources": [
            {"file": s.file, "loaded": f"{s.loaded_at:%Y-%m-%d %H:%M}", "hash": s.sha256} for s in paper.sources
        ],
        "as_of": formatter.date(paper.as_of),
        "sql": paper.sql,
    }
    drawn = spec(cell, formatter)
    if drawn is not None:
        # in a script element only "<" could end it early
        found |= {"spec": Markup(json.dumps(drawn, default=str).replace("<", "\\u003c")), "id": f"chart{number}"}
    elif cell.analysis is KPI_OVERVIEW and cell.result.empty is None:
        figures = key_figures(cell.result, formatter).values()
        found["figures"] = [{"figure": f, "line": course_line(f.course)} for f in figures]
    else:
        found["closed"] = False
    return found


def course_line(course: Sequence[float | None], *, width: int = 120, height: int = 28) -> str:
    """The course as the path of an SVG of that size, broken where a value is missing; "" for less than two values."""
    values = [v for v in course if v is not None]
    if len(values) < 2:
        return ""
    low, span = min(values), max(values) - min(values) or 1.0
    path, down = [], False
    for place, value in enumerate(course):
        if value is not None:
            x, y = place / (len(course) - 1) * width, height - (value - low) / span * height
            path.append(f"{'L' if down else 'M'}{x:.1f} {y:.1f}")
        down = value is not None
    return "".join(path)


def _table(frame: pd.DataFrame, rows: int, formatter: Formatter) -> dict[str, Any]:
    cut = Text("The first {n} of {m} rows.", "Первые {n} из {m} строк.")
    return {
        "columns": [str(c) for c in frame.columns],
        "rows": frame.astype("str").to_numpy().tolist(),
        "cut": formatter.say(cut, n=len(frame), m=formatter.number(rows)) if rows > len(frame) else "",
    }
