"""A source: a named place that tables are imported from again and again, and how often."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from revops.sources.errors import SourceError
from revops.sources.secrets import PLACEHOLDER, refuse_secrets, secret_in_address
from revops.text import Text

DATABASES = ("postgresql", "postgres", "mysql", "mariadb", "sqlite", "mssql", "sqlserver")
_NAME = re.compile(r"\w(?:[\w .()-]{0,78}[\w)])?")
LONGEST_EVERY = 7 * 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSource:
    """A file on this machine or a mounted drive. path: absolute."""

    path: str

    @property
    def shown(self) -> str:
        return self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSource:
    """All files of a folder whose names fit the pattern (* and ?; **/ looks into sub-folders). path: absolute."""

    path: str
    pattern: str = "*"

    @property
    def shown(self) -> str:
        return str(Path(self.path) / self.pattern)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSource:
    """A file behind an https address. authorization: the header of that name, its token as ${NAME}; None: none."""

    url: str
    authorization: str | None = None

    @property
    def shown(self) -> str:
        return self.url


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Source:
    """An object in S3 or a store that speaks its language. endpoint: of such a store; None: Amazon's.

    Keys come from the secrets AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; without them the object
    has to be public.
    """

    bucket: str
    key: str
    region: str = "us-east-1"
    endpoint: str | None = None

    @property
    def shown(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlSource:
    """A table of a database, or what one SELECT gives. url: as SQLAlchemy writes it, secrets as ${NAME}."""

    url: str
    table: str | None = None
    query: str | None = None

    @property
    def shown(self) -> str:
        return f"{self.url} › {self.table or ' '.join((self.query or '').split())}"


Place = FileSource | FolderSource | HttpSource | S3Source | SqlSource
KINDS: dict[str, type[Place]] = {
    "file": FileSource,
    "folder": FolderSource,
    "http": HttpSource,
    "s3": S3Source,
    "sql": SqlSource,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """name: also the name of its imports. every: minutes between refreshes while the app runs; None: by hand only.

    How its columns map is kept in the workspace by the headers, as for files. Raises SourceError where a part is wrong
    or the address holds a secret itself.
    """

    name: str
    place: Place
    every: int | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise SourceError(
                Text("“{name}” cannot be the name of a source.", "«{name}» не может быть именем источника.").format(
                    name=self.name
                ),
                fix=Text(
                    "Use up to 80 letters, digits, spaces, dots, hyphens; begin with a letter or digit.",
                    "До 80 букв, цифр, пробелов, точек и дефисов; начните с буквы или цифры.",
                ),
                code="source_name",
            )
        if self.every is not None and not 1 <= self.every <= LONGEST_EVERY:
            raise SourceError(
                Text("A source cannot be refreshed every {n} minutes.", "Обновлять каждые {n} мин нельзя.").format(
                    n=self.every
                ),
                fix=Text("From 1 to {n} minutes.", "От 1 до {n} минут.").format(n=LONGEST_EVERY),
                code="source_schedule",
            )
        _check(self.place)


def _check(place: Place) -> None:
    match place:
        case HttpSource():
            refuse_secrets(place.url)
            _check_web(place.url)
            if place.authorization and not PLACEHOLDER.search(place.authorization):
                raise secret_in_address()
        case S3Source():
            if not (place.bucket and place.key):
                raise _unknown_place(place.shown)
            if place.endpoint:
                refuse_secrets(place.endpoint)
                _check_web(place.endpoint)
        case SqlSource():
            refuse_secrets(place.url)
            if not place.url.startswith("${") and _scheme(place.url) not in DATABASES:
                raise _unknown_place(place.url)
            if (place.table is None) is (place.query is None):
                raise SourceError(
                    Text("A database needs a table or a query.", "Для базы данных нужна таблица или запрос."),
                    fix=Text("Name one of the two.", "Укажите что-то одно."),
                    code="source_place",
                )


def _check_web(url: str) -> None:
    """Only https; http on this machine alone."""
    parts = urlsplit(url)
    if url.startswith("${") or parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname)):
        return
    raise SourceError(
        Text("The address {url} is not encrypted.", "Адрес {url} не зашифрован.").format(url=url.split("?")[0]),
        fix=Text("Use https.", "Используйте https."),
        code="not_https",
    )


def is_loopback(host: str | None) -> bool:
    return host in ("localhost", "127.0.0.1", "::1")


def _scheme(url: str) -> str:
    return url.partition("://")[0].partition("+")[0].lower()


def place_of(
    text: str,
    *,
    pattern: str | None = None,
    table: str | None = None,
    query: str | None = None,
    authorization: str | None = None,
    region: str | None = None,
    endpoint: str | None = None,
) -> Place:
    """The place that a person names: a database's address, an https or s3 address, a folder, or a file.

    Raises SourceError where it is none of these.
    """
    text = text.strip()
    if not text:
        raise _unknown_place(text)
    if table or query or (_scheme(text) in DATABASES and "://" in text):
        return SqlSource(url=text, table=table or None, query=query or None)
    if text.lower().startswith(("https://", "http://")):
        return HttpSource(url=text, authorization=authorization or None)
    if text.lower().startswith("s3://"):
        bucket, _, key = text[len("s3://") :].partition("/")
        return S3Source(bucket=bucket, key=key, region=region or "us-east-1", endpoint=endpoint or None)
    if "://" in text or PLACEHOLDER.match(text):
        refuse_secrets(text)
        raise _unknown_place(text)
    path = Path(text).expanduser().resolve()
    if pattern or path.is_dir():
        return FolderSource(path=str(path), pattern=pattern or "*")
    return FileSource(path=str(path))


def _unknown_place(text: str) -> SourceError:
    return SourceError(
        Text("“{place}” is no place to import from.", "Из «{place}» нельзя импортировать.").format(
            place=text.partition("?")[0].rpartition("@")[2]
        ),
        fix=Text(
            "Give a file, a folder, an https:// or s3:// address, or a database: postgresql://, mysql://, sqlite:///, "
            "mssql:// with a table or a query.",
            "Укажите файл, папку, адрес https:// или s3:// либо базу данных: postgresql://, mysql://, sqlite:///, "
            "mssql:// с таблицей или запросом.",
        ),
        code="source_place",
    )


# --- as text ----------------------------------------------------------------------------------------------------------


def to_json(source: Source) -> str:
    """The source as it is kept in a workspace. It holds names of secrets, never secrets."""
    kind = next(k for k, one in KINDS.items() if isinstance(source.place, one))
    told = {"kind": kind, **asdict(source.place), "every": source.every}
    return json.dumps(told, ensure_ascii=False, sort_keys=True)


def from_json(name: str, text: str) -> Source:
    """The source kept as `text`. Raises SourceError where this version does not know its kind."""
    told: dict[str, Any] = json.loads(text)
    every = told.pop("every", None)
    kind = KINDS.get(told.pop("kind", ""))
    if kind is None or not set(told) <= set(kind.__dataclass_fields__):
        raise SourceError(
            Text("The source “{name}” is of an unknown kind.", "Источник «{name}» неизвестного вида.").format(
                name=name
            ),
            fix=Text("Remove it and add it again.", "Удалите его и добавьте снова."),
            code="source_unknown",
        )
    return Source(name=name, place=kind(**told), every=every)
