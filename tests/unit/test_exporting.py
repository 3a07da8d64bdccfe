"""What an export says, to the letter, and that it comes back as it was: every entity, every kind of value."""

from __future__ import annotations

import csv
import datetime as dt
import json
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import fastexcel
import pandas as pd
import pyarrow.parquet as pq
import pytest

from revops import importing
from revops.errors import BadParameter, UnknownName
from revops.exporting import Format, export, export_all, writers
from revops.exporting.rows import csv_of, write_rows
from revops.ingest.own_export import MANIFEST, entity_of, own_headers, own_name
from revops.model import ENTITIES, FieldType
from revops.workspace import Workspace
from tests.round_trips import TODAY, changes, come_back, decided, records
from tests.unit.workspace_tables import staged

DEALS: list[dict[str, Any]] = [
    {
        "opportunity_id": "D1", "name": "=1+1", "stage": "Won", "status": "won", "amount": Decimal("1200.5"),
        "created_at": dt.datetime(2026, 1, 2), "closed_at": dt.datetime(2026, 3, 1, 10, 20),
        "extra": {"Region": "EU", "region": "north"},
    },
    {
        "opportunity_id": "D2", "name": "'=x", "stage": "Demo", "amount": Decimal("-0.000001"),
        "created_at": dt.datetime(2026, 1, 3),
    },
    {
        "opportunity_id": "D3", "name": 'say "hi",\nplease', "stage": "Demo", "created_at": dt.datetime(2026, 1, 3),
        "extra": {"50%": "-"},
    },
]  # fmt: skip
DEAL_HEADER = (
    "opportunity_id,account_id,lead_id,name,type,pipeline,stage,status,amount,currency,created_at,closed_at,"
    "expected_close_at,owner,team,source,campaign,product,loss_reason,record_key,extra.Region,extra%.region,extra.50%"
)


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open(tmp_path / "one.duckdb") as workspace:
        workspace.load(
            staged("crm.csv", rows={"opportunities": DEALS}, extra=("Region", "region", "50%")),
            loaded_at=dt.datetime(2026, 11, 1),
        )
        yield workspace


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open(tmp_path / "empty.duckdb") as workspace:
        yield workspace


def written(ws: Workspace, path: Path, **how: bool) -> str:
    export(ws, "opportunities", Format.CSV, path, **how)
    return path.read_text(encoding="utf-8")


def test_csv_says_every_field_then_the_own_columns(ws: Workspace, tmp_path: Path) -> None:
    assert written(ws, tmp_path / "deals.csv") == (
        f"{DEAL_HEADER}\n"
        "D1,,,=1+1,,,Won,won,1200.5,,2026-01-02 00:00:00,2026-03-01 10:20:00,,,,,,,,,EU,north,\n"
        "D2,,,''=x,,,Demo,open,-0.000001,,2026-01-03 00:00:00,,,,,,,,,,,,\n"
        'D3,,,"say ""hi"",\nplease",,,Demo,open,,,2026-01-03 00:00:00,,,,,,,,,,,,-\n'
    )


def test_csv_for_a_spreadsheet_has_no_text_that_runs_and_says_its_encoding(ws: Workspace, tmp_path: Path) -> None:
    lines = written(ws, tmp_path / "deals.csv", safe=True, bom=True).splitlines()
    assert lines[0] == f"\ufeff{DEAL_HEADER}"
    assert lines[1].startswith("D1,,,'=1+1,")
    assert lines[2].startswith("D2,,,''=x,,,Demo,open,-0.000001,,")  # a number is no formula
    assert lines[-1].endswith(",'-")


def test_json_lines_keep_numbers_numbers_and_nothing_null(ws: Workspace, tmp_path: Path) -> None:
    export(ws, "opportunities", Format.JSONL, tmp_path / "deals.jsonl")
    text = (tmp_path / "deals.jsonl").read_text(encoding="utf-8")
    first = json.loads(text.splitlines()[0], parse_float=Decimal)
    assert list(first) == DEAL_HEADER.split(",")
    assert (first["amount"], first["closed_at"], first["lead_id"]) == (Decimal("1200.5"), "2026-03-01T10:20:00", None)
    assert '"amount":-0.000001,' in text.splitlines()[1]


def test_parquet_has_the_models_types(ws: Workspace, tmp_path: Path) -> None:
    export(ws, "opportunities", Format.PARQUET, tmp_path / "deals.parquet")
    schema = pq.read_schema(tmp_path / "deals.parquet")
    assert [str(schema.field(n).type) for n in ("amount", "closed_at", "expected_close_at", "name")] == [
        "decimal128(24, 6)", "timestamp[us]", "date32[day]", "string",
    ]  # fmt: skip


def test_a_workbook_holds_texts_as_texts_and_no_formula(ws: Workspace, tmp_path: Path) -> None:
    export(ws, "opportunities", Format.XLSX, tmp_path / "deals.xlsx")
    with zipfile.ZipFile(tmp_path / "deals.xlsx") as book:
        assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()
    sheet = fastexcel.read_excel(tmp_path / "deals.xlsx").load_sheet(0).to_arrow().to_pydict()
    assert sheet["name"] == ["=1+1", "'=x", 'say "hi",\nplease']
    assert sheet["amount"] == [1200.5, -0.000001, None]
    assert sheet["closed_at"][0] == dt.datetime(2026, 3, 1, 10, 20)


@pytest.mark.parametrize("format_", list(Format))
def test_these_deals_come_back_as_they_were(ws: Workspace, empty: Workspace, tmp_path: Path, format_: Format) -> None:
    before, known = records(ws), decided(ws)
    path = tmp_path / f"deals.{format_.value}"
    export(ws, "opportunities", format_, path)
    assert changes(come_back(ws, [path], empty)) == []
    assert records(ws) == records(empty) == before
    assert decided(ws) == decided(empty) == known


def full(entity: str) -> dict[str, Any]:
    """A record with every field filled."""
    model = next(e for e in ENTITIES if e.name == entity)
    values = {
        FieldType.ID: "K-1", FieldType.TEXT: "Total", FieldType.DECIMAL: Decimal("12345678901.123456"),
        FieldType.INTEGER: 9_007_199_254_740_993, FieldType.BOOLEAN: True, FieldType.DATE: dt.date(2026, 2, 28),
        FieldType.TIMESTAMP: dt.datetime(2026, 2, 28, 23, 59, 59),
    }  # fmt: skip
    row = {f.name: f.vocabulary.terms[-1].key if f.vocabulary else values[f.type] for f in model.fields}
    return row | {"extra": {"Own column": "n/a"}} | ({"currency": "EUR"} if "currency" in model else {})


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """One record of every entity, in one load; what comes back changes none."""
    with Workspace.open(tmp_path_factory.mktemp("full") / "full.duckdb") as workspace:
        workspace.load_many(
            [staged(e.name, rows={e.name: [full(e.name)]}, extra=("Own column",), content=e.name) for e in ENTITIES]
        )
        yield workspace


# The other formats are told apart on every kind of value, drawn at random, in tests/property/test_round_trips.py.
@pytest.mark.parametrize(
    "format_", [pytest.param(f, marks=() if f is Format.CSV else pytest.mark.extra) for f in Format]
)
def test_every_field_of_every_entity_comes_back(
    tmp_path: Path, everything: Workspace, empty: Workspace, format_: Format
) -> None:
    before = records(everything)
    assert all(len(before[e.name]) == 1 for e in ENTITIES)
    export_all(everything, format_, tmp_path / "all.zip")
    assert changes(come_back(everything, [tmp_path / "all.zip"], empty)) == []
    assert records(everything) == records(empty) == before


def test_records_without_a_key_of_their_own_are_recognised(tmp_path: Path, empty: Workspace) -> None:
    """A key made on import is named in `record_key`; lines of spending that say the same are all kept."""
    spend, deals = tmp_path / "spend.csv", tmp_path / "leads.csv"
    spend.write_text("Date,Cost,Channel\n2026-01-01,5,Ads\n2026-01-01,5,Ads\n2026-01-02,7,Ads\n", encoding="utf-8")
    deals.write_text("Email,Created,Source\na@x.example,2026-01-01,Ads\nb@x.example,2026-01-02,Ads\n", encoding="utf-8")
    with Workspace.open(tmp_path / "made.duckdb") as ws:
        importing.import_files(ws, [spend, deals], today=TODAY)
        before = records(ws)
        assert {name: len(rows) for name, rows in before.items() if rows} == {"leads": 2, "spend": 3}
        export_all(ws, Format.CSV, tmp_path / "all.zip")
        assert changes(come_back(ws, [tmp_path / "all.zip"], empty)) == []
        assert records(ws) == records(empty) == before


def test_dates_that_a_spreadsheet_wrote_anew_are_read_with_care(ws: Workspace, tmp_path: Path) -> None:
    """Saved again by Excel, the file is still ours: the same columns, keys and own columns, other spellings."""
    text = written(ws, tmp_path / "deals.csv", safe=True).replace("2026-03-01 10:20:00", "31.03.2026 10:20")
    text = text.replace("2026-01-02 00:00:00", "30.01.2026 0:00").replace("2026-01-03 00:00:00", "31.01.2026 0:00")
    (tmp_path / "deals.csv").write_text(text, encoding="utf-8")
    with importing.read_tables([tmp_path / "deals.csv"]) as tables:
        (one,) = importing.draft(tables, importing.context_of(ws, TODAY), ws)
        assert (one.mapping.own, one.mapping.blocking) == ("edited", ())
        importing.load(ws, importing.stage_all([one]))
    found = {key: (row[3], row[10], row[11], row[-1]) for key, row in records(ws)["opportunities"].items()}
    assert found == {
        "d1": ("=1+1", dt.datetime(2026, 1, 30), dt.datetime(2026, 3, 31, 10, 20), {"Region": "EU", "region": "north"}),
        "d2": ("'=x", dt.datetime(2026, 1, 31), None, {}),
        "d3": ('say "hi",\nplease', dt.datetime(2026, 1, 31), None, {"50%": "-"}),
    }


def test_a_row_that_was_added_is_a_record_of_its_own(ws: Workspace, tmp_path: Path) -> None:
    header, *_ = written(ws, tmp_path / "deals.csv").splitlines()
    new = {"opportunity_id": "D9", "stage": "Demo", "created_at": "2026-02-01 00:00:00"}
    row = [new.get(h, "") for h in header.split(",")]
    (tmp_path / "more.csv").write_text(f"{header}\n{','.join(row)}\n", encoding="utf-8")
    importing.import_files(ws, [tmp_path / "more.csv"], today=TODAY)
    assert sorted(records(ws)["opportunities"]) == ["d1", "d2", "d3", "d9"]


def test_the_archive_says_what_is_in_it(ws: Workspace, tmp_path: Path) -> None:
    (done,) = export_all(ws, Format.PARQUET, tmp_path / "all.zip")
    assert (done.entity, done.file, done.rows) == ("opportunities", "opportunities.parquet", 3)
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.namelist() == ["opportunities.parquet", MANIFEST]
        told = json.loads(archive.read(MANIFEST))
    assert (told["as_of"], told["settings"]["currency"], told["tables"][0]["rows"]) == ("2026-03-01", "USD", 3)
    assert {s["stage"] for s in told["stages"]} == {"Demo", "Won"}


def test_what_does_not_fit_a_sheet_is_said_before_anything_is_written(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "XLSX_ROWS", 3)
    with pytest.raises(BadParameter, match="3 rows do not fit a sheet, which holds 2 besides"):
        export(ws, "opportunities", Format.XLSX, tmp_path / "deals.xlsx")
    assert [p.name for p in tmp_path.iterdir() if p.suffix != ".duckdb" and ".wal" not in p.name] == []


def test_a_text_too_long_for_a_cell_is_refused(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "long.duckdb") as ws:
        ws.load(staged(rows={"accounts": [{"account_id": "A", "name": "x" * 32_768}]}))
        with pytest.raises(BadParameter, match=r"32768 characters \(row 2\) does not fit a cell"):
            export(ws, "accounts", Format.XLSX, tmp_path / "a.xlsx")
        assert not (tmp_path / "a.xlsx").exists()


def test_an_unknown_entity_is_named(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="Did you mean: accounts"):
        export(ws, "acounts", Format.CSV, tmp_path / "a.csv")


def test_headers_differ_whatever_the_case_and_name_their_column() -> None:
    keys = ["Region", "region", "REGION", " padded ", "Доля %", "доля %"]
    headers = own_headers(keys)
    assert len({h.casefold() for h in headers.values()}) == len(keys)
    assert [own_name(h) for h in headers.values()] == keys
    assert headers["Region"] == "extra.Region"


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda e: e.name)
def test_an_export_is_known_by_its_headers_alone(entity: Any) -> None:
    headers = [f.name for f in entity.fields]
    assert entity_of([*headers, "record_key", "extra.x"]) is entity
    assert entity_of([*headers, "extra.x"]) is None
    assert entity_of([*headers, "record_key", "Something else"]) is None


def test_rows_of_a_query_are_no_formulas_to_a_spreadsheet(tmp_path: Path) -> None:
    rows = pd.DataFrame(
        {"name": ["=1+1", "@cmd", "plain"], "amount": [1.5, float("nan"), -2.0], "day": [dt.date(2025, 1, 2)] * 3}
    )
    with duckdb.connect() as connection:
        connection.register("given", rows)
        assert write_rows(connection, "given", ["name", "amount", "day"], Format.CSV, tmp_path / "rows.csv") == 3
        assert write_rows(connection, "given", ["name", "amount", "day"], Format.XLSX, tmp_path / "rows.xlsx") == 3
    with (tmp_path / "rows.csv").open(encoding="utf-8-sig", newline="") as file:
        told = list(csv.reader(file))
    assert told[1:] == [
        ["'=1+1", "1.5", "2025-01-02"], ["'@cmd", "", "2025-01-02"], ["plain", "-2", "2025-01-02"],
    ]  # fmt: skip
    sheet = fastexcel.read_excel(tmp_path / "rows.xlsx").load_sheet(0).to_pandas()
    assert sheet["name"].tolist() == ["=1+1", "@cmd", "plain"]
    assert sheet["amount"].tolist()[0] == 1.5


def test_a_table_of_figures_is_no_formula_in_a_spreadsheet() -> None:
    frame = pd.DataFrame({"=owner": ["=1+1", "Ann", None, "+7 900", "-5 % "], "value": [-0.123456789, 2, None, 4, 5]})
    lines = csv_of(frame).decode("utf-8-sig").splitlines()
    assert lines == ["'=owner,value", "'=1+1,-0.123456789", "Ann,2.0", ",", "'+7 900,4.0", "'-5 % ,5.0"]
