"""The company that is measured: that of `revops.synth`, all in one currency, so that rivals need no exchange rates."""

from __future__ import annotations

from pathlib import Path

from revops import synth
from revops.synth import AS_OF, Size
from revops.workspace import Workspace

__all__ = ["AS_OF", "Size", "size_of", "workspace_of"]


def size_of(opportunities: int) -> Size:
    return synth.size_of(opportunities, currencies=("USD",))


def workspace_of(path: Path, size: Size) -> Workspace:
    """A new workspace at `path` that holds the company."""
    return synth.build(path, size)
