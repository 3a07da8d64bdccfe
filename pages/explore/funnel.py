"""Where do records get stuck: from lead to renewal, or through the stages of the pipeline."""

import streamlit as st

from revops.text import Text
from revops.ui import address, cells, choose, frame

NEEDS = Text(
    "The funnel shows how many records reach each stage, and how long it takes. It needs leads with their dates, or "
    "deals with stage and creation date.",
    "Воронка показывает, сколько записей доходит до каждого этапа и за какое время. Нужны лиды с датами или сделки с "
    "этапом и датой создания.",
)

session = frame.opened("funnel", NEEDS)
if session is not None:
    address.carry("funnel", "pipeline", "split", room="_funnel")
    with st.container(horizontal=True, key="bar_funnel", vertical_alignment="bottom"):
        cell = choose.cell(session, "funnel", {"kind": "funnel", "pipeline": "pipeline", "by": "split"})
    cells.show(cell, "funnel")
