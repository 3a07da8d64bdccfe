"""One KPI over time and by a dimension."""

import streamlit as st

from revops.analysis.core import Cell
from revops.text import Text
from revops.ui import address, cells, choose, frame

NEEDS = Text(
    "Trends follow one figure over time and split it by segment, owner, source or any column of yours. They need "
    "dated records: deals, subscriptions, leads or invoices.",
    "Динамика показывает один показатель во времени и в разрезе сегмента, ответственного, источника или любой вашей "
    "колонки. Нужны записи с датами: сделки, подписки, лиды или счета.",
)

DRAG = Text(
    ":material/drag_pan: Drag across the chart to look at those periods alone.",
    ":material/drag_pan: Проведите по диаграмме, чтобы смотреть только на эти периоды.",
)

session = frame.opened("trends", NEEDS)
if session is not None:
    address.carry("metric", "split", room="_trends")
    with st.container(horizontal=True, key="bar_trends", vertical_alignment="bottom"):
        metric = choose.metric(session, "metric", "win_rate")
        by = choose.dimension(session, metric, "split")
    cells.show(Cell(analysis="kpi_trend", params={"metric": metric} | ({"by": by} if by else {})), "trend")
    st.caption(session.say(DRAG))
    if by or choose.dimensions(session, metric):
        cells.show(Cell(analysis="kpi_breakdown", params={"metric": metric} | ({"by": by} if by else {})), "breakdown")
