"""The address carries the view: keys that no language changes, unknown ones ignored."""

from __future__ import annotations

from pathlib import Path

import pytest

from revops.ui.address import decode_kept, encode_kept
from tests.pages.conftest import OpenPage, said


@pytest.mark.parametrize(
    "kept",
    [
        {},
        {"segment": ("SMB", "Enterprise")},
        {"segment": ("",)},
        {"owner": ("Ann; the first", "Bob|two"), "extra.Deal: kind": ("a:b\\c",)},
    ],
)
def test_kept_values_survive_the_address(kept: dict[str, tuple[str, ...]]) -> None:
    assert decode_kept(encode_kept(kept)) == kept


@pytest.mark.parametrize("text", ["", "segment", ":SMB", "a:b:c"])
def test_what_is_not_of_the_form_is_ignored(text: str) -> None:
    assert decode_kept(text) == {}


def test_one_address_means_the_same_in_both_languages(open_page: OpenPage, demo_home: Path) -> None:
    view = {"period": "this_year", "grain": "quarter", "compare": "last_year", "where": "segment:SMB"}
    english = open_page("churn", demo_home, "demo", lang="en", **view)
    russian = open_page("churn", demo_home, "demo", lang="ru", **view)
    for app in (english, russian):
        assert app.selectbox(key="shown_period").value == "this_year"
        assert app.selectbox(key="shown_grain").value == "quarter"
        assert app.selectbox(key="shown_compare").value == "last_year"
    assert "2026 · quarter · vs the same period last year · Segment: SMB" in said(english)
    assert "2026 · квартал · к тому же периоду прошлого года · Сегмент: SMB" in said(russian)


def test_an_unknown_choice_in_the_address_counts_as_the_default(open_page: OpenPage, demo_home: Path) -> None:
    app = open_page("overview", demo_home, "demo", period="someday", where="shoe_size:44")
    assert not app.exception
    assert app.selectbox(key="shown_period").value == "last_12_months"


def test_custom_dates(open_page: OpenPage, demo_home: Path) -> None:
    app = open_page("trends", demo_home, "demo", period="custom", **{"from": "2026-02-01", "to": "2026-04-30"})
    assert "Feb 2026 – Apr 2026" in said(app)


def test_one_custom_day_is_enough(open_page: OpenPage, demo_home: Path) -> None:
    app = open_page("trends", demo_home, "demo", period="custom", **{"from": "2026-02-01"})
    assert "Feb 2026 – Oct 2026 · month · vs the previous period" in said(app)


def test_a_comparison_with_days_of_its_own(open_page: OpenPage, demo_home: Path) -> None:
    against = {"vs_from": "2025-02-01", "vs_to": "2025-04-30"}
    app = open_page("trends", demo_home, "demo", period="last_quarter", compare="custom", **against)
    assert "vs Feb 2025 – Apr 2025" in said(app)
    app = open_page("trends", demo_home, "demo", period="last_quarter", lang="ru")
    app.selectbox(key="shown_compare").select("custom").run()
    assert "к периоду апр 2026 – июн 2026" in said(app)  # the previous period, until a day is chosen
    assert app.query_params["compare"] == "custom"


def test_a_choice_made_by_hand_goes_into_the_address_and_reset_takes_it_out(
    open_page: OpenPage, demo_home: Path
) -> None:
    app = open_page("funnel", demo_home, "demo")
    app.selectbox(key="shown_period").select("this_year").run()
    assert app.query_params["period"] == "this_year"
    app.button(key="reset_filters").click().run()
    assert "period" not in app.query_params
    assert app.selectbox(key="shown_period").value == "last_12_months"


def test_a_filter_that_one_metric_cannot_take_leaves_the_others_alone(open_page: OpenPage, demo_home: Path) -> None:
    app = open_page("overview", demo_home, "demo", where="segment:SMB")
    assert not app.exception
    labels = [m.label for m in app.metric]
    assert "Win rate" in labels
    assert not any("CAC" in label and "LTV" not in label for label in labels)  # spend names no segment
    assert "Customer acquisition cost" in said(app)


def test_a_cell_opens_to_its_passport(open_page: OpenPage, demo_home: Path) -> None:
    app = open_page("trends", demo_home, "demo")
    assert not app.code
    app.segmented_control(key="details_trend").select("passport").run()
    assert not app.exception
    assert "SELECT" in app.code[0].value
    assert "hubspot_deals.csv" in app.dataframe[0].value.to_string()
