"""What a source holds now, as files in a folder of its own that is gone afterwards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from revops.ingest import scratch
from revops.sources import database, web
from revops.sources.errors import SourceError
from revops.sources.records import FileSource, FolderSource, HttpSource, Place, S3Source, Source, SqlSource
from revops.sources.secrets import Lookup
from revops.text import Text

MOST_FILES = 1_000
PREFIX = "source-"


@contextmanager
def fetched(source: Source, lookup: Lookup, *, rows: int | None = None) -> Iterator[list[Path]]:
    """The source's files, copied: one named as the source, or of a folder each by its own name, in their order.

    rows: of a database at most so many, for a look. Raises SourceError where the place cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=scratch.root()) as folder:
        yield _fetch(source.name, source.place, Path(folder), lookup, rows)


def _fetch(name: str, place: Place, folder: Path, lookup: Lookup, rows: int | None) -> list[Path]:
    if isinstance(place, FolderSource):
        return _files(place, folder)
    target = folder / name
    match place:
        case FileSource():
            _copy(Path(place.path), target)
        case HttpSource():
            web.download(place, target, lookup)
        case S3Source():
            web.download_object(place, target, lookup)
        case SqlSource():
            database.export(place, target, lookup, most=rows)
    return [target]


def _files(place: FolderSource, folder: Path) -> list[Path]:
    root = Path(place.path)
    if not root.is_dir():
        raise _unreadable(root, Text("there is no such folder", "такой папки нет"))
    try:
        found = sorted(p for p in root.glob(place.pattern) if p.is_file() and not p.name.startswith((".", "~$")))
    except (ValueError, NotImplementedError) as error:
        raise _unreadable(root, Text("“{p}” is no pattern", "«{p}» — не шаблон").format(p=place.pattern)) from error
    if not found:
        raise _unreadable(root, Text("no file fits “{p}”", "нет файлов по шаблону «{p}»").format(p=place.pattern))
    if len(found) > MOST_FILES:
        raise _unreadable(root, Text("more than {n} files fit", "подходит больше {n} файлов").format(n=MOST_FILES))
    copies = []
    for path in found:
        copy = folder / " - ".join(path.relative_to(root).parts)
        _copy(path, copy)
        copies.append(copy)
    return copies


def _copy(path: Path, target: Path) -> None:
    """A copy of a file as it is now, for reading at leisure."""
    try:
        shutil.copyfile(path, target)
    except FileNotFoundError:
        raise _unreadable(path, Text("there is no such file", "такого файла нет")) from None
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise _unreadable(path, Text("{why}", "{why}").format(why=why)) from error


def _unreadable(path: Path, why: Text) -> SourceError:
    return SourceError(
        Text("{path} could not be read: {why}.", "Не удалось прочитать {path}: {why}.").format(path=path, why=why),
        fix=Text("Check the path and the rights to it.", "Проверьте путь и права на него."),
        code="source_unreachable",
    )
