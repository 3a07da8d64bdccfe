"""One cell on a page: the finding in words, the chart, and on demand its table, its rows and its passport."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from revops.analysis import passports, picked
from revops.analysis.core import Cell, CellResult, Passport
from revops.analysis.passport_text import markdown
from revops.analysis.picked import Pick
from revops.analysis.stats import FEW, is_few
from revops.analysis.values import shown
from revops.charts import SELECTION, WITHOUT
from revops.errors import RevOpsError
from revops.exporting.rows import csv_of
from revops.formats import DASH
from revops.metrics import calendar
from revops.metrics.core import Unit
from revops.report.picture import Picture, picture
from revops.text import Text
from revops.ui import brushing, empty, figures, keep, rows, state
from revops.ui.markdown import plain
from revops.ui.state import Session
from revops.ui.words import DOWNLOAD

TABLE, ROWS, PASSPORT = "table", "rows", "passport"
DETAILS = {
    TABLE: Text(":material/table_rows: Table", ":material/table_rows: Таблица"),
    ROWS: Text(":material/format_list_numbered: Rows", ":material/format_list_numbered: Строки"),
    PASSPORT: Text(":material/verified: Where it comes from", ":material/verified: Откуда цифры"),
}
NOT_COUNTED = Text(
    "What the chart shows is worked out, not counted: no rows are behind its marks.",
    "На диаграмме расчёт, а не подсчёт строк: за отметками строк нет.",
)
LONGEST = 1000  # rows shown; the download has them all


@st.fragment
def show(cell: Cell, name: str, *, question: bool = True) -> None:
    """The cell over the current view, in a card. name: unique on the page; it names the cell's controls."""
    session = state.current()
    with st.container(border=True, key=f"cell_{name}"):
        try:
            found = figures.result(session, cell)
        except RevOpsError as error:
            empty.problem(error, session.language)
            return
        if question:
            with st.container(key=f"question_{name}"):
                st.markdown(plain(found.analysis.question[session.language]))
        with st.container(key=f"finding_{name}"):
            st.markdown(plain(found.finding[session.language]))
        body(session, found, name)


def body(session: Session, found: CellResult, name: str, *, keepable: bool = True) -> None:
    """What stands below the finding: the drawing, what to know of it, and the ways into it."""
    pick = chart(session, found.cell, found, name, brush=keepable) if found.result.empty is None else None
    marks(session, found)
    for note in found.result.notes:
        st.caption(f":material/info: {plain(note[session.language])}")
    drawn = figures.drawing(session, found.cell, found)
    if drawn is not None and not _pickable(drawn, found):
        st.caption(f":material/info: {session.say(NOT_COUNTED)}")
    hint = opens_rows(found) and found.analysis.chart != "table"
    details(session, found, name, pick, hint=hint, keepable=keepable)


@st.fragment
def foot(cell: Cell, name: str) -> None:
    """The table and the passport of a cell whose figures are shown in another way."""
    session = state.current()
    details(session, figures.result(session, cell), name)


def chart(session: Session, cell: Cell, found: CellResult, name: str, *, brush: bool = False) -> Pick | None:
    """The cell's drawing; its finding is what a screen reader says. Gives the mark that is picked, if one is.

    brush: periods that are dragged over become the page's period.
    """
    spec = figures.drawing(session, cell, found)
    if spec is None:
        return None
    key, said = f"chart_{name}", found.finding[session.language]
    if not _pickable(spec, found):
        st.vega_lite_chart(None, spec, key=key, theme=None, alt=said)
        return None
    modes = [SELECTION]
    if brush and brushing.can_be_brushed(found):
        spec, modes, key = brushing.brushable(spec), [SELECTION, brushing.BRUSH], brushing.key_of(key, found)
    event = st.vega_lite_chart(None, spec, key=key, theme=None, alt=said, on_select="rerun", selection_mode=modes)
    brushing.follow(session, found, event["selection"].get(brushing.BRUSH))
    marks = event["selection"].get(SELECTION) or []
    pick = dict(marks[0]) if marks else None
    if pick != st.session_state.get(f"picked_{name}"):  # a new pick opens its rows; closing them keeps it picked
        st.session_state[f"picked_{name}"] = pick
        if pick:
            st.session_state[f"details_{name}"] = ROWS
    return pick


def _pickable(spec: Mapping[str, Any], found: CellResult) -> bool:
    """Streamlit reads clicks of one chart, not of several side by side."""
    named = any(p.get("name") == SELECTION for p in spec.get("params", ()))
    return named and opens_rows(found)


def opens_rows(found: CellResult) -> bool:
    """The cell has records to show: those of its metrics, or those that it lists itself."""
    own = found.analysis.behind is not None and found.result.empty is None
    return own or picked.metrics_of(found) != ()


def marks(session: Session, found: CellResult) -> None:
    """Says that the range is still running, and that some shares are of too few cases, where it is so."""
    view, frame = found.view, found.result.frame
    if found.result.metrics and calendar.is_partial(view.period, view.as_of):
        text = Text("The period is still running: its figures are up to {d}.", "Период ещё идёт: показатели — по {d}.")
        st.caption(f":material/hourglass_top: {plain(session.say(text, d=session.formatter.date(view.as_of)))}")
    counted = any(c.key == "n" and c.unit is Unit.COUNT for c in found.result.columns)
    if found.result.metrics and counted and "n" in frame and any(is_few(n) for n in frame["n"]):
        grey = Text(
            "Grey: a share of fewer than {n} cases. One case more or less changes it a lot.",
            "Серым — доля меньше чем от {n} случаев: один случай заметно её меняет.",
        )
        st.caption(f":material/blur_on: {session.say(grey, n=FEW)}")


def details(
    session: Session,
    found: CellResult,
    name: str,
    pick: Pick | None = None,
    *,
    hint: bool = False,
    keepable: bool = True,
) -> None:
    """The table, the rows or the passport, one at a time; none is made before it is asked for."""
    offered = [TABLE, *([ROWS] if opens_rows(found) else []), PASSPORT]
    with st.container(horizontal=True, vertical_alignment="center", key=f"bar_details_{name}"):
        chosen = st.segmented_control(
            session.say(Text("Details", "Подробности")),
            offered,
            format_func=lambda d: session.say(DETAILS[d]),
            key=f"details_{name}",
            label_visibility="collapsed",
        )
        if keepable:
            keep.button(session, found.cell, name)
        take_picture(session, found, name)
    if chosen == TABLE:
        table(session, found, name)
    elif chosen == ROWS:
        rows.panel(session, found, name, pick, hint=hint)
    elif chosen == PASSPORT:
        passport(session, found.passport, labels_of(found))
        take_passport(session, found, name)


def take_passport(session: Session, found: CellResult, name: str) -> None:
    """The passport as a file: to check the figures with (JSON), or to read."""
    engine = session.engine
    if engine is None:
        return
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            session.say(Text("Passport, to verify (JSON)", "Паспорт для проверки (JSON)")),
            lambda: passports.text_of(passports.document(engine, found)).encode(),
            file_name=f"{found.analysis.key}.passport.json",
            mime="application/json",
            icon=":material/verified:",
            key=f"passport_json_{name}",
            on_click="ignore",
        )
        st.download_button(
            session.say(Text("Passport, to read (Markdown)", "Паспорт для чтения (Markdown)")),
            lambda: markdown(passports.document(engine, found), session.language).encode(),
            file_name=f"{found.analysis.key}.passport.md",
            mime="text/markdown",
            icon=":material/article:",
            key=f"passport_md_{name}",
            on_click="ignore",
        )


def take_picture(session: Session, found: CellResult, name: str) -> None:
    """The chart for a slide, drawn when it is asked for."""
    if found.result.empty is not None or found.analysis.chart in WITHOUT:
        return
    st.download_button(
        session.say(Text("Picture", "Картинка")),
        lambda: picture(found, session.formatter, Picture.PNG) or b"",
        file_name=f"{found.analysis.key}.png",
        mime="image/png",
        icon=":material/image:",
        type="tertiary",
        on_click="ignore",
        key=f"picture_{name}",
    )


def table(session: Session, found: CellResult, name: str) -> None:
    """The figures as a person reads them, with the raw values to download."""
    result = found.result
    words = shown(result, session.formatter)
    numeric = {c.label[session.language] for c in result.columns if c.unit is not None or c.unit_from or c.signed}
    st.dataframe(
        words.head(LONGEST),
        hide_index=True,
        key=f"table_{name}",
        column_config={
            c.label[session.language]: st.column_config.TextColumn(
                help=c.help[session.language] if c.help else None,
                alignment="right" if c.label[session.language] in numeric else "left",
            )
            for c in result.columns
            if not c.hidden
        },
    )
    download(session, result.frame, f"{found.analysis.key}.csv", f"download_{name}")


def download(session: Session, frame: pd.DataFrame, file_name: str, key: str) -> None:
    """A button that writes the frame as CSV when it is clicked."""
    st.download_button(
        session.say(DOWNLOAD),
        lambda: csv_of(frame),
        file_name=file_name,
        mime="text/csv",
        icon=":material/download:",
        key=key,
        on_click="ignore",
    )


# --- the passport -------------------------------------------------------------------------------------------------

VIEW_LABELS = {
    "period": Text("Period", "Период"),
    "grain": Text("Step", "Шаг"),
    "compare": Text("Compared with", "Сравнение"),
}


def labels_of(found: CellResult) -> dict[str, Text]:
    engine = state.current().engine
    assert engine is not None
    kept = {f"where {key}": engine.dimension(key).label for key in found.view.where}
    return {**VIEW_LABELS, **kept, **{p.key: p.label for p in found.analysis.params}}


def passport(session: Session, paper: Passport, labels: Mapping[str, Text]) -> None:
    """Everything needed to defend the figures."""
    say = session.say
    _paragraph(say(Text("Definition", "Определение")), paper.definition[session.language])
    if paper.formula[session.language]:
        _paragraph(say(Text("Formula", "Формула")), paper.formula[session.language])
    with st.container(horizontal=True, gap="small"):
        _lines(
            say(Text("Parameters", "Параметры")),
            [
                f"{labels[k][session.language] if k in labels else k}: {v[session.language]}"
                for k, v in paper.parameters.items()
            ],
        )
        number = session.formatter.number
        _lines(
            say(Text("Rows used", "Учтённые строки")),
            [f"{what[session.language]}: {number(n)}" for what, n in paper.rows_used],
        )
        _lines(
            say(Text("Rows left out", "Неучтённые строки")),
            [f"{why[session.language]}: {number(n)}" for why, n in paper.rows_left_out] or [say(Text("none", "нет"))],
        )
        _lines(say(Text("As of", "На дату")), [session.formatter.date(paper.as_of)])
    if paper.scope is not None:
        st.caption(plain(paper.scope[session.language]))
    _sources(session, paper)
    for statement in paper.sql:
        st.code(statement, language="sql", height=240 if statement.count("\n") > 9 else "content", wrap_lines=True)


def _paragraph(title: str, text: str) -> None:
    st.markdown(f"**{title}**")
    st.markdown("  \n".join(plain(line) for line in text.split("\n")))


def _lines(title: str, lines: list[str]) -> None:
    if lines:
        with st.container(width=215, gap="xsmall"):
            st.markdown(f"**{title}**")
            st.caption("  \n".join(plain(line) for line in lines))


def _sources(session: Session, paper: Passport) -> None:
    """The files behind the figures."""
    say = session.say
    st.markdown(f"**{say(Text('Source files', 'Исходные файлы'))}**")
    file, loaded, hashed = say(Text("File", "Файл")), say(Text("Loaded", "Загружен")), "SHA-256"
    told = {}
    if any(s.by_hand for s in paper.sources):
        said = [DASH if s.by_hand is None else s.by_hand[session.language] for s in paper.sources]
        told = {say(Text("By hand", "Вручную")): said}
    st.dataframe(
        pd.DataFrame(
            {
                file: [s.file for s in paper.sources],
                **told,
                loaded: [f"{session.formatter.date(s.loaded_at)} {s.loaded_at:%H:%M} UTC" for s in paper.sources],
                hashed: [s.sha256 for s in paper.sources],
            },
            dtype="str",
        ),
        hide_index=True,
        height="content",
    )
