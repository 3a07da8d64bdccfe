"""Sources on a real S3 store, which refuses a request with a signature that is not its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from revops import sources
from revops.sources import S3Source, Source, SourceError
from revops.workspace import Workspace
from tests import s3

HEADER = "Deal ID,Account Name,Stage,Amount,Create Date,Close Date"
D1 = "d1,Ada,Closed Won,1000,2025-01-05,2025-02-01"
D2 = "d2,Bo,Closed Lost,500,2025-01-07,2025-03-01"
KEYS = {"AWS_ACCESS_KEY_ID": s3.ACCESS, "AWS_SECRET_ACCESS_KEY": s3.SECRET}


@pytest.fixture(scope="module")
def store() -> Iterator[s3.Store]:
    with s3.running() as started:
        yield started


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("REVOPS_HOME", str(tmp_path / "home"))
    with Workspace.open(tmp_path / "w.duckdb") as opened:
        yield opened


def text(*lines: str) -> bytes:
    return ("\n".join((HEADER, *lines)) + "\n").encode()


def source(store: s3.Store, key: str = "deals.csv", **more: str) -> Source:
    return Source(name="Store", place=S3Source(bucket="exports", key=key, endpoint=store.endpoint, **more))


def lookup(**other: str) -> Callable[[str], str | None]:
    return {**KEYS, **other}.get


def deals(workspace: Workspace) -> dict[str, float]:
    cursor = workspace.cursor()
    try:
        return {k: float(v) for k, v in cursor.execute("SELECT opportunity_id, amount FROM opportunities").fetchall()}
    finally:
        cursor.close()


def test_an_object_is_loaded_and_loaded_again_once_it_changed(store: s3.Store, workspace: Workspace) -> None:
    store.put("exports", "deals.csv", text(D1))
    sources.save(workspace, source(store))
    assert sources.refresh(workspace, source(store), lookup=lookup())[0].changed
    assert not sources.refresh(workspace, source(store), lookup=lookup())[0].changed
    store.put("exports", "deals.csv", text(D1.replace("1000", "7"), D2))
    sources.refresh(workspace, source(store), lookup=lookup())
    assert deals(workspace) == {"d1": 7, "d2": 500}


@pytest.mark.parametrize(
    "key",
    [
        "2025/q1/deals.csv", "with space.csv", "плюс+минус.csv", "a=b&c=d.csv", "what?.csv", "50%25.csv", "#1.csv",
        "~home/(x)'!*.csv", "ёлка 🎄/сделки.csv", "@at:colon,comma;semi$.csv",
    ],
)  # fmt: skip
def test_a_signature_holds_whatever_the_object_is_called(store: s3.Store, key: str) -> None:
    store.put("exports", key, text(D1))
    assert sources.look(source(store, key), lookup()).columns[0] == "Deal ID"


def test_another_region_is_signed_for(store: s3.Store) -> None:
    store.put("exports", "deals.csv", text(D1))
    assert sources.look(source(store, region="eu-north-1"), lookup()).columns[0] == "Deal ID"


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "an0ther/secret"}, r"access is refused \(403\)"),
        ({"AWS_ACCESS_KEY_ID": "AKNOBODY"}, r"access is refused \(403\)"),
        ({"AWS_SECRET_ACCESS_KEY": ""}, "could not be read"),
    ],
)
def test_a_wrong_key_is_refused_by_the_store_and_never_said(
    store: s3.Store, workspace: Workspace, other: dict[str, str], says: str
) -> None:
    store.put("exports", "deals.csv", text(D1))
    sources.save(workspace, source(store))
    with pytest.raises(SourceError, match=says) as caught:
        sources.refresh(workspace, source(store), lookup=lookup(**other))
    told = repr(caught.value) + caught.value.sentence().ru + repr(caught.value.__cause__)
    assert not [secret for secret in (*other.values(), s3.SECRET) if secret and secret in told]
    assert workspace.imports().empty


def test_an_object_that_is_not_there_is_said(store: s3.Store) -> None:
    store.put("exports", "deals.csv", text(D1))
    with pytest.raises(SourceError, match=r"nothing at it \(404\)"):
        sources.look(source(store, "none.csv"), lookup())


def test_the_keys_are_nowhere_in_the_workspace(
    store: s3.Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVOPS_HOME", str(tmp_path / "home"))
    store.put("exports", "deals.csv", text(D1))
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        sources.save(workspace, source(store))
        sources.refresh(workspace, source(store), lookup=lookup())
    files = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert b"exports" in files
    assert s3.SECRET.encode() not in files
    assert s3.ACCESS.encode() not in files
