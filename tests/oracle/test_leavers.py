"""Who left in a hand-made quarter, and what the 90 days before held, beside those who stayed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from revops.analysis import Cell, View
from revops.analysis.core import CellResult
from revops.analysis.run import default_view, run_cell
from revops.charts import draw
from revops.errors import BadParameter, NotComputable
from revops.formats import Formatter, is_missing
from revops.metrics.core import Period, Query
from revops.metrics.engine import Engine
from revops.model.definitions import OURS
from revops.text import LANGUAGES
from revops.workspace import Workspace
from tests.oracle.company import table
from tests.support import workspace_of

# Lea and Ira leave in the quarter, and Kim after 52 days; Sam and Una stay; Bea left and came back; Jo came and left
SUBSCRIPTIONS = table("""
    subscription_id | account_id | plan | amount | currency | interval | started_at | ended_at   | cancel_reason
    s1              | Lea        | Pro  | 100    | USD      | month    | 2024-01-01 | 2025-05-01 | price
    s2              | Ira        | Max  | 50     | USD      | month    | 2024-01-01 | 2025-06-01 |
    s3              | Kim        | Pro  | 10     | USD      | month    | 2025-03-20 | 2025-05-11 | unused
    s4              | Sam        | Pro  | 30     | USD      | month    | 2024-01-01 |            |
    s5              | Una        | Max  | 30     | USD      | month    | 2024-01-01 |            |
    s6              | Bea        | Pro  | 20     | USD      | month    | 2024-01-01 | 2025-04-10 | price
    s7              | Bea        | Pro  | 20     | USD      | month    | 2025-05-20 |            |
    s8              | Jo         | Pro  | 70     | USD      | month    | 2025-04-15 | 2025-06-10 | price
    s9              | Old        | Pro  | 70     | USD      | month    | 2024-01-01 | 2025-02-01 | price
""")
ACCOUNTS = table("""
    account_id | name | segment
    Lea        | Leander | large
    Ira        |         | small
    Kim        |         | small
    Sam        |         | small
    Una        |         | large
    Bea        |         | small
    Jo         |         | small
""")
# the windows: Lea from 31 January to 30 April, Ira from 3 March to 31 May, those who stay from 10 February to 10 May
TICKETS = table("""
    ticket_id | account_id | opened_at           | resolved_at         | csat
    t0        | Old        | 2024-06-01 10:00:00 | 2024-06-02 10:00:00 | 5
    t1        | Lea        | 2025-01-31 00:00:00 | 2025-02-11 10:00:00 | 2
    t2        | Lea        | 2025-04-30 10:00:00 | 2025-05-02 10:00:00 | 5
    t3        | Lea        | 2025-01-30 23:00:00 | 2025-01-30 23:30:00 | 5
    t4        | Lea        | 2025-05-01 09:00:00 |                     |
    t5        | Ira        | 2025-01-01 10:00:00 | 2025-06-01 10:00:00 |
    t6        | Sam        | 2025-02-10 00:00:00 | 2025-02-12 10:00:00 | 5
    t7        | Sam        | 2024-12-01 10:00:00 | 2024-12-02 10:00:00 |
    t8        | Bea        | 2025-03-01 10:00:00 |                     |
    t9        | Kim        | 2025-04-01 10:00:00 |                     |
""")
DEALS = table("""
    opportunity_id | account_id | stage | status | created_at
    d1             | Una        | x     | open   | 2025-01-01
""")
ACTIVITIES = table("""
    activity_id | type    | occurred_at         | account_id | opportunity_id
    a0          | call    | 2024-06-01 10:00:00 | Old        |
    a1          | call    | 2025-01-15 10:00:00 | Lea        |
    a2          | email   | 2025-05-22 10:00:00 | Ira        |
    a3          | meeting | 2025-03-03 00:00:00 | Ira        |
    a4          | call    | 2025-03-02 10:00:00 | Ira        |
    a5          | task    | 2025-05-30 10:00:00 | Ira        |
    a6          | call    | 2025-05-01 10:00:00 | Sam        |
    a7          | email   | 2025-01-01 10:00:00 |            | d1
""")
TABLES = {
    "subscriptions": SUBSCRIPTIONS, "accounts": ACCOUNTS, "tickets": TICKETS, "opportunities": DEALS,
    "activities": ACTIVITIES,
}  # fmt: skip
VIEW = View(period=Period(dt.date(2025, 4, 1), dt.date(2025, 7, 1)), as_of=dt.date(2025, 6, 30))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(workspace_of(tmp_path_factory.mktemp("leavers") / "w.duckdb", TABLES))


def run(engine: Engine, view: View = VIEW, **params: Any) -> CellResult:
    return run_cell(engine, Cell(analysis="leavers", params=params), view)


def listed(cell: CellResult) -> dict[str, dict[str, Any]]:
    rows = cell.result.frame.to_dict("records")
    return {r["account"]: {k: None if is_missing(v) else v for k, v in r.items()} for r in rows}


def test_who_left_the_most_revenue_first(engine: Engine) -> None:
    cell = run(engine)
    frame = cell.result.frame
    assert frame["account"].tolist() == ["Lea", "Ira", "Kim"]
    assert frame["name"].tolist() == ["Leander", "Ira", "Kim"]
    assert frame["arr"].tolist() == [1200, 600, 120]
    assert frame["day"].tolist() == [dt.date(2025, 5, 1), dt.date(2025, 6, 1), dt.date(2025, 5, 11)]
    assert frame["plan"].tolist() == ["Pro", "Max", "Pro"]
    assert listed(cell)["Ira"]["reason"] is None
    assert listed(cell)["Kim"]["months"] == pytest.approx(52 / 30.4375)
    assert cell.result.facts["customers"] == 3
    assert cell.result.facts["arr"] == 1920


def test_the_ninety_days_before_leaving_and_those_before_them(engine: Engine) -> None:
    rows = listed(run(engine))
    names = ("tickets", "tickets_change", "open", "csat", "contacts", "contacts_change", "since_contact")
    assert [rows["Lea"][n] for n in names] == [2, 1, 1, 2, 0, -1, 106]  # t2 is solved, and rated, after she left
    assert [rows["Ira"][n] for n in names] == [0, -1, 1, None, 2, 1, 10]  # a task is no contact
    assert [rows["Kim"][n] for n in names] == [1, 1, 1, None, 0, 0, None]  # never spoken to


def test_another_window_looks_at_other_days(engine: Engine) -> None:
    rows = listed(run(engine, days=10))
    assert (rows["Lea"]["tickets"], rows["Ira"]["contacts"], rows["Ira"]["since_contact"]) == (1, 1, 10)
    with pytest.raises(BadParameter):
        run(engine, days=0)


def signs(cell: CellResult) -> dict[str, tuple[int, int, int, int]]:
    return {
        r.sign: (int(r.cases), int(r.n), int(r.stayed_cases), int(r.stayed_n)) for r in cell.result.frame.itertuples()
    }


def test_signs_of_those_who_left_beside_those_who_stayed(engine: Engine) -> None:
    cell = run(engine, show="signs")
    # Kim was no customer for 90 days; half had left by 11 May, the day up to which Sam and Una are looked at
    assert cell.result.facts["day"] == dt.date(2025, 5, 11)
    assert (cell.result.facts["customers"], cell.result.facts["stayed"]) == (3, 2)
    assert signs(cell) == {
        "ticket_open": (2, 2, 0, 2),
        "wrote": (1, 2, 1, 2),
        "wrote_more": (1, 2, 0, 2),  # Sam wrote once in either window
        "unhappy": (1, 1, 0, 1),  # Lea's 2 of 5, Sam's 5
        "silence": (1, 2, 1, 2),  # Lea and Una
        "fewer_contacts": (1, 2, 1, 1),  # Sam had none before, Una one by her deal
    }
    told = cell.result.frame.set_index("sign")
    assert told.loc["ticket_open", ["value", "stayed", "difference"]].tolist() == [1, 0, 1]
    assert told.loc["silence", ["median_left", "median_stayed"]].tolist() == [(106 + 10) / 2, (10 + 130) / 2]
    assert told.loc["wrote", ["median_left", "median_stayed"]].tolist() == [1, 0.5]
    left_out = {reason.en: count for reason, count in cell.passport.rows_left_out}
    assert left_out["left after fewer than 90 days as a customer"] == 1  # Kim


def test_it_is_said_as_a_relation_in_both_languages(engine: Engine) -> None:
    said = run(engine, show="signs").finding
    assert said.en.startswith("None of 6 signs tells those who left (Apr 2025 – Jun 2025) from those who stayed")
    assert said.ru.startswith("Ни один из признаков (их 6) не отличает ушедших")
    who = run(engine).finding
    assert who.en == (
        "3 customers left in Apr 2025 – Jun 2025 with $1,920 of ARR; half of them after 16.0\u00a0months or less as a "
        "customer; the largest: Leander ($1,200, left May 1, 2025, “price”)."
    )
    assert who.ru.startswith("Ушли за апр 2025 – июн 2025: 3 клиента, с ними")


def test_a_clear_sign_is_told_with_both_shares_and_the_test(tmp_path: Path) -> None:
    # 20 leave, 15 of them with an open ticket; 40 stay, 4 of them with one
    subscriptions, tickets = [], [{"ticket_id": "t", "account_id": "x", "opened_at": "2024-01-01"}]
    for n in range(60):
        subscriptions.append(
            {"subscription_id": f"s{n}", "account_id": f"c{n}", "amount": 10, "currency": "USD", "interval": "month",
             "started_at": "2024-01-01", "ended_at": "2025-05-10" if n < 20 else None}
        )  # fmt: skip
        if n < 15 or 20 <= n < 24:
            tickets.append({"ticket_id": f"t{n}", "account_id": f"c{n}", "opened_at": "2025-04-01"})
    tickets[0]["resolved_at"] = "2024-01-02"
    engine = Engine(workspace_of(tmp_path / "w.duckdb", {"subscriptions": subscriptions, "tickets": tickets}))
    cell = run(engine, show="signs")
    assert signs(cell)["ticket_open"] == (15, 20, 4, 40)
    assert (
        "had a ticket open on the day: 75.0% (15 of 20) of those who left, 10.0% (4 of 40) of those" in cell.finding.en
    )
    assert "more than noise, a relation, not a cause" in cell.finding.en
    assert "75,0\u00a0% (15 из 20) ушедших и 10,0\u00a0% (4 из 40) оставшихся; это больше" in cell.finding.ru
    assert cell.result.frame["signal"].iloc[0]
    assert any("activities.account_id" in note.en for note in cell.result.notes), "what to map is said"
    assert any("tickets.csat" in note.en for note in cell.result.notes)


def test_who_left_is_what_customer_churn_counts_whatever_the_definitions(engine: Engine) -> None:
    for churned, expected in {
        "start_cohort": {"Lea", "Ira", "Kim"},
        "with_joined": {"Lea", "Ira", "Kim", "Jo"},
        "events": {"Lea", "Ira", "Kim", "Jo", "Bea"},
    }.items():
        for base in ("start", "start_and_joined"):
            own = engine.under(replace(OURS, churned=churned, churn_base=base))
            metric = own.evaluate(Query(metric="logo_churn", periods=(VIEW.period,), as_of=VIEW.as_of, where={}))
            told = run(own)
            assert set(told.result.frame["account"]) == expected
            assert told.result.facts["customers"] == metric.rows[0]["numerator"]


def test_a_filter_narrows_both(engine: Engine) -> None:
    small = replace(VIEW, where={"segment": ("small",)})
    assert run(engine, small).result.frame["account"].tolist() == ["Ira", "Kim"]
    by_plan = run(engine, replace(VIEW, where={"plan": ("Max",)}), show="signs").result
    assert (by_plan.facts["customers"], by_plan.facts["stayed"]) == (1, 1)


def test_where_the_data_begin_later_nothing_is_told(tmp_path: Path) -> None:
    late = [t for t in TICKETS if t["opened_at"] >= "2025-02-05"]
    engine = Engine(workspace_of(tmp_path / "w.duckdb", {**TABLES, "tickets": late}))
    rows = listed(run(engine))
    assert rows["Lea"]["tickets"] is None  # her window begins on 31 January
    assert (rows["Ira"]["tickets"], rows["Ira"]["tickets_change"]) == (0, None)


def test_without_tickets_and_activities_the_list_stands_and_says_what_to_map(tmp_path: Path) -> None:
    engine = Engine(workspace_of(tmp_path / "w.duckdb", {"subscriptions": SUBSCRIPTIONS}))
    result = run(engine).result
    assert result.frame["account"].tolist() == ["Lea", "Ira", "Kim"]
    assert not {"tickets", "open", "csat", "contacts", "since_contact"} & set(result.frame.columns)
    assert {"tickets.account_id", "activities.account_id"} <= set(
        " ".join(n.en for n in result.notes).replace(",", "").split()
    )
    with pytest.raises(NotComputable) as caught:
        run(engine, show="signs")
    assert "tickets.account_id" in str(caught.value)


def test_nobody_left(engine: Engine) -> None:
    quiet = View(period=Period(dt.date(2024, 7, 1), dt.date(2024, 10, 1)), as_of=VIEW.as_of)
    for show in ("who", "signs"):
        assert run(engine, quiet, show=show).finding.en == "Can't tell: nobody left in the chosen period."


def behind(engine: Engine, cell: CellResult, pick: dict[str, Any] | None = None) -> pd.DataFrame:
    assert cell.analysis.behind is not None
    return cell.analysis.behind(engine, cell, pick, None).frame


def test_the_customers_behind_a_sign_and_a_name(engine: Engine) -> None:
    who, compared = run(engine), run(engine, show="signs")
    assert behind(engine, who)["account_id"].tolist() == ["Lea", "Ira", "Kim"]
    assert behind(engine, who, {"account": "Ira", "name": "Ira"})["arr"].tolist() == [600]
    assert behind(engine, compared)["who"].value_counts().to_dict() == {"left": 3, "stayed": 2}
    for row in compared.result.frame.itertuples():
        for side, cases in (("left", row.cases), ("stayed", row.stayed_cases)):
            assert len(behind(engine, compared, {"sign": row.sign, "who": side})) == cases, (row.sign, side)


def test_its_drawings_are_valid_and_each_mark_is_a_share_or_a_name(engine: Engine) -> None:
    for show, marks in (("signs", 2 * 6), ("who", 3)):
        for language in LANGUAGES:
            drawn = draw(run(engine, show=show), Formatter(language, "USD"))
            assert drawn is not None
            spec = drawn.to_dict(validate=True)
            [rows] = spec["datasets"].values()
            assert len(rows) == marks
            labels = " ".join(r["label"] for r in rows)
            assert ("100.0% (2 of 2)" if language == "en" else "100,0\u00a0% (2 из 2)") in labels or show == "who"
            assert "Leander" in labels or show == "signs"


def test_the_demo_company_by_plain_loops(demo_home: Path) -> None:
    engine = Engine(Workspace.open(demo_home / "workspaces" / "demo.duckdb", create=False))
    view = default_view(engine)
    cell = run(engine, view, show="signs")
    states, _ = engine.select(
        "SELECT account_id, day, kind, active_before, active_after, first_day FROM derived.account_states"
    )
    tickets, _ = engine.select("SELECT account_id, opened_at FROM tickets WHERE account_id IS NOT NULL")
    start, end = pd.Timestamp(view.period.start), pd.Timestamp(view.period.end)
    left, stayed = {}, {}
    for account, rows in states[states["day"] < end].sort_values("day").groupby("account_id"):
        before, inside = rows[rows["day"] < start], rows[rows["day"] >= start]
        if before.empty or before["active_after"].iloc[-1] == 0:
            continue
        if rows["active_after"].iloc[-1] == 0:
            left[account] = (inside["day"].iloc[-1], rows["first_day"].iloc[0])
        elif (inside["kind"] != "churn").all():
            stayed[account] = rows["first_day"].iloc[0]
    days = sorted((d - start).days for d, _ in left.values())
    half = (days[(len(days) - 1) // 2] + days[len(days) // 2]) // 2
    look = start + pd.Timedelta(days=half)

    def share(of: dict[str, tuple[pd.Timestamp, pd.Timestamp]]) -> tuple[int, int]:
        cases = n = 0
        for account, (day, since) in of.items():
            if (day - since).days < 90:
                continue
            own = tickets[tickets["account_id"] == account]
            opened = own["opened_at"].dt.normalize()
            n += 1
            cases += bool(((opened < day) & (opened >= day - pd.Timedelta(days=90))).any())
        return cases, n

    assert cell.result.facts["day"] == look.date()
    assert signs(cell)["wrote"] == (*share(left), *share({a: (look, since) for a, since in stayed.items()}))
    assert cell.result.frame.set_index("sign").loc["wrote_more", "signal"], "planted: more tickets before they leave"
