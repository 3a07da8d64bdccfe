"""A table recognised, by its headers, as a known system's export."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from revops.ingest.evidence import TableView
from revops.ingest.headers import CURRENCY_WORDS
from revops.ingest.presets import Filling, Headers, Preset, presets
from revops.ingest.shapes import month_columns
from revops.ingest.types import EntityMapping, Question, TableProfile
from revops.model import fold
from revops.text import Text

NAME = "name:"


@dataclass(frozen=True)
class HeaderIndex:
    """The headers of a table, found by any spelling: case, punctuation and a currency behind them aside."""

    names: Sequence[str]

    @cached_property
    def _folded(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for name in self.names:
            found.setdefault(fold(name), name)
        for name in self.names:
            found.setdefault(_without_currency(fold(name)), name)
        return found

    def all(self, written: Headers) -> list[str]:
        """Every header that is one of the spellings, in the spellings' order."""
        found: dict[str, None] = {}
        for spelling in written:
            if len(spelling) > 2 and spelling[0] == spelling[-1] == "/":
                pattern = re.compile(spelling[1:-1], re.IGNORECASE)
                found.update(dict.fromkeys(n for n in self.names if pattern.search(n)))
            elif fold(spelling) in self._folded:
                found[self._folded[fold(spelling)]] = None
        return list(found)


def _without_currency(name: str) -> str:
    words = name.split()
    while len(words) > 1 and words[-1] in CURRENCY_WORDS:
        words.pop()
    return " ".join(words)


def score(preset: Preset, headers: Sequence[str], name: str = "", months: int = 0) -> float | None:
    """How surely headers are this preset's: the groups of headers found, then how many headers it has a use for.

    name: of the file and sheet. months: how many columns are named by months. None: it is not this preset's file.
    """
    index = HeaderIndex(headers)
    words = set(fold(name).split())
    some = sum(1 for group in preset.some if index.all(group) or _named(words, group))
    if not all(index.all(group) for group in preset.every) or (preset.some and some < preset.at_least):
        return None
    if months < preset.months or index.all(preset.never) or _named(words, preset.never):
        return None
    used = {h for f in preset.fillings for group in spellings(f) for h in index.all(group)}
    hints = preset.file_words & words
    return len(preset.every) + some + (1 if preset.months else 0) + 0.1 * len(used) + min(0.5, 0.25 * len(hints))


def _named(words: set[str], group: Headers) -> bool:
    """Whether a word of the file's or sheet's name is one of the group ("name:budget")."""
    return any(s.startswith(NAME) and fold(s.removeprefix(NAME)) in words for s in group)


def spellings(filling: Filling) -> Iterable[Headers]:
    for sources in filling.sources.values():
        for source in sources:
            yield source.headers
            yield from source.formula.columns.values() if source.formula else ()


def recognise(view: TableView) -> Preset | None:
    """The preset that fits the table's headers best; None where none fits, or two fit equally well."""
    name = f"{view.raw.file.name.rsplit('.', 1)[0]} {view.raw.layout.sheet or ''}"
    months = len(month_columns(view.profile))
    scored = [(s, p.name, p) for p in presets() if (s := score(p, view.raw.columns, name, months)) is not None]
    scored.sort(key=lambda found: found[:2], reverse=True)
    if not scored or (len(scored) > 1 and scored[0][0] == scored[1][0]):
        return None
    return scored[0][2]


def nothing_to_fill(preset: Preset) -> Question:
    """What to say of an export that is recognised and holds nothing of the model."""
    assert preset.note is not None
    return Question(code="no_entity", text=_sentence(recognised(preset), preset.note))


def recognised(preset: Preset) -> Text:
    article = "an" if preset.label.en[0].lower() in "aeiou" else "a"
    return Text(f"recognised as {article} {{label}}", "распознано: {label}").format(label=preset.label)


def tells_repeats_apart(preset: Preset, profile: TableProfile, found: Iterable[EntityMapping]) -> bool:
    """Whether repeated headers leave nothing open: the preset counts on their order, or has no use for them."""
    columns = {f.column for e in found for f in e.fields if f.column} | {
        h for e in found if e.unpivot for h in e.unpivot.columns
    }
    used = {fold(re.sub(r" \(\d+\)$", "", h)) for h in columns}  # as the file writes them
    open_ones = {fold(h) for h in profile.repeated} & used
    return bool(profile.repeated) and open_ones <= {fold(h) for h in preset.repeats}


def _sentence(first: Text, second: Text) -> Text:
    return Text(
        f"{first.en[0].upper()}{first.en[1:]}: {second.en}", f"{first.ru[0].upper()}{first.ru[1:]}. {second.ru}"
    )
