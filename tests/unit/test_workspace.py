"""The store: loads merge by key, can be repeated and undone, and everything is kept in one file."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from revops.errors import BadParameter, WorkspaceError
from revops.ingest.mapping_json import from_json
from revops.ingest.types import StagedLoad
from revops.ingest.watch import Progress
from revops.workspace import Settings, Workspace, asked_path, data_home, workspace_names, workspace_path
from tests.unit.workspace_tables import Row, everything, moment, staged, table


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open(tmp_path / "acme.duckdb") as workspace:
        yield workspace


ACCOUNTS = [
    {"account_id": "A1", "name": "Acme", "segment": "SMB"},
    {"account_id": "A2", "name": "Bolt", "segment": None},
]


def accounts(ws: Workspace) -> list[tuple[object, ...]]:
    return table(ws, "SELECT account_id, name, segment, region FROM accounts ORDER BY account_id")


# --- merging -------------------------------------------------------------------------------------------------


def test_a_first_load_is_there_row_by_row(ws: Workspace) -> None:
    report = ws.load(staged("crm.csv", rows={"accounts": ACCOUNTS}))
    assert accounts(ws) == [("A1", "Acme", "SMB", None), ("A2", "Bolt", None, None)]
    assert (report.import_id, report.already_loaded, report.accepted, report.rejected) == (1, False, 2, 0)
    assert [(e.entity, e.added, e.changed) for e in report.entities] == [("accounts", 2, 0)]
    assert ws.counts()["accounts"] == 2
    assert table(ws, "SELECT _import_id, _row, _key FROM accounts ORDER BY _row") == [(1, 1, "a1"), (1, 2, "a2")]


def test_a_newer_export_updates_what_it_maps_and_leaves_the_rest(ws: Workspace) -> None:
    ws.load(staged("old.csv", rows={"accounts": ACCOUNTS}))
    report = ws.load(staged("new.csv", rows={"accounts": [{"account_id": "a1", "segment": None, "region": "EU"}]}))
    assert accounts(ws) == [("A2", "Bolt", None, None), ("a1", "Acme", None, "EU")]
    assert [(e.added, e.changed) for e in report.entities] == [(0, 1)]


def test_a_mention_fills_gaps_and_never_overrides_rows(ws: Workspace) -> None:
    ws.load(staged("crm.csv", rows={"accounts": ACCOUNTS}))
    mention = {
        "accounts": [{"account_id": "A1", "segment": "Big", "region": "EU"}, {"account_id": "A9", "segment": "X"}]
    }
    ws.load(staged("deals.csv", rows=mention, mentions=["accounts"]))
    assert accounts(ws) == [("A1", "Acme", "SMB", "EU"), ("A2", "Bolt", None, None), ("A9", None, "X", None)]


def test_own_columns_are_merged_key_by_key(ws: Workspace) -> None:
    ws.load(staged("a.csv", rows={"accounts": [{"account_id": "A", "extra": {"Contract": "year", "Team": "x"}}]}))
    ws.load(staged("b.csv", rows={"accounts": [{"account_id": "A", "extra": {"Contract": "month"}}]}))
    assert table(ws, "SELECT extra->>'Contract', extra->>'Team' FROM accounts") == [("month", "x")]


def test_amounts_are_exact(ws: Workspace) -> None:
    ws.load(
        staged(
            rows={
                "invoices": [
                    {"invoice_id": "I", "account_id": "A", "amount": Decimal("0.1"), "issued_at": moment("2024-01-01")}
                ]
                * 1
            }
        )
    )
    assert table(ws, "SELECT amount FROM invoices") == [(Decimal("0.100000"),)]


def test_the_same_file_again_changes_nothing(ws: Workspace) -> None:
    first = ws.load(staged("a.csv", rows={"accounts": ACCOUNTS}))
    before, fingerprint = everything(ws), ws.fingerprint
    again = ws.load(staged("renamed.csv", content="a.csv", rows={"accounts": ACCOUNTS}))
    assert (again.already_loaded, again.import_id) == (True, first.import_id)
    assert (everything(ws), ws.fingerprint, len(ws.imports())) == (before, fingerprint, 1)


def test_the_same_file_read_otherwise_replaces_its_import_in_its_place(ws: Workspace) -> None:
    ws.load(staged("a.csv", rows={"accounts": ACCOUNTS}))
    ws.load(staged("b.csv", rows={"accounts": [{"account_id": "A1", "name": "Acme GmbH"}]}))
    report = ws.load(
        staged("a.csv", reading="other", rows={"accounts": [{"account_id": "A1", "name": "Old", "region": "EU"}]})
    )
    assert (report.replaced, report.import_id) == (True, 1)
    assert accounts(ws) == [("A1", "Acme GmbH", None, "EU")]
    assert len(ws.imports()) == 2


def test_two_sheets_of_a_file_are_two_imports(ws: Workspace) -> None:
    ws.load_many([staged("x.xlsx", sheet=s, rows={"accounts": [{"account_id": s}]}) for s in ("one", "two")])
    assert [a for a, *_ in accounts(ws)] == ["one", "two"]
    assert list(ws.imports().sheet) == ["one", "two"]


def test_load_many_is_all_or_nothing(ws: Workspace) -> None:
    good = staged("a.csv", rows={"accounts": ACCOUNTS})
    broken = staged("b.csv", rows={"accounts": [{"account_id": "X"}, {"account_id": "x"}]})  # one key twice
    with pytest.raises(ValueError, match="a key of its own"):
        ws.load_many([good, broken])
    assert ws.counts()["accounts"] == 0
    assert ws.imports().empty
    assert ws.load(good).import_id == 1


# --- undo ----------------------------------------------------------------------------------------------------


def test_undo_in_any_order_restores_exactly(ws: Workspace) -> None:
    loads = {
        1: staged("a.csv", rows={"accounts": ACCOUNTS}),
        2: staged("b.csv", rows={"accounts": [{"account_id": "A1", "segment": "Mid"}]}),
        3: staged("c.csv", rows={"accounts": [{"account_id": "A1", "region": "EU"}, {"account_id": "A3"}]}),
    }
    states = {}
    for number, load in loads.items():
        ws.load(load)
        states[number] = (everything(ws), ws.fingerprint)
    ws.undo(2)
    assert accounts(ws) == [("A1", "Acme", "SMB", "EU"), ("A2", "Bolt", None, None), ("A3", None, None, None)]
    ws.undo(3)
    assert (everything(ws), ws.fingerprint) == states[1]
    assert list(ws.imports().active) == [True, False, False]
    ws.undo(1)
    assert set(ws.counts().values()) == {0}
    assert (ws.as_of(), ws.filled()) == (None, {})


def test_undoing_what_is_not_there_is_refused(ws: Workspace) -> None:
    ws.load(staged(rows={"accounts": ACCOUNTS}))
    ws.undo(1)
    for number in (1, 7):
        with pytest.raises(WorkspaceError, match=f"no import {number}"):
            ws.undo(number)


def test_an_undone_file_can_be_loaded_again(ws: Workspace) -> None:
    ws.load(staged("a.csv", rows={"accounts": ACCOUNTS}))
    ws.undo(1)
    assert not ws.load(staged("a.csv", rows={"accounts": ACCOUNTS})).already_loaded
    assert len(accounts(ws)) == 2


# --- the log -------------------------------------------------------------------------------------------------


def test_the_log_tells_what_was_loaded(ws: Workspace) -> None:
    load = staged("crm.csv", rows={"accounts": ACCOUNTS}, raw=[("a",), ("b",), ("c",)])
    ws.load(load, loaded_at=moment("2024-05-01 10:00"))
    (row,) = ws.imports().to_dict("records")
    assert (row["file"], row["rows"], row["accepted"], row["rejected"], row["active"]) == ("crm.csv", 3, 2, 0, True)
    assert row["loaded_at"] == moment("2024-05-01 10:00")
    assert list(row["entities"]) == ["accounts"]
    assert from_json(row["mapping"]) == load.mapping


def test_rejected_rows_come_back_with_reason_and_original_cells(ws: Workspace) -> None:
    raw = [("A1", "1 jan"), ("A2", "32 jan"), ("", "x")]
    problems = [
        (2, "created_at", "unreadable_date", "32 jan"),
        (3, "account_id", "missing_required", None),
        (3, "created_at", "unreadable_date", "x"),
    ]
    ws.load(staged(rows={"accounts": ACCOUNTS[:1]}, raw=raw, columns=("Id", "When"), rejected=problems))
    found = ws.rejected(1)
    assert found.columns.tolist() == ["_row", "_entity", "_reason", "Id", "When"]
    assert found.astype(str).to_numpy().tolist() == [
        ["2", "accounts", "Account created on: created_at is bad (32 jan)", "A2", "32 jan"],
        ["3", "accounts", "Account ID: account_id is bad; Account created on: created_at is bad (x)", "", "x"],
    ]
    assert ws.rejected(1, "ru")._reason[0] == "Дата создания: created_at плохо (32 jan)"


def test_rows_are_kept_as_uploaded(ws: Workspace) -> None:
    ws.load(staged(rows={"accounts": ACCOUNTS}, raw=[(" a ", None), ("1,5", "é")], columns=('we"ird', "Select")))
    assert ws.raw_rows(1).iloc[0].tolist()[:2] == [1, " a "]
    assert ws.raw_rows(1, [2]).to_numpy().tolist() == [[2, "1,5", "é"]]
    with pytest.raises(WorkspaceError, match="no import 5"):
        ws.raw_rows(5)


def test_headers_lead_to_the_fields_they_filled(ws: Workspace) -> None:
    ws.load(staged("a.csv", rows={"accounts": ACCOUNTS}, extra=["Regional Office"]))
    found = ws.source_headers()
    assert found["accounts", "account_id"] == ("Account Id",)
    assert found["accounts", "extra.Regional Office"] == ("Regional Office",)


def test_filled_names_fields_with_a_value(ws: Workspace) -> None:
    row = {"account_id": "A", "segment": None, "extra": {"Contract / type": "x"}}
    ws.load(staged(rows={"accounts": [row]}, extra=["Contract / type", "Empty"]))
    assert ws.filled() == {"accounts": frozenset({"account_id", "extra.Contract / type"})}


# --- fingerprint, settings, mappings ---------------------------------------------------------------------------


def test_the_fingerprint_follows_every_change_and_equal_histories_agree(tmp_path: Path) -> None:
    def run(path: Path) -> list[str]:
        seen = []
        with Workspace.open(path) as ws:
            seen.append(ws.fingerprint)
            ws.load(staged("a.csv", rows={"opportunities": [{"opportunity_id": "1", "stage": "Demo", "source": "x"}]}))
            seen.append(ws.fingerprint)
            ws.settings = Settings(currency="EUR")
            seen.append(ws.fingerprint)
            ws.set_stages(ws.stages().assign(meaning="won"))
            seen.append(ws.fingerprint)
            ws.set_channels(ws.channels().assign(channel="event"))
            seen.append(ws.fingerprint)
        return seen

    one, other = run(tmp_path / "one.duckdb"), run(tmp_path / "other.duckdb")
    assert one == other
    assert len(set(one)) == 5


def test_settings_are_kept_in_the_file(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "a.duckdb") as ws:
        assert ws.settings == Settings(currency="USD", fiscal_year_start=1, week_start=1, gross_margin=None)
        ws.settings = Settings(currency="RUB", gross_margin=0.8)
    with Workspace.open(tmp_path / "a.duckdb") as ws:
        assert ws.settings == Settings(currency="RUB", gross_margin=0.8)


@pytest.mark.parametrize(
    "bad", [{"currency": "euro"}, {"fiscal_year_start": 13}, {"week_start": 0}, {"gross_margin": 80}]
)
def test_impossible_settings_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(BadParameter):
        Settings(**bad)  # type: ignore[arg-type]


def test_a_mapping_is_found_again_by_the_headers(ws: Workspace) -> None:
    ws.save_mapping(["a", "b"], "{1}")
    ws.save_mapping(["a", "b"], "{2}")
    assert (ws.mapping_for(("a", "b")), ws.mapping_for(("b", "a"))) == ("{2}", None)


# --- derived tables -------------------------------------------------------------------------------------------


def test_a_derived_table_is_built_again_only_when_its_inputs_change(ws: Workspace) -> None:
    def built() -> list[tuple[object, ...]]:
        ws.derived("marks", "SELECT count(*) AS n, random() AS mark FROM accounts", ["accounts"])
        return table(ws, "SELECT n, mark FROM derived.marks")

    first = built()
    assert built() == first
    ws.load(staged("people.csv", rows={"people": [{"person": "Ann"}]}))  # another entity, no owner to settle
    assert built() == first
    ws.load(staged("crm.csv", rows={"accounts": ACCOUNTS}))
    assert built()[0][0] == 2
    ws.undo(2)
    assert built()[0][0] == 0


def test_a_derived_table_follows_the_derived_table_it_reads(ws: Workspace) -> None:
    for number in (1, 2):
        ws.derived("first", f"SELECT {number} AS n", [])
        ws.derived("second", 'SELECT n * 10 AS n FROM "derived"."first"', [])
        assert table(ws, "SELECT n FROM derived.second") == [(number * 10,)]


def test_threads_that_want_the_same_derived_table_build_it_once(ws: Workspace) -> None:
    seen, errors = [], []

    def work() -> None:
        try:
            ws.derived("marks", "SELECT random() AS mark", ["accounts"])
            seen.append(table(ws, "SELECT mark FROM derived.marks")[0])
        except duckdb.Error as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not errors
    assert len(set(seen)) == 1


# --- opening ---------------------------------------------------------------------------------------------------


def test_two_uses_of_a_file_share_it(tmp_path: Path) -> None:
    one, two = Workspace.open(tmp_path / "a.duckdb"), Workspace.open(tmp_path / "a.duckdb")
    one.load(staged(rows={"accounts": ACCOUNTS}))
    one.close()
    assert two.counts()["accounts"] == 2
    with pytest.raises(WorkspaceError, match="closed"):
        one.cursor()
    two.close()


def test_a_missing_workspace_is_not_made_unasked(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="no workspace “x”"):
        Workspace.open(tmp_path / "x.duckdb", create=False)
    assert not (tmp_path / "x.duckdb").exists()


def test_other_files_are_no_workspaces(tmp_path: Path) -> None:
    (tmp_path / "text.duckdb").write_text("hello " * 1000)
    foreign = duckdb.connect(str(tmp_path / "db.duckdb"))
    foreign.execute("CREATE TABLE t (x INT)")
    foreign.close()
    for name in ("text", "db"):
        with pytest.raises(WorkspaceError, match=f"“{name}” is not a workspace"):
            Workspace.open(tmp_path / f"{name}.duckdb")


@pytest.mark.parametrize(("version", "code"), [("4", "workspace_newer"), ("1", "workspace_older")])
def test_another_format_is_refused_clearly(tmp_path: Path, version: str, code: str) -> None:
    with Workspace.open(tmp_path / "a.duckdb") as ws:
        table(ws, f"UPDATE log.state SET value = '{version}' WHERE key = 'schema_version'")
    with pytest.raises(WorkspaceError) as caught:
        Workspace.open(tmp_path / "a.duckdb")
    assert caught.value.code == code


def test_a_file_held_by_another_process_says_which(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    script = f"import duckdb; c = duckdb.connect({str(path)!r}); print('held', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(WorkspaceError, match=f"process {holder.pid}") as caught:
            Workspace.open(path)
        assert caught.value.code == "workspace_locked"
        holder.stdin.write("\n")


def test_the_connection_reads_no_files_and_takes_no_settings(ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a\n1\n")
    for sql in (
        f"SELECT * FROM read_csv('{tmp_path}/x.csv')",
        f"COPY accounts TO '{tmp_path}/y.csv'",
        f"ATTACH '{tmp_path}/z.duckdb'",
        "SET enable_external_access = true",
        "SET threads = 1",
        "INSTALL excel",
    ):
        with pytest.raises(duckdb.Error):
            table(ws, sql)
    assert table(ws, "SELECT current_setting('TimeZone')") in ([("UTC",)], [("Etc/UTC",)])


def test_readers_see_whole_loads_only(ws: Workspace) -> None:
    reader = ws.cursor()
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM accounts").fetchall() == [(0,)]
    ws.load(staged(rows={"accounts": ACCOUNTS}))
    assert reader.execute("SELECT count(*) FROM accounts").fetchall() == [(0,)]
    reader.execute("COMMIT")
    assert reader.execute("SELECT count(*) FROM accounts").fetchall() == [(2,)]
    reader.close()


def test_loads_from_several_threads_wait_for_each_other(ws: Workspace) -> None:
    loads = [
        staged(f"{i}.csv", rows={"accounts": [{"account_id": f"A{i}"}, {"account_id": "both", "name": str(i)}]})
        for i in range(6)
    ]
    threads = [threading.Thread(target=ws.load, args=(load,)) for load in loads]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert ws.counts()["accounts"] == 7
    assert sorted(ws.imports().import_id) == [1, 2, 3, 4, 5, 6]


# --- home ------------------------------------------------------------------------------------------------------


def test_workspaces_live_in_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVOPS_HOME", str(tmp_path))
    assert data_home() == tmp_path
    assert workspace_names() == []
    for name in ("Acme Corp", "Ромашка"):
        Workspace.open(workspace_path(name)).close()
    assert workspace_names() == ["Acme Corp", "Ромашка"]


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a\\b", ".hidden", "x" * 90, "a\n"])
def test_names_that_could_leave_the_folder_are_refused(name: str) -> None:
    with pytest.raises(WorkspaceError):
        workspace_path(name)


ASKED = [  # what a person says -> the file, of the data folder "home" or of the current folder
    ("demo", "home/workspaces/demo.duckdb"),
    ("acme", "home/workspaces/acme.duckdb"),
    ("Acme 2.0", "home/workspaces/Acme 2.0.duckdb"),
    ("acme.duckdb", "acme.duckdb"),
    ("ACME.DuckDB", "ACME.DuckDB"),
    ("./acme", "acme"),
    ("clients/acme", "clients/acme"),
    ("clients/acme.duckdb", "clients/acme.duckdb"),
]


@pytest.mark.parametrize(("asked", "file"), ASKED)
def test_a_bare_name_is_a_workspace_and_a_path_a_file(
    asked: str, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVOPS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert asked_path(asked) == tmp_path / file


@pytest.mark.parametrize("asked", [".", "..", "~", ".acme", "a\nb"])
def test_neither_a_name_nor_a_path_is_refused(asked: str) -> None:
    with pytest.raises(WorkspaceError):
        asked_path(asked)


def test_as_of_of_a_snapshot_is_what_its_mapping_says(ws: Workspace) -> None:
    ws.load(staged(rows={"accounts": ACCOUNTS}, as_of=dt.date(2024, 3, 31)))
    assert ws.as_of() == dt.date(2024, 3, 31)


# --- progress, stopping ----------------------------------------------------------------------------------------


def large(name: str = "large.csv", rows: int = 400_000) -> StagedLoad:
    load = staged(name, rows={"accounts": [{"account_id": "A0", "name": "x"}]})
    load.raw.staging.execute("DELETE FROM accepted_accounts")
    load.raw.staging.execute(
        f"INSERT INTO accepted_accounts SELECT i, 'a' || i, 'A' || i, 'new ' || i, NULL FROM range({rows}) t(i)"
    )
    one = replace(load.entities[0], accepted_count=rows)
    return replace(load, entities=(one,))


def test_progress_tells_how_many_rows_are_done(ws: Workspace) -> None:
    told: list[Progress] = []
    (report,) = ws.load_many([large()], progress=told.append)
    assert report.accepted == ws.counts()["accounts"] == 400_000
    assert told
    assert threading.current_thread() is threading.main_thread()
    loading = [p for p in told if p.total]
    assert all(p.file == "large.csv" and 0 <= p.done <= p.total == 400_000 for p in loading)
    assert [p.done for p in loading] == sorted(p.done for p in loading)


@pytest.mark.parametrize("asked", [0, 1])
def test_a_stopped_load_leaves_nothing_behind(ws: Workspace, asked: int) -> None:
    ws.load(staged("crm.csv", rows={"accounts": ACCOUNTS}))
    before = (everything(ws), ws.fingerprint, len(ws.imports()))
    answers = iter([False] * asked)
    with pytest.raises(WorkspaceError, match="nothing was loaded") as caught:
        ws.load_many([large(rows=2_000_000)], cancelled=lambda: next(answers, True))  # longer than two looks
    assert caught.value.code == "cancelled"
    assert (everything(ws), ws.fingerprint, len(ws.imports())) == before
    assert table(ws, "SELECT DISTINCT import_id FROM raw.pieces") == [(1,)]
    assert ws.load(large()).accepted == 400_000  # and it can be loaded after all


def test_an_interrupt_from_the_keyboard_leaves_nothing_behind(ws: Workspace) -> None:
    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ws.load_many([large()], progress=interrupt)
    assert ws.imports().empty
    assert ws.counts()["accounts"] == 0
    assert ws.load(large()).import_id == 1


# --- what is stored ---------------------------------------------------------------------------------------------


def test_every_accepted_row_is_a_version_and_only_shared_keys_are_stored_twice(ws: Workspace) -> None:
    ws.load(staged("a.csv", rows={"accounts": ACCOUNTS}))
    assert table(ws, "SELECT count(*) FROM shared.accounts") == [(0,)]
    ws.load(staged("b.csv", rows={"accounts": [{"account_id": "A2", "name": "Bolt Ltd"}, {"account_id": "A3"}]}))
    versions = table(ws, "SELECT _key, _import_id, name FROM versions.accounts ORDER BY _key, _rank")
    assert versions == [("a1", 1, "Acme"), ("a2", 1, "Bolt"), ("a2", 2, "Bolt Ltd"), ("a3", 2, None)]
    assert table(ws, "SELECT count(*) FROM shared.accounts") == [(2,)]


def test_a_workspace_of_the_format_before_is_read_and_written_on(tmp_path: Path) -> None:
    """What it settled stands apart from the deals, and is still taken back by an undo."""
    path = tmp_path / "a.duckdb"
    deal = {"opportunity_id": "1", "stage": "Demo", "closed_at": moment("2026-03-31")}
    with Workspace.open(path) as ws:
        ws.load(staged("old.csv", rows={"opportunities": [deal]}))
        before = everything(ws)
        table(ws, "INSERT INTO settled.opportunities (_key, closed_at) VALUES ('1', TIMESTAMP '2026-03-31')")
        table(ws, "ALTER TABLE main.opportunities DROP COLUMN _inferred")
        table(ws, "UPDATE log.state SET value = '2' WHERE key = 'schema_version'")
    with Workspace.open(path, create=False) as ws:
        assert table(ws, "SELECT status, closed_at FROM opportunities") == [("open", None)]
        ws.load(staged("won.csv", rows={"opportunities": [{"opportunity_id": "1", "stage": "Won"}]}))
        assert table(ws, "SELECT status, closed_at FROM opportunities") == [("won", moment("2026-03-31"))]
        ws.undo(2)
        assert everything(ws) == before
        assert table(ws, "FROM settled.opportunities") == []
    with Workspace.open(path, create=False) as ws:
        assert table(ws, "SELECT value FROM log.state WHERE key = 'schema_version'") == [("3",)]


# --- what a load tells of records --------------------------------------------------------------------------------


def counted(ws: Workspace, file: str, rows: list[Row], **more: Any) -> tuple[int, int, int, int]:
    (done,) = ws.load(staged(file, rows={"opportunities": rows}, **more)).entities
    return done.added, done.changed, done.unchanged, done.removed


def test_records_that_come_again_are_changed_only_where_they_say_something_else(ws: Workspace) -> None:
    one, two = {"opportunity_id": "1", "stage": "Demo"}, {"opportunity_id": "2", "stage": "Demo"}
    assert counted(ws, "a.csv", [one, two]) == (2, 0, 0, 0)
    assert counted(ws, "b.csv", [{**one, "stage": "Won"}, two, {**one, "opportunity_id": "3"}]) == (1, 1, 1, 0)
    assert counted(ws, "b.csv", [{**one, "stage": "Won"}, two, {**one, "opportunity_id": "3"}]) == (0, 0, 3, 0)


def test_a_file_read_otherwise_is_compared_with_its_earlier_reading(ws: Workspace) -> None:
    one, two = {"opportunity_id": "1", "stage": "Demo"}, {"opportunity_id": "2", "stage": "Demo"}
    counted(ws, "a.csv", [one, two])
    assert counted(ws, "a.csv", [one, {**two, "stage": "Won"}], reading="otherwise") == (0, 1, 1, 0)
    assert counted(ws, "a.csv", [one], reading="otherwise still") == (0, 0, 1, 1)


def test_own_columns_count_as_what_a_record_says_whatever_their_order(ws: Workspace) -> None:
    one = {"opportunity_id": "1", "stage": "Demo", "extra": {"a": "x", "b": "y"}}
    counted(ws, "a.csv", [one])
    assert counted(ws, "b.csv", [{**one, "extra": {"b": "y", "a": "x"}}]) == (0, 0, 1, 0)
    assert counted(ws, "c.csv", [{**one, "extra": {"b": "z"}}]) == (0, 1, 0, 0)


def test_a_record_of_two_files_of_one_load_is_added_by_the_first(ws: Workspace) -> None:
    deals = [{"opportunity_id": n, "stage": "Demo"} for n in "12"]
    loads = [staged("a.csv", rows={"opportunities": deals[:1]}), staged("b.csv", rows={"opportunities": deals})]
    first, second = ws.load_many(loads)
    assert [(r.added, r.changed, r.unchanged) for r in (first, second)] == [(1, 0, 0), (1, 1, 0)]
