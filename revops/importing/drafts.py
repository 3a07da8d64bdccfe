"""A table on its way into a workspace: read, mapped, not yet loaded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from revops.ingest.types import Mapping, RawTable, TableProfile


class Origin(StrEnum):
    """Where a draft's mapping comes from."""

    PROPOSED = "proposed"
    KEPT = "kept"  # saved for files with these headers
    AS_BEFORE = "as_before"  # this very file was loaded by it
    RETURNED = "returned"  # rejected rows of an import come back: the import's own mapping
    GIVEN = "given"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """One table, read and mapped, not yet loaded. Edit it with `changed`."""

    raw: RawTable
    profile: TableProfile
    mapping: Mapping
    origin: Origin = Origin.PROPOSED

    def changed(self, mapping: Mapping) -> Draft:
        return replace(self, mapping=mapping, origin=Origin.GIVEN)
