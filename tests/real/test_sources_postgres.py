"""Sources on a real PostgreSQL server: what a refresh brings, restates, leaves alone, and never gives away."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import duckdb
import pytest

from revops import sources
from revops.errors import MappingError, RevOpsError
from revops.metrics.core import Period, Query
from revops.metrics.engine import Engine
from revops.sources import Scheduler, Source, SourceError, SqlSource, database
from revops.workspace import Workspace
from tests import postgres

NAME = "CRM_TEST_PASSWORD"
DEALS = """
DROP TABLE IF EXISTS "Deals";
CREATE TABLE "Deals" (deal_id text PRIMARY KEY, account_name text, stage text, amount numeric(12,2),
                      create_date timestamptz, close_date date, notes jsonb);
INSERT INTO "Deals" VALUES
  ('d1', 'Ada, "Inc"',  'Closed Won',  1000.50, '2026-01-05 10:00+02', '2026-02-01', '{"a": 1}'),
  ('d2', E'Bo\\nLtd',   'Closed Lost',  500.00, '2026-01-07 10:00+02', '2026-03-01', NULL),
  ('d3', 'Cy 100%',     'Closed Won',   200.50, '2026-02-01 10:00+02', '2026-02-20', NULL),
  ('d4', 'Total',       'Proposal',     900.00, '2026-03-01 10:00+02', NULL,         NULL);
GRANT SELECT ON "Deals" TO reader;
"""


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    with postgres.running() as started:
        yield started


@pytest.fixture
def crm(server: postgres.Server, monkeypatch: pytest.MonkeyPatch) -> postgres.Server:
    """The server with the four deals, and the reader's password in the environment."""
    monkeypatch.setenv(NAME, postgres.PASSWORD)
    server.run(DEALS)
    return server


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open(tmp_path / "w.duckdb") as opened:
        yield opened


def url(server: postgres.Server) -> str:
    return f"postgresql://{postgres.USER}:${{{NAME}}}@127.0.0.1:{server.port}/postgres"


def deals(server: postgres.Server, every: int | None = None) -> Source:
    return Source(name="CRM deals", place=SqlSource(url=url(server), table="Deals"), every=every)


def asked(server: postgres.Server, query: str) -> Source:
    return Source(name="Asked", place=SqlSource(url=url(server), query=query))


def won(workspace: Workspace) -> float:
    """Revenue won in 2026, as a page would say it."""
    year = Period(dt.date(2026, 1, 1), dt.date(2027, 1, 1))
    query = Query(metric="won_revenue", periods=(year,), as_of=dt.date(2026, 12, 31), where={})
    return float(Engine(workspace).evaluate(query).frame["value"].iloc[0])


def counted(workspace: Workspace) -> int:
    return workspace.counts()["opportunities"]


class TestRefresh:
    def test_a_table_becomes_deals_and_a_kpi(self, crm: postgres.Server, workspace: Workspace) -> None:
        source = deals(crm)
        sources.save(workspace, source)
        done, (report,) = sources.refresh(workspace, source)
        assert (done.rows, done.changed, done.gone, done.error) == (4, True, 0, None)
        assert report.file == "CRM deals"
        assert counted(workspace) == 4
        assert won(workspace) == 1201

    def test_values_arrive_as_the_database_has_them(self, crm: postgres.Server, workspace: Workspace) -> None:
        sources.save(workspace, deals(crm))
        sources.refresh(workspace, deals(crm))
        cursor = workspace.cursor()
        names = cursor.execute("SELECT name FROM accounts ORDER BY 1").fetchall()
        moments = cursor.execute("SELECT DISTINCT created_at FROM opportunities ORDER BY 1").fetchall()
        cursor.close()
        assert names == [('Ada, "Inc"',), ("Bo\nLtd",), ("Cy 100%",), ("Total",)]
        assert str(moments[0][0]) == "2026-01-05 08:00:00", "moments are kept in UTC"

    def test_types_stay_and_null_is_not_the_empty_text(self, crm: postgres.Server, tmp_path: Path) -> None:
        query = (
            "SELECT 1.200::numeric(10,3) AS price, true AS flag, date '2026-01-05' AS day, '' AS blank, NULL::text AS "
            "nothing, timestamptz '2026-01-05 10:00+02' AS seen, 'ёлка' AS word, ARRAY[1, 2] AS list"
        )
        place = SqlSource(url=url(crm), query=query)
        assert database.export(place, tmp_path / "t", sources.from_environment) == 1
        found = duckdb.connect().sql(f"SELECT * REPLACE (epoch(seen) AS seen) FROM read_parquet('{tmp_path / 't'}')")
        eight = dt.datetime(2026, 1, 5, 8, tzinfo=dt.UTC).timestamp()
        assert found.fetchall() == [
            (Decimal("1.200"), True, dt.date(2026, 1, 5), "", None, eight, "ёлка", "[1, 2]")
        ]  # fmt: skip

    def test_what_did_not_change_loads_nothing(self, crm: postgres.Server, workspace: Workspace) -> None:
        sources.save(workspace, deals(crm))
        sources.refresh(workspace, deals(crm))
        before = workspace.fingerprint
        crm.run("""UPDATE "Deals" SET amount = amount WHERE deal_id = 'd1'; VACUUM FULL "Deals";""")  # rows move
        done, reports = sources.refresh(workspace, deals(crm))
        assert (done.rows, done.changed, reports) == (4, False, ())
        assert workspace.fingerprint == before

    def test_changed_rows_restate_the_kpi(self, crm: postgres.Server, workspace: Workspace) -> None:
        sources.save(workspace, deals(crm))
        sources.refresh(workspace, deals(crm))
        before = workspace.fingerprint
        crm.run("""UPDATE "Deals" SET amount = 5000 WHERE deal_id = 'd3'""")
        done, _ = sources.refresh(workspace, deals(crm))
        assert done.changed
        assert won(workspace) == 6000.50
        assert counted(workspace) == 4
        assert workspace.fingerprint != before, "pages repaint by it"

    def test_going_back_to_an_earlier_state_restates_it_too(self, crm: postgres.Server, workspace: Workspace) -> None:
        sources.save(workspace, deals(crm))
        told = []
        for amount in ("200.50", "300", "200.50", "300", "200.50"):
            crm.run(f"""UPDATE "Deals" SET amount = {amount} WHERE deal_id = 'd3'""")
            sources.refresh(workspace, deals(crm))
            told.append(won(workspace))
        assert told == [1201, 1300.50, 1201, 1300.50, 1201]
        assert len(workspace.imports().query("active")) == 2, "the state before it is kept for undo, and no more"

    def test_a_deleted_row_stays_and_is_counted(self, crm: postgres.Server, workspace: Workspace) -> None:
        sources.save(workspace, deals(crm))
        sources.refresh(workspace, deals(crm))
        crm.run("""DELETE FROM "Deals" WHERE deal_id IN ('d1', 'd2')""")
        done, _ = sources.refresh(workspace, deals(crm))
        assert done.gone == 2
        assert counted(workspace) == 4
        again, _ = sources.refresh(workspace, deals(crm))
        assert (again.gone, again.changed) == (2, False)

    def test_a_query_of_a_few_columns(self, crm: postgres.Server, workspace: Workspace) -> None:
        source = asked(
            crm,
            """SELECT deal_id AS "Deal ID", stage, amount, create_date, close_date FROM "Deals" """
            "WHERE stage LIKE '%Won'",
        )
        sources.save(workspace, source)
        done, _ = sources.refresh(workspace, source)
        assert done.rows == 2
        assert won(workspace) == 1201

    def test_a_table_that_fits_nothing_is_said_and_not_loaded(self, crm: postgres.Server, workspace: Workspace) -> None:
        source = asked(crm, "SELECT 1 AS one, 2 AS two")
        sources.save(workspace, source)
        with pytest.raises(MappingError, match="fits no table of the model"):
            sources.refresh(workspace, source)
        assert workspace.imports().empty

    def test_a_look_shows_columns_and_rows_and_loads_nothing(self, crm: postgres.Server, workspace: Workspace) -> None:
        seen = sources.look(deals(crm))
        assert seen.columns[:4] == ("deal_id", "account_name", "stage", "amount")
        assert len(seen.rows) == 4
        assert workspace.imports().empty


class TestRefusals:
    @pytest.mark.parametrize(
        "query",
        [
            """DELETE FROM "Deals" RETURNING *""",
            """WITH x AS (DELETE FROM "Deals" RETURNING *) SELECT * FROM x""",
            """SELECT 1; DROP TABLE "Deals" """,
            """SELECT * INTO copied FROM "Deals" """,
            """SELECT * FROM "Deals" FOR UPDATE""",
        ],
    )
    def test_anything_but_one_select(self, crm: postgres.Server, query: str) -> None:
        with pytest.raises(SourceError) as caught:
            sources.look(asked(crm, query))
        assert caught.value.code == "source_query"
        assert crm.run("""SELECT count(*) FROM "Deals" """) == "4"

    def test_a_function_that_writes_fails_in_the_read_only_transaction(self, crm: postgres.Server) -> None:
        crm.run(
            "CREATE OR REPLACE FUNCTION wipe() RETURNS int SECURITY DEFINER LANGUAGE sql "
            """AS 'DELETE FROM "Deals" RETURNING 1'; GRANT EXECUTE ON FUNCTION wipe() TO reader"""
        )
        with pytest.raises(SourceError, match="read-only transaction"):
            sources.look(asked(crm, "SELECT wipe()"))
        assert crm.run("""SELECT count(*) FROM "Deals" """) == "4"

    def test_a_table_that_is_not_there_names_a_near_one(self, crm: postgres.Server) -> None:
        with pytest.raises(SourceError, match=r"no table “deal”.*Did you mean: Deals") as caught:
            sources.look(Source(name="x", place=SqlSource(url=url(crm), table="deal")))
        assert caught.value.code == "source_table"

    def test_a_table_whose_name_is_an_attack(self, crm: postgres.Server) -> None:
        with pytest.raises(SourceError, match=r"no table|no name of a table"):
            sources.look(Source(name="x", place=SqlSource(url=url(crm), table='Deals"; DROP TABLE "Deals')))
        assert crm.run("""SELECT count(*) FROM "Deals" """) == "4"


class TestSecrets:
    def test_a_wrong_password_is_one_sentence(
        self, crm: postgres.Server, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sources.save(workspace, deals(crm))
        monkeypatch.setenv(NAME, "not the password")
        with pytest.raises(SourceError) as caught:
            sources.refresh(workspace, deals(crm))
        assert caught.value.code == "source_refused"
        assert caught.value.message.en == "The database refuses the user or the password."
        assert "not the password" not in caught.value.sentence().en + caught.value.sentence().ru
        last = workspace.last_refreshes()["CRM deals"]
        assert last.error == caught.value.sentence()

    def test_a_secret_that_is_not_set_is_named(
        self, crm: postgres.Server, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sources.save(workspace, deals(crm))
        monkeypatch.delenv(NAME)
        with pytest.raises(SourceError, match=f"The secret {NAME} is not set"):
            sources.refresh(workspace, deals(crm))

    def test_the_password_is_nowhere(
        self, crm: postgres.Server, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Neither the right one nor one that the server refused: workspace, data folder, logs of imports, errors."""
        caplog.set_level(logging.DEBUG)
        monkeypatch.setenv("REVOPS_HOME", str(tmp_path / "home"))
        wrong, said = "wr0ng/p@ss word%", []
        with Workspace.open(tmp_path / "secret.duckdb") as workspace:
            sources.save(workspace, deals(crm))
            sources.refresh(workspace, deals(crm))
            crm.run("""UPDATE "Deals" SET amount = 8 WHERE deal_id = 'd1'""")
            sources.refresh(workspace, deals(crm))
            lost = asked(crm, "SELECT nothing FROM nowhere")
            for value, source in ((wrong, deals(crm)), (postgres.PASSWORD, lost)):
                monkeypatch.setenv(NAME, value)
                sources.save(workspace, source)
                with pytest.raises(RevOpsError) as caught:
                    sources.refresh(workspace, source)
                error = caught.value
                said += [repr(error), error.sentence().ru, repr(error.__cause__)]
            said += [workspace.imports().to_string(), workspace.refreshes().to_string(), *workspace.sources().values()]
        files = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
        assert NAME.encode() in files, "the secret's name is kept"
        for secret in (postgres.PASSWORD, wrong):
            for spelled in (secret, quote(secret, safe="")):
                assert spelled.encode() not in files
                assert spelled not in caplog.text
                assert spelled not in "\n".join(said)


def test_rows_added_later_arrive_on_schedule(crm: postgres.Server, workspace: Workspace) -> None:
    source = deals(crm, every=1)
    sources.save(workspace, source)
    sources.refresh(workspace, source)
    crm.run("""INSERT INTO "Deals" VALUES ('d9', 'New', 'Closed Won', 99, '2026-03-02', '2026-03-05', NULL)""")
    assert won(workspace) == 1201
    minute_later = workspace.last_refreshes()["CRM deals"].started_at.replace(year=2027)
    scheduler = Scheduler(clock=lambda: minute_later, tick=0.05)
    scheduler.watch(workspace.path)
    try:
        end = time.monotonic() + 30
        while len(workspace.refreshes()) < 2 and time.monotonic() < end:
            time.sleep(0.05)
    finally:
        scheduler.stop()
    assert not scheduler.running
    assert won(workspace) == 1300
    log = workspace.refreshes()
    assert list(log["changed"]) == [True, True]
    assert log["added"].iloc[0] >= 1
