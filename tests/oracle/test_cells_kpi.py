"""Key figures, trend and breakdown on deals that can be counted by eye."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from revops.analysis import Cell, Compare, View, passports
from revops.analysis.core import CellResult
from revops.analysis.kpi_overview import DEPARTMENTS, OF_DEPARTMENT
from revops.analysis.run import default_view, run_cell
from revops.analysis.values import OTHER_KEY
from revops.errors import BadParameter, NotComputable
from revops.metrics import METRIC
from revops.metrics.core import Grain, Period
from revops.metrics.engine import Engine
from tests.support import workspace_of


def closed(month: int, team: str, won: int, lost: int, amount: int = 100) -> list[dict[str, Any]]:
    """`won` and `lost` deals of a team, all created on the 1st and closed on the 10th of the month of 2025."""
    rows = []
    for n in range(won + lost):
        status = "won" if n < won else "lost"
        rows.append(
            {
                "opportunity_id": f"{team}{month}-{n}",
                "account_id": f"{team}{month}-{n}",
                "team": team,
                "stage": "Closed Won" if status == "won" else "Closed Lost",
                "status": status,
                "amount": str(amount),
                "created_at": f"2025-{month:02}-01",
                "closed_at": f"2025-{month:02}-10",
            }
        )
    return rows


# wins / closed:      January    February    March (until the 15th)
#   North              8 / 10      8 / 10       4 / 5
#   South              40 / 80     20 / 80      5 / 25
DEALS = [
    *closed(1, "North", 8, 2),
    *closed(2, "North", 8, 2),
    *closed(3, "North", 4, 1),
    *closed(1, "South", 40, 40),
    *closed(2, "South", 20, 60),
    *closed(3, "South", 5, 20),
    {"opportunity_id": "last", "stage": "Demo", "status": "open", "team": "South", "created_at": "2025-03-15"},
]
AS_OF = dt.date(2025, 3, 15)
JAN, FEB, MAR, APR = (dt.date(2025, m, 1) for m in (1, 2, 3, 4))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(workspace_of(tmp_path_factory.mktemp("kpi") / "w.duckdb", {"opportunities": DEALS}))


def run(engine: Engine, analysis: str, start: dt.date, end: dt.date, **params: Any) -> CellResult:
    view = View(period=Period(start, end), as_of=AS_OF, grain=Grain.MONTH, compare=Compare.PREVIOUS)
    return run_cell(engine, Cell(analysis=analysis, params=params), view)


def test_the_overview_puts_the_five_first_and_says_what_a_missing_one_needs(engine: Engine) -> None:
    cell = run(engine, "kpi_overview", FEB, MAR)
    frame = cell.result.frame.set_index("metric")
    assert frame.index[:5].tolist() == ["cac", "arr", "clv", "sql2cw", "logo_churn"]
    assert frame.loc["win_rate", "value"] == 28 / 90
    assert frame.loc["win_rate", "base"] == 48 / 90
    assert frame.loc["win_rate", "verdict"] == -1
    assert frame.loc["win_rate", "signal"] is True  # 48 of 90 against 28 of 90
    assert frame.loc["won_deals", ["value", "base"]].tolist() == [28, 48]
    assert frame["value"].isna()["cac"]
    assert "spend" in cell.result.facts["missing"]["cac"].en
    assert "CAC" in cell.result.facts["missing"]["cac"].ru


def test_the_overview_of_one_department(engine: Engine) -> None:
    cell = run(engine, "kpi_overview", FEB, MAR, department="sales")
    assert "win_rate" in set(cell.result.frame["metric"])
    assert "arr" not in set(cell.result.frame["metric"])


def test_every_metric_has_its_place_with_a_department() -> None:
    placed = {key for keys in OF_DEPARTMENT.values() for key in keys}
    assert placed == set(METRIC)
    assert set(OF_DEPARTMENT) == set(DEPARTMENTS)


def test_a_trend_stands_beside_the_periods_before_it(engine: Engine) -> None:
    frame = run(engine, "kpi_trend", FEB, MAR).result.frame
    assert frame[["start", "value", "n", "base_start", "base"]].to_dict("records") == [
        {"start": FEB, "value": 28 / 90, "n": 90, "base_start": JAN, "base": 48 / 90}
    ]


def test_two_months_beside_a_shorter_period_that_was_chosen(engine: Engine) -> None:
    """February and March beside January: the first month has its counterpart, the second has none."""
    view = View(period=Period(FEB, APR), as_of=AS_OF, compare=Compare.CUSTOM, against=Period(JAN, FEB))
    trend = run_cell(engine, Cell(analysis="kpi_trend", params={"metric": "won_deals"}), view)
    assert trend.result.frame["value"].tolist() == [28, 9]
    assert trend.result.frame["base_start"].tolist() == [JAN, None]
    assert trend.result.frame["base"].tolist()[0] == 48
    frame = run_cell(engine, Cell(analysis="kpi_overview"), view).result.frame.set_index("metric")
    assert frame.loc["won_deals", ["value", "base"]].tolist() == [37, 48]
    parts = run_cell(engine, Cell(analysis="drivers", params={"metric": "won_deals", "by": "team"}), view)
    assert parts.result.frame["effect"].sum() == 37 - 48
    assert trend.passport.parameters["compare"]["en"] == "Jan 2025"
    document = passports.document(engine, trend)
    assert passports.view_of(document) == view


def test_a_running_month_is_marked_and_compared_with_as_many_days(engine: Engine) -> None:
    cell = run(engine, "kpi_trend", MAR, APR, metric="won_deals")
    row = cell.result.frame.iloc[0]
    assert bool(row["partial"])
    assert (row["value"], row["base"]) == (9, 28)  # closed on the 10th, so within the same 15 days of February
    assert "(to Mar 15, 2025)" in cell.finding.en
    assert "(по 15.03.2025)" in cell.finding.ru


def test_deals_after_the_same_day_of_the_other_month_do_not_count_in_its_comparison(engine: Engine) -> None:
    view = View(period=Period(MAR, APR), as_of=dt.date(2025, 3, 5), grain=Grain.MONTH)
    row = run_cell(engine, Cell(analysis="kpi_trend", params={"metric": "won_deals"}), view).result.frame.iloc[0]
    assert (row["value"], row["base"]) == (0, 0)  # by the 5th nothing has closed in either month


def test_before_the_data_begins_is_unknown_and_never_zero(engine: Engine) -> None:
    cell = run(engine, "kpi_trend", JAN, FEB, metric="won_deals")
    assert cell.result.frame["base"].isna().all()
    assert any("data begins on Jan 1, 2025" in note.en for note in cell.result.notes)


def test_a_trend_by_team_sums_up_the_small_ones_of_an_additive_metric_only(engine: Engine) -> None:
    sums = run(engine, "kpi_trend", FEB, MAR, metric="won_deals", by="team", top=1).result
    assert dict(zip(sums.frame["group"], sums.frame["value"], strict=True)) == {"South": 20, OTHER_KEY: 8}
    rates = run(engine, "kpi_trend", FEB, MAR, metric="win_rate", by="team", top=1).result
    assert rates.frame["group"].tolist() == ["South"]
    assert any("cannot be added up" in note.en for note in rates.notes)


def test_a_breakdown_says_which_group_is_worse_than_chance(engine: Engine) -> None:
    cell = run(engine, "kpi_breakdown", FEB, MAR, by="team")
    frame = cell.result.frame.set_index("group")
    assert frame.loc["North", ["value", "n", "cases"]].tolist() == [0.8, 10, 8]
    assert frame.loc["South", ["value", "base"]].tolist() == [0.25, 0.5]
    assert frame.loc["South", "low"] < 0.25 < frame.loc["South", "high"]
    assert frame.loc["South", "signal"] is True
    assert cell.finding.en == (
        "Win rate by team: worst in South, 25.0% of 80 against 31.1% overall, more than noise; best in North, 80.0%."
    )
    assert "это больше случайного разброса" in cell.finding.ru


def test_a_breakdown_of_a_sum_gives_shares_that_add_up(engine: Engine) -> None:
    cell = run(engine, "kpi_breakdown", FEB, MAR, metric="won_revenue", by="team")
    frame = cell.result.frame.set_index("group")
    assert frame["share"].sum() == pytest.approx(1)
    assert frame.loc["South", ["value", "base", "change"]].tolist() == [2000, 4000, -2000]
    assert "South leads with $2,000, 71% of $2,800" in cell.finding.en


def test_the_passport_counts_the_rows_and_names_the_file(engine: Engine) -> None:
    passport = run(engine, "kpi_trend", FEB, MAR).passport
    assert [count for _, count in passport.rows_used] == [90]
    assert passport.rows_left_out == ()  # the open deal was created in March
    until_april = run(engine, "kpi_trend", FEB, APR).passport
    assert [(reason.en, count) for reason, count in until_april.rows_left_out] == [("still open", 1)]
    assert [source.file for source in passport.sources] == ["opportunities.csv"]
    assert passport.as_of == AS_OF
    assert passport.sql


def test_the_sql_of_the_passport_runs_again_to_the_same_rows(engine: Engine) -> None:
    cell = run(engine, "kpi_trend", FEB, MAR)
    again, _sql = engine.run(cell.passport.sql[0], {})
    alone = "value" in again  # what told others too names each figure's columns after it
    assert 48 / 90 in again["value" if alone else "win_rate__value"].tolist()


def test_the_default_view_is_the_whole_months_the_data_have(engine: Engine) -> None:
    view = default_view(engine)
    assert (view.period.start, view.period.end) == (JAN, MAR)
    assert view.as_of == AS_OF


@pytest.mark.parametrize(
    ("params", "hint"),
    [({"metric": "winrate"}, "win_rate"), ({"metrik": "win_rate"}, "metric"), ({"by": "segmnt"}, "")],
)
def test_a_wrong_parameter_is_refused_with_the_nearest(engine: Engine, params: dict[str, str], hint: str) -> None:
    with pytest.raises(BadParameter) as caught:
        run(engine, "kpi_trend", FEB, MAR, **params)
    assert hint in str(caught.value)


def test_a_dimension_the_rows_do_not_carry_is_refused_in_both_languages(engine: Engine) -> None:
    with pytest.raises(NotComputable) as caught:
        run(engine, "kpi_breakdown", FEB, MAR, by="plan")
    assert "team" in caught.value.sentence().en.lower()
    assert caught.value.sentence().ru


def test_nothing_closed_means_cannot_tell(engine: Engine) -> None:
    view = View(period=Period(dt.date(2024, 1, 1), dt.date(2024, 2, 1)), as_of=AS_OF)
    cell = run_cell(engine, Cell(analysis="kpi_trend"), view)
    assert cell.finding.en.startswith("Can't tell:")
