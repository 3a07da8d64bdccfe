"""The documents keep up with the product: generated pages are current, links lead somewhere, commands exist."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote

import pytest

from revops.cli.app import COMMANDS
from revops.metrics import METRICS
from revops.model import ENTITIES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = sorted([README, ROOT / "CHANGELOG.md", *DOCS.rglob("*.md"), *(ROOT / "sample_data").glob("*.md")])

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CLI_CALL = re.compile(r"python -m revops +([a-z][a-z-]*)")
MAKE_CALL = re.compile(r"(?:`|^)make +([a-z][a-z -]*)", re.MULTILINE)


@pytest.fixture(scope="module")
def build() -> ModuleType:
    """docs/build.py, which is run by path and is no part of a package."""
    spec = importlib.util.spec_from_file_location("docs_build", DOCS / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestGeneratedPages:
    def test_they_are_current(self, build: ModuleType) -> None:
        assert build.stale() == [], "run `make docs`"

    def test_a_page_that_says_something_else_is_named(self, build: ModuleType, tmp_path: Path) -> None:
        for name, text in build.pages().items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        assert build.stale(tmp_path) == []
        (tmp_path / "metrics.md").write_text("something else", encoding="utf-8")
        (tmp_path / "data_model.ru.md").unlink()
        assert set(build.stale(tmp_path)) == {"metrics.md", "data_model.ru.md"}

    def test_they_are_the_same_whatever_the_seed_of_hashes(self) -> None:
        done = subprocess.run(
            [sys.executable, DOCS / "build.py", "--check"],
            cwd=ROOT.parent,
            env={"PYTHONHASHSEED": "7", "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    @pytest.mark.parametrize("name", ["metrics.md", "metrics.ru.md"])
    def test_every_metric_is_described_once(self, name: str) -> None:
        written = re.findall(r"^`([a-z0-9_]+)` · ", (DOCS / name).read_text(encoding="utf-8"), re.MULTILINE)
        assert sorted(written) == sorted(m.key for m in METRICS)

    @pytest.mark.parametrize("name", ["data_model.md", "data_model.ru.md"])
    def test_every_field_of_the_model_has_its_line(self, name: str) -> None:
        text = (DOCS / name).read_text(encoding="utf-8")
        for entity in ENTITIES:
            _, _, section = text.partition(f"\n`{entity.name}` · ")
            section = section.partition("\n## ")[0]
            rows = re.findall(r"^\| `([a-z0-9_]+)` \|", section, re.MULTILINE)
            assert rows == [f.name for f in entity.fields], entity.name


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_to_a_file_and_a_heading_that_exist(page: Path) -> None:
    for target in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8"))):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, anchor = unquote(target).partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        assert file.is_relative_to(ROOT), target
        if anchor:
            assert anchor in _anchors(file), target


def _anchors(page: Path) -> set[str]:
    """What headings are called in addresses: lower case, punctuation dropped, spaces as dashes."""
    headings = HEADING.findall(CODE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_decision_is_listed_in_the_architecture_page() -> None:
    listed = set(LINK.findall((DOCS / "architecture.md").read_text(encoding="utf-8")))
    assert {f"decisions/{p.name}" for p in (DOCS / "decisions").glob("*.md")} <= listed


@pytest.mark.parametrize(
    "page", sorted([DOCS / "architecture.md", *(DOCS / "decisions").glob("*.md")]), ids=lambda p: p.stem
)
def test_modules_that_the_pages_name_exist(page: Path) -> None:
    """`revops/metrics/engine.py` and `pages/` are where the page says they are."""
    named = re.findall(r"`((?:revops|tests|pages|docs)/[\w./]*)`", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


class TestReadmeCommands:
    def test_every_subcommand_exists(self) -> None:
        commands = set(CLI_CALL.findall(README.read_text(encoding="utf-8")))
        assert {"demo", "import", "metric"} <= commands
        assert commands <= set(COMMANDS)

    def test_every_make_target_exists(self) -> None:
        targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
        called = {t for group in MAKE_CALL.findall(README.read_text(encoding="utf-8")) for t in group.split()}
        assert {"run", "test"} <= called
        assert called <= targets
