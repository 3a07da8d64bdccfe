"""Before and after a day that a person chooses, such as the one on which a programme began."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from revops.analysis.choice import begins
from revops.analysis.core import Cell
from revops.metrics.calendar import DAY
from revops.text import Text
from revops.ui import address, cells
from revops.ui.state import Session

NAME = "since"  # in the address
LABEL = Text("It began on", "Начало изменений")
PATTERN = {"en": "YYYY-MM-DD", "ru": "DD.MM.YYYY"}


def cell(session: Session) -> Cell:
    """What `show` is about to show, as the address has it."""
    low, high = _bounds(session)
    return _cell(address.as_day(NAME, _usual(session), low, high))


def show(session: Session) -> None:
    """The day, and the cell. To begin with: the first day of the period."""
    address.carry(NAME, room="_since")
    with st.container(width=220):
        day = address.day(session.say(LABEL), NAME, _usual(session), *_bounds(session), PATTERN[session.language])
    cells.show(_cell(day), "before_after")


def _bounds(session: Session) -> tuple[dt.date, dt.date]:
    """The days that can be chosen."""
    assert session.engine is not None
    assert session.view is not None
    return begins(session.engine) + DAY, session.view.as_of


def _usual(session: Session) -> dt.date:
    assert session.view is not None
    low, high = _bounds(session)
    return min(max(session.view.period.start, low), high)


def _cell(day: dt.date) -> Cell:
    return Cell(analysis="before_after", params={"since": day.isoformat()})
