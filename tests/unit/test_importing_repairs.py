"""Rows that would be rejected, repaired before the load; and those that were, corrected and brought back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from revops.errors import MappingError
from revops.importing import Draft, Origin, context_of, draft, load, read_tables, stage_all
from revops.importing.repairs import filled, offending, read_also, ways_to_read, without_rows
from revops.importing.returned import rejected_file
from revops.importing.values import listed_fields, spellings, with_values
from revops.ingest import mapping_json
from revops.ingest.types import StagedEntity
from revops.model import ENTITY
from revops.workspace import Workspace

DAY = dt.date(2026, 3, 1)
HEADER = "Deal ID,Account Name,Deal Stage,Create Date,Close Date,Amount\n"
DEALS = HEADER + (
    "1,Ada,Closed Won,2026-01-05,2026-02-01,100\n"
    "2,Bo,Discovery,,2026-03-01,200\n"
    "3,Cy,Discovery,,,300\n"
    "4,Di,Closed Lost,17.01.2026,2026-02-03,400\n"
    "5,Eve,Closed Lost,2026-01-09,2026-02-04,500\n"
    "6,Fay,Closed Lost,2026-01-10,2026-02-05,600\n"
)
SUBSCRIPTIONS = """Subscription ID,Customer,Start Date,Amount,Billing Interval
1,Ada,2026-01-01,100,monthly
2,Bo,2026-01-01,100,monthly
3,Cy,2026-01-01,1200,every spring
"""


@contextmanager
def one_draft(folder: Path, content: str, workspace: Workspace | None = None, name: str = "deals") -> Iterator[Draft]:
    path = folder / f"{name}.csv"
    path.write_text(content, encoding="utf-8")
    with read_tables([path]) as tables:
        (one,) = draft(tables, context_of(workspace, DAY), workspace)
        yield one


def deals(one: Draft) -> StagedEntity:
    (staged,) = stage_all([one])
    return next(e for e in staged if e.entity == "opportunities")


def created(one: Draft) -> dict[str, str]:
    """Deal -> the day it was created, as it would be loaded."""
    rows = one.raw.staging.execute(
        f"SELECT opportunity_id, CAST(CAST(created_at AS DATE) AS VARCHAR) FROM {deals(one).accepted}"
    ).fetchall()
    return dict(rows)


def test_without_a_repair_rows_without_a_required_date_are_rejected(tmp_path: Path) -> None:
    with one_draft(tmp_path, DEALS) as one:
        assert {(r.code, r.count) for r in deals(one).rejections} == {("missing_required", 2), ("unreadable_date", 1)}


def test_a_missing_date_is_taken_from_another_column(tmp_path: Path) -> None:
    with one_draft(tmp_path, DEALS) as one:
        repaired = filled(one, "opportunities", "created_at", column="Close Date")
        assert created(repaired)["2"] == "2026-03-01"
        assert created(repaired)["1"] == "2026-01-05"
        assert "3" not in created(repaired)  # the other column is empty too


def test_a_missing_date_is_a_constant_or_the_as_of_day(tmp_path: Path) -> None:
    with one_draft(tmp_path, DEALS) as one:
        assert created(filled(one, "opportunities", "created_at", constant="2025-12-31"))["3"] == "2025-12-31"
        of_the_day = filled(one, "opportunities", "created_at", as_of=DAY)
        assert created(of_the_day)["3"] == "2026-03-01"
        assert of_the_day.mapping.as_of == DAY


def test_repairs_follow_one_another(tmp_path: Path) -> None:
    with one_draft(tmp_path, DEALS) as one:
        twice = filled(
            filled(one, "opportunities", "created_at", column="Close Date"), "opportunities", "created_at", as_of=DAY
        )
        assert (created(twice)["2"], created(twice)["3"]) == ("2026-03-01", "2026-03-01")


def test_a_constant_that_is_no_date_is_refused(tmp_path: Path) -> None:
    with one_draft(tmp_path, DEALS) as one, pytest.raises(MappingError, match="soon"):
        filled(one, "opportunities", "created_at", constant="soon")


def test_dates_written_otherwise_are_read_beside_the_others(tmp_path: Path) -> None:
    with one_draft(tmp_path, DEALS) as one:
        (staged,) = stage_all([one])
        values = [v for v, _ in offending(staged, "opportunities", "created_at", "unreadable_date")]
        assert values == ["17.01.2026"]
        ways = ways_to_read(one, ENTITY["opportunities"].field("created_at"), values)
        assert "%d.%m.%Y" in ways
        assert "%m.%d.%Y" not in ways
        repaired = read_also(one, "opportunities", "created_at", "%d.%m.%Y", values)
        assert created(repaired)["4"] == "2026-01-17"
        assert created(repaired)["1"] == "2026-01-05"


def test_numbers_written_otherwise_are_read_beside_the_others(tmp_path: Path) -> None:
    content = "Invoice ID,Customer,Invoice Date,Total\n" + "".join(
        f"{i},Ada,2026-01-05,{i}00.50\n" for i in range(1, 30)
    )
    with one_draft(tmp_path, content + '30,Ada,2026-01-05,"1.234,56"\n', name="invoices") as one:
        (mapped,) = (f for e in one.mapping.entities for f in e.fields if f.column == "Total")
        entity = next(e.entity for e in one.mapping.entities if mapped in e.fields)
        field = ENTITY[entity].field(mapped.field)
        assert ways_to_read(one, field, ["1.234,56"]) == {"1.234,56": 1}
        repaired = read_also(one, entity, mapped.field, "1.234,56", ["1.234,56"])
        (staged,) = stage_all([repaired])
        relation = next(e.accepted for e in staged if e.entity == entity)
        found = one.raw.staging.execute(f"SELECT {mapped.field} FROM {relation} WHERE _row = 30").fetchone()
        assert found is not None
        assert float(found[0]) == 1234.56


def test_rows_are_left_out_knowingly_and_are_rejected_no_more(tmp_path: Path) -> None:
    with one_draft(tmp_path, DEALS) as one:
        some = without_rows(one, "opportunities", "created_at", ["17.01.2026"])
        assert [(r.code, r.count) for r in deals(some).rejections] == [("missing_required", 2)]
        none = without_rows(some, "opportunities", "created_at")
        assert deals(none).rejections == ()
        assert set(created(none)) == {"1", "5", "6"}


def test_a_repair_is_kept_with_the_mapping(tmp_path: Path) -> None:
    with one_draft(tmp_path, DEALS) as one:
        repaired = filled(one, "opportunities", "created_at", as_of=DAY)
        again = one.changed(mapping_json.from_json(mapping_json.to_json(repaired.mapping)))
        assert created(again) == created(repaired)


def test_values_of_a_closed_list_are_told_with_counts_and_mapped(tmp_path: Path) -> None:
    with one_draft(tmp_path, SUBSCRIPTIONS, name="subscriptions") as one:
        (mapped, field) = next((m, f) for _, m, f in listed_fields(one) if m.column == "Billing Interval")
        assert [(s.value, s.rows, s.meaning) for s in spellings(one, mapped, field)] == [
            ("every spring", 1, None),
            ("monthly", 2, "month"),
        ]
        changed = with_values(one, "subscriptions", mapped.field, {"every spring": "year"})
        (staged,) = stage_all([changed])
        relation = next(e.accepted for e in staged if e.entity == "subscriptions")
        rows = one.raw.staging.execute(f"SELECT {mapped.field} FROM {relation} ORDER BY _row").fetchall()
        assert rows == [("month",), ("month",), ("year",)]


# --- rows that were rejected ------------------------------------------------------------------------------------------


def test_rejected_rows_are_a_file_to_correct_that_is_recognised_when_it_comes_back(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        with one_draft(tmp_path, DEALS, workspace) as one:
            (report,) = load(workspace, stage_all([one]))
        rejected = rejected_file(workspace, report.import_id)
        assert list(rejected.columns) == [*HEADER.strip().split(","), "Why this row was rejected"]
        assert rejected["Deal ID"].tolist() == ["2", "3", "4"]
        assert "17.01.2026" in rejected["Why this row was rejected"][2]

        rejected["Create Date"] = ["2026-01-15", "2026-01-16", "2026-01-17"]
        with one_draft(tmp_path, rejected.to_csv(index=False), workspace, name="corrected") as corrected:
            assert corrected.origin is Origin.RETURNED
            assert corrected.mapping.blocking == ()
            (again,) = load(workspace, stage_all([corrected]))
        assert (again.rejected, sum(e.added for e in again.entities if e.entity == "opportunities")) == (0, 3)
        rows = workspace.query_user("SELECT opportunity_id FROM opportunities ORDER BY opportunity_id")
        assert rows["opportunity_id"].tolist() == ["1", "2", "3", "4", "5", "6"]
        assert not [f for names in workspace.filled().values() for f in names if "rejected" in f]


def test_a_corrected_file_that_changes_a_loaded_row_updates_it_by_its_key(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        with one_draft(tmp_path, DEALS, workspace) as one:
            load(workspace, stage_all([one]))
        reason = HEADER.strip() + ",Почему строка отклонена\n"
        with one_draft(
            tmp_path, reason + "1,Ada,Closed Won,2026-01-05,2026-02-01,150,сумма\n", workspace, name="again"
        ) as corrected:
            assert corrected.origin is Origin.RETURNED
            (report,) = load(workspace, stage_all([corrected]))
        assert [(e.added, e.changed) for e in report.entities if e.entity == "opportunities"] == [(0, 1)]
        rows = workspace.query_user("SELECT amount FROM opportunities WHERE opportunity_id = '1'")
        assert float(rows["amount"][0]) == 150


def test_a_file_with_other_columns_is_no_returned_one(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        with one_draft(tmp_path, DEALS, workspace) as one:
            load(workspace, stage_all([one]))
        other = DEALS.replace("Amount", "Amount,Why this row was rejected", 1).replace("Account Name", "Company")
        with one_draft(tmp_path, other, workspace, name="other") as another:
            assert another.origin is Origin.PROPOSED
