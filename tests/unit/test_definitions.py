"""The rules as values: what may be said, how presets are named, how a workspace keeps them; the command for them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from revops.analysis.gap import Lifetime, split
from revops.cli.app import program
from revops.errors import BadParameter, RevOpsError, UnknownName
from revops.metrics.by_account import Ratio
from revops.model.definition_presets import PRESET, PRESETS, label_of, named, read
from revops.model.definitions import OURS, RULE, RULES, Definitions, from_dict
from revops.workspace import Workspace
from revops.workspace.settings import Settings
from tests.support import workspace_of

SUBSCRIPTIONS = [
    {"subscription_id": "1", "account_id": "a", "amount": 10, "interval": "month", "started_at": "2026-01-01"}
]


class TestRules:
    def test_every_rule_has_a_field_whose_default_is_its_first_choice(self) -> None:
        assert [r.key for r in RULES] == list(OURS.as_dict())
        for rule in RULES:
            first = next(iter(rule.choices), None)
            assert getattr(OURS, rule.key) == first

    def test_every_value_is_said_in_both_languages(self) -> None:
        for rule in RULES:
            for value in rule.choices or (None, 0, 30):
                said = rule.said(value)
                assert said.en != said.ru, (rule.key, value)
        assert RULE["past_due_days"].said(30).en == "counts for 30 days, then churns"
        assert RULE["past_due_days"].said(0).en == "churns at once"

    @pytest.mark.parametrize("changes", [{"paused": "sometimes"}, {"past_due_days": -1}, {"past_due_days": True}])
    def test_a_value_that_its_rule_does_not_know_is_refused(self, changes: dict[str, object]) -> None:
        with pytest.raises(RevOpsError):
            replace(OURS, **changes)  # type: ignore[arg-type]

    def test_what_a_person_writes(self) -> None:
        assert read("stripe", OURS) == PRESET["stripe"].definitions
        assert read("workspace", PRESET["stripe"].definitions) == PRESET["stripe"].definitions
        assert read("ours, past_due_days=30", OURS) == replace(OURS, past_due_days=30)
        assert read("paused=churn", PRESET["stripe"].definitions).churned == "events"
        assert read("baremetrics,past_due_days=never", OURS).past_due_days is None
        for wrong in ("strype", "ours,pause=zero", "ours,paused=now"):
            with pytest.raises(UnknownName):
                read(wrong, OURS)
        with pytest.raises(BadParameter):
            read("ours,past_due_days=soon", OURS)


class TestPresets:
    def test_a_preset_departs_from_ours_only_where_a_public_page_says_so(self) -> None:
        for preset in PRESETS:
            for rule in preset.definitions.differing(OURS):
                assert rule.key in preset.stated, (preset.key, rule.key)

    def test_sources_name_a_page_and_no_address(self) -> None:
        for preset in PRESETS:
            for key, stated in preset.stated.items():
                assert key in RULE
                assert stated.page
                assert "http" not in stated.page + stated.says.en

    def test_definitions_are_called_by_the_preset_or_the_nearest_one(self) -> None:
        assert named(PRESET["profitwell"].definitions) is PRESET["profitwell"]
        assert label_of(OURS).en == "RevOps workbench"
        changed = replace(PRESET["stripe"].definitions, past_due_days=30)
        assert label_of(changed).en == "Stripe Billing (rules changed: 1)"


class TestKeptInTheWorkspace:
    def test_they_are_kept_and_change_the_fingerprint(self, tmp_path: Path) -> None:
        wanted = PRESET["baremetrics"].definitions
        with Workspace.open(tmp_path / "a.duckdb") as workspace:
            assert workspace.settings.definitions == OURS
            before = workspace.fingerprint
            workspace.settings = Settings(definitions=wanted)
            assert workspace.fingerprint != before
        with Workspace.open(tmp_path / "a.duckdb") as workspace:
            assert workspace.settings.definitions == wanted

    def test_a_workspace_of_before_has_ours_and_a_rule_added_later_its_default(self, tmp_path: Path) -> None:
        with Workspace.open(tmp_path / "a.duckdb") as workspace:
            workspace.settings = Settings(currency="EUR")
            with workspace.cursor() as cursor:
                cursor.execute("DELETE FROM log.settings WHERE key = 'definitions'")
            assert workspace.settings == Settings(currency="EUR")
        assert from_dict({"paused": "zero"}) == replace(OURS, paused="zero")
        with pytest.raises(UnknownName):
            from_dict({"weather": "fine"})


class TestSplit:
    """Parts worked out on paper."""

    def test_of_a_ratio(self) -> None:
        """1/4 -> 2/5: b joins the numerator (+1), e the denominator (+1)."""
        before, after = (
            ratio({"a": 1}, {"a": 1, "b": 1, "c": 1, "d": 1}),
            ratio({"a": 1, "b": 1}, dict.fromkeys("abcde", 1)),
        )
        amounts = split(before, after).set_index("account")["amount"]
        assert amounts.to_dict() == pytest.approx({"b": (1 / 4 + 1 / 5) / 2, "e": -3 / (2 * 4 * 5)})
        assert amounts.sum() == pytest.approx(2 / 5 - 1 / 4)

    def test_of_a_sum(self) -> None:
        assert split(amount({"a": 10, "b": 5}), amount({"b": 7, "c": 1})).set_index("account")["amount"].to_dict() == {
            "a": -10,
            "b": 2,
            "c": 1,
        }

    def test_of_lifetime_value_when_only_the_margin_changes(self) -> None:
        one = Lifetime(margin=0.5, arpa=ratio({"a": 100}, {"a": 1}), shares=(ratio({"a": 1}, {"a": 4}),))
        parts = split(one, replace(one, margin=1.0))
        assert parts[["account", "part", "amount"]].to_numpy().tolist() == [["", "margin", 200.0]]

    def test_of_lifetime_value_closes_when_everything_changes(self) -> None:
        one = Lifetime(
            margin=0.5, arpa=ratio({"a": 90, "b": 30}, {"a": 1, "b": 1}), shares=(ratio({"a": 1}, {"a": 4}),)
        )
        two = Lifetime(
            margin=0.8,
            arpa=ratio({"a": 80}, {"a": 1, "c": 1}),
            shares=(ratio({"a": 1}, {"a": 5}), ratio({"b": 2}, {"b": 4}), ratio({}, {})),
        )
        assert two.rate == pytest.approx((1 / 5 + 2 / 4) / 2)  # the share that is not defined does not count
        assert one.value is not None
        assert two.value is not None
        assert split(one, two)["amount"].sum() == pytest.approx(two.value - one.value)


def ratio(numerator: dict[str, float], denominator: dict[str, float]) -> Ratio:
    top, bottom = float(sum(numerator.values())), float(sum(denominator.values()))
    series = [pd.Series(d, dtype="float64") for d in (numerator, denominator)]
    return Ratio(
        numerator=series[0], denominator=series[1], top=top, bottom=bottom, value=top / bottom if bottom else None
    )


def amount(numerator: dict[str, float]) -> Ratio:
    told = ratio(numerator, {"x": 1})
    return replace(told, denominator=None, bottom=None, value=told.top)


class TestCommand:
    def run(self, path: Path, *words: str) -> tuple[int, str]:
        done = CliRunner().invoke(program("definitions"), ["definitions", *words, "-w", str(path)])
        return done.exit_code, done.output

    def test_show_use_and_set(self, tmp_path: Path) -> None:
        path = tmp_path / "one.duckdb"
        workspace_of(path, {"subscriptions": SUBSCRIPTIONS}).close()
        code, said = self.run(path, "use", "stripe")
        assert code == 0
        assert "This workspace counts by Stripe Billing." in said
        code, _ = self.run(path, "set", "past_due_days=30", "paused=churn")
        assert code == 0
        with Workspace.open(path) as workspace:
            wanted = replace(PRESET["stripe"].definitions, past_due_days=30, paused="churn")
            assert workspace.settings.definitions == wanted
        code, printed = self.run(path, "show", "--format", "json")
        assert code == 0
        rows = {row["rule"]: row for row in json.loads(printed)}
        assert rows["past_due_days"] == {
            "rule": "past_due_days",
            "workspace": 30,
            "ours": None,
            "chartmogul": None,
            "stripe": None,
            "baremetrics": 30,
            "profitwell": 15,
        }
        code, printed = self.run(path, "show", "baremetrics")
        assert code == 0
        assert "Baremetrics Help: User and Revenue Churn" in printed

    @pytest.mark.parametrize(
        "words", [("use", "strype"), ("set", "paused"), ("set", "paused=now"), ("set", "pause=zero")]
    )
    def test_what_cannot_be_is_one_sentence(self, tmp_path: Path, words: tuple[str, ...]) -> None:
        path = tmp_path / "one.duckdb"
        workspace_of(path, {"subscriptions": SUBSCRIPTIONS}).close()
        code, _ = self.run(path, *words)
        assert code == 2
        with Workspace.open(path) as workspace:
            assert workspace.settings.definitions == Definitions()
