"""What `import` says around the load: names that match nothing, what would happen, and past figures that changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from revops.cli.output import Shown, say, write_table
from revops.formats import DASH, Formatter
from revops.importing import Forecast, KeyCheck
from revops.model import ENTITY
from revops.text import Text

if TYPE_CHECKING:
    from revops.importing.decisions import Differing
    from revops.importing.restated import Restated

ROWS = Text("row|rows", "строка|строки|строк")
SAID = 5  # spellings of one column, and months of one metric, that are said in words


def tell_matches(checks: Sequence[KeyCheck], words: Formatter, *, accepted: bool) -> None:
    """To stderr: what names nothing known, and the nearest known name. accepted: the near ones were taken already."""
    for check in checks:
        label = ENTITY[check.entity].field(check.field).label
        missing = Text(
            "{file}: {n} of “{column}” ({label}) without a match in {among}.",
            "{file}: {n} в «{column}» ({label}) без соответствия в «{among}».",
        )
        say(
            words.say(
                missing,
                file=check.draft.raw.name,
                n=words.plural(check.unmatched_rows, ROWS),
                column=check.column,
                label=label,
                among=check.among,
            )
        )
        for one in check.proposals[:SAID]:
            near = Text("  “{value}” ({n}) ~ “{nearest}”?", "  «{value}» ({n}) ~ «{nearest}»?")
            say(words.say(near, value=one.value, n=words.plural(one.rows, ROWS), nearest=one.nearest))
    if not accepted and any(u.sure for c in checks for u in c.proposals):
        say(
            words.say(
                Text(
                    "--accept-matches reads them as the names beside them.",
                    "--accept-matches прочитает их как имена рядом.",
                )
            )
        )


def print_forecast(forecasts: Sequence[Forecast], words: Formatter) -> None:
    """One line a file and entity."""
    columns: list[tuple[Text, list[str], bool]] = [
        (Text("File", "Файл"), [f"{f.file} › {f.sheet}" if f.sheet else f.file for f in forecasts], False),
        (Text("Fills", "Заполняет"), [f.entity for f in forecasts], False),
    ]
    counts = (
        ("insert", Text("Insert", "Добавится")),
        ("update", Text("Update", "Изменится")),
        ("unchanged", Text("Unchanged", "Без изменений")),
        ("reject", Text("Reject", "Отклонится")),
        ("remove", Text("Remove", "Уйдёт")),
    )
    for name, label in counts:
        columns.append((label, [words.number(getattr(f, name)) for f in forecasts], True))
    write_table([Shown(header=words.say(label), values=values, right=right) for label, values, right in columns])


def tell_restated(changed: Sequence[Restated], words: Formatter) -> None:
    """To stderr: which past figures changed, the latest months of each metric."""
    from revops.analysis.values import show

    for key in dict.fromkeys(one.metric for one in changed):
        months = [one for one in changed if one.metric == key]
        head = Text("{metric}: past months that changed: {n}.", "{metric}: изменилось прошлых месяцев: {n}.")
        say(words.say(head, metric=months[0].of.label, n=words.number(len(months))))
        for one in months[:SAID]:
            before, after = (
                DASH if value is None else show(value, one.of.unit, words) for value in (one.before, one.after)
            )
            say(f"  {words.month(one.month)}: {before} → {after}")


def tell_decisions(other: Differing, words: Formatter, *, taken: bool) -> None:
    """What an exported archive says otherwise than the workspace: taken over, or left and how to take it."""
    said = [*other.settings]
    if not other.stages.empty:
        said.append(words.plural(len(other.stages), Text("stage|stages", "этап|этапа|этапов")))
    if not other.channels.empty:
        said.append(words.plural(len(other.channels), Text("channel|channels", "канал|канала|каналов")))
    text = (
        Text("Taken over from the archive: {what}.", "Взято из архива: {what}.")
        if taken
        else Text(
            "The archive decides otherwise, and the workspace stays as it is: {what}. To take it over, add "
            "--decisions take.",
            "В архиве решено иначе, рабочее пространство остаётся как есть: {what}. Чтобы взять из архива, добавьте "
            "--decisions take.",
        )
    )
    say(words.say(text, what=", ".join(said)))
