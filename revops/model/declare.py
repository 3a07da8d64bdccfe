"""Short forms that keep the declarations readable: one line of names, labels and meanings per field.

A label or a meaning is a pair (en, ru). Synonyms are one string, separated by ";", written in lower case.
"""

from __future__ import annotations

from typing import Any

from revops.model.core import Field, FieldType, Term, Vocabulary
from revops.text import Text

Pair = tuple[str, str]


def names(spellings: str) -> tuple[str, ...]:
    """ "deal id; record id" -> ("deal id", "record id")."""
    return tuple(part.strip() for part in spellings.split(";") if part.strip())


def term(key: str, label: Pair, synonyms: str = "") -> Term:
    """One canonical value of a vocabulary."""
    return Term(key=key, label=Text(*label), synonyms=names(synonyms))


def _field(kind: FieldType, name: str, label: Pair, meaning: Pair, synonyms: str, more: dict[str, Any]) -> Field:
    return Field(name=name, type=kind, label=Text(*label), meaning=Text(*meaning), synonyms=names(synonyms), **more)


def ident(name: str, label: Pair, meaning: Pair, synonyms: str = "", **more: Any) -> Field:
    """An id, or a reference to one: text that joins without case."""
    return _field(FieldType.ID, name, label, meaning, synonyms, more)


def text(name: str, label: Pair, meaning: Pair, synonyms: str = "", **more: Any) -> Field:
    """Free text, kept as the system wrote it."""
    return _field(FieldType.TEXT, name, label, meaning, synonyms, more)


def choice(name: str, vocabulary: Vocabulary, label: Pair, meaning: Pair, synonyms: str = "", **more: Any) -> Field:
    """A value out of a closed vocabulary."""
    return _field(FieldType.VOCABULARY, name, label, meaning, synonyms, {"vocabulary": vocabulary, **more})


def money(name: str, label: Pair, meaning: Pair, synonyms: str = "", **more: Any) -> Field:
    """An exact amount in the row's currency (the workspace's where the row names none)."""
    return _field(FieldType.DECIMAL, name, label, meaning, synonyms, {"unit": "money", **more})


def decimal(name: str, label: Pair, meaning: Pair, synonyms: str = "", **more: Any) -> Field:
    """An exact number that is not money: a share, a score, a rate."""
    return _field(FieldType.DECIMAL, name, label, meaning, synonyms, more)


def integer(name: str, label: Pair, meaning: Pair, synonyms: str = "", **more: Any) -> Field:
    """A whole number."""
    return _field(FieldType.INTEGER, name, label, meaning, synonyms, more)


def boolean(name: str, label: Pair, meaning: Pair, synonyms: str = "", **more: Any) -> Field:
    """Yes or no."""
    return _field(FieldType.BOOLEAN, name, label, meaning, synonyms, more)


def day(name: str, label: Pair, meaning: Pair, synonyms: str = "", **more: Any) -> Field:
    """A calendar day."""
    return _field(FieldType.DATE, name, label, meaning, synonyms, more)


def moment(name: str, label: Pair, meaning: Pair, synonyms: str = "", **more: Any) -> Field:
    """A moment in the workspace's own calendar; a bare day is its midnight."""
    return _field(FieldType.TIMESTAMP, name, label, meaning, synonyms, more)
