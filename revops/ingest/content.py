"""What a file's bytes are: a workbook, an archive, JSON, Parquet, delimited text, or something that holds no table."""

from __future__ import annotations

import re
import zipfile
from typing import Final

from revops.errors import UnreadableFile
from revops.ingest.encoding import BOMS, utf16_without_mark
from revops.ingest.limits import empty_file
from revops.ingest.types import SourceFile
from revops.text import Text

_MAGIC: Final = (
    (b"\x89PNG", Text("a picture (PNG)", "картинка (PNG)")),
    (b"\xff\xd8\xff", Text("a picture (JPEG)", "картинка (JPEG)")),
    (b"GIF8", Text("a picture (GIF)", "картинка (GIF)")),
    (b"%PDF", Text("a PDF document", "документ PDF")),
    (b"7z\xbc\xaf\x27\x1c", Text("a 7-Zip archive", "архив 7-Zip")),
    (b"Rar!", Text("a RAR archive", "архив RAR")),
    (b"BZh", Text("a bzip2 archive", "архив bzip2")),
    (b"\xfd7zXZ", Text("an xz archive", "архив xz")),
    (b"\x28\xb5\x2f\xfd", Text("a Zstandard archive", "архив Zstandard")),
    (b"\x7fELF", Text("a program", "программа")),
    (b"MZ\x90", Text("a program", "программа")),
    (b"SQLite format 3", Text("an SQLite database", "база данных SQLite")),
    (b"{\\rtf", Text("a text document (RTF)", "текстовый документ (RTF)")),
)
_SAVE_AS = Text("Save the table as XLSX or CSV and upload that.", "Сохраните таблицу как XLSX или CSV и загрузите её.")
MOST_LINE: Final = 4 << 20  # bytes of one of the first lines
_OLE: Final = b"\xd0\xcf\x11\xe0"
_PROLOGUE: Final = re.compile(r"^(?:\s*<\?[^>]*>)*\s*")
_WORKBOOK: Final = "urn:schemas-microsoft-com:office:spreadsheet"
_HTML: Final = re.compile(
    r"<(?:!doctype html|!--|html|head|title|meta|style|link|body|center|div|form|table|t(?:head|body|r)\b)"
)
_JSON: Final = re.compile(r'\s*(?:\[\s*)?(?:\{\s*(?:"[^"]*"\s*:|\})|\[\s*")')


def content_of(file: SourceFile) -> str:
    """What the file is by its content: "xlsx" | "xlsb" | "xls" | "ods" | "zip" | "gzip" | "parquet" | "json" | "html" |
    "xml" (a workbook in one XML document) | "text".

    Raises UnreadableFile for what holds no table, saying what it is.
    """
    with file.path.open("rb") as source:
        head = source.read(64 * 1024)
    if not head.strip(b"\x00\xef\xbb\xbf\xff\xfe \r\n\t"):
        raise empty_file(file.name)
    if head.startswith(_OLE):
        return _ole(file)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(file)
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(b"PAR1"):
        return "parquet"
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise not_a_table(file.name, what)
    if head[257:262] == b"ustar":
        raise not_a_table(file.name, Text("a TAR archive", "архив TAR"))
    return _text(file.name, head)


def refuse_long_line(file: SourceFile) -> None:
    """Raise UnreadableFile for a text that begins with a line no export has: it would be looked at sign by sign."""
    with file.path.open("rb") as source:
        text = source.read(2 * MOST_LINE)
    ends = [0, *(m.end() for m in re.finditer(rb"[\r\n]", text[:MOST_LINE]))]
    following = re.compile(rb"[\r\n]").search(text, ends[-1])
    length = (following.start() if following else len(text)) - ends[-1]
    if length >= MOST_LINE:
        raise UnreadableFile(
            Text(
                "“{name}” holds no table: line {line} is longer than {most} MB.",
                "В файле «{name}» нет таблицы: строка {line} длиннее {most} МБ.",
            ).format(name=file.name, line=len(ends), most=MOST_LINE >> 20),
            fix=Text(
                "Export it with one line for each record.",
                "Выгрузите его так, чтобы каждая запись была на своей строке.",
            ),
            code="no_table",
        )


def _text(name: str, head: bytes) -> str:
    mark = next(((m, encoding) for m, encoding in BOMS if head.startswith(m)), None)
    wide = mark[1] if mark else utf16_without_mark(head)
    shown = head[len(mark[0]) if mark else 0 :].decode(wide or "utf-8", errors="replace")
    if (markup := _markup(name, shown[:4000].lstrip("\ufeff \r\n\t").lower())) is not None:
        return markup
    if _JSON.match(shown):
        return "json"
    if wide is None:
        control = sum(head.count(bytes([b])) for b in range(1, 32) if b not in (9, 10, 11, 12, 13, 28, 29, 30, 31))
        if control + max(head.count(0) - len(head) // 10, 0) > len(head) * 0.02:
            raise not_a_table(name, Text("not text", "не текст"))
    return "text"


def _markup(name: str, start: str) -> str | None:
    """ "html" or "xml" where the text begins as a page or as a workbook in XML."""
    root = _PROLOGUE.sub("", start)
    if re.match(r"<(?:\w+:)?workbook\b", root) and _WORKBOOK in start:
        return "xml"
    if _HTML.match(root):
        return "html"
    if start.startswith("<?xml"):
        raise not_a_table(name, Text("an XML document", "документ XML"))
    return None


def _zipped(file: SourceFile) -> str:
    try:
        with zipfile.ZipFile(file.path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableFile(
            Text(
                "“{name}” is damaged: it looks like a workbook or an archive, but its end is missing.",
                "Файл «{name}» повреждён: похоже на книгу Excel или архив, но его конец отсутствует.",
            ).format(name=file.name),
            fix=Text("Download or export it again.", "Скачайте или выгрузите его ещё раз."),
            code="damaged",
        ) from error
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "content.xml" in names and "mimetype" in names:
        return "ods"
    if "word/document.xml" in names:
        raise not_a_table(file.name, Text("a Word document", "документ Word"))
    if "ppt/presentation.xml" in names:
        raise not_a_table(file.name, Text("a presentation", "презентация"))
    return "zip"


def _ole(file: SourceFile) -> str:
    content = file.path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise locked(file.name)
    if not any(name.encode("utf-16-le") in content for name in ("Workbook", "Book", "WORKBOOK", "BOOK")):
        raise not_a_table(file.name, Text("a document of an old Office format", "документ старого формата Office"))
    return "xls"


def locked(name: str) -> UnreadableFile:
    """A workbook with a password."""
    return UnreadableFile(
        Text("“{name}” is protected by a password.", "Файл «{name}» защищён паролем.").format(name=name),
        fix=Text(
            "Open it in Excel, remove the password, save it as XLSX or CSV and upload that.",
            "Откройте его в Excel, снимите пароль, сохраните как XLSX или CSV и загрузите.",
        ),
        code="encrypted",
    )


def web_page(name: str) -> UnreadableFile:
    """A page without a table, as one that asks for a password."""
    return not_a_table(name, Text("a web page (HTML) without one", "веб-страница (HTML) без таблицы"))


def not_a_table(name: str, what: Text) -> UnreadableFile:
    """The file is of a kind that holds no table."""
    message = Text("“{name}” holds no table: it is {what}.", "В файле «{name}» нет таблицы: это {what}.")
    return UnreadableFile(message.format(name=name, what=what), fix=_SAVE_AS, code="no_table")
