"""The records behind a figure, in place: made only when asked for, a page of them, all of them to download."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import streamlit as st

from revops.analysis import picked, rows
from revops.analysis.core import CellResult, Column
from revops.analysis.rows import SHOWN, Figure, Rows
from revops.analysis.rows_words import MEASURES, SCOPE, adds_up
from revops.analysis.values import as_date, name_of, period_text, show, shown_frame
from revops.errors import RevOpsError
from revops.exporting.formats import Format
from revops.exporting.rows import write_rows
from revops.formats import is_missing
from revops.metrics import METRIC, calendar
from revops.metrics.core import Period
from revops.metrics.rows import label_of
from revops.text import Text
from revops.ui import empty, figures
from revops.ui.markdown import plain
from revops.ui.state import Session

LEFT_OUT, PAPER = "left_out", "paper"
WHICH = Text("Which rows", "Какие строки")
NOBODY = Text("No rows.", "Строк нет.")
HINT = Text(
    "Click a mark on the chart to see the rows of that period or group.",
    "Щёлкните по отметке на диаграмме, чтобы увидеть строки этого периода или группы.",
)
MARK_HINT = Text(
    "Click a mark on the chart to see the rows behind it alone.",
    "Щёлкните по отметке на диаграмме, чтобы увидеть строки только по ней.",
)
KINDS = {Format.CSV: "text/csv", Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def panel(session: Session, found: CellResult, name: str, pick: Mapping[str, Any] | None, *, hint: bool) -> None:
    """The rows behind one of the cell's figures: of the picked mark, else of the whole range."""
    assert session.engine is not None
    if found.analysis.behind is not None and (pick or not found.analysis.kinds):
        own(session, found, name, pick, hint=hint)
        return
    usable = picked.metrics_of(found)
    metric = usable[0]
    whole = picked.figure(session.engine, found, metric)
    figure = picked.figure(session.engine, found, metric, pick)
    if len(usable) > 1 and figure.metric == whole.metric:
        metric = _metric(session, usable, name)
        figure = picked.figure(session.engine, found, metric, pick)
        if figure.metric != metric:
            figure = picked.figure(session.engine, found, metric)
    of(session, figure, name)
    if hint and not pick:
        st.caption(session.say(HINT))


def own(session: Session, found: CellResult, name: str, pick: Mapping[str, Any] | None, *, hint: bool) -> None:
    """The records that the cell lists itself, of the picked mark or of all of it."""
    assert session.engine is not None
    st.markdown(plain(told_pick(session, found, pick)))
    if pick and found.analysis.kinds:
        pick = {**pick, "kind": _kind(session, found.analysis.kinds, name)}
    asked = (*figures.cell_key(found.cell), *figures.view_key(found.view), *sorted((pick or {}).items()))
    try:
        listed = _own(session.key, asked, session.engine, found, pick)
    except RevOpsError as error:
        empty.problem(error, session.language)
        return
    _sums(session, listed)
    table(session, listed, name)
    if listed.total:
        assert found.analysis.behind is not None
        whole = partial(found.analysis.behind, session.engine, found, pick, None)
        _downloads(session, whole, f"{found.analysis.key}_rows", name)
    if hint and not pick:
        st.caption(session.say(MARK_HINT))


def _kind(session: Session, kinds: Mapping[str, Text], name: str) -> str:
    """Which of the kinds of records behind the mark; one is always chosen."""
    chosen = st.segmented_control(
        session.say(WHICH),
        list(kinds),
        format_func=lambda k: kinds[k][session.language],
        default=next(iter(kinds)),
        required=True,
        key=f"rows_of_{name}",
        label_visibility="collapsed",
    )
    return str(chosen)


def told_pick(session: Session, found: CellResult, pick: Mapping[str, Any] | None) -> str:
    """What is picked, in the words of the cell's columns: "Part: Won"; the cell's title where nothing is."""
    columns = {c.key: c for c in found.result.columns}
    said = [
        f"{columns[k].label[session.language]}: {_told(columns[k], v, session)}"
        for k, v in (pick or {}).items()
        if k in columns and not columns[k].hidden
    ]
    if any(v == "" for k, v in (pick or {}).items() if k in columns and columns[k].grain is not None):
        said = []  # the mark of all periods together
    return " · ".join(said) or found.analysis.title[session.language]


def _told(column: Column, value: Any, session: Session) -> str:
    """A picked value: a period by its name, else in the column's words."""
    if column.grain is not None and value:
        start = as_date(value)
        period = Period(start, calendar.step(start, column.grain), column.grain)
        return calendar.label(period, session.formatter)
    return name_of(value, column.names, session.formatter)


def _metric(session: Session, usable: tuple[str, ...], name: str) -> str:
    chosen = st.selectbox(
        session.say(Text("Figure", "Показатель")),
        usable,
        format_func=lambda k: METRIC[k].label[session.language],
        key=f"rows_metric_{name}",
    )
    return chosen or usable[0]


def of(session: Session, figure: Figure, name: str) -> None:
    """The rows behind a figure, a kind at a time, and those left out."""
    assert session.engine is not None
    engine = session.engine
    try:
        value, _sql = _value(session.key, _key(figure), engine, figure)
    except RevOpsError as error:
        empty.problem(error, session.language)
        return
    st.markdown(_heading(session, figure, value))
    kinds = [part.name for part in rows.parts(engine, figure.metric)]
    labels = {part.name: label_of(part) for part in rows.parts(engine, figure.metric)}
    labels[LEFT_OUT] = Text("left out", "неучтённые")
    labels[PAPER] = Text("where it comes from", "откуда цифра")
    chosen = st.segmented_control(
        session.say(WHICH),
        [*kinds, LEFT_OUT, PAPER],
        format_func=lambda k: _capital(labels[k][session.language]),
        default=kinds[0],
        required=True,
        key=f"rows_kind_{name}_{figure.metric}",
        label_visibility="collapsed",
    )
    if chosen == LEFT_OUT:
        _left_out(session, figure, name)
        return
    if chosen == PAPER:
        _paper(session, figure)
        return
    part = next(p for p in rows.parts(engine, figure.metric) if p.name == chosen)
    found = _behind(session.key, _key(figure), part.name, engine, figure)
    _sums(session, found)
    table(session, found, f"{name}_{chosen}")
    if found.total:
        whole = partial(rows.behind, engine, figure, part, limit=None)
        _downloads(session, whole, f"{figure.metric}_{part.measures[0].fact.key}", f"{name}_{chosen}")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _heading(session: Session, figure: Figure, value: Mapping[str, Any] | None) -> str:
    """ "**Win rate**, Mar 2026, SMB: 24.1%"."""
    assert session.engine is not None
    metric = METRIC[figure.metric]
    words = [period_text(figure.period, session.formatter, as_of=figure.as_of)]
    if figure.by is not None:
        label = session.engine.dimension(figure.by).label[session.language]
        words.append(f"{label}: " + ", ".join(name_of(g, {}, session.formatter) for g in figure.groups[:3]))
    told = ", ".join([f"**{plain(metric.label[session.language])}**", *(plain(w) for w in words)])
    if value is None:
        return told
    said = show(value["value"], metric.unit, session.formatter)
    if metric.proportion and not is_missing(value["n"]):
        cases = session.formatter.number(value["n"])
        said += session.say(Text(" of {n}", " из {n}"), n=cases)
    return f"{told} — {plain(said)}"


def _sums(session: Session, found: Rows) -> None:
    """How many records, and what their contributions add up to."""
    number = session.formatter.number
    words = [session.say(Text("Rows: {n}", "Строк: {n}"), n=number(found.total))]
    for column in found.columns:
        if column.key not in found.sums:
            continue
        if column.key not in MEASURES:  # of a cell that lists its own: its column says what it is
            said, unit = column.label, column.unit
        elif adds_up(column.key):
            said, unit = MEASURES[column.key]
        else:
            continue
        words.append(f"{said[session.language]}: {show(found.sums[column.key], unit, session.formatter)}")
    if found.total > len(found.frame):
        text = Text("the first {k} are shown, the download has all", "показаны первые {k}, в файле — все")
        words.append(session.say(text, k=number(len(found.frame))))
    st.caption(plain(" · ".join(words)))


def table(session: Session, found: Rows, name: str) -> None:
    """A page of the records as a person reads them."""
    if found.frame.empty:
        st.caption(session.say(found.nobody or NOBODY))
        return
    numeric = {c.label[session.language] for c in found.columns if c.unit is not None}
    st.dataframe(
        shown_frame(found.frame, found.columns, session.formatter),
        hide_index=True,
        key=f"rows_{name}",
        height=min(420, 38 + 35 * len(found.frame)),
        column_config={
            c.label[session.language]: st.column_config.TextColumn(
                alignment="right" if c.label[session.language] in numeric else "left"
            )
            for c in found.columns
        },
    )


def _left_out(session: Session, figure: Figure, name: str) -> None:
    assert session.engine is not None
    tables = _unused(session.key, _key(figure), session.engine, figure)
    if not tables:
        st.caption(session.say(Text("No row was left out.", "Неучтённых строк нет.")))
    for number, found in enumerate(tables):
        st.caption(plain(f"{found.label[session.language]}: {session.formatter.number(found.total)}"))
        table(session, found, f"{name}_left_{number}")
        whole = partial(_left_whole, session, figure, number)
        _downloads(session, whole, f"{figure.metric}_left_out", f"{name}_left_{number}")
    st.caption(session.say(SCOPE))


def _paper(session: Session, figure: Figure) -> None:
    """The passport of this one figure: what is in force, how many rows, and the statement that told it."""
    assert session.engine is not None
    engine, say, number = session.engine, session.say, session.formatter.number
    metric = engine.metric(figure.metric)
    st.markdown(plain(f"{say(metric.definition)}"))
    st.markdown(plain(f"{say(Text('Formula', 'Формула'))}: {say(metric.formula)}"))
    lines = [say(Text("As of {d}", "На дату {d}"), d=session.formatter.date(figure.as_of))]
    for part in rows.parts(engine, figure.metric):
        found = _behind(session.key, _key(figure), part.name, engine, figure)
        lines.append(f"{_capital(say(label_of(part)))}: {number(found.total)}")
    left = rows.left_out(engine, (figure.metric,), figure)
    lines += [f"{say(Text('Left out', 'Не учтены'))}, {say(why)}: {number(n)}" for why, n in left]
    if left and figure.by is not None:
        lines.append(say(Text("Left-out rows are counted for all groups.", "Неучтённые строки — по всем группам.")))
    st.caption("  \n".join(plain(line) for line in lines))
    _row, sql = _value(session.key, _key(figure), engine, figure)
    st.code(sql, language="sql", height=240, wrap_lines=True)


def _left_whole(session: Session, figure: Figure, number: int) -> Rows:
    assert session.engine is not None
    return rows.rows_left_out(session.engine, figure, limit=None)[number]


# --- downloads ----------------------------------------------------------------------------------------------------


def _downloads(session: Session, whole: Any, file: str, name: str) -> None:
    """All rows as CSV (no text of it is a formula to a spreadsheet) and as a workbook."""
    with st.container(horizontal=True, gap="small"):
        for format_ in (Format.CSV, Format.XLSX):
            st.download_button(
                session.say(Text("All rows, {f}", "Все строки, {f}"), f=format_.value.upper()),
                partial(content, whole, format_),
                file_name=f"{file}.{format_.value}",
                mime=KINDS[format_],
                icon=":material/download:",
                key=f"rows_download_{format_.value}_{name}",
                on_click="ignore",
            )


def content(whole: Any, format_: Format) -> bytes:
    """The file, made when it is clicked. whole: gives the Rows without a limit."""
    found: Rows = whole()
    with tempfile.TemporaryDirectory(prefix="revops-rows-") as folder, duckdb.connect() as connection:
        path = Path(folder) / "rows"
        connection.register("behind", found.frame)
        write_rows(connection, "behind", list(found.frame.columns), format_, path)
        return path.read_bytes()


# --- kept for everyone who asks the same of the same data -----------------------------------------------------------

Key = tuple[object, ...]


def _key(figure: Figure) -> Key:
    where = tuple(sorted((k, tuple(v)) for k, v in figure.where.items()))
    return (figure.metric, figure.period.start, figure.period.end, figure.as_of, where, figure.by, figure.groups)


@st.cache_resource(show_spinner=False, max_entries=256)
def _value(workspace: tuple[str, str], key: Key, _engine: Any, _figure: Figure) -> tuple[dict[str, Any] | None, str]:
    return rows.with_sql(_engine, _figure)


@st.cache_resource(show_spinner=False, max_entries=64)
def _behind(workspace: tuple[str, str], key: Key, part: str, _engine: Any, _figure: Figure) -> Rows:
    wanted = next(p for p in rows.parts(_engine, _figure.metric) if p.name == part)
    return rows.behind(_engine, _figure, wanted, limit=SHOWN)


@st.cache_resource(show_spinner=False, max_entries=64)
def _own(workspace: tuple[str, str], key: Key, _engine: Any, _found: CellResult, _pick: Any) -> Rows:
    assert _found.analysis.behind is not None
    return _found.analysis.behind(_engine, _found, _pick, SHOWN)


@st.cache_resource(show_spinner=False, max_entries=64)
def _unused(workspace: tuple[str, str], key: Key, _engine: Any, _figure: Figure) -> list[Rows]:
    return rows.rows_left_out(_engine, _figure, limit=SHOWN)
