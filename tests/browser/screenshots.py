"""Take pictures of the demo: python -m tests.browser.screenshots [names] [--lang ru] [--theme dark] [--all].

English and light, 1440 x 900, are the pictures of README.md (docs/screenshots/<page>.png); other variants are named
for what they are (overview_ru_dark_390.png). The import page is shown with exports on its desk, not loaded yet; the
page of sources with a database that the exports were put into, the notebook with a ready one begun.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sqlite3
import sys
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pandas as pd
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from revops import sources
from revops.metrics.engine import Engine
from revops.notebook import shelf
from revops.notebook.begin import begin
from revops.notebook.ready import READY_BY_KEY
from revops.sources import Source, SqlSource
from revops.text import LANGUAGES
from revops.workspace import Workspace, workspace_path
from tests.browser.ensure_chromium import NONE, find_chromium
from tests.browser.harness import ROOT, launch, running_app, settle
from tests.demo import build_demo

TARGET = ROOT / "docs" / "screenshots"
EXPORTS = ROOT / "sample_data" / "exports"
PAGES = {
    "overview": "",
    "import": "import?workspace=default",
    "sources": "sources?workspace=crm",
    "trends": "trends?split=segment",
    "funnel": "funnel",
    "churn": "churn",
    "drivers": "why",
    "revenue": "revenue",
    "acquisition": "acquisition?split=channel",
    "pipeline": "pipeline?split=owner",
    "engagement": "engagement",
    "success": "success",
    "actions": "actions",
    "alignment": "alignment",
    "definitions": "definitions",
    "notebook": "notebook?notebook={lang}",
    "metrics": "metrics",
    "quality": "quality",
    "export": "export",
    "guide": "guide",
}
LOOKS = (("en", "light"), ("en", "dark"), ("ru", "light"), ("ru", "dark"))
DROPPED = ("hubspot_deals.csv", "crm_sdelki_ru.csv")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *PAGES], help="pages (default: all)")
    parser.add_argument("--lang", choices=("en", "ru"), default="en")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--all", action="store_true", help="both languages, light and dark, and a list of them")
    parser.add_argument("--width", type=int, default=1440)
    parser.add_argument("--to", type=Path, default=TARGET, help="folder of the pictures")
    asked = parser.parse_args()
    executable = find_chromium()
    if executable is None:
        sys.exit(NONE)
    asked.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        build_demo(home)
        build_sources(home, Path(folder) / "crm.db")
        build_notebooks()
        with running_app(ROOT / "app.py", home, Path(folder) / "server.log") as url, sync_playwright() as playwright:
            browser = launch(playwright, executable)
            looks = LOOKS if asked.all else [(asked.lang, asked.theme)]
            for (lang, theme), name in itertools.product(looks, asked.names or PAGES):
                context = browser.new_context(
                    viewport={"width": asked.width, "height": 900 if asked.width > 600 else 844},
                    color_scheme=theme,
                    locale="ru-RU" if lang == "ru" else "en-US",
                    timezone_id="UTC",
                )
                target = asked.to / f"{name}{variant(lang, theme, asked.width)}.png"
                take(context.new_page(), f"{url}/{PAGES[name].format(lang=lang)}", target, name)
                context.close()
            browser.close()
    if asked.all:
        listed(asked.to, asked.width)


def build_sources(home: Path, base: Path) -> None:
    """The workspace `crm` in the data folder `home`, with two sources in an SQLite database of the demo's exports."""
    os.environ.update(REVOPS_HOME=str(home), CRM_DATABASE=f"sqlite:///{base}")
    with closing(sqlite3.connect(base)) as db:
        for table, file in (("deals", "hubspot_deals.csv"), ("subscriptions", "stripe_subscriptions.csv")):
            pd.read_csv(EXPORTS / file, dtype=str).to_sql(table, db, index=False)
        db.commit()
    deals = Source(name="CRM deals", place=SqlSource(url="${CRM_DATABASE}", table="deals"), every=15)
    query = "SELECT * FROM subscriptions WHERE Currency = 'usd'"
    billing = Source(name="Billing", place=SqlSource(url="${CRM_DATABASE}", query=query))
    with Workspace.open(workspace_path("crm")) as workspace:
        for source in (deals, billing):
            sources.save(workspace, source)
            sources.refresh(workspace, source)
        with closing(sqlite3.connect(base)) as db:
            db.execute("UPDATE deals SET Amount = '21000' WHERE rowid <= 12")
            db.execute("DELETE FROM deals WHERE rowid IN (20, 21)")
            db.commit()
        sources.refresh(workspace, deals)


def build_notebooks() -> None:
    """A ready notebook in each language in the demo, under the language's name. REVOPS_HOME is set."""
    with Workspace.open(workspace_path("demo"), create=False) as workspace:
        for language in LANGUAGES:
            book = begin(READY_BY_KEY["month"], Engine(workspace), language)
            shelf.keep(workspace, replace(book, key=language))


def listed(folder: Path, width: int) -> None:
    """A page that shows all the pictures, a row a page."""
    heads = " | ".join(f"{lang}, {theme}" for lang, theme in LOOKS)
    lines = ["# The pages of the demo", "", "Taken by `make screenshots ARGS=--all`.", "", f"| page | {heads} |"]
    lines.append("| --- |" + " --- |" * len(LOOKS))
    for name in PAGES:
        shown = (f"{name}{variant(lang, theme, width)}.png" for lang, theme in LOOKS)
        lines.append(f"| {name} | " + " | ".join(f"![{file}]({file})" for file in shown) + " |")
    (folder / "README.md").write_text("\n".join([*lines, ""]), encoding="utf-8")


def variant(lang: str, theme: str, width: int) -> str:
    """What is not as in README.md, for the file's name."""
    parts = [part for part, usual in ((lang, "en"), (theme, "light"), (str(width), "1440")) if part != usual]
    return "".join(f"_{part}" for part in parts)


def take(page: Page, address: str, target: Path, name: str) -> None:
    """One picture of one page; a page that shows an exception is an error, not a picture."""
    page.goto(address)
    settle(page, 90)
    if name == "import":
        page.locator('input[type="file"]').set_input_files([EXPORTS / file for file in DROPPED])
        page.locator(".st-key-load_files").wait_for(timeout=60_000)
        settle(page, 60)
    if page.get_by_text("Page not found").count() or page.get_by_test_id("stException").count():
        sys.exit(f"{address} cannot be shown.")
    page.mouse.move(1000, 2)
    page.wait_for_timeout(700)  # charts ease in
    page.screenshot(path=str(target))
    with Image.open(target) as picture:  # a palette of 256 colours is a third of the size, and as good to look at
        picture.convert("RGB").quantize(256).save(target, optimize=True)
    print(target)


if __name__ == "__main__":
    main()
