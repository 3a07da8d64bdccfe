"""Build the demo workspace the way a person does: through the CLI."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEMO_SECONDS = 300


def build_demo(home: Path) -> None:
    """`python -m revops demo` into the data folder `home`. AssertionError with the CLI's words when it fails."""
    home.mkdir(parents=True, exist_ok=True)
    built = subprocess.run(
        [sys.executable, "-m", "revops", "demo"], cwd=ROOT, env={**os.environ, "REVOPS_HOME": str(home)},
        capture_output=True, text=True, encoding="utf-8", timeout=DEMO_SECONDS, check=False,
    )  # fmt: skip
    assert built.returncode == 0, f"`python -m revops demo` failed:\n{built.stdout}{built.stderr}"
