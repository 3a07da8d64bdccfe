"""Who leaves, how much of the revenue goes with them, and why."""

import streamlit as st

from revops.analysis.core import Cell
from revops.text import Text
from revops.ui import address, cells, choose, frame

NEEDS = Text(
    "Churn shows which customers leave and how much revenue goes with them. It needs subscriptions with start and end "
    "dates, recurring invoices, or a sheet of customers by months.",
    "Отток показывает, какие клиенты уходят и сколько дохода уходит с ними. Нужны подписки с датами начала и "
    "окончания, регулярные счета или таблица «клиенты по месяцам».",
)

session = frame.opened("churn", NEEDS)
if session is not None:
    address.carry("measure", "split", room="_churn")
    cells.show(Cell(analysis="churn_trend"), "trend")
    with st.container(horizontal=True, key="bar_churn", vertical_alignment="bottom"):
        groups = choose.churn(session)
    cells.show(groups, "groups")
    if groups.params.get("by") != "reason":
        cells.show(
            Cell(analysis="churn_breakdown", params={**groups.params, "by": "reason"}), "reasons", question=False
        )
    stays = {"by": groups.params["by"]} if groups.params.get("by") not in (None, "tenure", "reason") else {}
    cells.show(Cell(analysis="survival", params=stays), "survival")
