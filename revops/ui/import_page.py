"""The import page: files in, what was understood of each, what would be loaded, and the load itself."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from revops.errors import RevOpsError
from revops.formats import DASH
from revops.ingest.endings import READ
from revops.ingest.watch import Tell
from revops.metrics import METRIC
from revops.model import ENTITY
from revops.text import Text
from revops.ui import (
    empty,
    import_decisions,
    import_forecast,
    import_keys,
    import_load,
    import_log,
    import_readiness,
    import_table,
    import_workspace,
    pages,
    state,
    uploads,
    working,
)
from revops.ui.markdown import plain
from revops.ui.pages import PAGE
from revops.ui.state import Session
from revops.ui.uploads import Desk
from revops.ui.words import FILES, ROWS
from revops.workspace import LoadReport
from revops.workspace.external import takes_no_files

INTRO = Text(
    "Drop exports as they are: CSV, Excel, JSON, HTML, Parquet or a ZIP of them, several at once. Nothing is loaded "
    "before you have seen what was understood. Files stay on this machine.",
    "Перетащите выгрузки как есть: CSV, Excel, JSON, HTML, Parquet или ZIP с ними, можно несколько. Ничего не "
    "загрузится, пока вы не увидите, что понято. Файлы остаются на этом компьютере.",
)
NOT_YET = Text("Nothing is written to the workspace yet.", "В рабочее пространство пока ничего не записывается.")


def page() -> None:
    session = state.current()
    st.title(PAGE["import"].title[session.language], anchor=False)
    st.caption(session.say(INTRO))
    import_workspace.bar(session)
    if session.workspace is not None and session.workspace.connection is not None:
        empty.problem(takes_no_files(), session.language)
        import_decisions.show(session)
        return
    on = uploads.desk(session)
    with on.lock:  # a run that a click has broken off is in its last statement while the next one begins
        _page(session, on)


def _page(session: Session, on: Desk) -> None:
    if on.load_asked:
        on.load_asked = False
        import_load.run(session, on)
        if on.reports:
            st.rerun()
    st.file_uploader(
        session.say(Text("Files", "Файлы")),
        type=list(READ),
        accept_multiple_files=True,
        key=on.batch,
        on_change=uploads.receive,
        args=(on,),
        label_visibility="collapsed",
    )
    if on.waiting:
        _read(session, on)
    if on.said is not None:
        st.info(session.say(on.said), icon=":material/info:")
    for name, error in on.broken.items():
        empty.problem(RevOpsError(_about(name, error.message), fix=error.fix), session.language)
    if on.reports:
        _reports(session, on)
    if on.drafts:
        _desk(session, on)
    import_decisions.show(session)
    import_log.show(session)


def _about(name: str, message: Text) -> Text:
    return message if name in message.en else Text(f"{name}: {message.en}", f"{name}: {message.ru}")


def _read(session: Session, on: Desk) -> None:
    """Reads what was dropped, checks it, and works out what the page says of it; so the page is there at once."""
    files = session.formatter.plural(len(on.waiting), FILES)
    title = Text("Reading {files}", "Читаем {files}").format(files=files)
    with on.busy, working.box(session, title, NOT_YET, partial(uploads.stop_taking, on)) as tell:
        uploads.read_waiting(on, session, tell)
        _look(session, on, tell)
        on.taking.clear()
    st.rerun()


def _look(session: Session, on: Desk, tell: Tell) -> None:
    """What the desk's parts show, worked out where it is not known yet."""
    for one in on.drafts.values():
        uploads.staged(on, one, tell)
    if on.drafts:
        import_readiness.known(session, on, tell)
        import_keys.found(session, on, tell)


# --- what lies on the desk --------------------------------------------------------------------------------------------


def _desk(session: Session, on: Desk) -> None:
    if sum(one.raw.row_count for one in on.drafts.values()) > import_forecast.AT_ONCE:
        with on.busy, working.box(session, Text("Checking the files", "Проверяем файлы"), NOT_YET) as tell:
            _look(session, on, tell)
    keys = list(on.drafts)
    blocked = [k for k in keys if on.drafts[k].mapping.blocking]
    with st.container(horizontal=True, vertical_alignment="center", key="bar_desk"):
        st.subheader(session.say(Text("Ready to look at", "Посмотрите, что понято")), anchor=False, width="stretch")
        if st.button(session.say(Text("Clear", "Убрать")), type="tertiary", icon=":material/close:", key="clear_desk"):
            on.clear()
            on.said = None
            st.rerun()
        label = Text("Load {files}", "Загрузить {files}")
        st.button(
            session.say(
                label, files=session.formatter.plural(len({d.raw.file.sha256 for d in on.drafts.values()}), FILES)
            ),
            type="primary",
            icon=":material/download_done:",
            disabled=bool(blocked),
            key="load_files",
            on_click=uploads.ask_load,
            args=(on,),
        )
    if blocked:
        waiting = ", ".join(on.drafts[k].raw.name for k in blocked)
        st.warning(
            plain(session.say(Text("An answer is needed first: {f}", "Сначала нужен ответ: {f}"), f=waiting)),
            icon=":material/help:",
        )
    import_readiness.show(session, on)
    import_keys.show(session, on)
    if not blocked:
        import_forecast.show(session, on)
    chosen = keys[0]
    if len(keys) > 1:
        _summary(session, on)
        chosen = st.selectbox(
            session.say(Text("Table to look at", "Какую таблицу показать")),
            keys,
            index=keys.index(blocked[0]) if blocked else 0,
            format_func=lambda k: on.drafts[k].raw.name,
            key="desk_table",
        )
    import_table.show(session, on, on.drafts[chosen if chosen in on.drafts else keys[0]])


def _summary(session: Session, on: Desk) -> None:
    """One line a table: what it fills and what would come of it."""
    say, number = session.say, session.formatter.number
    lines = []
    for one in on.drafts.values():
        found = uploads.staged(on, one)
        accepted, rejected = (DASH, DASH)
        if not isinstance(found, RevOpsError):
            accepted, rejected = (
                number(sum(e.accepted_count for e in found)),
                number(sum(e.rejected_count for e in found)),
            )
        lines.append(
            {
                say(Text("File", "Файл")): one.raw.name,
                say(Text("Rows", "Строк")): number(one.raw.row_count),
                say(Text("Fills", "Заполняет")): import_table.fills(session, one),
                say(Text("Records to load", "Записей к загрузке")): accepted,
                say(Text("Rows to reject", "Строк отклоняется")): rejected,
                say(Text("Open questions", "Вопросов")): number(len(one.mapping.blocking)),
            }
        )
    frame = pd.DataFrame(lines, dtype="str")
    right = list(frame.columns[[1, 3, 4, 5]])
    st.dataframe(
        frame,
        hide_index=True,
        key="desk_summary",
        height="content" if len(lines) <= 12 else 460,
        column_config={c: st.column_config.TextColumn(alignment="right") for c in right},
    )


# --- the load ---------------------------------------------------------------------------------------------------------


def _reports(session: Session, on: Desk) -> None:
    """What the load did, file by file, and where to go from here."""
    with st.container(border=True, key="reports"):
        rows = sum(r.rows for r in on.reports)
        new = [r for r in on.reports if not r.already_loaded]
        text = (
            Text("Loaded {files}, {rows}.", "Загружено: {files}, {rows}.")
            if new
            else Text("Nothing new: {files} had been loaded before.", "Ничего нового: {files} уже загружены.")
        )
        with st.container(key="finding_reports"):
            st.markdown(
                session.say(
                    text,
                    files=session.formatter.plural(len({(r.file) for r in on.reports}), FILES),
                    rows=session.formatter.plural(rows, ROWS),
                )
            )
        if on.gained:
            names = ", ".join(METRIC[k].label[session.language] for k in on.gained)
            st.caption(
                plain(session.say(Text("Now computable: {names}", "Теперь можно посчитать: {names}"), names=names))
            )
        for report in on.reports:
            _report(session, report)
        import_forecast.changed(session, on.restated)
        with st.container(horizontal=True):
            for key in ("overview", "trends", "funnel", "churn"):
                pages.link(key, session.language)


def _report(session: Session, report: LoadReport) -> None:
    say, number = session.say, session.formatter.number
    name = f"{report.file} › {report.sheet}" if report.sheet else report.file
    with st.container(horizontal=True, vertical_alignment="center", key=f"report_{report.import_id}"):
        if report.already_loaded:
            st.markdown(
                f"**{plain(name)}** — "
                + say(
                    Text(
                        "the same file was loaded before; nothing changed",
                        "этот файл уже загружен; ничего не изменилось",
                    )
                ),
                width="stretch",
            )
            return
        parts = [
            say(
                Text(
                    "{entity}: {n} records ({a} new, {c} changed, {u} unchanged)",
                    "{entity}: записей {n} (новых {a}, изменено {c}, без изменений {u})",
                ),
                entity=ENTITY[e.entity].label,
                n=number(e.accepted),
                a=number(e.added),
                c=number(e.changed),
                u=number(e.unchanged),
            )
            + (say(Text(", {d} repeated keys", ", повторов ключа {d}"), d=number(e.duplicates)) if e.duplicates else "")
            for e in report.entities
        ] or [say(Text("kept as raw rows", "сохранено как исходные строки"))]
        if report.rejected:
            parts.append(say(Text("rejected: {r}", "отклонено: {r}"), r=number(report.rejected)))
        st.markdown(f"**{plain(name)}** — {plain('; '.join(parts))}", width="stretch")
        if report.rejected and session.workspace is not None:
            import_log.rejected_button(
                session, session.workspace, report.import_id, f"report_rejected_{report.import_id}"
            )
