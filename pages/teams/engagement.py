"""Engagement: calls, meetings and emails, whether they are answered, and how they go with winning."""

from __future__ import annotations

import streamlit as st

from revops.analysis.core import Cell
from revops.text import Text
from revops.ui import cells, choose, frame
from revops.ui.address import carry

NEEDS = Text(
    "Engagement shows how much we talk to people, whether they answer, and how that goes with winning. It needs an "
    "export of calls, meetings and emails; with the deals they belong to, their relation to winning.",
    "Активность показывает, сколько мы общаемся с людьми, отвечают ли нам и как это связано с выигрышем. Нужна "
    "выгрузка звонков, встреч и писем; если в ней есть сделки, видна и связь с выигрышем.",
)

session = frame.opened("engagement", NEEDS)
if session is not None:
    carry("by", "deals", room="_engagement")
    cells.show(Cell(analysis="engagement"), "engagement")
    with st.container(horizontal=True, key="bar_engagement", vertical_alignment="bottom"):
        wins = choose.cell(session, "engagement_wins", {"measure": "by", "which": "deals"})
    cells.show(wins, "engagement_wins")
