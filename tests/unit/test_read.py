"""Bytes as systems write them -> the rows that a person sees in them."""

from __future__ import annotations

import gc
import hashlib
import tempfile
from pathlib import Path

import pytest

from revops.errors import UnreadableFile
from revops.ingest.read import read_file, source_file
from revops.ingest.types import RawTable

RU = "Сделка;Сумма;Ответственный\nПродажа оборудования;1000;Иванов Пётр\nПоддержка;500;Сидорова Анна\n"


def read(tmp_path: Path, content: bytes | str, name: str = "export.csv") -> RawTable:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    tables = read_file(path)
    assert len(tables) == 1
    return tables[0]


def grid(table: RawTable) -> list[list[str | None]]:
    return [list(table.columns), *(list(r) for r in table.sample(1000))]


ABC = [["a", "b", "c"], ["1", "2", "3"], ["4", "5", "6"]]
TABLES: dict[str, tuple[bytes, list[list[str | None]]]] = {
    "comma": (b"a,b,c\n1,2,3\n4,5,6\n", ABC),
    "semicolon": (b"a;b;c\n1;2;3\n4;5;6\n", ABC),
    "tab": (b"a\tb\tc\n1\t2\t3\n4\t5\t6\n", ABC),
    "pipe": (b"a|b|c\n1|2|3\n4|5|6\n", ABC),
    "space": (b"a b c\n1 2 3\n4 5 6\n", ABC),
    "a space after each comma": (b"a, b, c\n1, 2, 3\n4, 5, 6\n", ABC),
    "declared for Excel": (b"sep=;\na;b;c\n1;2;3\n4;5;6\n", ABC),
    "no last line end": (b"a,b,c\n1,2,3\n4,5,6", ABC),
    "windows line ends": (b"a,b,c\r\n1,2,3\r\n4,5,6\r\n", ABC),
    "old mac line ends": (b"a,b,c\r1,2,3\r4,5,6\r", ABC),
    "mixed line ends": (b"a,b,c\r\n1,2,3\n4,5,6\r\n", ABC),
    "blank lines between": (b"a,b,c\n\n1,2,3\n\n4,5,6\n\n\n", ABC),
    "a delimiter at the end of each line": (b"a,b,c,\n1,2,3,\n4,5,6,\n", ABC),
    "decimal commas beside semicolons": (b"a;b\n1,5;2,5\n3,5;4,5\n", [["a", "b"], ["1,5", "2,5"], ["3,5", "4,5"]]),
    "quoted delimiters and line ends": (b'a,b\n"x, y","1\n2"\nz,3\n', [["a", "b"], ["x, y", "1\n2"], ["z", "3"]]),
    "doubled quotes": (b'a,b\n"say ""hi""",1\nz,3\n', [["a", "b"], ['say "hi"', "1"], ["z", "3"]]),
    "backslash before quotes": (b'a,b\n"say \\"hi\\", so",1\nz,3\n', [["a", "b"], ['say "hi", so', "1"], ["z", "3"]]),
    "backslash in a path": (b'a,b\n"C:\\temp\\",1\nz,3\n', [["a", "b"], ["C:\\temp\\", "1"], ["z", "3"]]),
    "single quotes": (b"a,b\n'x, y','won''t'\n'z','3'\n", [["a", "b"], ["x, y", "won't"], ["z", "3"]]),
    "inches in unquoted text": (b'a,b\n5" pipe,1\n7" pipe,2\n', [["a", "b"], ['5" pipe', "1"], ['7" pipe', "2"]]),
    "inches in quoted text": (b'a,b\n"5" pipe",1\n"7" pipe",2\n', [["a", "b"], ['5" pipe', "1"], ['7" pipe', "2"]]),
    "spaces are kept": (b"a,b\n x ,1\ny,2\n", [["a", "b"], [" x ", "1"], ["y", "2"]]),
    "empty and quoted empty": (b'a,b,c\n1,,3\n4,"",6\n', [["a", "b", "c"], ["1", None, "3"], ["4", None, "6"]]),
    "short rows are padded": (b"a,b,c\n1,2\n4,5,6\n", [["a", "b", "c"], ["1", "2", None], ["4", "5", "6"]]),
    "zero bytes": (b"a,b,c\n1,2\x00,3\n4,5,6\n", ABC),
    "one row": (b"a,b,c\n1,2,3\n", ABC[:2]),
    "one column": (b"email\na@x.io\nb@x.io\n", [["email"], ["a@x.io"], ["b@x.io"]]),
    "text alone": (b"name,city\nAnna,Bonn\nBoris,Perm\n", [["name", "city"], ["Anna", "Bonn"], ["Boris", "Perm"]]),
    "no header": (
        b"2026-01-01,Anna,10\n2026-01-02,Boris,20\n",
        [["column 1", "column 2", "column 3"], ["2026-01-01", "Anna", "10"], ["2026-01-02", "Boris", "20"]],
    ),
    "years as headers": (
        b"plan,2024,2025\nBasic,10,20\nPro,30,40\n",
        [["plan", "2024", "2025"], ["Basic", "10", "20"], ["Pro", "30", "40"]],
    ),
    "header and data differ by one name": (
        b"a,b,c\n1,2,3,x\n4,5,6,y\n",
        [["a", "b", "c", "column 4"], ["1", "2", "3", "x"], ["4", "5", "6", "y"]],
    ),
    "titles above": (b"Campaign report\nAll time\na,b,c\n1,2,3\n4,5,6\n", ABC),
    "titles as wide as the table": (b"Report,,\n,,\na,b,c\n1,2,3\n4,5,6\n", ABC),
    "a list of filters above": (b"Filter,Open deals\nOwner,All\n\na,b,c\n1,2,3\n4,5,6\n", ABC),
    "names of groups above": (
        b",Q1 2025,,Q2 2025,\nOwner,Amount,Deals,Amount,Deals\nAnn,10,1,20,2\nBob,30,3,40,4\n",
        [
            ["Owner", "Q1 2025 / Amount", "Q1 2025 / Deals", "Q2 2025 / Amount", "Q2 2025 / Deals"],
            ["Ann", "10", "1", "20", "2"], ["Bob", "30", "3", "40", "4"],
        ],
    ),
    "the header again": (b"a,b,c\n1,2,3\na,b,c\n4,5,6\n", ABC),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLES)
def test_rows_are_found_as_a_person_sees_them(tmp_path: Path, case: str) -> None:
    content, expected = TABLES[case]
    assert grid(read(tmp_path, content)) == expected


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16-le"), ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"), ("cp1251", "cp1251"), ("koi8-r", "koi8-r"), ("cp866", "cp866"),
        ("mac-cyrillic", "mac-cyrillic"),
    ],
)  # fmt: skip
def test_russian_is_read_in_every_encoding(tmp_path: Path, encoding: str, told: str) -> None:
    table = read(tmp_path, RU.encode(encoding))
    assert table.layout.encoding == told
    assert grid(table) == [line.split(";") for line in RU.splitlines()]


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r"])
@pytest.mark.parametrize("word", ["Имя,Город\nАнна,Пермь\n", "id,Этап\n1,Новая\n", "ФИО,Тег\nИВАНОВ,ВИП\n"])
def test_a_few_russian_letters_are_enough(tmp_path: Path, word: str, encoding: str) -> None:
    assert grid(read(tmp_path, word.encode(encoding))) == [line.split(",") for line in word.splitlines()]


@pytest.mark.parametrize("text", ["name,city\nJosé,Málaga\nZoë,Köln\n", "name,price\nCafé,5 €\nNaïve – “x”,6 €\n"])
def test_western_accents_are_read_as_windows_writes_them(tmp_path: Path, text: str) -> None:
    table = read(tmp_path, text.encode("cp1252"))
    assert table.layout.encoding == "cp1252"
    assert grid(table) == [line.split(",") for line in text.splitlines()]


def test_letters_of_another_encoding_far_into_the_file_are_found(tmp_path: Path) -> None:
    lines = ["id,name", *(f"{i},plain" for i in range(100_000)), "100000,Ёлкин"]
    table = read(tmp_path, "\n".join(lines).encode("cp1251"))
    assert table.layout.encoding == "cp1251"
    assert table.staging.execute("SELECT name FROM raw WHERE id = '100000'").fetchone() == ("Ёлкин",)


def aside(table: RawTable) -> list[tuple[int, str, str]]:
    return [(a.line, a.kind, a.text) for a in table.set_aside]


def test_titles_and_totals_are_set_aside_with_their_lines(tmp_path: Path) -> None:
    table = read(
        tmp_path,
        "Pipeline report\n\nDeal,Owner,Amount\nAcme,Ann,10\nBeta,Bob,20\nTotal,,30\n\nConfidential Information\n",
    )
    assert grid(table) == [["Deal", "Owner", "Amount"], ["Acme", "Ann", "10"], ["Beta", "Bob", "20"]]
    assert aside(table) == [
        (1, "preamble", "Pipeline report"),
        (6, "footer", "Total,,30"),
        (8, "footer", "Confidential Information"),
    ]
    assert table.layout.header_line == 3


@pytest.mark.parametrize(
    "last", ["Total: Campaigns,--,30", "Grand Totals (2 records),,", "Итого,,30", "Всего:,,30", ",,30", "Sum,,30"]
)
def test_totals_are_no_rows(tmp_path: Path, last: str) -> None:
    table = read(tmp_path, f"Deal,Owner,Amount\nAcme,Ann,10\nBeta,Bob,20\n{last}\n")
    assert table.row_count == 2
    assert aside(table) == [(4, "footer", last)]


@pytest.mark.parametrize(
    "last", ["Total Energies,Zoe,30", "Itogo LLC,Zoe,30", "Gamma,,30", "Gamma,Zoe,", "Всеволод,Zoe,30"]
)
def test_names_like_totals_and_sparse_rows_stay(tmp_path: Path, last: str) -> None:
    table = read(tmp_path, f"Deal,Owner,Amount\nAcme,Ann,10\nBeta,Bob,20\n{last}\n")
    assert table.row_count == 3
    assert aside(table) == []


def test_rows_with_surplus_cells_are_set_aside_and_named(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b\n1,2\n3,4,5\n6,7\n8,9\n")
    assert grid(table) == [["a", "b"], ["1", "2"], ["6", "7"], ["8", "9"]]
    assert aside(table) == [(3, "surplus", "3,4,5")]
    assert "more cells than the header" in table.notes[-1].en


def test_empty_rows_are_counted_not_kept(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b\n1,2\n,\n3,4\n")
    assert table.row_count == 2
    assert aside(table) == [(3, "empty", "")]


def test_lines_are_counted_through_line_ends_inside_cells(tmp_path: Path) -> None:
    table = read(tmp_path, 'a,b\n"1\n\n1",2\n3,4,5\n6,7\n8,9\n')
    assert aside(table) == [(5, "surplus", "3,4,5")]


def test_a_quote_closed_too_late_costs_its_own_line_only(tmp_path: Path) -> None:
    table = read(tmp_path, 'a,b,c\n1,"2,3\n4,5,6\n7,"8",9\n')
    assert grid(table)[1:] == [["1", '"2', "3"], ["4", "5", "6"], ["7", "8", "9"]]


def test_repeated_and_empty_headers_get_names_of_their_own(tmp_path: Path) -> None:
    table = read(tmp_path, "Товар,cid,,товар,cid,Товар\n1,2,3,4,5,6\n7,8,9,10,11,12\n")
    assert table.columns == ("Товар", "cid", "column 3", "товар (2)", "cid (2)", "Товар (3)")
    assert table.original_headers == ("Товар", "cid", "", "товар", "cid", "Товар")
    assert "cid (2)" in table.notes[0].en


def test_a_column_of_the_readers_own_name_is_renamed(tmp_path: Path) -> None:
    assert read(tmp_path, "_row,b\n5,x\n6,y\n").columns == ("_row (2)", "b")


ERRORS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "blank": (b"\xef\xbb\xbf \r\n\r\n", "is empty"),
    "only a header": (b"a,b,c\n", "has a header (line 1) but no rows"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "picture"),
    "a document": (b"%PDF-1.7\n" + bytes(range(256)) * 20, "PDF"),
    "a program": (b"\x7fELF" + bytes(range(256)) * 20, "program"),
    "an archive": (b"PK\x03\x04" + b"\x00" * 200, "damaged"),
    "unknown bytes": (bytes(range(1, 256)) * 40, "not text"),
    "an old document": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old Office format"),
    "a broken old workbook": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le") + b"\x00" * 600, "damaged",
    ),
    "a password": (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 600, "password"),
    "a web page": (b"<html><body><table><tr><td>1</td></tr></table></body></html>", "web page (HTML) without one"),
    "JSON that is cut off": (b'[{"id": 1, "name": "x"}, {"id": 2,\n"na', "not whole JSON"),
    "JSON without records": (b'{"version": 1, "status": "ok"}', "holds no table"),
    "a gzip that is cut off": (b"\x1f\x8b\x08\x00" + b"\x00" * 40, "cannot be unpacked"),
    "a Parquet file that is cut off": (b"PAR1" + b"\x15\x04" * 300, "columns cannot be read"),
    "only a declared separator": (b"sep=;\n", "holds no table"),
    "one word": (b"hello\n", "holds no table"),
    "prose": (
        b"Dear colleagues,\nplease find the report of this quarter below.\nBest wishes, and thanks,\nAnn\n",
        "no table",
    ),
    "a quote never closed": (b'a,b\n1,2\n3,"4\n5,6\n7,8\n', "opens on line 3 is never closed"),
    "too wide": (",".join(f"c{i}" for i in range(5001)).encode() + b"\n" + b"1," * 5000 + b"1\n", "5001 columns"),
}  # fmt: skip


@pytest.mark.parametrize("case", ERRORS)
def test_what_cannot_be_read_is_said_with_what_to_do(tmp_path: Path, case: str) -> None:
    content, said = ERRORS[case]
    with pytest.raises(UnreadableFile) as caught:
        read(tmp_path, content)
    assert said in caught.value.message.en
    assert "export.csv" in caught.value.message.ru
    assert caught.value.fix is not None
    assert caught.value.fix.en != caught.value.fix.ru


def test_a_missing_file_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="cannot be opened"):
        read_file(tmp_path / "nowhere.csv")


def test_source_files_are_known_by_name_and_hash(tmp_path: Path) -> None:
    path = tmp_path / "upload-17"
    path.write_bytes(b"a,b\n1,2\n")
    file = source_file(path, "C:\\Users\\Ann\\deals.csv")
    assert (file.name, file.size) == ("deals.csv", 8)
    assert file.sha256 == hashlib.sha256(b"a,b\n1,2\n").hexdigest()


def test_temporary_copies_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    read(tmp_path, RU.encode("cp1251")).close()
    gc.collect()
    assert [path for path in scratch.rglob("*") if "revops-run-" not in path.name] == []


def test_rows_are_numbered_in_the_order_of_the_file(tmp_path: Path) -> None:
    body = "".join(f"{i},x{i}\n" for i in range(60_000))
    for extra in ("", "60000,y,\n"):  # read at once, and row by row
        table = read(tmp_path, f"id,name\n{body}{extra}")
        wrong = table.staging.execute("SELECT count(*) FROM raw WHERE CAST(id AS BIGINT) + 1 <> _row").fetchone()
        assert wrong == (0,)
        assert table.row_count == 60_000 + bool(extra)
