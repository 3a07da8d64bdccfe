"""The definitions lab: one metric under two conventions, the accounts behind the gap, the rules with their sources.

What a person chooses here is put in force for the workspace by one button, which says what changes.
"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from revops.analysis.core import Cell, CellResult
from revops.analysis.definitions_gap import OFFERED, SIDES
from revops.analysis.values import show, show_difference
from revops.errors import RevOpsError
from revops.formats import DASH
from revops.metrics import METRIC
from revops.model.definition_presets import PRESET, WORKSPACE, label_of, named, preset
from revops.model.definitions import OURS, RULES, Definitions, Rule
from revops.text import Text
from revops.ui import address, cells, empty, figures, frame, rows
from revops.ui.markdown import plain
from revops.ui.state import Session

NEEDS = Text(
    "The definitions lab shows one metric as ChartMogul, Stripe, Baremetrics, ProfitWell and this product count it, "
    "and which accounts make the gap. It needs subscriptions with dates and amounts.",
    "Лаборатория определений показывает один показатель так, как его считают ChartMogul, Stripe, Baremetrics, "
    "ProfitWell и этот продукт, и какие компании составляют разницу. Нужны подписки с датами и суммами.",
)
IN_FORCE = Text("This workspace counts by: **{d}**.", "Это рабочее пространство считает по определениям: **{d}**.")
ACCOUNTS = Text("Accounts behind the gap", "Компании, из которых складывается разница")
CLOSES = Text("The amounts sum to the gap exactly.", "Суммы дают разницу без остатка.")
WHERE_FROM = Text("Where it comes from", "Откуда цифры")
UNSTATED = Text(
    "no public statement found; as in RevOps workbench", "публичного описания не нашлось; как здесь по умолчанию"
)
PUT = Text("Count by {d} in this workspace", "Считать в этом пространстве по определениям: {d}")
CHANGES = Text(
    "From then on every page, report and command of this workspace counts so: {rules}. The data stay as loaded, and "
    "any other convention can be put in force later.",
    "После этого все страницы, отчёты и команды этого пространства считают так: {rules}. Данные не меняются, вернуть "
    "другие определения можно в любой момент.",
)
ALREADY = Text(
    "In force already. Choose other definitions under “Against” to count by them.",
    "Уже действуют. Чтобы считать иначе, выберите другие определения в поле «Против».",
)
NOT_HERE = Text("{d}, not reproduced here: {m}", "{d}, здесь не воспроизводится: {m}")
DONE = Text("This workspace now counts by {d}.", "Теперь это пространство считает по определениям: {d}.")


def page() -> None:
    session = frame.opened("definitions", NEEDS)
    if session is None or session.engine is None:
        return
    own = session.engine.conventions.definitions
    told = st.session_state.pop("definitions_done", None)
    if told is not None:
        st.success(session.say(DONE, d=told), icon=":material/check:")
    st.markdown(session.say(IN_FORCE, d=label_of(own)))
    address.carry("metric", "left", "right", room="_definitions")
    metric, left, right = _choose(session)
    _gap(session, metric, left, right)
    sides = {left: _side(left, own), right: _side(right, own)}
    _rules(session, sides, left, right)
    _put_in_force(session, own, right, sides[right])


def _side(name: str, own: Definitions) -> Definitions:
    return own if name == WORKSPACE else preset(name).definitions


def _choose(session: Session) -> tuple[str, str, str]:
    assert session.engine is not None
    usable = {m.key for m in session.engine.metrics()}
    metrics = [key for key in OFFERED if key in usable] or ["logo_churn"]
    with st.container(horizontal=True, key="bar_definitions", vertical_alignment="bottom"):
        with st.container(width=330):
            metric = address.select(
                session.say(Text("Metric", "Показатель")),
                metrics,
                "metric",
                lambda k: METRIC[k].label[session.language],
                metrics[0],
            )
        chosen = []
        for name, label, default in (
            ("left", Text("By", "По определениям"), WORKSPACE),
            ("right", Text("Against", "Против"), "chartmogul"),
        ):
            with st.container(width=220):
                chosen.append(
                    address.select(
                        session.say(label), list(SIDES), name, lambda k: _capital(session.say(SIDES[k])), default
                    )
                )
    return metric, chosen[0], chosen[1]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


@st.fragment
def _gap(session: Session, metric: str, left: str, right: str) -> None:
    with st.container(border=True, key="cell_gap"):
        cell = Cell(analysis="definitions_gap", params={"metric": metric, "left": left, "right": right})
        try:
            found = figures.result(session, cell)
        except RevOpsError as error:
            empty.problem(error, session.language)
            return
        with st.container(key="question_gap"):
            st.markdown(plain(found.analysis.question[session.language]))
        with st.container(key="finding_gap"):
            st.markdown(plain(found.finding[session.language]))
        _values(session, found)
        if found.result.facts["steps"]:
            pick = cells.chart(session, cell, found, "gap")
            if pick:
                rows.own(session, found, "gap", pick, hint=False)
            else:
                st.caption(session.say(rows.MARK_HINT))
        for note in found.result.notes:
            st.caption(f":material/info: {plain(note[session.language])}")
        if not found.result.frame.empty:
            st.markdown(f"**{session.say(ACCOUNTS)}**")
            if found.result.facts["closes"]:
                st.caption(f":material/done_all: {session.say(CLOSES)}")
            cells.table(session, found, "gap")
        if st.toggle(session.say(WHERE_FROM), key="open_gap"):
            cells.passport(session, found.passport, cells.labels_of(found))


def _values(session: Session, found: CellResult) -> None:
    """Both values beside each other, each with its formula, and the gap."""
    facts, unit = found.result.facts, METRIC[found.result.facts["metric"]].unit
    with st.container(horizontal=True, key="grid_gap"):
        for side, formula in (("left", 0), ("right", 1)):
            with st.container(width=260, gap="xsmall"):
                st.metric(_capital(session.say(facts[f"{side}_label"])), show(facts[side], unit, session.formatter))
                st.caption(plain(facts["formulas"][formula][session.language]))
        with st.container(width=200):
            gap = facts["gap"]
            st.metric(
                session.say(Text("Gap", "Разница")),
                DASH if gap is None else show_difference(gap, unit, session.formatter),
            )


# --- the rules ----------------------------------------------------------------------------------------------------


@st.fragment
def _rules(session: Session, sides: dict[str, Definitions], left: str, right: str) -> None:
    with st.container(border=True, key="cell_rules"):
        st.markdown(f"**{session.say(Text('Rules and their sources', 'Правила и их источники'))}**")
        differing = sides[left].differing(sides[right])
        everything = st.toggle(
            session.say(Text("Also the rules in which they agree", "И те правила, в которых они совпадают")),
            key="all_rules",
            value=not differing,
        )
        if not differing:
            st.caption(session.say(Text("They agree in every rule.", "Они совпадают во всех правилах.")))
        for rule in RULES if everything else differing:
            _rule(session, rule, sides, left, right)
        for name in dict.fromkeys((left, right)):
            for missing in PRESET[name].missing if name in PRESET else ():
                said = session.say(NOT_HERE, d=SIDES[name], m=missing)
                st.caption(f":material/info: {plain(said)}")


def _rule(session: Session, rule: Rule, sides: dict[str, Definitions], left: str, right: str) -> None:
    lines = [f"**{plain(rule.label[session.language])}** :gray[{plain(rule.help[session.language])}]"]
    for name in dict.fromkeys((left, right)):
        value = rule.said(getattr(sides[name], rule.key))[session.language]
        lines.append(
            f"- {_capital(session.say(SIDES[name]))}: {plain(value)}{_source(session, name, rule, sides[name])}"
        )
    st.markdown("\n".join([lines[0], "", *lines[1:]]))


def _source(session: Session, name: str, rule: Rule, side: Definitions) -> str:
    """The public page and what it says, in grey."""
    found = named(side) if name == WORKSPACE else PRESET[name]
    if found is None or found.definitions == OURS:
        return ""
    stated = found.stated.get(rule.key)
    words = session.say(UNSTATED) if stated is None else f"{stated.page}. {stated.says[session.language]}"
    return f" :gray[· {plain(words)}]"


# --- putting a convention in force --------------------------------------------------------------------------------


def _put_in_force(session: Session, own: Definitions, name: str, wanted: Definitions) -> None:
    with st.container(border=True, key="cell_in_force"):
        title = Text("Put a convention in force", "Ввести определения в действие")
        st.markdown(f"**{session.say(title)}**")
        offers = [(label_of(wanted) if name == WORKSPACE else SIDES[name], wanted)]
        if OURS not in (own, wanted):
            offers.append((SIDES["ours"], OURS))
        offers = [(label, definitions) for label, definitions in offers if definitions != own]
        if not offers:
            st.caption(f":material/check: {session.say(ALREADY)}")
        for number, (label, definitions) in enumerate(offers):
            changed = [
                f"{rule.label[session.language]}: {rule.said(getattr(definitions, rule.key))[session.language]}"
                for rule in own.differing(definitions)
            ]
            st.markdown(plain(session.say(CHANGES, rules="; ".join(changed))))
            st.button(
                session.say(PUT, d=label),
                type="primary" if number == 0 else "secondary",
                key=f"put_{number}",
                on_click=put,
                args=(session, definitions),
            )


def put(session: Session, definitions: Definitions) -> None:
    """The workspace counts by these definitions from now on."""
    assert session.workspace is not None
    session.workspace.settings = replace(session.workspace.settings, definitions=definitions)
    st.session_state["definitions_done"] = label_of(definitions)
