"""How are we doing: key figures, what moved ARR, and the figure that moved most."""

import streamlit as st

from revops.analysis.core import Cell
from revops.analysis.key_figures import most_moved
from revops.analysis.kpi_overview import KPIS
from revops.metrics import THE_FIVE
from revops.text import Text
from revops.ui import cards, cells, figures, frame, provenance

NEEDS = Text(
    "The overview shows your key figures and how they move. Any export helps: deals, subscriptions, leads, invoices, "
    "advertising spend, tickets.",
    "Обзор показывает ключевые показатели и их динамику. Подойдёт любая выгрузка: сделки, подписки, лиды, счета, "
    "расходы на рекламу, обращения.",
)

session = frame.opened("overview", NEEDS)
if session is not None:
    overview = Cell(analysis="kpi_overview")
    found = figures.result(session, overview)
    with st.container(key="finding_overview"):
        st.markdown(cells.plain(found.finding[session.language]))
    cells.marks(session, found)
    cards.grid(session, found, THE_FIVE, name="five")
    others = tuple(k for k in KPIS if k not in THE_FIVE)
    cards.grid(session, found, others[:5], name="next")
    untold = found.result.facts["missing"]
    if "arr" not in untold:
        cells.show(Cell(analysis="arr_bridge"), "bridge")
    elif "won_revenue" not in untold:
        cells.show(Cell(analysis="kpi_trend", params={"metric": "won_revenue"}), "booked")
    mover = most_moved(found.result)
    if mover is not None:
        cells.show(Cell(analysis="kpi_trend", params={"metric": mover}), "mover", question=False)
    cards.grid(session, found, others[5:], name="others")
    cells.foot(overview, "overview")
    cards.missing(session, found, KPIS)
    provenance.line(session)
