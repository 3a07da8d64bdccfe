"""What can be done about a group of rows that would be rejected, or lose a value: read them otherwise, fill them,
correct them cell by cell, or leave them out."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable

import streamlit as st

from revops.errors import RevOpsError
from revops.importing import Draft, by_hand
from revops.importing.repairs import PATTERNS, filled, offending, read_also, read_as, ways_to_read, without_rows
from revops.importing.values import YES_NO
from revops.ingest.types import Rejection, StagedLoad
from revops.model import ENTITY, Field, FieldType
from revops.text import Text
from revops.ui import empty, import_grid, uploads
from revops.ui.markdown import plain
from revops.ui.state import Session
from revops.ui.uploads import Desk, draft_id
from revops.ui.words import ROWS

WAY, MAP, COLUMN, CONSTANT, AS_OF, GRID, DROP = "way", "map", "column", "constant", "as_of", "grid", "drop"
MOST_NAMED = 40  # values that a condition names; rows with more are left out by their numbers, in this file alone
REPAIRS = {
    WAY: Text("Read them in another format", "Прочитать в другом формате"),
    MAP: Text("Say what a value means", "Указать, что значит значение"),
    COLUMN: Text("Take another column", "Взять из другой колонки"),
    CONSTANT: Text("Put one value in all", "Поставить одно значение"),
    AS_OF: Text("Put the as-of day", "Поставить дату выгрузки"),
    GRID: Text("Edit the cells", "Исправить ячейки"),
    DROP: Text("Leave these rows out", "Не загружать эти строки"),
}
Repair = Callable[[], Draft]


def show(session: Session, on: Desk, one: Draft, staged: StagedLoad) -> None:
    """One group at a time: rejected rows first, then lost values, the largest first; below it what was done by hand."""
    groups = [r for e in staged for r in e.rejections] + [w for e in staged for w in e.warnings]
    rejecting = sum(len(e.rejections) for e in staged)
    if groups:
        with st.container(border=True, key=f"repair_{draft_id(one)}"):
            _title(session, on, one)
            names = [_name(session, group, lost=i >= rejecting) for i, group in enumerate(groups)]
            _group(session, on, one, staged, groups[_chosen(session, one, groups, names)])
    elif uploads.can_undo(on, one):
        _title(session, on, one)
    import_grid.corrections(session, on, one)


def _chosen(session: Session, one: Draft, groups: list[Rejection], names: list[str]) -> int:
    """The place of the group to look at: the one that was looked at before its counts changed, where it is left."""
    last = f"repair_last_{draft_id(one)}"
    kinds = [(g.entity, g.field, g.code) for g in groups]
    before = st.session_state.get(last)
    chosen = st.selectbox(
        session.say(Text("Rows", "Строки")),
        range(len(groups)),
        index=kinds.index(before) if before in kinds else 0,
        format_func=lambda i: names[i],
        key=f"repair_group_{draft_id(one)}_{hashlib.sha256(repr(names).encode()).hexdigest()[:8]}",
        label_visibility="collapsed",
    )
    st.session_state[last] = kinds[chosen or 0]
    return chosen or 0


def _title(session: Session, on: Desk, one: Draft) -> None:
    """The heading, and the way back from the last repair."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"bar_title_{draft_id(one)}"):
        st.markdown(f"**{session.say(Text('Repair before loading', 'Исправить до загрузки'))}**", width="stretch")
        label = session.say(Text("Undo the last repair", "Отменить последнее исправление"))
        if uploads.can_undo(on, one) and st.button(
            label, type="tertiary", icon=":material/undo:", key=f"undo_repair_{draft_id(one)}"
        ):
            uploads.undo_repair(on, one)
            st.rerun()


def _name(session: Session, group: Rejection, *, lost: bool) -> str:
    label = ENTITY[group.entity].field(group.field).label[session.language]
    said = Text("{label}: {reason} — {rows} to reject", "{label}: {reason} — отклоняется {rows}")
    if lost:
        said = Text("{label}: {reason} — {rows} without it", "{label}: {reason} — останется без значения {rows}")
    return session.say(said, label=label, reason=group.reason, rows=session.formatter.plural(group.count, ROWS))


def _offered(group: Rejection, field: Field, column: str | None, ways: dict[str, int]) -> list[str]:
    """The repairs that suit the group, the most likely one first."""
    if group.code == "missing_required":
        day = [AS_OF] if field.type in (FieldType.DATE, FieldType.TIMESTAMP) else []
        return [COLUMN, CONSTANT, *day, GRID, DROP]
    if column is not None:
        return [*([WAY] if ways else []), MAP, GRID, DROP]
    return [GRID, DROP]


def _group(session: Session, on: Desk, one: Draft, staged: StagedLoad, group: Rejection) -> None:
    field = ENTITY[group.entity].field(group.field)
    values = offending(staged, group.entity, group.field, group.code)
    mapping = one.mapping.entity(group.entity)
    mapped = mapping.field(group.field) if mapping is not None else None
    column = mapped.column if mapped is not None else None
    spelled = [v for v, _ in values]
    ways = ways_to_read(one, field, spelled) if column is not None else {}
    offered = _offered(group, field, column, ways) if mapped is not None else [GRID, DROP]
    key = f"{draft_id(one)}_{group.entity}_{group.field}_{group.code}"
    _examples(session, values)
    repair = (
        st.segmented_control(
            session.say(Text("Repair", "Исправление")),
            offered,
            format_func=lambda r: session.say(REPAIRS[r]),
            default=offered[0],
            required=True,
            key=f"repair_kind_{key}",
            label_visibility="collapsed",
        )
        or offered[0]
    )
    if repair == GRID:
        import_grid.show(session, on, one, staged, group)
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"bar_repair_{key}"):
        if repair == DROP:
            change: Repair | None = _dropped(session, one, staged, group, spelled, named=mapped is not None)
        else:
            change = _change(session, one, group, field, spelled, ways, repair, key)
        apply = st.button(session.say(Text("Apply", "Применить")), key=f"repair_apply_{key}", disabled=change is None)
    if not apply or change is None:
        return
    try:
        uploads.repair(on, change())
    except RevOpsError as error:
        empty.problem(error, session.language)
        return
    st.rerun()


def _examples(session: Session, values: list[tuple[str, int]]) -> None:
    """The commonest values behind the group, with how often each is written."""
    if not values:
        return
    shown = [f"“{v}”" if session.language == "en" else f"«{v}»" for v, _ in values[:5]]
    counted = [f"{s} × {session.formatter.number(n)}" if n > 1 else s for s, (_, n) in zip(shown, values, strict=False)]
    if len(values) > len(shown):
        more = Text("and {n} more", "и ещё {n}")
        counted.append(session.say(more, n=session.formatter.number(len(values) - len(shown))))
    st.caption(plain(", ".join(counted)))


def _dropped(
    session: Session, one: Draft, staged: StagedLoad, group: Rejection, values: list[str], *, named: bool
) -> Repair:
    """Rows that are left out: by what they say where that can be named, else by their numbers."""
    st.markdown(
        session.say(
            Text("{rows} will not be loaded, knowingly.", "Не будет загружено: {rows}."),
            rows=plain(session.formatter.plural(group.count, ROWS)),
        ),
        width="content",
    )
    if named and len(values) <= MOST_NAMED:
        return lambda: without_rows(one, group.entity, group.field, values)
    return lambda: by_hand.corrected(one, (), by_hand.group_of(one, staged, group, None).rows.index)


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
            every = say(Text("any of these {n} values", "любое из значений ({n})"), n=len(values))
            options = [[*values], *([v] for v in values)] if len(values) > 1 else [[v] for v in values]
            chosen = st.selectbox(
                say(Text("In the file", "В файле")),
                range(len(options)),
                format_func=lambda i: every if len(options[i]) > 1 else options[i][0],
                key=f"repair_value_{key}_{len(values)}",
                width=240,
            )
            nothing = say(Text("Nothing: leave it empty", "Ничего: оставить пустым"))
            empty_ = st.checkbox(nothing, key=f"repair_empty_{key}") if not field.required else False
            meaning = "" if empty_ else _meaning(session, field, key) or None
            if chosen is None or meaning is None:
                return None
            return lambda: read_as(one, entity, name, options[chosen], meaning)
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
    return None


def _meaning(session: Session, field: Field, key: str) -> str | None:
    """A value of the model: chosen from the field's list, or written."""
    label = session.say(Text("Value", "Значение"))
    terms = {t.key: t.label[session.language] for t in field.vocabulary.terms} if field.vocabulary else {}
    if field.type is FieldType.BOOLEAN:
        terms = {key: text[session.language] for key, text in YES_NO.items()}
    if terms:
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
