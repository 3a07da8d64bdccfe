"""Whatever is loaded and undone in whatever order: the tables say what the merge rule says, nothing is left over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from revops.ingest.types import StagedLoad
from revops.workspace import Workspace
from tests.support import often
from tests.unit.workspace_tables import everything, staged, table

QUICK = settings(max_examples=often(7), suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    yield from _open(tmp_path_factory.mktemp("one") / "one.duckdb")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    yield from _open(tmp_path_factory.mktemp("other") / "other.duckdb")


def _open(path: Path) -> Iterator[Workspace]:
    with Workspace.open(path) as workspace:
        yield workspace


def clear(ws: Workspace) -> None:
    log = ws.imports()
    for import_id in log.import_id[log.active]:
        ws.undo(int(import_id))
    assert set(ws.counts().values()) == {0}


# --- the merge rule, in plain Python -------------------------------------------------------------------------------

FIELDS = ("name", "segment", "region")


@dataclass(frozen=True)
class File:
    role: str
    fields: tuple[str, ...]
    rows: dict[str, dict[str, Any]]  # key -> values
    extra: dict[str, dict[str, str]] = field(default_factory=dict)

    def staged(self, name: str) -> StagedLoad:
        rows = [{"account_id": k, **v, "extra": self.extra.get(k)} for k, v in self.rows.items()]
        mentions = ["accounts"] if self.role == "mention" else []
        return staged(
            name, rows={"accounts": rows}, fields={"accounts": ("account_id", *self.fields)}, mentions=mentions
        )


@st.composite
def files(draw: st.DrawFn) -> File:
    fields = tuple(sorted(draw(st.sets(st.sampled_from(FIELDS)))))
    keys = draw(st.sets(st.sampled_from("abcd"), min_size=1))
    value = st.none() | st.sampled_from(["x", "y", "z"])
    return File(
        role=draw(st.sampled_from(["rows", "rows", "mention"])),
        fields=fields,
        rows={k: {f: draw(value) for f in fields} for k in sorted(keys)},
        extra={k: draw(st.dictionaries(st.sampled_from("PQ"), st.sampled_from("12"))) for k in sorted(keys)},
    )


def merged(imports: dict[int, File]) -> dict[str, tuple[Any, ...]]:
    """key -> name, segment, region, extra, the import it comes from."""
    order = sorted(imports, key=lambda i: (imports[i].role == "rows", i))
    found: dict[str, tuple[Any, ...]] = {}
    for key in {k for f in imports.values() for k in f.rows}:
        values: dict[str, Any] = dict.fromkeys(FIELDS)
        extra: dict[str, str] = {}
        origin = 0
        for number in order:
            one = imports[number]
            if key in one.rows:
                values |= one.rows[key]
                extra |= one.extra[key]
                origin = number
        found[key] = (*values.values(), tuple(sorted(extra.items())), origin)
    return found


def stored(ws: Workspace) -> dict[str, tuple[Any, ...]]:
    sql = "SELECT _key, name, segment, region, extra->>'P', extra->>'Q', _import_id FROM accounts"
    return {
        key: (*values, tuple((k, v) for k, v in (("P", p), ("Q", q)) if v is not None), origin)
        for key, *values, p, q, origin in table(ws, sql)
    }


@QUICK
@given(st.lists(st.tuples(files(), st.integers(0, 9), st.booleans()), min_size=1, max_size=6))
def test_main_holds_what_the_merge_rule_says(ws: Workspace, steps: list[tuple[File, int, bool]]) -> None:
    active: dict[int, File] = {}
    for number, (file, which, undo) in enumerate(steps):
        report = ws.load(file.staged(f"{number}.csv"))
        active[report.import_id] = file
        if undo:
            import_id = sorted(active)[which % len(active)]
            ws.undo(import_id)
            del active[import_id]
        assert stored(ws) == merged(active)
    clear(ws)


@QUICK
@given(st.lists(st.tuples(files(), files()), min_size=1, max_size=3), st.integers(0, 2))
def test_a_file_read_otherwise_keeps_its_place(ws: Workspace, pairs: list[tuple[File, File]], which: int) -> None:
    active = {}
    for number, (file, _) in enumerate(pairs):
        active[ws.load(file.staged(f"{number}.csv")).import_id] = file
    chosen = which % len(pairs)
    again = pairs[chosen][1]
    report = ws.load(again.staged(f"{chosen}.csv"))
    active[report.import_id] = again if not report.already_loaded else active[report.import_id]
    assert stored(ws) == merged(active)
    clear(ws)


# --- settling: a history of loads and undos ends where a fresh load of the survivors ends -------------------------

DAYS = st.integers(1, 20).map(lambda n: dt.datetime(2024, 1, n))
STAGES = st.sampled_from(["Demo", "Won", "Lost", "Quux"])
SPELLINGS = st.sampled_from(["a", "A", " a", "b", "B"])


@st.composite
def crm_files(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """Rows of one file: deals, stage events, companies or owners, their ids spelt as it happens."""
    kind = draw(st.sampled_from(["opportunities", "stage_events", "accounts", "people", "both"]))
    ids = draw(st.lists(SPELLINGS, min_size=1, max_size=3, unique_by=lambda s: s.strip().lower()))
    maybe = st.none() | SPELLINGS
    deals = [
        {
            "opportunity_id": i, "account_id": draw(maybe), "owner": draw(maybe), "stage": draw(STAGES),
            "status": draw(st.sampled_from([None, None, "won", "open"])), "closed_at": draw(st.none() | DAYS),
            "source": draw(st.sampled_from([None, "Google Ads", "zzz"])),
        }
        for i in ids
    ]  # fmt: skip
    events = [{"opportunity_id": i, "stage": draw(STAGES), "entered_at": draw(DAYS)} for i in ids]
    companies = [{"account_id": i, "parent_id": draw(maybe), "owner": draw(maybe)} for i in ids]
    by_kind: dict[str, dict[str, list[dict[str, Any]]]] = {
        "opportunities": {"opportunities": deals},
        "stage_events": {"stage_events": events},
        "accounts": {"accounts": companies},
        "people": {"people": [{"person": i} for i in ids]},
        "both": {"opportunities": deals, "accounts": companies},
    }
    return by_kind[kind]


def said(ws: Workspace) -> dict[str, list[tuple[Any, ...]]]:
    """Everything but the numbers of the imports."""
    found = everything(ws)
    for name in ("opportunities", "stage_events", "accounts", "people"):
        found[name] = sorted(table(ws, f"SELECT * EXCLUDE (_import_id) FROM {name}"), key=repr)
    return found


@QUICK
@given(st.lists(st.tuples(crm_files(), st.integers(0, 9), st.booleans()), min_size=1, max_size=6))
def test_what_is_left_is_as_if_the_undone_had_never_been(
    ws: Workspace, other: Workspace, steps: list[tuple[dict[str, list[dict[str, Any]]], int, bool]]
) -> None:
    left: dict[int, tuple[str, dict[str, list[dict[str, Any]]]]] = {}
    for number, (rows, which, undo) in enumerate(steps):
        left[ws.load(staged(f"{number}.csv", rows=rows)).import_id] = (f"{number}.csv", rows)
        if undo:
            import_id = sorted(left)[which % len(left)]
            ws.undo(import_id)
            del left[import_id]
    other.load_many([staged(name, rows=rows) for _, (name, rows) in sorted(left.items())])
    assert said(ws) == said(other)
    clear(ws)
    clear(other)
    assert said(ws) == said(other)


@pytest.mark.parametrize(
    "order",
    [
        ("people", "opportunities", "stage_events", "accounts"),
        ("stage_events", "opportunities", "people", "accounts"),
        ("stage_events", "accounts", "people", "opportunities"),
    ],
)
def test_the_order_of_unrelated_files_does_not_matter(ws: Workspace, other: Workspace, order: tuple[str, ...]) -> None:
    rows: dict[str, list[dict[str, Any]]] = {
        "accounts": [{"account_id": "ACME", "source": "Google Ads"}],
        "people": [{"person": "Ann"}],
        "opportunities": [
            {"opportunity_id": "D1", "account_id": "acme", "owner": "ANN", "stage": "Won", "source": "zzz"}
        ],
        "stage_events": [{"opportunity_id": "d1", "stage": "Won", "entered_at": dt.datetime(2024, 5, 1)}],
    }
    for workspace, names in ((ws, order), (other, sorted(order))):
        for name in names:
            workspace.load(staged(f"{name}.csv", rows={name: rows[name]}))
    assert said(ws) == said(other)
    assert table(ws, "SELECT account_id, owner, closed_at FROM opportunities") == [
        ("ACME", "Ann", dt.datetime(2024, 5, 1))
    ]
    clear(ws)
    clear(other)
