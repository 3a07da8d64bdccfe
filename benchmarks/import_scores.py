"""python -m benchmarks.import_scores: how well files that nobody here wrote are read and mapped.

Both parts need ../shared/real_data beside the project and say so where it is not there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from benchmarks import corpora
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
    """Each export alone, as on its first upload: what it is taken for, and whether it can be loaded as proposed."""
    rows = []
    counted = {"fills": 0, "asks": 0, "no entity": 0, "refused": 0}
    for path in _exports(real):
        try:
            tables = read_file(path)
        except RevOpsError as error:
            rows.append((str(path.relative_to(real)), "", f"not read: {error.message.en}"))
            counted["refused"] += 1
            continue
        for table in tables:
            proposed = suggest(table, profile_table(table), CONTEXT)
            told = _told(proposed)
            counted[told.partition(":")[0]] += 1
            entities = ", ".join(e.entity for e in proposed.entities)
            rows.append((f"{path.parent.relative_to(real)}/{table.name}", entities, told))
            table.close()
    note = (
        f"{counted['fills']} fill every required field, {counted['asks']} ask, {counted['no entity']} fit no entity of "
        f"the model, {counted['refused']} are not read."
    )
    heading = ("file", "entities", "required fields")
    return Table("Real exports and their proposed mapping", heading, tuple(rows), (note,))


def _exports(real: Path) -> Iterator[Path]:
    for path in sorted(real.rglob("*")):
        if path.suffix.lower() in ENDINGS and corpora.CORPORA not in path.parents and path.name != "README.md":
            yield path


def _told(proposed: Mapping) -> str:
    """ "fills", "no entity", or "asks: ..." with what is asked before a load."""
    if not proposed.entities:
        return "no entity"
    asked = [f"{q.code}{f' ({q.field})' if q.field else ''}" for q in proposed.blocking]
    for one in proposed.entities:
        unfilled = {f.name for f in ENTITY[one.entity].fields if f.required} - {f.field for f in one.fields}
        if one.unpivot is not None:
            unfilled -= {one.unpivot.label_field, one.unpivot.value_field}
        asked += [f"lacks {one.entity}.{name}" for name in sorted(unfilled)] if not one.key_from else []
    return "asks: " + ", ".join(asked) if asked else "fills"


def main() -> None:
    if not REAL.is_dir():
        print("../shared/real_data is not there: nothing to score.")
        return
    print(corpora.benchmark(), flush=True)
    print(mappings(), flush=True)


if __name__ == "__main__":
    main()
