"""Sales velocity: from what it was to what it is by its levers, and on to what it would be as asked."""

from __future__ import annotations

import pandas as pd

from revops.analysis.core import CellResult
from revops.analysis.values import records, shown_cell
from revops.analysis.velocity import LEVERS
from revops.charts.theme import Palette, Spec, Width, finished
from revops.charts.waterfall import Step, stacked_up, standing
from revops.formats import Formatter, is_missing
from revops.text import Text

HEIGHT = 340
BEFORE, NOW, ASKED = Text("Before", "Было"), Text("Now", "Сейчас"), Text("As asked", "Как задано")


def rows_of(cell: CellResult, formatter: Formatter) -> pd.DataFrame:
    """The steps of the waterfall; `lever`: what the lever was and is, in words."""
    facts, columns = cell.result.facts, {c.key: c for c in cell.result.columns}
    told = records(cell.result.frame)
    steps: list[Step] = []
    levers: dict[str, str] = {}

    def move(column: str, start: str, end: str, mark: str) -> None:
        for row in told:
            if is_missing(row[column]) or (mark and is_missing(row["asked"])):
                continue
            key = f"{mark}{row['lever']}"
            name = LEVERS[row["lever"]].label[formatter.language] + (" →" if mark else "")
            steps.append(Step(key=key, name=name, amount=float(row[column])))
            levers[key] = f"{shown_cell(columns[start], row, formatter)} → {shown_cell(columns[end], row, formatter)}"

    def total(key: str, name: Text) -> None:
        steps.append(Step(key=key, name=formatter.say(name), amount=facts[key], total=True))
        levers[key] = ""

    if facts["before"] is not None:
        total("before", BEFORE)
        move("effect", "before", "now", "")
    total("now", NOW)
    if facts["asked"] is not None:
        move("asked_effect", "now", "asked", "asked_")
        total("asked", ASKED)
    rows = stacked_up(steps, formatter)
    return rows.assign(lever=[levers[k] for k in rows["part"]])


def draw(cell: CellResult, formatter: Formatter, colours: Palette, width: Width) -> Spec:
    words = {
        "name": formatter.say(Text("Lever", "Рычаг")),
        "lever": formatter.say(Text("From, to", "Было, стало")),
        "tip": formatter.say(Text("A day", "В день")),
    }
    return finished(standing(rows_of(cell, formatter), words, colours), colours, height=HEIGHT, width=width)
