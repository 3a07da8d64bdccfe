"""Every metric, over all, by month and by dimension, equals plain Python that reads as the contract.

On random companies; the oracles (oracle_*.py) share no code with the product: loops over days and rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from revops.metrics import METRIC
from revops.metrics.calendar import cut
from revops.metrics.core import Period
from revops.metrics.engine import Engine
from tests.property import (
    oracle_acquisition,
    oracle_leads,
    oracle_pipeline,
    oracle_recurring,
    oracle_sales,
    oracle_service,
)
from tests.property.asked import SOME, Value, as_of_days, broken_down, check, overall
from tests.property.oracle_acquisition import Cost
from tests.property.oracle_leads import Leads
from tests.property.oracle_pipeline import Pipeline
from tests.property.oracle_recurring import Books, Part
from tests.property.oracle_sales import Deals
from tests.property.oracle_service import Service
from tests.property.worlds import World, engine_of, examples, worlds

# Metrics that no oracle tells yet. One that is neither here nor told fails; so does one that is both.
WITHOUT_ORACLE: frozenset[str] = frozenset()
ALL = (oracle_recurring, oracle_sales, oracle_pipeline, oracle_leads, oracle_acquisition, oracle_service)

ACCOUNT = ("segment", "region", "owner", "source", "channel")
PERSON = ("team", "manager", "role")
MOVED = (
    *("new_arr", "new_mrr", "reactivation_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr"),
    *("net_new_mrr", "quick_ratio"),
)
OF_LEADS = ("leads", "mqls", "sqls", "sql2cw")
OF_DEALS = tuple(m for m in oracle_sales.ORACLES if m not in OF_LEADS)


def dimensions(*groups: tuple[tuple[str, ...], tuple[str, ...]]) -> list[tuple[str, tuple[str, ...]]]:
    """(metrics, dimensions) turned around: each dimension with its metrics."""
    names = dict.fromkeys(name for _, by in groups for name in by)
    return [(name, tuple(m for metrics, by in groups if name in by for m in metrics)) for name in names]


RECURRING = dimensions(
    (tuple(oracle_recurring.ORACLES), (*ACCOUNT, "plan")),
    (("mrr", "arr", "ended_share", "term_renewal"), ("product",)),
    (MOVED, ("reason",)),
)
SALES = dimensions(
    (OF_DEALS, (*ACCOUNT, *PERSON, "campaign", "product", "pipeline", "stage", "type", "loss_reason")),
    (OF_LEADS, (*ACCOUNT, *PERSON, "campaign")),
)
ACQUISITION = dimensions(
    (("spend",), ("source", "channel", "campaign", "department", "category")),
    (("cac", "paid_cac", "cac_lagged", "cac_payback", "ltv_cac", "magic_number"), ("source", "channel")),
    (("new_customers",), (*ACCOUNT, "plan")),
)

LEADS = dimensions((tuple(oracle_leads.ORACLES), (*ACCOUNT, *PERSON, "campaign")))
SERVICE = dimensions((tuple(oracle_service.ORACLES), ACCOUNT), (("at_risk_accounts",), ("plan",)))
PIPELINE = dimensions(
    (("pipeline_coverage",), ("segment",)),
    (("quota_attainment",), ("owner", *PERSON)),
    (
        ("slipped_deals", "slip_rate", "sales_velocity", "stage_ageing"),
        ("segment", "owner", "team", "type", "pipeline"),
    ),
)


def equals_oracle(
    engine: Engine,
    part: Callable[..., Any],
    oracles: Mapping[str, Callable[[Any], Value]],
    by: tuple[str, tuple[str, ...]],
    as_of: dt.date,
) -> None:
    """part: period up to as_of, [dimension, value] -> what an oracle looks at."""
    reached = [cut(p, as_of) for p in SOME]
    for metric, values in overall(engine, list(oracles), as_of=as_of).items():
        check(metric, values, [oracles[metric](part(p)) for p in reached])
    dimension, metrics = by
    for metric in metrics:
        for value, values in broken_down(engine, metric, dimension, as_of=as_of).items():
            wanted = [oracles[metric](part(p, dimension, value)) for p in reached]
            check(f"{metric} by {dimension} = {value!r}", values, wanted)


@examples(5)
@given(worlds("subscriptions"), st.sampled_from(RECURRING), as_of_days)
def test_recurring_revenue_and_retention(world: World, by: tuple[str, tuple[str, ...]], as_of: dt.date) -> None:
    books = Books(world)
    with engine_of(world) as engine:
        equals_oracle(engine, lambda p, *by: Part(books, p.start, p.end, *by), oracle_recurring.ORACLES, by, as_of)


@examples(5)
@given(worlds("opportunities", "leads"), st.sampled_from(SALES), as_of_days)
def test_opportunities_and_leads(world: World, by: tuple[str, tuple[str, ...]], as_of: dt.date) -> None:
    with engine_of(world) as engine:
        equals_oracle(
            engine, lambda p, *by: Deals(world, p.start, p.end, *by, as_of=as_of), oracle_sales.ORACLES, by, as_of
        )


@examples(4)
@given(worlds("opportunities", "stage_events", "targets"), st.sampled_from(PIPELINE), as_of_days)
def test_how_the_pipeline_moves(world: World, by: tuple[str, tuple[str, ...]], as_of: dt.date) -> None:
    def part(reached: Period, *by: str) -> Pipeline:
        whole = next(p for p in SOME if cut(p, as_of) == reached)
        return Pipeline(world, reached.start, reached.end, *by, as_of=as_of, whole_end=whole.end)

    with engine_of(world) as engine:
        equals_oracle(engine, part, oracle_pipeline.ORACLES, by, as_of)


@examples(4)
@given(worlds("subscriptions", "opportunities", "spend"), st.sampled_from(ACQUISITION), as_of_days)
def test_what_customers_cost(world: World, by: tuple[str, tuple[str, ...]], as_of: dt.date) -> None:
    books = Books(world)
    with engine_of(world) as engine:
        equals_oracle(
            engine, lambda p, *by: Cost(books, p.start, p.end, *by, as_of=as_of), oracle_acquisition.ORACLES, by, as_of
        )


@examples(4)
@given(worlds("opportunities", "leads", "activities"), st.sampled_from(LEADS), as_of_days)
def test_how_leads_move_on(world: World, by: tuple[str, tuple[str, ...]], as_of: dt.date) -> None:
    with engine_of(world) as engine:
        equals_oracle(
            engine, lambda p, *by: Leads(world, p.start, p.end, *by, as_of=as_of), oracle_leads.ORACLES, by, as_of
        )


@examples(3)
@given(worlds("subscriptions", "opportunities", "tickets", "invoices"), st.sampled_from(SERVICE), as_of_days)
def test_support(world: World, by: tuple[str, tuple[str, ...]], as_of: dt.date) -> None:
    books = Books(world)
    with engine_of(world) as engine:
        equals_oracle(
            engine, lambda p, *by: Service(books, p.start, p.end, *by, as_of=as_of), oracle_service.ORACLES, by, as_of
        )


def test_every_metric_has_an_oracle() -> None:
    told = {key for family in ALL for key in family.ORACLES}
    assert set(METRIC) - told == WITHOUT_ORACLE, "metrics without an oracle (or with one, and still listed as without)"
    assert told <= set(METRIC), "oracles of metrics that do not exist"
