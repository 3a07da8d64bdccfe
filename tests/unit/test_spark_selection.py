"""What a run on Spark leaves out is named as it stands in the oracles: nothing is left out by a name that is gone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from revops.metrics import METRIC
from tests.oracle.selection import HEADLINES, LONG, OF_DUCKDB, left_out

ORACLES = Path(__file__).parent.parent / "oracle"


@pytest.mark.parametrize("name", [*OF_DUCKDB, *LONG])
def test_every_name_is_that_of_an_oracle(name: str) -> None:
    file, _, test = name.partition("::")
    text = (ORACLES / file).read_text(encoding="utf-8")
    assert not test or re.search(rf"^\s*def {test}\(", text, re.MULTILINE)


def test_the_headline_metrics_of_a_long_oracle_run_and_the_others_wait() -> None:
    assert set(HEADLINES) <= set(METRIC)
    told = [left_out("test_rows.py", "test_contributions_make_the_figure", key) for key in ("arr", "leads")]
    assert told[0] is None
    assert told[1] is not None


def test_what_is_not_named_runs() -> None:
    assert left_out("test_by_hand.py", "test_metric_by_hand", "leads") is None
    assert left_out("test_demo_truths.py", "test_deals_won_and_lost", None) == LONG["test_demo_truths.py"]
