"""Which dimensions are kept together, that the choice stays while it fits, and random companies told from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from revops import synth
from revops.importing.ahead import prepare_figures
from revops.metrics import prepared, wide
from revops.metrics.core import Period, Query
from revops.metrics.engine import Engine
from revops.workspace import Workspace

SIZE = {"opportunities": 900, "subscriptions": 400, "accounts": 150, "leads": 500, "tickets": 90, "people": 12}
FILTERED: tuple[dict[str, tuple[str, ...]], ...] = (
    {},
    {"channel": ("referral", "paid search", ""), "region": ("North", "East")},
)
BROKEN_DOWN = {"channel", "owner", "plan"}


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Workspace]:
    size = synth.Size(**SIZE, currencies=("USD", "EUR"), seed=11)
    with synth.build(tmp_path / "company.duckdb", size) as workspace:
        yield workspace


def _answers(workspace: Workspace, keys: list[str]) -> dict[str, pd.DataFrame]:
    engine = Engine(workspace)
    until = engine.as_of + dt.timedelta(days=1)
    asked = (Period(dt.date(2022, 3, 5), dt.date(2023, 7, 1)), Period(dt.date(2023, 7, 1), until))
    told = {}
    for key in keys:
        usable = {d.key for d in engine.dimensions(key)}
        for by in (None, *sorted(usable & BROKEN_DOWN)):
            for where in FILTERED:
                if usable.issuperset(where):
                    query = Query(metric=key, periods=asked, as_of=engine.as_of, by=by, where=where)
                    told[f"{key} by {by} where {where}"] = engine.evaluate(query).frame
    return told


@pytest.mark.extra
@pytest.mark.parametrize("keys", [["win_rate", "open_pipeline"], ["nrr", "new_customers"]])
def test_a_random_company_is_told_the_same_from_wide_tables(
    company: Workspace, monkeypatch: pytest.MonkeyPatch, keys: list[str]
) -> None:
    plain = _answers(company, keys)
    monkeypatch.setattr(prepared, "MANY", 1)
    monkeypatch.setattr(prepared, "LARGE", 1)
    monkeypatch.setattr(prepared, "READ_AS_IT_IS", 0)
    monkeypatch.setattr(wide, "LEAST", 870)
    monkeypatch.setattr(wide, "SHARE", 0)
    prepare_figures(company)
    wide_tables = {n for n in company.standing()[1] if n.startswith(prepared.WIDE)}
    over = _answers(company, keys)
    assert wide_tables
    assert len(plain) > 10
    for asked, frame in plain.items():
        pd.testing.assert_frame_equal(frame, over[asked], rtol=1e-9, obj=asked)


def _sample(values: dict[str, int], records: int = 6_000_000, days: int = 1_000) -> wide._Sample:
    """Rows with every set of values of independent dimensions."""
    codes = pd.MultiIndex.from_product([range(n) for n in values.values()], names=list(values)).to_frame(index=False)
    return wide._Sample(codes={key: codes[key].to_numpy() for key in values}, values=values, records=records, days=days)


def test_dimensions_of_few_values_come_together_and_the_best_known_stand_beside_the_others() -> None:
    found = _sample({"segment": 5, "type": 3, "region": 4, "team": 5, "owner": 200}, days=4_000).choice()
    assert found.sets == (("region", "segment", "team", "type"), ("owner",))
    assert found.few == ("owner", "region", "segment", "team", "type")
    assert _sample({"segment": 2, "team": 300, "stage": 300}).choice().sets == (
        ("segment", "team"),
        ("segment", "stage"),
    )


def test_a_dimension_of_many_values_is_in_no_table_of_others() -> None:
    found = _sample({"segment": 5, "campaign": 1_001}).choice()
    assert (found.few, found.sets) == (("segment",), (("segment",),))


def test_of_few_records_all_go_together() -> None:
    found = _sample({"segment": 5, "region": 40, "owner": 30}, records=100_000).choice()
    assert found.sets == (("owner", "region", "segment"),)
    assert found.rows[0] <= 100_000


def test_a_choice_stays_until_it_no_longer_fits(company: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "MANY", 1)
    monkeypatch.setattr(prepared, "LARGE", 1)
    monkeypatch.setattr(wide, "LEAST", 870)
    monkeypatch.setattr(wide, "SHARE", 0)
    prepare_figures(company)
    first, stood = wide.chosen(Engine(company), "opportunities"), company.standing()
    assert len(first.sets) > 1

    monkeypatch.setattr(wide, "LEAST", 10_000)  # more would go together now
    prepare_figures(company)
    assert wide.chosen(Engine(company), "opportunities") == first
    assert company.standing() == stood

    monkeypatch.setattr(wide, "LEAST", 100)  # the tables have outgrown what is thought of as few
    prepare_figures(company)
    assert wide.chosen(Engine(company), "opportunities") != first


def test_where_the_data_tell_less_than_they_did_the_choice_is_not_in_force(
    company: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "MANY", 1)
    monkeypatch.setattr(prepared, "LARGE", 1)
    prepare_figures(company)
    engine = Engine(company)
    assert "segment" in wide.chosen(engine, "opportunities").few
    filled = {field for field in engine.basis.filled if field != "accounts.segment"}
    poorer = Engine(company)
    poorer.__dict__["basis"] = type(engine.basis)(conventions=engine.conventions, filled=frozenset(filled))
    assert wide.chosen(poorer, "opportunities") == wide.NOTHING
