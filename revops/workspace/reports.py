"""What a load did, told file by file and entity by entity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from revops.ingest.types import Rejection, StagedLoad
from revops.text import Text
from revops.workspace.before import Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityReport:
    """What a load did to one entity. accepted, rejected: rows of the file; duplicates: repeated keys in it.

    added: records that were not there. changed: records that were there, or came with an earlier file of the same
    load, and say something else now. unchanged: records that were there and say the same. removed: records that are
    gone, for the file was loaded before and is read otherwise now. Where a file fills an entity in several parts, the
    first counts the records of all.
    """

    entity: str
    accepted: int
    rejected: int
    duplicates: int
    added: int
    changed: int
    unchanged: int
    removed: int
    rejections: tuple[Rejection, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What a load did. already_loaded: the same file with the same mapping was there, nothing changed.

    replaced: an earlier import of the file, read otherwise, was replaced (and keeps its id and its place in the order).
    """

    import_id: int
    file: str
    sheet: str | None
    rows: int
    already_loaded: bool
    replaced: bool
    entities: tuple[EntityReport, ...]
    notes: tuple[Text, ...]

    @property
    def accepted(self) -> int:
        return sum(e.accepted for e in self.entities)

    @property
    def rejected(self) -> int:
        return sum(e.rejected for e in self.entities)

    @property
    def added(self) -> int:
        return sum(e.added for e in self.entities)

    @property
    def changed(self) -> int:
        return sum(e.changed for e in self.entities)

    @property
    def unchanged(self) -> int:
        return sum(e.unchanged for e in self.entities)


def report(
    staged: StagedLoad, import_id: int, counts: Mapping[str, Counts], *, already_loaded: bool, replaced: bool
) -> LoadReport:
    """counts: of each entity that the load filled."""
    left = dict(counts)
    entities = []
    for one in staged:
        done = left.pop(one.entity, Counts())
        entities.append(
            EntityReport(
                entity=one.entity,
                accepted=one.accepted_count,
                rejected=one.rejected_count,
                duplicates=one.duplicates,
                added=done.added,
                changed=done.changed,
                unchanged=done.unchanged,
                removed=done.removed,
                rejections=one.rejections,
            )
        )
    return LoadReport(
        import_id=import_id,
        file=staged.raw.file.name,
        sheet=staged.raw.layout.sheet,
        rows=staged.raw.row_count,
        already_loaded=already_loaded,
        replaced=replaced,
        entities=tuple(entities),
        notes=staged.notes,
    )
