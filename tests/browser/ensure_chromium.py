"""Find a Chromium or Chrome, or install one. `python -m tests.browser.ensure_chromium` says in one line what it has.

Exit code 1 only where none can be had and CI=true: elsewhere the browser tests are skipped, by name.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
)
NONE = "No Chromium or Chrome was found and none could be installed: the browser tests cannot run."


def find_chromium() -> Path | None:
    """An executable Chromium or Chrome: one on the PATH, in its usual place, or Playwright's own."""
    on_path = [Path(found) for name in NAMES if (found := shutil.which(name))]
    for candidate in [*on_path, *(Path(place) for place in PLACES)]:
        if candidate.is_file() and _starts(candidate):
            return candidate
    own = _playwrights_own()
    return own if own.is_file() else None


def _starts(executable: Path) -> bool:
    """False for a stub that only asks for another package. On Windows `--version` would open a window."""
    if sys.platform == "win32":
        return True
    try:
        return subprocess.run([executable, "--version"], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _playwrights_own() -> Path:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


def install_chromium() -> None:
    """Try Playwright's download, then Debian's package where we may install one."""
    if _run([sys.executable, "-m", "playwright", "install", "chromium"]) and find_chromium():
        return
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root and shutil.which("apt-get"):
        _run(["apt-get", "update", "-qq"])
        _run(["apt-get", "install", "-y", "-qq", "chromium"])


def _run(command: list[str]) -> bool:
    try:
        silent = subprocess.DEVNULL
        return subprocess.run(command, stdout=silent, stderr=silent, timeout=600, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def main() -> int:
    if (found := find_chromium()) is None:
        install_chromium()
        found = find_chromium()
    if found is None:
        print(NONE)
        return 1 if os.environ.get("CI") == "true" else 0
    print(f"Browser for the tests: {found}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
