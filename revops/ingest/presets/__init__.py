"""The layouts of known systems' exports, one small TOML file each; docs/presets.md says how to write one.

A file added to this folder is found by itself: nothing else has to be changed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

from revops.errors import MappingError, UnknownName
from revops.ingest.expression import headers_used
from revops.ingest.types import quoted
from revops.model import entity
from revops.text import Text

# Spellings of one header, likeliest first. Between slashes: a regular expression. In `some` and `never` also
# "name:budget": a word of the file's or sheet's name that counts as much as a header.
Headers = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """An expression over named places, and the header spellings that each place stands for."""

    text: str
    columns: Mapping[str, Headers]

    def over(self, found: Mapping[str, str]) -> str:
        """The expression with every place written as the header that was found for it."""
        return re.sub(r"\{(\w+)\}", lambda m: quoted(found[m[1]]), self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One way to fill a field. Exactly one of headers, constant and formula says something.

    values: spelling in the file -> canonical value, beside those that the vocabulary knows. missing: spellings by
    which this system writes that there is nothing ("не закрыта" for a close date).
    """

    headers: Headers = ()
    constant: str | None = None
    formula: Formula | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wide:
    """Columns that are made long: those whose header fits a pattern (its first group is the label), or that name
    months."""

    label: str
    value: str
    patterns: tuple[re.Pattern[str], ...] = ()
    months: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """How one entity is filled. sources: field -> ways to fill it, the first that applies counts.

    optional: left out where a required field has no source. leave: fields that nothing else may fill.
    """

    entity: str
    sources: Mapping[str, tuple[Source, ...]]
    role: str = "rows"
    optional: bool = False
    where: Formula | None = None
    wide: Wide | None = None
    leave: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One kind of export of one system.

    every: headers that must all be there. some, at_least: so many of these groups must be there. never: headers that
    rule it out. months: so many columns must be named by months. file_words: a weak hint, never enough alone.
    repeats: headers that this system writes more than once, in an order that the preset counts on. note: what to say
    where such a file fills nothing.
    """

    name: str
    system: str
    object: str
    label: Text
    every: tuple[Headers, ...]
    some: tuple[Headers, ...] = ()
    at_least: int = 1
    never: Headers = ()
    months: int = 0
    file_words: frozenset[str] = frozenset()
    repeats: Headers = ()
    fillings: tuple[Filling, ...] = ()
    note: Text | None = None


@lru_cache(maxsize=1)
def presets() -> tuple[Preset, ...]:
    """Every preset of this folder, by name. Raises MappingError for a file that is not one."""
    files = [f for f in resources.files(__name__).iterdir() if f.name.endswith(".toml")]
    return tuple(
        read_preset(f.name.removesuffix(".toml"), f.read_text("utf-8")) for f in sorted(files, key=lambda f: f.name)
    )


def read_preset(name: str, text: str) -> Preset:
    """The preset that a TOML text declares. Raises MappingError that says what is wrong with it."""
    try:
        return _preset(name, tomllib.loads(text))
    except UnknownName as error:
        raise _broken(name, error.message, error.fix) from error
    except MappingError as error:
        raise _broken(name, error.message, error.fix) from error
    except (ValueError, KeyError, TypeError, AttributeError, re.error) as error:
        why = f"{type(error).__name__}: {error}"
        raise _broken(name, Text(why, why), None) from error


def _broken(name: str, why: Text, fix: Text | None) -> MappingError:
    message = Text("The preset “{name}” cannot be used: {why}", "Шаблон «{name}» нельзя использовать: {why}")
    return MappingError(message.format(name=name, why=why), fix=fix)


def _preset(name: str, told: dict[str, Any]) -> Preset:
    how = told.pop("recognise")
    preset = Preset(
        name=name,
        system=told.pop("system"),
        object=told.pop("object"),
        label=Text(**told.pop("label")),
        every=tuple(_headers(h) for h in how.pop("every", ())),
        some=tuple(_headers(h) for h in how.pop("some", ())),
        at_least=how.pop("at_least", 1),
        never=_headers(how.pop("never", [])),
        months=how.pop("months", 0),
        file_words=frozenset(how.pop("file_words", ())),
        repeats=_headers(how.pop("repeats", [])),
        fillings=tuple(_filling(f) for f in told.pop("fill", ())),
        note=Text(**told.pop("note")) if "note" in told else None,
    )
    _nothing_left(told | how)
    if not preset.every and not preset.some:
        raise ValueError("recognise names no header")
    if not preset.fillings and preset.note is None:
        raise ValueError("it fills nothing and does not say why")
    return preset


def _filling(told: dict[str, Any]) -> Filling:
    model = entity(told.pop("entity"))
    fields = {model.field(f).name: _sources(s) for f, s in told.pop("fields", {}).items()}
    wide = _wide(told.pop("wide")) if "wide" in told else None
    if wide is not None:
        model.field(wide.label), model.field(wide.value)
    filling = Filling(
        entity=model.name,
        sources=fields,
        role=told.pop("role", "rows"),
        optional=told.pop("optional", False),
        where=_formula(told.pop("where")) if "where" in told else None,
        wide=wide,
        leave=frozenset(model.field(f).name for f in told.pop("leave", ())),
    )
    _nothing_left(told)
    if filling.role not in ("rows", "mention"):
        raise ValueError(f"role {filling.role!r}")
    return filling


def _sources(told: Any) -> tuple[Source, ...]:
    """A header, a table, or a list of both: spellings that stand side by side are one source."""
    found: list[Source] = []
    spellings: list[str] = []
    for one in told if isinstance(told, list) else [told]:
        if isinstance(one, str):
            spellings.append(one)
            continue
        if spellings:
            found.append(Source(headers=tuple(spellings)))
            spellings = []
        found.append(_source(dict(one)))
    return (*found, Source(headers=tuple(spellings))) if spellings else tuple(found)


def _source(told: dict[str, Any]) -> Source:
    values, missing = told.pop("values", {}), tuple(told.pop("missing", ()))
    if "expression" in told:
        return Source(formula=_formula(told), values=values)
    source = Source(
        headers=_headers(told.pop("column", [])), constant=told.pop("constant", None), values=values, missing=missing
    )
    _nothing_left(told)
    if bool(source.headers) == (source.constant is not None):
        raise ValueError("a field takes a column, a constant or an expression")
    return source


def _formula(told: dict[str, Any]) -> Formula:
    text = told.pop("expression")
    columns = {place: _headers(h) for place, h in told.pop("columns", {}).items()}
    _nothing_left(told)
    formula = Formula(text=text, columns=columns)
    headers_used(formula.over({place: place for place in columns}))  # raises where it is no expression
    return formula


def _wide(told: dict[str, Any]) -> Wide:
    wide = Wide(
        label=told.pop("label"),
        value=told.pop("value"),
        patterns=tuple(re.compile(p, re.IGNORECASE) for p in told.pop("patterns", ())),
        months=told.pop("months", False),
    )
    _nothing_left(told)
    if bool(wide.patterns) == wide.months or any(p.groups < 1 for p in wide.patterns):
        raise ValueError("wide columns have patterns with a group for the label, or are months")
    return wide


def _headers(told: Any) -> Headers:
    return (told,) if isinstance(told, str) else tuple(told)


def _nothing_left(told: dict[str, Any]) -> None:
    if told:
        raise KeyError(f"unknown: {', '.join(sorted(told))}")
