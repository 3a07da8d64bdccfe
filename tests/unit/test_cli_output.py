"""What commands print: JSON that any parser reads, CSV with plain values, tables that line up."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from revops.cli.output import Shown, plain, records, write_csv, write_json, write_table
from revops.metrics.core import Grain, Period
from revops.text import Text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (float("nan"), None),
        (float("inf"), None),
        (np.float64("nan"), None),
        (pd.NaT, None),
        (pd.NA, None),
        (Decimal("NaN"), None),
        (True, True),
        (np.bool_(False), False),
        (np.int64(7), 7),
        (np.float64(0.5), 0.5),
        (Decimal("10005534.000000"), 10005534.0),
        (Decimal("0.63"), 0.63),
        (Decimal("42"), 42),
        (dt.date(2026, 3, 31), "2026-03-31"),
        (pd.Timestamp("2026-03-31"), "2026-03-31"),
        (dt.datetime(2026, 3, 31, 9, 30), "2026-03-31 09:30:00"),
        (np.datetime64("2026-03-31"), "2026-03-31"),
        (dt.timedelta(hours=1), 3600.0),
        (Text("won", "выиграна"), "won"),
        (Grain.MONTH, "month"),
        ("", ""),
        (b"\x00\xff", "00ff"),
        ((1, float("nan")), [1, None]),
        (frozenset({"b", "a"}), ["a", "b"]),
        ({1: Decimal("2.5")}, {"1": 2.5}),
        (np.array([1, 2]), [1, 2]),
        (Period(dt.date(2026, 1, 1), dt.date(2026, 2, 1)), {"start": "2026-01-01", "end": "2026-02-01", "grain": None}),
    ],
)
def test_every_value_has_its_json_form(value: Any, expected: Any) -> None:
    found = plain(value)
    assert found == expected
    assert type(found) is type(expected)


def test_texts_follow_the_language() -> None:
    assert plain({"finding": Text("won", "выиграна")}, "ru") == {"finding": "выиграна"}


def test_a_frame_becomes_one_object_a_row_and_keeps_whole_numbers_whole() -> None:
    frame = pd.DataFrame({"n": pd.array([1, None], dtype="Int64"), "value": [0.5, float("nan")]})
    assert records(frame) == [{"n": 1, "value": 0.5}, {"n": None, "value": None}]


def test_columns_of_one_name_do_not_break_a_frame() -> None:
    frame = pd.DataFrame([[1, 2]], columns=["a", "b"])
    assert records(frame.iloc[:0]) == []
    assert list(records(frame)[0]) == ["a", "b"]


def test_json_output_is_json_and_keeps_every_script(capsys: pytest.CaptureFixture[str]) -> None:
    write_json([{"этап": "Выиграна", "value": float("nan")}])
    out = capsys.readouterr().out
    assert json.loads(out) == [{"этап": "Выиграна", "value": None}]
    assert "Выиграна" in out


def test_csv_has_plain_values(capsys: pytest.CaptureFixture[str]) -> None:
    write_csv([{"name": "Acme, Inc", "value": Decimal("0.25"), "gone": None, "yes": True, "list": ["a"]}])
    assert capsys.readouterr().out == 'name,value,gone,yes,list\n"Acme, Inc",0.25,,true,"[""a""]"\n'


def test_csv_without_rows_still_says_its_columns(capsys: pytest.CaptureFixture[str]) -> None:
    write_csv([], ["key", "label"])
    assert capsys.readouterr().out == "key,label\n"


def test_a_table_lines_up(capsys: pytest.CaptureFixture[str]) -> None:
    write_table(
        [Shown(header="Region", values=["East", "中央"]), Shown(header="Won", values=["1,508", "9"], right=True)]
    )
    assert capsys.readouterr().out.splitlines() == [
        "Region    Won",
        "──────  ─────",
        "East    1,508",
        "中央        9",
    ]


def test_a_value_of_a_file_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    write_table([Shown(header="name", values=["\x1b[31mred\nline\x07"])])
    assert capsys.readouterr().out.splitlines()[2] == "[31mred line"
