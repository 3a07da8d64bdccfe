"""What the loaded data call a stage and a source, and what each means: proposed by name, decided by a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from revops.errors import RevOpsError
from revops.model import CHANNEL, STAGE_MEANING, Vocabulary
from revops.text import Text
from revops.ui import empty
from revops.ui.state import Session
from revops.workspace import Workspace

DEALS = "SELECT coalesce(pipeline, ''), stage, count(*) FROM main.opportunities WHERE stage IS NOT NULL GROUP BY ALL"
NAMED = (("accounts", "source"), ("leads", "source"), ("opportunities", "source"), ("spend", "channel"))


def show(session: Session) -> None:
    """Nothing where no stage and no source is loaded."""
    if session.workspace is None:
        return
    stages, channels = session.workspace.stages(), session.workspace.channels()
    if stages.empty and channels.empty:
        return
    label = session.say(Text("Stages and channels", "Этапы и каналы"))
    with st.expander(label, icon=":material/signpost:", key="decisions"):
        if not stages.empty:
            _stages(session, session.workspace, stages)
        if not channels.empty:
            _channels(session, session.workspace, channels)


def _stages(session: Session, workspace: Workspace, stages: pd.DataFrame) -> None:
    counts = {(p, s): n for p, s, n in _rows(workspace, DEALS)}
    stages["deals"] = [
        session.formatter.number(counts.get((p, s), 0))
        for p, s in zip(stages["pipeline"], stages["stage"], strict=True)
    ]
    shown = stages[["pipeline", "stage", "deals", "position", "meaning"]]
    if (stages["pipeline"] == "").all():
        shown = shown.drop(columns="pipeline")
    edited = _editor(
        session,
        shown,
        {
            "pipeline": Text("Pipeline", "Воронка"),
            "stage": Text("Stage", "Этап"),
            "deals": Text("Deals", "Сделок"),
            "position": Text("Order", "Порядок"),
            "meaning": Text("Means", "Означает"),
        },
        STAGE_MEANING,
        "meaning",
        free=("position", "meaning"),
    )
    changed = (edited["meaning"] != stages["meaning"]) | (edited["position"] != stages["position"])
    decided = stages.assign(meaning=edited["meaning"], position=edited["position"])[changed]
    text = Text("Save the meaning of stages", "Сохранить смысл этапов")
    _save(session, text, "save_stages", decided, lambda: workspace.set_stages(decided))


def _channels(session: Session, workspace: Workspace, channels: pd.DataFrame) -> None:
    parts = " UNION ALL ".join(f"SELECT {f} AS v FROM main.{e} WHERE {f} IS NOT NULL" for e, f in NAMED)
    counts: dict[object, object] = dict(_rows(workspace, f"SELECT v, count(*) FROM ({parts}) GROUP BY v"))
    channels.insert(1, "rows", [session.formatter.number(counts.get(v, 0)) for v in channels["value"]])
    edited = _editor(
        session,
        channels,
        {
            "value": Text("Source in the data", "Источник в данных"),
            "rows": Text("Records", "Записей"),
            "channel": Text("Channel", "Канал"),
        },
        CHANNEL,
        "channel",
        free=("channel",),
    )
    decided = channels.assign(channel=edited["channel"])[edited["channel"] != channels["channel"]]
    text = Text("Save the channels", "Сохранить каналы")
    _save(session, text, "save_channels", decided, lambda: workspace.set_channels(decided[["value", "channel"]]))


def _rows(workspace: Workspace, sql: str) -> list[Any]:
    cursor = workspace.cursor()
    try:
        return cursor.execute(sql).fetchall()
    finally:
        cursor.close()


def _editor(
    session: Session,
    frame: pd.DataFrame,
    labels: dict[str, Text],
    known: Vocabulary,
    column: str,
    free: tuple[str, ...],
) -> pd.DataFrame:
    terms = {t.key: t.label[session.language] for t in known.terms}
    config: dict[str, Any] = {c: session.say(labels[c]) for c in frame.columns}
    config[column] = st.column_config.SelectboxColumn(
        session.say(labels[column]), options=list(terms), format_func=lambda k: terms.get(str(k), str(k)), required=True
    )
    if "position" in frame:
        config["position"] = st.column_config.NumberColumn(session.say(labels["position"]), min_value=1, step=1)
    for right in ("deals", "rows"):
        if right in frame:
            config[right] = st.column_config.TextColumn(session.say(labels[right]), alignment="right")
    return st.data_editor(
        frame,
        hide_index=True,
        disabled=[c for c in frame.columns if c not in free],
        key=f"decide_{column}_{session.fingerprint}",
        height=min(38 * (len(frame) + 1) + 4, 420),
        column_config=config,
    )


def _save(session: Session, label: Text, key: str, decided: pd.DataFrame, write: Callable[[], None]) -> None:
    if not st.button(session.say(label), icon=":material/save:", key=key, disabled=decided.empty):
        return
    try:
        write()
    except RevOpsError as error:
        empty.problem(error, session.language)
        return
    st.rerun()
