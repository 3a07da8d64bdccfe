"""The state of a source in a few words: the same for the page and the command line."""

from __future__ import annotations

from revops.sources.records import Source
from revops.sources.trust import trusted
from revops.text import Text
from revops.workspace import Refreshed


def status(source: Source, last: Refreshed | None) -> Text:
    """The state of a source in a few words, or the sentence of what went wrong."""
    if not trusted(source):
        return Text("not agreed to on this machine", "не одобрен на этом компьютере")
    if last is None:
        return Text("never refreshed", "ещё не обновлялся")
    if last.error is not None:
        return last.error
    return Text("new data", "есть новое") if last.changed else Text("no change", "без изменений")
