"""Tables of pages and of workbooks in one XML document: what many systems save as .xls."""

from __future__ import annotations

import gzip
import time
import zipfile
from pathlib import Path

import pytest

from revops.errors import UnreadableFile
from revops.ingest import html_tables
from revops.ingest.read import read_file
from revops.ingest.types import RawTable

Grid = list[tuple[str | None, ...]]


def read(tmp_path: Path, content: str | bytes, name: str = "report.xls") -> list[RawTable]:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_file(path)


def grids(tables: list[RawTable]) -> list[Grid]:
    return [[t.columns, *t.sample(1000)] for t in tables]


def page(body: str, charset: str = "UTF-8") -> str:
    return (
        f'<html><head><meta http-equiv="Content-type" content="text/html;charset={charset}" />'
        f"<style>td{{mso-number-format:\\@;}}</style></head><body>{body}</body></html>"
    )


DEALS = (
    '<table border="1"><thead><tr><th>ID</th><th>Сделка</th><th>Сумма</th></tr></thead><tbody>'
    "<tr><td>1</td><td>Окна &quot;Люкс&quot; &amp; двери</td><td>1&nbsp;000,50</td></tr>"
    "<tr><td>2</td><td>Ремонт<br>кровли</td><td></td></tr></tbody></table>"
)
DEALS_GRID: Grid = [("ID", "Сделка", "Сумма"), ("1", 'Окна "Люкс" & двери', "1 000,50"), ("2", "Ремонт кровли", None)]
SMALL: Grid = [("a", "b"), ("1", "2"), ("3", "4")]

PAGES: dict[str, tuple[str | bytes, list[Grid]]] = {
    "a CRM's export": (page(DEALS), [DEALS_GRID]),
    "a table alone": (DEALS, [DEALS_GRID]),
    "with a mark of its encoding": ("\ufeff" + page(DEALS), [DEALS_GRID]),
    "in the encoding it names": (page(DEALS, "windows-1251").encode("cp1251"), [DEALS_GRID]),
    "in two bytes a sign": (("\ufeff" + page(DEALS, "utf-16")).encode("utf-16-le"), [DEALS_GRID]),
    "a document type, a remark": (f"<!DOCTYPE html>\n<!-- made <table> by -->\n{page(DEALS)}", [DEALS_GRID]),
    "an XML declaration": (f'<?xml version="1.0" encoding="utf-8"?>\n{page(DEALS)}', [DEALS_GRID]),
    "rows and cells that are never closed": (
        "<TABLE><TR><TD>a<TD>b<TR><TD>1<TD>2<TR><TD>3<TD>4</TABLE>", [SMALL],
    ),
    "a title over all columns": (
        "<table><tr><td colspan=2>Deals</td></tr><tr><td>a<td>b<tr><td>1<td>2<tr><td>3<td>4</table>", [SMALL],
    ),
    "a table inside the cell of another": (
        "<table><tr><td>menu</td><td><table><tr><th>a<th>b<tr><td>1<td>2<tr><td>3<td>4</table></td></tr></table>",
        [SMALL],
    ),
    "two tables": (page(DEALS + "<table><tr><th>a<th>b<tr><td>1<td>2<tr><td>3<td>4</table>"), [DEALS_GRID, SMALL]),
    "one below the other in one table": (
        "<table><tr><th>Deal<th>Amount<tr><td>1<td>10<tr><td>2<td>20<tr><td><td>"
        "<tr><th>Owner<th>Quota<tr><td>Ann<td>5<tr><td>Bob<td>6</table>",
        [[("Deal", "Amount"), ("1", "10"), ("2", "20")], [("Owner", "Quota"), ("Ann", "5"), ("Bob", "6")]],
    ),
    "a cell over two rows": (
        "<table><tr><th>a<th>b<tr><td rowspan=2>1<td>2<tr><td>4</table>", [[("a", "b"), ("1", "2"), (None, "4")]],
    ),
    "a year over its columns": (
        "<table><tr><td rowspan=2>Client<td colspan=2>2026<tr><td>Sum<td>Deals"
        "<tr><td>Acme<td>10<td>1<tr><td>Beta<td>20<td>2</table>",
        [[("Client", "2026 / Sum", "2026 / Deals"), ("Acme", "10", "1"), ("Beta", "20", "2")]],
    ),
    "a sign that opens nothing": (
        "<table><tr><th>a<th>b<tr><td>1 < 2<td>x<tr><td>3<td>a <b>bold</b> word</table>",
        [[("a", "b"), ("1 < 2", "x"), ("3", "a bold word")]],
    ),
    "a script": (
        "<table><tr><th>a<th>b<tr><td>1<script>document.write('<td>9</td>')</script><td>2<tr><td>3<td>4</table>",
        [SMALL],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PAGES)
def test_tables_of_a_page(tmp_path: Path, case: str) -> None:
    content, expected = PAGES[case]
    tables = read(tmp_path, content)
    assert grids(tables) == expected
    assert {t.layout.format for t in tables} == {"html"}


def test_a_total_below_and_a_title_above_are_set_aside(tmp_path: Path) -> None:
    body = "<table><tr><td>Deals of March<tr><th>Client<th>Sum<tr><td>Acme<td>10<tr><td>Beta<td>20<tr><td>Total<td>30"
    [table] = read(tmp_path, body)
    assert grids([table]) == [[("Client", "Sum"), ("Acme", "10"), ("Beta", "20")]]
    assert [(a.line, a.kind) for a in table.set_aside] == [(1, "preamble"), (5, "footer")]


def test_pages_in_archives(tmp_path: Path) -> None:
    assert grids(read(tmp_path, gzip.compress(page(DEALS).encode()), "report.xls.gz")) == [DEALS_GRID]
    with zipfile.ZipFile(tmp_path / "reports.zip", "w") as archive:
        archive.writestr("deals.xls", page(DEALS))
    assert grids(read_file(tmp_path / "reports.zip")) == [DEALS_GRID]


@pytest.mark.parametrize(
    "content",
    ["<!DOCTYPE html><html><form>Login <input></form></html>", page("<p>Nothing found.</p>"), "<table>", "<div><!--",
     "<table><tr><td>menu<td>help</table>"],
)  # fmt: skip
def test_a_page_without_a_table_is_none(tmp_path: Path, content: str) -> None:
    with pytest.raises(UnreadableFile, match="holds no table") as refused:
        read(tmp_path, content)
    assert refused.value.code == "no_table"


HOSTILE = {
    "tables in tables": "<table><tr><td>" * 100_000,
    "cells that span everything": "<table>" + "<tr><td colspan=99999 rowspan=99999>x<td>y" * 100_000,
    "remarks never closed": "<table>" + "<!--" * 500_000,
    "quotes never closed": "<table>" + "<td a='\"" * 300_000,
    "signs that open nothing": "<table><tr><td>" + "<" * 2_000_000,
    "references": "<table><tr><td>a<td>b<tr><td>" + "&amp" * 500_000 + "<td>" + "&#x" * 500_000,
    "scripts": "<table><tr><td>" + "<script>" * 300_000,
}


@pytest.mark.parametrize("case", HOSTILE)
def test_no_page_takes_long(tmp_path: Path, case: str) -> None:
    began = time.monotonic()
    try:
        for table in read(tmp_path, "<html>" + HOSTILE[case]):
            table.close()
    except UnreadableFile:
        pass
    assert time.monotonic() - began < 10


def test_pages_larger_than_the_limit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_tables, "MOST_BYTES", 100)
    with pytest.raises(UnreadableFile, match="too large a page"):
        read(tmp_path, page(DEALS))
    monkeypatch.setattr(html_tables, "MOST_BYTES", 10_000)
    monkeypatch.setattr(html_tables, "MOST_CELLS", 5)
    with pytest.raises(UnreadableFile, match="too large a page"):
        read(tmp_path, page(DEALS))


HEAD = '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
OPEN = (
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
    'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
)


def cell(value: str, kind: str = "String", marks: str = "") -> str:
    return f'<Cell{marks}><Data ss:Type="{kind}">{value}</Data></Cell>'


MERGED, THIRD = ' ss:MergeAcross="3"', ' ss:Index="3"'
DEALS_ROWS = (
    f"<Row>{cell('Отчёт', marks=MERGED)}</Row>"
    f'<Row ss:Index="3">{cell("ID")}{cell("Дата")}{cell("Сумма")}{cell("Выиграна")}</Row>'
    f"<Row>{cell('1', 'Number')}{cell('2026-01-02T00:00:00.000', 'DateTime')}"
    f"{cell('0.30000000000000004', 'Number')}{cell('1', 'Boolean')}</Row>"
    f"<Row>{cell('2', 'Number')}{cell('20', 'Number', THIRD)}{cell('0', 'Boolean')}</Row>"
)
BOOK = f'{HEAD}{OPEN}<Worksheet ss:Name="Сделки"><Table>{DEALS_ROWS}</Table></Worksheet></Workbook>'
BOOK_GRID: Grid = [("ID", "Дата", "Сумма", "Выиграна"), ("1", "2026-01-02", "0.3", "TRUE"), ("2", None, "20", "FALSE")]


@pytest.mark.parametrize(
    "content",
    [
        BOOK,
        "\ufeff" + BOOK,
        BOOK.removeprefix(HEAD),
        BOOK.replace('version="1.0"', 'version="1.0" encoding="windows-1251"').encode("cp1251"),
        BOOK.replace('version="1.0"', 'version="1.0" encoding="utf-16"').encode("utf-16"),
        BOOK.replace("<Workbook xmlns=", "<ss:Workbook xmlns=").replace("</Workbook", "</ss:Workbook"),
    ],
    ids=["plain", "mark", "no declaration", "cp1251", "utf-16", "prefix"],
)
def test_a_workbook_in_xml(tmp_path: Path, content: str | bytes) -> None:
    [table] = read(tmp_path, content)
    assert grids([table]) == [BOOK_GRID]
    assert (table.name, table.layout.format, table.layout.header_line) == ("report.xls › Сделки", "xml", 3)
    assert [(a.line, a.text) for a in table.set_aside] == [(1, "Отчёт")]


def test_sheets_of_a_workbook_in_xml(tmp_path: Path) -> None:
    small = f"<Row>{cell('a')}{cell('b')}</Row><Row>{cell('1', 'Number')}{cell('2', 'Number')}</Row>"
    second = f'<Worksheet ss:Name="B"><Table>{small}</Table></Worksheet><Worksheet ss:Name="C"><Table/></Worksheet>'
    tables = read(tmp_path, BOOK.replace("</Workbook>", second + "</Workbook>"))
    assert [t.layout.sheet for t in tables] == ["Сделки", "B"]


@pytest.mark.parametrize("share", [0.4, 0.6, 0.8, 0.99])
def test_a_workbook_in_xml_that_is_cut_off_is_refused(tmp_path: Path, share: float) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read(tmp_path, BOOK[: int(len(BOOK) * share)])
    assert refused.value.code == "damaged"


LAUGHS = "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 12))
DECLARED = {
    "a file": '<!DOCTYPE Workbook [<!ENTITY e SYSTEM "{secret}">]>',
    "an address": '<!DOCTYPE Workbook [<!ENTITY e SYSTEM "http://127.0.0.1:9/x">]>',
    "laughs": f"<!DOCTYPE Workbook [<!ENTITY a0 'ha'>{LAUGHS}<!ENTITY e '&a11;'>]>",
}


@pytest.mark.parametrize("case", DECLARED)
@pytest.mark.parametrize("place", ["before the workbook", "after a remark"])
def test_entities_are_never_followed(tmp_path: Path, case: str, place: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret", encoding="utf-8")
    declared = DECLARED[case].replace("{secret}", secret.as_uri())
    remark = "<!-- urn:schemas-microsoft-com:office:spreadsheet -->" if place == "after a remark" else ""
    content = BOOK.replace(HEAD, f"{HEAD}{remark}{declared}").replace("Отчёт", "&e;")
    began = time.monotonic()
    with pytest.raises(UnreadableFile):
        read(tmp_path, content)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("marks", [' ss:Index="999999"', ' ss:MergeAcross="99999999"', ' ss:MergeAcross="16380"'])
def test_places_far_away_are_refused(tmp_path: Path, marks: str) -> None:
    rows = f'<Row ss:Index="1000000">{cell("x", marks=marks)}</Row>'
    with pytest.raises(UnreadableFile, match="used cells span"):
        read(tmp_path, BOOK.replace("<Table>", "<Table>" + rows))


def test_other_documents_in_xml_hold_no_table(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="an XML document"):
        read(tmp_path, '<?xml version="1.0"?>\n<orders><order id="1"/></orders>')
