"""Why a figure changed between two periods: by the dimension that tells most, or by one of choice."""

import streamlit as st

from revops.analysis.core import Cell
from revops.text import Text
from revops.ui import address, cells, choose, frame

NEEDS = Text(
    "The change of a figure between two periods is split over segments, owners, channels or any column of yours. It "
    "needs dated records and a column to split them by.",
    "Изменение показателя между двумя периодами раскладывается по сегментам, ответственным, каналам или любой вашей "
    "колонке. Нужны записи с датами и колонка для разреза.",
)

session = frame.opened("drivers", NEEDS)
if session is not None:
    address.carry("metric", "split", room="_drivers")
    with st.container(horizontal=True, key="bar_drivers", vertical_alignment="bottom"):
        metric = choose.metric(session, "metric", "win_rate")
        by = choose.dimension(session, metric, "split", nothing=choose.TELLING)
    cells.show(Cell(analysis="drivers", params={"metric": metric} | ({"by": by} if by else {})), "drivers")
    cells.show(Cell(analysis="driver_search", params={"metric": metric}), "driver_search")
