"""Names that match nothing known, across the files on the desk and the workspace, each with the nearest known name."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from revops.formats import DASH
from revops.importing import KeyCheck, key_checks
from revops.importing.keys import accept
from revops.importing.told import COMPARING
from revops.ingest.watch import Tell
from revops.model import ENTITY
from revops.text import Text
from revops.ui import uploads
from revops.ui.markdown import plain
from revops.ui.state import Session
from revops.ui.uploads import Desk, draft_id
from revops.ui.words import ROWS


def found(session: Session, on: Desk, progress: Tell | None = None) -> list[KeyCheck]:
    """What is known of the names; worked out anew only where the desk or the workspace changed."""
    drafts = list(on.drafts.values())
    return uploads.computed(
        on, session, "keys", lambda: key_checks(drafts, session.workspace), COMPARING, progress=progress
    )


def show(session: Session, on: Desk) -> None:
    """Nothing where everything matches, or where there is nothing to compare with."""
    checks = found(session, on)
    if not checks:
        return
    with st.container(border=True, key="keys"):
        st.markdown("##### " + session.say(Text("Names that match nothing", "Имена без соответствия")))
        for number, check in enumerate(checks):
            _check(session, on, check, number)


def _check(session: Session, on: Desk, check: KeyCheck, number: int) -> None:
    say, formatter = session.say, session.formatter
    said = Text(
        "**{column}** in {file}: {rows} (different values: {values}) name nothing in “{among}”.",
        "**{column}** в {file}: без соответствия в «{among}» — {rows} (разных значений: {values}).",
    )
    st.markdown(
        say(
            said,
            column=plain(check.column),
            file=plain(check.draft.raw.name),
            rows=formatter.plural(check.unmatched_rows, ROWS),
            values=formatter.number(check.unmatched_values),
            among=plain(check.among[session.language]),
        )
    )
    label = ENTITY[check.entity].field(check.field).label[session.language]
    if not check.proposals:
        some = ", ".join(plain(u.value) for u in check.unmatched[:5])
        st.caption(
            say(
                Text(
                    "{field}: {values}. No known name is near; the rows are loaded as they are.",
                    "{field}: {values}. Похожих имён нет; строки загрузятся как есть.",
                ),
                field=plain(label),
                values=some,
            )
        )
        return
    take, value, rows, nearest, near = (
        say(t)
        for t in (
            Text("Accept", "Принять"),
            Text("In the file", "В файле"),
            Text("Rows", "Строк"),
            Text("Known name", "Известное имя"),
            Text("Near", "Сходство"),
        )
    )
    frame = pd.DataFrame(
        {
            take: [u.sure for u in check.proposals],
            value: [u.value for u in check.proposals],
            nearest: [u.nearest or DASH for u in check.proposals],
            rows: [formatter.number(u.rows) for u in check.proposals],
            near: [round(100 * u.score) for u in check.proposals],
        }
    )
    key = f"keys_{draft_id(check.draft)}_{check.entity}_{check.field}"
    edited = st.data_editor(
        frame,
        hide_index=True,
        disabled=[value, nearest, rows, near],
        key=f"{key}_{len(check.proposals)}",
        height=min(38 * (len(frame) + 1) + 4, 320),
        column_config={
            rows: st.column_config.TextColumn(alignment="right"),
            near: st.column_config.ProgressColumn(min_value=0, max_value=100, format="%d%%"),
        },
    )
    ticked = [u for u, yes in zip(check.proposals, edited[take], strict=True) if yes]
    text = say(Text("Accept: {n}", "Принять: {n}"), n=formatter.number(len(ticked)))
    if st.button(text, icon=":material/check:", key=f"accept_{number}", disabled=not ticked):
        pairs = {u.value: u.nearest for u in ticked if u.nearest is not None}
        place = draft_id(check.draft)
        on.drafts[place] = accept(on.drafts[place], check.column, pairs)
        st.rerun()
