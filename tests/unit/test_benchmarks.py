"""What the benchmarks say of goals and growth, and when they refuse to."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from benchmarks import growth
from benchmarks.metrics import Timing, check_equal, table

MONTHS = ["2024-01-01", "2024-02-01"]


def timing(metric: str = "arr", *, compiled: float = 1.0, warm: float = 0.1, sql: float = 1.0, pandas: float = 5.0):  # type: ignore[no-untyped-def]
    return Timing(metric, first=2.0, compiled=compiled, warm=warm, sql=sql, pandas=pandas)


class TestGoals:
    def test_both_are_met_at_their_edge(self) -> None:
        assert timing(compiled=1.3, warm=0.5, sql=1.0, pandas=5.0).missed == ()

    def test_more_than_so_many_times_sql_with_compiling(self) -> None:
        assert timing(compiled=1.31, sql=1.0).missed == ("SQL",)

    def test_less_than_ten_times_as_fast_as_pandas(self) -> None:
        assert timing(warm=0.51, pandas=5.0).missed == ("pandas",)

    def test_the_table_flags_and_counts_them(self) -> None:
        told = table([timing(), timing("cac", compiled=2.0, warm=1.0)], "a company", months=24, runs=1)
        by_metric = {row[0]: row[-1] for row in told.rows}
        assert by_metric == {"arr": "-", "cac*": "SQL, pandas"}
        assert "Of 2 metrics 1 miss the first, 1 the second" in str(told)


class TestGrowth:
    def test_ten_times_the_rows_in_at_most_ten_times_the_time_is_linear(self) -> None:
        told = growth.growth({100: {"arr": timing(warm=1, compiled=2)}, 1000: {"arr": timing(warm=10, compiled=8)}})
        assert told.rows[0][-2:] == ("1.00", "yes")

    def test_more_is_not_and_the_steepest_step_decides(self) -> None:
        known = {size: {"arr": timing(warm=warm)} for size, warm in ((100, 1.0), (1000, 1.0), (10_000, 15.0))}
        told = growth.growth(known)
        assert told.rows[0][-2:] == ("1.50", "no")
        assert "Of 1 metrics 1 miss it" in str(told)

    def test_what_was_measured_at_one_size_alone_is_left_out(self) -> None:
        told = growth.growth({100: {"arr": timing()}, 1000: {"arr": timing(), "cac": timing("cac")}})
        assert [row[0] for row in told.rows] == ["arr"]

    def test_what_was_measured_is_kept_and_the_last_time_counts(self, tmp_path: Path) -> None:
        for one in (timing(warm=1), timing("cac"), timing(warm=3)):
            growth.keep(tmp_path, 100, one)
        assert growth.kept(tmp_path, 100) == {"arr": timing(warm=3), "cac": timing("cac")}
        assert growth.kept(tmp_path, 1000) == {}


class TestAnswersAreEqual:
    @staticmethod
    def frame(values: list[float | None], months: list[str] = MONTHS) -> pd.DataFrame:
        return pd.DataFrame({"period": months, "segment": "Small", "value": values})

    def test_values_that_differ_by_rounding_alone_are(self) -> None:
        check_equal("x", self.frame([1e9, 2.0]), self.frame([1e9 + 0.5, 2.0]))

    def test_a_group_without_a_rival_may_be_empty_or_nothing(self) -> None:
        check_equal("x", self.frame([1.0, 0.0]), self.frame([1.0], MONTHS[:1]))
        check_equal("x", self.frame([1.0, None]), self.frame([1.0], MONTHS[:1]))

    @pytest.mark.parametrize(
        ("ours", "theirs"),
        [([1.0, 2.0], [1.0, 2.1]), ([1.0, None], [1.0, 2.0]), ([1.0, 2.0], [1.0, None]), ([1.0, 2.0], [1.0])],
    )
    def test_another_value_or_one_side_alone_is_not(self, ours: list[float | None], theirs: list[float | None]) -> None:
        with pytest.raises(ValueError, match="not the same answer"):
            check_equal("x", self.frame(ours), self.frame(theirs, MONTHS[: len(theirs)]))

    def test_a_rival_that_found_nothing_is_no_check(self) -> None:
        with pytest.raises(ValueError, match="nothing to compare"):
            check_equal("x", self.frame([1.0, 2.0]), self.frame([None, None]))

    def test_a_rival_that_tells_a_group_twice_is_none(self) -> None:
        with pytest.raises(ValueError, match="twice"):
            check_equal("x", self.frame([1.0, 2.0]), self.frame([1.0, 1.0], MONTHS[:1] * 2))
