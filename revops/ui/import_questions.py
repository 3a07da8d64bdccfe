"""What a person has to decide or may correct about a table: dates, currency, required fields, what it is at all."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from revops.errors import RevOpsError
from revops.importing import Draft, edits
from revops.ingest.date_order import day_first
from revops.ingest.types import Mapping, Question
from revops.model import ENTITIES, ENTITY, FieldType
from revops.text import Text
from revops.ui import empty, mapping_table
from revops.ui.markdown import plain
from revops.ui.state import Session
from revops.ui.uploads import Desk, draft_id

CURRENCIES = (
    "USD",
    "EUR",
    "GBP",
    "RUB",
    "KZT",
    "UAH",
    "PLN",
    "CHF",
    "CAD",
    "AUD",
    "INR",
    "JPY",
    "CNY",
    "BRL",
    "TRY",
    "AED",
)


def show(session: Session, on: Desk, one: Draft) -> None:
    """Blocking questions prominently, then what was assumed, each with its answer beside it."""
    for question in one.mapping.blocking:
        with st.container(border=True, key=f"blocking_{_name(one, question)}"):
            st.markdown(f":orange[:material/help:] **{plain(question.text[session.language])}**")
            _answer(session, on, one, question)
    assumed = [q for q in one.mapping.questions if not q.blocking]
    if not assumed:
        return
    for question in assumed:
        with st.container(horizontal=True, vertical_alignment="center", key=f"bar_{_name(one, question)}"):
            st.markdown(f":material/lightbulb: {plain(question.text[session.language])}", width="stretch")
            with st.container(width=240):
                _answer(session, on, one, question)


def _name(one: Draft, question: Question) -> str:
    return f"{draft_id(one)}_{question.code}_{question.entity}_{question.field}_{question.column}"


def _answer(session: Session, on: Desk, one: Draft, question: Question) -> None:
    match question.code:
        case "date_order":
            _date_order(session, on, one, question)
        case "repeated_header":
            label = session.say(Text("Tell them apart by their order", "Различать по порядку"))
            if st.button(label, key=f"repeated_{_name(one, question)}"):
                _settle(session, on, one, edits.repeated_in_order(one.mapping, one.profile))
        case "currency":
            _currency(session, on, one, question)
        case "as_of":
            _as_of(session, on, one, question)
        case "spent_or_planned":
            _one_of(session, on, one, question)
        case "unread_values":
            return  # the values themselves are answered in the panels below
        case "no_entity":
            _entity(session, on, one, question)
        case _:
            _field(session, on, one, question)


def _settle(session: Session, on: Desk, one: Draft, mapping: Mapping) -> None:
    on.drafts[draft_id(one)] = one.changed(mapping)
    st.rerun()


def _date_order(session: Session, on: Desk, one: Draft, question: Question) -> None:
    words = {True: Text("Day first", "Сначала день"), False: Text("Month first", "Сначала месяц")}
    orders = sorted({day_first(f) is True for f in question.choices}, reverse=True) or [True, False]
    with st.container(horizontal=True):
        for order in orders:
            if st.button(session.say(words[order]), key=f"order_{order}_{_name(one, question)}"):
                _settle(session, on, one, edits.with_date_order(one.mapping, one.profile, day_comes_first=order))


def _one_of(session: Session, on: Desk, one: Draft, question: Question) -> None:
    """The rows are one of the tables that the question names, and no other."""
    with st.container(horizontal=True):
        for entity in question.choices:
            if st.button(session.say(ENTITY[entity].label), key=f"fills_{entity}_{_name(one, question)}"):
                _settle(session, on, one, edits.filled_as(one.raw, one.profile, on.context(session), entity))


def _currency(session: Session, on: Desk, one: Draft, question: Question) -> None:
    now = one.mapping.currency or "USD"
    options = list(dict.fromkeys((now, *CURRENCIES)))
    chosen = st.selectbox(
        session.say(Text("Currency", "Валюта")),
        options,
        key=f"currency_{_name(one, question)}_{now}",
        label_visibility="collapsed",
        accept_new_options=True,
    )
    if chosen and chosen != now:
        _settle(session, on, one, edits.in_currency(one.mapping, one.profile, str(chosen).upper()))


def _as_of(session: Session, on: Desk, one: Draft, question: Question) -> None:
    now = one.mapping.as_of
    if now is None:
        return
    chosen = st.date_input(
        session.say(Text("As of", "На дату")),
        now,
        key=f"as_of_{_name(one, question)}_{now}",
        label_visibility="collapsed",
        format="DD.MM.YYYY" if session.language == "ru" else "YYYY-MM-DD",
    )
    if isinstance(chosen, dt.date) and chosen != now:
        _settle(session, on, one, edits.as_of(one.mapping, one.profile, chosen))


def _entity(session: Session, on: Desk, one: Draft, question: Question) -> None:
    chosen = st.selectbox(
        session.say(Text("One row of this table is …", "Одна строка этой таблицы — это …")),
        [e.name for e in ENTITIES],
        index=None,
        format_func=lambda name: ENTITY[name].label[session.language],
        placeholder=session.say(Text("choose", "выберите")),
        key=f"entity_{_name(one, question)}",
    )
    if chosen:
        _settle(session, on, one, edits.filled_as(one.raw, one.profile, on.context(session), chosen, one.mapping))


def _field(session: Session, on: Desk, one: Draft, question: Question) -> None:
    """A required field: one of the columns, or one value for all rows."""
    if question.entity is None or question.field is None:
        return
    model = ENTITY[question.entity].field(question.field)
    name = _name(one, question)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        column = st.selectbox(
            session.say(Text("Column", "Колонка")),
            list(one.raw.columns),
            index=None,
            placeholder=session.say(Text("choose a column", "выберите колонку")),
            key=f"column_{name}",
            width=280,
        )
        value: str | None
        if model.vocabulary is not None:
            terms = {t.key: t.label for t in model.vocabulary.terms}
            value = st.selectbox(
                session.say(Text("or the same for all rows", "или одно значение для всех строк")),
                list(terms),
                index=None,
                format_func=lambda k: terms[k][session.language],
                placeholder=session.say(Text("choose", "выберите")),
                key=f"constant_{name}",
                width=280,
            )
        else:
            hint = "2026-01-31" if model.type in (FieldType.DATE, FieldType.TIMESTAMP) else ""
            value = st.text_input(
                session.say(Text("or the same for all rows", "или одно значение для всех строк")),
                placeholder=hint,
                key=f"constant_{name}",
                width=280,
            )
    try:
        if column:
            draft = mapping_table.with_targets(
                one, on.context(session), column, [*_targets(one, column), f"{question.entity}.{question.field}"]
            )
        elif value:
            draft = mapping_table.with_constant(one, question.entity, question.field, value)
        else:
            return
    except RevOpsError as error:
        empty.problem(error, session.language)
        return
    on.drafts[draft_id(one)] = draft
    st.rerun()


def _targets(one: Draft, header: str) -> list[str]:
    """What the column fills already, without what an answer would put in its place."""
    return [f"{e.entity}.{f.field}" for e in one.mapping.entities for f in e.fields if f.column == header]
