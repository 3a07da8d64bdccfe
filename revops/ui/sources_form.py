"""The form for a new source: where it is, a test of the connection, and the first import."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pandas as pd
import streamlit as st

from revops import sources
from revops.errors import RevOpsError
from revops.sources import Look, Source
from revops.text import Text
from revops.ui import empty, scheduling, state
from revops.ui.markdown import plain
from revops.ui.state import Session
from revops.workspace import Workspace

KINDS = {
    "sql": Text("Database", "База данных"),
    "file": Text("File or folder", "Файл или папка"),
    "http": Text("https address", "Адрес https"),
    "s3": Text("S3", "S3"),
}
SCHEDULES = {
    0: Text("By hand", "Вручную"),
    5: Text("Every 5 minutes", "Каждые 5 минут"),
    15: Text("Every 15 minutes", "Каждые 15 минут"),
    60: Text("Every hour", "Каждый час"),
    360: Text("Every 6 hours", "Каждые 6 часов"),
    1440: Text("Every day", "Каждый день"),
}
SECRETS = Text(
    "Passwords and keys are never written down: put them into environment variables or .streamlit/secrets.toml and "
    "write their names as ${NAME}.",
    "Пароли и ключи не записываются: храните их в переменных окружения или в .streamlit/secrets.toml, а здесь "
    "указывайте имя: ${NAME}.",
)
SAVED = "sources_saved"  # how many this session added


def show(session: Session, *, opened: bool) -> None:
    say = session.say
    with st.expander(say(Text("Add a source", "Добавить источник")), expanded=opened, icon=":material/add:"):
        kind = st.segmented_control(
            say(Text("What it is", "Что это")),
            list(KINDS),
            format_func=lambda k: say(KINDS[k]),
            default="sql",
            required=True,
            key="source_kind",
        )
        with st.form("source_form", border=False):
            source = _fields(session, kind or "sql")
            with st.container(horizontal=True):
                save = st.form_submit_button(
                    say(Text("Save and import", "Сохранить и загрузить")),
                    type="primary",
                    icon=":material/download_done:",
                )
                test = st.form_submit_button(
                    say(Text("Test connection", "Проверить соединение")), icon=":material/cable:"
                )
        if save or test:
            _submitted(session, source, save=save)


def _fields(session: Session, kind: str) -> Callable[[], Source]:
    """Draws the fields of a kind; gives what makes the source of them (and raises SourceError)."""
    say = session.say

    def ask(key: str, label: Text, example: str = "") -> str:
        return st.text_input(say(label), placeholder=example, key=_key(kind, key))

    name = ask("name", Text("Name", "Название"), say(Text("CRM deals", "Сделки CRM")))
    table = query = pattern = authorization = region = endpoint = ""
    if kind == "sql":
        place = ask("url", Text("Address", "Адрес"), "postgresql://reader:${CRM_PASSWORD}@host:5432/crm")
        table = ask("table", Text("Table, or schema.table", "Таблица или схема.таблица"), "public.deals")
        query = st.text_area(
            say(Text("Or a query instead of a table: one SELECT", "Или запрос вместо таблицы: один SELECT")),
            key=_key(kind, "query"),
            height=90,
        )
    elif kind == "file":
        place = ask("path", Text("Path", "Путь"), "~/exports")
        pattern = ask("pattern", Text("For a folder: which files", "Для папки: какие файлы"), "*.csv")
    elif kind == "http":
        place = ask("url", Text("Address", "Адрес"), "https://example.com/deals.csv")
        label = Text("Authorization, if asked for", "Authorization, если нужен")
        authorization = ask("authorization", label, "Bearer ${CRM_TOKEN}")
    else:
        place = ask("url", Text("Address", "Адрес"), "s3://bucket/deals.csv")
        region = ask("region", Text("Region", "Регион"), "us-east-1")
        label = Text("Endpoint of another store", "Адрес другого хранилища")
        endpoint = ask("endpoint", label, "https://storage.example.com")
    every = st.selectbox(
        say(Text("Refresh", "Обновлять")), list(SCHEDULES), format_func=lambda n: say(SCHEDULES[n]), key="source_every"
    )
    st.caption(plain(say(SECRETS)))

    def made() -> Source:
        found = sources.place_of(
            place, pattern=pattern.strip(), table=table.strip(), query=query.strip(),
            authorization=authorization.strip(), region=region.strip(), endpoint=endpoint.strip(),
        )  # fmt: skip
        return Source(name=name.strip(), place=found, every=every or None)

    return made


def _key(kind: str, field: str) -> str:
    """A field's key; after a source is saved the form begins anew."""
    saved_before = st.session_state.get(SAVED, 0)
    return f"source_{kind}_{field}" + (f"_{saved_before}" if saved_before else "")


def _submitted(session: Session, made: Callable[[], Source], *, save: bool) -> None:
    try:
        source = made()
        with st.status(session.say(Text("Reading the source…", "Читаем источник…"))):
            if not save:
                seen = sources.look(source, scheduling.lookup)
            else:
                workspace = state.create_workspace(session.path)
                sources.save(workspace, source)
                refresh(workspace, source)
    except RevOpsError as error:
        empty.problem(error, session.language)
        return
    if save:
        st.session_state[SAVED] = st.session_state.get(SAVED, 0) + 1
        st.rerun()
    _seen(session, seen)


def refresh(workspace: Workspace, source: Source) -> None:
    """Refreshes; what goes wrong is in the refresh log, and the page shows it beside the source."""
    with suppress(RevOpsError):
        sources.refresh(workspace, source, lookup=scheduling.lookup)


def _seen(session: Session, seen: Look) -> None:
    st.success(
        session.say(
            Text("It can be read. Columns: {n}. The first rows:", "Читается. Колонок: {n}. Первые строки:"),
            n=session.formatter.number(len(seen.columns)),
        ),
        icon=":material/check:",
    )
    st.dataframe(pd.DataFrame(list(seen.rows), columns=list(seen.columns), dtype="str"), hide_index=True, key="seen")
