"""Cells of a page are computed once, side by side, and again only where what they depend on has changed."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from revops.analysis.run import run_cell
from revops.ui import figures
from tests.pages.conftest import OpenPage


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each analysis was computed."""
    counted: Counter[str] = Counter()

    def counting(engine: Any, cell: Any, view: Any) -> Any:
        counted[cell.analysis] += 1
        return run_cell(engine, cell, view)

    monkeypatch.setattr(figures, "run_cell", counting)
    return counted


def test_each_cell_is_computed_once_and_anew_for_its_own_controls_alone(
    open_page: OpenPage, demo_home: Path, ran: Counter[str]
) -> None:
    app = open_page("alignment", demo_home, "demo")
    assert not app.exception
    so_far = {"kpi_overview": 1, "funnel": 1}
    assert ran == so_far
    app.segmented_control(key="details_lifecycle").select("table").run()
    app.segmented_control(key="shown_lang").select("ru").run()
    assert ran == so_far
    app.segmented_control(key="shown_look").select("since").run()
    app.date_input(key="shown_since").set_value(dt.date(2026, 3, 1)).run()
    assert ran == so_far | {"before_after": 2}
    app.segmented_control(key="shown_look").select("figure").run()
    app.selectbox(key="shown_metric").select("sql2cw").run()
    assert ran == so_far | {"before_after": 2, "kpi_trend": 2, "kpi_breakdown": 2}
    app.segmented_control(key="shown_look").select("blank").run()
    app.segmented_control(key="shown_look").select("way").run()
    assert not app.exception
    assert ran == so_far | {"before_after": 2, "kpi_trend": 2, "kpi_breakdown": 2, "completeness": 1}


def test_the_acquisition_page_computes_each_cell_once(open_page: OpenPage, demo_home: Path, ran: Counter[str]) -> None:
    app = open_page("acquisition", demo_home, "demo")
    assert not app.exception
    assert ran == {"kpi_overview": 1, "kpi_trend": 1, "kpi_breakdown": 1}
    app.segmented_control(key="shown_look").select("credit").run()
    assert ran == {"kpi_overview": 1, "kpi_trend": 1, "kpi_breakdown": 1, "attribution": 1}
