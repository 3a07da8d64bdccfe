"""What the file's spellings are read as (a status, an interval, yes or no, a currency), and what its stages and
sources mean; a person decides, before the load."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

import pandas as pd
import streamlit as st

from revops.errors import RevOpsError
from revops.importing import Draft
from revops.importing.values import (
    Meant,
    Spelling,
    channel_names,
    choices,
    listed_fields,
    meanings,
    sources_of,
    spellings,
    stages_of,
    with_values,
)
from revops.ingest.types import EntityMapping, FieldMapping
from revops.model import ENTITY, Field
from revops.text import Text
from revops.ui import empty, uploads
from revops.ui.markdown import plain
from revops.ui.state import Session
from revops.ui.uploads import Desk, draft_id
from revops.ui.words import ROWS

Key = TypeVar("Key")
MOST_SHOWN = 10  # lines of a table without scrolling
NOTHING = ""  # a spelling that says nothing
IN_FILE, COUNT, READ_AS = Text("In the file", "В файле"), Text("Rows", "Строк"), Text("Read as", "Читается как")
MEANS, CHANNEL = Text("Means", "Означает"), Text("Channel", "Канал")
PIPELINE = Text("Pipeline", "Воронка")


def show(session: Session, on: Desk, one: Draft) -> None:
    """A table a field: the file's values with their counts, and the value of the model that each is read as."""
    fields = listed_fields(one)
    found = uploads.staged(on, one)
    loads = [] if isinstance(found, RevOpsError) else [found]
    stages, sources = stages_of(loads, session.workspace), sources_of(loads, session.workspace)
    if not fields and not stages and not sources:
        st.caption(
            session.say(
                Text(
                    "No column of this table fills a field whose values have a fixed meaning.",
                    "Ни одна колонка этой таблицы не заполняет поле, у значений которого есть точный смысл.",
                )
            )
        )
    for entity, mapped, field in fields:
        _field(session, on, one, entity, mapped, field)
    if stages:
        _stages(session, on, one, stages)
    if sources:
        _sources(session, on, one, sources)


def _field(session: Session, on: Desk, one: Draft, entity: EntityMapping, mapped: FieldMapping, field: Field) -> None:
    language = session.language
    found = spellings(one, mapped, field)
    labels = {key: text[language] for key, text in choices(field).items()}
    if mapped.column is not None:
        labels[NOTHING] = session.say(Text("nothing: leave it empty", "ничего: оставить пустым"))
    title = f"**{plain(ENTITY[entity.entity].label[language])} · {plain(field.label[language])}**"
    if mapped.column is not None:
        title += f" — {plain(mapped.column)}"
    st.markdown(title)
    _unknown(session, found)
    edited = _editor(
        session,
        {IN_FILE: [s.value for s in found], COUNT: [session.formatter.number(s.rows) for s in found]},
        (READ_AS, [s.meaning for s in found]),
        labels,
        f"values_{draft_id(one)}_{entity.entity}_{field.name}_{_state([(s.value, s.meaning) for s in found])}",
    )
    pairs = {s.value: now for s, now in zip(found, edited, strict=True) if now is not None and now != s.meaning}
    if not pairs:
        return
    try:
        uploads.repair(on, with_values(one, entity.entity, field.name, pairs))
    except RevOpsError as error:
        empty.problem(error, language)
        return
    st.rerun()


def _unknown(session: Session, found: Sequence[Spelling]) -> None:
    """How many of the spellings nobody knows, and how many rows say them."""
    unknown = [s for s in found if s.meaning is None]
    if not unknown:
        return
    st.caption(
        ":orange[:material/help:] "
        + session.say(
            Text(
                "Not known yet: {n}, in {rows}. Choose what each means.",
                "Пока неизвестно: {n} ({rows}). Выберите смысл.",
            ),
            n=session.formatter.number(len(unknown)),
            rows=session.formatter.plural(sum(s.rows for s in unknown), ROWS),
        )
    )


def _stages(session: Session, on: Desk, one: Draft, found: list[Meant]) -> None:
    """Kept for the workspace at the load: the same stage means the same in every file."""
    _heading(
        session,
        Text("What stages mean", "Что означают этапы"),
        Text("Decided for the workspace when you load.", "Решение сохранится в рабочем пространстве при загрузке."),
    )
    now = [on.stage_choices.get((m.pipeline, m.value), m.meaning) for m in found]
    shown = {IN_FILE: [m.value for m in found], COUNT: [session.formatter.number(m.rows) for m in found]}
    if any(m.pipeline for m in found):
        shown = {PIPELINE: [m.pipeline for m in found], **shown}
    edited = _editor(session, shown, (MEANS, now), _labels(session, meanings()), f"stage_means_{draft_id(one)}")
    for meant, meaning in zip(found, edited, strict=True):
        _choose(on.stage_choices, (meant.pipeline, meant.value), meaning, meant.meaning)


def _sources(session: Session, on: Desk, one: Draft, found: list[Meant]) -> None:
    _heading(
        session,
        Text("Which channel a source belongs to", "К какому каналу относится источник"),
        Text("Decided for the workspace when you load.", "Решение сохранится в рабочем пространстве при загрузке."),
    )
    now = [on.channel_choices.get(m.value, m.meaning) for m in found]
    shown = {IN_FILE: [m.value for m in found], COUNT: [session.formatter.number(m.rows) for m in found]}
    edited = _editor(session, shown, (CHANNEL, now), _labels(session, channel_names()), f"channel_of_{draft_id(one)}")
    for meant, channel in zip(found, edited, strict=True):
        _choose(on.channel_choices, meant.value, channel, meant.meaning)


def _choose(kept: dict[Key, str], key: Key, said: str | None, proposed: str) -> None:
    """A decision that differs from what is known already is kept until the load; one taken back is forgotten."""
    if said is not None and said != proposed:
        kept[key] = said
    else:
        kept.pop(key, None)


def _heading(session: Session, title: Text, about: Text) -> None:
    st.markdown(f"**{session.say(title)}**")
    st.caption(session.say(about))


def _labels(session: Session, terms: dict[str, Text]) -> dict[str, str]:
    return {key: text[session.language] for key, text in terms.items()}


def _editor(
    session: Session,
    shown: dict[Text, list[str]],
    chosen: tuple[Text, Sequence[str | None]],
    labels: dict[str, str],
    key: str,
) -> list[str | None]:
    """What a person chose in the last column, line by line; None where nothing is chosen."""
    say = session.say
    title, values = chosen
    frame = pd.DataFrame({**{say(t): v for t, v in shown.items()}, say(title): values}, dtype="object")
    edited = st.data_editor(
        frame,
        hide_index=True,
        disabled=[say(t) for t in shown],
        key=key,
        placeholder=say(Text("choose", "выберите")),
        height="content" if len(frame) <= MOST_SHOWN else 390,
        column_config={
            say(COUNT): st.column_config.TextColumn(alignment="right"),
            say(title): st.column_config.SelectboxColumn(
                options=list(labels), format_func=lambda k: labels.get(str(k), str(k)), required=False
            ),
        },
    )
    return [value if isinstance(value, str) else None for value in edited[say(title)]]


def _state(found: Sequence[tuple[str, str | None]]) -> str:
    """Another key for every other reading of the values: an editor forgets its edits once they are taken."""
    return hashlib.sha256(repr(sorted(found, key=str)).encode()).hexdigest()[:8]
