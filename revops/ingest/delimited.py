"""Delimited text (CSV, TSV, ...) into a staged table.

A clean file is read by DuckDB in strict mode, which either reads every row faithfully or refuses; whatever it
refuses (rows of uneven length, stray quotes, mixed line ends) is read row by row, and what does not fit is set aside.
"""

from __future__ import annotations

import codecs
import shutil
from dataclasses import replace
from itertools import islice
from pathlib import Path

import duckdb

from revops.errors import UnreadableFile
from revops.ingest.delimited_parts import another_table_below
from revops.ingest.delimited_plan import Plan, plan_of, text_lines
from revops.ingest.delimited_rows import read_row_by_row
from revops.ingest.encoding import PlainText, as_plain_text
from revops.ingest.header import FOOTER_WITHIN, footer_length
from revops.ingest.kinds import is_blank
from revops.ingest.limits import Aside, no_rows, no_table
from revops.ingest.staging import RELATION, pack, packed_path, stage_packed, staging_connection, staging_folder
from revops.ingest.tables import raw_table
from revops.ingest.types import Layout, RawTable, SetAside, SourceFile, literal, quoted
from revops.ingest.watch import meter
from revops.text import Text

MOST_TABLES = 50  # of one text
SMALL = 8 << 20  # bytes of a text that may be looked through with care
WILDCARDS = frozenset("*?[")  # in a path, DuckDB would take them for several files


def read_delimited(file: SourceFile) -> list[RawTable]:
    """The tables of a delimited text file: one, or several below one another. Raises UnreadableFile.

    Another one begins where a header of its own follows a blank line, or a line of another width names columns. What
    looks like a header without rows is set aside with the rest of the text.
    """
    plain = as_plain_text(file.path)
    tables: list[RawTable] = []
    below: int | None = 1
    try:
        while (line := below) is not None:
            try:
                if len(tables) >= MOST_TABLES:
                    raise no_table(file.name)
                table, below = _read_table(file, plain, line - 1, len(tables) + 1)
                tables.append(table)
            except UnreadableFile as error:
                if not tables or error.code not in ("no_table", "no_rows"):
                    raise
                tables[-1] = _with_the_rest_aside(tables[-1], plain, line)
                break
    except BaseException:
        for table in tables:
            table.close()
        raise
    finally:
        plain.remove()
    return tables


def _read_table(file: SourceFile, plain: PlainText, before: int, number: int) -> tuple[RawTable, int | None]:
    """The table that begins after `before` lines, and the line on which another one begins below it."""
    plan = plan_of(file, plain, before)
    plan.ends_mid_line = _ends_mid_line(plain.path)
    folder = staging_folder()
    connection = staging_connection(folder)
    try:
        count = _read_strictly(connection, plain.path, plan, folder)
        if count is None:
            meter().again()
            count = read_row_by_row(connection, file, plain.path, plan, folder)
        if count == 0:
            raise no_rows(file.name, plan.header_line)
    except BaseException:
        connection.close()
        shutil.rmtree(folder, ignore_errors=True)
        raise
    dialect = plan.dialect
    table = raw_table(
        file,
        Layout(
            format="csv",
            encoding=plain.encoding.name,
            delimiter=dialect.delimiter,
            quote=dialect.quote,
            escape=dialect.escape or dialect.quote,
            header_line=plan.header_line,
            sheet=f"[{number}]" if number > 1 else None,
        ),
        (plan.columns, plan.original, plan.notes),
        connection,
        count,
        plan.aside,
        first_notes=_encoding_notes(plain),
        folder=folder,
    )
    return table, plan.below


def _with_the_rest_aside(table: RawTable, plain: PlainText, line: int) -> RawTable:
    """The table with all of the text from the line on set aside."""
    aside = Aside()
    aside.second_table(line)
    for number, text in enumerate(islice(text_lines(plain.path), line - 1, None), line):
        if text.strip():
            aside.add(SetAside(line=number, kind="footer", text=text.rstrip("\r\n")))
    return replace(
        table,
        set_aside=tuple(sorted((*table.set_aside, *aside.kept), key=lambda a: a.line)),
        notes=(*table.notes, *aside.notes()),
    )


def _ends_mid_line(path: Path) -> bool:
    """The text's last line has no line end."""
    with path.open("rb") as text:
        text.seek(0, 2)
        text.seek(max(0, text.tell() - 1))
        return text.read(1) not in (b"\n", b"\r", b"")


def _read_strictly(connection: duckdb.DuckDBPyConnection, path: Path, plan: Plan, folder: Path) -> int | None:
    """Let DuckDB read the data, in one pass. None where it cannot do so faithfully."""
    dialect = plan.dialect
    if dialect.skip_space or dialect.escape or plan.start.width < 2 or WILDCARDS & set(str(path)):
        return None
    if plan.before:
        return None
    fields = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(plan.start.width))
    options = (
        f"columns={{{fields}}}, delim={literal(dialect.delimiter)}, quote={literal(dialect.quote)}, "
        f"escape={literal(dialect.escape or dialect.quote)}, skip={plan.first_line - 1}, "
        "header=false, auto_detect=false, strict_mode=true, null_padding=false, ignore_errors=false"
    )
    listed = ", ".join(f"nullif(c{i}, '') AS {quoted(c)}" for i, c in enumerate(plan.columns))
    sql = f"SELECT {listed} FROM read_csv({literal(str(path))}, {options})"
    try:
        pack(connection, sql, packed_path(folder))
        count = stage_packed(connection, packed_path(folder))
    except duckdb.InterruptException:
        raise  # a person stopped it
    except duckdb.Error:
        return None
    if not _starts_alike(connection, plan) or _holds_other_lines(connection, plan, count):
        return None
    small = path.stat().st_size <= SMALL
    if (small or _holds_other_names(connection, plan)) and another_table_below(path, dialect, plan.above):
        return None  # blank lines pass unnoticed by the engine
    return count


def _holds_other_names(connection: duckdb.DuckDBPyConnection, plan: Plan) -> bool:
    """Whether a column of numbers or days has a word in it somewhere, as the header of another table puts there."""
    for i, name in enumerate(plan.columns):
        values = [r[i] for r in plan.sample if i < len(r) and r[i].strip()]
        if len(values) * 10 >= len(plan.sample) * 9 and not any(c.isalpha() for v in values for c in v):
            cell = quoted(name)  # most have neither upper nor lower case, nor signs of several bytes
            letters = f"(lower({cell}) <> upper({cell}) OR strlen({cell}) <> length({cell}))"
            sql = f"SELECT 1 FROM {RELATION} WHERE {letters} AND regexp_matches({cell}, '\\pL') LIMIT 1"
            return connection.execute(sql).fetchone() is not None
    return True


def _starts_alike(connection: duckdb.DuckDBPyConnection, plan: Plan) -> bool:
    """Whether the first rows are those that were seen while looking for the header."""
    width = plan.start.width
    seen = [[c or None for c in r] for r in plan.sample[:5] if not is_blank(r)]
    expected = [[*r, *[None] * width][:width] for r in seen]
    first = connection.execute(
        f"SELECT * EXCLUDE (_row) FROM {RELATION} WHERE _row <= {len(expected)} ORDER BY _row"
    ).fetchall()
    return [list(r) for r in first] == expected


def _holds_other_lines(connection: duckdb.DuckDBPyConnection, plan: Plan, count: int) -> bool:
    """Whether some rows are empty, repeat the header, or are totals and remarks: what is set aside with its line."""
    names = [quoted(c) for c in plan.columns]
    other = "(" + " AND ".join(f"{n} IS NULL" for n in names) + ")"
    written = [(n, c) for n, c in zip(names, plan.header or [], strict=False) if c]
    if written:
        other += " OR (" + " AND ".join(f"{n} = {literal(c)}" for n, c in written) + ")"
    if connection.execute(f"SELECT 1 FROM {RELATION} WHERE {other} LIMIT 1").fetchone() is not None:
        return True
    tail = connection.execute(
        f"SELECT {', '.join(names)} FROM {RELATION} WHERE _row > {count - FOOTER_WITHIN} ORDER BY _row"
    ).fetchall()
    return footer_length(tail, plan.sample, plan.start.width) > 0


def _encoding_notes(plain: PlainText) -> list[Text]:
    notes = []
    name = plain.encoding.name
    if codecs.lookup(name).name != "utf-8":
        notes.append(Text("The text was re-coded from {name}.", "Текст перекодирован из {name}.").format(name=name))
    if plain.damaged:
        notes.append(
            Text(
                "{n} signs could not be decoded and are shown as �.",
                "Не удалось прочитать символов: {n}; они показаны как �.",
            ).format(n=plain.damaged)
        )
    if plain.nul_bytes:
        notes.append(Text("{n} zero bytes were left out.", "Пропущено нулевых байтов: {n}.").format(n=plain.nul_bytes))
    return notes
