"""Names that match nothing: found before the load, with the nearest known name, and accepted into the mapping."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from revops.importing import Draft, accept_sure, context_of, draft, key_checks, load, read_tables, stage_all
from revops.importing.keys import accept
from revops.workspace import Workspace
from tests.demo import ROOT

DAY = dt.date(2026, 3, 1)
ACCOUNTS = "Account ID,Account Name,Industry\nA-1,Northwind Trading,retail\nA-2,Contoso,retail\nA-3,Fabrikam,energy\n"
DEALS = """Deal ID,Account ID,Deal Stage,Create Date,Amount,Product
1,A-1,Closed Won,2026-01-05,100,Basic Plan
2,a-2,Closed Won,2026-01-06,200,BasicPlan
3,A 3,Closed Lost,2026-01-07,300,Pro Plan
4,A-9,Discovery,2026-01-08,400,Pro Plan
"""
PRODUCTS = "product,list price\nBasic Plan,10\nPro Plan,20\nMax Plan,30\n"


@contextmanager
def drafts_of(folder: Path, workspace: Workspace | None = None, **files: str) -> Iterator[list[Draft]]:
    """The drafts of files given as name -> content, in that order."""
    paths = []
    for name, content in files.items():
        paths.append(folder / f"{name}.csv")
        paths[-1].write_text(content, encoding="utf-8")
    with read_tables(paths) as tables:
        yield draft(tables, context_of(workspace, DAY), workspace)


def test_references_are_compared_with_keys_in_the_files_beside_them(tmp_path: Path) -> None:
    with drafts_of(tmp_path, accounts=ACCOUNTS, deals=DEALS) as drafts:
        (check,) = key_checks(drafts, None)
        assert (check.entity, check.field, check.column) == ("opportunities", "account_id", "Account ID")
        assert (check.rows, check.values, check.unmatched_rows, check.unmatched_values) == (4, 4, 2, 2)
        by_value = {u.value: u for u in check.unmatched}
        assert (by_value["A 3"].nearest, by_value["A 3"].score, by_value["A 3"].sure) == ("A-3", 1.0, True)
        assert by_value["A-9"].nearest is None  # another number is another account, however near it is written


def test_references_are_compared_with_keys_that_are_loaded(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        with drafts_of(tmp_path, workspace, accounts=ACCOUNTS) as drafts:
            load(workspace, stage_all(drafts))
        with drafts_of(tmp_path, workspace, deals=DEALS) as drafts:
            (check,) = key_checks(drafts, workspace)
            assert {u.value for u in check.unmatched} == {"A 3", "A-9"}


def test_a_key_that_is_only_mentioned_by_deals_proves_nothing(tmp_path: Path) -> None:
    with drafts_of(tmp_path, deals=DEALS) as drafts:
        assert key_checks(drafts, None) == []


def test_names_are_compared_with_a_list_that_fits_no_table(tmp_path: Path) -> None:
    with drafts_of(tmp_path, deals=DEALS, products=PRODUCTS) as drafts:
        (check,) = key_checks(drafts, None)
        assert (check.field, check.among.en) == ("product", "products.csv · product")
        assert [(u.value, u.rows, u.nearest) for u in check.unmatched] == [("BasicPlan", 1, "Basic Plan")]


def test_accepting_reads_the_spelling_as_the_known_name_in_what_is_loaded(tmp_path: Path) -> None:
    with drafts_of(tmp_path, accounts=ACCOUNTS, deals=DEALS, products=PRODUCTS) as drafts:
        accepted, left = accept_sure(drafts, None)
        assert [u.value for c in left for u in c.unmatched] == ["A-9"]
        with Workspace.open(tmp_path / "w.duckdb") as workspace:
            load(workspace, stage_all(accepted))
            rows = workspace.query_user(
                "SELECT opportunity_id, account_id, product FROM opportunities ORDER BY opportunity_id"
            )
    assert rows["account_id"].tolist() == ["A-1", "A-2", "A-3", "A-9"]
    assert rows["product"].tolist() == ["Basic Plan", "Basic Plan", "Pro Plan", "Pro Plan"]


def test_accepting_leaves_the_other_columns_alone(tmp_path: Path) -> None:
    with drafts_of(tmp_path, deals=DEALS) as (one,):
        changed = accept(one, "Product", {"BasicPlan": "Basic Plan"})
        maps = {f.column: dict(f.value_map) for e in changed.mapping.entities for f in e.fields if f.value_map}
        assert maps["Product"] == {"BasicPlan": "Basic Plan"}
        assert "Account ID" not in maps


def test_two_names_equally_near_are_shown_and_not_accepted_by_themselves(tmp_path: Path) -> None:
    accounts = "Account ID,Account Name\nGlobex East,x\nGlobexEast,y\nContoso,z\n"
    deals = (
        "Deal ID,Account ID,Deal Stage,Create Date,Amount\n1,globex-east,Won,2026-01-05,1\n2,Contoso,Won,2026-01-05,1\n"
    )
    with drafts_of(tmp_path, accounts=accounts, deals=deals) as drafts:
        (check,) = key_checks(drafts, None)
        (one,) = check.proposals
        assert one.nearest is not None
        assert not one.sure
        assert accept_sure(drafts, None)[0] == drafts


def test_a_misspelt_product_of_a_public_crm_export_is_proposed() -> None:
    folder = ROOT.parent / "shared" / "real_data" / "maven_crm"
    if not folder.is_dir():
        pytest.skip("maven_crm is not beside the project")
    names = ("accounts.csv", "products.csv", "sales_pipeline.csv", "sales_teams.csv")
    with read_tables([folder / name for name in names]) as tables:
        drafts = draft(tables, context_of(None, DAY))
        found = [(c.field, u.value, u.rows, u.nearest) for c in key_checks(drafts, None) for u in c.unmatched]
        assert found == [("product", "GTXPro", 1480, "GTX Pro")]
