"""How far an import is, in words: the same on the page and on the command line."""

from __future__ import annotations

from typing import Final

from revops.formats import NBSP, Formatter
from revops.ingest.watch import Progress
from revops.text import Text

ROWS: Final = Text("row|rows", "строка|строки|строк")
COMPARING: Final = Text("Comparing names", "Сверка имён")
REHEARSING: Final = Text("Rehearsing", "Пробная загрузка")
OF_ROWS: Final = Text("row|rows", "строки|строк|строк")  # "500 of 2,001 rows"
OF: Final = Text("{done} of {total}", "{done} из {total}")
_MEGABYTE: Final = 1_000_000


def how_far(now: Progress, words: Formatter) -> str:
    """ "245,956 of 600,000 rows", "68 of 208 MB"; "600,000 rows" where none is counted yet; "" where nobody knows."""
    if now.unit == "bytes":
        unit = NBSP + words.say(Text("MB", "МБ"))
        digits = 0 if now.total >= 10 * _MEGABYTE else 1
        done, total = (words.number(n / _MEGABYTE, digits) for n in (min(now.done, now.total), now.total))
        return words.say(OF, done=done, total=total + unit) if now.total else ""
    if not now.total:
        return ""
    if not now.done:
        return words.plural(now.total, ROWS)
    return words.say(OF, done=words.number(now.done), total=words.plural(now.total, OF_ROWS))
