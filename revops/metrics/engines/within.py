"""Derived tables computed within each statement instead of kept: for figures under other definitions.

Nothing is written: what the workspace keeps stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from revops.metrics.engines.dialect import Dialect, Given
from revops.metrics.engines.executor import Executor
from revops.metrics.engines.lower import flat_name


class WithinExecutor:
    """Runs where `executor` runs; the derived tables that a statement reads are CTEs of it."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self._texts: dict[str, str] = {}  # name -> SQL, a table after those it reads

    @property
    def dialect(self) -> Dialect:
        return self.executor.dialect

    def reads(self, text: str, derived: str) -> bool:
        return self.executor.reads(text, derived)

    def derive(self, name: str, text: str, inputs: Sequence[str]) -> None:
        self._texts.setdefault(name, text)

    def run(self, text: str, relations: Mapping[str, str]) -> tuple[pd.DataFrame, str]:
        needed = self._needed([text, *relations.values()])
        ctes = {_name(name): self._renamed(self._texts[name]) for name in self._texts if name in needed}
        rest = {name: b if isinstance(b, Given) else self._renamed(b) for name, b in relations.items()}
        return self.executor.run(self._renamed(text), {**ctes, **rest})

    def counts(self) -> dict[str, int]:
        return self.executor.counts()

    def _needed(self, texts: Sequence[str]) -> set[str]:
        """The derived tables that the texts read, and those that these read."""
        found: set[str] = set()
        for name in reversed(self._texts):
            read = any(self._pattern(name).search(t) for t in texts)
            if read or any(self._pattern(name).search(self._texts[f]) for f in found):
                found.add(name)
        return found

    def _renamed(self, text: str) -> str:
        for name in self._texts:
            text = self._pattern(name).sub(self.dialect.quoted(_name(name)), text)
        return text

    def _pattern(self, name: str) -> re.Pattern[str]:
        if self.dialect.name == "duckdb":
            return re.compile(rf'"?\bderived"?\s*\.\s*"?{re.escape(name)}\b"?')
        return re.compile(re.escape(self.dialect.quoted(flat_name("derived", name))))


def _name(derived: str) -> str:
    return f"within_{derived}"
