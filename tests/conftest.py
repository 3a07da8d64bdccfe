"""What every test may ask for: a data folder of its own, the demo company, and the real export files."""

from __future__ import annotations

import gc
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.demo import DEMO_SECONDS, ROOT, build_demo

gc.set_threshold(20_000, 20, 20)  # rarer than usual: looking through all that a worker has imported takes its time

REAL_DATA = ROOT.parent / "shared" / "real_data"

settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("long", deadline=None)  # ten times as many random companies: tests/property/worlds.py
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") == "true" else "local"))


@pytest.fixture(scope="session", autouse=True)
def _own_data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test ever reads or writes the data folder of the person who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVOPS_HOME", str(tmp_path_factory.mktemp("revops_home")))
        patch.delenv("REVOPS_WORKSPACE", raising=False)
        yield


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real export files beside the project; the test is skipped where it is not there."""
    if not REAL_DATA.is_dir():
        pytest.skip("real export files are missing: no folder ../shared/real_data")
    return REAL_DATA


@pytest.fixture(scope="session")
def demo_template(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A data folder with the demo workspace, built once a run by the CLI, whatever the number of workers.

    Never open it: DuckDB lets one process at a time hold a file. Take `demo_home`, a copy, instead.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    folder, finished, failed = shared / "demo_template", shared / "demo_template.done", shared / "demo_template.failed"
    try:
        folder.mkdir()
    except FileExistsError:
        _wait_for(finished, failed)
        return folder
    try:
        build_demo(folder)
    except BaseException as error:
        failed.write_text(str(error), encoding="utf-8")
        raise
    finished.touch()
    return folder


def _wait_for(finished: Path, failed: Path) -> None:
    """Wait for the worker that builds the demo."""
    end = time.monotonic() + DEMO_SECONDS
    while not finished.exists():
        assert not failed.exists(), failed.read_text(encoding="utf-8")
        assert time.monotonic() < end, f"the demo workspace was not built within {DEMO_SECONDS} s"
        time.sleep(0.1)


@pytest.fixture(scope="session")
def demo_home(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder (REVOPS_HOME) of this worker's own that holds the demo workspace."""
    home = tmp_path_factory.mktemp("demo") / "home"
    shutil.copytree(demo_template, home)
    return home
