"""Reading an object of S3: the address of a request and its signature (AWS Signature Version 4)."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

EMPTY = hashlib.sha256(b"").hexdigest()
ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, repr=False)
class Keys:
    """An access key; session: of temporary ones."""

    access: str
    secret: str
    session: str | None = None


def object_url(bucket: str, key: str, region: str, endpoint: str | None) -> str:
    """Where the object is. A store of its own is asked by path, Amazon by the bucket's host."""
    path = quote(key, safe="/-_.~")
    if endpoint:
        return f"{endpoint.rstrip('/')}/{quote(bucket, safe='')}/{path}"
    return f"https://{bucket}.s3.{region}.amazonaws.com/{path}"


def signed(
    url: str, region: str, keys: Keys, now: dt.datetime, more: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The headers of a signed GET, `more` among them. now: UTC."""
    parts = urlsplit(url)
    stamp, day = f"{now:%Y%m%dT%H%M%SZ}", f"{now:%Y%m%d}"
    headers = {"host": parts.netloc, "x-amz-content-sha256": EMPTY, "x-amz-date": stamp}
    headers |= {name.lower(): value for name, value in (more or {}).items()}
    if keys.session:
        headers["x-amz-security-token"] = keys.session
    names = ";".join(sorted(headers))
    canonical = "\n".join(
        ("GET", parts.path, parts.query, *(f"{n}:{headers[n]}" for n in sorted(headers)), "", names, EMPTY)
    )
    scope = f"{day}/{region}/s3/aws4_request"
    told = "\n".join((ALGORITHM, stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{keys.secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.new(key, told.encode(), "sha256").hexdigest()
    headers["authorization"] = (
        f"{ALGORITHM} Credential={keys.access}/{scope},SignedHeaders={names},Signature={signature}"
    )
    return headers
