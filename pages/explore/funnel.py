"""Where do records get stuck: from lead to renewal, or through the stages of the pipeline."""

from dataclasses import replace

import streamlit as st

from revops.text import Text
from revops.ui import address, cells, choose, frame

NEEDS = Text(
    "The funnel shows how many records reach each stage, and how long it takes. It needs leads with their dates, or "
    "deals with stage and creation date.",
    "Воронка показывает, сколько записей доходит до каждого этапа и за какое время. Нужны лиды с датами или сделки с "
    "этапом и датой создания.",
)
WHAT = Text("What to look at", "На что смотреть")
LOOK = {
    "reach": Text("How far they come", "Докуда доходят"),
    "moves": Text("From stage to stage", "С этапа на этап"),
}

session = frame.opened("funnel", NEEDS)
if session is not None:
    address.carry("look", "funnel", "pipeline", "split", "order", "window", room="_funnel")
    # one of them at a time: what is not looked at is not computed
    look = address.segmented(
        session.say(WHAT), list(LOOK), "look", lambda k: LOOK[k][session.language], "reach", hide_label=True
    )
    with st.container(horizontal=True, key="bar_funnel", vertical_alignment="bottom"):
        if look == "moves":
            cell = choose.cell(session, "stage_matrix", {"pipeline": "pipeline"})
        else:
            names = {"kind": "funnel", "pipeline": "pipeline", "by": "split", "order": "order"}
            cell = choose.cell(session, "funnel", names)
            window = choose.window(session, "window")
            cell = replace(cell, params={**cell.params, "window": window}) if window else cell
    cells.show(cell, look)
