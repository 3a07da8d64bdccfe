"""One family of errors. Each says what is wrong, what it means, and what to do, in both languages.

Pages and the CLI catch RevOpsError and nothing else: anything else is a bug and must be seen as one.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from revops.text import Text


class RevOpsError(Exception):
    """Something a person can mend. `code` is stable and may be tested; `str(error)` is English, one line.

    message: what is wrong and where. fix: what to do about it (may be absent).
    """

    code = "error"

    def __init__(self, message: Text, *, fix: Text | None = None, code: str | None = None) -> None:
        self.message = message
        self.fix = fix
        if code is not None:
            self.code = code
        super().__init__(self.sentence().en)

    def sentence(self) -> Text:
        """Message and fix as one text."""
        if self.fix is None:
            return self.message
        return Text(f"{self.message.en} {self.fix.en}", f"{self.message.ru} {self.fix.ru}")


class UnreadableFile(RevOpsError):
    """The upload holds no table that can be read (empty, binary, truncated, ...)."""

    code = "unreadable_file"


class MappingError(RevOpsError):
    """A mapping names an unknown entity, field or column, or lacks a required field."""

    code = "mapping"


class WorkspaceError(RevOpsError):
    """The workspace cannot be opened, or a load was refused; nothing was changed."""

    code = "workspace"


class QueryRefused(RevOpsError):
    """A user's SQL is not one read-only SELECT over the shared model, or ran over a limit."""

    code = "query_refused"


class UnknownName(RevOpsError):
    """A key (metric, cell, dimension, entity, ...) that does not exist; suggests the nearest."""

    code = "unknown_name"


class NotComputable(RevOpsError):
    """A metric or cell cannot be told from the data that is loaded. The message says why, the fix what to map."""

    code = "not_computable"


class BadParameter(RevOpsError):
    """A parameter's value is not one of its choices or of its type."""

    code = "bad_parameter"


def unknown(kind: Text, name: str, known: Iterable[str]) -> UnknownName:
    """`UnknownName` for `name`, with up to three close names out of `known`."""
    names = sorted(set(known))
    near = difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.5)
    message = Text("There is no {kind} “{name}”.", "Нет такого: {kind} «{name}».").format(kind=kind, name=name)
    shown = near or names[:12]
    more = "" if near or len(names) <= 12 else ", …"
    fix = (
        Text("Did you mean: {names}?", "Возможно, имелось в виду: {names}?")
        if near
        else Text("Known: {names}.", "Известные: {names}.")
    ).format(names=", ".join(shown) + more)
    return UnknownName(message, fix=fix)
