"""A cell's chart as a picture: PNG for slides, SVG for print. Drawn without a browser and without a network."""

from __future__ import annotations

import json
from enum import StrEnum

import vl_convert

from revops.analysis.core import CellResult
from revops.charts import spec
from revops.formats import Formatter

WIDTH = 900  # pixels of the plot
SCALE = 2.0  # PNG: pixels of the file for each


class Picture(StrEnum):
    PNG = "png"
    SVG = "svg"


def picture(cell: CellResult, formatter: Formatter, kind: Picture, *, dark: bool = False) -> bytes | None:
    """The chart as a file's content, its title the finding; None where the cell has no chart."""
    drawn = spec(cell, formatter, dark=dark, width=WIDTH)
    if drawn is None:
        return None
    paper = "#10181f" if dark else "white"  # a slide behind a see-through picture may be of any colour
    text = json.dumps({**drawn, "background": paper, "padding": 16}, default=str)
    if kind is Picture.SVG:
        return str(vl_convert.vegalite_to_svg(text)).encode()
    return bytes(vl_convert.vegalite_to_png(text, scale=SCALE))
