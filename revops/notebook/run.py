"""Runs the blocks of a notebook over a workspace as it is now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from revops.analysis.choice import view_of
from revops.analysis.core import Cell, CellResult
from revops.analysis.run import run_cell
from revops.errors import RevOpsError
from revops.notebook.model import Block, CellBlock, Notebook, SqlBlock

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

ROWS = 10_000  # of a statement's answer
TIMEOUT_MS = 10_000


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A block with what it gave: a cell's result, a table (attrs["cut"]: there were more rows), or why there is none.

    A note gives neither.
    """

    block: Block
    cell: CellResult | None = None
    table: pd.DataFrame | None = None
    problem: RevOpsError | None = None


def run_block(block: Block, engine: Engine) -> Ran:
    """The block's answer; what it cannot tell is its problem, and stops no other block."""
    try:
        if isinstance(block, CellBlock):
            cell = Cell(analysis=block.analysis, params=block.params)
            return Ran(block=block, cell=run_cell(engine, cell, view_of(block.choice, engine)))
        if isinstance(block, SqlBlock) and block.sql.strip():
            return Ran(block=block, table=engine.workspace.query_user(block.sql, limit=ROWS, timeout_ms=TIMEOUT_MS))
    except RevOpsError as error:
        return Ran(block=block, problem=error)
    return Ran(block=block)


def run_all(notebook: Notebook, engine: Engine) -> tuple[Ran, ...]:
    """Every block in order."""
    return tuple(run_block(block, engine) for block in notebook.blocks)
