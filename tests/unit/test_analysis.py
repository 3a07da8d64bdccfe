"""Every analysis is declared whole and in both languages; parameters are checked; figures read well."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from revops.analysis import ANALYSES, ANALYSIS, Analysis, Result, analysis
from revops.analysis.core import Column, Param, ParamKind
from revops.analysis.params import parse_param, resolve, to_address
from revops.analysis.phrases import change_clause, lower_first, one_stop
from revops.analysis.values import NOT_SET, show, show_change, show_difference, shown, verdict
from revops.charts import DRAWINGS
from revops.charts import WITHOUT as WITHOUT_CHART
from revops.errors import BadParameter, UnknownName
from revops.formats import DASH, Formatter
from revops.metrics import METRIC
from revops.metrics.core import Good, Grain, Unit
from revops.model import ENTITY
from revops.text import Text

EN, RU = Formatter("en", "USD"), Formatter("ru", "RUB")
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)

each_analysis = pytest.mark.parametrize("declared", ANALYSES, ids=lambda a: a.key)


def texts_of(declared: Analysis) -> list[Text]:
    found = [declared.title, declared.question, declared.definition]
    for param in declared.params:
        found += [param.label, *param.choices.values()]
    return found


@each_analysis
def test_every_text_is_said_in_both_languages(declared: Analysis) -> None:
    for text in texts_of(declared):
        assert text.en.strip(), declared.key
        assert not CYRILLIC.search(text.en), text.en
        assert CYRILLIC.search(text.ru) or text.ru.isupper(), text.ru


@each_analysis
def test_every_chart_is_drawn_or_needs_no_drawing(declared: Analysis) -> None:
    assert declared.chart in DRAWINGS or declared.chart in WITHOUT_CHART


@each_analysis
def test_every_need_is_a_field_of_the_model(declared: Analysis) -> None:
    for group in declared.needs:
        for need in group:
            entity, _, field = need.partition(".")
            assert field in ENTITY[entity]


@each_analysis
def test_every_default_is_a_value_the_parameter_takes(declared: Analysis) -> None:
    for param in declared.params:
        if param.default is None:
            assert param.optional, param.key
        elif param.kind is ParamKind.CHOICE and param.choices:
            assert param.default in param.choices
        elif param.kind is ParamKind.METRIC:
            assert param.default in METRIC


def test_keys_are_unique_and_found_and_an_unknown_one_names_the_nearest() -> None:
    assert len(ANALYSIS) == len(ANALYSES)
    assert analysis("kpi-trend") is ANALYSIS["kpi_trend"]
    with pytest.raises(UnknownName, match="funnel"):
        analysis("funel")


# --- parameters --------------------------------------------------------------------------------------------------


def same(name: str) -> str:
    return name


def test_parameters_are_filled_in_and_read_back_from_an_address() -> None:
    trend = analysis("kpi_trend")
    params = resolve(trend, {"metric": "churn", "top": "3"}, same)
    assert params == {"metric": "logo_churn", "by": None, "top": 3}
    address = to_address(trend, params)
    assert address == {"metric": "logo_churn", "top": "3"}
    assert resolve(trend, address, same) == params


def test_a_parameter_on_the_command_line() -> None:
    assert parse_param(analysis("funnel"), "kind=lifecycle") == ("kind", "lifecycle")
    with pytest.raises(BadParameter, match="kind"):
        parse_param(analysis("funnel"), "knd=lifecycle")
    with pytest.raises(BadParameter, match="parameter=value"):
        parse_param(analysis("funnel"), "lifecycle")


@pytest.mark.parametrize(
    ("key", "given", "hint"),
    [
        ("funnel", {"kind": "lifecicle"}, "lifecycle"),
        ("funnel", {"window": "soon"}, "not a number"),
        ("kpi_trend", {"metric": "winrate"}, "win_rate"),
        ("churn_breakdown", {"measure": "logos"}, "logo"),
    ],
)
def test_a_wrong_value_is_refused_with_the_nearest(key: str, given: dict[str, str], hint: str) -> None:
    with pytest.raises(BadParameter, match=hint):
        resolve(analysis(key), given, same)


def test_nothing_takes_the_default_unless_nothing_is_allowed() -> None:
    assert resolve(analysis("funnel"), {"kind": ""}, same)["kind"] == "pipeline"
    assert resolve(analysis("funnel"), {"window": "none"}, same)["window"] is None


def test_tenure_and_reason_are_ways_to_split_churn_beside_the_dimensions() -> None:
    def no_dimension(name: str) -> str:
        raise AssertionError(name)

    assert resolve(analysis("churn_breakdown"), {"by": "tenure"}, no_dimension)["by"] == "tenure"


def test_a_flag_is_yes_or_no() -> None:
    flag = Param(key="strict", label=Text("Strict", "Строго"), kind=ParamKind.FLAG, default=False)
    from revops.analysis.params import checked

    assert checked(flag, "да", same) is True
    assert checked(flag, "off", same) is False
    with pytest.raises(BadParameter, match="neither yes nor no"):
        checked(flag, "perhaps", same)


# --- figures in words --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "en", "ru"),
    [
        (0.253, Unit.SHARE, "25.3%", "25,3\u00a0%"),
        (1234567, Unit.MONEY, "$1,234,567", "1\u00a0234\u00a0567\u00a0₽"),
        (3.24, Unit.TIMES, "3.2x", "3,2×"),
        (12, Unit.COUNT, "12", "12"),
        (None, Unit.MONEY, DASH, DASH),
        (float("nan"), Unit.SHARE, DASH, DASH),
    ],
)
def test_figures(value: float | None, unit: Unit, en: str, ru: str) -> None:
    assert show(value, unit, EN) == en
    assert show(value, unit, RU) == ru


@pytest.mark.parametrize(
    ("value", "base", "unit", "text"),
    [
        (110, 100, Unit.COUNT, "+10.0%"),
        (90, 100, Unit.MONEY, "−10.0%"),
        (0.25, 0.20, Unit.SHARE, "+5.0\u00a0pp"),
        (40, 46, Unit.DAYS, "−6\u00a0days"),
        (5, 0, Unit.COUNT, "+5"),  # no percentage of nothing
        (-50, -100, Unit.MONEY, "+$50"),  # nor of a loss
        (100, 100, Unit.COUNT, "0.0%"),
        (None, 100, Unit.COUNT, DASH),
    ],
)
def test_changes(value: float | None, base: float, unit: Unit, text: str) -> None:
    assert show_change(value, base, unit, EN) == text


def test_a_change_that_rounds_to_nothing_has_no_sign() -> None:
    assert show_difference(0.00001, Unit.SHARE, EN) == "0.0\u00a0pp"
    assert show_difference(-0.2, Unit.COUNT, EN) == "0"


def test_good_and_bad_news() -> None:
    assert verdict(2, 1, Good.UP) == verdict(1, 2, Good.DOWN) == 1
    assert verdict(1, 2, Good.UP) == verdict(2, 1, Good.DOWN) == -1
    assert verdict(1, 2, Good.NEITHER) == verdict(1, 1, Good.UP) == verdict(1, None, Good.UP) == 0


def test_the_clause_of_a_change_in_both_languages() -> None:
    assert change_clause(0.24, 0.273, Unit.SHARE, EN) == "down 3.3\u00a0pp from 27.3%"
    assert change_clause(0.24, 0.273, Unit.SHARE, RU) == "ниже на 3,3\u00a0п.п.: было 27,3\u00a0%"
    assert change_clause(5, 5, Unit.COUNT, EN) == "the same as before (5)"
    assert change_clause(5, None, Unit.COUNT, EN) == ""


def test_abbreviations_keep_their_capitals_inside_a_sentence() -> None:
    assert lower_first("Win rate") == "win rate"
    assert lower_first("MQLs") == "MQLs"


def test_a_table_as_a_person_reads_it() -> None:
    result = Result(
        frame=pd.DataFrame(
            {
                "group": ["", "web"],
                "start": [pd.Timestamp("2025-11-01"), pd.Timestamp("2025-12-01")],
                "value": [0.5, float("nan")],
                "hidden": [1, 2],
            }
        ),
        columns=(
            Column(key="group", label=Text("Source", "Источник")),
            Column(key="start", label=Text("Period", "Период"), grain=Grain.MONTH),
            Column(key="value", label=Text("Win rate", "Доля выигранных"), unit=Unit.SHARE),
            Column(key="hidden", label=Text("Hidden", "Скрыто"), hidden=True),
        ),
    )
    assert shown(result, RU).to_dict("list") == {
        "Источник": [NOT_SET.ru, "web"],
        "Период": ["ноя 2025", "дек 2025"],
        "Доля выигранных": ["50,0\u00a0%", DASH],
    }


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("на 1,2 п.п..", "на 1,2 п.п."),
        ("Было 3 дн.. Стало 2 дн..", "Было 3 дн. Стало 2 дн."),
        ("and so on...", "and so on..."),
        ("a..b", "a..b"),
    ],
)
def test_an_abbreviation_lends_the_sentence_its_stop(said: str, wanted: str) -> None:
    assert one_stop(said) == wanted
