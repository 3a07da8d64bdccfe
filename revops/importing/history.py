"""What each load did, kept beside the import log: records by what became of them, and past figures that it changed.

One document a load, of all its files: the figures are changed by all of them together. An import that is undone keeps
its document, and nobody reads it; one that is replaced has a later one.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from revops.workspace import LoadReport, Workspace

if TYPE_CHECKING:
    from revops.importing.restated import Restated

KIND: Final = "load"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """Records of one entity that an import names: new ones, ones that say something else since, ones that do not."""

    entity: str
    added: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What an import did. figures: past ones that its load changed (all files of it), as `as_row` tells them."""

    filled: tuple[Filled, ...]
    figures: tuple[Mapping[str, Any], ...]

    @property
    def restated(self) -> tuple[Restated, ...]:
        """The figures of metrics that there still are."""
        if not self.figures:
            return ()
        from revops.importing.restated import Restated  # metrics take a moment to import
        from revops.metrics import METRIC

        told = [f for f in self.figures if f["metric"] in METRIC]
        return tuple(
            Restated(metric=f["metric"], month=dt.date.fromisoformat(f["month"]), before=f["before"], after=f["after"])
            for f in told
        )

    @property
    def added(self) -> int:
        return sum(f.added for f in self.filled)

    @property
    def changed(self) -> int:
        return sum(f.changed for f in self.filled)

    @property
    def unchanged(self) -> int:
        return sum(f.unchanged for f in self.filled)


def keep(workspace: Workspace, reports: Sequence[LoadReport], restated: Sequence[Restated] = ()) -> None:
    """Writes down what one load did; nothing where it loaded nothing new."""
    new = [r for r in reports if not r.already_loaded]
    if not new:
        return
    imports = {
        str(r.import_id): [
            {"entity": e.entity, "added": e.added, "changed": e.changed, "unchanged": e.unchanged} for e in r.entities
        ]
        for r in new
    }
    figures = [as_row(one) for one in restated]
    key = "-".join(imports)
    workspace.save_document(KIND, key, json.dumps({"imports": imports, "restated": figures}))


def as_row(one: Restated) -> dict[str, Any]:
    """A restated figure, JSON-ready: metric, month (its first day), before, after, change."""
    return {
        "metric": one.metric,
        "month": one.month.isoformat(),
        "before": one.before,
        "after": one.after,
        "change": one.change,
    }


def of(workspace: Workspace) -> dict[int, Done]:
    """Import -> what it did; imports of workspaces that kept nothing of it are left out."""
    found: dict[int, Done] = {}
    for text in workspace.documents(KIND).values():  # the latest first
        document = json.loads(text)
        for import_id, filled in document["imports"].items():
            done = Done(filled=tuple(Filled(**one) for one in filled), figures=tuple(document["restated"]))
            found.setdefault(int(import_id), done)
    return found
