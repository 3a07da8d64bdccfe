"""The data quality page: the readiness map, the checks, the rows behind the chosen one, and how complete fields are."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from revops.analysis.core import Cell, CellResult
from revops.analysis.quality import SEVERITY, headline
from revops.analysis.quality_links import CHECK
from revops.analysis.readiness import Kind
from revops.analysis.readiness_cell import explained
from revops.analysis.values import records
from revops.formats import DASH, is_missing
from revops.metrics import METRIC
from revops.model import ENTITY
from revops.text import Text
from revops.ui import address, cells, empty, figures, provenance, state
from revops.ui.markdown import plain
from revops.ui.pages import PAGE
from revops.ui.state import Session
from revops.ui.words import DEPARTMENTS

NEEDS = Text(
    "Data quality shows which KPIs your files can tell, how sound each is, and which rows stand in the way: "
    "duplicates, orphans, impossible dates, missing amounts. It works with any export.",
    "Качество данных показывает, какие показатели можно посчитать по вашим файлам, насколько они надёжны и какие "
    "строки мешают: дубли, потерянные связи, невозможные даты, пустые суммы. Подойдёт любая выгрузка.",
)
MOST = 10_000  # rows of a check in the download
SHOWN = {
    "": Text("All", "Все"),
    "open": Text("Needs a column", "Не хватает колонки"),
    "partial": Text("Incomplete rows", "Неполные строки"),
}


def page() -> None:
    session = state.current()
    st.title(PAGE["quality"].title[session.language], anchor=False)
    if session.engine is None:
        empty.nothing_loaded(session, NEEDS)
        return
    address.carry("check", "readiness", "completeness", room="_quality")
    _readiness(session)
    _checks(session)
    _completeness(session)
    provenance.line(session)


def _head(session: Session, found: CellResult, name: str) -> None:
    with st.container(key=f"question_{name}"):
        st.markdown(plain(found.analysis.question[session.language]))
    with st.container(key=f"finding_{name}"):
        st.markdown(plain(found.finding[session.language]))


# --- what can be told ---------------------------------------------------------------------------------------------


def _readiness(session: Session) -> None:
    found = figures.result(session, Cell(analysis="readiness"))
    rows = records(found.result.frame)
    with st.container(border=True, key="cell_readiness"):
        _head(session, found, "readiness")
        chosen = address.segmented(
            session.say(Text("Show", "Показать")),
            list(SHOWN),
            "readiness",
            lambda k: f"{session.say(SHOWN[k])} ({sum(_wanted(r, k) for r in rows)})",
            "",
            hide_label=True,
        )
        _map(session, found, [r for r in rows if _wanted(r, chosen)])
        cells.details(session, found, "readiness")


def _wanted(row: dict[str, Any], chosen: str) -> bool:
    if chosen == "open":
        return not row["can"]
    if chosen == "partial":
        return bool(row["can"]) and not is_missing(row["share"]) and row["share"] < 1
    return True


def _map(session: Session, found: CellResult, rows: list[dict[str, Any]]) -> None:
    """KPIs and analyses as rows: whether each can be told, over what share of its rows, and why."""
    say = session.say
    if not rows:
        st.caption(say(Text(":material/check_circle: Nothing here.", ":material/check_circle: Здесь пусто.")))
        return
    names = next(c for c in found.result.columns if c.key == "key").names
    yes, no = say(Text("✓ yes", "✓ да")), say(Text("— not yet", "— пока нет"))
    table = pd.DataFrame(
        {
            "name": [names[r["key"]][session.language] for r in rows],
            "area": [say(_area(r)) for r in rows],
            "can": [yes if r["can"] else no for r in rows],
            "share": [None if is_missing(r["share"]) else float(r["share"]) * 100 for r in rows],
            "why": [explained(r, session.formatter) for r in rows],
        }
    )
    share = next(c for c in found.result.columns if c.key == "share")
    st.dataframe(
        table,
        hide_index=True,
        key="map_readiness",
        height=min(420, 37 + 35 * len(rows)),
        column_config={
            "name": st.column_config.TextColumn(say(Text("KPI or analysis", "Показатель или анализ")), width=310),
            "area": st.column_config.TextColumn(say(Text("Area", "Область")), width=125),
            "can": st.column_config.TextColumn(say(Text("Can be told", "Считается")), width=90),
            "share": st.column_config.ProgressColumn(
                say(share.label),
                help=share.help[session.language] if share.help else None,
                format="%.0f%%" if session.language == "en" else "%.0f %%",
                min_value=0,
                max_value=100,
                width=130,
            ),
            "why": st.column_config.TextColumn(say(Text("Why", "Почему")), width="large"),
        },
    )


def _area(row: dict[str, Any]) -> Text:
    if row["kind"] == Kind.CELL.value:
        return Text("Analysis", "Анализ")
    return DEPARTMENTS[METRIC[row["key"]].department]


# --- the checks ---------------------------------------------------------------------------------------------------


def _checks(session: Session) -> None:
    """All checks; choosing one shows its rows."""
    found = figures.result(session, Cell(analysis="data_quality"))
    with st.container(border=True, key="cell_quality"):
        _head(session, found, "quality")
        if found.result.empty is not None:
            return
        rows = records(found.result.frame)
        chosen = address.value("check")
        keys = [r["check"] for r in rows]
        chosen = chosen if chosen in keys else (found.result.facts["first"] or keys[0])
        _overview(session, rows, chosen)
        _not_checked(session, found)
        cells.details(session, found, "quality")
    _rows(session, chosen)


def _rows(session: Session, chosen: str) -> None:
    """The rows of the chosen check, to read, to download, and where they come from."""
    found = figures.result(session, Cell(analysis="quality_rows", params={"check": chosen, "limit": MOST}))
    with st.container(border=True, key="cell_rows"):
        with st.container(key="finding_rows"):
            st.markdown(plain(headline(found.result, session.formatter)))
        if len(found.result.frame):
            st.markdown(plain(f"{session.say(CHECK[chosen].meaning)} {session.say(CHECK[chosen].fix)}"))
            cells.table(session, found, f"rows_{chosen}")
        if st.toggle(session.say(cells.DETAILS[cells.PASSPORT]), key="paper_rows"):
            cells.passport(session, found.passport, cells.labels_of(found))


def _overview(session: Session, rows: list[dict[str, Any]], chosen: str) -> None:
    say, formatter = session.say, session.formatter
    table = pd.DataFrame(
        {
            "check": [say(CHECK[r["check"]].title) for r in rows],
            "bad": [formatter.number(r["bad"]) if r["bad"] else ("✓" if r["of"] else DASH) for r in rows],
            "of": [formatter.number(r["of"]) for r in rows],
            "share": [float(r["share"]) * 100 if r["bad"] else None for r in rows],
            "severity": [say(SEVERITY[r["severity"]]) if r["bad"] else "" for r in rows],
            "entity": [say(ENTITY[r["entity"]].label) for r in rows],
        }
    )
    st.caption(
        say(
            Text(
                "Tick a check to see its rows below; now: {c}.",
                "Отметьте проверку, чтобы увидеть её строки ниже; сейчас: {c}.",
            ),
            c=plain(say(CHECK[chosen].title)),
        )
    )
    st.dataframe(
        table,
        hide_index=True,
        key="checks",
        height=min(420, 37 + 35 * len(rows)),
        on_select=lambda: _choose([r["check"] for r in rows]),
        selection_mode="single-row",
        column_config={
            "check": st.column_config.TextColumn(say(Text("Check", "Проверка")), width=310),
            "bad": st.column_config.TextColumn(say(Text("Rows", "Строк")), width=80, alignment="right"),
            "of": st.column_config.TextColumn(say(Text("Of checked", "Из проверенных")), width=120, alignment="right"),
            "share": st.column_config.ProgressColumn(
                say(Text("Share", "Доля")),
                format="%.1f%%" if session.language == "en" else "%.1f %%",
                min_value=0,
                max_value=100,
                width=130,
            ),
            "severity": st.column_config.TextColumn(say(Text("Severity", "Важность")), width=150),
            "entity": st.column_config.TextColumn(say(Text("Table", "Таблица")), width=130),
        },
    )


def _choose(keys: list[str]) -> None:
    """The ticked row's check into the address."""
    ticked = st.session_state["checks"]["selection"]["rows"]
    address.put("check", keys[ticked[0]] if ticked else "")


def _not_checked(session: Session, found: CellResult) -> None:
    """Checks of loaded tables that lack a column, by name; those of other tables as a number."""
    assert session.engine is not None
    absent = found.result.facts["not_checked"]
    loaded = {name.partition(".")[0] for name in session.engine.basis.filled}
    near = {k: [n for n in fields if n.partition(".")[0] in loaded] for k, fields in absent.items()}
    named = {k: fields for k, fields in absent.items() if near[k] and near[k] == fields}
    lines = [f"{CHECK[k].title[session.language]} ({', '.join(fields)})" for k, fields in named.items()]
    if len(absent) > len(named):
        more = Text("{n} more about tables that are not loaded", "ещё {n} — по незагруженным таблицам")
        lines.append(session.say(more, n=len(absent) - len(named)))
    if lines:
        said = session.say(Text("Not checked, for lack of a column: ", "Не проверено, нет колонки: ")) + "; ".join(
            lines
        )
        st.caption(f":material/visibility_off: {plain(said)}")


# --- completeness -------------------------------------------------------------------------------------------------


def _completeness(session: Session) -> None:
    """How complete each field is, by table or by the owner's team."""
    with st.container(border=True, key="cell_completeness"):
        by = address.segmented(
            session.say(Text("Split", "Разрез")),
            ["field", "team"],
            "completeness",
            lambda k: session.say(BY[k]),
            "field",
            hide_label=True,
        )
        found = figures.result(session, Cell(analysis="completeness", params={"by": by}))
        _head(session, found, "completeness")
        if found.result.empty is None:
            _fields(session, found)
        cells.details(session, found, "completeness")


BY = {"field": Text("By field", "По полям"), "team": Text("By owner's team", "По командам")}


def _fields(session: Session, found: CellResult) -> None:
    """The fields, emptiest first; those rightly empty last."""
    say = session.say
    frame = found.result.frame
    nobody = frame["team"] == "" if "team" in frame else False
    frame = frame.assign(_nobody=nobody).sort_values(["open_end", "_nobody", "share"], kind="stable")
    rows = records(frame)
    names = {c.key: c.names for c in found.result.columns}
    columns = {c.key: c.label[session.language] for c in found.result.columns}
    table = {
        "field": [say(names["field"][r["field"]]) for r in rows],
        **({"team": [r["team"] or say(Text("not set", "не указано")) for r in rows]} if "team" in frame else {}),
        "filled": [session.formatter.number(r["filled"]) for r in rows],
        "rows": [session.formatter.number(r["rows"]) for r in rows],
        "share": [float(r["share"]) * 100 for r in rows],
        "open_end": [say(Text("may be empty", "может быть пустым")) if r["open_end"] else "" for r in rows],
    }
    right = {k: st.column_config.TextColumn(columns[k], width=110, alignment="right") for k in ("filled", "rows")}
    st.dataframe(
        pd.DataFrame(table),
        hide_index=True,
        key=f"fields_{found.params['by']}",
        height=min(385, 37 + 35 * len(rows)),
        column_config={
            "field": st.column_config.TextColumn(columns["field"], width=360),
            "team": st.column_config.TextColumn(columns.get("team", ""), width=180),
            **right,
            "share": st.column_config.ProgressColumn(
                columns["share"],
                format="%.1f%%" if session.language == "en" else "%.1f %%",
                min_value=0,
                max_value=100,
                width=180,
            ),
            "open_end": st.column_config.TextColumn("", width=150),
        },
    )
