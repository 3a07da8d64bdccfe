"""Before and after a day that a person chooses, such as the one on which a programme began."""

from __future__ import annotations

import streamlit as st

from revops.analysis.choice import begins
from revops.analysis.core import Cell
from revops.metrics.calendar import DAY
from revops.text import Text
from revops.ui import address, cells
from revops.ui.state import Session

LABEL = Text("It began on", "Начало изменений")
PATTERN = {"en": "YYYY-MM-DD", "ru": "DD.MM.YYYY"}


def show(session: Session) -> None:
    """The day, and the cell. To begin with: the first day of the period."""
    assert session.engine is not None
    assert session.view is not None
    low, high = begins(session.engine) + DAY, session.view.as_of
    default = min(max(session.view.period.start, low), high)
    address.carry("since", room="_since")
    with st.container(width=220):
        day = address.day(session.say(LABEL), "since", default, low, high, PATTERN[session.language])
    cells.show(Cell(analysis="before_after", params={"since": day.isoformat()}), "before_after")
