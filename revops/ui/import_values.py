"""What the file's spellings of closed lists (a status, an interval, a department) are read as; a person decides."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from revops.errors import RevOpsError
from revops.importing import Draft
from revops.importing.repairs import Spelling, listed_fields, spellings, with_values
from revops.ingest.types import EntityMapping, FieldMapping
from revops.model import ENTITY, Field
from revops.text import Text
from revops.ui import empty
from revops.ui.filters import plain
from revops.ui.state import Session
from revops.ui.uploads import Desk, draft_id

NOTHING = ""  # a spelling that says nothing


def show(session: Session, on: Desk, one: Draft) -> None:
    """A table a field: the file's values with their counts, and the value of the model that each is read as."""
    fields = listed_fields(one)
    if not fields:
        st.caption(
            session.say(
                Text(
                    "No column of this table fills a field with a closed list of values.",
                    "Ни одна колонка этой таблицы не заполняет поле с закрытым списком значений.",
                )
            )
        )
    for entity, mapped, field in fields:
        _field(session, on, one, entity, mapped, field)


def _field(session: Session, on: Desk, one: Draft, entity: EntityMapping, mapped: FieldMapping, field: Field) -> None:
    say, language = session.say, session.language
    assert field.vocabulary is not None
    found = spellings(one, mapped, field)
    labels = {t.key: t.label[language] for t in field.vocabulary.terms}
    labels[NOTHING] = say(Text("says nothing", "ничего не значит"))
    st.markdown(
        f"**{plain(ENTITY[entity.entity].label[language])} · {plain(field.label[language])}** — "
        f"{plain(mapped.column or '')}"
    )
    value, rows, meaning = (
        say(t) for t in (Text("In the file", "В файле"), Text("Rows", "Строк"), Text("Read as", "Читается как"))
    )
    frame = pd.DataFrame(
        {
            value: [s.value for s in found],
            rows: [session.formatter.number(s.rows) for s in found],
            meaning: [s.meaning for s in found],
        },
        dtype="object",
    )
    edited = st.data_editor(
        frame,
        hide_index=True,
        disabled=[value, rows],
        key=f"values_{draft_id(one)}_{entity.entity}_{field.name}_{_state(found)}",
        height=min(38 * (len(frame) + 1) + 4, 360),
        column_config={
            rows: st.column_config.TextColumn(alignment="right"),
            meaning: st.column_config.SelectboxColumn(
                options=list(labels), format_func=lambda k: labels.get(str(k), str(k)), required=False
            ),
        },
    )
    pairs = {
        s.value: str(now)
        for s, now in zip(found, edited[meaning], strict=True)
        if isinstance(now, str) and now != s.meaning
    }
    if not pairs:
        return
    try:
        on.drafts[draft_id(one)] = with_values(one, entity.entity, field.name, pairs)
    except RevOpsError as error:
        empty.problem(error, language)
        return
    st.rerun()


def _state(found: list[Spelling]) -> int:
    """Another key for every other reading of the values: an editor forgets its edits once they are taken."""
    return abs(hash(tuple((s.value, s.meaning) for s in found))) % 10**8
