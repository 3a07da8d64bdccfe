"""Corpora of awkward delimited files with their answers: ours beside plain DuckDB read_csv and pandas.read_csv.

A file counts where the header and every cell are those of the answer, as text, empty cells empty. Where the answer
is that there is no table, saying so is right. The plain ways are given their best defaults: all columns as text.
"""

from __future__ import annotations

import csv
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
    with duckdb.connect() as connection:
        found = connection.execute("SELECT * FROM read_csv(?, all_varchar = true)", [str(path)])
        head = [d[0] for d in found.description or []]
        return [head, *([v or "" for v in row] for row in found.fetchall())]


def plain_pandas(path: Path) -> Grid:
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    return [list(map(str, frame.columns)), *([str(v) for v in row] for row in frame.itertuples(index=False))]


READERS: dict[str, Callable[[Path], Grid]] = {
    "ours": ours,
    "DuckDB read_csv": plain_duckdb,
    "pandas.read_csv": plain_pandas,
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
    """Corpus -> reader -> how many files it reads rightly; under "of" how many there are."""
    told: dict[str, dict[str, int]] = {}
    for corpus, files in answers(corpora).items():
        told[corpus] = {name: sum(is_right(read, *file) for file in files) for name, read in READERS.items()}
        told[corpus]["of"] = len(files)
    return told


def is_right(read: Callable[[Path], Grid], path: Path, answer: Grid) -> bool:
    try:
        found = read(path)
    except (duckdb.Error, ValueError, UnicodeError):  # the plain readers' own refusals; pandas' are ValueErrors
        found = []
    return found == answer or (len(answer) < 2 and not found)


def benchmark(corpora: Path = CORPORA) -> Table:
    rows = [
        (corpus, *(f"{told[name]}" for name in READERS), str(told["of"])) for corpus, told in scores(corpora).items()
    ]
    return Table(
        "Awkward delimited files that are read as their answer says",
        ("corpus", *READERS, "files"),
        tuple(rows),
        ("A header or a cell that differs makes a file wrong. The plain ways read every column as text.",),
    )
