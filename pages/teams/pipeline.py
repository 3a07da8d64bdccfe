"""Pipeline and sales: what is open, how fast it moves, who wins."""

import streamlit as st

from revops.analysis.core import Cell
from revops.text import Text
from revops.ui import address, cells, choose, frame, team

NEEDS = Text(
    "Pipeline shows open deals, how fast they move and who wins. It needs a deals export with amounts, stages and "
    "dates.",
    "Сделки показывают, что в работе, как быстро движется и кто выигрывает. Нужна выгрузка сделок с суммами, этапами и "
    "датами.",
)
DEEP = (
    "win_rate",
    "won_revenue",
    "open_pipeline",
    "pipeline_created",
    "sales_velocity",
    "sales_cycle",
    "slip_rate",
    "stage_ageing",
    "quota_attainment",
)
WHOLE_WAY = Text(
    "Beside the desk: the customer's whole way, across the teams",
    "Рядом со столом — весь путь клиента через все команды",
)
LOOK = {
    "waterfall": Text("What moved the pipeline", "Что изменило воронку"),
    "lost": Text("Where deals die", "Где умирают сделки"),
    "seller": Text("One seller's desk", "Стол продавца"),
    "levers": Text("Levers of velocity", "Рычаги скорости"),
    "figure": Text("One figure in depth", "Один показатель подробно"),
}

LEVERS = {"open": "open", "win_rate": "win", "average": "deal", "cycle": "cycle"}
STEPS = {"open": 10.0, "win_rate": 0.5, "average": 500.0}

session = frame.opened("pipeline", NEEDS)
if session is not None:
    told = team.key_figures(session, "sales")
    address.carry("look", "count", "due", "pipeline", "seller", *LEVERS.values(), room="_pipeline_looks")
    # one of them at a time: what is not looked at is not computed
    look = choose.look(session, LOOK)
    if look == "figure":
        team.in_depth(session, DEEP, told, "pipeline")
    elif look == "seller":
        # what sales operations looks at, one desk, and beside it what revenue operations does: the customer's whole way
        with st.container(horizontal=True, key="bar_looks", vertical_alignment="bottom"):
            desk = choose.seller(session)
        cells.show(desk, look)
        st.markdown(f"##### {session.say(WHOLE_WAY)}")
        cells.show(Cell(analysis="funnel", params={"kind": "lifecycle"}), "whole_way")
    else:
        with st.container(horizontal=True, key="bar_looks", vertical_alignment="bottom"):
            if look == "levers":
                cell = choose.wishes(session, "velocity", LEVERS, STEPS)
            elif look == "lost":
                cell = choose.cell(session, "lost_deals", {"pipeline": "pipeline", "measure": "count"})
            else:
                cell = choose.cell(session, "pipeline_waterfall", {"measure": "count", "due": "due"})
        cells.show(cell, look)
    team.missing(session, "sales")
