"""Refreshing sources: files, folders, SQLite and loopback http; what is loaded, left alone, kept, refused, logged."""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from revops import sources
from revops.errors import MappingError, RevOpsError, UnreadableFile
from revops.sources import (
    FileSource,
    FolderSource,
    HttpSource,
    Place,
    S3Source,
    Scheduler,
    Source,
    SourceError,
    SqlSource,
    web,
)
from revops.sources.records import to_json
from revops.workspace import Workspace

HEADER = "Deal ID,Account Name,Stage,Amount,Create Date,Close Date"
D1 = "d1,Ada,Closed Won,1000,2025-01-05,2025-02-01"
D2 = "d2,Bo,Closed Lost,500,2025-01-07,2025-03-01"
D3 = "d3,Cy,Closed Won,200,2025-02-13,2025-02-20"
NOON = dt.datetime(2026, 3, 1, 12)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVOPS_HOME", str(tmp_path / "home"))


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open(tmp_path / "w.duckdb") as opened:
        yield opened


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join((HEADER, *lines)) + "\n", encoding="utf-8")
    return path


def saved(workspace: Workspace, place: Place, every: int | None = None) -> Source:
    source = Source(name="CRM", place=place, every=every)
    sources.save(workspace, source)
    return source


def amounts(workspace: Workspace) -> dict[str, float]:
    cursor = workspace.cursor()
    try:
        return {k: float(v) for k, v in cursor.execute("SELECT opportunity_id, amount FROM opportunities").fetchall()}
    finally:
        cursor.close()


class TestFile:
    def test_its_import_is_named_after_the_source(self, workspace: Workspace, tmp_path: Path) -> None:
        source = saved(workspace, FileSource(path=str(write(tmp_path / "export (3).csv", D1, D2))))
        done, reports = sources.refresh(workspace, source, now=NOON)
        assert [r.file for r in reports] == ["CRM"]
        assert (done.started_at, done.rows, done.changed, done.gone) == (NOON, 2, True, 0)
        assert amounts(workspace) == {"d1": 1000, "d2": 500}

    def test_a_changed_export_updates_by_key_and_adds(self, workspace: Workspace, tmp_path: Path) -> None:
        path = write(tmp_path / "d.csv", D1, D2)
        source = saved(workspace, FileSource(path=str(path)))
        sources.refresh(workspace, source)
        write(path, D1.replace("1000", "1500"), D2, D3)
        sources.refresh(workspace, source)
        assert amounts(workspace) == {"d1": 1500, "d2": 500, "d3": 200}

    def test_an_unchanged_one_loads_nothing(self, workspace: Workspace, tmp_path: Path) -> None:
        source = saved(workspace, FileSource(path=str(write(tmp_path / "d.csv", D1))))
        sources.refresh(workspace, source)
        before = workspace.fingerprint
        done, reports = sources.refresh(workspace, source)
        assert (done.rows, done.changed, reports) == (1, False, ())
        assert workspace.fingerprint == before

    def test_going_back_to_an_earlier_content_is_a_change(self, workspace: Workspace, tmp_path: Path) -> None:
        path = tmp_path / "d.csv"
        source = saved(workspace, FileSource(path=str(path)))
        told = []
        for amount in ("1000", "7", "1000", "7"):
            write(path, D1.replace("1000", amount))
            sources.refresh(workspace, source)
            told.append(amounts(workspace)["d1"])
        assert told == [1000, 7, 1000, 7]

    def test_what_disappears_stays_and_is_counted_until_it_is_back(self, workspace: Workspace, tmp_path: Path) -> None:
        path = write(tmp_path / "d.csv", D1, D2, D3)
        source = saved(workspace, FileSource(path=str(path)))
        gone = [sources.refresh(workspace, source)[0].gone]
        for lines in ((D1,), (D1, D3), (D1, D2, D3)):
            write(path, *lines)
            gone.append(sources.refresh(workspace, source)[0].gone)
        assert gone == [0, 2, 1, 0]
        assert set(amounts(workspace)) == {"d1", "d2", "d3"}

    def test_covered_imports_go_but_undo_still_leads_back(self, workspace: Workspace, tmp_path: Path) -> None:
        path = tmp_path / "d.csv"
        source = saved(workspace, FileSource(path=str(path)))
        for amount in range(1, 7):
            write(path, D1.replace("1000", str(amount)))
            sources.refresh(workspace, source)
        active = workspace.imports().query("active")
        assert len(active) == 2
        workspace.undo(int(active["import_id"].max()))
        assert amounts(workspace) == {"d1": 5}

    def test_an_import_with_a_column_of_its_own_is_never_covered(self, workspace: Workspace, tmp_path: Path) -> None:
        path = tmp_path / "d.csv"
        path.write_text(f"{HEADER},Colour\n{D1},red\n", encoding="utf-8")
        source = saved(workspace, FileSource(path=str(path)))
        sources.refresh(workspace, source)
        for amount in ("1", "2", "3"):
            write(path, D1.replace("1000", amount))
            sources.refresh(workspace, source)
        cursor = workspace.cursor()
        extra = cursor.execute("SELECT extra FROM opportunities").fetchall()
        cursor.close()
        assert extra == [('{"Colour":"red"}',)]

    def test_a_file_that_was_uploaded_before_is_taken_as_loaded(self, workspace: Workspace, tmp_path: Path) -> None:
        from revops.importing import import_files

        path = write(tmp_path / "d.csv", D1)
        import_files(workspace, [path], today=NOON.date())
        source = saved(workspace, FileSource(path=str(path)))
        done, (report,) = sources.refresh(workspace, source)
        assert (done.changed, report.already_loaded) == (False, True)
        assert len(workspace.imports()) == 1

    def test_one_that_is_missing_is_said_and_logged(self, workspace: Workspace, tmp_path: Path) -> None:
        source = saved(workspace, FileSource(path=str(tmp_path / "none.csv")))
        with pytest.raises(SourceError, match="there is no such file") as caught:
            sources.refresh(workspace, source, now=NOON)
        assert workspace.last_refreshes()["CRM"].error == caught.value.sentence()
        assert list(workspace.refreshes()["error_ru"]) == [caught.value.sentence().ru]

    def test_one_that_is_no_table_is_said(self, workspace: Workspace, tmp_path: Path) -> None:
        path = tmp_path / "d.csv"
        path.write_bytes(b"")
        with pytest.raises(UnreadableFile):
            sources.refresh(workspace, saved(workspace, FileSource(path=str(path))))

    def test_an_open_question_says_where_to_answer_it(self, workspace: Workspace, tmp_path: Path) -> None:
        path = write(tmp_path / "d.csv", D1.replace("2025-01-05", "03/04/2025").replace("2025-02-01", "05/06/2025"))
        with pytest.raises(MappingError, match="Map by hand"):
            sources.refresh(workspace, saved(workspace, FileSource(path=str(path))))
        assert workspace.imports().empty


class TestFolder:
    def test_files_that_fit_are_loaded_each_by_its_name(self, workspace: Workspace, tmp_path: Path) -> None:
        folder = tmp_path / "drop"
        (folder / "old").mkdir(parents=True)
        write(folder / "jan.csv", D1)
        write(folder / "feb.csv", D2)
        write(folder / "old" / "dec.csv", D3)
        (folder / "notes.txt").write_text("not an export", encoding="utf-8")
        source = saved(workspace, FolderSource(path=str(folder), pattern="*.csv"))
        sources.refresh(workspace, source)
        assert set(workspace.imports()["file"]) == {"jan.csv", "feb.csv"}

    def test_a_new_file_is_added_and_the_others_are_left_alone(self, workspace: Workspace, tmp_path: Path) -> None:
        folder = tmp_path / "drop"
        folder.mkdir()
        write(folder / "jan.csv", D1)
        source = saved(workspace, FolderSource(path=str(folder)))
        sources.refresh(workspace, source)
        write(folder / "feb.csv", D2)
        _, reports = sources.refresh(workspace, source)
        assert {r.file: r.already_loaded for r in reports} == {"jan.csv": True, "feb.csv": False}
        (folder / "jan.csv").unlink()
        done, _ = sources.refresh(workspace, source)
        assert (done.gone, set(amounts(workspace))) == (1, {"d1", "d2"})

    def test_an_empty_one_is_said(self, workspace: Workspace, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match=r"no file fits “\*\.csv”"):
            sources.refresh(workspace, saved(workspace, FolderSource(path=str(tmp_path), pattern="*.csv")))


class TestSqlite:
    @pytest.fixture
    def base(self, tmp_path: Path) -> Path:
        path = tmp_path / "crm.db"
        with sqlite3.connect(path) as db:
            db.execute('CREATE TABLE "my deals" (deal_id, account_name, stage, amount REAL, create_date, close_date)')
            rows = [line.split(",") for line in (D1, D2)]
            db.executemany('INSERT INTO "my deals" VALUES (?, ?, ?, ?, ?, ?)', rows)
        db.close()
        return path

    def test_a_table_with_a_space_in_its_name(self, workspace: Workspace, base: Path) -> None:
        source = saved(workspace, SqlSource(url=f"sqlite:///{base}", table="my deals"))
        sources.refresh(workspace, source)
        assert amounts(workspace) == {"d1": 1000, "d2": 500}

    def test_the_order_of_rows_does_not_matter(self, workspace: Workspace, base: Path) -> None:
        source = saved(workspace, SqlSource(url=f"sqlite:///{base}", table="my deals"))
        sources.refresh(workspace, source)
        with sqlite3.connect(base) as db:
            db.execute('CREATE TABLE other AS SELECT * FROM "my deals" ORDER BY deal_id DESC')
            db.execute('DROP TABLE "my deals"')
            db.execute('ALTER TABLE other RENAME TO "my deals"')
        db.close()
        assert not sources.refresh(workspace, source)[0].changed

    def test_a_file_that_is_not_there_is_never_made(self, tmp_path: Path) -> None:
        path = tmp_path / "none.db"
        with pytest.raises(SourceError, match="no file"):
            sources.look(Source(name="x", place=SqlSource(url=f"sqlite:///{path}", table="d")))
        assert not path.exists()

    def test_a_driver_that_is_missing_is_asked_for_by_its_package(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import sys

        monkeypatch.setitem(sys.modules, "pymysql", None)
        with pytest.raises(SourceError, match=r"needs the package pymysql.*pip install"):
            sources.look(Source(name="x", place=SqlSource(url="mysql://a@127.0.0.1:1/d", table="d")))

    @pytest.mark.parametrize("scheme", ["postgresql", "mysql", "mssql"])
    def test_a_server_that_is_not_there_is_one_sentence(self, scheme: str) -> None:
        place = SqlSource(url=f"{scheme}://a:${{PW}}@127.0.0.1:1/d", table="d")
        with pytest.raises(SourceError) as caught:
            sources.look(Source(name="x", place=place), {"PW": "hunter2"}.get)
        assert caught.value.code in ("source_unreachable", "source_refused")
        assert "hunter2" not in caught.value.sentence().en


class Exports(BaseHTTPRequestHandler):
    """A web server with one export, a secret one, and a few traps."""

    asked: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Authorization")))
        if self.path.startswith("/private") and self.headers.get("Authorization") != "Bearer hunter2":
            self.send_error(403)
        elif self.path == "/leave":
            self.send_response(302)
            self.send_header("Location", "http://example.com/x.csv")
            self.end_headers()
        elif self.path == "/missing":
            self.send_error(404)
        else:
            body = f"{HEADER}\n{D1}\n".encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body) + (100 if self.path == "/cut" else 0)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class TestWeb:
    @pytest.fixture
    def server(self) -> Iterator[str]:
        Exports.asked.clear()
        server = ThreadingHTTPServer(("127.0.0.1", 0), Exports)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()

    def test_an_address_is_loaded(self, workspace: Workspace, server: str) -> None:
        sources.refresh(workspace, saved(workspace, HttpSource(url=f"{server}/d.csv")))
        assert amounts(workspace) == {"d1": 1000}

    def test_a_token_is_sent_and_never_said(self, workspace: Workspace, server: str) -> None:
        source = saved(workspace, HttpSource(url=f"{server}/private", authorization="Bearer ${TOKEN}"))
        sources.refresh(workspace, source, lookup={"TOKEN": "hunter2"}.get)
        assert Exports.asked == [("/private", "Bearer hunter2")]
        with pytest.raises(SourceError, match=r"access is refused \(403\)") as caught:
            sources.refresh(workspace, source, lookup={"TOKEN": "hunter3"}.get)
        assert "hunter" not in caught.value.sentence().en

    @pytest.mark.parametrize(
        ("path", "says"),
        [("/missing", "404"), ("/leave", "not encrypted"), ("/cut", "cut off")],
    )
    def test_what_goes_wrong_is_said(self, workspace: Workspace, server: str, path: str, says: str) -> None:
        with pytest.raises(SourceError, match=says):
            sources.refresh(workspace, saved(workspace, HttpSource(url=f"{server}{path}")))
        assert workspace.imports().empty

    def test_too_much_is_refused(self, server: str, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="larger than"):
            web.download(HttpSource(url=f"{server}/d.csv"), tmp_path / "x", {}.get, most=10)

    def test_an_object_of_a_store_is_asked_for_by_path_and_signed(self, workspace: Workspace, server: str) -> None:
        source = saved(workspace, S3Source(bucket="b", key="a/d 1.csv", endpoint=server))
        sources.refresh(workspace, source, lookup={"AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "hunter2"}.get)
        ((path, authorization),) = Exports.asked
        assert path == "/b/a/d%201.csv"
        assert authorization is not None
        assert authorization.startswith("AWS4-HMAC-SHA256 Credential=AK/")
        assert "hunter2" not in authorization


class TestAgreement:
    def test_a_source_that_came_with_the_file_is_not_read(self, workspace: Workspace, tmp_path: Path) -> None:
        source = Source(name="CRM", place=FileSource(path=str(write(tmp_path / "d.csv", D1))), every=1)
        workspace.save_source(source.name, to_json(source))  # as a colleague's program wrote it
        with pytest.raises(SourceError, match="nobody on this machine agreed"):
            sources.refresh(workspace, source)
        assert workspace.imports().empty
        sources.trust(source)
        assert sources.refresh(workspace, source)[0].changed


class TestRemoval:
    def test_the_data_stay(self, workspace: Workspace, tmp_path: Path) -> None:
        source = saved(workspace, FileSource(path=str(write(tmp_path / "d.csv", D1))))
        sources.refresh(workspace, source)
        workspace.remove_source("CRM")
        assert sources.saved(workspace) == []
        assert workspace.refreshes().empty
        assert amounts(workspace) == {"d1": 1000}
        with pytest.raises(SourceError, match="There is no source “CRM”"):
            sources.find(workspace, "CRM")

    def test_a_workspace_that_never_had_one_says_so(self, workspace: Workspace) -> None:
        assert (workspace.sources(), workspace.last_refreshes(), len(workspace.refreshes())) == ({}, {}, 0)
        workspace.remove_source("CRM")


class TestSchedule:
    """A clock that the test sets, and a thread that looks at it often."""

    def wait(self, workspace: Workspace, lines: int) -> None:
        end = time.monotonic() + 20
        while len(workspace.refreshes()) < lines:
            assert time.monotonic() < end, "no refresh on time"
            time.sleep(0.02)

    def test_what_is_due_is_refreshed_and_a_failure_stops_nothing(self, workspace: Workspace, tmp_path: Path) -> None:
        path = tmp_path / "d.csv"
        saved(workspace, FileSource(path=str(path)), every=10)
        now = [NOON]
        scheduler = Scheduler(clock=lambda: now[0], tick=0.02)
        scheduler.watch(workspace.path)
        try:
            self.wait(workspace, 1)
            assert workspace.last_refreshes()["CRM"].error is not None
            write(path, D1)
            now[0] = NOON + dt.timedelta(minutes=9)
            time.sleep(0.3)
            assert len(workspace.refreshes()) == 1, "not before its time"
            now[0] = NOON + dt.timedelta(minutes=10)
            self.wait(workspace, 2)
        finally:
            scheduler.stop()
        assert amounts(workspace) == {"d1": 1000}
        assert not scheduler.running

    def test_one_without_a_schedule_waits_for_a_person(self, workspace: Workspace, tmp_path: Path) -> None:
        saved(workspace, FileSource(path=str(write(tmp_path / "d.csv", D1))))
        scheduler = Scheduler(clock=lambda: NOON, tick=0.02)
        scheduler.watch(workspace.path)
        time.sleep(0.3)
        scheduler.stop()
        assert workspace.refreshes().empty

    def test_a_workspace_that_is_closed_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "closed.duckdb"
        with Workspace.open(path) as opened:
            saved(opened, FileSource(path=str(write(tmp_path / "d.csv", D1))), every=1)
        scheduler = Scheduler(clock=lambda: NOON, tick=0.02)
        scheduler.watch(path)
        time.sleep(0.3)
        scheduler.stop()
        with Workspace.open(path) as opened:
            assert opened.refreshes().empty

    def test_refreshes_of_a_workspace_run_one_at_a_time(self, workspace: Workspace, tmp_path: Path) -> None:
        source = saved(workspace, FileSource(path=str(write(tmp_path / "d.csv", D1))))
        found: list[bool | RevOpsError] = []
        threads = [
            threading.Thread(target=lambda: found.append(sources.refresh(workspace, source)[0].changed))
            for _ in range(3)
        ]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert sorted(found) == [False, False, True]
        assert len(workspace.imports()) == 1
