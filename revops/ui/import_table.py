"""One table on the import desk: how it was read, its mapping, its questions, and what would be loaded."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from revops.errors import RevOpsError
from revops.formats import DASH
from revops.importing import Draft, Origin
from revops.ingest.parse import preview
from revops.ingest.types import Rejection, StagedEntity, StagedLoad
from revops.model import ENTITY
from revops.text import Text
from revops.ui import empty, import_mapping, import_questions, import_repairs, import_values, mapping_table, uploads
from revops.ui.markdown import plain
from revops.ui.state import Session
from revops.ui.uploads import Desk, draft_id
from revops.ui.words import ROWS

MAPPING, VALUES, RESULT, PROBLEMS, FILE = "mapping", "values", "result", "problems", "file"
VIEWS = {
    MAPPING: Text("Mapping", "Сопоставление"),
    VALUES: Text("Values", "Значения"),
    RESULT: Text("What will be loaded", "Что будет загружено"),
    PROBLEMS: Text("Check and repair", "Проверка и исправления"),
    FILE: Text("File as it is", "Файл как есть"),
}
DELIMITERS = {
    ",": Text("comma", "запятая"),
    ";": Text("semicolon", "точка с запятой"),
    "\t": Text("tab", "табуляция"),
    "|": Text("bar", "вертикальная черта"),
}
ORIGINS = {
    Origin.KEPT: Text("mapped as you did for these headers before", "сопоставлено так же, как вы делали раньше"),
    Origin.AS_BEFORE: Text("this very file is loaded already", "этот файл уже загружен"),
    Origin.RETURNED: Text(
        "rejected rows that come back: mapped like the file they came from",
        "возвращённые строки: сопоставлены так же, как файл, из которого они взяты",
    ),
    Origin.PROPOSED: Text(
        "mapping proposed from headers and values", "сопоставление предложено по заголовкам и значениям"
    ),
    Origin.GIVEN: Text("mapping changed by you", "сопоставление изменено вами"),
}


def show(session: Session, on: Desk, one: Draft) -> None:
    key = draft_id(one)
    with st.container(border=True, key=f"table_{key}"):
        st.markdown(f"##### {plain(one.raw.name)}")
        st.caption(plain(how_read(session, one)))
        for note in one.raw.notes:
            st.caption(f":material/info: {plain(note[session.language])}")
        with st.container(key=f"finding_{key}"):
            st.markdown(plain(understood(session, on, one)))
        import_questions.show(session, on, one)
        chosen = st.segmented_control(
            session.say(Text("Show", "Показать")),
            list(VIEWS),
            format_func=lambda v: session.say(VIEWS[v]),
            default=MAPPING,
            required=True,
            key=f"view_{key}",
            label_visibility="collapsed",
        )
        match chosen:
            case "values":
                import_values.show(session, on, one)
            case "result":
                _result(session, on, one)
            case "problems":
                _problems(session, on, one)
            case "file":
                _file(session, one)
            case _:
                _mapping(session, on, one)


def fills(session: Session, one: Draft) -> str:
    """The entities that the table fills: those of its rows first."""
    named = sorted(one.mapping.entities, key=lambda e: e.role != "rows")
    return ", ".join(ENTITY[e.entity].label[session.language] for e in named) or DASH


def how_read(session: Session, one: Draft) -> str:
    """ "40 rows · 12 columns · CSV, UTF-8, semicolon · header in line 3 · 2 lines set aside"."""
    say, layout = session.say, one.raw.layout
    parts = [
        session.formatter.plural(one.raw.row_count, ROWS),
        say(Text("{n} columns", "колонок: {n}"), n=len(one.raw.columns)),
        ", ".join(
            p
            for p in (
                layout.format.upper(),
                layout.encoding,
                say(
                    DELIMITERS.get(
                        layout.delimiter, Text("delimiter “{d}”", "разделитель «{d}»").format(d=layout.delimiter)
                    )
                )
                if layout.delimiter
                else None,
            )
            if p
        ),
    ]
    if layout.header_line:
        parts.append(say(Text("header in line {n}", "заголовок в строке {n}"), n=layout.header_line))
    elif layout.format not in ("json", "jsonl", "parquet"):  # there each value has its name
        parts.append(say(Text("no header", "без заголовка")))
    if one.raw.set_aside:
        parts.append(say(Text("{n} lines set aside", "отложено строк: {n}"), n=len(one.raw.set_aside)))
    if one.origin in ORIGINS:
        parts.append(say(ORIGINS[one.origin]))
    return " · ".join(parts)


def understood(session: Session, on: Desk, one: Draft) -> str:
    """ "Fills Deals and Accounts: 1,240 records ready, 3 rows to reject." """
    if not one.mapping.entities:
        return session.say(
            Text("This table fits no table of the model yet.", "Эта таблица пока не подходит к модели данных.")
        )
    found = uploads.staged(on, one)
    head = session.say(Text("Fills {what}", "Заполняет: {what}"), what=fills(session, one))
    if isinstance(found, RevOpsError):
        return head + "."
    counts = "; ".join(
        f"{ENTITY[e.entity].label[session.language]} — {session.formatter.number(e.accepted_count)}" for e in found
    )
    rejected = sum(e.rejected_count for e in found)
    text = Text("Records ready: {counts}", "Готово записей: {counts}")
    if rejected:
        text = Text("Records ready: {counts}. Rows to reject: {r}", "Готово записей: {counts}. Отклоняется строк: {r}")
    said = session.say(text, counts=counts, r=session.formatter.number(rejected)) + "."
    lost = sum(w.count for e in found for w in e.warnings)
    if not lost:
        return said
    unread = Text("Values that cannot be read: {n}.", "Нечитаемых значений: {n}.")
    return f"{said} {session.say(unread, n=session.formatter.number(lost))}"


# --- mapping ----------------------------------------------------------------------------------------------------------


def _mapping(session: Session, on: Desk, one: Draft) -> None:
    """The editable table. An edit is taken into the draft, and everything around it follows."""
    language = session.language
    before = mapping_table.rows(one, language)
    column = st.column_config
    say = session.say
    edited = st.data_editor(
        before,
        key=f"mapping_{draft_id(one)}_{abs(hash(tuple(map(str, before['targets'])))) % 10**8}",
        hide_index=True,
        disabled=["column", "examples", "reads_as", "sure", "why"],
        height=min(38 * (len(before) + 1) + 4, 640),
        column_config={
            "column": column.TextColumn(say(Text("Column", "Колонка")), width=150, pinned=True),
            "examples": column.TextColumn(say(Text("Values", "Значения")), width=165),
            "reads_as": column.TextColumn(say(Text("Reads as", "Тип")), width=105),
            "targets": column.MultiselectColumn(
                say(Text("Fills", "Заполняет")),
                options=mapping_table.targets(),
                format_func=lambda t: mapping_table.target_label(t, language),
                color="primary",
                width=290,
            ),
            "sure": column.ProgressColumn(
                say(Text("Sure", "Уверенность")), min_value=0, max_value=100, format="%d%%", width=85
            ),
            "why": column.TextColumn(say(Text("Why", "Почему")), width=330),
        },
    )
    import_mapping.bar(session, on, one)
    changed = [i for i in range(len(before)) if list(edited["targets"].iloc[i] or []) != before["targets"].iloc[i]]
    if changed:
        _take(session, on, one, before, edited, changed)
    st.caption(
        session.say(
            Text(
                "Columns that fill no field are kept, and you can break figures down by them.",
                "Колонки, которые не заполняют ни одного поля, сохраняются: по ним можно строить разрезы.",
            )
        )
    )


def _take(
    session: Session, on: Desk, one: Draft, before: pd.DataFrame, edited: pd.DataFrame, changed: list[int]
) -> None:
    context, draft = on.context(session), one
    try:
        for i in changed:
            wanted = [str(t) for t in (edited["targets"].iloc[i] or [])]
            draft = mapping_table.with_targets(draft, context, str(before["column"].iloc[i]), wanted)
    except RevOpsError as error:
        empty.problem(error, session.language)
        return
    on.drafts[draft_id(one)] = draft
    st.rerun()


# --- what would come of it --------------------------------------------------------------------------------------------


def _staged(session: Session, on: Desk, one: Draft) -> StagedLoad | None:
    found = uploads.staged(on, one)
    if isinstance(found, RevOpsError):
        empty.problem(found, session.language)
        return None
    return found


def _result(session: Session, on: Desk, one: Draft) -> None:
    """The first typed rows of each entity."""
    staged = _staged(session, on, one)
    if staged is None:
        return
    for entity, (accepted, _) in preview(staged).items():
        model = ENTITY[entity]
        shown = accepted.drop(columns=[c for c in ("_row", "extra") if c in accepted]).dropna(axis="columns", how="all")
        st.markdown(f"**{plain(model.label[session.language])}**")
        st.dataframe(
            shown,
            hide_index=True,
            height=min(36 * (len(shown) + 1) + 4, 320),
            column_config={
                c: st.column_config.Column(model.field(c).label[session.language]) for c in shown.columns if c in model
            },
        )
    for note in staged.notes:
        st.caption(f":material/info: {plain(note[session.language])}")


def _problems(session: Session, on: Desk, one: Draft) -> None:
    """Rows that would be rejected, and optional values that would be lost, grouped by reason."""
    staged = _staged(session, on, one)
    if staged is None:
        return
    rejected = [(e, r) for e in staged for r in e.rejections]
    warned = [(e, r) for e in staged for r in e.warnings]
    if not rejected and not warned:
        st.success(
            session.say(Text("Every row can be loaded.", "Все строки можно загрузить.")), icon=":material/check:"
        )
    import_repairs.show(session, on, one, staged)
    _grouped(session, rejected, Text("Rows that would be rejected", "Эти строки будут отклонены"))
    _grouped(
        session,
        warned,
        Text(
            "Values that cannot be read: the rows are kept, without them",
            "Нечитаемые значения: строки останутся без них",
        ),
    )


def _grouped(session: Session, found: list[tuple[StagedEntity, Rejection]], title: Text) -> None:
    if not found:
        return
    say = session.say
    st.markdown(f"**{say(title)}**")
    lines = [
        {
            say(Text("Table", "Таблица")): ENTITY[e.entity].label[session.language],
            say(Text("Field", "Поле")): ENTITY[e.entity].field(r.field).label[session.language],
            say(Text("Reason", "Причина")): r.reason[session.language],
            say(Text("Rows", "Строк")): session.formatter.number(r.count),
            say(Text("Examples (row: value)", "Примеры (строка: значение)")): "; ".join(
                f"{row}: {value if value is not None else DASH}" for row, value in r.examples
            ),
        }
        for e, r in found
    ]
    right = st.column_config.TextColumn(alignment="right")
    st.dataframe(pd.DataFrame(lines, dtype="str"), hide_index=True, column_config={say(Text("Rows", "Строк")): right})


def _file(session: Session, one: Draft) -> None:
    """The first rows as written, and the lines that are not data."""
    st.dataframe(
        pd.DataFrame(one.raw.sample(50), columns=list(one.raw.columns), dtype="str"), hide_index=True, height=360
    )
    if one.raw.set_aside:
        say = session.say
        st.markdown(f"**{say(Text('Lines set aside', 'Отложенные строки'))}**")
        lines = [
            {
                say(Text("Line", "Строка")): str(s.line),
                say(Text("What", "Что")): s.kind,
                say(Text("Text", "Текст")): s.text,
            }
            for s in one.raw.set_aside[:200]
        ]
        st.dataframe(pd.DataFrame(lines, dtype="str"), hide_index=True)
