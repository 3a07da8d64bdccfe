"""The encoding of a text, and the text re-coded to UTF-8."""

from __future__ import annotations

import codecs
import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import charset_normalizer

from revops.ingest import scratch
from revops.ingest.watch import meter

CHUNK: Final = 1 << 20
BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Letters of Russian, commonest first: text in the wrong Cyrillic encoding has the rare ones.
_COMMON: Final = "оеаинтсрвлкмдпу"
_CYRILLIC_ENCODINGS: Final = ("cp1251", "koi8-r", "cp866", "mac-cyrillic", "iso8859-5")


@dataclass(frozen=True, slots=True)
class Encoding:
    """name: a Python codec. bom: bytes of the mark in front. damaged: some bytes are not of this encoding."""

    name: str
    bom: int = 0
    damaged: bool = False


def detect_encoding(path: Path) -> Encoding:
    """The encoding of a text file: by its byte-order mark, else UTF-8 where all of it is, else by its letters."""
    with path.open("rb") as file:
        head = file.read(CHUNK)
    for mark, name in BOMS:
        if head.startswith(mark):
            return Encoding(name, len(mark))
    wide = utf16_without_mark(head)
    if wide is not None:
        return Encoding(wide)
    sample = _first_undecodable(path)
    if sample is None:
        return Encoding("utf-8")
    if _mostly_utf8(sample):
        return Encoding("utf-8", damaged=True)
    return Encoding(judge_encoding(sample))


def judge_encoding(sample: bytes) -> str:
    """The likeliest encoding of bytes that are not UTF-8: Cyrillic ones run together, Western accents stand alone."""
    high = [len(run) for run in re.findall(rb"[\x80-\xff]+", sample)]
    together = sum(n for n in high if n > 1)
    if together < 0.5 * sum(high):
        return "cp1252" if not re.search(rb"[\x81\x8d\x8f\x90\x9d]", sample) else "latin-1"
    scores = {name: _russian_score(sample.decode(name, errors="replace")) for name in _CYRILLIC_ENCODINGS}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] > 0.35:
        return best
    found = charset_normalizer.from_bytes(sample).best()
    return found.encoding if found is not None else "cp1252"


def _russian_score(text: str) -> float:
    """How much a text reads as Russian: common letters count for, foreign signs and caps inside words against."""
    marks = [c for c in text if ord(c) > 127]
    if not marks:
        return 0.0
    count = Counter(marks)
    letters = sum(n for c, n in count.items() if "а" <= c.lower() <= "я" or c in "ёЁ№«»—–…")
    common = sum(n for c, n in count.items() if c.lower() in _COMMON)
    caps_inside = len(re.findall("[а-яё][А-ЯЁ]", text))
    return (letters + common - 2 * (len(marks) - letters) - 2 * caps_inside) / (2 * len(marks))


def utf16_without_mark(head: bytes) -> str | None:
    """UTF-16 gives itself away by the small numbers of its alphabets (Latin 0, Cyrillic 4) at every other place."""
    if len(head) < 8:
        return None
    half = len(head) // 2
    even, odd = (sum(head[i::2].count(n) for n in range(6)) / half for i in (0, 1))
    if odd > 0.9 and even < 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > 0.9 and odd < 0.1 else None


def _first_undecodable(path: Path) -> bytes | None:
    """None if all of the file is UTF-8, else the bytes around the first that are not."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                at = max(file.tell() - len(chunk) + error.start - 4096, 0)
                file.seek(at)
                return file.read(128 * 1024)
            if not chunk:
                return None


def _mostly_utf8(sample: bytes) -> bool:
    text = sample.decode("utf-8", errors="replace")
    bad, good = text.count("\ufffd"), sum(ord(c) > 127 for c in text) - text.count("\ufffd")
    return good >= 10 * bad


@dataclass(frozen=True, slots=True)
class PlainText:
    """A UTF-8 text without mark and zero bytes. temporary: made for reading, to be removed after it.

    nul_bytes: how many zero bytes were left out. damaged: how many signs stand for bytes that could not be read.
    """

    path: Path
    encoding: Encoding
    temporary: bool = False
    nul_bytes: int = 0
    damaged: int = 0

    def remove(self) -> None:
        if self.temporary:
            self.path.unlink(missing_ok=True)


def as_plain_text(path: Path) -> PlainText:
    """The file itself where it is UTF-8 already, else a re-coded temporary copy, written in chunks."""
    encoding = detect_encoding(path)
    if encoding == Encoding("utf-8") and not _has_nul(path):
        return PlainText(path, encoding)
    decoder = codecs.getincrementaldecoder(encoding.name)(errors="replace")
    nul = damaged = 0
    name, write = _text_file()
    with path.open("rb") as source, write as target:
        source.seek(encoding.bom)
        while True:
            meter().check()
            chunk = source.read(CHUNK)
            text = decoder.decode(chunk, final=not chunk)
            nul += text.count("\x00")
            damaged += text.count("\ufffd")
            target.write(text.replace("\x00", "").encode("utf-8", errors="replace"))
            if not chunk:
                break
    return PlainText(name, encoding, temporary=True, nul_bytes=nul, damaged=damaged)


def _text_file() -> tuple[Path, AbstractContextManager[IO[bytes]]]:
    """A temporary file and its opening to write; where writing is broken off, it is gone."""
    handle, name = tempfile.mkstemp(suffix=".csv", dir=scratch.root())
    path = Path(name)

    @contextmanager
    def writing() -> Iterator[IO[bytes]]:
        try:
            with os.fdopen(handle, "wb") as target:
                yield target
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    return path, writing()


def _has_nul(path: Path) -> bool:
    with path.open("rb") as file:
        return any(b"\x00" in chunk for chunk in iter(lambda: file.read(CHUNK), b""))
