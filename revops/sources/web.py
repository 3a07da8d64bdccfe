"""A file behind an https or s3 address, streamed to disk within limits of size and time."""

from __future__ import annotations

import datetime as dt
import http.client
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from revops.sources import s3
from revops.sources.errors import SourceError
from revops.sources.records import HttpSource, S3Source, is_loopback
from revops.sources.secrets import Filled, Lookup, fill
from revops.text import Text

MOST_BYTES = 4 << 30
SECONDS = 60.0  # without a byte
CHUNK = 1 << 20


def download(place: HttpSource, target: Path, lookup: Lookup, *, most: int = MOST_BYTES) -> None:
    """Writes what the address answers to `target`. Raises SourceError, without secrets."""
    url = fill(place.url, lookup)
    headers: dict[str, str] = {}
    secrets = url.secrets
    if place.authorization:
        told = fill(place.authorization, lookup)
        headers["Authorization"], secrets = told.text, (*secrets, *told.secrets)
    _get(Filled(url.text, secrets), headers, target, place.shown, most)


def download_object(place: S3Source, target: Path, lookup: Lookup, *, most: int = MOST_BYTES) -> None:
    """Writes the object to `target`, signed where there are keys. Raises SourceError, without secrets."""
    endpoint = fill(place.endpoint, lookup) if place.endpoint else None
    url = s3.object_url(place.bucket, place.key, place.region, endpoint.text if endpoint else None)
    access, secret, session = (lookup(n) for n in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"))
    headers: dict[str, str] = {}
    if access and secret:
        headers = s3.signed(url, place.region, s3.Keys(access, secret, session), dt.datetime.now(dt.UTC))
        headers.pop("host")
    hidden = tuple(s for s in (secret, session, *(endpoint.secrets if endpoint else ())) if s)
    _get(Filled(url, hidden), headers, target, place.shown, most)


class _SameProtection(urllib.request.HTTPRedirectHandler):
    """Follows redirects to https only; plain http stays on this machine."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).scheme != "https" and not (_is_plain(newurl) and _is_plain(req.full_url)):
            raise urllib.error.HTTPError(
                req.full_url, code, "it leads to an address that is not encrypted", headers, fp
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _is_plain(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "http" and is_loopback(parts.hostname)


def _get(url: Filled, headers: Mapping[str, str], target: Path, shown: str, most: int) -> None:
    parts = urlsplit(url.text)
    if parts.scheme != "https" and not _is_plain(url.text):
        raise _failed(shown, Text("it is not an https address", "это не адрес https"))
    handlers: list[urllib.request.BaseHandler] = [_SameProtection()]
    if is_loopback(parts.hostname):
        handlers.append(urllib.request.ProxyHandler({}))
    try:
        request = urllib.request.Request(url.text, headers={"User-Agent": "revops-workbench"})
        for name, value in headers.items():
            request.add_unredirected_header(name, value)  # another host must not see it
        with urllib.request.build_opener(*handlers).open(request, timeout=SECONDS) as answer, target.open("wb") as file:
            _copy(answer, file, shown, most)
    except urllib.error.HTTPError as error:
        raise _refused(shown, error.code, url.scrubbed(error.reason)) from None
    except urllib.error.URLError as error:
        raise _unreachable(shown, url.scrubbed(error.reason)) from None
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: an address that is none
        raise _unreachable(shown, url.scrubbed(error)) from None


def _copy(answer: Any, file: IO[bytes], shown: str, most: int) -> None:
    expected = answer.headers.get("Content-Length")
    got = 0
    while chunk := answer.read(CHUNK):
        got += len(chunk)
        if got > most:
            raise _failed(
                shown,
                Text("it is larger than {n} MB", "ответ больше {n} МБ").format(n=f"{most / (1 << 20):.0f}"),
                Text("Ask for a part of it, or load it as a file.", "Запросите часть или загрузите как файл."),
            )
        file.write(chunk)
    if expected is not None and expected.isdigit() and got < int(expected):
        raise _failed(shown, Text("the answer was cut off", "ответ оборвался"))


def _refused(shown: str, code: int, reason: str) -> SourceError:
    if code in (401, 403):
        fix = Text("Check the token or key, and its rights.", "Проверьте токен или ключ и его права.")
        return _failed(shown, Text("access is refused ({code})", "доступ запрещён ({code})").format(code=code), fix)
    if code == 404:
        return _failed(shown, Text("there is nothing at it (404)", "по адресу ничего нет (404)"))
    why = Text("the server answers {code} {reason}", "сервер отвечает {code} {reason}").format(code=code, reason=reason)
    return _failed(shown, why)


def _unreachable(shown: str, reason: str) -> SourceError:
    fix = Text("Check the address and the network.", "Проверьте адрес и сеть.")
    return _failed(shown, Text("it cannot be reached: {why}", "он недоступен: {why}").format(why=reason), fix)


def _failed(shown: str, why: Text, fix: Text | None = None) -> SourceError:
    return SourceError(
        Text("{place} could not be read: {why}.", "Не удалось прочитать {place}: {why}.").format(place=shown, why=why),
        fix=fix or Text("Check the address.", "Проверьте адрес."),
        code="source_unreachable",
    )
