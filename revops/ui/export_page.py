"""The export page: every entity, or one, as a file that imports again and changes nothing."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from revops.exporting import Format, export, export_all
from revops.exporting.formats import XLSX_ROWS
from revops.model import ENTITIES, ENTITY
from revops.text import Text, verbatim
from revops.ui import empty, state
from revops.ui.markdown import plain
from revops.ui.pages import PAGE
from revops.ui.state import Session
from revops.workspace import Workspace

ALL = "all"
MOST = 2_000_000  # records that are handed to a browser; the command line writes any number
NEEDS = Text(
    "Export gives your data back, joined and cleaned: every entity as CSV, Excel, Parquet or JSON lines.",
    "Экспорт возвращает ваши данные, связанные и очищенные: каждую таблицу в CSV, Excel, Parquet или JSON Lines.",
)
INTRO = Text(
    "Every field and your own columns, amounts to the last digit; filters of other pages do not count. Imported "
    "again, a file changes nothing.",
    "Все поля и ваши собственные колонки, суммы до последней цифры; фильтры других страниц не действуют. Если "
    "загрузить файл обратно, ничего не изменится.",
)
FORMATS = {
    Format.CSV: verbatim("CSV"),
    Format.XLSX: verbatim("Excel"),
    Format.PARQUET: verbatim("Parquet"),
    Format.JSONL: verbatim("JSON Lines"),
}
TYPES = {
    Format.CSV: "text/csv",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.JSONL: "application/jsonl",
}
SAFE = Text("Will be opened in Excel", "Откроют в Excel")
SAFE_HELP = Text(
    "Marks the file as UTF-8 and puts an apostrophe before texts that begin with = + - @, so that none runs as a "
    "formula. Importing the file takes the apostrophes away again. Leave it off for other programs.",
    "Помечает файл как UTF-8 и ставит апостроф перед текстами, которые начинаются с = + - @, чтобы они не сработали "
    "как формулы. При обратной загрузке апострофы убираются. Для других программ не включайте.",
)


def page() -> None:
    session = state.current()
    st.title(PAGE["export"].title[session.language], anchor=False)
    workspace = session.workspace
    counts = {name: n for name, n in workspace.counts().items() if n} if workspace is not None else {}
    if workspace is None or not counts:
        empty.nothing_loaded(session, NEEDS)
        return
    st.caption(session.say(INTRO))
    _choose(session, workspace, counts)
    _tables(session, counts)


def _choose(session: Session, workspace: Workspace, counts: dict[str, int]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="bar_export"):
        what = st.selectbox(
            session.say(Text("What", "Что")),
            [ALL, *(e.name for e in ENTITIES if e.name in counts)],
            format_func=lambda name: _label(session, name),
            key="export_what",
            width=280,
        )
        format_ = st.segmented_control(
            session.say(Text("Format", "Формат")),
            list(Format),
            format_func=lambda f: FORMATS[f][session.language],
            default=Format.CSV,
            required=True,
            key="export_format",
        )
        for_excel = format_ is Format.CSV and st.checkbox(
            session.say(SAFE), help=session.say(SAFE_HELP), value=False, key="export_for_excel"
        )
    chosen = counts if what == ALL else {what: counts[what]}
    over = _too_large(session, chosen, format_)
    if over is not None:
        st.warning(plain(over), icon=":material/info:")
        return
    extension = "zip" if what == ALL else format_.value
    st.download_button(
        session.say(Text("Download", "Скачать")),
        data=partial(_content, workspace, what, format_, for_excel=for_excel),
        file_name=f"{workspace.name}-{'export' if what == ALL else what}.{extension}",
        mime="application/zip" if what == ALL else TYPES[format_],
        type="primary",
        icon=":material/download:",
        on_click="ignore",
        key="export_download",
    )


def _label(session: Session, name: str) -> str:
    return session.say(Text("All tables (ZIP)", "Все таблицы (ZIP)") if name == ALL else ENTITY[name].label)


def _too_large(session: Session, counts: dict[str, int], format_: Format) -> str | None:
    """What stands in the way of a download, and how else to get the file."""
    number = session.formatter.number
    long = next((name for name, n in counts.items() if n >= XLSX_ROWS), None)
    if format_ is Format.XLSX and long is not None:
        return session.say(
            Text(
                "{entity}: {n} records do not fit an Excel sheet, which holds {most}. Choose another format.",
                "{entity}: {n} записей не помещаются на лист Excel, где их может быть {most}. Выберите другой формат.",
            ),
            entity=ENTITY[long].label,
            n=number(counts[long]),
            most=number(XLSX_ROWS - 1),
        )
    if sum(counts.values()) > MOST:
        return session.say(
            Text(
                "{n} records are too many for a browser. Run: python -m revops export",
                "{n} записей — слишком много для браузера. Выполните: python -m revops export",
            ),
            n=number(sum(counts.values())),
        )
    return None


def _content(workspace: Workspace, what: str, format_: Format, *, for_excel: bool) -> bytes:
    """The file, made when it is asked for."""
    with tempfile.TemporaryDirectory(prefix="revops-export-") as folder:
        path = Path(folder) / "export"
        if what == ALL:
            export_all(workspace, format_, path, bom=for_excel, safe=for_excel)
        else:
            export(workspace, what, format_, path, bom=for_excel, safe=for_excel)
        return path.read_bytes()


def _tables(session: Session, counts: dict[str, int]) -> None:
    """What there is to export."""
    own = {entity: sum(f.startswith("extra.") for f in fields) for entity, fields in _filled(session).items()}
    lines = [
        {
            session.say(Text("Table", "Таблица")): ENTITY[name].label[session.language],
            session.say(Text("Records", "Записей")): session.formatter.number(n),
            session.say(Text("Fields", "Полей")): session.formatter.number(len(ENTITY[name].fields)),
            session.say(Text("Own columns", "Своих колонок")): session.formatter.number(own.get(name, 0)),
        }
        for name, n in counts.items()
    ]
    frame = pd.DataFrame(lines, dtype="str")
    st.dataframe(
        frame,
        hide_index=True,
        key="export_tables",
        height="content",
        column_config={c: st.column_config.TextColumn(alignment="right") for c in frame.columns[1:]},
    )


def _filled(session: Session) -> dict[str, frozenset[str]]:
    return session.workspace.filled() if session.workspace is not None else {}
