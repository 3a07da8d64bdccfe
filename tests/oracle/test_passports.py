"""A passport goes with the number: its statements give the number again, and the file can be checked later."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from revops.analysis import ANALYSES, passports
from revops.analysis.core import Cell, CellResult
from revops.analysis.passport_text import markdown
from revops.analysis.run import default_view, run_cell
from revops.errors import BadParameter, NotComputable
from revops.metrics.engine import Engine
from revops.workspace import Workspace
from tests.oracle.company import TABLES
from tests.support import workspace_of

TREND = Cell(analysis="kpi_trend", params={"metric": "won_revenue"})


def ran(engine: Engine, cell: Cell, **view: Any) -> CellResult:
    return run_cell(engine, cell, replace(default_view(engine), **view))


@pytest.mark.parametrize("analysis", [a.key for a in ANALYSES])
def test_the_statements_of_a_cell_run_alone_and_give_what_it_was_told(
    company: Engine, analysis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: dict[str, pd.DataFrame] = {}
    run = Engine.run

    def listened(engine: Engine, text: str, relations: Any) -> tuple[pd.DataFrame, str]:
        frame, sql = run(engine, text, relations)
        told[sql] = frame
        return frame, sql

    monkeypatch.setattr(Engine, "run", listened)
    fresh = Engine(company.workspace)
    try:
        result = ran(fresh, Cell(analysis=analysis)).result
    except NotComputable as error:
        pytest.skip(f"the company's files cannot tell {analysis}: {error}")
    if result.empty is None:
        assert result.sql, "a passport without its statements"
    for sql in result.sql:
        again, _sql = fresh.run(sql, {})
        pd.testing.assert_frame_equal(again, told[sql], rtol=1e-12)


def test_every_figure_of_the_model_can_be_had_in_the_sql_editor(company: Engine) -> None:
    """A person pastes a passport's statement into the editor of queries: it is allowed, and gives the number."""
    result = ran(company, Cell(analysis="kpi_breakdown", params={"metric": "win_rate", "by": "segment"})).result
    frame = company.workspace.query_user(result.sql[0])
    asked = frame[frame["period_id"] == 0].set_index("dimension")["value"]
    for row in result.frame.itertuples():
        assert asked[row.group] == pytest.approx(row.value)


def test_a_passport_says_everything_and_reads_back(company: Engine) -> None:
    found = ran(company, TREND)
    paper = passports.document(company, found)
    assert passports.read(passports.text_of(paper)) == paper
    assert passports.view_of(paper) == replace(found.view, where={})
    assert paper["values"][0]["value"] == found.result.frame["value"].iloc[0]
    assert {s["file"] for s in paper["sources"]} >= {"opportunities.csv"}
    assert all(len(s["sha256"]) == 64 for s in paper["sources"])
    assert [r["what"]["en"] for r in paper["rows_used"]] == ["won opportunities"]
    page = markdown(paper, "ru")
    assert page.startswith("# Динамика")
    assert "```sql" in page
    assert paper["sources"][0]["sha256"] in page


def test_the_same_data_gives_the_same_figures(company: Engine) -> None:
    for cell in (TREND, Cell(analysis="kpi_overview"), Cell(analysis="arr_bridge"), Cell(analysis="churn_trend")):
        paper = passports.read(passports.text_of(passports.document(company, ran(company, cell))))
        assert passports.verified(Engine(company.workspace), paper) == passports.Verdict(
            same=True, differences=(), reasons=()
        )


def test_a_changed_figure_is_named(company: Engine) -> None:
    paper = passports.document(company, ran(company, TREND))
    paper["values"][1]["value"] = 1.0
    verdict = passports.verified(company, paper)
    assert not verdict.same
    assert [(d.column, d.was) for d in verdict.differences] == [("value", 1.0)]
    assert verdict.reasons == (passports.ITS_OWN,)


@pytest.fixture
def own(tmp_path: Path) -> Workspace:
    """The company in a workspace that the test may change."""
    return workspace_of(tmp_path / "own.duckdb", TABLES)


def test_an_undone_import_is_named_as_the_reason(own: Workspace) -> None:
    paper = passports.document(Engine(own), ran(Engine(own), TREND))
    imports = own.imports()
    deals = imports[imports["file"] == "opportunities.csv"]["import_id"].iloc[0]
    own.undo(int(deals))
    verdict = passports.verified(Engine(own), paper)
    assert not verdict.same
    assert any("opportunities.csv" in reason.en for reason in verdict.reasons)


def test_a_changed_setting_is_named_as_the_reason(own: Workspace) -> None:
    cell = Cell(analysis="kpi_trend", params={"metric": "clv"})
    paper = passports.document(Engine(own), ran(Engine(own), cell))
    own.settings = replace(own.settings, gross_margin=0.5)
    verdict = passports.verified(Engine(own), paper)
    assert not verdict.same
    assert any("gross_margin" in reason.en for reason in verdict.reasons)


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"revops_passport": 99}), "not json"])
def test_another_file_is_no_passport(text: str) -> None:
    with pytest.raises(BadParameter):
        passports.read(text)


def test_the_day_of_a_view_is_kept(company: Engine) -> None:
    day = dt.date(2025, 4, 10)
    paper = passports.document(company, ran(company, TREND, as_of=day))
    assert passports.view_of(paper).as_of == day
    assert passports.verified(company, paper).same
