"""The notebooks of a workspace."""

from __future__ import annotations

from dataclasses import replace

from revops.notebook.model import Notebook, from_text, new_key, to_text
from revops.workspace import Workspace

KIND = "notebook"


def notebooks(workspace: Workspace) -> dict[str, Notebook]:
    """Key -> notebook, the latest changed first."""
    return {key: from_text(text) for key, text in workspace.documents(KIND).items()}


def keep(workspace: Workspace, notebook: Notebook) -> None:
    """Saves it; the one of its key is written over."""
    workspace.save_document(KIND, notebook.key, to_text(notebook))


def forget(workspace: Workspace, key: str) -> None:
    workspace.remove_document(KIND, key)


def take_in(workspace: Workspace, text: str) -> Notebook:
    """A notebook that a colleague shared, as one of this workspace. Raises BadParameter where it is none.

    Beside one of the same key it becomes another: nothing that is kept is written over.
    """
    notebook = from_text(text)
    if notebook.key in workspace.documents(KIND):
        notebook = replace(notebook, key=new_key())
    keep(workspace, notebook)
    return notebook
