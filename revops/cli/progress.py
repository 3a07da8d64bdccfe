"""How far an import is, on one line of the terminal, and Ctrl-C that says what became of it.

The line is drawn on stderr, only where that is a terminal, and is gone when the command has ended.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import typer

from revops.cli.app import CANCELLED, EXIT_CANCELLED
from revops.cli.output import say
from revops.formats import Formatter
from revops.importing.told import how_far
from revops.ingest.watch import Progress, Tell
from revops.text import Text

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

TOO_LATE: Final = Text(
    "The load had been saved before it was cancelled; `imports` lists it, `undo` takes it out.",
    "Загрузка сохранена до отмены: `imports` её покажет, `undo` — уберёт.",
)


@contextmanager
def cancellable(words: Formatter, saved: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Ctrl-C in the block ends the command with one sentence and exit code 130.

    saved: whether the load is in the workspace all the same. A second Ctrl-C does not break off the tidying up.
    """
    before = signal.getsignal(signal.SIGINT)

    def once(*_: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, once)
    try:
        yield
    except KeyboardInterrupt:
        say(words.say(TOO_LATE if saved() else CANCELLED))
        raise typer.Exit(EXIT_CANCELLED) from None
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def line(words: Formatter) -> Iterator[Tell]:
    """What to tell the progress to; nothing is drawn where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda now: None
        return
    with _bar(words) as bar:
        shown: dict[tuple[Text, str], TaskID] = {}  # the phase now: one line, timed from its beginning

        def tell(now: Progress) -> None:
            phase = (now.phase, now.file)
            if phase not in shown:
                for task in shown.values():
                    bar.remove_task(task)
                shown.clear()
                shown[phase] = bar.add_task(words.say(now.phase), total=None, place=_shortened(now.file), far="")
            total = None if now.share is None else 1.0
            bar.update(shown[phase], total=total, completed=now.share or 0.0, far=how_far(now, words), refresh=True)

        yield tell


def _bar(words: Formatter) -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, ProgressColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar
    from rich.text import Text as Styled

    class Percent(ProgressColumn):
        def render(self, task: Any) -> Styled:
            return Styled("" if task.total is None else words.percent(task.completed, 0).rjust(5))

    return Bar(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TextColumn("{task.fields[place]}", markup=False),
        BarColumn(bar_width=20),
        Percent(),
        TextColumn("{task.fields[far]}", markup=False),
        TimeElapsedColumn(),
        console=Console(stderr=True, highlight=False),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )


def _shortened(name: str, most: int = 28) -> str:
    return name if len(name) <= most else f"{name[: most - 11]}…{name[-10:]}"
