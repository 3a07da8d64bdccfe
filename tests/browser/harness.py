"""The running app and a real browser, for the browser tests and for the screenshots."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
SETTLE_SECONDS = 30
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip

# True once no script runs, nothing on the page is waiting to be replaced, and every chart has been drawn.
SETTLED = """() => {
  const app = document.querySelector('[data-testid="stApp"]');
  if (!app || app.getAttribute('data-test-script-state') !== 'notRunning') return false;
  if (app.getAttribute('data-test-connection-state') !== 'CONNECTED') return false;
  const busy = '[data-stale="true"], [data-testid="stSkeleton"], [data-testid="stSpinner"]';
  if (document.querySelector(busy)) return false;
  const charts = [...document.querySelectorAll('[data-testid="stVegaLiteChart"]')];
  return charts.every(chart => chart.querySelector('canvas, svg'));
}"""


def launch(playwright: Playwright, executable: Path) -> Browser:
    """A headless Chromium that talks to nothing but the pages it is sent to."""
    return playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS), headless=True)


@contextmanager
def running_app(script: Path, home: Path, log: Path, workspace: str = "demo") -> Iterator[str]:
    """Serve `script` with the project's own settings on a free loopback port; yields its address.

    home: the data folder (REVOPS_HOME). log: a file that receives all that the server says.
    """
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "REVOPS_HOME": str(home), "REVOPS_WORKSPACE": workspace}
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless", "true"]
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*command, "--server.port", str(port)], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
        try:
            _wait_until_healthy(url, server, log)
            yield url
        finally:
            server.terminate()
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5) as answer:
                if answer.read() == b"ok":
                    return
        except OSError as error:
            said = f"{error}\n{log.read_text(encoding='utf-8', errors='replace')}"
            assert server.poll() is None, f"the app did not start:\n{said}"
            assert time.monotonic() < end, f"the app was not healthy within {START_SECONDS} s:\n{said}"
        time.sleep(0.1)


def settle(page: Page, seconds: float = SETTLE_SECONDS) -> None:
    """Wait until the page has been quiet for 200 ms: a click reaches the server a moment after it is made."""
    end = time.monotonic() + seconds
    quiet = 0
    while quiet < 4:
        left = (end - time.monotonic()) * 1000
        assert left > 0, f"the page was still working after {seconds} s: {page.url}"
        page.wait_for_function(SETTLED, timeout=left)
        page.wait_for_timeout(50)
        quiet = quiet + 1 if page.evaluate(SETTLED) else 0
