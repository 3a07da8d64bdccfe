"""A file somebody exported -> its tables as text, with what is not data set aside and named."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from revops.errors import UnreadableFile
from revops.ingest.archives import read_gzip, read_zip
from revops.ingest.content import content_of, refuse_long_line
from revops.ingest.delimited import read_delimited
from revops.ingest.html_tables import read_html
from revops.ingest.json_tables import read_json
from revops.ingest.own_tables import read_own_text
from revops.ingest.parquet import read_parquet
from revops.ingest.sheets import read_workbook
from revops.ingest.spreadsheet_xml import read_spreadsheet_xml
from revops.ingest.types import RawTable, SourceFile
from revops.ingest.watch import meter
from revops.text import Text

_CHUNK: Final = 1 << 20


def source_file(path: Path | str, name: str | None = None) -> SourceFile:
    """The file with its size and hash. name: what the person calls it, where the path is a temporary one.

    Raises UnreadableFile where there is no such file.
    """
    path = Path(path)
    shown = Path((name or path.name).replace("\\", "/")).name or path.name
    digest = hashlib.sha256()
    size = 0
    told = meter()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                told.check()
                digest.update(chunk)
                size += len(chunk)
    except OSError as error:
        raise UnreadableFile(
            Text("“{name}” cannot be opened.", "Файл «{name}» не удаётся открыть.").format(name=shown),
            fix=Text("Check that it exists and may be read.", "Проверьте, что он существует и доступен для чтения."),
        ) from error
    return SourceFile(name=shown, path=path, sha256=digest.hexdigest(), size=size)


def read_file(path: Path | str, name: str | None = None) -> list[RawTable]:
    """The tables of an export: each of a delimited text, one for each table on the sheets of a workbook (XLSX, XLS,
    XLSB, ODS, XML, HTML), one for each list of records in JSON, one of a Parquet file, and those of every file in an
    archive.

    What the file is comes from its content, not from its name. Every value is kept as written; an empty cell is
    NULL. The caller closes the tables. Raises UnreadableFile with what is wrong, where, and what to do.
    """
    return _tables(source_file(path, name), 0)


def _tables(file: SourceFile, depth: int) -> list[RawTable]:
    """depth: archives around the file."""
    match content := content_of(file):
        case "xlsx" | "xlsb" | "xls" | "ods":
            return read_workbook(file, content)
        case "zip":
            return read_zip(file, _tables, depth)
        case "gzip":
            return read_gzip(file, _tables, depth)
        case "parquet":
            return [read_parquet(file)]
        case "json":
            return read_json(file)
        case "html":
            return read_html(file)
        case "xml":
            return read_spreadsheet_xml(file)
    own = read_own_text(file)
    if own is not None:
        return [own]
    refuse_long_line(file)
    return read_delimited(file)
