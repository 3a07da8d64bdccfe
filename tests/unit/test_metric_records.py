"""Every metric and dimension is whole: said in both languages, made of fields that exist, consistent with its kind."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import ibis
import pytest

from revops.metrics import METRIC, METRICS, THE_FIVE, metric
from revops.metrics.calendar import WINDOWS, periods
from revops.metrics.core import Basis, Conventions, Fact, Grain, Measure, Metric, OverTime, Placed, Query, Unit
from revops.metrics.dimensions import DIMENSION, DIMENSIONS, KEY_OF, TO_ONE, Dimension, model_field
from revops.metrics.engine import Engine
from revops.metrics.evaluate import bundled, parts_of, whole
from revops.model import ENTITIES, ENTITY
from revops.text import Text
from tests.oracle.company import TABLES
from tests.support import workspace_of

FIELDS = frozenset(f"{e.name}.{f.name}" for e in ENTITIES for f in e.fields)
EVERYTHING = Basis(conventions=Conventions(), filled=FIELDS)
FACTS = {m.fact.key: m.fact for metric in METRICS for m in metric.measures}
MEASURES = {m.key: m for metric in METRICS for m in metric.measures}

KEY = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
ABBREVIATIONS = {"ARPA", "ARR", "ACV", "CAC", "CLV", "GRR", "LTV", "MQL", "MRR", "NRR", "SLA", "SQL", "CSAT"}


def metrics_where(holds: Callable[[Metric], bool]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("record", [m for m in METRICS if holds(m)], ids=lambda m: m.key)


each_metric = metrics_where(lambda m: True)
each_metric_with_a_caveat = metrics_where(lambda m: m.note is not None)
each_ratio = metrics_where(lambda m: m.over_time is OverTime.RATIO)
each_flow_or_stock = metrics_where(lambda m: m.over_time is not OverTime.RATIO)
each_proportion = metrics_where(lambda m: m.proportion)
each_fact = pytest.mark.parametrize("fact", FACTS.values(), ids=lambda f: f.key)
each_measure = pytest.mark.parametrize("measure", MEASURES.values(), ids=lambda m: m.key)
each_dimension = pytest.mark.parametrize("dimension", DIMENSIONS, ids=lambda d: d.key)


def said_in_russian(text: str) -> bool:
    """Cyrillic, or nothing but abbreviations that Russian keeps ("CLV / CAC", "1 - NRR")."""
    words = re.findall(r"[A-Za-z]+", text)
    return bool(CYRILLIC.search(text)) or all(w in ABBREVIATIONS for w in words)


def assert_said(text: Text) -> None:
    assert text.en.strip(), text
    assert text.ru.strip(), text
    assert not CYRILLIC.search(text.en), text
    assert said_in_russian(text.ru), text


class TestTexts:
    @each_metric
    def test_label_definition_and_formula_are_said_in_both_languages(self, record: Metric) -> None:
        for text in (record.label, record.definition, record.formula):
            assert_said(text)

    @each_metric
    def test_a_definition_is_a_sentence_and_a_label_is_not(self, record: Metric) -> None:
        for wording in (record.definition.en, record.definition.ru):
            assert wording.endswith("."), wording
        for wording in (record.label.en, record.label.ru):
            assert not wording.endswith("."), wording
            assert len(wording) <= 60, wording

    @each_metric_with_a_caveat
    def test_a_caveat_is_said_in_both_languages(self, record: Metric) -> None:
        assert record.note is not None
        for basis in (EVERYTHING, Basis(conventions=Conventions(), filled=frozenset({"mrr_months.mrr"}))):
            note = record.note(basis)
            if note is not None:
                assert_said(note)

    @each_fact
    def test_facts_and_what_they_leave_out_are_said_in_both_languages(self, fact: Fact) -> None:
        for text in (fact.label, *(left.reason for left in fact.left_out)):
            assert_said(text)

    def test_no_two_metrics_have_the_same_label(self) -> None:
        for language in ("en", "ru"):
            labels = [m.label[language].casefold() for m in METRICS]
            assert sorted(labels) == sorted(set(labels))


class TestNames:
    @each_metric
    def test_keys_are_plain_snake_case(self, record: Metric) -> None:
        for name in (record.key, *record.aliases, *(m.key for m in record.measures)):
            assert KEY.fullmatch(name), name

    def test_every_name_means_one_metric(self) -> None:
        names = [name for m in METRICS for name in (m.key, *m.aliases)]
        assert sorted(names) == sorted(set(names))
        for record in METRICS:
            for alias in record.aliases:
                assert metric(alias) is record

    def test_a_name_may_be_written_with_spaces_dashes_and_capitals(self) -> None:
        assert metric("Win Rate") is metric("win-rate") is METRIC["win_rate"]

    def test_the_five_come_first(self) -> None:
        assert tuple(m.key for m in METRICS[:5]) == THE_FIVE

    @each_metric
    def test_departments_are_the_four(self, record: Metric) -> None:
        assert record.department in {"revenue", "marketing", "sales", "success"}

    def test_a_key_is_one_fact_and_one_measure_throughout(self) -> None:
        for record in METRICS:
            for measure in record.measures:
                assert FACTS[measure.fact.key] is measure.fact, measure.fact.key
            keys = [m.key for m in record.measures]
            assert sorted(keys) == sorted(set(keys))


class TestFields:
    @each_fact
    def test_every_field_a_fact_needs_is_in_the_model(self, fact: Fact) -> None:
        assert set(fact.needs) <= FIELDS
        for group in fact.any:
            assert group, "an empty alternative is always filled"
            assert set(group) <= FIELDS

    @each_fact
    def test_a_fact_says_what_it_needs(self, fact: Fact) -> None:
        assert fact.needs or fact.any

    @each_fact
    def test_the_rows_of_a_fact_happened_on_a_day(self, fact: Fact) -> None:
        rows = fact.rows(EVERYTHING)
        assert rows.schema()["day"].is_date()

    @each_fact
    def test_a_fact_belongs_to_a_relation_that_has_dimensions(self, fact: Fact) -> None:
        assert fact.relation(EVERYTHING) in TO_ONE


class TestKinds:
    @each_flow_or_stock
    def test_a_flow_or_a_stock_is_one_number_and_no_quotient(self, record: Metric) -> None:
        assert record.denominator is None

    @each_ratio
    def test_a_ratio_is_a_quotient_or_cannot_be_summed(self, record: Metric) -> None:
        assert record.denominator is not None or any(not m.additive for m in record.measures)

    @each_proportion
    def test_a_proportion_is_a_share_of_cases(self, record: Metric) -> None:
        assert record.denominator is not None
        assert record.unit is Unit.SHARE
        assert record.over_time is OverTime.RATIO

    @each_metric
    def test_shares_and_multiples_are_ratios(self, record: Metric) -> None:
        if record.unit in (Unit.SHARE, Unit.TIMES, Unit.MEAN):
            assert record.over_time is OverTime.RATIO
            assert record.denominator is not None
        else:
            assert not record.proportion

    @each_flow_or_stock
    def test_a_flow_looks_into_the_period_and_a_stock_at_its_end(self, record: Metric) -> None:
        expected = Placed.IN if record.over_time is OverTime.FLOW else Placed.BY_END
        assert {m.placed for m in record.measures} == {expected}
        assert {m.window for m in record.measures} == {"self"}

    @each_measure
    def test_a_measure_looks_through_a_known_window(self, measure: Measure) -> None:
        assert measure.window in WINDOWS

    @each_measure
    def test_what_is_reduced_to_accounts_first_cannot_be_summed_over_days(self, measure: Measure) -> None:
        if measure.per_account is not None:
            assert not measure.additive

    @each_measure
    def test_only_what_stands_at_a_periods_end_may_have_ended_before(self, measure: Measure) -> None:
        if measure.held is not None:
            assert measure.placed is Placed.BY_END
            assert not measure.additive

    @each_metric
    def test_its_expression_has_a_row_a_period_and_every_measure(self, record: Metric) -> None:
        columns = whole((record,), parts_of((record,)), False, EVERYTHING).columns
        assert columns == ("period_id", "value", "numerator", "denominator", *(m.key for m in record.measures))


def rows_of(record: Metric) -> set[tuple[object, ...]]:
    return {(m.fact.key, m.placed, m.held, m.per_account, m.window, m.as_of) for m in record.measures}


class TestMetricsToldTogether:
    @pytest.mark.parametrize("count", [1, 2, 4])
    def test_each_metric_is_in_one_bundle(self, count: int) -> None:
        bundles = bundled(METRICS, count)
        assert len(bundles) <= count
        assert sorted(m.key for bundle in bundles for m in bundle) == sorted(METRIC)

    def test_no_rows_are_read_in_two_bundles(self) -> None:
        read = [set().union(*(rows_of(m) for m in bundle)) for bundle in bundled(METRICS, 4)]
        assert sum(len(rows) for rows in read) == len(set().union(*read))

    def test_measures_of_one_name_are_one_measure(self) -> None:
        for record in METRICS:
            for m in record.measures:
                assert (m.fact.key, m.placed, m.per_account, m.window) == (
                    MEASURES[m.key].fact.key,
                    MEASURES[m.key].placed,
                    MEASURES[m.key].per_account,
                    MEASURES[m.key].window,
                )
                rows = m.fact.rows(EVERYTHING)
                rows = rows if m.per_account is None else rows.mutate(**m.per_account(rows))
                rows = rows.mutate(**dict.fromkeys(("_look", "_until", "_as_of"), ibis.literal(dt.date(2025, 1, 1))))
                assert m.value(rows).equals(MEASURES[m.key].value(rows)), m.key

    def test_the_figures_of_several_metrics_have_their_names(self) -> None:
        records = (METRIC["win_rate"], METRIC["won_deals"])
        columns = whole(records, parts_of(records), False, EVERYTHING).columns
        assert {"win_rate__value", "won_deals__value", "won_deals__numerator", "won", "lost"} <= set(columns)


class TestDimensions:
    def test_keys_are_plain_and_unique(self) -> None:
        assert len(DIMENSION) == len(DIMENSIONS)
        for key in DIMENSION:
            assert KEY.fullmatch(key), key

    @each_dimension
    def test_the_label_is_said_in_both_languages(self, dimension: Dimension) -> None:
        assert_said(dimension.label)

    @each_dimension
    def test_every_path_is_a_field_of_the_model(self, dimension: Dimension) -> None:
        assert dimension.paths
        for relation, paths in dimension.paths.items():
            for path in paths:
                assert model_field(relation, path) in FIELDS, path

    @each_dimension
    def test_every_path_takes_at_most_one_step_to_one_record(self, dimension: Dimension) -> None:
        for relation, paths in dimension.paths.items():
            assert relation in TO_ONE
            for path in paths:
                head, dot, rest = path.partition(".")
                if dot:
                    assert head in TO_ONE[relation], path
                    assert "." not in rest, path

    @pytest.mark.parametrize("entity", KEY_OF)
    def test_a_step_ends_at_the_key_of_the_record_so_it_meets_one_row(self, entity: str) -> None:
        key = ENTITY[entity].key_field
        assert key is not None
        assert key.name == KEY_OF[entity]

    @pytest.mark.parametrize("relation", TO_ONE)
    def test_every_step_ends_at_an_entity_with_a_known_key(self, relation: str) -> None:
        assert set(TO_ONE[relation]) <= set(KEY_OF)

    @each_fact
    def test_a_fact_carries_the_columns_of_every_dimension_it_offers(self, fact: Fact) -> None:
        relation = fact.relation(EVERYTHING)
        columns = set(fact.rows(EVERYTHING).columns)
        for dimension in DIMENSIONS:
            for path in dimension.paths.get(relation, ()):
                head, dot, _rest = path.partition(".")
                needed = TO_ONE[relation][head] if dot else path
                assert needed in columns, f"{fact.key} offers {dimension.key} and has no {needed}"


@pytest.mark.parametrize("key", ["active_customers", "mrr", "open_pipeline"])
def test_what_is_there_at_a_periods_end_is_never_less_than_nothing_in_any_part(key: str, tmp_path: Path) -> None:
    """A dimension that only one side of a change carries (why a customer left) would book -1 customer on it."""
    with workspace_of(tmp_path / "company.duckdb", TABLES) as workspace:
        engine = Engine(workspace)
        quarters = periods(dt.date(2024, 7, 1), dt.date(2025, 7, 1), Grain.QUARTER, engine.conventions)
        for dimension in engine.dimensions(key):
            query = Query(metric=key, periods=quarters, as_of=engine.as_of, by=dimension.key, where={})
            assert (engine.evaluate(query).frame["value"] >= 0).all(), dimension.key
