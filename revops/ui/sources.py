"""The page of sources: where each one is, how its last refresh went, and what can be done with it."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import streamlit as st

from revops import sources
from revops.errors import RevOpsError
from revops.formats import DASH
from revops.sources import Source
from revops.sources.fetch import fetched
from revops.text import Text
from revops.ui import empty, pages, scheduling, sources_form, state, uploads
from revops.ui.markdown import plain
from revops.ui.pages import PAGE
from revops.ui.state import Session
from revops.ui.words import ROWS
from revops.workspace import Refreshed, Workspace, workspace_path

INTRO = Text(
    "Places to import from again and again: a file or folder, an https or S3 address, a table of a database. A refresh "
    "updates changed records by key and adds new ones; what disappears from a source stays and is counted.",
    "Места, откуда данные загружаются снова и снова: файл или папка, адрес https или S3, таблица базы данных. При "
    "обновлении изменённые записи обновляются по ключу, новые добавляются; исчезнувшие из источника остаются и "
    "считаются.",
)
SECONDS = 5  # between looks at the state of scheduled sources
MOST_LINES = 50
TO_MAP = "source_to_map"


def page() -> None:
    session = state.current()
    st.title(PAGE["sources"].title[session.language], anchor=False)
    st.caption(session.say(INTRO))
    to_map = st.session_state.pop(TO_MAP, None)
    if to_map is not None and session.workspace is not None:
        _map(session, sources.find(session.workspace, to_map))
    known = sources.saved(session.workspace) if session.workspace else []
    if session.workspace is None or not known:
        _none(session)
    else:
        st.fragment(_list, run_every=SECONDS if any(s.every for s in known) else None)()
    sources_form.show(session, opened=not known)
    if session.workspace is not None and known:
        _log(session, session.workspace)


def _none(session: Session) -> None:
    with st.container(border=True, key="sources_empty"):
        st.subheader(session.say(Text("No sources yet", "Источников пока нет")), anchor=False)
        st.write(
            session.say(
                Text(
                    "Add one below: its table is read, mapped like an export, and kept up to date from then on.",
                    "Добавьте источник ниже: его таблица будет прочитана, сопоставлена как выгрузка и дальше будет "
                    "обновляться.",
                )
            )
        )
        if session.engine is None and session.path != workspace_path(state.DEMO):
            empty.demo_button(session, "sources_empty_demo")


# --- the list ---------------------------------------------------------------------------------------------------------


def _list() -> None:
    session = state.current()
    workspace = session.workspace
    if workspace is None:
        return
    last = workspace.last_refreshes()
    for source in sources.saved(workspace):
        with st.container(border=True, key=f"source_{source.name}"):
            _one(session, workspace, source, last.get(source.name))


def _one(session: Session, workspace: Workspace, source: Source, last: Refreshed | None) -> None:
    say = session.say
    with st.container(horizontal=True, vertical_alignment="center", key=f"bar_source_{source.name}"):
        st.markdown(f"**{plain(source.name)}**", width="stretch")
        if not sources.trusted(source):
            label = say(Text("Agree and refresh", "Одобрить и обновить"))
            if st.button(label, icon=":material/verified_user:", key=f"agree_{source.name}"):
                sources.trust(source)
                _refresh(session, workspace, source)
        else:
            label = say(Text("Refresh", "Обновить"))
            if st.button(label, icon=":material/sync:", key=f"refresh_{source.name}", type="primary"):
                _refresh(session, workspace, source)
            label = say(Text("Map by hand", "Сопоставить"))
            if st.button(label, icon=":material/table_edit:", key=f"map_{source.name}"):
                st.session_state[TO_MAP] = source.name
                st.rerun()  # another page can be opened by a run of the whole page only
        _remove(session, workspace, source)
    st.markdown(plain(_status(session, source, last)))
    st.caption(plain(f"{source.place.shown} · {_schedule(session, source)}"))
    if not sources.trusted(source):
        st.warning(
            say(
                Text(
                    "This source came with the workspace. Nothing is read from it before you agree; check the address.",
                    "Источник пришёл вместе с рабочим пространством. Пока вы его не одобрите, из него ничего не "
                    "читается; проверьте адрес.",
                )
            ),
            icon=":material/shield:",
        )
    elif last is not None and last.error is not None:
        st.warning(plain(last.error[session.language]), icon=":material/info:")


def _status(session: Session, source: Source, last: Refreshed | None) -> str:
    say, words = session.say, session.formatter
    if last is None or not sources.trusted(source):
        return say(sources.status(source, last))
    when = _moment(session, last.started_at)
    if last.error is not None:
        return say(Text("Failed {when}", "Не удалось {when}"), when=when)
    parts = [say(Text("Refreshed {when}", "Обновлён {when}"), when=when), words.plural(last.rows, ROWS)]
    if last.changed:
        parts.append(
            say(
                Text("records: {a} new, {u} changed", "записей: новых {a}, изменено {u}"),
                a=words.number(last.added),
                u=words.number(last.updated),
            )
        )
    else:
        parts.append(say(Text("no change", "без изменений")))
    if last.rejected:
        parts.append(say(Text("rejected: {n}", "отклонено: {n}"), n=words.number(last.rejected)))
    if last.gone:
        parts.append(
            say(Text("no longer in the source: {n}", "больше нет в источнике: {n}"), n=words.number(last.gone))
        )
    return " · ".join(parts)


def _schedule(session: Session, source: Source) -> str:
    if source.every is None:
        return session.say(Text("by hand", "вручную"))
    label = sources_form.SCHEDULES.get(source.every)
    return session.say(label or Text("every {n} min", "каждые {n} мин").format(n=source.every)).lower()


def _moment(session: Session, moment: dt.datetime) -> str:
    return f"{session.formatter.date(moment)} {moment:%H:%M} UTC"


# --- what can be done -------------------------------------------------------------------------------------------------


def _refresh(session: Session, workspace: Workspace, source: Source) -> None:
    with st.status(session.say(Text("Reading the source…", "Читаем источник…"))):
        sources_form.refresh(workspace, source)
    st.rerun()


def _map(session: Session, source: Source) -> None:
    """Lays the source's table on the import desk: its mapping is kept there and used by every later refresh."""
    on = uploads.desk(session)
    try:
        with (
            st.status(session.say(Text("Reading the source…", "Читаем источник…"))),
            fetched(source, scheduling.lookup) as paths,
        ):
            for path in paths:
                with path.open("rb") as file:
                    uploads.put(on, path.name, file)
    except RevOpsError as error:
        empty.problem(error, session.language)
        return
    pages.go("import")


def _remove(session: Session, workspace: Workspace, source: Source) -> None:
    with st.popover(session.say(Text("Remove", "Удалить")), icon=":material/delete:", key=f"ask_{source.name}"):
        st.write(
            session.say(
                Text(
                    "The source is forgotten; what was imported from it stays.",
                    "Источник будет удалён; загруженное из него останется.",
                )
            )
        )
        if st.button(session.say(Text("Remove the source", "Удалить источник")), key=f"remove_{source.name}"):
            workspace.remove_source(source.name)
            st.rerun()


def _log(session: Session, workspace: Workspace) -> None:
    log = workspace.refreshes().head(MOST_LINES)
    if log.empty:
        return
    st.subheader(session.say(Text("Refreshes", "Обновления")), anchor=False)
    say, number = session.say, session.formatter.number
    failed = log["error_en"].notna()
    outcome = [
        error if bad else say(Text("new data", "есть новое") if changed else Text("no change", "без изменений"))
        for error, bad, changed in zip(log[f"error_{session.language}"], failed, log["changed"], strict=True)
    ]
    figures = {
        "rows": Text("Rows", "Строк"),
        "added": Text("New", "Новых"),
        "updated": Text("Changed", "Изменено"),
        "rejected": Text("Rejected", "Отклонено"),
        "gone": Text("No longer there", "Больше нет"),
    }
    columns = {
        say(Text("When", "Когда")): [_moment(session, m) for m in log["started_at"]],
        say(Text("Source", "Источник")): list(log["source"]),
        **{
            say(label): [DASH if bad else number(n) for n, bad in zip(log[key], failed, strict=True)]
            for key, label in figures.items()
        },
        say(Text("Outcome", "Итог")): outcome,
    }
    st.dataframe(
        pd.DataFrame(columns, dtype="str"),
        hide_index=True,
        key="refresh_log",
        height="content" if len(log) <= 12 else 460,
        column_config={say(t): st.column_config.TextColumn(alignment="right") for t in figures.values()},
    )
