"""Figures in words, as the glossary writes them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from revops.formats import DASH, Formatter
from revops.text import Text

EN, RU = Formatter("en", "USD"), Formatter("ru", "RUB")
N = "\u00a0"
DEALS = Text("deal|deals", "сделка|сделки|сделок")


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        (EN.number(1234567.84, 1), "1,234,567.8"),
        (RU.number(1234567.84, 1), f"1{N}234{N}567,8"),
        (EN.number(-0.2), "0"),
        (EN.money(Decimal("1234567.8")), "$1,234,568"),
        (RU.money(1234567.8), f"1{N}234{N}568{N}₽"),
        (EN.money(1_234_567, compact=True), "$1.2M"),
        (EN.money(-8_123_456, compact=True), "−$8.1M"),
        (EN.money(7_008_000, compact=True), "$7.0M"),
        (RU.money(22_000, compact=True), f"22,0{N}тыс.{N}₽"),
        (EN.compact(9_999), "9,999"),
        (EN.duration_days(1), f"1{N}day"),
        (EN.duration_days(-1), f"−1{N}day"),
        (EN.duration_days(0.6), f"0.6{N}days"),
        (EN.duration_days(7.04), f"7{N}days"),
        (EN.duration_days(9.96), f"10{N}days"),
        (EN.duration_days(34.5), f"34{N}days"),
        (EN.duration_hours(1), f"1.0{N}hours"),
        (RU.duration_days(1), f"1{N}дн."),
        (RU.duration_days(-2.5), f"−2,5{N}дн."),
        (RU.money(1_234_567, compact=True), f"1,2{N}млн{N}₽"),
        (EN.money(-0.0), "$0"),
        (EN.money(12.5, digits=2), "$12.50"),
        (EN.percent(0.2534), "25.3%"),
        (RU.percent(0.2534), f"25,3{N}%"),
        (EN.points(-0.0123), f"−1.2{N}pp"),
        (RU.points(0.0123), f"+1,2{N}п.п."),
        (EN.signed_number(0.01), "0"),
        (EN.date(dt.date(2026, 11, 23)), "Nov 23, 2026"),
        (RU.date(dt.date(2026, 11, 23)), "23.11.2026"),
        (EN.month(dt.date(2026, 11, 1)), "Nov 2026"),
        (RU.month(dt.date(2026, 11, 1)), "ноя 2026"),
        (EN.plural(1, DEALS), "1 deal"),
        (EN.plural(1234, DEALS), "1,234 deals"),
        (RU.plural(1, DEALS), "1 сделка"),
        (RU.plural(3, DEALS), "3 сделки"),
        (RU.plural(11, DEALS), "11 сделок"),
        (RU.plural(21, DEALS), "21 сделка"),
    ],
)
def test_reads(told: str, wanted: str) -> None:
    assert told == wanted


@pytest.mark.parametrize("nothing", [None, float("nan"), float("inf"), Decimal("NaN")])
def test_no_value_is_an_em_dash(nothing: object) -> None:
    read = (EN.number, EN.money, EN.percent, EN.points, EN.duration_days, EN.duration_months, EN.compact)
    assert [figure(nothing) for figure in read] == [DASH] * len(read)
