"""Take pictures of the pages of the demo: python -m tests.browser.screenshots [names] [--lang ru] [--theme dark].

English and light, 1440 x 900, are the pictures of README.md (docs/screenshots/<page>.png); other variants are named
for what they are (overview_ru_dark_390.png). The import page is shown with exports on its desk, not loaded yet.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.ensure_chromium import NONE, find_chromium
from tests.browser.harness import ROOT, launch, running_app, settle
from tests.demo import build_demo

TARGET = ROOT / "docs" / "screenshots"
EXPORTS = ROOT / "sample_data" / "exports"
PAGES = {
    "overview": "",
    "import": "import?workspace=default",
    "trends": "trends?split=segment",
    "funnel": "funnel",
    "churn": "churn",
    "drivers": "why",
    "metrics": "metrics",
    "quality": "quality",
}
DROPPED = ("hubspot_deals.csv", "crm_sdelki_ru.csv")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *PAGES], help="pages (default: all)")
    parser.add_argument("--lang", choices=("en", "ru"), default="en")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
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
        with running_app(ROOT / "app.py", home, Path(folder) / "server.log") as url, sync_playwright() as playwright:
            browser = launch(playwright, executable)
            for name in asked.names or PAGES:
                context = browser.new_context(
                    viewport={"width": asked.width, "height": 900 if asked.width > 600 else 844},
                    color_scheme=asked.theme,
                    locale="ru-RU" if asked.lang == "ru" else "en-US",
                    timezone_id="UTC",
                )
                target = asked.to / f"{name}{variant(asked.lang, asked.theme, asked.width)}.png"
                take(context.new_page(), f"{url}/{PAGES[name]}", target, name)
                context.close()
            browser.close()


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
    print(target)


if __name__ == "__main__":
    main()
