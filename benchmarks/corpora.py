"""Corpora of awkward delimited files with their answers: ours beside plain DuckDB read_csv and pandas.read_csv.

A file counts where the header and every cell are those of the answer, as text, empty cells empty. Where the answer
is that there is no table, saying so is right. The plain ways are called twice: as anybody would first, with the path
alone, and with the options that keep every value as it is written. White space in a header counts once for all.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd

from benchmarks.timing import Table
from revops.errors import UnreadableFile
from revops.ingest.read import read_file

ROOT = Path(__file__).resolve().parents[1]
CORPORA = ROOT.parent / "shared" / "real_data" / "csv_corpora"
Grid = list[list[str]]

# Read out of the files by hand: this corpus carries no answers.
_ABC = [["a", "b", "c"], ["1", "2", "3"]]
CSVKIT: dict[str, Grid] = {
    "blanks.csv": [list("abcdef"), ["", "NA", "N/A", "NONE", "NULL", "."]],
    "dummy.csv.gz": _ABC,
    "dummy.tsv": _ABC,
    "dummy_col_shuffled_ragged.csv": [["b", "c", "a", "d"], ["2", "3", "1", "4"]],
    "empty.csv": [],
    "mac_newlines.csv": [*_ABC, ["Once upon\ra time", "5", "6"]],
    "null_byte.csv": [["a", "b", "c"], ["", "2", "3"]],
    "optional_quote_characters.csv": _ABC,
    "test_date_format.csv": [["a"], ["02/01/2014"], ["31/12/2012"]],
    "test_extra_header.csv": [["a", "b", "c", "d"], ["1", "2", "3", ""]],
    "test_header_newline.csv": [["start end", "b", "c"], ["d", "e", "f"]],
    "test_locale.csv": [["a", "b", "c"], ["1,7", "200.000.000", ""]],
    "test_locale_converted.csv": [["a", "b", "c"], ["1.7", "200000000", ""]],
    "test_skip_lines.csv": _ABC,
    "test_utf16_big.csv": [*_ABC, ["4", "5", "ʤ"]],
    "test_utf16_little.csv": [*_ABC, ["4", "5", "ʤ"]],
    "test_utf8_bom.csv": [["foo", "bar", "baz"], ["1", "2", "3"], ["4", "5", "ʤ"]],
}


def ours(path: Path) -> Grid:
    try:
        table = read_file(path)[0]
    except UnreadableFile:
        return []
    head = [list(table.columns)] if table.layout.header_line else []
    rows = head + [[v or "" for v in row] for row in table.sample(100_000)]
    table.close()
    return rows


def plain_duckdb(path: Path) -> Grid:
    """read_csv with nothing but the path; values as DuckDB itself writes them as text."""
    return _duckdb(path, "SELECT * FROM read_csv(?)")


def duckdb_as_text(path: Path) -> Grid:
    return _duckdb(path, "SELECT * FROM read_csv(?, all_varchar = true)")


def _duckdb(path: Path, sql: str) -> Grid:
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({sql})", [str(path)])
        head = [d[0] for d in found.description or []]
        rows = [[v or "" for v in row] for row in found.fetchall()]
    numbered = [f"column{i}" for i in range(len(head))]  # its way to say that there is no header
    return rows if head == numbered else [head, *rows]


def plain_pandas(path: Path) -> Grid:
    """read_csv with nothing but the path; values as pandas itself writes them to a CSV file."""
    return _written(pd.read_csv(path))


def pandas_as_text(path: Path) -> Grid:
    return _written(pd.read_csv(path, dtype=str, keep_default_na=False))


def _written(frame: pd.DataFrame) -> Grid:
    return list(csv.reader(io.StringIO(frame.to_csv(index=False), newline="")))


READERS: dict[str, Callable[[Path], Grid]] = {
    "ours": ours,
    "DuckDB": plain_duckdb,
    "DuckDB, as text": duckdb_as_text,
    "pandas": plain_pandas,
    "pandas, as text": pandas_as_text,
}


def answers(corpora: Path = CORPORA) -> dict[str, list[tuple[Path, Grid]]]:
    """Corpus -> its files with what is right. A header without rows, or nothing, is answered by an error."""
    pollock = []
    for path in sorted((corpora / "pollock/csv").glob("*.csv")):
        with (corpora / "pollock/clean" / path.name).open(newline="", encoding="utf-8") as clean:
            pollock.append((path, list(csv.reader(clean))))
    spectrum = []
    for path in sorted((corpora / "csv-spectrum/csvs").glob("*.csv")):
        records = json.loads((corpora / "csv-spectrum/json" / f"{path.stem}.json").read_text(encoding="utf-8"))
        records = [records] if isinstance(records, dict) else records
        if path.stem == "location_coordinates":  # the answer names another telephone number than the file
            records = [{**r, "Contact Phone Number": "2095257564"} for r in records]
        spectrum.append((path, [list(records[0]), *([str(v) for v in r.values()] for r in records)]))
    csvkit = [(corpora / "csvkit" / name, answer) for name, answer in CSVKIT.items()]
    return {"Pollock": pollock, "csv-spectrum": spectrum, "csvkit": csvkit}


def scores(corpora: Path = CORPORA) -> dict[str, dict[str, int]]:
    """Corpus, and "all" -> reader -> how many files it reads rightly; under "of" how many there are."""
    told: dict[str, dict[str, int]] = {}
    for corpus, files in answers(corpora).items():
        told[corpus] = {name: sum(is_right(read, *file) for file in files) for name, read in READERS.items()}
        told[corpus]["of"] = len(files)
    together = {name: sum(one[name] for one in told.values()) for name in (*READERS, "of")}
    return {**told, "all": together}


def is_right(read: Callable[[Path], Grid], path: Path, answer: Grid) -> bool:
    try:
        found = read(path)
    except (duckdb.Error, ValueError, UnicodeError):  # the plain readers' own refusals; pandas' are ValueErrors
        found = []
    return _told(found) == _told(answer) or (len(answer) < 2 and not any(map(any, found[1:])) and len(found) < 2)


def _told(grid: Grid) -> Grid:
    return [[" ".join(name.split()) for name in row] if n == 0 else row for n, row in enumerate(grid)]


def benchmark(corpora: Path = CORPORA) -> Table:
    told = scores(corpora)
    rows = [(corpus, *(f"{told[corpus][name]}" for name in READERS), str(told[corpus]["of"])) for corpus in told]
    missed = ", ".join(
        path.stem for files in answers(corpora).values() for path, answer in files if not is_right(ours, path, answer)
    )
    return Table(
        "Awkward delimited files that are read as their answer says",
        ("corpus", *READERS, "files"),
        tuple(rows),
        (
            "A header or a cell that differs makes a file wrong; a file without rows is right where it is refused.",
            "DuckDB, pandas: read_csv with the path alone. As text: all_varchar; dtype=str, keep_default_na=False.",
            f"Ours, not as the answer says: {missed or 'none'}.",
        ),
    )
