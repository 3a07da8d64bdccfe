"""Where do records get stuck: from lead to renewal, or through the stages of the pipeline."""

from dataclasses import replace

import streamlit as st

from revops.analysis.funnel_trend_words import BY_ENTRY
from revops.text import Text
from revops.ui import address, cells, choose, frame

GOAL = Text("How many wins, or how much", "Сколько побед или денег")
AS_NOW = Text("as won in the range", "как выиграно за период")
NEEDS = Text(
    "The funnel shows how many records reach each stage, and how long it takes. It needs leads with their dates, or "
    "deals with stage and creation date.",
    "Воронка показывает, сколько записей доходит до каждого этапа и за какое время. Нужны лиды с датами или сделки с "
    "этапом и датой создания.",
)
LOOK = {
    "reach": Text("How far they come", "Докуда доходят"),
    "moves": Text("From stage to stage", "С этапа на этап"),
    "time": Text("How long a step takes", "Сколько занимает шаг"),
    "goal": Text("What a goal takes", "Что нужно для цели"),
}

session = frame.opened("funnel", NEEDS)
if session is not None:
    address.carry(
        "look",
        "funnel",
        "pipeline",
        "split",
        "order",
        "window",
        "goal_in",
        "rates",
        "goal",
        "rate",
        "step",
        "far",
        "show",
        room="_funnel",
    )
    # one of them at a time: what is not looked at is not computed
    assert session.view is not None
    looks = {"reach": LOOK["reach"], "entry": BY_ENTRY[session.view.grain], **LOOK}
    look = choose.look(session, looks)
    with st.container(horizontal=True, key="bar_funnel", vertical_alignment="bottom"):
        if look == "moves":
            cell = choose.cell(session, "stage_matrix", {"pipeline": "pipeline"})
        elif look == "time":
            cell = choose.step_times(session)
        elif look == "goal":
            cell = choose.cell(session, "backwards", {"goal_in": "goal_in", "rates": "rates"})
            with st.container(width=250):
                goal = address.number(session.say(GOAL), "goal", placeholder=session.say(AS_NOW))
            cell = replace(cell, params={**cell.params, "goal": goal}) if goal else cell
        else:
            names = {"kind": "funnel", "pipeline": "pipeline", "order": "order"}
            if look == "entry":
                cell = choose.cell(session, "funnel_trend", {**names, "rate": "rate"})
            else:
                cell = choose.cell(session, "funnel", {**names, "by": "split"})
            window = choose.window(session, "window")
            cell = replace(cell, params={**cell.params, "window": window}) if window else cell
    cells.show(cell, look)
