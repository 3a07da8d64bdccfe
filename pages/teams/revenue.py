"""Revenue: what moved ARR, who pays it, and how much of it stays."""

import streamlit as st

from revops.analysis.core import Cell
from revops.text import Text
from revops.ui import address, cells, choose, frame, team

NEEDS = Text(
    "Revenue shows recurring revenue, what moved it and how much of it stays. It needs subscriptions, recurring "
    "invoices, or a sheet of customers by months.",
    "Выручка показывает повторяющийся доход, что его изменило и сколько его остаётся. Нужны подписки, регулярные счета "
    "или таблица «клиенты по месяцам».",
)
DEEP = ("arr", "net_new_mrr", "nrr", "grr", "arpa", "clv", "ltv_cac", "quick_ratio")

LOOK = {
    "stay": Text("What stays", "Что остаётся"),
    "plans": Text("Plans", "Тарифы"),
    "concentration": Text("Concentration", "Концентрация"),
    "forecast": Text("Forecast", "Прогноз"),
    "scenario": Text("What if", "Что, если"),
    "again": Text("Repeat buyers", "Повторные покупки"),
}
CELLS = {
    "stay": (
        Cell(analysis="cohorts", params={"measure": "revenue", "cohort": "quarter"}),
        Cell(analysis="clv_curve"),
    ),
    "plans": (
        Cell(analysis="plan_migration"),
        Cell(analysis="plan_migration", params={"measure": "mrr"}),
    ),
    "concentration": (Cell(analysis="concentration"), Cell(analysis="concentration", params={"show": "curve"})),
    "forecast": (Cell(analysis="forecast"),),
    "again": (Cell(analysis="repeat_buyers"),),
}
WISHES = {
    "months": "ahead", "new": "new", "expansion": "more", "contraction": "less", "churn": "lost", "target": "goal",
}  # fmt: skip
STEPS = {"new": 1000.0, "expansion": 0.1, "contraction": 0.1, "churn": 0.1, "target": 100_000.0}

session = frame.opened("revenue", NEEDS)
if session is not None:
    told = team.key_figures(session, "revenue")
    if "arr" in told:
        cells.show(Cell(analysis="arr_bridge"), "bridge")
        cells.show(Cell(analysis="arr_bridge", params={"show": "periods"}), "movements", question=False)
    team.in_depth(session, DEEP, told, "revenue")
    if "arr" in told:
        # one of them at a time: what is not looked at is not computed
        address.carry("look", *WISHES.values(), room="_revenue_look")
        look = choose.look(session, LOOK)
        asked = CELLS.get(look, ())
        if look == "scenario":
            with st.container(horizontal=True, key="bar_scenario", vertical_alignment="bottom"):
                asked = (choose.wishes(session, "scenario", WISHES, STEPS),)
        for number, cell in enumerate(asked):
            cells.show(cell, f"{look}_{number}", question=number == 0 or cell.analysis != asked[0].analysis)
    else:
        cells.show(Cell(analysis="repeat_buyers"), "again")
    team.missing(session, "revenue")
