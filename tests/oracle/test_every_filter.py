"""Every analysis under a filter by every dimension: it tells, or says in words why it cannot; and groups still sum."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from revops.analysis import ANALYSES, Cell, View
from revops.analysis.run import default_view, run_cell
from revops.analysis.series import ask, plan
from revops.errors import RevOpsError
from revops.metrics.dimensions import DIMENSIONS
from revops.metrics.engine import Engine
from revops.workspace import Workspace, workspace_path

OWN = ("plan", "reason")  # which a fact carries itself while the entity of its name has none: the ones that go wrong
MORE = (
    *(Cell(analysis=a.key) for a in ANALYSES),
    *(Cell(analysis="churn_breakdown", params={"measure": m, "by": b}) for m in ("logo", "gross", "net")
      for b in ("tenure", "reason")),
    Cell(analysis="funnel", params={"kind": "lifecycle"}),
    Cell(analysis="funnel_trend", params={"kind": "lifecycle"}),
    Cell(analysis="step_times", params={"kind": "lifecycle"}),
    Cell(analysis="leavers", params={"show": "signs"}),
)  # fmt: skip


@pytest.fixture(scope="module")
def engine(demo_home: Path) -> Iterator[Engine]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVOPS_HOME", str(demo_home))
        with Workspace.open(workspace_path("demo"), create=False) as workspace:
            yield Engine(workspace)


def filtered(engine: Engine, key: str) -> View | None:
    """The usual view of the dimension's commonest value; None where the data do not tell the dimension."""
    values = engine.values(key)
    return replace(default_view(engine), where={key: (values[0],)}) if values else None


def tried(engine: Engine, cell: Cell, keys: tuple[str, ...]) -> None:
    """Runs the cell under each filter; any other error than one in words goes on, and fails the test."""
    for key in keys:
        view = filtered(engine, key)
        if view is None:
            continue
        with suppress(RevOpsError):
            run_cell(engine, cell, view)


def name(cell: Cell) -> str:
    return "-".join([cell.analysis, *map(str, cell.params.values())])


@pytest.mark.parametrize("cell", MORE, ids=name)
def test_a_filter_by_what_subscriptions_tell(engine: Engine, cell: Cell) -> None:
    tried(engine, cell, OWN)


@pytest.mark.extra
@pytest.mark.parametrize("cell", MORE, ids=name)
def test_a_filter_by_any_dimension(engine: Engine, cell: Cell) -> None:
    tried(engine, cell, tuple(d.key for d in DIMENSIONS))


@pytest.mark.parametrize(("measure", "metric"), [
    ("logo", "logo_churn"), ("gross", "gross_revenue_churn"), ("net", "net_revenue_churn"),
])  # fmt: skip
@pytest.mark.parametrize("key", ["plan", "segment", "size"])
def test_churn_by_tenure_sums_to_the_metric_under_a_filter(engine: Engine, measure: str, metric: str, key: str) -> None:
    view = filtered(engine, key)
    assert view is not None
    answer = ask(engine, metric, view, plan(view, engine.conventions))
    whole = answer.one(answer.plan.whole)
    cell = run_cell(engine, Cell(analysis="churn_breakdown", params={"measure": measure, "by": "tenure"}), view)
    rate = cell.result.frame["value"]
    assert whole is not None
    assert rate.min() <= whole["value"] <= rate.max()
    if measure == "logo":
        assert cell.result.frame["cases"].sum() == whole["numerator"]
        assert cell.result.frame["n"].sum() == whole["denominator"]
