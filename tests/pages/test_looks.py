"""Looks of the pages open on the demo company, and its controls follow the address."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages.conftest import OpenPage, said


@pytest.mark.parametrize(
    ("page", "address", "words"),
    [
        ("funnel", {"order": "strict", "window": "90"}, "went on out of order"),
        ("funnel", {"look": "entry", "grain": "quarter", "order": "strict", "lang": "ru"}, "По кварталу входа"),
        ("funnel", {"look": "entry", "funnel": "lifecycle", "rate": "first", "window": "90"}, "Lead → MQL"),
        ("funnel", {"look": "moves", "lang": "ru"}, "На следующий этап перешли"),
        ("funnel", {"look": "goal", "goal": "300"}, "a goal of 300 wins takes"),
        ("funnel", {"look": "time", "step": "Demo", "far": "won", "show": "curve"}, "came to “Closed Won”"),
        ("churn", {"look": "left", "days": "180"}, "In the 180 days before leaving"),
        ("churn", {"look": "left", "lang": "ru"}, "За 90 дн. до ухода"),
        ("churn", {"look": "target", "target": "12.5"}, "At 12.5% at most 28 may leave"),
        ("churn", {"look": "target", "measure": "gross", "split": "plan", "lang": "ru"}, "удержать нужно"),
        ("pipeline", {"look": "waterfall", "count": "deals", "lang": "ru"}, "Открытая воронка: 127"),
        ("pipeline", {"look": "lost"}, "deals lost in Nov 2025 – Oct 2026"),
        ("pipeline", {"look": "levers", "win": "36.5", "lang": "ru"}, "а если доля выигранных 36,5 %"),
        ("revenue", {"look": "scenario", "lost": "0.9", "goal": "12000000"}, "churned MRR a month 0.9% to $"),
        ("pipeline", {"look": "seller", "seller": "Robert Thane"}, "Robert Thane has 8 open deals"),
    ],
)
def test_a_look_opens_as_the_address_says(
    open_page: OpenPage, demo_home: Path, page: str, address: dict[str, str], words: str
) -> None:
    app = open_page(page, demo_home, "demo", **address)
    assert not app.exception
    assert not app.warning, [w.value for w in app.warning]
    assert words in said(app).replace("\u00a0", " ")
    assert app.get("vega_lite_chart")


def test_a_chart_whose_marks_have_no_rows_says_so(open_page: OpenPage, demo_home: Path) -> None:
    words = "no rows are behind its marks"
    assert words in said(open_page("funnel", demo_home, "demo", look="goal", goal="300"))
    assert words not in said(open_page("funnel", demo_home, "demo"))
