"""Layers point down only, and Streamlit stays in the pages: the rule is read from the imports themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

LAYERS = {
    "revops": 0,  # only revops/__init__.py, which imports nothing
    "revops.text": 0,
    "revops.errors": 0,
    "revops.formats": 0,
    "revops.model": 1,
    "revops.ingest": 2,
    "revops.workspace": 3,
    "revops.importing": 4,  # the one path of files into a workspace; metrics only for what a load restated
    "revops.exporting": 4,  # tables out of a workspace, in a form that comes back unchanged
    "revops.sources": 4,  # places that are imported from again and again, by the path of `importing`
    "revops.demo": 4,
    "revops.synth": 4,  # companies of any size, loaded as the importer loads
    "revops.metrics": 4,
    "revops.analysis": 5,
    "revops.notebook": 6,
    "revops.charts": 6,
    "revops.report": 6,
    "revops.ui": 7,
    "revops.cli": 7,
    "revops.api": 7,
    "revops.__main__": 7,
    "pages": 7,
    "app": 7,
}
STREAMLIT_ROOMS = ("app", "pages", "revops.ui")
OUTSIDE = ("tests", "benchmarks", "docs")  # the product never imports them


def violations(root: Path) -> list[str]:
    """Every broken rule of the tree at `root`, one sentence each, in the order of the files."""
    found = [
        f"{path.relative_to(root)}: a page directly in pages/ opens without app.py; move it into a section's folder"
        for path in sorted((root / "pages").glob("*.py"))
    ]
    for path in _sources(root):
        module = _module_name(path, root)
        for target, line in _imports(path, module, root):
            if problem := _problem(module, target):
                found.append(f"{path.relative_to(root)}:{line}: {problem}")
    return found


def _sources(root: Path) -> list[Path]:
    app = root / "app.py"
    return [
        *([app] if app.exists() else []),
        *sorted((root / "pages").rglob("*.py")),
        *sorted((root / "revops").rglob("*.py")),
    ]


def _module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: Path, module: str, root: Path) -> Iterator[tuple[str, int]]:
    """Each imported module with its line: statements at any depth, and import_module of a literal name."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            for alias in node.names:
                yield (f"{base}.{alias.name}" if _is_module(root, base, alias.name) else base), node.lineno
        elif isinstance(node, ast.Call) and _is_import_call(node.func):
            for argument in node.args[:1]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value, node.lineno


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parents = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*parents, *([node.module] if node.module else [])])


def _is_module(root: Path, base: str, name: str) -> bool:
    place = root.joinpath(*base.split("."), name)
    return place.is_dir() or place.with_suffix(".py").is_file()


def _is_import_call(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in ("import_module", "__import__")


def _problem(module: str, target: str) -> str | None:
    top = target.split(".")[0]
    if top == "streamlit" and not any(_within(module, room) for room in STREAMLIT_ROOMS):
        return f"{module} imports streamlit; only {', '.join(STREAMLIT_ROOMS)} may"
    if top in OUTSIDE:
        return f"{module} imports {target}, which is not part of the product"
    if _room(module) is None:
        return f"{module} has no layer; give it one in {Path(__file__).name}"
    if top not in ("revops", "pages", "app"):
        return None
    own, other = _room(module), _room(target)
    if other is None:
        return f"{module} imports {target}, which has no layer"
    if LAYERS[other] > LAYERS[str(own)]:
        return f"{module} (layer {LAYERS[str(own)]}) imports {target} (layer {LAYERS[other]}): an arrow that points up"
    return None


def _room(module: str) -> str | None:
    """The row of LAYERS a module belongs to."""
    if module == "revops":
        return "revops"
    parts = module.split(".")
    room = ".".join(parts[:2]) if parts[0] == "revops" else parts[0]
    return room if room in LAYERS else None


def _within(module: str, room: str) -> bool:
    return module == room or module.startswith(f"{room}.")


def test_layers_point_down_only() -> None:
    assert violations(ROOT) == []


def test_every_module_was_read() -> None:
    read = {_module_name(path, ROOT) for path in _sources(ROOT)}
    assert {"revops", "revops.text", "revops.errors", "revops.formats"} <= read


def _tree(root: Path, files: dict[str, str]) -> Path:
    for name, source in {"revops/text.py": "", "revops/model/core.py": "", "revops/ui/state.py": "", **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("file", "source", "says"),
    [
        ("revops/text.py", "import revops.model.core", "points up"),
        ("revops/text.py", "from revops import model", "points up"),
        ("revops/text.py", "from revops.model.core import Field", "points up"),
        ("revops/text.py", "from .model import core", "points up"),
        ("revops/model/core.py", "from ..ui.state import x", "points up"),
        ("revops/model/core.py", "def f():\n    from revops.ui import state", "points up"),
        ("revops/model/core.py", "import importlib\nimportlib.import_module('revops.ui.state')", "points up"),
        ("revops/model/core.py", "if TYPE_CHECKING:\n    from revops.ui import state", "points up"),
        ("revops/charts/bar.py", "import streamlit as st", "imports streamlit"),
        ("revops/charts/bar.py", "from streamlit.elements import arrow", "imports streamlit"),
        ("revops/model/core.py", "from tests.conftest import ROOT", "not part of the product"),
        ("revops/novel/thing.py", "import json", "has no layer"),
        ("revops/ui/state.py", "import revops.novel", "has no layer"),
        ("pages/funnel.py", "", "directly in pages/"),
    ],
)
def test_a_planted_violation_is_found(tmp_path: Path, file: str, source: str, says: str) -> None:
    found = violations(_tree(tmp_path, {file: source}))
    assert len(found) == 1
    assert says in found[0]
    assert found[0].startswith(file)


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("revops/model/core.py", "from revops.text import Text"),
        ("revops/model/core.py", "from revops import text, __version__"),
        ("revops/model/core.py", "from . import other"),
        ("revops/ui/state.py", "import streamlit as st\nfrom revops.model import core"),
        ("pages/explore/funnel.py", "import streamlit as st\nfrom revops.ui import state"),
        ("app.py", "import streamlit as st\nimport revops.ui.state"),
    ],
)
def test_what_points_down_or_sideways_is_allowed(tmp_path: Path, file: str, source: str) -> None:
    assert violations(_tree(tmp_path, {file: source})) == []
