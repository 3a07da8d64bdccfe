"""What is set aside while reading, kept within bounds, and the errors that every format shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from revops.errors import UnreadableFile
from revops.ingest.types import SetAside
from revops.text import Text

MOST_COLUMNS: Final = 5000
MOST_KEPT: Final = 1000  # lines set aside that are kept word for word; all are counted
MOST_TEXT: Final = 500


@dataclass(slots=True)
class Aside:
    """Lines that are not data. All are counted; the first thousand are kept, shortened."""

    kept: list[SetAside] = field(default_factory=list)
    count: int = 0
    empties: int = 0
    surplus: int = 0
    unreadable: int = 0
    second: int | None = None  # line of the header of a second table

    def add(self, item: SetAside) -> None:
        self.count += 1
        self.surplus += item.kind == "surplus"
        self.unreadable += item.kind == "unreadable"
        if len(self.kept) < MOST_KEPT or (item.kind == "footer" and self.second is None):
            self.kept.append(SetAside(line=item.line, kind=item.kind, text=item.text[:MOST_TEXT]))

    def empty(self, line: int) -> None:
        self.empties += 1
        self.add(SetAside(line=line, kind="empty", text=""))

    def give_back(self, line: int) -> int:
        """Where the titles and remarks right in front of the line begin; they are set aside no longer."""
        while self.kept and self.kept[-1].kind == "preamble" and self.kept[-1].line == line - 1:
            line = self.kept.pop().line
            self.count -= 1
        return line

    def second_table(self, line: int) -> None:
        self.second = line

    def sorted(self) -> tuple[SetAside, ...]:
        return tuple(sorted(self.kept, key=lambda a: a.line))

    def notes(self) -> list[Text]:
        """A sentence for each kind of line that a person would miss."""
        said = []
        if self.surplus:
            text = Text(
                "{n} lines have more cells than the header and were set aside: {lines}.",
                "Строк, где ячеек больше, чем заголовков: {n}; они отложены: {lines}.",
            )
            said.append(text.format(n=self.surplus, lines=self._lines("surplus")))
        if self.unreadable:
            text = Text(
                "{n} lines with broken quotes were set aside: {lines}.",
                "Строк с нарушенными кавычками: {n}; они отложены: {lines}.",
            )
            said.append(text.format(n=self.unreadable, lines=self._lines("unreadable")))
        if self.second is not None:
            text = Text(
                "A second table starts on line {line}; only the first was read. Upload the second as its own file.",
                "В строке {line} начинается вторая таблица; прочитана только первая. Загрузите вторую отдельно.",
            )
            said.append(text.format(line=self.second))
        if self.empties:
            said.append(Text("{n} empty rows were left out.", "Пропущено пустых строк: {n}.").format(n=self.empties))
        if self.count > len(self.kept):
            text = Text(
                "Only the first {kept} of {n} lines set aside are listed.",
                "Показаны первые {kept} из {n} отложенных строк.",
            )
            said.append(text.format(kept=len(self.kept), n=self.count))
        return said

    def _lines(self, kind: str) -> str:
        lines = [str(a.line) for a in self.kept if a.kind == kind]
        return ", ".join(lines[:5]) + ("…" if len(lines) > 5 else "")


def check_columns(name: str, width: int) -> None:
    """Raise UnreadableFile for a table wider than any export."""
    if width > MOST_COLUMNS:
        raise UnreadableFile(
            Text(
                "“{name}” has {n} columns; at most {most} can be read.",
                "В «{name}» {n} колонок; можно не больше {most}.",
            ).format(name=name, n=width, most=MOST_COLUMNS),
            fix=Text("Export only the columns you need.", "Выгрузите только нужные колонки."),
        )


def no_table(name: str) -> UnreadableFile:
    """The text of the file falls into no columns."""
    return UnreadableFile(
        Text(
            "“{name}” holds no table: no header with rows of values under it was found.",
            "В файле «{name}» нет таблицы: не найден заголовок со строками значений под ним.",
        ).format(name=name),
        fix=Text(
            "Upload an export with one row for each record: CSV, TSV or XLSX.",
            "Загрузите выгрузку, где каждая запись — отдельная строка: CSV, TSV или XLSX.",
        ),
        code="no_table",
    )


def empty_file(name: str) -> UnreadableFile:
    """There is nothing in the file."""
    return UnreadableFile(
        Text("“{name}” is empty.", "Файл «{name}» пуст.").format(name=name),
        fix=Text("Export it again and upload the new file.", "Выгрузите его ещё раз и загрузите новый файл."),
        code="no_table",
    )


def no_rows(name: str, line: int) -> UnreadableFile:
    """There is a header and nothing under it."""
    return UnreadableFile(
        Text(
            "“{name}” has a header (line {line}) but no rows.",
            "В «{name}» есть заголовок (строка {line}), но нет строк.",
        ).format(name=name, line=line),
        fix=Text(
            "Check the filter of the export and upload it again.", "Проверьте фильтр выгрузки и загрузите её ещё раз."
        ),
        code="no_rows",
    )
