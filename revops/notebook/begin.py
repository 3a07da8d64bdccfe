"""A notebook begun from a ready one: a person's own from then on.

Its notes are text to write over, its cells follow the data. Cells that the data cannot tell are left out, and the last
note names them and what to map for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from revops.analysis import ANALYSIS
from revops.analysis.choice import Choice, view_of
from revops.analysis.core import Cell, CellResult, View
from revops.analysis.run import run_cell
from revops.errors import RevOpsError
from revops.notebook.model import Block, CellBlock, NoteBlock, Notebook, begun, new_key
from revops.notebook.ready import Ready
from revops.text import Language, Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

Ask = Callable[[Cell, View], CellResult]

DECISIONS = Text(
    "## Decisions\n\n- What we change, who does it, until when\n- Which figure will show that it worked",
    "## Решения\n\n- Что меняем, кто отвечает, к какому сроку\n- Какой показатель покажет, что сработало",
)
LEFT_OUT = Text("## What these data cannot tell yet", "## Чего эти данные пока не говорят")


def begin(ready: Ready, engine: Engine, language: Language, ask: Ask | None = None) -> Notebook:
    """The notebook for the data as they are, its notes in that language. Not kept by itself.

    ask: runs a cell, for whoever keeps what it gives. Raises NotComputable where nothing is loaded.
    """
    view = view_of(Choice(), engine)
    blocks: list[Block] = []
    left_out: list[str] = []
    for section in ready.sections:
        told: list[Block] = []
        for asked in section.cells:
            block = CellBlock(key=new_key(), analysis=asked.analysis, params=asked.params)
            why = _why_not(block, view, ask or partial(run_cell, engine))
            if why is None:
                told.append(block)
            else:
                left_out.append(f"- **{ANALYSIS[asked.analysis].title[language]}**: {why[language]}")
        if told:
            told.insert(0, _note(f"## {section.heading[language]}\n\n{section.words[language]}"))
        blocks += told
    blocks.append(_note(DECISIONS[language]))
    if left_out:
        blocks.append(_note("\n".join([LEFT_OUT[language], "", *dict.fromkeys(left_out)])))
    return replace(begun(ready.title[language]), blocks=tuple(blocks))


def _note(text: str) -> NoteBlock:
    return NoteBlock(key=new_key(), text=text)


def _why_not(block: CellBlock, view: View, ask: Ask) -> Text | None:
    """Why the cell shows nothing, and what to do; None: it shows something."""
    try:
        return ask(Cell(analysis=block.analysis, params=block.params), view).result.empty
    except RevOpsError as error:
        fix = error.fix
        return Text("{m} {f}", "{m} {f}").format(m=error.message, f=fix) if fix else error.message
