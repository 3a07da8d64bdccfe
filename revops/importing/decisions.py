"""What a person decided in the workspace that an archive was exported from, taken over where the archive comes back.

The manifest of an archive names settings, stages and channels. An empty workspace takes them; in another one they may
contradict what was decided there, so a person says whether to.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import pandas as pd

from revops.errors import UnreadableFile
from revops.ingest.own_export import MANIFEST
from revops.model.definitions import from_dict
from revops.text import Text
from revops.workspace import Settings, Workspace

_STAGE = ("pipeline", "stage", "position", "meaning")
_CHANNEL = ("value", "channel")


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """settings: what is said of each; one that the archive does not know keeps its value. stages, channels: rows as
    `Workspace.stages()` and `Workspace.channels()` give them, proposals among them."""

    settings: dict[str, Any]
    stages: pd.DataFrame
    channels: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class Differing:
    """What an archive says otherwise than a workspace. settings: their names."""

    settings: tuple[str, ...]
    stages: pd.DataFrame
    channels: pd.DataFrame

    def __bool__(self) -> bool:
        return bool(self.settings) or not (self.stages.empty and self.channels.empty)


def decisions_of(paths: Iterable[Path]) -> Decisions | None:
    """The decisions that an exported archive among the files brings; None where there is none, or several do.

    Raises UnreadableFile for a manifest that cannot be read.
    """
    found = [d for d in map(_of_archive, paths) if d is not None]
    return found[0] if len(found) == 1 else None


def _of_archive(path: Path) -> Decisions | None:
    try:
        with zipfile.ZipFile(path) as archive:
            if MANIFEST not in archive.namelist():
                return None
            told = json.loads(archive.read(MANIFEST))
            return Decisions(
                settings=_settings(told["settings"]),
                stages=pd.DataFrame(told["stages"], columns=list(_STAGE)),
                channels=pd.DataFrame(told["channels"], columns=list(_CHANNEL)),
            )
    except (OSError, zipfile.BadZipFile):
        return None  # no archive: whoever reads it as a table says what is wrong
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableFile(
            Text("{file}: {manifest} in it cannot be read.", "{file}: {manifest} в архиве не читается.").format(
                file=path.name, manifest=MANIFEST
            ),
            fix=Text(
                "Export once more, or take it out of the archive: the tables are read without it.",
                "Выгрузите ещё раз или удалите его из архива: таблицы читаются и без него.",
            ),
            code="manifest",
        ) from error


def _settings(told: dict[str, Any]) -> dict[str, Any]:
    known = {f.name for f in fields(Settings)}
    kept = {name: value for name, value in told.items() if name in known}
    if "definitions" in kept:
        kept["definitions"] = from_dict(kept["definitions"])
    return kept


def untouched(workspace: Workspace) -> bool:
    """Nothing is loaded and nothing has been decided: whatever an archive says contradicts nobody."""
    log = workspace.imports()
    return not log["active"].any() and workspace.settings == Settings()


def differing(workspace: Workspace, decisions: Decisions) -> Differing:
    """What the decisions say otherwise than the workspace does now. Stages and channels that it does not have count."""
    now = workspace.settings
    return Differing(
        settings=tuple(n for n, value in decisions.settings.items() if getattr(now, n) != value),
        stages=_other(decisions.stages, workspace.stages(), _STAGE),
        channels=_other(decisions.channels, workspace.channels(), _CHANNEL),
    )


def _other(said: pd.DataFrame, now: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    known = set(now[list(columns)].itertuples(index=False, name=None))
    new = [row not in known for row in said[list(columns)].itertuples(index=False, name=None)]
    return said[new].reset_index(drop=True)


def take_over(workspace: Workspace, decisions: Decisions) -> Differing:
    """The workspace says what the decisions say, after the archive's tables are loaded. Returns what changed.

    What the workspace proposes in the same way anyway stays a proposal. Raises BadParameter or UnknownName on values
    that this version does not know.
    """
    changed = differing(workspace, decisions)
    if changed.settings:
        workspace.settings = replace(workspace.settings, **{n: decisions.settings[n] for n in changed.settings})
    if not changed.stages.empty:
        workspace.set_stages(changed.stages)
    if not changed.channels.empty:
        workspace.set_channels(changed.channels)
    return changed
