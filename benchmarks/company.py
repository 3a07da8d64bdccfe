"""The company that is measured: that of `revops.synth`, all in one currency, so that rivals need no exchange rates."""

from __future__ import annotations

from dataclasses import replace

from revops import synth
from revops.synth import AS_OF, Size

__all__ = ["AS_OF", "Size", "detailed", "size_of"]


def size_of(opportunities: int) -> Size:
    return synth.size_of(opportunities, currencies=("USD",))


def detailed(opportunities: int) -> Size:
    """With all that the metrics of the catalogue ask for."""
    return replace(size_of(opportunities), details=True)
