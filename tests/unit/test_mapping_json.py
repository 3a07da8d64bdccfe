"""A mapping survives being written as text."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.errors import MappingError
from revops.ingest.mapping_json import from_json, to_json
from revops.ingest.types import EntityMapping, FieldMapping, Mapping, NumberFormat, Question, Unpivot
from revops.text import Text

words = st.text(max_size=12)
texts = st.builds(Text, words, words)
numbers = st.builds(
    NumberFormat,
    decimal=st.sampled_from([".", ","]),
    thousands=st.sampled_from(["", " ", ".", "'"]),
    percent=st.booleans(),
    currency=st.none() | st.sampled_from(["USD", "RUB"]),
)
ways = st.one_of(
    st.fixed_dictionaries({"column": words}),
    st.fixed_dictionaries({"constant": words}),
    st.fixed_dictionaries({"expression": words}),
)
fields = st.builds(
    lambda way, **rest: FieldMapping(**way, **rest),
    ways,
    field=words,
    date_format=st.none() | words,
    number=st.none() | numbers,
    value_map=st.dictionaries(words, words, max_size=3),
    confidence=st.floats(0, 1),
    reason=texts,
    assumed=st.booleans(),
)
unpivots = st.builds(
    Unpivot,
    columns=st.dictionaries(words, words, max_size=3),
    label_field=words,
    value_field=words,
    date_format=st.none() | words,
    number=st.none() | numbers,
)
entities = st.builds(
    EntityMapping,
    entity=words,
    fields=st.lists(fields, max_size=3).map(tuple),
    role=st.sampled_from(["rows", "mention"]),
    unpivot=st.none() | unpivots,
    key_from=st.lists(words, max_size=2).map(tuple),
    extra=st.lists(words, max_size=2).map(tuple),
    where=st.none() | words,
    confidence=st.floats(0, 1),
    reason=texts,
)
questions = st.builds(
    Question,
    code=words,
    text=texts,
    entity=st.none() | words,
    field=st.none() | words,
    column=st.none() | words,
    choices=st.lists(words, max_size=2).map(tuple),
    blocking=st.booleans(),
)
mappings = st.builds(
    Mapping,
    entities=st.lists(entities, max_size=2).map(tuple),
    as_of=st.none() | st.dates(),
    currency=st.none() | words,
    questions=st.lists(questions, max_size=2).map(tuple),
)


@given(mappings)
def test_what_is_written_is_read_back_the_same(mapping: Mapping) -> None:
    text = to_json(mapping)
    assert from_json(text) == mapping
    assert to_json(from_json(text)) == text


def test_the_text_says_only_what_was_decided_and_keeps_russian_readable() -> None:
    one = EntityMapping(entity="accounts", fields=(FieldMapping(field="name", column="Компания"),))
    document = to_json(Mapping(entities=(one,), as_of=dt.date(2026, 11, 23)))
    assert '"column": "Компания"' in document
    assert json.loads(document)["as_of"] == "2026-11-23"
    assert "value_map" not in document
    assert "questions" not in document


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"version": 2, "entities": []}',
        '{"version": 1}',
        '{"version": 1, "entities": [{"entity": "x"}]}',
    ],
)
def test_a_text_that_is_no_mapping_is_refused(text: str) -> None:
    with pytest.raises(MappingError, match="cannot be read"):
        from_json(text)
