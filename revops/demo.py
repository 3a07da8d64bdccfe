"""The demo company's workspace, built from its exports by the importer that everybody else's files take."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from revops import __version__
from revops.errors import WorkspaceError
from revops.importing import history, import_files
from revops.text import Text
from revops.workspace import Workspace, workspace_path

NAME = "demo"
EXPORTED = dt.date(2026, 11, 2)  # the day on which the demo company's systems were exported
EARLIER = dt.date(2026, 10, 1)  # and on which the exports in `earlier` were
PACKAGE = Path(__file__).resolve().parent
EXPORTS = PACKAGE.parent / "sample_data" / "exports"
DECIDES = ("model", "ingest", "workspace", "importing")  # the rooms that decide what a workspace holds


def build_demo(path: Path | None = None, *, exports: Path = EXPORTS) -> bool:
    """The demo workspace at `path` (None: in the data folder). True: built now; False: it was there, from the same
    files and the same code.

    It is built in a file beside it that takes its place when it is complete. Raises WorkspaceError where the exports
    are missing or the workspace is open elsewhere.
    """
    target = path or workspace_path(NAME)
    files = sorted(p for p in exports.glob("*") if p.suffix in (".csv", ".xlsx"))
    if not files:
        raise WorkspaceError(
            Text(
                "The demo company's exports are missing: {folder}.", "Нет выгрузок демонстрационной компании: {folder}."
            ).format(folder=exports),
            fix=Text(
                "Write them with `python sample_data/generate.py`.", "Создайте их: `python sample_data/generate.py`."
            ),
        )
    earlier = sorted((exports / "earlier").glob("*.csv"))
    stamp, made_from = target.with_suffix(".stamp"), _made_from([*files, *earlier])
    if target.is_file() and stamp.is_file() and stamp.read_text(encoding="utf-8") == made_from:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    building = target.with_name(f".{target.stem}-{os.getpid()}{target.suffix}")
    try:
        with Workspace.open(building) as workspace:
            _load(workspace, files, earlier)
        stamp.unlink(missing_ok=True)
        _put_in_place(building, target)
    finally:
        for left in (building, _wal(building)):
            left.unlink(missing_ok=True)
    stamp.write_text(made_from, encoding="utf-8")
    return True


def _load(workspace: Workspace, files: Sequence[Path], earlier: Sequence[Path]) -> None:
    """An earlier export first, then the newer one of the same records, by itself: it says what it changed of the past.

    "deals_2026-09-30.csv" is an earlier "deals.csv". What no earlier one is of comes last, all at once.
    """
    rest = list(files)
    for old in earlier:
        from revops.importing.restated import headlines, restated  # metrics take a moment to import

        history.keep(workspace, import_files(workspace, [old], today=EARLIER))
        before = headlines(workspace)
        newer = [f for f in rest if old.stem.startswith(f"{f.stem}_")]
        reports = import_files(workspace, newer, today=EXPORTED)
        history.keep(workspace, reports, restated(workspace, before))
        rest = [f for f in rest if f not in newer]
    history.keep(workspace, import_files(workspace, rest, today=EXPORTED))


def _made_from(files: Iterable[Path]) -> str:
    """A digest of the exports and of the code that reads them."""
    digest = hashlib.sha256(__version__.encode())
    code = sorted(p for room in DECIDES for p in (PACKAGE / room).rglob("*.py"))
    for file in (*files, *code):
        digest.update(file.name.encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _put_in_place(built: Path, target: Path) -> None:
    if target.exists():
        Workspace.open(target).close()  # raises where another program holds it
    try:
        _wal(target).unlink(missing_ok=True)  # belongs to the file that is replaced
        built.replace(target)
    except PermissionError as error:
        raise WorkspaceError(
            Text("“{name}” is open in another program.", "«{name}» открыто в другой программе.").format(
                name=target.stem
            ),
            fix=Text("Close it there, then try again.", "Закройте его там и повторите."),
            code="workspace_locked",
        ) from error


def _wal(path: Path) -> Path:
    return path.with_name(path.name + ".wal")
