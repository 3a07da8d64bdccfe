"""What the load would do, record by record, before it is done; and which past figures it changed, after it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from revops.analysis.values import show as shown
from revops.errors import RevOpsError
from revops.formats import DASH
from revops.importing import Forecast, dry_run, stage_all
from revops.importing.restated import Restated
from revops.importing.told import REHEARSING
from revops.model import ENTITY
from revops.text import Text
from revops.ui import uploads, working
from revops.ui.markdown import plain
from revops.ui.state import Session
from revops.ui.uploads import Desk

AT_ONCE = 20_000  # rows on the desk up to which nobody needs to ask: the rehearsal takes as long as the load
COUNTS = {
    "insert": Text("New", "Новых"),
    "update": Text("Change", "Изменится"),
    "unchanged": Text("Stay the same", "Без изменений"),
    "reject": Text("Rejected rows", "Отклонится строк"),
    "remove": Text("Go", "Уйдёт"),
}
COUNTING = Text("Counting what the load will do", "Считаем, что сделает загрузка")
NOTHING_WRITTEN = Text("Nothing is written.", "Ничего не записывается.")
MOST_MONTHS = 6  # of one metric that are shown


def show(session: Session, on: Desk) -> None:
    """One line a file and entity. Larger loads are rehearsed when asked."""
    say = session.say
    with st.container(border=True, key="forecast"):
        st.markdown("##### " + say(Text("What the load will do", "Что сделает загрузка")))
        rows = sum(one.raw.row_count for one in on.drafts.values())
        asked = rows <= AT_ONCE or "forecast" in on.about_all
        if not asked and not st.button(say(Text("Count it", "Посчитать")), icon=":material/calculate:", key="rehearse"):
            st.caption(
                say(
                    Text(
                        "Counting takes about as long as loading; nothing is written.",
                        "Подсчёт займёт примерно столько же, сколько загрузка; ничего не записывается.",
                    )
                )
            )
            return
        with working.box(session, COUNTING, NOTHING_WRITTEN) as tell:
            work = partial(_forecast, session, on)
            found = uploads.computed(on, session, "forecast", work, REHEARSING, tell if rows > AT_ONCE else None)
        if isinstance(found, RevOpsError):
            st.caption(plain(found.message[session.language]))
            return
        _table(session, found)


def _forecast(session: Session, on: Desk) -> list[Forecast] | RevOpsError:
    try:
        staged = stage_all(list(on.drafts.values()))
        on.staged.clear()  # staging anew has dropped what was staged before
        return dry_run(session.workspace, staged)
    except RevOpsError as error:
        return error


def _table(session: Session, found: list[Forecast]) -> None:
    say, number = session.say, session.formatter.number
    counts = {k: t for k, t in COUNTS.items() if k != "remove" or any(f.remove for f in found)}
    frame = pd.DataFrame(
        [
            {
                say(Text("File", "Файл")): f"{f.file} › {f.sheet}" if f.sheet else f.file,
                say(Text("Table", "Таблица")): ENTITY[f.entity].label[session.language],
                **{say(label): number(getattr(f, name)) for name, label in counts.items()},
            }
            for f in found
        ],
        dtype="str",
    )
    right = {say(label): st.column_config.TextColumn(alignment="right") for label in counts.values()}
    st.dataframe(frame, hide_index=True, key="forecast_table", column_config=right)


def changed(session: Session, figures: Sequence[Restated], key: str = "restated") -> None:
    """The headline figures of past months that the load changed; nothing where it changed none."""
    if not figures:
        return
    say, formatter = session.say, session.formatter
    kept: list[Restated] = []
    for metric in dict.fromkeys(one.metric for one in figures):
        kept += [one for one in figures if one.metric == metric][:MOST_MONTHS]

    def told(one: Restated, value: float | None) -> str:
        return DASH if value is None else shown(value, one.of.unit, formatter)

    st.markdown(f"**{say(Text('Past figures that changed', 'Изменились показатели прошлых месяцев'))}**")
    before, after = say(Text("Before", "Было")), say(Text("Now", "Стало"))
    frame = pd.DataFrame(
        [
            {
                say(Text("Metric", "Показатель")): one.of.label[session.language],
                say(Text("Month", "Месяц")): formatter.month(one.month),
                before: told(one, one.before),
                after: told(one, one.after),
            }
            for one in kept
        ],
        dtype="str",
    )
    right = st.column_config.TextColumn(alignment="right")
    st.dataframe(frame, hide_index=True, key=key, column_config={before: right, after: right})
    if len(kept) < len(figures):
        left = Text("And {n} more figures of earlier months.", "И ещё показателей более ранних месяцев: {n}.")
        st.caption(say(left, n=formatter.number(len(figures) - len(kept))))
