"""What the charts show: every text in the reader's language, nothing by colour alone, a click that names its marks."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
import tomllib
from typing import Any

import altair as alt
import pytest

from revops.analysis import Cell, View
from revops.analysis.core import CellResult
from revops.analysis.run import run_cell
from revops.charts import SELECTION, draw
from revops.charts.marks import axis_labels
from revops.charts.theme import DARK, LIGHT, Palette
from revops.formats import NBSP, Formatter
from revops.metrics.core import Period, Unit
from revops.metrics.engine import Engine
from tests.demo import ROOT
from tests.oracle.company import AS_OF, TABLES
from tests.support import workspace_of

EN, RU = Formatter("en", "USD"), Formatter("ru", "USD")
HALF_YEAR = View(period=Period(dt.date(2025, 2, 1), dt.date(2025, 7, 1)), as_of=AS_OF)
CELLS: dict[str, Cell] = {
    "trend": Cell(analysis="kpi_trend", params={"metric": "mrr"}),
    "trend of a share": Cell(analysis="kpi_trend", params={"metric": "win_rate"}),
    "trend by segment": Cell(analysis="kpi_trend", params={"metric": "active_customers", "by": "segment"}),
    "breakdown of a share": Cell(analysis="kpi_breakdown", params={"metric": "logo_churn", "by": "segment"}),
    "breakdown of a sum": Cell(analysis="kpi_breakdown", params={"metric": "mrr", "by": "segment"}),
    "funnel": Cell(analysis="funnel"),
    "funnel by segment": Cell(analysis="funnel", params={"by": "segment"}),
    "rates of steps by entry": Cell(analysis="funnel_trend"),
    "rates of steps from the first": Cell(analysis="funnel_trend", params={"kind": "lifecycle", "rate": "first"}),
    "lifecycle": Cell(analysis="funnel", params={"kind": "lifecycle"}),
    "pipeline from start to end": Cell(analysis="pipeline_waterfall"),
    "where deals die": Cell(analysis="lost_deals", params={"measure": "amount"}),
    "days of a step": Cell(analysis="step_times"),
    "a seller's desk": Cell(analysis="seller_desk"),
    "churn over time": Cell(analysis="churn_trend"),
    "churn by tenure": Cell(analysis="churn_breakdown", params={"by": "tenure"}),
    "reasons": Cell(analysis="churn_breakdown", params={"by": "reason"}),
    "blank fields": Cell(analysis="completeness"),
    "bridge": Cell(analysis="arr_bridge"),
    "movements": Cell(analysis="arr_bridge", params={"show": "periods"}),
}
each_cell = pytest.mark.parametrize("name", CELLS)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CellResult]:
    engine = Engine(workspace_of(tmp_path_factory.mktemp("charts") / "w.duckdb", TABLES))
    return {name: run_cell(engine, cell, HALF_YEAR) for name, cell in CELLS.items()}


def spec(cell: CellResult, formatter: Formatter, *, validate: bool = False, **more: Any) -> dict[str, Any]:
    chart = draw(cell, formatter, **more)
    assert chart is not None
    found: dict[str, Any] = chart.to_dict(validate=validate)
    return found


def values(chart: dict[str, Any], key: str) -> list[Any]:
    """Every value under a key, anywhere in the spec."""
    found: list[Any] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            found.extend(v for k, v in node.items() if k == key)
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(chart)
    return found


@each_cell
def test_every_chart_is_a_valid_spec_of_few_marks(results: dict[str, CellResult], name: str) -> None:
    chart = spec(results[name], EN, validate=True)
    assert sum(len(rows) for rows in chart["datasets"].values()) < 2000
    assert chart["background"] == "transparent"
    assert chart["width"] == "container"


@each_cell
def test_a_click_is_read_under_one_name_and_by_fields_of_the_data(results: dict[str, CellResult], name: str) -> None:
    chart = spec(results[name], EN)
    params = [p for group in values(chart, "params") for p in group if p["name"] == SELECTION]
    assert len(params) == 1
    rows = [row for data in chart["datasets"].values() for row in data]
    for field in params[0]["select"]["fields"]:
        assert any(field in row for row in rows), field


@each_cell
def test_titles_and_tooltips_are_russian_for_a_russian_reader(results: dict[str, CellResult], name: str) -> None:
    titles = [t for t in values(spec(results[name], RU), "title") if isinstance(t, str)]
    assert titles
    for title in titles:
        assert re.search("[а-яё]", title, re.IGNORECASE) or title in ("ARR", "MRR"), title


@each_cell
def test_no_raw_number_reaches_a_tooltip(results: dict[str, CellResult], name: str) -> None:
    for encoded in values(spec(results[name], RU), "tooltip"):
        for tip in encoded if isinstance(encoded, list) else [encoded]:
            assert tip["type"] == "nominal", tip  # a text the formatter made


@each_cell
def test_dark_and_light_differ_in_colour_only(results: dict[str, CellResult], name: str) -> None:
    light, dark = spec(results[name], EN), spec(results[name], EN, dark=True)
    assert light != dark

    def bare(chart: dict[str, Any]) -> str:
        # a view is named by the hash of its spec, colours and all
        return re.sub(r"#[0-9a-f]{6}|view_[0-9a-f]+", "#", json.dumps(chart, sort_keys=True, default=str))

    assert bare(light) == bare(dark)


def test_months_are_written_in_the_readers_language(results: dict[str, CellResult]) -> None:
    rows = next(iter(spec(results["trend"], RU)["datasets"].values()))
    assert [row["period"] for row in rows] == ["фев 2025", "мар 2025", "апр 2025", "май 2025", "июн 2025"]


def test_a_bridge_stands_on_itself_and_signs_say_what_colours_say(results: dict[str, CellResult]) -> None:
    data = spec(results["bridge"], EN)["datasets"].values()
    rows = max(data, key=len)
    assert [row["name"] for row in rows] == [
        "Start", "New", "Reactivation", "Expansion", "Contraction", "Churn", "End",
    ]  # fmt: skip
    assert [row["label"][0] for row in rows[1:-1]] == ["+", "+", "+", "−", "−"]
    assert rows[-1]["high"] == rows[-2]["after"]


def test_blank_fields_by_team_are_a_map_of_shares(tmp_path_factory: pytest.TempPathFactory) -> None:
    deals = [
        {"opportunity_id": "1", "stage": "Won", "owner": "Ann", "amount": 5, "loss_reason": "none"},
        {"opportunity_id": "2", "stage": "Won", "owner": "Ann", "loss_reason": "none"},
        {"opportunity_id": "3", "stage": "Won", "owner": "Bob", "amount": 5},
    ]
    people = [{"person": "Ann", "team": "North"}, {"person": "Bob", "team": "South"}]
    engine = Engine(
        workspace_of(tmp_path_factory.mktemp("blank") / "w.duckdb", {"opportunities": deals, "people": people})
    )
    cell = run_cell(engine, Cell(analysis="completeness", params={"by": "team"}), HALF_YEAR)
    chart = spec(cell, RU, validate=True)
    rows = [row for data in chart["datasets"].values() for row in data]
    amounts = {row["whose"]: row["label"] for row in rows if row["field"] == "opportunities.amount"}
    assert amounts == {"North": f"50{NBSP}%", "South": f"100{NBSP}%"}
    assert rows[0]["field"] == "opportunities.amount", "the emptiest first; a reason of a loss may rightly be blank"
    assert "opportunities.loss_reason" not in {row["field"] for row in rows}
    (params,) = values(chart, "params")
    assert params[0]["select"]["fields"] == ["field", "team"]


def test_teams_that_are_nobodys_leave_an_empty_map(tmp_path_factory: pytest.TempPathFactory) -> None:
    deals = [{"opportunity_id": "1", "stage": "Won", "owner": "Ann"}]
    people = [{"person": "Bob", "team": "South"}]
    tables = {"opportunities": deals, "people": people}
    engine = Engine(workspace_of(tmp_path_factory.mktemp("nobody") / "w.duckdb", tables))
    cell = run_cell(engine, Cell(analysis="completeness", params={"by": "team"}), HALF_YEAR)
    chart = spec(cell, EN, validate=True)
    assert [row for data in chart["datasets"].values() for row in data] == []


def test_stacked_movements_put_losses_below_zero(results: dict[str, CellResult]) -> None:
    rows = max(spec(results["movements"], EN)["datasets"].values(), key=len)
    for row in rows:
        assert row["amount"] <= 0 if row["part"] in ("contraction", "churn") else row["amount"] >= 0


def test_a_group_beyond_noise_is_filled_and_one_within_it_hollow(results: dict[str, CellResult]) -> None:
    chart = spec(results["breakdown of a share"], EN)
    fill = next(f for f in values(chart, "fill") if isinstance(f, dict) and "condition" in f)
    assert [c["value"] for c in fill["condition"]] == [LIGHT.series[0]]
    assert fill["value"] == LIGHT.paper


def test_a_running_period_is_hollow_and_said_in_the_tooltip(tmp_path_factory: pytest.TempPathFactory) -> None:
    engine = Engine(workspace_of(tmp_path_factory.mktemp("running") / "w.duckdb", TABLES))
    view = View(period=Period(dt.date(2025, 5, 1), dt.date(2025, 7, 1)), as_of=dt.date(2025, 6, 10))
    rows = spec(run_cell(engine, CELLS["trend"], view), RU)["datasets"]
    told = [row for data in rows.values() for row in data if row["partial"]]
    assert told
    assert all(row["tip_period"] == "июн 2025 (ещё идёт)" for row in told)


@pytest.mark.parametrize("name", ["rates of steps by entry", "rates of steps from the first"])
def test_each_step_keeps_to_its_own_panel(results: dict[str, CellResult], name: str) -> None:
    chart = spec(results[name], EN)
    longest = max(chart["datasets"].values(), key=len)
    rows = [row for row in longest if row["share"] is not None]
    axis = next(a for a in values(chart, "axis") if a and a.get("values"))
    lines = axis["values"]
    panels = dict(
        zip(dict.fromkeys(row["step"] for row in rows), zip(lines[::2], lines[1::2], strict=True), strict=True)
    )
    for row in rows:
        ground, top = panels[row["step"]]
        assert ground <= row["low"] <= row["share"] <= row["high"] <= top
        assert row["share"] <= row["at_most"] <= top
        assert (row["old"] is None) is row["immature"]
    bands = sorted(panels.values())
    assert all(below[1] < above[0] for below, above in itertools.pairwise(bands))
    assert len(rows) == results[name].result.frame["share"].notna().sum() > 2


def test_key_figures_need_no_chart(tmp_path_factory: pytest.TempPathFactory) -> None:
    engine = Engine(workspace_of(tmp_path_factory.mktemp("cards") / "w.duckdb", TABLES))
    assert draw(run_cell(engine, Cell(analysis="kpi_overview"), HALF_YEAR), EN) is None


def test_pictures_take_a_width_in_pixels(results: dict[str, CellResult]) -> None:
    assert spec(results["funnel"], EN, width=640)["width"] == 640


@pytest.mark.parametrize(("palette", "section"), [(LIGHT, "light"), (DARK, "dark")])
def test_colours_are_those_of_the_pages(palette: Palette, section: str) -> None:
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"][section]
    assert list(palette.series) == theme["chartCategoricalColors"]
    assert palette.ink == theme["textColor"]
    assert palette.paper == theme["backgroundColor"]
    assert (palette.good, palette.bad) == (theme["greenColor"], theme["redColor"])
    assert palette.muted == theme["grayColor"]


@pytest.mark.parametrize("unit", [*Unit, None])
def test_axis_labels_are_expressions_that_vega_can_read(unit: Unit | None) -> None:
    for formatter in (EN, RU):
        text = axis_labels(unit, formatter)
        assert text.count("(") == text.count(")")
        alt.Axis(labelExpr=text).to_dict()
    assert "млн" in axis_labels(Unit.MONEY, RU)
    assert "млн" not in axis_labels(Unit.MONEY, EN)
