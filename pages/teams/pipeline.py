"""Pipeline and sales: what is open, how fast it moves, who wins."""

import streamlit as st

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

session = frame.opened("pipeline", NEEDS)
if session is not None:
    told = team.key_figures(session, "sales")
    address.carry("count", "due", room="_pipeline_looks")
    with st.container(horizontal=True, key="bar_waterfall", vertical_alignment="bottom"):
        waterfall = choose.cell(session, "pipeline_waterfall", {"measure": "count", "due": "due"})
    cells.show(waterfall, "waterfall")
    team.in_depth(session, DEEP, told, "pipeline")
    team.missing(session, "sales")
