"""Work that takes its time: what is being done and how far it is, with a button that stops it.

Streamlit breaks off a run as soon as it draws something after a click; the work is told through the drawing, so it is
broken off with it and rolls back what it wrote. The next run begins beside it, and waits (`uploads.wait`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from revops.errors import RevOpsError
from revops.importing.told import how_far
from revops.ingest.watch import Progress, Tell
from revops.text import Text
from revops.ui.markdown import plain
from revops.ui.state import Session

STOP = Text("Cancel", "Отменить")
LEAVING = Text("Leaving this page stops it.", "Если уйти со страницы, работа остановится.")


@contextmanager
def box(session: Session, title: Text, note: Text, stop: Callable[[], None] | None = None) -> Iterator[Tell]:
    """What to tell the progress to: a bar under `title`. Gone when the block is left.

    stop: called before the run that a click on Cancel begins. None: there is no such button.
    """
    place = st.empty()
    with place.container(border=True, key="working"):
        with st.container(horizontal=True, vertical_alignment="center", key="bar_working"):
            st.markdown(f"##### {plain(session.say(title))}", width="stretch")
            if stop is not None:
                st.button(session.say(STOP), icon=":material/stop_circle:", key="stop_work", on_click=stop)
        bar = st.progress(0.0, text=" ")
        st.caption(session.say(note) + (" " + session.say(LEAVING) if stop is not None else ""))
    try:
        yield lambda now: bar.progress(now.share or 0.0, text=_line(session, now))
    except RevOpsError:
        place.empty()
        raise
    place.empty()


def _line(session: Session, now: Progress) -> str:
    """ "**Loading rows** 41% · deals.csv · 245,956 of 600,000 rows"."""
    share = "" if now.share is None else f" {session.formatter.percent(now.share, 0)}"
    parts = (f"**{session.say(now.phase)}**{share}", plain(now.file), how_far(now, session.formatter))
    return " · ".join(p for p in parts if p)
