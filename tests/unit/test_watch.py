"""Long work tells how far it is, phase by phase, and ends when it is stopped, with nothing left behind."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from revops import importing
from revops.formats import Formatter
from revops.importing.told import how_far
from revops.ingest import scratch, watch
from revops.ingest.watch import Cancelled, Meter, Progress
from revops.text import Text
from revops.workspace import Workspace
from tests.large import write_deals

PHASE = Text("Adding", "Сложение")
PHASES = ["Reading", "Looking at columns", "Checking rows", "Loading rows", "Linking records", "Saving"]
ROWS = 150_000


@pytest.fixture(scope="module")
def deals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_deals(tmp_path_factory.mktemp("large") / "deals.csv", ROWS)


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Path]]:
    """The temporary folders there are now."""
    base = tmp_path / "tmp"
    base.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(base))
    return lambda: sorted(scratch.root().iterdir())


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "EVERY", 0.005)


class Told(list[Progress]):
    """What was told; from the first word about the phase `until` on, it interrupts."""

    def __init__(self, until: str = "") -> None:
        super().__init__()
        self.until = until

    def __call__(self, now: Progress) -> None:
        self.append(now)
        if self.until == now.phase.en:
            raise KeyboardInterrupt

    @property
    def phases(self) -> list[str]:
        return list(dict.fromkeys(now.phase.en for now in self))


def load(path: Path, workspace: Workspace, told: Told) -> None:
    with importing.read_tables([path], progress=told) as tables:
        drafts = importing.draft(tables, importing.context_of(workspace, dt.date(2026, 11, 23)), workspace)
        importing.load(workspace, importing.stage_all(drafts, progress=told), progress=told)


@pytest.mark.usefixtures("often")
def test_every_phase_tells_its_file_its_rows_and_its_share(deals: Path, tmp_path: Path) -> None:
    told = Told()
    with Workspace.open(tmp_path / "a.duckdb") as workspace:
        load(deals, workspace, told)
    assert told.phases == PHASES
    for phase in PHASES[:5]:
        shares = [now.share for now in told if now.phase.en == phase and now.share is not None]
        assert shares, phase
        assert shares == sorted(shares), phase
        assert 0 <= shares[0] <= shares[-1] <= 1, phase
    reading = [now for now in told if now.phase.en == "Reading"]
    assert {(now.file, now.unit, now.total) for now in reading} == {("deals.csv", "bytes", deals.stat().st_size)}
    assert {now.total for now in told if now.phase.en in ("Looking at columns", "Checking rows")} == {ROWS}


@pytest.mark.usefixtures("often")
def test_an_interrupt_in_any_phase_leaves_nothing_behind(
    deals: Path, tmp_path: Path, folders: Callable[[], list[Path]]
) -> None:
    with Workspace.open(tmp_path / "a.duckdb") as workspace:
        before = workspace.fingerprint
        for phase in PHASES:
            with pytest.raises(KeyboardInterrupt):
                load(deals, workspace, Told(until=phase))
            assert (phase, workspace.fingerprint, len(workspace.imports())) == (phase, before, 0)
            assert (phase, folders()) == (phase, [])
        load(deals, workspace, Told())
        assert workspace.counts()["opportunities"] == ROWS


@pytest.mark.usefixtures("often")
def test_rows_that_are_read_one_by_one_are_stopped_between_them(
    deals: Path, tmp_path: Path, folders: Callable[[], list[Path]]
) -> None:
    ragged = tmp_path / "ragged.csv"
    ragged.write_bytes(deals.read_bytes() + b"D0\n")  # a short row: nothing reads it but row by row
    told = Told()

    def far_in(now: Progress) -> None:
        told(now)
        if now.phase.en == "Reading" and (now.share or 0) > 0.2 and len(told) > 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        importing.read_profiled(ragged, progress=far_in)
    assert folders() == []


def test_stopped_by_a_word_the_work_has_ended_and_says_so() -> None:
    with duckdb.connect() as connection:
        endless = "SELECT count(*) FROM range(1000000000000) t(i) WHERE hash(i) = 1"
        with pytest.raises(Cancelled, match="nothing was loaded"):
            watch.phase(PHASE, lambda: connection.execute(endless).fetchall(), connection, cancelled=lambda: True)
        assert connection.execute("SELECT 1").fetchall() == [(1,)]  # it is free again


def test_a_share_never_falls_within_a_phase_and_begins_anew_with_the_next() -> None:
    meter = Meter()
    meter.begin(PHASE, "a.csv", 100)
    meter.at(60)
    assert meter.now().share == 0.6
    meter.part(0.2, 0.4)
    assert meter.now().share == 0.6
    meter.again()
    assert meter.now().share is None


@pytest.mark.parametrize(
    ("now", "en", "ru"),
    [
        (("rows", 0, 0), "", ""),
        (("rows", 0, 2000), "2,000 rows", "2 000 строк"),
        (("rows", 500, 2001), "500 of 2,001 rows", "500 из 2 001 строки"),
        (("bytes", 68_000_000, 208_000_000), "68 of 208 MB", "68 из 208 МБ"),
        (("bytes", 600_000, 1_500_000), "0.6 of 1.5 MB", "0,6 из 1,5 МБ"),
    ],
)
def test_how_far_in_words(now: tuple[str, int, int], en: str, ru: str) -> None:
    unit, done, total = now
    told = Progress(phase=PHASE, file="a.csv", done=done, total=total, unit=unit)  # type: ignore[arg-type]
    assert how_far(told, Formatter("en")).replace("\u00a0", " ") == en
    assert how_far(told, Formatter("ru")).replace("\u00a0", " ") == ru
