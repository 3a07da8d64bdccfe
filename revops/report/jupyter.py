"""A notebook as a Jupyter file whose cells run the same questions through the Python API."""

from __future__ import annotations

import json
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from revops.analysis import ANALYSIS
from revops.analysis.choice import to_json
from revops.notebook.model import Block, CellBlock, NoteBlock, Notebook
from revops.text import Language, Text

SETUP = Text(
    "Needs the package of this product (`pip install revops-workbench`) and the workspace file beside it.",
    "Нужны пакет этого продукта (`pip install revops-workbench`) и файл рабочего пространства рядом.",
)


def jupyter(notebook: Notebook, language: Language, *, workspace: str) -> str:
    """The .ipynb file as text; it holds no figure. workspace: its name or file, as open_workspace takes it."""
    opening = f"from revops.api import open_workspace\n\ncompany = open_workspace({workspace!r}, language={language!r})"
    cells = [
        new_markdown_cell(f"# {notebook.title}\n\n{SETUP[language]}"),
        new_code_cell(opening),
        *(_cell(block, language) for block in notebook.blocks),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"block-{number}"  # the same file for the same notebook
    written = new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
    )
    nbformat.validate(written)
    return str(nbformat.writes(written))


def _cell(block: Block, language: Language) -> Any:
    match block:
        case NoteBlock():
            return new_markdown_cell(block.text)
        case CellBlock():
            look = to_json(block.choice)
            arguments = [repr(block.analysis)]
            if look:
                arguments.append(f"look={json.loads(json.dumps(look))!r}")
            if block.params:
                arguments.append(f"params={dict(block.params)!r}")
            question = ANALYSIS[block.analysis].question[language]
            return new_code_cell(f"# {question}\ncompany.cell({', '.join(arguments)})")
    title = f"# {block.title}\n" if block.title else ""
    return new_code_cell(f"{title}company.sql({_quoted(block.sql)})")


def _quoted(sql: str) -> str:
    """The statement as Python text, over its own lines where nothing in it needs escaping."""
    plain = "\n" in sql and '"""' not in sql and "\\" not in sql and not sql.endswith('"')
    return f'"""\n{sql}\n"""' if plain else repr(sql)
