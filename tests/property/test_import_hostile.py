"""Files made to break an import, through the whole of it: a sentence of ours in seconds, and a workspace as it was."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from revops.errors import RevOpsError
from revops.importing import import_files
from revops.workspace import Workspace

EXPORTS = Path(__file__).resolve().parents[2] / "sample_data" / "exports"
MOST_SECONDS = 10.0
TODAY = dt.date(2026, 1, 1)
CSV = b"Person,Team\nAnn,North\nBob,South\n"


def zipped(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def workbook(part: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook of deals with one part changed."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("Deals")
        sheet.write_row(0, 0, ["Deal ID", "Stage", "Amount"])
        for row in range(1, 5):
            sheet.write_row(row, 0, [f"D{row}", "Won", row * 10])
    with zipfile.ZipFile(content) as source:
        return zipped({n: change(source.read(n)) if n == part else source.read(n) for n in source.namelist()})


def entity(declared: str) -> Callable[[bytes], bytes]:
    def change(xml: bytes) -> bytes:
        return xml.replace(b"?>", b"?>" + declared.encode(), 1).replace(b"Stage", b"&e;")

    return change


LAUGHS = "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 12))
LAUGHS = f"<!DOCTYPE x [<!ENTITY a0 'ha'>{LAUGHS}<!ENTITY e '&a11;'>]>"
XML_BOOK = '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet><Table>'


def first_half(name: str) -> bytes:
    content = (EXPORTS / name).read_bytes()
    return content[: content.index(b"\n", len(content) // 2) - 9]  # inside a row


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "an archive that unpacks a thousandfold": ("b.zip", lambda: zipped({"a.csv": b"1,2\n" * (30 << 20)})),
    "a packed file that does": ("b.csv.gz", lambda: gzip.compress(b"0" * (100 << 20))),
    "a workbook that does": ("b.xlsx", lambda: workbook("xl/worksheets/sheet1.xml", lambda x: x + b" " * (100 << 20))),
    "archives in archives": (
        "b.zip",
        lambda: zipped({"a.zip": zipped({"b.zip": zipped({"c.zip": zipped({"d.csv": CSV})})})}),
    ),
    "a workbook of entities": ("b.xlsx", lambda: workbook("xl/sharedStrings.xml", entity(LAUGHS))),
    "a workbook in XML of entities": ("b.xls", lambda: f'<?xml version="1.0"?>{LAUGHS}{XML_BOOK}'.encode()),
    "ten thousand columns": ("b.csv", lambda: b",".join(b"c%d" % i for i in range(10_000)) + b"\n" + b"1," * 10_000),
    "one line of fifty megabytes": ("b.csv", lambda: b"abc,12," * (50 << 20 >> 3)),
    "one line of JSON that never ends": ("b.json", lambda: b'[{"a": "' + b"x" * (50 << 20)),
    "brackets": ("b.json", lambda: b"[" * (1 << 20)),
    "a text that is cut off": ("b.csv", lambda: first_half("hubspot_deals.csv")),
    "a packed text that is cut off": ("b.csv.gz", lambda: gzip.compress(CSV * 500)[:-20]),
    "an archive that is cut off": ("b.zip", lambda: zipped({"a.csv": CSV})[:-10]),
    "JSON that is cut off": ("b.json", lambda: b'[{"id": 1, "stage": "Won"}, {"id": 2, "sta'),
    "a workbook that is cut off": ("b.xlsx", lambda: workbook("", bytes)[:-200]),
    "a page without a table": ("b.xls", lambda: b"<!DOCTYPE html><html><form>Log in</form></html>"),
    "tables in tables": ("b.xls", lambda: b"<table><tr><td>" * 200_000),
    "noise": ("b.csv", lambda: bytes(range(256)) * 400),
    "nothing": ("b.csv", lambda: b""),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_an_import_with_a_hostile_file_changes_nothing(tmp_path: Path, case: str) -> None:
    name, made = HOSTILE[case]
    files = tmp_path / "uploads"
    files.mkdir()
    (files / name).write_bytes(made())
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        before = workspace.fingerprint
        began = time.monotonic()
        with pytest.raises(RevOpsError) as refused:
            import_files(workspace, [EXPORTS / "team.csv", files / name], today=TODAY)
        assert time.monotonic() - began < MOST_SECONDS
        assert workspace.fingerprint == before
        assert workspace.imports().empty
    assert refused.value.fix is not None
    assert [p.name for p in files.iterdir()] == [name]


@pytest.mark.parametrize("name", ["../../outside.csv", "..\\..\\outside.csv", "{root}/outside.csv"])
def test_names_in_an_archive_lead_nowhere(tmp_path: Path, name: str) -> None:
    files = tmp_path / "a" / "b"
    files.mkdir(parents=True)
    member = name.format(root=tmp_path)
    (files / "b.zip").write_bytes(zipped({member: (EXPORTS / "team.csv").read_bytes()}))
    with Workspace.open(tmp_path / "w.duckdb") as workspace:
        import_files(workspace, [files / "b.zip"], today=TODAY)
        assert len(workspace.imports()) == 1
    assert list(tmp_path.rglob("*outside*")) == []
