# ruff: noqa: E501  (tables drawn by hand)
"""Every check against a table with a planted fault: the rows it must find are listed by hand, and no other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from revops.analysis import Cell, View
from revops.analysis.quality_links import CHECK, CHECKS
from revops.analysis.run import run_cell
from revops.errors import NotComputable
from revops.metrics.core import Period
from revops.metrics.engine import Engine
from revops.model import ENTITY
from revops.workspace import Workspace
from tests.oracle.company import table
from tests.support import staged

LOADED = dt.datetime(2025, 7, 2, 12, 0)
VIEW = View(period=Period(dt.date(2025, 1, 1), dt.date(2025, 7, 1)), as_of=dt.date(2025, 6, 30))

PEOPLE = table("""
    person | team
    Olga   | North
    Pavel  | South
""")
ACCOUNTS = table("""
    account_id | name            | domain                  | owner
    a1         | Acme Ltd        | https://www.acme.example/about | Olga
    a2         | ACME            |                         | Pavel
    a3         | Bolt            | bolt.example            | Olga
    a4         | Bolt Germany    | www.bolt.example        | Olga
    a5         | Сёстры ООО      | gmail.com               | Pavel
    a6         | ооо «Сестры»    |                         | Pavel
    a7         | Zeta            | gmail.com               | Zoe
    a8         | Ltd             |                         | Olga
    a9         | LLC             |                         | Olga
""")
LEADS = table("""
    lead_id | account_id | email      | created_at          | mql_at     | sql_at     | first_response_at   | source | owner
    l1      | a1         | x@a.com    | 2025-01-05 10:00:00 | 2025-01-04 |            | 2025-01-05 10:30:00 | web    | Olga
    l2      | a1         | X@A.com    | 2025-01-06 10:00:00 | 2025-01-07 | 2025-01-08 | 2025-01-05 23:00:00 | web    | Olga
    l3      | a404       | y@b.com    | 2025-01-06 10:00:00 | 2025-01-07 | 2025-01-08 |                     |        | Zoe
    l4      |            |            | 2025-07-03 09:00:00 |            |            |                     | web    | Olga
    l5      |            |            | 2025-07-04 09:00:00 |            |            |                     | web    |
""")
DEALS = table("""
    opportunity_id | name    | account_id | stage | status | amount | currency | created_at | closed_at  | expected_close_at | owner
    d01            | Big     | a1         | Won   | won    | 100    | USD      | 2025-01-01 | 2025-01-11 |                   | Olga
    d02            | big     | A1         | Lost  | lost   | 100    | USD      | 2025-01-31 | 2025-02-05 |                   | Olga
    d03            | Big     | a1         | Lost  | lost   | 100    | USD      | 2025-03-20 | 2025-03-25 |                   | Olga
    d04            | Two     | a2         | Won   | won    | 200    | USD      | 2025-02-10 | 2025-02-01 |                   | Pavel
    d05            | Three   | a3         | Won   | won    |        | USD      | 2025-02-01 | 2025-02-21 |                   | Pavel
    d06            | Four    | a4         | Won   | won    | 0      | USD      | 2025-02-01 | 2025-02-11 |                   | Pavel
    d07            | Five    | a5         | Won   | won    | 50     | USD      | 2025-02-01 |            |                   | Pavel
    d08            | Six     | a404       | Lost  | lost   | 60     | GBP      | 2025-02-01 | 2025-02-03 |                   | Zoe
    d09            | Seven   | a6         | Demo  | open   | 70     | EUR      | 2025-06-20 |            | 2025-06-30        |
    d10            | Eight   | a6         | Demo  | open   | 80     | EUR      | 2025-03-01 |            | 2025-06-29        | Olga
    d11            | Nine    |            | Demo  | open   | 90     | EUR      | 2025-02-01 |            |                   | Olga
    d12            | Ten     | a7         | Lost  | lost   | 95     | USD      | 2025-06-25 | 2025-07-04 |                   | Olga
""")  # won cycles: 10, 20 and 10 days, so nine out of ten take at most 18
SUBSCRIPTIONS = table("""
    subscription_id | account_id | status   | amount | interval | started_at | ended_at   | cancelled_at
    s1              | a1         | active   | 10     | month    | 2025-01-11 |            |
    s2              | a2         | canceled | 10     | month    | 2025-03-01 | 2025-02-01 |
    s3              | a3         | canceled | 10     | month    | 2025-01-01 |            |
    s4              | a4         | canceled | 10     |          | 2025-01-01 |            | 2025-05-05
    s5              | a404       | draft    | 10     |          | 2025-01-01 |            |
""")
SPEND = table("""
    date       | amount | department | category | channel
    2025-01-31 | 100    | marketing  | media    | LinkedIn
    2025-02-28 | 200    | marketing  | media    |
    2025-02-28 | 300    | marketing  | people   |
    2025-02-28 | 400    | sales      | people   |
    2025-03-31 | 500    |            |          |
""")
TICKETS = table("""
    ticket_id | account_id | opened_at           | first_response_at   | resolved_at
    t1        | a1         | 2025-02-02 10:00:00 | 2025-02-02 11:00:00 | 2025-02-01 09:00:00
    t2        | a404       | 2025-02-02 10:00:00 | 2025-02-02 11:00:00 | 2025-02-03 09:00:00
    t3        |            | 2025-07-04 10:00:00 |                     |
""")
INVOICES = table("""
    invoice_id | account_id | issued_at  | amount | paid_at
    i1         | a1         | 2025-02-02 | 10     | 2025-02-10
    i2         | a1         | 2025-06-02 | 10     | 2026-02-10
""")
FX_RATES = table("""
    date       | currency | rate
    2025-02-15 | EUR      | 1.1
""")
TABLES = {
    "accounts": ACCOUNTS,
    "people": PEOPLE,
    "fx_rates": FX_RATES,
    "leads": LEADS,
    "opportunities": DEALS,
    "subscriptions": SUBSCRIPTIONS,
    "spend": SPEND,
    "tickets": TICKETS,
    "invoices": INVOICES,
}

# check -> the rows with the fault (number of the data row for spend, which has no key), and how many were looked at
EXPECTED: dict[str, tuple[set[object], int]] = {
    "duplicate_accounts": ({"a1", "a2", "a3", "a4", "a5", "a6"}, 9),  # a legal form alone is no name, gmail no domain
    "duplicate_leads": ({"l1", "l2"}, 3),
    "duplicate_deals": ({"d01", "d02"}, 10),  # d03 came 48 days later
    "closed_before_created": ({"d04"}, 8),
    "ended_before_started": ({"s2"}, 1),
    "lead_dates_out_of_order": ({"l1"}, 3),
    "lead_response_before_created": ({"l2"}, 2),
    "ticket_dates_out_of_order": ({"t1"}, 2),
    "opportunities_in_future": ({"d12"}, 12),
    "leads_in_future": ({"l5"}, 5),  # l4 is tomorrow: it may be today elsewhere
    "tickets_in_future": ({"t3"}, 3),
    "invoices_in_future": ({"i2"}, 2),
    "subscriptions_without_account": ({"s5"}, 5),
    "won_without_subscription": ({"d07"}, 5),
    "spend_without_channel": ({2, 5}, 3),
    "opportunities_unknown_account": ({"d08"}, 11),
    "leads_unknown_account": ({"l3"}, 3),
    "tickets_unknown_account": ({"t2"}, 2),
    "opportunities_unknown_owner": ({"d08"}, 11),
    "leads_unknown_owner": ({"l3"}, 4),
    "accounts_unknown_owner": ({"a7"}, 9),
    "won_without_amount": ({"d05", "d06"}, 5),
    "closed_without_date": ({"d07"}, 9),
    "amount_without_rate": ({"d08", "d11"}, 11),  # the euro has a rate from 15 February on, the pound none
    "subscriptions_without_interval": ({"s4"}, 4),
    "ended_without_date": ({"s3"}, 3),
    "deals_without_owner": ({"d09"}, 12),
    "leads_without_source": ({"l3"}, 5),
    "stale_open_deals": ({"d10", "d11"}, 3),
    "expected_close_passed": ({"d10"}, 2),
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Workspace.open(tmp_path_factory.mktemp("quality") / "w.duckdb") as workspace:
        workspace.load_many([staged(e, rows) for e, rows in TABLES.items()], loaded_at=LOADED)
        yield Engine(workspace)


def test_every_check_has_its_planted_fault() -> None:
    assert set(EXPECTED) == set(CHECK)
    assert len(CHECK) == len(CHECKS)


@pytest.mark.parametrize("key", EXPECTED)
def test_the_rows_of_a_check_are_the_planted_ones(engine: Engine, key: str) -> None:
    result = run_cell(engine, Cell(analysis="quality_rows", params={"check": key}), VIEW).result
    own = ENTITY[CHECK[key].entity].key_field
    found = list(result.frame[own.name if own else "row"])
    assert set(found) == EXPECTED[key][0]
    assert len(found) == len(set(found)) == result.facts["bad"], "each row once"


def test_the_overview_counts_those_rows_and_how_many_were_looked_at(engine: Engine) -> None:
    frame = run_cell(engine, Cell(analysis="data_quality"), VIEW).result.frame.set_index("check")
    told = {key: (int(frame.at[key, "bad"]), int(frame.at[key, "of"])) for key in frame.index}
    assert told == {key: (len(rows), of) for key, (rows, of) in EXPECTED.items()}


def test_a_row_says_its_file_its_import_and_its_number(engine: Engine) -> None:
    result = run_cell(engine, Cell(analysis="quality_rows", params={"check": "won_without_amount"}), VIEW).result
    assert result.frame[["opportunity_id", "file", "row"]].to_dict("list") == {
        "opportunity_id": ["d05", "d06"],
        "file": ["opportunities.csv"] * 2,
        "row": [5, 6],
    }
    log = engine.workspace.imports().set_index("import_id")["file"]
    assert [log[i] for i in result.frame["import_id"]] == ["opportunities.csv"] * 2


def test_duplicates_stand_side_by_side(engine: Engine) -> None:
    result = run_cell(engine, Cell(analysis="quality_rows", params={"check": "duplicate_accounts"}), VIEW).result
    assert [set(result.frame["account_id"][i : i + 2]) for i in (0, 2, 4)] == [{"a1", "a2"}, {"a3", "a4"}, {"a5", "a6"}]


def test_the_rows_stop_at_the_limit_and_the_count_does_not(engine: Engine) -> None:
    cell = Cell(analysis="quality_rows", params={"check": "duplicate_accounts", "limit": 2})
    result = run_cell(engine, cell, VIEW).result
    assert (len(result.frame), result.facts["bad"]) == (2, 6)


def test_companies_that_only_deals_name_are_unknown_once_there_is_a_list_of_companies(tmp_path: Path) -> None:
    deals = staged(
        "opportunities", [{"opportunity_id": "1", "account_id": "n1", "stage": "Won", "created_at": "2025-01-01"}]
    )
    named = staged("accounts", [{"account_id": "n1"}])
    mention = type(named)(
        raw=named.raw,
        mapping=type(named.mapping)(
            entities=tuple(type(e)(entity=e.entity, fields=e.fields, role="mention") for e in named.mapping.entities)
        ),
        entities=named.entities,
    )
    cell = Cell(analysis="quality_rows", params={"check": "opportunities_unknown_account"})
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        workspace.load_many([deals, mention], loaded_at=LOADED)
        assert run_cell(Engine(workspace), cell, VIEW).result.facts["bad"] == 0, "there is no list to miss in"
        workspace.load_many([staged("accounts", [{"account_id": "other"}])], loaded_at=LOADED)
        assert run_cell(Engine(workspace), cell, VIEW).result.facts["bad"] == 1


def test_a_check_without_its_column_is_not_made_and_says_what_to_map(tmp_path: Path) -> None:
    deals = [{"opportunity_id": "1", "stage": "Won", "status": "won", "created_at": "2025-01-01"}]
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        workspace.load_many([staged("opportunities", deals)], loaded_at=LOADED)
        engine = Engine(workspace)
        result = run_cell(engine, Cell(analysis="data_quality"), VIEW).result
        assert set(result.frame["check"]) == {"won_without_amount", "closed_without_date", "opportunities_in_future"}
        assert result.facts["not_checked"]["deals_without_owner"] == ["opportunities.owner"]
        with pytest.raises(NotComputable, match=r"Map subscriptions\.amount"):
            run_cell(engine, Cell(analysis="quality_rows", params={"check": "subscriptions_without_interval"}), VIEW)


def test_how_complete_fields_are_by_table_and_by_team(engine: Engine) -> None:
    whole = run_cell(engine, Cell(analysis="completeness"), VIEW).result.frame.set_index("field")
    assert tuple(whole.loc["opportunities.owner", ["rows", "filled"]]) == (12, 11)
    assert tuple(whole.loc["opportunities.amount", ["rows", "filled"]]) == (12, 11)
    assert whole.at["leads.source", "share"] == pytest.approx(4 / 5)
    assert "opportunities.team" not in whole.index, "no file fills it"
    teams = run_cell(engine, Cell(analysis="completeness", params={"by": "team"}), VIEW).result.frame
    amounts = teams[teams["field"] == "opportunities.amount"].set_index("team")
    assert amounts[["rows", "filled"]].to_dict("index") == {
        "": {"rows": 2, "filled": 2},  # Zoe, and nobody
        "North": {"rows": 6, "filled": 6},
        "South": {"rows": 4, "filled": 3},
    }


def test_a_blank_field_opens_to_the_records_that_lack_it(engine: Engine) -> None:
    found = run_cell(engine, Cell(analysis="completeness", params={"by": "team"}), VIEW)
    assert found.analysis.behind is not None
    lacking = found.analysis.behind(engine, found, {"field": "opportunities.amount", "team": "South"}, None)
    assert lacking.total == 1
    assert lacking.frame["whose"].tolist() == ["South"]
    assert lacking.frame["amount"].isna().all()
    assert found.analysis.behind(engine, found, {"field": "opportunities.amount", "team": "North"}, None).total == 0
    everywhere = run_cell(engine, Cell(analysis="completeness"), VIEW)
    assert found.analysis.behind(engine, everywhere, {"field": "opportunities.owner"}, None).total == 1
