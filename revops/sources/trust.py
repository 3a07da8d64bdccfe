"""Which sources somebody on this machine agreed to.

A workspace file may come from anybody, and a source in it names addresses and secrets: reading from them unasked could
carry a secret of this machine elsewhere. So a source is read only where it was added or agreed to on this machine;
the agreement is kept in the data folder, not in the workspace.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

from revops.sources.records import Source, to_json
from revops.workspace import data_home

FILE = "agreed_sources.json"
_guard = threading.Lock()


def trusted(source: Source) -> bool:
    """Whether this very place was agreed to here. The schedule and the name do not matter."""
    return _mark(source) in _read()


def trust(source: Source) -> None:
    """Agrees to read from the source's place on this machine from now on."""
    with _guard:
        marks = sorted({*_read(), _mark(source)})
        path = _path()
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, written = tempfile.mkstemp(dir=path.parent, prefix=FILE)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(marks, file)
        Path(written).replace(path)


def _mark(source: Source) -> str:
    return hashlib.sha256(to_json(replace(source, every=None)).encode()).hexdigest()


def _read() -> list[str]:
    path = _path()
    return list(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else []


def _path() -> Path:
    return data_home() / FILE
