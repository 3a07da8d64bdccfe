"""Secrets are named in addresses as ${NAME} and read where they are needed; nothing here is ever stored.

A text that may repeat a secret (a driver's message) goes through `Filled.scrubbed` before anybody sees it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, quote_plus, unquote, unquote_plus

from revops.sources.errors import SourceError
from revops.text import Text

Lookup = Callable[[str], str | None]  # the name of a secret -> its value; None where there is none

PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET_NAME = re.compile(
    r"pass|pwd|secret|token|api[_-]?key|access[_-]?key|subscription-?key|signature|^sig$|^key$|credential|auth", re.I
)
_INNER_PASSWORD = re.compile(r"(?:pwd|password)\s*=\s*([^;&\s]+)", re.I)
_PARTS = re.compile(
    r"^(?P<scheme>[A-Za-z][\w+.-]*://)(?:(?P<user>[^/?#]*)@)?(?P<rest>[^?#]*)(?:\?(?P<query>[^#]*))?(?P<end>#.*)?$"
)
HIDDEN = "•••"


def from_environment(name: str) -> str | None:
    """The secret as the environment of this process has it."""
    return os.environ.get(name)


@dataclass(frozen=True, repr=False)
class Filled:
    """A text with its secrets in place. It is never printed: `repr` shows nothing of it."""

    text: str
    secrets: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Filled({HIDDEN})"

    def scrubbed(self, message: object) -> str:
        """The message on one line, with every secret and every usual spelling of it hidden."""
        said = " ".join(str(message).split())
        spellings = {
            spelled
            for secret in self.secrets
            for spelled in (secret, quote(secret, safe=""), quote(secret), quote_plus(secret), repr(secret)[1:-1])
        }
        for spelled in sorted((s for s in spellings if s), key=len, reverse=True):
            said = said.replace(spelled, HIDDEN)
        return said


def fill(template: str, lookup: Lookup) -> Filled:
    """The address with its secrets, escaped where an address asks for it. An address that is one ${NAME} as a whole
    is taken as the secret gives it. Raises SourceError where a secret is not set."""
    used: list[str] = []

    def value(name: str) -> str:
        found = lookup(name)
        if not found:
            raise _not_set(name)
        used.append(found)
        return found

    parts = _PARTS.match(template)
    if parts is None:
        text = PLACEHOLDER.sub(lambda m: value(m[1]), template)
    else:
        text = "".join(
            (
                parts["scheme"],
                _escaped(parts["user"], value) + "@" if parts["user"] is not None else "",
                PLACEHOLDER.sub(lambda m: value(m[1]), parts["rest"]),
                "?" + _escaped(parts["query"], value) if parts["query"] is not None else "",
                parts["end"] or "",
            )
        )
    return Filled(text, (*used, *_secrets_inside(text)))


def named(template: str) -> tuple[str, ...]:
    """The names of the secrets that an address asks for."""
    return tuple(dict.fromkeys(PLACEHOLDER.findall(template)))


def refuse_secrets(template: str) -> None:
    """Raises SourceError, without repeating it, where the address itself holds a password, key or token."""
    if any(PLACEHOLDER.sub("", secret) for secret in _secrets_inside(template)):
        raise secret_in_address()


def secret_in_address() -> SourceError:
    return SourceError(
        Text("The address holds a password or key itself.", "В самом адресе записан пароль или ключ."),
        fix=Text(
            "Keep it in an environment variable or in Streamlit's secrets, and write its name in the address: "
            "postgresql://reader:${CRM_PASSWORD}@host/crm (on a command line in single quotes).",
            "Храните его в переменной окружения или в секретах Streamlit, а в адресе укажите имя: "
            "postgresql://reader:${CRM_PASSWORD}@host/crm (в командной строке — в одинарных кавычках).",
        ),
        code="secret_in_address",
    )


def _escaped(template: str, value: Callable[[str], str]) -> str:
    return PLACEHOLDER.sub(lambda m: quote(value(m[1]), safe=""), template)


def _secrets_inside(address: str) -> tuple[str, ...]:
    """What an address spells out where passwords, keys and tokens stand."""
    parts = _PARTS.match(address)
    if parts is None:
        return ()
    found: list[str] = []
    user, colon, password = (parts["user"] or "").partition(":")
    if colon:
        found.append(unquote(password))
    elif user and parts["scheme"].lower() in ("http://", "https://"):
        found.append(unquote(user))  # a token in front of the host
    for name, value in parse_qsl(parts["query"] or ""):
        if _SECRET_NAME.search(name):
            found.append(value)
        found += _INNER_PASSWORD.findall(unquote_plus(value))
    return tuple(s for s in found if s)


def _not_set(name: str) -> SourceError:
    return SourceError(
        Text("The secret {name} is not set.", "Секрет {name} не задан.").format(name=name),
        fix=Text(
            "Set the environment variable {name}, or put it into .streamlit/secrets.toml.",
            "Задайте переменную окружения {name} или внесите её в .streamlit/secrets.toml.",
        ).format(name=name),
        code="secret_missing",
    )
