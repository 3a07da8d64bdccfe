"""The colours and quiet lines all charts share, for light and dark. The same values as .streamlit/config.toml.

Good and bad are blue-green and vermilion, and never told by
colour alone: a sign or a position says the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import pandas as pd

FONT = "Source Sans, sans-serif"  # what the page writes in; elsewhere any sans-serif
Width = int | Literal["container"]
Spec = dict[str, Any]  # a whole Vega-Lite specification, its rows under "datasets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """series: told apart in normal sight and in the three colour-vision deficiencies, in order of use."""

    series: tuple[str, ...]
    ink: str
    muted: str
    grid: str
    good: str
    bad: str
    paper: str


LIGHT = Palette(
    series=("#117274", "#9a4d0e", "#313aad", "#a78543", "#621f66", "#4a96bc", "#163e10"),
    ink="#16232e",
    muted="#66747f",
    grid="#d9e0e5",
    good="#0b7366",
    bad="#b8430f",
    paper="#fbfcfd",
)
DARK = Palette(
    series=("#6db8b9", "#e77432", "#437ee7", "#e7b75b", "#b55d75", "#8cd7f9", "#c6f4b3"),
    ink="#e8eef2",
    muted="#9aa8b3",
    grid="#2c3a45",
    good="#5cc9b8",
    bad="#f0915a",
    paper="#10181f",
)


def palette(dark: bool) -> Palette:
    return DARK if dark else LIGHT


def finished(
    layers: Sequence[alt.Chart], colours: Palette, *, height: int, width: Width, title: str | None = None
) -> Spec:
    """The chart with the shared look: transparent, no frame, thin grid, quiet axes, legend on top.

    A frame that several layers share is written once. The layers become Vega-Lite's own objects, which name their rows
    instead of holding them: a LayerChart copies each layer several times, and whatever it holds.
    """
    frames = {id(layer.data): layer.data for layer in layers}  # held here: an identity is its own while it lives
    names = {frame: f"rows_{number}" for number, frame in enumerate(frames)}
    clicked = [param for number, layer in enumerate(layers) for param in _clicks(layer, number)]
    chart = alt.TopLevelLayerSpec(
        layer=[_layer(layer, number, names[id(layer.data)]) for number, layer in enumerate(layers)],
        params=clicked or alt.Undefined,
        height=height,
        width=width,
        background="transparent",
        title=title or alt.Undefined,
        config=_look(colours),
    )
    spec: Spec = chart.to_dict(validate=False)
    return {**spec, "datasets": {names[key]: _plain(frame) for key, frame in frames.items()}}


def _layer(chart: alt.Chart, number: int, rows: str) -> alt.UnitSpec:
    """One layer, over the rows of that name."""
    return alt.UnitSpec(
        mark=chart.mark,
        encoding=chart.encoding,
        transform=chart.transform,
        data=alt.NamedData(name=rows),
        name=_view(number) if chart.params is not alt.Undefined else alt.Undefined,
    )


def _clicks(chart: alt.Chart, number: int) -> list[alt.TopLevelSelectionParameter]:
    """What is read of clicks on the layer's marks: told of the whole chart, since a page reads no layer's."""
    params = [] if chart.params is alt.Undefined else chart.params
    return [alt.TopLevelSelectionParameter(name=p.name, select=p.select, views=[_view(number)]) for p in params]


def _view(number: int) -> str:
    return f"layer_{number}"


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as JSON can hold them: None for what is missing."""
    columns = [[None if pd.isna(v) else v for v in frame[name].tolist()] for name in frame.columns]
    return [dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def _look(colours: Palette) -> alt.Config:
    return alt.Config(
        view=alt.ViewConfig(strokeWidth=0, continuousWidth=300, continuousHeight=300),
        axis=alt.AxisConfig(
            domain=False,
            ticks=False,
            gridColor=colours.grid,
            gridWidth=0.6,
            labelColor=colours.muted,
            titleColor=colours.muted,
            labelFontSize=13,
            titleFontSize=13,
            titleFontWeight="normal",
            labelFlush=False,
            labelPadding=8,
            labelLimit=240,
        ),
        legend=alt.LegendConfig(
            orient="top", title=None, labelColor=colours.ink, labelFontSize=13, symbolSize=120, labelLimit=220
        ),
        text=alt.MarkConfig(color=colours.ink, fontSize=13, font=FONT),
        title=alt.TitleConfig(color=colours.muted, font=FONT, fontSize=13, fontWeight="normal", anchor="start"),
    )
