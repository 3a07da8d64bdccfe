"""JSON, Parquet, old and open workbooks, archives: the same tables, whatever they come in."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import pytest

from revops.errors import UnreadableFile
from revops.ingest import archives
from revops.ingest.read import read_file
from revops.ingest.types import RawTable

WORKBOOKS = Path(__file__).resolve().parents[1] / "fixtures" / "workbooks"
CSV = b"id,owner\n1,Ann\n2,Bob\n"
READ = [["id", "owner"], ["1", "Ann"], ["2", "Bob"]]


def read(path: Path, content: bytes | str) -> list[RawTable]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_file(path)


def grid(table: RawTable) -> list[list[str | None]]:
    return [list(table.columns), *(list(r) for r in table.sample(1000))]


def zipped(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


# --- JSON ---

RECORDS: dict[str, str] = {
    "a list of records": '[{"id": 1, "owner": "Ann"}, {"id": 2, "owner": "Bob"}]',
    "a list inside an object": '{"total": 2, "data": [{"id": 1, "owner": "Ann"}, {"id": 2, "owner": "Bob"}]}',
    "a list two objects deep": '{"result": {"items": [{"id": 1, "owner": "Ann"}, {"id": 2, "owner": "Bob"}]}}',
    "a record a line": '{"id": 1, "owner": "Ann"}\n\n{"id": 2, "owner": "Bob"}\n',
    "rows under a row of names": '[["id", "owner"], [1, "Ann"], [2, "Bob"]]',
    "keys in another order": '[{"id": 1, "owner": "Ann"}, {"owner": "Bob", "id": 2}]',
}


@pytest.mark.parametrize("case", RECORDS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_records_of_json_are_rows(tmp_path: Path, case: str, encoding: str) -> None:
    [table] = read(tmp_path / "export.txt", RECORDS[case].encode(encoding))
    assert grid(table) == READ
    assert table.layout.format == ("jsonl" if case == "a record a line" else "json")


def test_rows_of_json_without_names_are_numbered(tmp_path: Path) -> None:
    """A day is no name of a column: no row is lost to a header that there is not."""
    [table] = read(tmp_path / "t.json", '[["ann", "2026-01-01"], ["bob", "2026-01-02"], ["ann", "2026-01-05"]]')
    assert grid(table) == [
        ["column 1", "column 2"], ["ann", "2026-01-01"], ["bob", "2026-01-02"], ["ann", "2026-01-05"],
    ]  # fmt: skip
    with pytest.raises(UnreadableFile, match="holds no table"):
        read(tmp_path / "t.json", '{"matrix": [[1, 2, 3], [1, 2], [1]]}')


def test_json_values_are_kept_as_written(tmp_path: Path) -> None:
    record = '{"key": 12345678901234567890, "price": 12.50, "paid": true, "open": false, "none": null, "empty": ""}'
    [table] = read(tmp_path / "t.json", f"[{record}]")
    assert grid(table) == [
        ["key", "price", "paid", "open", "none", "empty"],
        ["12345678901234567890", "12.50", "TRUE", "FALSE", None, None],
    ]


def test_objects_become_columns_and_lists_stay_json(tmp_path: Path) -> None:
    records = [
        {"id": 1, "owner": {"name": "Анна", "team": {"id": 7}}, "tags": ["a", 1.50], "more": {}},
        {"id": 2, "owner": {"name": "Bob"}, "extra": [{"x": None}]},
    ]
    [table] = read(tmp_path / "t.json", json.dumps(records))
    assert grid(table) == [
        ["id", "owner.name", "owner.team.id", "tags", "more", "extra"],
        ["1", "Анна", "7", '["a", 1.5]', None, None],
        ["2", "Bob", None, None, None, '[{"x": null}]'],
    ]


def test_several_lists_in_one_object_are_several_tables(tmp_path: Path) -> None:
    tables = read(tmp_path / "t.json", '{"deals": [{"id": 1}], "people": [{"name": "Ann"}]}')
    assert [(t.name, grid(t)) for t in tables] == [
        ("t.json › deals", [["id"], ["1"]]),
        ("t.json › people", [["name"], ["Ann"]]),
    ]


def test_a_broken_line_between_records_is_set_aside_and_a_broken_last_one_refused(tmp_path: Path) -> None:
    [table] = read(tmp_path / "t.jsonl", '{"id": 1}\n{"id": oops}\n{"id": 3}\n')
    assert [r[0] for r in table.sample()] == ["1", "3"]
    assert [(a.line, a.kind, a.text) for a in table.set_aside] == [(2, "unreadable", '{"id": oops}')]
    with pytest.raises(UnreadableFile, match="in line 3"):
        read(tmp_path / "t.jsonl", '{"id": 1}\n{"id": 2}\n{"id"')


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, '[{"a": ' + "[" * 100_000])
def test_json_nested_without_end_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableFile):
        read(tmp_path / "t.json", text)


# --- Parquet ---

TYPED = """
SELECT 1 AS id, 0.1::DOUBLE AS ratio, 17::DOUBLE AS whole, 1.50::DECIMAL(9, 2) AS price, DATE '2026-03-01' AS day,
    TIMESTAMP '2026-03-01 00:00:00' AS midnight, TIMESTAMP '2026-03-01 10:20:00' AS moment,
    TIMESTAMPTZ '2026-03-01 10:20:00+03' AS zoned, true AS paid, {'name': 'Ann', 'team': {'id': 7}} AS owner,
    ['a', 'b'] AS tags, NULL::VARCHAR AS none
"""


def parquet(path: Path, sql: str) -> Path:
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")
    return path


def test_parquet_values_are_text_like_the_cells_of_a_workbook(tmp_path: Path) -> None:
    [table] = read_file(parquet(tmp_path / "t.parquet", TYPED))
    assert dict(zip(table.columns, table.sample()[0], strict=True)) == {
        "id": "1", "ratio": "0.1", "whole": "17", "price": "1.50", "day": "2026-03-01", "midnight": "2026-03-01",
        "moment": "2026-03-01 10:20:00", "zoned": "2026-03-01 07:20:00", "paid": "TRUE", "owner.name": "Ann",
        "owner.team.id": "7", "tags": '["a","b"]', "none": None,
    }  # fmt: skip
    assert table.layout.format == "parquet"


def test_a_parquet_name_that_could_stand_for_others_is_that_file_alone(tmp_path: Path) -> None:
    parquet(tmp_path / "ab.parquet", "SELECT 'other' AS x")
    own = parquet(tmp_path / "own.parquet", "SELECT 'own' AS x").rename(tmp_path / "[ab]*.parquet")
    assert grid(read_file(own)[0]) == [["x"], ["own"]]


def test_a_parquet_file_without_rows_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no rows"):
        read_file(parquet(tmp_path / "t.parquet", "SELECT 1 AS x WHERE false"))


# --- workbooks ---


def test_an_old_workbook(tmp_path: Path) -> None:
    deals, leads = read_file(WORKBOOKS / "deals.xls")
    assert (deals.name, deals.layout.format, deals.layout.header_line) == ("deals.xls › Deals", "xls", 5)
    assert [a.line for a in deals.set_aside] == [3]
    assert grid(deals) == [
        ["id", "Клиент", "Amount", "Created", "Paid"],
        ["1", "Альфа", "10.5", "2026-03-01", "TRUE"],
        ["2", "Beta", "0.3", "2026-03-02 10:20:00", "FALSE"],
        ["3", "Gamma", None, "2026-03-03", "TRUE"],
    ]
    assert grid(leads) == [["id", "email"], ["1", "a@x.io"], ["2", "b@x.io"]]
    renamed = tmp_path / "deals.csv"
    renamed.write_bytes((WORKBOOKS / "deals.xls").read_bytes())
    assert [grid(t) for t in read_file(renamed)] == [grid(deals), grid(leads)]


_ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="Deals">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
)


def ods(rows: str) -> bytes:
    return zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": b'<manifest xmlns="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
            "content.xml": _ODS.format(rows=rows).encode(),
        }
    )


def cells(*values: Any, repeated: int = 1) -> str:
    """One row of an OpenDocument sheet; a text that looks like a day is one."""
    told = ""
    for value in values:
        kind = "float" if isinstance(value, int | float) else "date" if value[:2] == "20" else "string"
        attribute = {"float": f' office:value="{value}"', "date": f' office:date-value="{value}"'}.get(kind, "")
        told += f'<table:table-cell office:value-type="{kind}"{attribute}><text:p>{value}</text:p></table:table-cell>'
    return f'<table:table-row table:number-rows-repeated="{repeated}">{told}</table:table-row>'


def test_an_open_workbook(tmp_path: Path) -> None:
    empty = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    rows = cells("id", "day", "amount") + cells(1, "2026-03-01", 10.5) + cells(2, "2026-03-02T10:20:00", 20) + empty
    [table] = read(tmp_path / "t.ods", ods(rows))
    assert (table.name, table.layout.format) == ("t.ods › Deals", "ods")
    assert grid(table) == [
        ["id", "day", "amount"], ["1", "2026-03-01", "10.5"], ["2", "2026-03-02 10:20:00", "20"],
    ]  # fmt: skip


def test_cells_repeated_without_end_are_refused_before_they_are_laid_out(tmp_path: Path) -> None:
    wide = '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="16384"/>'
    row = f'<table:table-row table:number-rows-repeated="1000000">{wide}</table:table-row>'
    with pytest.raises(UnreadableFile, match="used cells span"):
        read(tmp_path / "t.ods", ods(row))


# --- archives ---


def test_each_file_in_an_archive_is_read_as_if_uploaded(tmp_path: Path) -> None:
    members = {
        "exports/deals.csv": CSV,
        "people.json": b'[{"name": "Ann"}]',
        "old.xls": (WORKBOOKS / "deals.xls").read_bytes(),
        "more.csv.gz": gzip.compress(b"x,y\n1,2\n"),
    }
    tables = read(tmp_path / "all.zip", zipped(members))
    assert [t.name for t in tables] == [
        "all.zip › deals.csv", "all.zip › people.json", "all.zip › old.xls › Deals", "all.zip › old.xls › Лиды",
        "all.zip › more.csv.gz",
    ]  # fmt: skip
    assert grid(tables[0]) == READ
    assert grid(tables[4]) == [["x", "y"], ["1", "2"]]


def test_a_packed_file_is_the_same_file_as_the_unpacked_one(tmp_path: Path) -> None:
    [plain] = read(tmp_path / "deals.csv", CSV)
    [packed] = read(tmp_path / "deals.csv.gz", gzip.compress(CSV))
    [member] = read(tmp_path / "deals.zip", zipped({"deals.csv": CSV}))
    assert packed.file.sha256 == member.file.sha256 == plain.file.sha256
    assert grid(packed) == grid(member) == READ
    assert (packed.name, packed.file.path) == ("deals.csv.gz", tmp_path / "deals.csv.gz")


def test_names_that_lead_elsewhere_are_shown_by_their_last_part(tmp_path: Path) -> None:
    members = {"../../etc/deals.csv": CSV, "C:\\Users\\x\\people.csv": b"name,city\nAnn,Bonn\nBob,Perm\n"}
    tables = read(tmp_path / "t.zip", zipped(members))
    assert [t.name for t in tables] == ["t.zip › deals.csv", "t.zip › people.csv"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["t.zip"]


def test_what_is_no_table_is_skipped_and_named(tmp_path: Path) -> None:
    members = {
        "__MACOSX/._deals.csv": b"\x00\x05\x16", ".DS_Store": b"\x00", "read me.txt": b"Dear all, see below.\n",
        "logo.png": b"\x89PNG\r\n\x1a\n", "empty.csv": b"", "deals.csv": CSV, "copy of deals.csv": CSV,
    }  # fmt: skip
    [table] = read(tmp_path / "t.zip", zipped(members))
    assert table.notes[-1].en == "Files without a table were skipped: “read me.txt”, “logo.png”, “empty.csv”."


def test_a_damaged_export_in_an_archive_fails_it_whole(tmp_path: Path) -> None:
    cut = "a,b,c\n" + "1,2,3\n" * 50 + "4,5"
    with pytest.raises(UnreadableFile, match=r"t\.zip › cut\.csv” is cut off"):
        read(tmp_path / "t.zip", zipped({"deals.csv": CSV, "cut.csv": cut.encode()}))


def locked() -> bytes:
    content = bytearray(zipped({"deals.csv": CSV}))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + at] |= 1
    return bytes(content)


BOMBS: dict[str, tuple[bytes, str]] = {
    "one that unpacks a thousandfold": (zipped({"a.csv": b"1,2\n" * (30 << 20)}), "unpacks to far more"),
    "a packed one": (gzip.compress(b"0" * (100 << 20)), "unpacks to far more"),
    "archives in archives in archives": (
        zipped({"a.zip": zipped({"b.zip": zipped({"c.zip": zipped({"d.csv": CSV})})})}),
        "too deep",
    ),
    "too many files": (zipped({f"{i}.csv": CSV for i in range(archives.MOST_MEMBERS + 1)}), "holds 201 files"),
    "a password": (locked(), "protected by a password"),
    "nothing": (zipped({}), "no file with a table"),
    "only folders": (zipped({"a/": b""}), "no file with a table"),
    "only pictures": (zipped({"a.png": b"\x89PNG\r\n", "b.png": b"\x89PNG\r\n1"}), "no file with a table"),
    "one picture": (zipped({"a.png": b"\x89PNG\r\n"}), "a picture"),
}


@pytest.mark.parametrize("case", BOMBS)
def test_archives_that_cannot_be_read_say_why(tmp_path: Path, case: str) -> None:
    content, said = BOMBS[case]
    with pytest.raises(UnreadableFile, match=said) as caught:
        read(tmp_path / "t.zip", content)
    assert caught.value.fix is not None
    assert [p.name for p in tmp_path.iterdir()] == ["t.zip"]


def test_members_together_stay_within_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_UNPACKED", 60)
    assert len(read(tmp_path / "t.zip", zipped({"a.csv": CSV, "b.csv": CSV + b"3,Cy\n"}))) == 2
    with pytest.raises(UnreadableFile, match="unpacks to far more"):
        read(tmp_path / "t.zip", zipped({"a.csv": CSV, "b.csv": CSV + b"3,Cy\n", "c.csv": CSV + b"4,Di\n"}))
