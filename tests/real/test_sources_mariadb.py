"""Sources on a real MariaDB server, read as MySQL: types and texts arrive whole, and nothing is ever given away."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import duckdb
import pytest

from revops import sources
from revops.errors import RevOpsError
from revops.sources import Source, SourceError, SqlSource, database
from revops.workspace import Workspace
from tests import mariadb

NAME = "MY_TEST_PASSWORD"
DEALS = """
DROP TABLE IF EXISTS deals;
CREATE TABLE deals (deal_id varchar(20) PRIMARY KEY, account_name varchar(80), stage varchar(20),
                    amount decimal(12,2), create_date datetime, close_date date, is_key tinyint(1), notes text);
INSERT INTO deals VALUES
  ('d1', 'ООО «Ромашка» 🌼', 'Closed Won',  1000.50, '2026-01-05 10:00:00', '2026-02-01', 1, ''),
  ('d2', 'Bo, "Ltd"',        'Closed Lost',  500.00, '2026-01-07 00:00:00', '2026-03-01', 0, NULL),
  ('d3', 'Total',            'Proposal',     900.00, '2026-03-01 09:30:00', NULL,         0, 'x\\ny');
"""
TYPES = """
DROP TABLE IF EXISTS kinds;
CREATE TABLE kinds (id int, price decimal(10,3), day date, at datetime, seen timestamp NULL, flag tinyint(1),
                    bits bit(1), name varchar(50), about json, big bigint unsigned, part double, raw varbinary(4));
SET time_zone = '+03:00';
INSERT INTO kinds VALUES
  (1, 1.200, '2026-01-05', '2026-01-05 10:00:00', '2026-01-05 10:00:00', 1, b'1', 'Ёлка 🎄', '{"a": 1}',
   18446744073709551615, 0.1, x'01ff'),
  (2, NULL, '0000-00-00', '0000-00-00 00:00:00', NULL, 0, b'0', '', NULL, 0, 3, NULL),
  (3, -2.500, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
"""


@pytest.fixture(scope="module")
def server() -> Iterator[mariadb.Server]:
    with mariadb.running() as started:
        yield started


@pytest.fixture
def crm(server: mariadb.Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> mariadb.Server:
    """The server with the three deals, and the reader's password in the environment."""
    monkeypatch.setenv(NAME, mariadb.PASSWORD)
    monkeypatch.setenv("REVOPS_HOME", str(tmp_path / "home"))
    server.run(DEALS)
    return server


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open(tmp_path / "w.duckdb") as opened:
        yield opened


def url(server: mariadb.Server, base: str = "crm") -> str:
    return f"mysql://{mariadb.USER}:${{{NAME}}}@127.0.0.1:{server.port}/{base}"


def table(server: mariadb.Server, name: str = "deals") -> Source:
    return Source(name="Shop", place=SqlSource(url=url(server), table=name))


def asked(server: mariadb.Server, query: str) -> Source:
    return Source(name="Asked", place=SqlSource(url=url(server), query=query))


def told(workspace: Workspace, sql: str) -> list[tuple[object, ...]]:
    cursor = workspace.cursor()
    try:
        return cursor.execute(sql).fetchall()
    finally:
        cursor.close()


class TestRefresh:
    def test_a_table_becomes_deals_with_their_texts_and_figures(
        self, crm: mariadb.Server, workspace: Workspace
    ) -> None:
        sources.save(workspace, table(crm))
        done, _ = sources.refresh(workspace, table(crm))
        assert (done.rows, done.rejected, done.changed) == (3, 0, True)
        assert told(workspace, "SELECT name FROM accounts ORDER BY 1") == [
            ('Bo, "Ltd"',), ("Total",), ("ООО «Ромашка» 🌼",)
        ]  # fmt: skip
        deals = (
            "SELECT opportunity_id, CAST(amount AS DOUBLE), CAST(created_at AS VARCHAR) FROM opportunities ORDER BY 1"
        )
        assert told(workspace, deals) == [
            ("d1", 1000.5, "2026-01-05 10:00:00"),
            ("d2", 500.0, "2026-01-07 00:00:00"),
            ("d3", 900.0, "2026-03-01 09:30:00"),
        ]

    def test_only_a_change_is_loaded(self, crm: mariadb.Server, workspace: Workspace) -> None:
        sources.save(workspace, table(crm))
        sources.refresh(workspace, table(crm))
        before = workspace.fingerprint
        crm.run("ALTER TABLE deals ORDER BY deal_id DESC; OPTIMIZE TABLE deals;")
        assert not sources.refresh(workspace, table(crm))[0].changed
        assert workspace.fingerprint == before
        crm.run("UPDATE deals SET amount = 7 WHERE deal_id = 'd1'; DELETE FROM deals WHERE deal_id = 'd2';")
        done, _ = sources.refresh(workspace, table(crm))
        assert (done.changed, done.gone) == (True, 1)
        assert told(workspace, "SELECT amount FROM opportunities WHERE opportunity_id = 'd1'") == [(7,)]

    def test_null_made_of_the_empty_text_is_a_change(self, crm: mariadb.Server, workspace: Workspace) -> None:
        sources.save(workspace, table(crm))
        sources.refresh(workspace, table(crm))
        crm.run("UPDATE deals SET notes = NULL WHERE deal_id = 'd1'")
        assert sources.refresh(workspace, table(crm))[0].changed


def test_types_arrive_as_the_database_has_them(crm: mariadb.Server, tmp_path: Path) -> None:
    crm.run(TYPES)
    file = tmp_path / "kinds"
    assert database.export(SqlSource(url=url(crm), table="kinds"), file, sources.from_environment) == 3
    found = duckdb.connect().sql(f"SELECT * FROM read_parquet('{file}')")
    assert [str(t) for t in found.types] == [
        "BIGINT", "DECIMAL(4,3)", "DATE", "TIMESTAMP", "TIMESTAMP", "BIGINT", "BIGINT", "VARCHAR", "VARCHAR",
        "DECIMAL(20,0)", "DOUBLE", "VARCHAR",
    ]  # fmt: skip
    first, second, third = [tuple(None if v is None else str(v) for v in row) for row in found.fetchall()]
    assert first == (
        "1", "1.200", "2026-01-05", "2026-01-05 10:00:00", "2026-01-05 07:00:00", "1", "1", "Ёлка 🎄", '{"a": 1}',
        "18446744073709551615", "0.1", "01ff",
    )  # fmt: skip
    assert second == ("2", None, None, None, None, "0", "0", "", None, "0", "3.0", None), (
        "'' is not NULL; 0000 is no day"
    )
    assert third == ("3", "-2.500", *(None,) * 10)


def test_a_look_at_a_long_table_does_not_read_it_all(crm: mariadb.Server, recwarn: pytest.WarningsRecorder) -> None:
    crm.run("CREATE TABLE IF NOT EXISTS long_one AS SELECT seq AS id, repeat('x', 200) AS t FROM seq_1_to_300000")
    sent = "SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'BYTES_SENT'"
    before = int(crm.run(sent))
    for source in (table(crm, "long_one"), asked(crm, "SELECT * FROM long_one")):
        assert len(sources.look(source).rows) == 5
    assert int(crm.run(sent)) - before < 1_000_000, "of sixty million"
    assert not [w for w in recwarn if "incomplete" in str(w.message)]


class TestRefusals:
    def test_a_function_that_writes_fails_in_the_read_only_transaction(self, crm: mariadb.Server) -> None:
        crm.run(
            "DELIMITER //\nCREATE OR REPLACE FUNCTION wipe() RETURNS int MODIFIES SQL DATA\n"
            "BEGIN DELETE FROM deals; RETURN 1; END //\n"
        )
        with pytest.raises(SourceError, match="READ ONLY transaction") as caught:
            sources.look(asked(crm, "SELECT wipe()"))
        assert caught.value.code == "source_query"
        assert crm.run("SELECT count(*) FROM deals") == "3"

    def test_what_is_not_there_is_said(self, crm: mariadb.Server) -> None:
        with pytest.raises(SourceError, match=r"no table “deal”.*Did you mean: deals"):
            sources.look(table(crm, "deal"))
        with pytest.raises(SourceError, match=r"cannot run this.*Unknown column"):
            sources.look(asked(crm, "SELECT nothing FROM deals"))

    def test_an_option_that_the_driver_does_not_have_is_one_sentence(self, crm: mariadb.Server) -> None:
        place = SqlSource(url=f"{url(crm)}?nonsense=1", table="deals")
        with pytest.raises(SourceError, match="no address of a database"):
            sources.look(Source(name="x", place=place))

    def test_the_server_cannot_ask_for_a_file_of_this_machine(self, crm: mariadb.Server) -> None:
        """Even where the address, which may come with a workspace, would allow it."""
        options = dict(database._options(database.DIALECTS["mysql"]))
        assert options["local_infile"] is False
        assert (
            len(sources.look(Source(name="x", place=SqlSource(url=f"{url(crm)}?local_infile=1", table="deals"))).rows)
            == 3
        )


class TestSecrets:
    def test_a_wrong_password_is_one_sentence(
        self, crm: mariadb.Server, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sources.save(workspace, table(crm))
        monkeypatch.setenv(NAME, "not the password")
        with pytest.raises(SourceError) as caught:
            sources.refresh(workspace, table(crm))
        assert caught.value.code == "source_refused"
        assert "not the password" not in caught.value.sentence().en + caught.value.sentence().ru

    def test_the_password_is_nowhere(
        self, crm: mariadb.Server, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        caplog.set_level(logging.DEBUG)
        wrong, said = "wr0ng/p@ss word%", []
        with Workspace.open(tmp_path / "secret.duckdb") as workspace:
            sources.save(workspace, table(crm))
            sources.refresh(workspace, table(crm))
            crm.run("UPDATE deals SET amount = 8 WHERE deal_id = 'd1'")
            sources.refresh(workspace, table(crm))
            for value, source in ((wrong, table(crm)), (mariadb.PASSWORD, table(crm, "nowhere"))):
                monkeypatch.setenv(NAME, value)
                with pytest.raises(RevOpsError) as caught:
                    sources.refresh(workspace, source)
                error = caught.value
                said += [repr(error), error.sentence().ru, repr(error.__cause__)]
            said += [workspace.imports().to_string(), workspace.refreshes().to_string()]
        files = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
        assert NAME.encode() in files, "the secret's name is kept"
        for secret in (mariadb.PASSWORD, wrong):
            for spelled in (secret, quote(secret, safe="")):
                assert spelled.encode() not in files
                assert spelled not in caplog.text
                assert spelled not in "\n".join(said)


def resident() -> int:
    """MB of this process's memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 >> 20


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows(crm: mariadb.Server, tmp_path: Path) -> None:
    crm.run("CREATE TABLE IF NOT EXISTS big AS SELECT seq AS id, repeat('x', 400) AS t FROM seq_1_to_400000")
    place = SqlSource(url=url(crm), table="big")
    database.export(place, tmp_path / "warm", sources.from_environment, most=5)
    before, peak, done = resident(), [0], threading.Event()

    def watch() -> None:
        while not done.is_set():
            peak[0] = max(peak[0], resident())
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        assert database.export(place, tmp_path / "big", sources.from_environment) == 400_000
    finally:
        done.set()
        watcher.join()
    assert peak[0] - before < 330, "the rows alone are 160 MB, and four times that as objects"
