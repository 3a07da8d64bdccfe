"""Take the pictures of README.md from the running demo: `make screenshots`.

English, light, 1440 x 900, into docs/screenshots/. ARGS may name the pictures to take: ARGS="funnel churn".
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.ensure_chromium import NONE, find_chromium
from tests.browser.harness import ROOT, launch, running_app, settle
from tests.demo import build_demo

TARGET = ROOT / "docs" / "screenshots"

# The picture's name and the page's address.
PAGES = {
    "overview": "",
    "import": "import",
    "trends": "trends",
    "funnel": "funnel",
    "churn": "churn",
    "metrics": "metrics",
}


def main(names: list[str]) -> None:
    executable = find_chromium()
    if executable is None:
        sys.exit(NONE)
    if strange := [name for name in names if name not in PAGES]:
        sys.exit(f"No such picture: {', '.join(strange)}. Known: {', '.join(PAGES)}.")
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        build_demo(home)
        with running_app(ROOT / "app.py", home, Path(folder) / "server.log") as url, sync_playwright() as playwright:
            browser = launch(playwright, executable)
            for name in names or PAGES:
                take(browser, f"{url}/{PAGES[name]}", TARGET / f"{name}.png")
            browser.close()


def take(browser: Browser, address: str, target: Path) -> None:
    """One picture of one page; a page that does not exist or shows an exception is an error, not a picture."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme="light", locale="en-US", timezone_id="UTC"
    )
    page = context.new_page()
    page.goto(address)
    settle(page)
    if page.get_by_text("Page not found").count() or page.get_by_test_id("stException").count():
        sys.exit(f"{address} cannot be shown; see tests/browser/screenshots.py for the addresses.")
    page.screenshot(path=str(target))
    context.close()
    print(target.relative_to(ROOT))


if __name__ == "__main__":
    main(sys.argv[1:])
