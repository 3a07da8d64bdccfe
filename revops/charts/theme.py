"""The colours and quiet lines all charts share, for light and dark. The same values as .streamlit/config.toml.

Good and bad are blue-green and vermilion, and never told by
colour alone: a sign or a position says the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from revops.charts import vega as alt

FONT = "Source Sans, sans-serif"  # what the page writes in; elsewhere any sans-serif
Width = int | Literal["container"]


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
) -> alt.LayerChart:
    """The chart with the shared look: transparent, no frame, thin grid, quiet axes, legend on top."""
    said = {"title": title} if title else {}
    return alt.LayerChart(layers, height=height, width=width, background="transparent", config=_look(colours), **said)


def _look(colours: Palette) -> dict[str, Any]:
    return {
        "view": {"strokeWidth": 0, "continuousWidth": 300, "continuousHeight": 300},
        "axis": {
            "domain": False,
            "ticks": False,
            "gridColor": colours.grid,
            "gridWidth": 0.6,
            "labelColor": colours.muted,
            "titleColor": colours.muted,
            "labelFontSize": 13,
            "titleFontSize": 13,
            "titleFontWeight": "normal",
            "labelFlush": False,
            "labelPadding": 8,
            "labelLimit": 240,
        },
        "legend": {
            "orient": "top",
            "title": None,
            "labelColor": colours.ink,
            "labelFontSize": 13,
            "symbolSize": 120,
            "labelLimit": 220,
        },
        "text": {"color": colours.ink, "fontSize": 13, "font": FONT},
        "title": {"color": colours.muted, "font": FONT, "fontSize": 13, "fontWeight": "normal", "anchor": "start"},
    }
