"""Named segments: filters that a person keeps under a name, in the workspace beside the data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from revops.errors import BadParameter
from revops.text import Text
from revops.workspace import Workspace

KIND = "segment"
LONGEST = 60  # characters of a name

Where = Mapping[str, tuple[str, ...]]


def segments(workspace: Workspace) -> dict[str, Where]:
    """Name -> dimension -> kept values, by name."""
    found = {name: _read(text) for name, text in workspace.documents(KIND).items()}
    return dict(sorted(found.items(), key=lambda item: item[0].casefold()))


def keep(workspace: Workspace, name: str, where: Where) -> str:
    """Keeps the filters under the name, over what was kept under it; gives the name as kept.

    Raises BadParameter for a name without a letter, one that is too long, and where nothing is filtered.
    """
    told = " ".join(name.split())
    if not told or len(told) > LONGEST:
        raise BadParameter(
            Text("A segment needs a name of up to {n} characters.", "Сегменту нужно имя до {n} символов.").format(
                n=LONGEST
            )
        )
    kept = {dimension: list(values) for dimension, values in where.items() if values}
    if not kept:
        raise BadParameter(
            Text("A segment keeps filters, and none is set.", "Сегмент хранит фильтры, а ни один не задан."),
            fix=Text("Choose values first.", "Сначала выберите значения."),
        )
    workspace.save_document(KIND, told, json.dumps(kept, ensure_ascii=False, sort_keys=True))
    return told


def remove(workspace: Workspace, name: str) -> None:
    workspace.remove_document(KIND, name)


def name_of(kept: Mapping[str, Where], where: Where) -> str | None:
    """The name under which exactly these filters are kept."""
    asked = _plain(where)
    return next((name for name, filters in kept.items() if _plain(filters) == asked), None)


def _plain(where: Where) -> dict[str, frozenset[str]]:
    return {dimension: frozenset(values) for dimension, values in where.items() if values}


def _read(text: str) -> Where:
    told: dict[str, Any] = json.loads(text)
    return {str(dimension): tuple(str(v) for v in values) for dimension, values in told.items()}
