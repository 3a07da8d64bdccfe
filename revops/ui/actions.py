"""The page of next actions: whose and which, the list itself, and the list as a file."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import duckdb
import pandas as pd
import streamlit as st

from revops.analysis.actions import ALL, KINDS
from revops.analysis.core import Cell, CellResult
from revops.analysis.values import name_of, records, shown_frame
from revops.errors import RevOpsError
from revops.exporting.formats import Format
from revops.exporting.rows import write_rows
from revops.text import Text
from revops.ui import address, cells, empty, figures
from revops.ui.rows import KINDS as MIME
from revops.ui.state import Session

SHOWN = 200  # actions on screen; a download has them all
EVERYBODY = Text("everybody", "все")
KIND, OWNER = Text("Kind", "Повод"), Text("Owner", "Ответственный")
WIDTHS = {"why": "large"}


def page(session: Session) -> None:
    """Two choices, the cell, the list."""
    address.carry("kind", "owner", room="_actions")
    try:
        whole = figures.result(session, Cell(analysis="actions"))
    except RevOpsError as error:
        empty.problem(error, session.language)
        return
    cell = _asked(session, whole)
    cells.show(cell, "actions")
    found = figures.result(session, cell)
    if found.result.empty is None:
        _list(session, found)


def _asked(session: Session, whole: CellResult) -> Cell:
    kinds = {ALL: Text("everything", "все поводы"), **{k: KINDS[k] for k in whole.result.facts["totals"]}}
    with st.container(horizontal=True, key="bar_actions", vertical_alignment="bottom"):
        with st.container(width=260):
            kind = address.select(session.say(KIND), list(kinds), "kind", lambda k: kinds[k][session.language], ALL)
        with st.container(width=260):
            owner = address.select(
                session.say(OWNER),
                ["", *whole.result.facts["owners"]],
                "owner",
                lambda o: o or session.say(EVERYBODY),
                "",
            )
    params = ({"kind": kind} if kind != ALL else {}) | ({"owner": owner} if owner else {})
    return Cell(analysis="actions", params=params)


def _list(session: Session, found: CellResult) -> None:
    """The first SHOWN actions as a person reads them, and all of them as a file."""
    result, language = found.result, session.language
    with st.container(border=True, key="actions_list"):
        visible = [c for c in result.columns if not c.hidden]
        st.dataframe(
            shown_frame(result.frame.head(SHOWN), visible, session.formatter),
            hide_index=True,
            key="actions_table",
            height=min(560, 40 + 35 * len(result.frame)),
            column_config={
                c.label[language]: st.column_config.TextColumn(
                    help=c.help[language] if c.help else None,
                    alignment="right" if c.unit is not None else "left",
                    width=WIDTHS.get(c.key),  # type: ignore[arg-type]
                )
                for c in visible
            },
        )
        if len(result.frame) > SHOWN:
            text = Text(
                "The first {k} of {n} are shown, the file has all.", "Показаны первые {k} из {n}, в файле — все."
            )
            number = session.formatter.number
            st.caption(session.say(text, k=number(SHOWN), n=number(len(result.frame))))
        with st.container(horizontal=True, gap="small"):
            for format_ in (Format.CSV, Format.XLSX):
                st.download_button(
                    session.say(Text("The list, {f}", "Список, {f}"), f=format_.value.upper()),
                    partial(content, session, found, format_),
                    file_name=f"actions.{format_.value}",
                    mime=MIME[format_],
                    icon=":material/download:",
                    key=f"actions_{format_.value}",
                    on_click="ignore",
                )


def content(session: Session, found: CellResult, format_: Format) -> bytes:
    """The list as a file, made when it is clicked: words in the reader's language, dates and amounts as such. No text
    of it is a formula to a spreadsheet."""
    with tempfile.TemporaryDirectory(prefix="revops-actions-") as folder, duckdb.connect() as connection:
        path = Path(folder) / "actions"
        rows = told(session, found)
        connection.register("actions", rows)
        write_rows(connection, "actions", list(rows.columns), format_, path)
        return path.read_bytes()


def told(session: Session, found: CellResult) -> pd.DataFrame:
    """A column for each of the result's, the identity too: keys in words, dates and numbers as they are."""
    rows = records(found.result.frame)
    out = {}
    for column in found.result.columns:
        values = [row[column.key] for row in rows]
        if column.names:
            values = [name_of(v, column.names, session.formatter) for v in values]
        header = column.label[session.language]
        plain = pd.Series(values, dtype=None if column.unit is not None or column.key == "since" else "object")
        out[header] = pd.to_datetime(plain).dt.date if column.key == "since" else plain
    return pd.DataFrame(out)
