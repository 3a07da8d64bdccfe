"""Archives: each member that holds a table, unpacked to a temporary file within limits and read like an upload."""

from __future__ import annotations

import gzip
import hashlib
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Final

from revops.errors import UnreadableFile
from revops.ingest import scratch
from revops.ingest.endings import HOLDS_TABLE
from revops.ingest.own_export import MANIFEST
from revops.ingest.types import RawTable, SourceFile
from revops.ingest.watch import meter
from revops.text import Text

MOST_MEMBERS: Final = 200
MOST_UNPACKED: Final = 4 << 30  # bytes, all members together
MOST_RATIO: Final = 250  # unpacked to packed; text of one repeated line reaches about 200 ...
RATIO_FROM: Final = 64 << 20  # ... and is harmless while it is small
MOST_NESTED: Final = 2  # an archive in an archive; not one deeper
_MEANT: Final = tuple(f".{ending}" for ending in HOLDS_TABLE)
_CHUNK: Final = 1 << 20
_NO_TABLE: Final = ("no_table", "no_rows")

Reader = Callable[[SourceFile, int], list[RawTable]]


def read_zip(file: SourceFile, read: Reader, depth: int) -> list[RawTable]:
    """The tables of every member, in the archive's order. read: reads one member; depth: archives around it.

    A member without a table is skipped and named in a note; one that should hold a table and is damaged or cut off
    fails the whole archive. Raises UnreadableFile, also for archives that unpack to more than the limits.
    """
    _check_depth(file, depth)
    try:
        with zipfile.ZipFile(file.path) as archive:
            members = [m for m in archive.infolist() if not _is_clutter(m)]
            _check(file, members)
            return _read_members(file, archive, members, read, depth)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise damaged(file.name) from error


def read_gzip(file: SourceFile, read: Reader, depth: int) -> list[RawTable]:
    """The tables of the one file in it. Raises UnreadableFile."""
    _check_depth(file, depth)
    with tempfile.TemporaryDirectory(prefix="archive-", dir=scratch.root()) as folder:
        target = Path(folder) / "member"
        try:
            with gzip.open(file.path) as packed:
                digest, size = _unpack(packed, target, file, file.size, MOST_UNPACKED)
        except (zlib.error, EOFError, OSError) as error:
            raise damaged(file.name) from error
        member = SourceFile(name=file.name, path=target, sha256=digest, size=size)
        return [_from_archive(table, file) for table in read(member, depth + 1)]


def _read_members(
    file: SourceFile, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], read: Reader, depth: int
) -> list[RawTable]:
    tables: list[RawTable] = []
    skipped: list[str] = []
    errors: list[UnreadableFile] = []
    seen: set[str] = set()
    left = MOST_UNPACKED
    try:
        with tempfile.TemporaryDirectory(prefix="archive-", dir=scratch.root()) as folder:
            for n, info in enumerate(members):
                name = Path(info.filename.replace("\\", "/")).name
                target = Path(folder) / f"member{n}"
                with archive.open(info) as packed:
                    digest, size = _unpack(packed, target, file, info.compress_size, left)
                left -= size
                try:
                    if digest not in seen:
                        member = SourceFile(name=f"{file.name} › {name}", path=target, sha256=digest, size=size)
                        tables += [_from_archive(t, file) for t in read(member, depth + 1)]
                    seen.add(digest)
                except UnreadableFile as error:
                    if error.code not in _NO_TABLE and name.lower().endswith(_MEANT):
                        raise
                    errors.append(error)
                    skipped.append(name)
                finally:
                    target.unlink(missing_ok=True)
    except BaseException:
        for table in tables:
            table.close()
        raise
    if not tables:
        raise errors[0] if len(errors) == 1 else _no_member(file)
    return list(_noted(tables, skipped))


def _unpack(
    packed: IO[bytes] | gzip.GzipFile, target: Path, file: SourceFile, packed_size: int, left: int
) -> tuple[str, int]:
    """The member as a file: its hash and size. What it really unpacks to counts, not what it says."""
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as unpacked:
        while chunk := packed.read(_CHUNK):
            size += len(chunk)
            meter().check()
            if size > left or (size > RATIO_FROM and size > MOST_RATIO * max(packed_size, 1)):
                raise bomb(file.name)
            digest.update(chunk)
            unpacked.write(chunk)
    return digest.hexdigest(), size


def _from_archive(table: RawTable, file: SourceFile) -> RawTable:
    """The table as one of the uploaded file: the member's own place is gone when it has been read."""
    return replace(table, file=replace(table.file, path=file.path))


def _noted(tables: list[RawTable], skipped: list[str]) -> Iterator[RawTable]:
    if not skipped:
        yield from tables
        return
    note = Text("Files without a table were skipped: {names}.", "Пропущены файлы без таблицы: {names}.")
    note = note.format(names=", ".join(f"“{n}”" for n in skipped[:10]) + ("…" if len(skipped) > 10 else ""))
    for table in tables:
        yield replace(table, notes=(*table.notes, note))


def _is_clutter(member: zipfile.ZipInfo) -> bool:
    parts = member.filename.replace("\\", "/").split("/")
    own = parts[-1] == MANIFEST  # says what the tables of our own export are, and is none of them
    return member.is_dir() or "__MACOSX" in parts or parts[-1].startswith(".") or not parts[-1] or own


def _check(file: SourceFile, members: list[zipfile.ZipInfo]) -> None:
    if any(m.flag_bits & 1 for m in members):
        raise UnreadableFile(
            Text("“{name}” is protected by a password.", "Архив «{name}» защищён паролем.").format(name=file.name),
            fix=Text("Unpack it and upload the files in it.", "Распакуйте его и загрузите файлы из него."),
            code="encrypted",
        )
    if len(members) > MOST_MEMBERS:
        raise UnreadableFile(
            Text(
                "“{name}” holds {n} files; at most {most} can be read at once.",
                "В архиве «{name}» файлов: {n}; за один раз можно прочитать не больше {most}.",
            ).format(name=file.name, n=len(members), most=MOST_MEMBERS),
            fix=Text("Upload only the exports in it.", "Загрузите только выгрузки из него."),
            code="bomb",
        )
    if not members:
        raise _no_member(file)
    if sum(m.file_size for m in members) > MOST_UNPACKED:
        raise bomb(file.name)


def _check_depth(file: SourceFile, depth: int) -> None:
    if depth >= MOST_NESTED:
        raise UnreadableFile(
            Text("“{name}” is an archive too deep in other archives.", "Архив «{name}» вложен слишком глубоко.").format(
                name=file.name
            ),
            fix=Text("Unpack it and upload the files in it.", "Распакуйте его и загрузите файлы из него."),
            code="bomb",
        )


def bomb(name: str) -> UnreadableFile:
    """Unpacks to far more than an export would."""
    return UnreadableFile(
        Text(
            "“{name}” unpacks to far more than an export holds and was not read.",
            "«{name}» распаковывается в объём, которого у выгрузок не бывает; файл не прочитан.",
        ).format(name=name),
        fix=Text("Upload the export itself, unpacked.", "Загрузите саму выгрузку без архива."),
        code="bomb",
    )


def damaged(name: str) -> UnreadableFile:
    """The packed bytes are not whole."""
    return UnreadableFile(
        Text(
            "“{name}” is damaged: it cannot be unpacked.", "Файл «{name}» повреждён: его не удаётся распаковать."
        ).format(name=name),
        fix=Text("Download or export it again.", "Скачайте или выгрузите его ещё раз."),
        code="damaged",
    )


def _no_member(file: SourceFile) -> UnreadableFile:
    return UnreadableFile(
        Text("“{name}” holds no file with a table.", "В архиве «{name}» нет файлов с таблицами.").format(
            name=file.name
        ),
        fix=Text(
            "Upload exports: CSV, TSV, XLSX, XLS, ODS, JSON or Parquet.",
            "Загрузите выгрузки: CSV, TSV, XLSX, XLS, ODS, JSON или Parquet.",
        ),
        code="no_table",
    )
