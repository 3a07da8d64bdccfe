"""Whatever a workspace holds, its export imports again and changes nothing, in every format."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from revops.exporting import Format, export_all
from revops.model import ENTITIES, ENTITY, Entity, Field, FieldType
from revops.workspace import Workspace
from tests.property.test_workspace_merge import clear
from tests.round_trips import changes, come_back, decided, records
from tests.support import often
from tests.unit.workspace_tables import key, staged

QUICK = settings(
    max_examples=often(2), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
AWKWARD = (
    "=1+1", "+7 900", "-5", "@home", "'=x", "''-y", "'quoted'", "\ttab", "\rreturn", " space ", "N/A", "none", "-",
    "Total", "Итого", "true", "FALSE", "007", "1e5", "12345678901234.567", "2024-01-01 00:00:00", "a,b;c", 'a "b" c',
    "two\nlines", "two\r\nlines", "_x000B_", "a\x0bb", "a\x1fb", "#", "\\", "{}", "[1]", "ё", "İ", "ß", "🙂", "null",
    "a\\\"b", "%41", "~1/", "extra.x", "record_key", "a\u2028b", "\ufeffx",
)  # fmt: skip
TEXTS = st.sampled_from(AWKWARD) | st.text(
    st.characters(exclude_categories=("Cs", "Cn"), exclude_characters="\x00"), min_size=1, max_size=8
).filter(lambda text: bool(text.strip()))
HEADERS = (
    "Region", "region", "REGION", "Регион", "Deal / owner", "50%", "~", "name", "Status", "a.b", '"q"', "x,y", "=A1",
    "2024",
)  # fmt: skip
MOMENTS = st.datetimes(dt.datetime(1000, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59)) | st.datetimes(
    dt.datetime(1990, 1, 1), dt.datetime(2030, 1, 1)
).map(lambda d: d.replace(microsecond=0))
VALUES: dict[FieldType, st.SearchStrategy[Any]] = {
    FieldType.ID: TEXTS,
    FieldType.TEXT: TEXTS,
    FieldType.DECIMAL: st.decimals(-(10**17), 10**17, places=6) | st.decimals(-1000, 1000, places=2),
    FieldType.INTEGER: st.integers(-(2**63), 2**63 - 1) | st.integers(-5, 5000),
    FieldType.BOOLEAN: st.booleans(),
    FieldType.DATE: MOMENTS.map(lambda d: d.date()),
    FieldType.TIMESTAMP: MOMENTS,
}


def _values(field: Field) -> st.SearchStrategy[Any]:
    if field.vocabulary is not None:
        return st.sampled_from([t.key for t in field.vocabulary.terms])
    if field.name == "currency":
        return st.sampled_from(["USD", "EUR", "RUB"])
    return VALUES[field.type]


@st.composite
def rows(draw: st.DrawFn, entity: Entity) -> list[dict[str, Any]]:
    """A few records with whatever the model's types can hold; keys are told apart as loading tells them."""
    needed = {f.name for f in entity.fields if f.required or f.key}
    optional = [f for f in entity.fields if f.name not in needed]
    chosen = needed | draw(st.sets(st.sampled_from([f.name for f in optional]))) if optional else needed
    mapped = [f for f in entity.fields if f.name in chosen]
    found: dict[str, dict[str, Any]] = {}
    for _ in range(draw(st.integers(1, 4))):
        row = {f.name: draw(_values(f) if f.name in needed else st.none() | _values(f)) for f in mapped}
        row["extra"] = draw(st.dictionaries(st.sampled_from(HEADERS), TEXTS, max_size=3))
        found[key(entity.name, row)] = row
    return list(found.values())


@st.composite
def imports(draw: st.DrawFn) -> list[dict[str, list[dict[str, Any]]]]:
    """Up to three files, each of one entity or two."""
    names = st.sampled_from([e.name for e in ENTITIES])
    files = draw(st.lists(st.lists(names, min_size=1, max_size=2, unique=True), min_size=1, max_size=3))
    return [{name: draw(rows(ENTITY[name])) for name in file} for file in files]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exports")


@pytest.fixture(scope="module")
def ws(folder: Path) -> Iterator[Workspace]:
    with Workspace.open(folder / "one.duckdb") as workspace:
        yield workspace


@pytest.fixture(scope="module")
def empty(folder: Path) -> Iterator[Workspace]:
    with Workspace.open(folder / "empty.duckdb") as workspace:
        yield workspace


@pytest.mark.parametrize("format_", list(Format))
@QUICK
@given(files=imports(), safe=st.booleans())
def test_an_export_changes_nothing_and_makes_the_same_workspace(
    ws: Workspace, empty: Workspace, folder: Path, format_: Format, files: list[dict[str, Any]], safe: bool
) -> None:
    for number, entities in enumerate(files):
        ws.load(staged(f"{number}.csv", rows=entities, extra=HEADERS), loaded_at=dt.datetime(2026, 11, 23))
    before, known = records(ws), decided(ws)
    csv = format_ is Format.CSV
    path = folder / "all.zip"
    export_all(ws, format_, path, safe=safe and csv, bom=safe and csv)
    forecast = come_back(ws, [path], empty)
    assert changes(forecast) == []
    assert records(ws) == before
    assert records(empty) == before
    assert decided(ws) == known
    assert decided(empty)[2:] == known[2:]
    clear(ws)
    clear(empty)
