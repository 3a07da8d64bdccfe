"""python -m benchmarks.import_scores: how well files that nobody here wrote are read and mapped.

Both parts need ../shared/real_data beside the project and say so where it is not there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from benchmarks import corpora
from benchmarks.expected_mappings import ASKED, EXPECTED, MADE
from benchmarks.timing import Table
from revops.errors import RevOpsError
from revops.ingest.profile import profile_table
from revops.ingest.read import read_file
from revops.ingest.suggest import suggest
from revops.ingest.types import Context, Mapping
from revops.model import ENTITY

REAL = corpora.CORPORA.parent
ENDINGS = (".csv", ".tsv", ".xlsx", ".xls", ".json", ".txt")
CONTEXT = Context(today=dt.date(2026, 1, 1))


def mappings(real: Path = REAL) -> Table:
    """Each export alone, as on its first upload: how many of its required fields are proposed right, or asked about
    where the file does not say them. What is right was read from the files by hand (expected_mappings.py)."""
    rows = []
    fields = right = 0
    for path in _exports(real):
        name = path.relative_to(real).as_posix()
        expected = EXPECTED.get(name)
        proposed, said = _proposed(path)
        if expected is None:
            rows.append((name, "", "", "", "no answer is written down for it"))
            continue
        told = {key: _verdict(expected.get(key), proposed.get(key)) for key in sorted({*expected, *proposed})}
        good = sum(v in ("right", "asked") for v in told.values())
        fields, right = fields + len(told), right + good
        wrong = [f"{key}: {proposed.get(key, 'nothing')}, not {expected.get(key, 'nothing')}" for key, v in told.items()
                 if v == "wrong"]  # fmt: skip
        asked = [key for key, v in told.items() if v == "asked"]
        said = said or ("" if told else "no entity of the model, and none proposed")
        rest = [*wrong, *([f"asks {', '.join(asked)}"] if asked else []), *([said] if said else [])]
        entities = ", ".join(dict.fromkeys(key.split(".")[0] for key in proposed))
        rows.append(
            (name, entities, f"{good} of {len(told)}", f"{good / len(told):.0%}" if told else "-", "; ".join(rest))
        )
    note = f"{right} of {fields} required fields: {right / fields:.1%}. The answers: benchmarks/expected_mappings.py."
    heading = ("file", "entities", "right", "share", "what is asked or wrong")
    return Table("Required fields of real exports, proposed right or asked about where the file is silent", heading,
                 tuple(rows), (note,))  # fmt: skip


def _proposed(path: Path) -> tuple[dict[str, str], str]:
    """ "entity.field" -> column, ASKED or MADE, for every required field; and why there is none."""
    try:
        tables = read_file(path)
    except RevOpsError as error:
        return {}, f"refused: {error.message.en}"
    found: dict[str, str] = {}
    for table in tables:
        found |= _fields(suggest(table, profile_table(table), CONTEXT))
        table.close()
    return found, ""


def _fields(proposed: Mapping) -> dict[str, str]:
    found = {}
    asked = {(q.entity, q.field) for q in proposed.blocking}
    for one in proposed.entities:
        made = {one.unpivot.label_field, one.unpivot.value_field} if one.unpivot else set()
        for field in ENTITY[one.entity].fields:
            mapped = one.field(field.name)
            if not field.required or (mapped is None and field.key and one.key_from):
                continue
            value = MADE if field.name in made or (mapped and mapped.column is None) else mapped and mapped.column
            silent = ASKED if (one.entity, field.name) in asked else "left out"
            found[f"{one.entity}.{field.name}"] = value or silent
    return found


def _verdict(expected: str | None, proposed: str | None) -> str:
    if expected is None or proposed is None or proposed not in expected.split(" | "):
        return "wrong"
    return "asked" if proposed == ASKED else "right"


def _exports(real: Path) -> Iterator[Path]:
    for path in sorted(real.rglob("*")):
        if path.suffix.lower() in ENDINGS and corpora.CORPORA not in path.parents and path.name != "README.md":
            yield path


def main() -> None:
    if not REAL.is_dir():
        print("../shared/real_data is not there: nothing to score.")
        return
    print(corpora.benchmark(), flush=True)
    print(mappings(), flush=True)


if __name__ == "__main__":
    main()
