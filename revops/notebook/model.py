"""A notebook as a value: blocks in order. Every change gives a new notebook; nothing is run here."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from revops.analysis import ANALYSIS
from revops.analysis.choice import Choice, from_json, to_json
from revops.errors import BadParameter, RevOpsError
from revops.text import Text

VERSION = 1
LONGEST = 200_000  # characters of a note or a statement
MOST = 200  # blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class CellBlock:
    """A kept cell: an analysis with its parameters over a choice of its own. params: as texts `resolve` reads."""

    key: str
    analysis: str
    params: Mapping[str, Any] = field(default_factory=dict)
    choice: Choice = field(default_factory=Choice)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteBlock:
    """Markdown, as a person wrote it."""

    key: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlBlock:
    """One read-only SELECT over the shared model. title: what the table shows, in the writer's words."""

    key: str
    sql: str = ""
    title: str = ""


Block = CellBlock | NoteBlock | SqlBlock


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    """key: stays when the title changes. blocks: in the order in which they are read."""

    key: str
    title: str
    blocks: tuple[Block, ...] = ()

    def index(self, key: str) -> int:
        """Where the block stands. Raises BadParameter where there is none of that key."""
        for number, block in enumerate(self.blocks):
            if block.key == key:
                return number
        raise BadParameter(Text("The notebook has no such block any more.", "Такого блока в блокноте уже нет."))

    def adding(self, block: Block, *, after: str | None = None) -> Notebook:
        """With the block at the end, or after another one. Raises BadParameter over MOST blocks."""
        if len(self.blocks) >= MOST:
            raise BadParameter(
                Text("A notebook holds up to {n} blocks.", "В блокноте может быть до {n} блоков.").format(n=MOST),
                fix=Text("Begin another one.", "Начните новый."),
            )
        at = len(self.blocks) if after is None else self.index(after) + 1
        return replace(self, blocks=(*self.blocks[:at], block, *self.blocks[at:]))

    def without(self, key: str) -> Notebook:
        at = self.index(key)
        return replace(self, blocks=(*self.blocks[:at], *self.blocks[at + 1 :]))

    def moving(self, key: str, steps: int) -> Notebook:
        """The block so many places further down (up: negative), as far as there is room."""
        at = self.index(key)
        block, rest = self.blocks[at], (*self.blocks[:at], *self.blocks[at + 1 :])
        to = min(max(at + steps, 0), len(rest))
        return replace(self, blocks=(*rest[:to], block, *rest[to:]))

    def doubling(self, key: str) -> Notebook:
        """With a copy of the block after it."""
        return self.adding(replace(self.blocks[self.index(key)], key=new_key()), after=key)

    def changing(self, block: Block) -> Notebook:
        """With the block in the place of the one of its key."""
        at = self.index(block.key)
        return replace(self, blocks=(*self.blocks[:at], block, *self.blocks[at + 1 :]))


def new_key() -> str:
    return secrets.token_hex(6)


def begun(title: str) -> Notebook:
    """A notebook without blocks. Raises BadParameter without a title."""
    return Notebook(key=new_key(), title=titled(title))


def titled(title: str) -> str:
    """The title on one line. Raises BadParameter where there is none."""
    name = " ".join(title.split())[:120]
    if not name:
        raise BadParameter(Text("A notebook needs a title.", "У блокнота должно быть название."))
    return name


def file_name(notebook: Notebook) -> str:
    """The title as the name of a file, without an ending."""
    return re.sub(r"[^\w\- ]+", "", notebook.title).strip().replace(" ", "-").lower() or "notebook"


# --- as text ------------------------------------------------------------------------------------------------------


def to_text(notebook: Notebook) -> str:
    """The notebook as JSON: what the workspace keeps and what a colleague gets. It holds no figure and no row."""
    told = {
        "revops_notebook": VERSION,
        "key": notebook.key,
        "title": notebook.title,
        "blocks": [_block_told(b) for b in notebook.blocks],
    }
    return json.dumps(told, ensure_ascii=False, indent=1)


def _block_told(block: Block) -> dict[str, Any]:
    match block:
        case CellBlock():
            return {
                "key": block.key,
                "cell": block.analysis,
                **({"params": dict(block.params)} if block.params else {}),
                **({"look": to_json(block.choice)} if to_json(block.choice) else {}),
            }
        case SqlBlock():
            return {"key": block.key, "sql": block.sql, **({"title": block.title} if block.title else {})}
        case NoteBlock():
            return {"key": block.key, "note": block.text}


def from_text(text: str) -> Notebook:
    """The notebook that `to_text` wrote. Raises BadParameter, which says what is wrong, on anything else."""
    try:
        told = json.loads(text)
    except ValueError as error:
        raise _not_one(Text("it is not JSON", "это не JSON")) from error
    if not isinstance(told, dict) or "revops_notebook" not in told:
        raise _not_one(Text("it names no notebook", "в нём нет блокнота"))
    if told["revops_notebook"] != VERSION:
        raise _not_one(Text("it was written by a newer version", "он записан более новой версией"))
    blocks = told.get("blocks", [])
    if not isinstance(blocks, list) or len(blocks) > MOST:
        raise _not_one(Text("its blocks are not a list, or too many", "его блоки не список или их слишком много"))
    read = tuple(_block_read(b, n) for n, b in enumerate(blocks, start=1))
    keys = [b.key for b in read]
    if len(set(keys)) < len(keys):
        raise _not_one(Text("two of its blocks have one key", "у двух блоков один ключ"))
    return Notebook(key=str(told.get("key") or new_key()), title=titled(str(told.get("title", ""))), blocks=read)


def _block_read(told: Any, number: int) -> Block:
    if not isinstance(told, dict):
        raise _not_one(Text("block {n} is empty", "блок {n} пуст").format(n=number))
    key = str(told.get("key") or new_key())
    if "note" in told:
        return NoteBlock(key=key, text=_short(told["note"], number))
    if "sql" in told:
        return SqlBlock(key=key, sql=_short(told["sql"], number), title=" ".join(str(told.get("title", "")).split()))
    name, params = str(told.get("cell", "")), told.get("params", {})
    if name not in ANALYSIS or not isinstance(params, dict):
        raise _not_one(Text("block {n} is of no known kind", "блок {n} неизвестного вида").format(n=number))
    try:
        return CellBlock(key=key, analysis=name, params=params, choice=from_json(told.get("look", {})))
    except RevOpsError as error:
        raise _not_one(Text("block {n}: {e}", "блок {n}: {e}").format(n=number, e=error.message)) from error


def _short(text: Any, number: int) -> str:
    if not isinstance(text, str) or len(text) > LONGEST:
        raise _not_one(
            Text("block {n} is no text, or too long", "блок {n} не текст или слишком длинный").format(n=number)
        )
    return text


def _not_one(why: Text) -> BadParameter:
    return BadParameter(
        Text("The file is no notebook of this product: {why}.", "Это не файл блокнота: {why}.").format(why=why),
        fix=Text("Choose a file that was shared from a notebook.", "Выберите файл, которым поделились из блокнота."),
        code="not_a_notebook",
    )
