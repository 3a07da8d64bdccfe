"""Every metric as a card: what it means, how it is computed, and what to map where it cannot be told yet."""

from __future__ import annotations

import streamlit as st

from revops.analysis.core import Cell
from revops.analysis.values import show
from revops.errors import RevOpsError
from revops.formats import DASH
from revops.metrics import METRIC, METRICS
from revops.metrics.core import Metric
from revops.model import ENTITY
from revops.text import Text
from revops.ui import address, cells, empty, figures, pages, state
from revops.ui.markdown import plain
from revops.ui.pages import PAGE
from revops.ui.state import Session
from revops.ui.words import DEPARTMENTS, GO_IMPORT

SEARCH = Text("Search metrics", "Поиск показателей")


def page() -> None:
    session = state.current()
    st.title(PAGE["metrics"].title[session.language], anchor=False)
    computable = {m.key for m in session.engine.metrics()} if session.engine else set()
    st.caption(
        session.say(
            Text(
                "{n} metrics, {c} computable from what is loaded.",
                "Показателей: {n}, по загруженным данным считаются {c}.",
            ),
            n=len(METRICS),
            c=len(computable),
        )
    )
    if session.engine is None:
        with st.container(horizontal=True):
            if st.button(session.say(GO_IMPORT), type="primary", icon=":material/upload_file:", key="empty_import"):
                pages.go("import")
            empty.demo_button(session, "empty_demo")
    address.carry("metric_search", "department", room="_metrics")
    with st.container(horizontal=True, vertical_alignment="bottom", key="bar_metrics"):
        asked = _search(session)
        department = address.segmented(
            session.say(Text("Department", "Отдел")),
            ["", *DEPARTMENTS],
            "department",
            lambda d: session.say(DEPARTMENTS[d]) if d else session.say(Text("All", "Все")),
            "",
            hide_label=True,
        )
    found = [m for m in METRICS if (not department or m.department == department) and matches(m, asked)]
    if not found:
        st.info(session.say(Text("No metric matches.", "Ничего не найдено.")), icon=":material/search_off:")
    for metric in found:
        known = session.engine.metric(metric.key) if session.engine else metric  # in the words of what is in force
        _metric(session, known, metric.key in computable)


def _search(session: Session) -> str:
    """A text box that follows the address."""
    st.session_state["shown_metric_search"] = address.value("metric_search")
    return st.text_input(
        session.say(SEARCH),
        key="shown_metric_search",
        placeholder=session.say(Text("name or word of the definition", "название или слово из определения")),
        label_visibility="collapsed",
        icon=":material/search:",
        width=360,
        on_change=lambda: address.put("metric_search", st.session_state["shown_metric_search"]),
    )


def matches(metric: Metric, asked: str) -> bool:
    """Every word asked for is in the metric's name, definition or aliases, in either language."""
    said = " ".join(
        (metric.key, metric.label.en, metric.label.ru, metric.definition.en, metric.definition.ru, *metric.aliases)
    ).lower()
    return all(word in said for word in asked.lower().split())


@st.fragment
def _metric(session: Session, metric: Metric, computable: bool) -> None:
    language, say = session.language, session.say
    with st.container(border=True, key=f"metric_{metric.key}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(metric.label[language])}**", width="stretch")
            if computable:
                st.badge(say(Text("computable", "считается")), icon=":material/check:", color="green")
            else:
                st.badge(say(Text("needs data", "нужны данные")), icon=":material/pending:", color="gray")
        st.markdown(plain(metric.definition[language]))
        st.caption(f"{say(Text('Formula', 'Формула'))}: {plain(metric.formula[language])}")
        st.caption(f"{say(Text('Needs', 'Нужно'))}: {plain(needs(metric, session))}")
        if computable:
            if st.toggle(
                say(Text("Value now and where it comes from", "Значение и откуда оно")), key=f"open_{metric.key}"
            ):
                _value(session, metric)
        elif session.engine is not None:
            why = session.engine.why_not(metric.key)
            if why is not None:
                st.caption(f":material/lock_open: {plain(why[language])}")


def needs(metric: Metric, session: Session) -> str:
    """The model fields in words: "Deals (Closed on, Amount)"; alternatives are joined by "or"."""
    words = [_fields(metric.needs, session)] if metric.needs else []
    for fact in {m.fact.key: m.fact for m in metric.measures}.values():
        if fact.any:
            words.append(session.say(Text(" or ", " или ")).join(_fields(group, session) for group in fact.any))
    return "; ".join(dict.fromkeys(words)) or DASH


def _fields(names: tuple[str, ...], session: Session) -> str:
    by_entity: dict[str, list[str]] = {}
    for name in names:
        entity, _, field = name.partition(".")
        by_entity.setdefault(entity, []).append(ENTITY[entity].field(field).label[session.language])
    return ", ".join(f"{ENTITY[e].label[session.language]} ({', '.join(fields)})" for e, fields in by_entity.items())


def _value(session: Session, metric: Metric) -> None:
    try:
        found = figures.result(session, Cell(analysis="kpi_trend", params={"metric": metric.key}))
    except RevOpsError as error:
        empty.problem(error, session.language)
        return
    value = found.result.facts.get("value")
    st.metric(
        METRIC[metric.key].label[session.language],
        show(value, metric.unit, session.formatter),
        label_visibility="collapsed",
    )
    st.caption(plain(found.finding[session.language]))
    cells.passport(session, found.passport, cells.labels_of(found))
