"""What a person takes along: one page that asks no network, pictures, and a Jupyter file that runs."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import nbformat
import pytest

from revops.analysis.choice import Choice
from revops.api import Company
from revops.formats import Formatter
from revops.metrics.engine import Engine
from revops.notebook.model import CellBlock, NoteBlock, Notebook, SqlBlock
from revops.notebook.run import run_all
from revops.report.jupyter import jupyter
from revops.report.page import course_line, page
from revops.report.picture import Picture, picture
from revops.workspace import Workspace
from tests.support import workspace_of

EVIL = "<script>alert('x')</script>"
DEALS = [
    {
        "opportunity_id": str(n), "team": EVIL if n % 2 else "South",
        "stage": "Won", "status": "won" if n % 3 else "lost",
        "amount": "100", "created_at": "2026-01-01", "closed_at": f"2026-0{1 + n % 4}-10",
    }
    for n in range(24)
]  # fmt: skip
ALL = Choice(period="all")
BOOK = Notebook(
    key="b",
    title=f"Board {EVIL}",
    blocks=(
        NoteBlock(key="n", text=f"# Рост\n\n{EVIL} and [a link](javascript:alert(1))"),
        CellBlock(
            key="c", analysis="kpi_breakdown", params={"metric": "win_rate", "by": "team"}, choice=Choice(period="all")
        ),
        CellBlock(key="t", analysis="kpi_trend", params={"metric": "won_revenue"}, choice=Choice(period="all")),
        SqlBlock(key="s", sql="SELECT team, count(*) AS deals\nFROM opportunities GROUP BY ALL", title="Deals"),
        SqlBlock(key="e", sql="DROP TABLE opportunities"),
    ),
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with workspace_of(tmp_path_factory.mktemp("report") / "w.duckdb", {"opportunities": DEALS}) as made:
        yield made


@pytest.fixture(scope="module")
def html(workspace: Workspace) -> str:
    ran = run_all(BOOK, Engine(workspace))
    return page(BOOK.title, ran, Formatter("ru", "RUB"), workspace="acme", made_at=dt.datetime(2026, 11, 1, 9, 30))


class Elements(HTMLParser):
    """Every element with its attributes, and the text outside scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._in: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._in.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._in:
            self._in.remove(tag)

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self._in):
            self.words.append(data)


def test_the_page_asks_no_network(html: str) -> None:
    for tag, attributes in Elements(html).found:
        assert not {"src", "srcset", "action"} & set(attributes), tag
        assert tag != "link"
        assert not (attributes.get("href") or "").startswith("http")
    assert "default-src 'none'" in html


def test_texts_of_the_data_are_shown_and_never_run(html: str) -> None:
    elements = Elements(html)
    scripts = [a for t, a in elements.found if t == "script"]
    assert [a.get("type") for a in scripts] == ["application/json", "application/json", "module"]
    assert sum(EVIL in word for word in elements.words) >= 3  # the title, a table, a statement's answer
    assert not [a for t, a in elements.found if t == "a"]  # the link to a script is left as text


def test_charts_are_in_the_page_with_their_rows(html: str) -> None:
    specs = re.findall(r'<script type="application/json" id="(chart\d+)">(.*?)</script>', html, re.S)
    assert [name for name, _ in specs] == ["chart2", "chart3"]
    spec: dict[str, Any] = json.loads(specs[0][1])
    assert {row["name"] for rows in spec["datasets"].values() for row in rows if "name" in row} == {EVIL, "South"}


def test_the_page_says_what_it_knows_in_the_reader_s_language(html: str) -> None:
    words = " ".join(Elements(html).words)
    assert "Доля выигранных сделок" in words
    assert "Учтённые строки" in words
    assert "opportunities.csv" in words
    assert "SELECT team, count(*) AS deals" in words
    assert "DROP" in words or "SELECT" in words  # why the last block gave nothing


@pytest.mark.parametrize(("kind", "begins"), [(Picture.PNG, b"\x89PNG"), (Picture.SVG, b"<svg")])
def test_a_cell_as_a_picture(workspace: Workspace, kind: Picture, begins: bytes) -> None:
    shown = Company(workspace, "ru").cell("kpi_trend", params={"metric": "won_deals"}, look={"period": "all"})
    content = picture(shown.result, Formatter("ru", "RUB"), kind)
    assert content is not None
    assert content.startswith(begins)


def test_the_jupyter_file_runs_and_gives_the_same_figures(workspace: Workspace) -> None:
    file = nbformat.reads(jupyter(BOOK, "en", workspace="acme"), as_version=4)
    nbformat.validate(file)
    code = [c["source"] for c in file["cells"] if c["cell_type"] == "code"]
    company = Company(workspace, "en")
    assert "open_workspace('acme'" in code[0]
    breakdown, trend, statement = (eval(text, {"company": company}) for text in code[1:4])
    assert breakdown.frame["cases"].sum() == 16
    assert trend.frame["value"].sum() == 1600
    assert statement["deals"].sum() == 24
    assert breakdown.chart is not None
    assert "Win rate" in repr(breakdown)


def test_a_metric_from_python(workspace: Workspace) -> None:
    frame = Company(workspace, "en").metric("won_deals", by="team", look={"period": "all"})
    assert frame.set_index("dimension")["value"].to_dict() == {EVIL: 8, "South": 8}


def test_key_figures_are_cards_with_their_course(workspace: Workspace) -> None:
    book = Notebook(key="k", title="Key", blocks=(CellBlock(key="k", analysis="kpi_overview", choice=ALL),))
    ran = run_all(book, Engine(workspace))
    html = page(book.title, ran, Formatter("en", "RUB"), workspace="acme", made_at=dt.datetime(2026, 11, 1, 9, 30))
    elements = Elements(html)
    cards = [a for _tag, a in elements.found if a.get("class") == "figure"]
    assert ran[0].cell is not None
    assert len(cards) == len(ran[0].cell.result.frame.dropna(subset=["value"])) > 3
    assert "Win rate" in elements.words
    assert "66.7%" in elements.words
    assert any(tag == "path" and a.get("d", "") for tag, a in elements.found)


def test_a_course_is_broken_where_a_value_is_missing() -> None:
    assert course_line([0.0, 1.0, None, 0.5, 1.0], width=40, height=10) == "M0.0 10.0L10.0 0.0M30.0 5.0L40.0 0.0"
    assert course_line([2.0, 2.0], width=10, height=10) == "M0.0 10.0L10.0 10.0"
    assert course_line([None, 2.0]) == ""
