"""Whatever bytes arrive: tables, or a sentence of ours, within seconds; and a workspace that an error leaves alone.

The bytes are whole, cut-off and flipped exports of every format, and noise. Seeds are fixed: each run is the same.
"""

from __future__ import annotations

import datetime as dt
import gzip
import io
import itertools
import os
import time
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from revops.errors import RevOpsError, UnreadableFile
from revops.importing import import_files
from revops.ingest.profile import profile_table
from revops.ingest.read import read_file
from revops.workspace import Workspace
from tests.support import often

ROOT = Path(__file__).resolve().parents[2]
EXPORTS = ROOT / "sample_data" / "exports"
MOST_SECONDS = 10.0
EXAMPLES = int(os.environ.get("REVOPS_FUZZ", often(12)))  # of each test
FUZZED = settings(
    derandomize=True,
    deadline=None,
    max_examples=EXAMPLES,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.data_too_large, HealthCheck.too_slow],
)


def workbook() -> bytes:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name in ("Deals", "Лиды"):
        sheet = book.add_worksheet(name)
        sheet.merge_range("A1:D1", "All deals of the year")
        sheet.write_row(2, 0, ["id", "Клиент", "amount", "created"])
        for row in range(3, 12):
            sheet.write_row(row, 0, [row, f"Client {row}", row * 10.5])
            sheet.write_datetime(row, 3, dt.datetime(2026, 3, row), day)
    book.close()
    return content.getvalue()


def parquet() -> bytes:
    content = io.BytesIO()
    rows = "SELECT i AS id, 'Client ' || i AS name, i * 1.5 AS amount FROM range(50) t(i)"
    with duckdb.connect() as connection:
        pq.write_table(connection.sql(rows).to_arrow_table(), content)
    return content.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def open_workbook() -> bytes:
    space = "urn:oasis:names:tc:opendocument:xmlns"
    rows = "".join(
        "<table:table-row>"
        + "".join(f'<table:table-cell office:value-type="string"><text:p>{v}</text:p></table:table-cell>' for v in row)
        + "</table:table-row>"
        for row in [("id", "client", "amount"), *((i, f"Client {i}", i * 10) for i in range(9))]
    )
    names = "".join(f' xmlns:{n}="{space}:{n}:1.0"' for n in ("office", "table", "text"))
    body = f'<table:table table:name="Deals">{rows}</table:table>'
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", f'<manifest xmlns="{space}:manifest:1.0"/>')
        archive.writestr(
            "content.xml",
            f"<office:document-content{names}><office:body><office:spreadsheet>{body}</office:spreadsheet>"
            "</office:body></office:document-content>",
        )
    return content.getvalue()


def web_page() -> bytes:
    rows = "".join(f"<tr><td>{i}</td><td rowspan=2>Клиент &amp; {i}</td><td>{i},50</td></tr>" for i in range(9))
    head = '<meta http-equiv="Content-type" content="text/html;charset=windows-1251" /><style>td{}</style>'
    table = f'<table border="1"><tr><th>ID</th><th>Клиент</th><th>Сумма</th></tr>{rows}</table>'
    return f"<html><head>{head}</head><!-- x --><body>{table}</body></html>".encode("cp1251")


def xml_workbook() -> bytes:
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    told = [("ID", "Day", "Amount"), *((i, f"2026-01-0{i}T00:00:00.000", i * 10) for i in range(1, 9))]
    rows = "".join(
        '<Row ss:Height="12">'
        + "".join(f'<Cell ss:Index="{n}"><Data ss:Type="String">{v}</Data></Cell>' for n, v in enumerate(row, 1))
        + "</Row>"
        for row in told
    )
    return (
        f'<?xml version="1.0"?>\n<Workbook xmlns="{space}" xmlns:ss="{space}">'
        f'<Worksheet ss:Name="Deals"><Table>{rows}</Table></Worksheet></Workbook>'
    ).encode()


@cache
def seeds() -> dict[str, bytes]:
    """A small export of every format."""
    found = {}
    for path in sorted(EXPORTS.glob("*.csv")):
        found[path.name] = b"".join(path.read_bytes().splitlines(keepends=True)[:30])
    deals = found["hubspot_deals.csv"]
    return {
        **found,
        "wide.csv": deals.decode().encode("utf-16"),
        "deals.xlsx": workbook(),
        "deals.xls": (ROOT / "tests/fixtures/workbooks/deals.xls").read_bytes(),
        "deals.ods": open_workbook(),
        "page.xls": web_page(),
        "xml.xls": xml_workbook(),
        "two.csv": b"# made by a script\n# on Monday\nID,Stage,Amount\n1,Won,10\n2,Lost,20\n\n"
        b"Team\nOwner,Region,Quota\nAnn,North,5\nBob,South,6\n",
        "deals.json": b'{"data": [{"id": 1, "owner": {"name": "Ann"}, "tags": [1, 2]}, {"id": 2, "amount": 10.50}]}',
        "deals.jsonl": b'{"id": 1, "amount": 5}\n{"id": 2, "amount": 6}\n{"id": 3, "amount": 7}\n',
        "deals.parquet": parquet(),
        "deals.zip": zipped("deals.csv", deals),
        "deals.csv.gz": gzip.compress(deals),
    }


NAMES = sorted([*(p.name for p in EXPORTS.glob("*.csv")), "wide.csv", "deals.xlsx", "deals.xls", "deals.json",
                "deals.jsonl", "deals.parquet", "deals.zip", "deals.csv.gz", "deals.ods", "page.xls", "xml.xls",
                "two.csv"])  # fmt: skip
_NUMBER = itertools.count()


def read_within_bounds(folder: Path, name: str, content: bytes) -> int:
    """How many tables were read and profiled; none where the file was refused."""
    path = folder / f"{next(_NUMBER)}_{name}"
    path.write_bytes(content)
    began = time.monotonic()
    tables = []
    try:
        tables = read_file(path)
        for table in tables:
            profile = profile_table(table)
            assert profile.rows == table.row_count > 0
            assert len(profile.columns) == len(table.columns) == len(set(table.columns))
    except RevOpsError as error:
        assert error.sentence().en  # noqa: PT017
        assert error.sentence().ru != error.sentence().en  # noqa: PT017
    finally:
        for table in tables:
            table.close()
        path.unlink()
    assert time.monotonic() - began < MOST_SECONDS
    return len(tables)


@pytest.mark.parametrize("name", NAMES)
def test_seeds_are_read(tmp_path: Path, name: str) -> None:
    assert read_within_bounds(tmp_path, name, seeds()[name]) >= 1


@FUZZED
@given(st.binary(max_size=4000))
def test_noise(tmp_path: Path, content: bytes) -> None:
    read_within_bounds(tmp_path, "noise.csv", content)


MAGIC = [b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x1f\x8b\x08\x00", b"PAR1", b"[{", b'{"', b"\xff\xfe",
         b"\xef\xbb\xbf", b"sep=;\n", b"<html><table><tr><td>", b"# a\n# b\n"]  # fmt: skip


@FUZZED
@given(st.sampled_from(MAGIC), st.binary(max_size=2000))
def test_noise_that_begins_as_a_format(tmp_path: Path, magic: bytes, content: bytes) -> None:
    read_within_bounds(tmp_path, "noise", magic + content)


@FUZZED
@given(st.text(alphabet=st.sampled_from("a1,;\t|\"'\\\n\r [{}]:.-я0€\x00"), max_size=400))
def test_texts_of_marks(tmp_path: Path, text: str) -> None:
    read_within_bounds(tmp_path, "marks.csv", text.encode())


MARKS = ["<table>", "</table>", "<tr>", "<td>", "<td colspan=3>", "<th rowspan='2'>", "</td>", "a", "1", "<", ">",
         "&amp;", "<!--", "-->", "<script>", "\"", "'", " ", "é"]  # fmt: skip


@FUZZED
@given(st.lists(st.sampled_from(MARKS), max_size=120))
def test_pages_of_marks(tmp_path: Path, marks: list[str]) -> None:
    read_within_bounds(tmp_path, "marks.xls", ("<html>" + "".join(marks)).encode())


LINES = ["a,b,c\n", "d,e\n", "1,2,3\n", "x,2,3\n", "\n", ",,\n", "Total,,5\n", "# a remark\n", "Title\n",
         "01.2026,02.2026,x\n", '"x\n\ny",2,3\n', "k,l,m\r\n", "\r"]  # fmt: skip


@FUZZED
@given(st.lists(st.sampled_from(LINES), max_size=40))
def test_texts_of_lines_lose_none(tmp_path: Path, lines: list[str]) -> None:
    """Tables, titles, remarks and gaps in any order: every line with a value is a row, a header or set aside."""
    path = tmp_path / f"{next(_NUMBER)}_lines.csv"
    path.write_text("".join(lines), encoding="utf-8", newline="")
    try:
        tables = read_file(path)
    except RevOpsError:
        return
    rows = sum(t.row_count + (t.layout.header_line > 0) for t in tables)
    aside = sum(a.text.strip(",\r\n") != "" for t in tables for a in t.set_aside)
    upper = sum(any(" / " in c for c in t.columns) for t in tables)  # headers of up to three lines
    for table in tables:
        table.close()
    told = sum(line.strip(",\r\n") != "" for line in lines)
    assert told - 2 * upper <= rows + aside <= told


@FUZZED
@given(st.sampled_from(NAMES), st.floats(0, 1))
def test_cut_off_exports(tmp_path: Path, name: str, share: float) -> None:
    content = seeds()[name]
    read_within_bounds(tmp_path, name, content[: int(len(content) * share)])


@FUZZED
@given(st.sampled_from(NAMES), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 7)), min_size=1, max_size=20))
def test_flipped_bits(tmp_path: Path, name: str, flips: list[tuple[float, int]]) -> None:
    content = bytearray(seeds()[name])
    for place, bit in flips:
        content[int(place * (len(content) - 1))] ^= 1 << bit
    read_within_bounds(tmp_path, name, bytes(content))


CHANGES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=9)


@FUZZED
@given(st.sampled_from(["deals.xlsx", "deals.zip", "deals.ods"]), CHANGES)
def test_parts_of_workbooks_changed_under_good_wrapping(
    tmp_path: Path, name: str, changes: list[tuple[float, int]]
) -> None:
    """Flips inside a packed part would only break its checksum: here the parts are changed and packed again."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(seeds()[name])) as source, zipfile.ZipFile(packed, "w") as target:
        for i, part in enumerate(source.namelist()):
            content = bytearray(source.read(part))
            for place, value in changes:
                if i % 3 == value % 3 and content:
                    content[int(place * (len(content) - 1))] = value
            target.writestr(part, bytes(content))
    read_within_bounds(tmp_path, name, packed.getvalue())


def test_ten_thousand_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    for content in (
        ",".join(f"c{i}" for i in range(10_000)) + "\n" + ",".join("1" for _ in range(10_000)) + "\n",
        "[{" + ", ".join(f'"c{i}": 1' for i in range(10_000)) + "}]",
    ):
        path.write_text(content)
        with pytest.raises(UnreadableFile, match="columns; at most 5000"):
            read_file(path)


LONG: dict[str, Callable[[int], bytes]] = {
    "one letter": lambda size: b"a" * size,
    "words": lambda size: b"word " * (size // 5),
    "commas": lambda size: b"," * size,
    "cells": lambda size: b"abc,12," * (size // 7),
    "quotes": lambda size: b'"' * size,
    "an open quote": lambda size: b'a,b\n1,"' + b"x, y\n" * (size // 5),
    "brackets": lambda size: b"[" * size,
    "a list of numbers": lambda size: b"[" + b"1," * (size // 2) + b"1]",
    "an open text of JSON": lambda size: b'[{"a": "' + b"x" * size,
}


@pytest.mark.slow
@pytest.mark.parametrize("case", LONG)
def test_fifty_megabytes_in_one_line_are_refused_in_time(tmp_path: Path, case: str) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes(LONG[case](50 << 20))
    began = time.monotonic()
    with pytest.raises(UnreadableFile):
        read_file(path)
    assert time.monotonic() - began < MOST_SECONDS


ENTITIES: dict[str, str] = {
    "a file": '<!DOCTYPE x [<!ENTITY e SYSTEM "{secret}">]>',
    "an address": '<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1:9/x">]>',
    "laughs": "<!DOCTYPE x [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 12))
    + "<!ENTITY e '&a11;'>]>",
}


@pytest.mark.parametrize("case", ENTITIES)
@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_entities_of_a_workbook_are_never_followed(tmp_path: Path, part: str, case: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret", encoding="utf-8")
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == part:
                head = ENTITIES[case].format(secret=secret.as_uri()).encode()
                content = (
                    content.replace(b"?>", b"?>" + head, 1).replace(b"Client 3", b"&e;").replace(b"amount", b"&e;")
                )
            target.writestr(name, content)
    path = tmp_path / "t.xlsx"
    path.write_bytes(packed.getvalue())
    began = time.monotonic()
    try:
        for table in read_file(path):
            assert "the secret" not in str(table.sample()) + str(table.columns)
    except UnreadableFile:
        pass
    assert time.monotonic() - began < MOST_SECONDS


@settings(FUZZED, max_examples=max(EXAMPLES // 3, 1))
@given(st.sampled_from(NAMES), st.floats(0, 1), st.integers(1, 255))
def test_an_import_that_fails_leaves_the_workspace_as_it_was(
    tmp_path: Path, name: str, place: float, change: int
) -> None:
    content = bytearray(seeds()[name])
    at = int(place * (len(content) - 1))
    content[at] ^= change
    path = tmp_path / f"{next(_NUMBER)}_{name}"
    path.write_bytes(bytes(content[: max(at + len(content) // 2, 1)]))
    with Workspace.open(_workspace(tmp_path)) as workspace:
        before = workspace.fingerprint
        try:
            import_files(workspace, [EXPORTS / "team.csv", path], today=dt.date(2026, 1, 1))
        except RevOpsError:
            assert workspace.fingerprint == before


def _workspace(folder: Path) -> Path:
    path = folder / "kept.duckdb"
    if not path.exists():
        with Workspace.open(path) as workspace:
            import_files(workspace, [EXPORTS / "hubspot_companies.csv"], today=dt.date(2026, 1, 1))
    return path
