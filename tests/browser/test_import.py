"""A person's first minutes in a real browser: files dropped, mapping seen, loaded, and the figures are there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import ROOT, running_app, settle

EXPORTS = ROOT / "sample_data" / "exports"


@pytest.fixture(scope="module")
def empty_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app on a data folder where nothing is."""
    folder = tmp_path_factory.mktemp("empty_app")
    with running_app(ROOT / "app.py", folder / "home", folder / "server.log", workspace="") as url:
        yield url
    shutil.rmtree(folder, ignore_errors=True)


def test_from_two_exports_to_a_chart(empty_app: str, page: Page, tmp_path: Path) -> None:
    page.goto(empty_app)
    settle(page)
    expect(page.get_by_text("Nothing is loaded yet")).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("button", name="Import files").click()
    settle(page)

    broken = tmp_path / "broken.csv"
    broken.write_bytes(b"")
    page.locator('input[type="file"]').set_input_files(
        [EXPORTS / "hubspot_deals.csv", EXPORTS / "stripe_subscriptions.csv", broken]
    )
    expect(page.get_by_text("Ready to look at")).to_be_visible(timeout=60_000)
    settle(page, 60)
    expect(page.get_by_text("“broken.csv” is empty.")).to_be_visible()
    expect(page.get_by_text("Records ready")).to_be_visible()

    page.locator(".st-key-load_files button").click()
    expect(page.get_by_text("Loaded 2 files", exact=False)).to_be_visible(timeout=90_000)
    settle(page, 60)
    page.locator(".st-key-reports").get_by_role("link", name="Overview").click()
    settle(page, 60)
    expect(page.get_by_test_id("stMetric").first).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible()
