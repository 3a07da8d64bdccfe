"""The command line on export files that nobody here wrote, against the answers their publishers printed.

Each folder's workspace is built once, by `import` with the proposed mapping and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from revops.cli.app import program

pytestmark = pytest.mark.real

Rows = list[dict[str, Any]]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(program(), [str(a) for a in arguments], catch_exceptions=False)


def answer(*arguments: object) -> Any:
    """What the command prints as JSON; it must succeed."""
    result = run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def loaded(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Folder and file names -> the workspace into which one `import` loaded them."""
    done: dict[tuple[str, ...], Path] = {}

    def load(folder: str, *names: str) -> Path:
        files = [real_data / folder / n for n in names] or sorted((real_data / folder).glob("*.csv"))
        for file in files:
            if not file.is_file():
                pytest.skip(f"a real export file is missing: {folder}/{file.name}")
        key = tuple(map(str, files))
        if key not in done:
            path = tmp_path_factory.mktemp(folder) / "w.duckdb"
            answer("import", *files, "--workspace", path)
            done[key] = path
        return done[key]

    return load


def by_value(rows: Rows, name: str) -> dict[str, dict[str, Any]]:
    return {row[name]: row for row in rows}


# --- a CRM's opportunities ------------------------------------------------------------------------------------------


def test_maven_win_rate_and_won_revenue(loaded: Callable[..., Path]) -> None:
    path = loaded("maven_crm")
    (rate,) = answer("metric", "win_rate", "--workspace", path)
    assert (rate["numerator"], rate["denominator"]) == (4238, 6711)
    assert rate["value"] == pytest.approx(0.6315, abs=5e-5)
    assert rate["low"] < rate["value"] < rate["high"]
    (revenue,) = answer("metric", "won_revenue", "--workspace", path)
    assert revenue["value"] == 10_005_534
    (deal,) = answer("metric", "average_won_deal", "--workspace", path)
    assert deal["value"] == pytest.approx(2360.91, abs=0.005)


@pytest.mark.parametrize("by", ["regional_office", "team"])
def test_maven_by_the_region_of_the_agent(loaded: Callable[..., Path], by: str) -> None:
    path = loaded("maven_crm")
    rates = by_value(answer("metric", "win_rate", "--by", by, "--workspace", path), by)
    revenue = by_value(answer("metric", "won_revenue", "--by", by, "--workspace", path), by)
    assert {k: round(v["value"], 3) for k, v in rates.items() if k} == {"Central": 0.626, "West": 0.639, "East": 0.630}
    assert {k: v["value"] for k, v in revenue.items() if k} == {
        "Central": 3_346_293,
        "West": 3_568_647,
        "East": 3_090_594,
    }


def test_maven_months_add_up_to_the_whole(loaded: Callable[..., Path]) -> None:
    months = answer("metric", "won_revenue", "--grain", "month", "--workspace", loaded("maven_crm"))
    assert [m["start"] for m in months] == [f"2017-{m:02}-01" for m in range(3, 13)]
    assert sum(m["value"] for m in months) == 10_005_534


def test_maven_filter_by_a_column_of_the_file(loaded: Callable[..., Path]) -> None:
    path = loaded("maven_crm")
    (east,) = answer("metric", "won_revenue", "--where", "regional_office=East", "--workspace", path)
    assert east["value"] == 3_090_594


# --- a snapshot without dates -----------------------------------------------------------------------------------------


def test_telco_share_that_left(loaded: Callable[..., Path]) -> None:
    path = loaded("telco")
    (count,) = answer("sql", "SELECT count(*) AS n FROM subscriptions", "--workspace", path)
    assert count["n"] == 7043
    (share,) = answer("metric", "ended_share", "--workspace", path)
    assert (share["numerator"], share["denominator"]) == (1869, 7043)
    assert share["value"] == pytest.approx(0.2654, abs=5e-5)


def test_telco_by_contract(loaded: Callable[..., Path]) -> None:
    rows = by_value(answer("metric", "ended_share", "--by", "Contract", "--workspace", loaded("telco")), "Contract")
    assert {k: (v["numerator"], v["denominator"]) for k, v in rows.items()} == {
        "Month-to-month": (1655, 3875),
        "One year": (166, 1473),
        "Two year": (48, 1695),
    }


# --- recurring revenue ------------------------------------------------------------------------------------------

MOVEMENTS = ("new_mrr", "reactivation_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr")


def subscriptions(real_data: Path) -> pd.DataFrame:
    """The raw file; subscriptions that end the day they begin were never active."""
    file = real_data / "ravenstack" / "ravenstack_subscriptions.csv"
    rows = pd.read_csv(file, parse_dates=["start_date", "end_date"])
    return rows[rows.end_date.isna() | (rows.end_date > rows.start_date)]


def movements(rows: pd.DataFrame) -> pd.DataFrame:
    """The oracle: every change of an account's MRR, by day, with its kind and size."""
    began = rows[["account_id", "start_date", "mrr_amount"]].set_axis(["account", "day", "step"], axis=1)
    ended = rows.dropna(subset=["end_date"])[["account_id", "end_date", "mrr_amount"]]
    ended = ended.set_axis(["account", "day", "step"], axis=1).assign(step=lambda t: -t.step)
    days = pd.concat([began, ended]).groupby(["account", "day"], as_index=False).step.sum()
    days = days[days.step != 0].sort_values(["account", "day"])
    days["after"] = days.groupby("account").step.cumsum()
    days["before"] = days.after - days.step
    days["paid_before"] = days.groupby("account").after.transform(lambda t: (t.shift(fill_value=0) > 0).cummax())
    days["kind"] = [
        ("reactivation_mrr" if paid else "new_mrr") if before == 0
        else "churned_mrr" if after == 0
        else "expansion_mrr" if after > before
        else "contraction_mrr"
        for before, after, paid in zip(days.before, days.after, days.paid_before, strict=True)
    ]  # fmt: skip
    return days


def test_ravenstack_mrr_of_every_month(loaded: Callable[..., Path], real_data: Path) -> None:
    months = answer("metric", "mrr", "--grain", "month", "--workspace", loaded("ravenstack"))
    assert [m["start"] for m in months] == [
        str(p.start_time.date()) for p in pd.period_range("2023-01", "2024-12", freq="M")
    ]
    rows = subscriptions(real_data)
    for month in months:
        end = pd.Timestamp(month["end"])
        active = rows[(rows.start_date < end) & (rows.end_date.isna() | (rows.end_date >= end))]
        assert month["value"] == pytest.approx(active.mrr_amount.sum(), abs=0.005), month["start"]


def test_ravenstack_movements_of_every_month_close_to_the_cent(loaded: Callable[..., Path], real_data: Path) -> None:
    path = loaded("ravenstack")
    end = {m["start"]: m["value"] for m in answer("metric", "mrr", "--grain", "month", "--workspace", path)}
    parts = {
        key: {
            m["start"]: m["value"]
            for m in answer("metric", key, "--grain", "month", "--from", "2023-01", "--workspace", path)
        }
        for key in MOVEMENTS
    }
    oracle = movements(subscriptions(real_data))
    expected = oracle.step.abs().groupby([oracle.day.dt.strftime("%Y-%m-01"), oracle.kind]).sum()
    start = 0.0
    for month in end:
        new, reactivation, expansion, contraction, churn = (parts[key][month] for key in MOVEMENTS)
        assert start + new + reactivation + expansion - contraction - churn == pytest.approx(end[month], abs=0.005)
        for key in MOVEMENTS:
            assert parts[key][month] == pytest.approx(expected.get((month, key), 0.0), abs=0.005), (month, key)
        start = end[month]


def test_ravenstack_bridge_is_the_same_as_the_metrics(loaded: Callable[..., Path]) -> None:
    asked = ("cell", "arr_bridge", "-p", "measure=mrr", "--from", "2023-01", "--to", "2024-12", "--grain", "quarter")
    cell = answer(*asked, "--workspace", loaded("ravenstack"))
    assert cell["facts"]["closes"] is True
    parts = cell["facts"]["whole"]
    assert parts.pop("end") == pytest.approx(sum(parts.values()), abs=0.005)


# --- one company in two systems ---------------------------------------------------------------------------------


def test_two_systems_of_one_company_give_the_same_answers(loaded: Callable[..., Path]) -> None:
    paths = [loaded("stage_history", f"{n}.csv") for n in ("sample_hubspot_deals", "sample_salesforce_history")]
    asked = "SELECT status, count(*) AS n FROM opportunities GROUP BY ALL"
    for path in paths:
        counted = {row["status"]: row["n"] for row in answer("sql", asked, "--workspace", path)}
        assert counted == {"won": 175, "lost": 1384, "open": 41}
    for metric in ("win_rate", "won_revenue", "sales_cycle"):
        one, other = (answer("metric", metric, "--grain", "quarter", "--workspace", path) for path in paths)
        if metric != "sales_cycle":  # one system keeps the hour of an entry, the other the day
            assert one == other
    one, other = (answer("cell", "funnel", "-p", "kind=pipeline", "--from", "2020", "--workspace", p) for p in paths)
    counted = [[(r["step"], r["reached"], r["open"], r["lost"]) for r in cell["rows"]] for cell in (one, other)]
    assert counted[0] == counted[1]
    assert counted[0][0][1] == 1600
    assert counted[0][-1][:2] == ("Closed Won", 175)
