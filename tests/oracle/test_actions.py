# ruff: noqa: E501  (tables drawn by hand)
"""Next best actions of a company of a few records: who is on the list, why, for how much, in which order.

As of 30 June 2025. The SLA is a day. In Demo won deals stayed 4, 6 and 10 days: a deal is stuck there after 12.
"""

from __future__ import annotations

import datetime as dt
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import fastexcel
import pytest

from revops.analysis import Cell, View
from revops.analysis.core import CellResult
from revops.analysis.rows import Rows as RowsBehind
from revops.analysis.run import run_cell
from revops.errors import BadParameter
from revops.exporting.formats import Format
from revops.metrics.core import Period
from revops.metrics.engine import Engine
from revops.ui.actions import content
from revops.ui.state import Session
from tests.oracle.company import Rows, table
from tests.support import workspace_of

AS_OF = dt.date(2025, 6, 30)
VIEW = View(period=Period(dt.date(2025, 1, 1), dt.date(2025, 7, 1)), as_of=AS_OF)

# l1 answered; l2 waits; l3 waits, but less than a day; l4 disqualified; l5 an SQL; l6 too old; l7 waits, no owner
LEADS = table("""
    lead_id | email         | created_at          | first_response_at   | sql_at     | disqualified_at | owner | opportunity_id
    l1      | a@acme.test   | 2025-06-01 09:00:00 | 2025-06-01 10:00:00 |            |                 | Olga  | w1
    l2      | b@bolt.test   | 2025-06-20 09:00:00 |                     |            |                 | Olga  |
    l3      | c@core.test   | 2025-06-30 08:00:00 |                     |            |                 | Olga  |
    l4      | d@dune.test   | 2025-06-10 09:00:00 |                     |            | 2025-06-11      | Olga  |
    l5      | e@echo.test   | 2025-06-10 09:00:00 |                     | 2025-06-12 |                 | Olga  |
    l6      | f@fir.test    | 2025-03-01 09:00:00 |                     |            |                 | Olga  |
    l7      | =cmd()        | 2025-06-28 00:00:00 |                     |            |                 |       |
""")
# won 3, lost 1 within the year: a win rate of 75 %. o1 slipped and is stuck, o2 slipped, o3 is stuck, o4 neither
OPPORTUNITIES = table("""
    opportunity_id | account_id | name   | stage | status | amount | currency | created_at | closed_at  | expected_close_at | owner
    w1             | Acme       | Won 1  | Won   | won    | 700    | USD      | 2025-01-01 | 2025-01-05 |                   | Olga
    w2             | Acme       | Won 2  | Won   | won    | 900    | USD      | 2025-02-01 | 2025-02-07 |                   | Olga
    w3             | Acme       | Won 3  | Won   | won    | 100    | USD      | 2025-03-01 | 2025-03-11 |                   | Olga
    x1             | Acme       | Lost   | Lost  | lost   | 100    | USD      | 2025-03-01 | 2025-03-02 |                   | Olga
    o1             | Bolt       | Both   | Demo  | open   | 400    | USD      | 2025-06-01 |            | 2025-06-20        | Pavel
    o2             | Bolt       | Late   | Demo  | open   | 1000   | USD      | 2025-06-20 |            | 2025-06-29        | Olga
    o3             | Core       | Stuck  | Demo  | open   |        | USD      | 2025-06-10 |            | 2025-07-20        | Pavel
    o4             | Core       | Fresh  | Demo  | open   | 9000   | USD      | 2025-06-18 |            | 2025-06-30        | Pavel
""")
STAGE_EVENTS = table("""
    opportunity_id | stage | entered_at
    w1             | Demo  | 2025-01-01
    w2             | Demo  | 2025-02-01
    w3             | Demo  | 2025-03-01
    o1             | Demo  | 2025-06-01
    o2             | Demo  | 2025-06-20
    o3             | Demo  | 2025-06-10
    o4             | Demo  | 2025-06-18
""")
# Acme pays 50 a month and has an urgent ticket open; Bolt's was answered; Core is no customer any more
SUBSCRIPTIONS = table("""
    subscription_id | account_id | amount | currency | interval | status   | started_at | ended_at
    s1              | Acme       | 50     | USD      | month    | active   | 2024-01-01 |
    s2              | Bolt       | 80     | USD      | month    | active   | 2024-01-01 |
    s3              | Core       | 90     | USD      | month    | canceled | 2024-01-01 | 2025-02-01
""")
TICKETS = table("""
    ticket_id | account_id | opened_at  | resolved_at | priority
    t1        | Acme       | 2025-06-25 |             | Urgent
    t2        | Bolt       | 2025-06-01 | 2025-06-03  | Urgent
    t3        | Core       | 2025-06-25 |             | Urgent
""")
ACCOUNTS = table("""
    account_id | name      | owner | segment
    Acme       | Acme Ltd  | Zoe   | small
    Bolt       | Bolt Ltd  | Zoe   | large
    Core       | Core Ltd  | Zoe   | small
""")
TABLES: dict[str, Rows] = {
    "accounts": ACCOUNTS,
    "leads": LEADS,
    "opportunities": OPPORTUNITIES,
    "stage_events": STAGE_EVENTS,
    "subscriptions": SUBSCRIPTIONS,
    "tickets": TICKETS,
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(workspace_of(tmp_path_factory.mktemp("actions") / "w.duckdb", TABLES))


def run(engine: Engine, view: View = VIEW, **params: Any) -> CellResult:
    return run_cell(engine, Cell(analysis="actions", params=params), view)


def listed(cell: CellResult) -> list[str]:
    return [str(r) for r in cell.result.frame["record"]]


def test_who_waits_ranked_by_what_each_counts_for(engine: Engine) -> None:
    frame = run(engine).result.frame
    lead = 700 / 7  # w1 alone came of a lead, of the seven of the year
    assert list(zip(frame["rank"], frame["record"], frame["kind"], frame["counts"], strict=True)) == [
        (1, "o2", "slipped_deal", 1000 * 3 / 4),
        (2, "Acme", "at_risk", 50 * 12),
        (3, "o1", "slipped_deal", 400 * 3 / 4),
        (4, "l7", "late_lead", lead),  # due since 29 June
        (5, "l2", "late_lead", lead),  # due since 21 June
        (6, "o3", "stale_deal", pytest.approx(float("nan"), nan_ok=True)),  # nobody knows its amount
    ]


def test_since_when_it_is_due(engine: Engine) -> None:
    frame = run(engine).result.frame.set_index("record")
    assert dict(frame["since"]) == {
        "o2": dt.date(2025, 6, 29),
        "Acme": dt.date(2025, 6, 25),
        "o1": dt.date(2025, 6, 13),  # stuck since 12 days in Demo, before it slipped
        "l7": dt.date(2025, 6, 29),
        "l2": dt.date(2025, 6, 21),
        "o3": dt.date(2025, 6, 22),
    }


def test_why_in_words(engine: Engine) -> None:
    result = run(engine).result
    why = next(c for c in result.columns if c.key == "why").names
    said = {r: (why[k].en, why[k].ru) for r, k in zip(result.frame["record"], result.frame["why"], strict=True)}
    assert said["o2"] == ("was to close 1 day ago, still open", "срок прошёл 1 день назад, ещё в работе")
    assert said["o1"] == (
        "was to close 10 days ago, still open; 29 days in “Demo”, half of the won deals 6 days at most",
        "срок прошёл 10 дней назад, ещё в работе; 29 дней на этапе «Demo», половина выигранных — до 6 дней",
    )
    assert said["l2"] == ("no answer for 10 days; the SLA is 24 hours", "без ответа 10 дней; SLA — 24 ч")
    assert said["Acme"] == ("an urgent ticket is open", "открыто срочное обращение")


def test_a_kind_and_an_owner_narrow_the_list(engine: Engine) -> None:
    assert listed(run(engine, kind="stale_deal")) == ["o1", "o3"]  # the one that slipped is stuck as well
    assert listed(run(engine, owner="Olga")) == ["o2", "l2"]
    assert listed(run(engine, owner="Zoe")) == ["Acme"]  # a customer's owner is the account's
    with pytest.raises(BadParameter, match="Olga"):
        run(engine, owner="Olgaa")


def test_a_filter_is_followed_where_it_can_be_told_and_the_rest_is_named(engine: Engine) -> None:
    cell = run(engine, replace(VIEW, where={"segment": ("large",)}))
    assert listed(cell) == ["o2", "o1"]
    stage = run(engine, replace(VIEW, where={"stage": ("Demo",)}))
    assert listed(stage) == ["o2", "o1", "o3"]
    assert any("Late lead, Customer at risk" in note.en for note in stage.result.notes)


def test_nothing_waits_for_anybody(engine: Engine) -> None:
    cell = run(engine, replace(VIEW, where={"segment": ("tiny",)}))
    assert cell.result.empty is not None
    assert cell.finding.en == "Can't tell: nothing is waiting for anybody."


def test_the_finding_names_the_first(engine: Engine) -> None:
    assert run(engine).finding.en == (
        "On Jun 30, 2025, 6 actions wait; $2,000 of ARR and open deals at stake. "
        "First: Late (Olga): was to close 1 day ago, still open."
    )


def test_deals_alone_suffice(tmp_path: Path) -> None:
    only = workspace_of(tmp_path / "deals.duckdb", {"opportunities": OPPORTUNITIES})
    assert listed(run(Engine(only))) == ["o2", "o1"]


@pytest.mark.parametrize("format_", [Format.CSV, Format.XLSX])
def test_no_text_of_the_file_is_a_formula_and_dates_and_amounts_stay(
    engine: Engine, tmp_path: Path, format_: Format
) -> None:
    session = Session(
        language="ru", dark=False, path=tmp_path, workspace=engine.workspace, fingerprint="1", engine=engine, view=VIEW
    )
    path = tmp_path / f"actions.{format_.value}"
    path.write_bytes(content(session, run(engine), format_))
    if format_ is Format.CSV:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        assert lines[0].startswith("№,Что,Под вопросом,Ответственный,Ждёт с,Почему,Повод,Вес,")
        [lead] = [line for line in lines if "l7" in line]
        assert "'=cmd()" in lead, "an apostrophe keeps a spreadsheet from running it"
        assert any("1000" in line and "2025-06-29" in line for line in lines)
    else:
        sheet = fastexcel.read_excel(path).load_sheet(0).to_pandas()
        assert "=cmd()" in list(sheet["Что"])  # a cell of text, not a formula
        with zipfile.ZipFile(path) as parts:
            assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
        assert sheet["Под вопросом"].max() == 1000


def behind(
    engine: Engine, cell: CellResult, pick: dict[str, str] | None = None, limit: int | None = None
) -> RowsBehind:
    assert cell.analysis.behind is not None
    return cell.analysis.behind(engine, cell, pick, limit)


def test_the_records_behind_an_owner_s_kind_in_the_order_of_the_list(engine: Engine) -> None:
    cell = run(engine)
    whole = behind(engine, cell)
    assert whole.frame["record"].tolist() == listed(cell)
    assert whole.total == 6
    assert whole.sums["amount"] == 1000 + 50 * 12 + 400
    assert behind(engine, cell, {"owner": "Pavel", "kind": "stale_deal"}).frame["record"].tolist() == ["o3"]
    assert behind(engine, cell, {"owner": "", "kind": "late_lead"}).frame["record"].tolist() == ["l7"]
    assert behind(engine, cell, {"owner": "Olga", "kind": "at_risk"}).frame.empty
    first = behind(engine, cell, limit=2)
    assert (first.frame["record"].tolist(), first.total) == (["o2", "Acme"], 6)


def test_the_records_behind_say_their_row_of_their_file(engine: Engine) -> None:
    cell = run(engine)
    told = behind(engine, cell).frame.set_index("record")
    rows = {r["opportunity_id"]: n for n, r in enumerate(OPPORTUNITIES, start=1)}
    assert {k: int(told["row"][k]) for k in ("o1", "o2", "o3")} == {k: rows[k] for k in ("o1", "o2", "o3")}
    assert int(told["row"]["l2"]) == 2
    assert int(told["row"]["Acme"]) == 1
    assert told["file"].notna().all()


def test_a_customer_nobody_has_a_record_of_is_listed_all_the_same(tmp_path: Path) -> None:
    kept = {k: v for k, v in TABLES.items() if k != "accounts"}
    engine = Engine(workspace_of(tmp_path / "w.duckdb", kept))
    rows = behind(engine, run(engine, kind="at_risk")).frame
    assert rows["record"].tolist() == ["Acme"]
    assert rows["file"].isna().all()
