"""How the product writes its own exports, so that what it wrote reads back as exactly what it was.

Headers: the fields of one entity by their names, then `record_key`, then a person's own columns as “extra.<header>”.
`record_key` is what tells a record from the others where no key column does; no other system's export has it.

Texts stand as they are: nothing is trimmed, no spelling of nothing is looked for, an empty cell is null (the model
holds no empty text). In CSV, which a spreadsheet may take for formulas, a text that begins with = + - @, a tab or a
carriage return gets an apostrophe before it when the export is asked to be safe for spreadsheets. A text that has
apostrophes before such a sign gets one more, always: so one rule undoes both, and a safe file reads back as exactly
as an exact one. Numbers are left alone: a negative amount is no formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import unquote

from revops.ingest.types import Mapping, literal
from revops.model import ENTITIES, Entity

EXACT: Final = "exact"  # what an export's mapping says of it: read word for word ...
EDITED: Final = "edited"  # ... or read with care, because another program has written it anew

RECORD_KEY: Final = "record_key"
PREFIX: Final = "extra."
CODED: Final = "extra%."  # before own headers that a table cannot hold as they are: the rest is percent-encoded
MANIFEST: Final = "revops-export.json"  # in an archive of several tables
PARTED: Final = "␟"  # stands in record_key for the control character between the parts of a made key

_UNIT: Final = "chr(31)"
_FORMULA: Final = "^'*[=+\\-@\\t\\r]"


def own_headers(keys: Iterable[str]) -> dict[str, str]:
    """Own column -> its header, all of them different whatever the case: readers do not tell “Region” from “region”."""
    taken: set[str] = set()
    found: dict[str, str] = {}
    for key in keys:
        plain = PREFIX + key
        if " ".join(key.replace("\ufeff", "").split()) != key or plain.casefold() in taken:
            plain = CODED + "".join(c if c.isalnum() and c == c.casefold() else _coded(c) for c in key)
        taken.add(plain.casefold())
        found[key] = plain
    return found


def _coded(sign: str) -> str:
    return "".join(f"%{byte:02X}" for byte in sign.encode())


def own_name(header: str) -> str | None:
    """The own column that a header names; None where it names a field, or nothing."""
    if header.startswith(CODED):
        return unquote(header.removeprefix(CODED))
    return header.removeprefix(PREFIX) if header.startswith(PREFIX) else None


def extra_name(mapping: Mapping, header: str) -> str:
    """What a column that fills no field is called in `extra`."""
    return (own_name(header) if mapping.own else None) or header


def entity_of(headers: Sequence[str | None]) -> Entity | None:
    """The entity that a table with these headers is an export of; None where it is no export of ours.

    Columns may have been taken out or moved, as long as the required ones are there and one entity alone has them all.
    """
    if RECORD_KEY not in headers:
        return None
    fields = {h for h in headers if h is not None and h != RECORD_KEY and own_name(h) is None}
    fitting = [e for e in ENTITIES if all(f in e for f in fields) and {f.name for f in e.required} <= fields]
    return fitting[0] if len(fitting) == 1 else None


def guarded_sql(text: str, *, safe: bool) -> str:
    """SQL: a text as a CSV cell says it. safe: for spreadsheets too; else only what would read back wrongly."""
    pattern = _FORMULA if safe else _FORMULA.replace("*", "+")
    return f"CASE WHEN regexp_matches({text}, {literal(pattern)}) THEN '''' || {text} ELSE {text} END"


def guarded(text: str) -> str:
    """A text as a cell of a CSV for spreadsheets says it, as `guarded_sql` writes it."""
    return f"'{text}" if re.match(_FORMULA, text) else text


def unguarded_sql(text: str) -> str:
    """SQL: the text that a CSV cell of an export says."""
    guarded = f"regexp_matches({text}, {literal(_FORMULA.replace('*', '+'))})"
    return f"CASE WHEN {guarded} THEN substr({text}, 2) ELSE {text} END"


def record_key_sql(entity: Entity) -> str:
    """SQL over main.<entity>: what `record_key` says of a row; NULL where its key column says it already."""
    shown = f"replace(_key, {_UNIT}, {literal(PARTED)})"
    key = entity.key_field
    if key is None:
        return shown
    return f'CASE WHEN _key IS DISTINCT FROM lower(trim("{key.name}")) THEN {shown} END'


def key_sql(text: str) -> str:
    """SQL: the key that a cell of `record_key` says."""
    return f"replace({text}, {literal(PARTED)}, {_UNIT})"
