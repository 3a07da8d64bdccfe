"""Controls for a cell's parameters, carried by the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from revops.analysis import analysis
from revops.analysis.churn_breakdown import METRIC_OF, is_snapshot
from revops.analysis.core import Cell, Param, ParamKind
from revops.errors import RevOpsError
from revops.metrics import METRIC, METRICS
from revops.metrics.dimensions import Dimension
from revops.text import Text
from revops.ui import address, figures
from revops.ui.state import Session

WHAT = Text("What to look at", "На что смотреть")
METRIC_LABEL = Text("Metric", "Показатель")
SPLIT = Text("Split by", "В разрезе")
WHOLE = Text("no split", "без разреза")
LARGEST = Text("the largest", "самая большая")
AUTOMATIC = Text("as fits the data", "по данным")
SELLER = Text("Seller (open deals)", "Продавец (сделок в работе)")
STEP = Text("From step", "С шага")
WINDOW = Text("Conversion window", "Окно конверсии")
NO_WINDOW = Text("no limit", "без ограничения")
DAYS_BEFORE = Text("Before leaving", "До ухода")
DAYS = ("30", "60", "90", "180")
TARGET = Text("Target churn, %", "Целевой отток, %")
AS_BEFORE = Text("as before, or a quarter less", "как раньше или на четверть меньше")
WINDOWS = ("30", "60", "90", "180", "360")
AS_NOW = Text("as now", "как сейчас")
TELLING = Text("the most telling", "самый показательный")


def look(session: Session, looks: Mapping[str, Text]) -> str:
    """One of a page's looks, carried as `look`; the first to begin with. What is not looked at need not be computed."""
    return address.segmented(
        session.say(WHAT), list(looks), "look", lambda k: looks[k][session.language], next(iter(looks)), hide_label=True
    )


def metric(session: Session, name: str, default: str) -> str:
    """A metric that can be told now; the default, or the first one where that cannot."""
    assert session.engine is not None
    usable = {m.key for m in session.engine.metrics()}
    options = [m.key for m in METRICS if m.key in usable] or [default]
    start = default if default in options else options[0]
    with st.container(width=330):
        return address.select(
            session.say(METRIC_LABEL), options, name, lambda k: METRIC[k].label[session.language], start
        )


def dimensions(session: Session, metric_key: str) -> tuple[Dimension, ...]:
    """What the metric can be split by, () where it cannot be told at all."""
    assert session.engine is not None
    return session.engine.dimensions(metric_key)


def dimension(session: Session, metric_key: str, name: str, *, nothing: Text = WHOLE) -> str | None:
    """A dimension of the metric, None where none is chosen, which is called `nothing`."""
    labels = {d.key: d.label for d in dimensions(session, metric_key)}
    with st.container(width=220):
        chosen = address.select(
            session.say(SPLIT),
            ["", *labels],
            name,
            lambda k: labels[k][session.language] if k else session.say(nothing),
            "",
        )
    return chosen or None


def cell(session: Session, key: str, names: Mapping[str, str], prefer: Mapping[str, str] | None = None) -> Cell:
    """The analysis with a control for each parameter in `names` (parameter -> its name in the address).

    prefer: what an optional parameter starts with, where the data have it.
    """
    params: dict[str, Any] = {}
    for param in analysis(key).params:
        if param.key not in names:
            continue
        found = _parameter(session, param, names[param.key], params, (prefer or {}).get(param.key))
        if found is not None:
            params[param.key] = found
    return Cell(analysis=key, params=params)


def _parameter(
    session: Session, param: Param, name: str, sofar: Mapping[str, Any], preferred: str | None
) -> str | None:
    labels = _options(session, param, sofar)
    if not labels:
        return None
    default = str(param.default) if param.default is not None else ""
    if preferred in labels:
        default = preferred
    optional = not default
    split = param.kind is ParamKind.DIMENSION
    nothing = LARGEST if param.key == "pipeline" else WHOLE if split else AUTOMATIC
    options = [*([""] if optional else []), *labels]
    with st.container(width=250):
        chosen = address.select(
            session.say(SPLIT if split else param.label),
            options,
            name,
            lambda k: labels[k][session.language] if k else session.say(nothing),
            default if default in options else options[0],
        )
    return chosen or None


def _options(session: Session, param: Param, sofar: Mapping[str, Any]) -> dict[str, Text]:
    """Value -> label of what the parameter can be on these data."""
    engine = session.engine
    assert engine is not None
    if param.kind is ParamKind.DIMENSION:
        base = _metrics_of(sofar)
        found = dict(param.choices)
        for one in engine.all_dimensions() if base is None else engine.dimensions(base):
            found.setdefault(one.key, one.label)
        return found
    if param.key == "pipeline":
        pipelines = [p for p in dict.fromkeys(engine.workspace.stages()["pipeline"]) if p]
        return {p: Text(p, p) for p in pipelines} if len(pipelines) > 1 and sofar.get("kind") != "lifecycle" else {}
    return dict(param.choices)


def _metrics_of(sofar: Mapping[str, Any]) -> str | None:
    """The metric whose dimensions the parameter can take, as far as it is known."""
    return METRIC_OF.get(sofar.get("measure", "logo")) if "kind" not in sofar else None


def churn(session: Session) -> Cell:
    """Who leaves: by customers and segment to begin with; a snapshot without dates has a measure of its own."""
    assert session.engine is not None
    dated = not is_snapshot(session.engine)
    split = next((d for d in ("segment", "plan") if d in _options_of_churn(session)), "")
    prefer = {"measure": "logo", "by": split} if dated else {}
    return cell(session, "churn_breakdown", {"measure": "measure", "by": "split"}, prefer)


def leavers(session: Session) -> tuple[Cell, Cell]:
    """What came before customers left: the signs, and who they are; over how many days."""

    def said(days: str) -> str:
        return session.say(Text("{n} days", "{n} дней"), n=session.formatter.number(int(days)))

    with st.container(width=250):
        days = address.select(session.say(DAYS_BEFORE), DAYS, "days", said, "90")
    asked = {"days": int(days)}
    return (
        Cell(analysis="leavers", params={"show": "signs", **asked}),
        Cell(analysis="leavers", params={"show": "who", **asked}),
    )


def save_rate(session: Session) -> Cell:
    """What a target takes: of customers by segment to begin with, and the target that fits the data."""
    split = next((d for d in ("segment", "plan") if d in _options_of_churn(session)), "")
    found = cell(session, "save_rate", {"measure": "measure", "by": "split"}, {"by": split})
    with st.container(width=250):
        target = address.decimal(
            session.say(TARGET), "target", placeholder=session.say(AS_BEFORE), step=0.5, high=100.0
        )
    return found if target is None else replace(found, params={**found.params, "target": target})


def step_times(session: Session) -> Cell:
    """How long a step takes: the funnel, its step (the first to begin with), how far, and which picture."""
    found = cell(session, "step_times", {"kind": "funnel", "pipeline": "pipeline"})
    try:
        facts = figures.result(session, found).result.facts
    except RevOpsError:  # the cell itself says why
        return found
    starts, names = facts["starts"], facts["names"]
    with st.container(width=250):
        step = address.select(
            session.say(STEP), starts, "step", lambda k: names[k][session.language] if k in names else k, starts[0]
        )
    rest = cell(session, "step_times", {"goal": "far", "show": "show"})
    return replace(found, params={**found.params, "step": step, **rest.params})


def seller(session: Session) -> Cell:
    """Whose desk: the seller with most open deals to begin with."""
    found = Cell(analysis="seller_desk")
    try:
        owners = figures.result(session, found).result.facts["owners"]
    except RevOpsError:  # the cell itself says why
        return found
    names = list(owners)
    with st.container(width=250):
        chosen = address.select(
            session.say(SELLER),
            names,
            "seller",
            lambda k: f"{k} ({session.formatter.number(owners[k])})",
            names[0],
        )
    return Cell(analysis="seller_desk", params={"owner": chosen})


def window(session: Session, name: str) -> int | None:
    """Days within which a record must come through; None for no limit."""

    def said(days: str) -> str:
        if not days:
            return session.say(NO_WINDOW)
        return session.say(Text("{n} days", "{n} дней"), n=session.formatter.number(int(days)))

    with st.container(width=190):
        chosen = address.select(session.say(WINDOW), ["", *WINDOWS], name, said, "")
    return int(chosen) if chosen else None


def _options_of_churn(session: Session) -> set[str]:
    assert session.engine is not None
    return {d.key for d in session.engine.dimensions("logo_churn")}


def wishes(session: Session, key: str, names: Mapping[str, str], step: Mapping[str, float]) -> Cell:
    """The analysis with a number to give for each parameter in `names`: left empty, all is as it is."""
    params: dict[str, Any] = {}
    for param in analysis(key).params:
        if param.key not in names:
            continue
        with st.container(width=200):
            found = address.decimal(
                session.say(param.label),
                names[param.key],
                placeholder=session.say(AS_NOW) if param.optional else str(param.default),
                step=step.get(param.key, 1.0),
            )
        if found is not None:
            params[param.key] = found
    return Cell(analysis=key, params=params)
