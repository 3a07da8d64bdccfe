"""The global filters: which period, which grain, compared with what, which rows. The address holds them all."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial

import streamlit as st

from revops.analysis.choice import CUSTOM, PERIODS, USUAL, Choice, begins, to_json, view_of
from revops.analysis.core import Compare, View
from revops.analysis.series import comparison
from revops.analysis.values import name_of, period_text
from revops.errors import RevOpsError
from revops.metrics.calendar import DAY
from revops.metrics.core import Grain, Period
from revops.metrics.dimensions import Dimension, names_of
from revops.metrics.engine import Engine
from revops.text import Text
from revops.ui import address, segments
from revops.ui.markdown import plain
from revops.ui.state import Session
from revops.ui.words import COMPARES, GRAINS

PARAMETERS = ("period", "from", "to", "grain", "compare", "vs_from", "vs_to", "where")
FIRST = (
    "segment",
    "owner",
    "source",
    "channel",
    "plan",
    "region",
    "country",
    "industry",
    "team",
    "pipeline",
    "type",
    "product",
)
MOST = 14  # dimensions offered as filters


def view(session: Session) -> View:
    """The view that the address asks for; a part it cannot have falls back to the default.

    Raises NotComputable where nothing is loaded.
    """
    engine = session.engine
    assert engine is not None
    chosen = choice(engine)
    return _view(session.key, repr(to_json(chosen)), engine, chosen)


def choice(engine: Engine) -> Choice:
    """What the address asks for, as far as it can be had."""
    preset = address.value("period")
    grain = next((g for g in Grain if g == address.value("grain")), Grain.MONTH)
    asked = Choice(period=preset if preset in PERIODS and preset != CUSTOM else USUAL, grain=grain, where=_kept(engine))
    if preset == CUSTOM:
        days = _days("from", "to", view_of(asked, engine).period)
        asked = replace(asked, period=CUSTOM, first=days[0], last=days[1]) if days[0] <= days[1] else asked
    compare = next((c for c in Compare if c == address.value("compare")), Compare.PREVIOUS)
    if compare is not Compare.CUSTOM:
        return replace(asked, compare=compare)
    before = comparison(view_of(asked, engine), engine.conventions)
    assert before is not None, "the previous period is there whatever is looked at"
    against = _days("vs_from", "vs_to", before)
    return replace(asked, compare=compare, against=against) if against[0] <= against[1] else asked


def _days(first: str, last: str, default: Period) -> tuple[dt.date, dt.date]:
    """The two days in the address; one that is not there is the default's."""
    return _day(first) or default.start, _day(last) or default.end - DAY


def _day(name: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(address.value(name))
    except ValueError:
        return None


def _kept(engine: Engine) -> dict[str, tuple[str, ...]]:
    """The kept values of dimensions that this workspace has."""
    kept: dict[str, tuple[str, ...]] = {}
    for name, values in address.decode_kept(address.value("where")).items():
        try:
            kept[engine.dimension(name).key] = values
        except RevOpsError:
            continue  # a link from another workspace: said nowhere, seen in the line of applied filters
    return kept


@st.cache_data(show_spinner=False, max_entries=256)
def _view(key: tuple[str, str], asked: str, _engine: Engine, _choice: Choice) -> View:
    return view_of(_choice, _engine)


@st.cache_data(show_spinner=False, max_entries=64)
def _begins(key: tuple[str, str], _engine: Engine) -> dt.date:
    return begins(_engine)


# --- the bar ------------------------------------------------------------------------------------------------------


def bar(session: Session) -> None:
    """The row of filters above a page, and the line that says what they are."""
    view_ = session.view
    assert view_ is not None
    with st.container(horizontal=True, key="bar_filters", vertical_alignment="bottom", gap="small"):
        _period_control(session, view_)
        with st.container(width=150):
            address.select(
                session.say(Text("Time step", "Шаг")),
                list(Grain),
                "grain",
                lambda g: session.say(GRAINS[g]),
                Grain.MONTH,
            )
        _compare_control(session, view_)
        _where_control(session, view_)
        if any(address.value(p) for p in PARAMETERS):
            st.button(
                session.say(Text("Reset filters", "Сбросить фильтры")),
                icon=":material/restart_alt:",
                type="tertiary",
                key="reset_filters",
                on_click=reset,
            )
    st.caption(applied(session, view_))


def reset() -> None:
    """Every filter to its default."""
    for name in PARAMETERS:
        address.put(name, "")


def _period_control(session: Session, view_: View) -> None:
    with st.container(width=210):
        preset = address.select(
            session.say(Text("Period", "Период")),
            list(PERIODS),
            "period",
            lambda p: session.say(PERIODS[p]),
            USUAL,
        )
    if preset == CUSTOM:
        _days_control(session, view_, ("from", Text("From", "С")), ("to", Text("To", "По")), view_.period)


def _days_control(session: Session, view_: View, first: tuple[str, Text], last: tuple[str, Text], days: Period) -> None:
    """Two days within the data, each with its name in the address and its label."""
    assert session.engine is not None
    low, high = _begins(session.key, session.engine), view_.as_of
    pattern = "DD.MM.YYYY" if session.language == "ru" else "YYYY-MM-DD"
    for (name, label), day in ((first, days.start), (last, days.end - DAY)):
        with st.container(width=150):
            address.day(session.say(label), name, day, low, high, pattern)


def _compare_control(session: Session, view_: View) -> None:
    with st.container(width=250):
        chosen = address.select(
            session.say(Text("Compare with", "Сравнить")),
            list(Compare),
            "compare",
            lambda c: session.say(COMPARES[c]),
            Compare.PREVIOUS,
        )
    if chosen is Compare.CUSTOM and view_.against is not None:
        since, until = Text("Compare from", "Сравнить с"), Text("Compare to", "Сравнить по")
        _days_control(session, view_, ("vs_from", since), ("vs_to", until), view_.against)


def offered(engine: Engine) -> list[Dimension]:
    """The dimensions that can filter, best known first."""
    usable = {d.key: d for d in engine.all_dimensions()}
    first = [usable[k] for k in FIRST if k in usable]
    return [*first, *(d for k, d in usable.items() if k not in FIRST)][:MOST]


@st.cache_data(show_spinner=False, max_entries=256)
def _values(key: tuple[str, str], dimension: str, _engine: Engine) -> list[str]:
    return _engine.values(dimension)


def _where_control(session: Session, view_: View) -> None:
    """A popover with one list a dimension; nothing of it is computed while it is closed."""
    engine = session.engine
    assert engine is not None
    label = session.say(Text("Filters", "Фильтры"))  # always the same: another label would close the popover
    popover = st.popover(label, icon=":material/tune:", on_change="rerun", key="filters_popover")
    if not popover.open:
        return
    with popover, st.container(height=420, border=False, width=320):
        segments.control(session, view_.where)
        for dimension in offered(engine):
            kept = list(view_.where.get(dimension.key, ()))
            values = _values(session.key, dimension.key, engine)
            options = [*values, *(v for v in kept if v not in values and v != ""), ""]
            key = f"kept_{dimension.key}"
            st.session_state[key] = kept
            st.multiselect(
                dimension.label[session.language],
                options,
                format_func=partial(_value_name, session, dimension),
                key=key,
                placeholder=session.say(Text("all", "все")),
                on_change=_keep_values,
                args=(dimension.key,),
            )


def _keep_values(dimension: str) -> None:
    kept = address.decode_kept(address.value("where"))
    kept[dimension] = tuple(st.session_state[f"kept_{dimension}"])
    address.put("where", address.encode_kept(kept))


def applied(session: Session, view_: View) -> str:
    """One line: the period, the comparison, the kept values, and how far the data reach."""
    formatter = session.formatter
    parts = [period_text(view_.period, formatter), session.say(GRAINS[view_.grain]).lower()]
    if view_.compare is not Compare.NONE:
        parts.append(_versus(session, view_))
    engine = session.engine
    assert engine is not None
    for key, values in view_.where.items():
        dimension = engine.dimension(key)
        shown = ", ".join(_value_name(session, dimension, v) for v in values)
        parts.append(f"{dimension.label[session.language]}: {shown}")
    parts.append(session.say(Text("data as of {d}", "данные на {d}"), d=formatter.date(view_.as_of)))
    return plain(" · ".join(parts))


def _value_name(session: Session, dimension: Dimension, value: str) -> str:
    return name_of(value, names_of(dimension), session.formatter)


def _versus(session: Session, view_: View) -> str:
    if view_.against is not None:
        text = Text("vs {p}", "к периоду {p}")
        return session.say(text, p=period_text(view_.against, session.formatter))
    if session.language == "ru":
        return session.say(COMPARES[view_.compare]).lower()
    return "vs " + ("the previous period" if view_.compare is Compare.PREVIOUS else "the same period last year")
