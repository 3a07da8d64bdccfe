"""What can be done about a group of rows that would be rejected: read them otherwise, fill them, or leave them out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import streamlit as st

from revops.errors import RevOpsError
from revops.importing import Draft
from revops.importing.repairs import PATTERNS, filled, offending, read_also, ways_to_read, with_values, without_rows
from revops.ingest.types import Rejection, StagedLoad
from revops.model import ENTITY, Field, FieldType
from revops.text import Text
from revops.ui import empty, uploads
from revops.ui.filters import plain
from revops.ui.state import Session
from revops.ui.uploads import Desk, draft_id
from revops.ui.words import ROWS

WAY, MAP, COLUMN, CONSTANT, AS_OF, DROP = "way", "map", "column", "constant", "as_of", "drop"
REPAIRS = {
    WAY: Text("Read them in another format", "Прочитать в другом формате"),
    MAP: Text("Say what a value means", "Указать, что значит значение"),
    COLUMN: Text("Take another column", "Взять из другой колонки"),
    CONSTANT: Text("Put one value in all", "Поставить одно значение"),
    AS_OF: Text("Put the as-of day", "Поставить дату выгрузки"),
    DROP: Text("Leave these rows out", "Не загружать эти строки"),
}
Repair = Callable[[], Draft]


def show(session: Session, on: Desk, one: Draft, staged: StagedLoad) -> None:
    """One group at a time, the largest first. Nothing where no row would be rejected."""
    groups = [r for e in staged for r in e.rejections]
    if not groups:
        return
    say = session.say
    with st.container(border=True, key=f"repair_{draft_id(one)}"):
        st.markdown(f"**{say(Text('Repair before loading', 'Исправить до загрузки'))}**")
        chosen = st.selectbox(
            say(Text("Rows", "Строки")),
            range(len(groups)),
            format_func=lambda i: _name(session, groups[i]),
            key=f"repair_group_{draft_id(one)}_{len(groups)}",
            label_visibility="collapsed",
        )
        _group(session, on, one, staged, groups[chosen or 0])


def _name(session: Session, group: Rejection) -> str:
    label = ENTITY[group.entity].field(group.field).label[session.language]
    return f"{label}: {group.reason[session.language]} — {session.formatter.plural(group.count, ROWS)}"


def _group(session: Session, on: Desk, one: Draft, staged: StagedLoad, group: Rejection) -> None:
    field = ENTITY[group.entity].field(group.field)
    values = [v for v, _ in offending(staged, group.entity, group.field, group.code)]
    mapping = one.mapping.entity(group.entity)
    mapped = mapping.field(group.field) if mapping is not None else None
    if mapped is None:
        return
    ways = ways_to_read(one, field, values) if values and mapped.column is not None else {}
    offered = [DROP]
    if group.code == "missing_required":
        offered = [COLUMN, CONSTANT, DROP]
        if field.type in (FieldType.DATE, FieldType.TIMESTAMP):
            offered.insert(2, AS_OF)
    elif mapped.column is not None:
        offered = [*([WAY] if ways else []), MAP, DROP]
    key = f"{draft_id(one)}_{group.entity}_{group.field}_{group.code}"
    repair = st.segmented_control(
        session.say(Text("Repair", "Исправление")),
        offered,
        format_func=lambda r: session.say(REPAIRS[r]),
        default=offered[0],
        required=True,
        key=f"repair_kind_{key}",
        label_visibility="collapsed",
    )
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"bar_repair_{key}"):
        change = _change(session, one, group, field, values, ways, repair or offered[0], key)
        apply = st.button(session.say(Text("Apply", "Применить")), key=f"repair_apply_{key}", disabled=change is None)
    if not apply or change is None:
        return
    try:
        on.drafts[draft_id(one)] = change()
    except RevOpsError as error:
        empty.problem(error, session.language)
        return
    st.rerun()


def _change(
    session: Session,
    one: Draft,
    group: Rejection,
    field: Field,
    values: list[str],
    ways: dict[str, int],
    repair: str,
    key: str,
) -> Repair | None:
    """The inputs of the repair, and the change they make; None while they are not filled in."""
    say, entity, name = session.say, group.entity, group.field
    match repair:
        case "way":
            way = st.selectbox(
                say(Text("Written like", "Записано как")),
                list(ways),
                format_func=lambda w: f"{PATTERNS.get(w, w)} ({session.formatter.number(ways[w])})",
                key=f"repair_way_{key}",
                width=280,
            )
            return None if way is None else lambda: read_also(one, entity, name, way, values)
        case "map":
            value = st.selectbox(say(Text("In the file", "В файле")), values, key=f"repair_value_{key}", width=240)
            meaning = _meaning(session, field, key)
            return None if not value or not meaning else lambda: with_values(one, entity, name, {value: meaning})
        case "column":
            column = st.selectbox(
                say(Text("Where it is empty, take", "Где пусто, взять из")),
                list(one.raw.columns),
                index=None,
                placeholder=say(Text("choose a column", "выберите колонку")),
                key=f"repair_column_{key}",
                width=280,
            )
            return None if column is None else lambda: filled(one, entity, name, column=column)
        case "constant":
            constant = _meaning(session, field, key)
            return None if not constant else lambda: filled(one, entity, name, constant=constant)
        case "as_of":
            day = st.date_input(
                say(Text("As of", "На дату")),
                one.mapping.as_of or uploads.today(),
                key=f"repair_day_{key}",
                format="DD.MM.YYYY" if session.language == "ru" else "YYYY-MM-DD",
                width=200,
            )
            return lambda: filled(one, entity, name, as_of=day) if isinstance(day, dt.date) else one
        case _:
            st.markdown(
                say(
                    Text("{rows} will not be loaded, knowingly.", "Не будет загружено: {rows}."),
                    rows=plain(session.formatter.plural(group.count, ROWS)),
                ),
                width="content",
            )
            return lambda: without_rows(one, entity, name, values)


def _meaning(session: Session, field: Field, key: str) -> str | None:
    """A value of the model: chosen from the field's list, or written."""
    label = session.say(Text("Value", "Значение"))
    if field.vocabulary is not None:
        terms = {t.key: t.label[session.language] for t in field.vocabulary.terms}
        return st.selectbox(
            label,
            list(terms),
            index=None,
            format_func=lambda k: terms[k],
            placeholder=session.say(Text("choose", "выберите")),
            key=f"repair_meaning_{key}",
            width=240,
        )
    hint = "2026-01-31" if field.type in (FieldType.DATE, FieldType.TIMESTAMP) else ""
    return st.text_input(label, placeholder=hint, key=f"repair_meaning_{key}", width=240).strip()
