"""Which oracles a run on Spark leaves out, each by name and with its reason.

`make test-spark` runs every oracle but these; `make test-spark-all` those of LONG too. DuckDB runs them all.
"""

from __future__ import annotations

import os

import pytest

WHOLE = os.environ.get("REVOPS_TEST_SPARK_ALL") == "1"
HEADLINES = ("arr", "logo_churn", "win_rate")  # a stock, a share of a stock, a share of flows

NO_ENGINE = "asks no engine: the run on DuckDB says it all"
# file, or file::test -> why it has nothing to say on another engine
OF_DUCKDB = {
    "test_round_trip_demo.py": "files written and imported again, in the workspace's own file",
    "test_passports.py::test_every_figure_of_the_model_can_be_had_in_the_sql_editor": "the editor reads the own file",
    "test_passports.py::test_another_file_is_no_passport": NO_ENGINE,
    "test_definitions.py::test_it_does_not_touch_what_the_workspace_keeps": "what is kept in the workspace's own file",
    "test_pipeline_waterfall.py::test_amounts_that_changed_between_exports": "earlier exports are kept in the own file",
    "test_pipeline_waterfall.py::test_dates_that_moved_between_exports": "earlier exports are kept in the own file",
    "test_demo_truths.py::test_october_of_the_pipeline_from_two_exports": "earlier exports are kept in the own file",
    "test_demo_truths.py::test_dates_moved_in_october_told_by_two_exports": "earlier exports are kept in the own file",
    "test_by_hand.py::test_every_metric_has_figures_worked_out_by_hand": NO_ENGINE,
    "test_quality_checks.py::test_every_check_has_its_planted_fault": NO_ENGINE,
    "test_cells_kpi.py::test_every_metric_has_its_place_with_a_department": NO_ENGINE,
    "test_rivals.py": "the answers it is held against are DuckDB's own statements, over the own file",
    "test_synth.py::test_every_row_arrives": NO_ENGINE,
    "test_synth.py::test_a_seed_gives_the_same_company_and_another_seed_another": NO_ENGINE,
    "test_demo_truths.py::test_as_of_is_the_last_day_of_the_exports": NO_ENGINE,
    "test_demo_truths.py::test_rows_loaded_are_the_rows_of_the_files": NO_ENGINE,
}

HEADLINES_RUN = "of its metrics, make test-spark runs those of HEADLINES"
DEMO = "thousands of rows: make test-spark-all"
# file, or file::test -> why it takes too long for every change; the tests of HEADLINES among its cases run
LONG = {
    "test_rows.py::test_contributions_make_the_figure": f"thirteen statements a metric; {HEADLINES_RUN}",
    "test_definitions.py::test_it_closes_for_every_metric_between_any_two_presets": (
        f"twenty-four statements a metric; {HEADLINES_RUN}"
    ),
    "test_definitions.py::test_the_companies_behind_the_bars_add_up_to_the_gap": (
        f"several statements a bar, for every metric; {HEADLINES_RUN}"
    ),
    "test_rows.py::test_contributions_make_the_figure_on_the_demo": DEMO,
    "test_drivers.py::test_the_parts_of_every_metric_sum_to_its_change": DEMO,
    "test_attribution.py::test_the_demo_company_by_plain_loops": DEMO,
    "test_before_after.py::test_the_programme_of_the_demo_company_is_found": DEMO,
    "test_concentration.py::test_the_demo_company_by_a_plain_loop": DEMO,
    "test_engagement.py::test_the_demo_company_by_plain_loops": DEMO,
    "test_leavers.py::test_the_demo_company_by_plain_loops": DEMO,
    "test_plan_migration.py::test_the_sides_of_the_demo_are_its_customers_and_mrr": DEMO,
    "test_save_rate.py::test_the_demo_company_by_plain_loops": DEMO,
    "test_demo_truths.py": DEMO,
    "test_every_filter.py": DEMO,
    "test_synth.py": DEMO,
    "test_cells_real_files.py": DEMO,
}
_BY_METRIC = tuple(name for name, why in LONG.items() if HEADLINES_RUN in why)


def left_out(file: str, test: str, metric: str | None) -> str | None:
    """Why a run on Spark leaves the test out; None: it runs. metric: the one that this case of the test is of."""
    for name in (file, f"{file}::{test}"):
        if name in OF_DUCKDB:
            return OF_DUCKDB[name]
        if name in LONG and not WHOLE and not (name in _BY_METRIC and metric in HEADLINES):
            return LONG[name]
    return None


def leave_out(items: list[pytest.Item]) -> None:
    """Marks the oracles that a run on Spark leaves out; they are told by name. Precondition: the run is on Spark."""
    for item in items:
        if item.path.parent.name != "oracle" or not isinstance(item, pytest.Function):
            continue
        case = item.callspec.params if hasattr(item, "callspec") else {}
        why = left_out(item.path.name, item.originalname, case.get("metric") or case.get("key"))
        if why is not None:
            item.add_marker(pytest.mark.skip(reason=why))
