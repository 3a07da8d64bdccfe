"""The definitions lab: both values, the accounts behind the gap, sources, and putting a convention in force."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from revops.model.definition_presets import PRESET
from revops.model.definitions import OURS
from revops.workspace import Workspace, workspace_path
from tests.oracle.test_definitions import SUBSCRIPTIONS
from tests.pages.conftest import OpenPage, said
from tests.support import workspace_of


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder whose workspace holds the company of tests/oracle/test_definitions.py."""
    monkeypatch.setenv("REVOPS_HOME", str(tmp_path))
    workspace_of(workspace_path("default"), {"subscriptions": SUBSCRIPTIONS}).close()
    return tmp_path


def test_it_shows_both_values_and_the_sources_of_the_rules(open_page: OpenPage, home: Path) -> None:
    app = open_page("definitions", home, right="stripe", metric="active_customers")
    assert not app.exception
    assert [m.label for m in app.metric] == ["This workspace", "Stripe Billing", "Gap"]
    words = said(app)
    assert "Stripe Support: Calculating churn rate in Billing" in words
    assert "The amounts sum to the gap exactly." in words


def test_the_button_puts_a_convention_in_force_and_takes_it_back(open_page: OpenPage, home: Path) -> None:
    app = open_page("definitions", home, right="baremetrics")
    app.button(key="put_0").click().run()
    assert not app.exception
    assert "This workspace now counts by Baremetrics." in [s.value for s in app.success]
    with Workspace.open(workspace_path("default")) as workspace:
        assert workspace.settings.definitions == PRESET["baremetrics"].definitions
    app.button(key="put_0").click().run()  # what is offered now is the product's own
    with Workspace.open(workspace_path("default")) as workspace:
        assert workspace.settings.definitions == OURS


def test_metric_definitions_tell_the_rules_in_force(open_page: OpenPage, home: Path) -> None:
    with Workspace.open(workspace_path("default")) as workspace:
        workspace.settings = replace(workspace.settings, definitions=PRESET["stripe"].definitions)
    app = open_page("metrics", home, metric_search="customer churn")
    assert "In force here" in said(app)
