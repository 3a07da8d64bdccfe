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

LOOK = {
    "leave": Text("Who leaves", "Кто уходит"),
    "stay": Text("How long they stay", "Как долго остаются"),
    "cohorts": Text("Cohorts", "Когорты"),
    "left": Text("Before they left", "Перед уходом"),
    "target": Text("What a target takes", "Что нужно для цели"),
}

session = frame.opened("churn", NEEDS)
if session is not None:
    address.carry("look", "measure", "split", "days", "target", room="_churn")
    cells.show(Cell(analysis="churn_trend"), "trend")
    # one of them at a time: what is not looked at is not computed
    look = choose.look(session, LOOK)
    if look == "cohorts":
        cells.show(Cell(analysis="cohorts", params={"cohort": "quarter"}), "cohorts")
        cells.show(
            Cell(analysis="cohorts", params={"measure": "revenue", "cohort": "quarter"}), "kept_revenue", question=False
        )
    elif look == "left":
        with st.container(horizontal=True, key="bar_churn", vertical_alignment="bottom"):
            signs, who = choose.leavers(session)
        cells.show(signs, "signs")
        cells.show(who, "who", question=False)
    elif look == "target":
        with st.container(horizontal=True, key="bar_churn", vertical_alignment="bottom"):
            target = choose.save_rate(session)
        cells.show(target, "target_churn")
    else:
        with st.container(horizontal=True, key="bar_churn", vertical_alignment="bottom"):
            groups = choose.churn(session)
        by = groups.params.get("by")
        if look == "stay":
            cells.show(
                Cell(analysis="survival", params={"by": by} if by not in (None, "tenure", "reason") else {}), "stay"
            )
        else:
            cells.show(groups, "groups")
            if by != "reason":
                reasons = Cell(analysis="churn_breakdown", params={**groups.params, "by": "reason"})
                cells.show(reasons, "reasons", question=False)
