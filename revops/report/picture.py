"""A cell's chart as a picture: PNG for slides, SVG for print. Drawn without a browser and without a network."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

import vl_convert

from revops.analysis.core import CellResult
from revops.charts import draw
from revops.formats import Formatter

WIDTH = 900  # pixels of the plot
SCALE = 2.0  # PNG: pixels of the file for each


class Picture(StrEnum):
    PNG = "png"
    SVG = "svg"


def picture(cell: CellResult, formatter: Formatter, kind: Picture, *, dark: bool = False) -> bytes | None:
    """The chart as a file's content, its title the finding; None where the cell has no chart."""
    chart = draw(cell, formatter, dark=dark, width=WIDTH)
    if chart is None:
        return None
    spec: dict[str, Any] = chart.to_dict(validate=False)
    spec["background"] = "#10181f" if dark else "white"  # a slide behind a see-through picture may be of any colour
    spec["padding"] = 16
    text = json.dumps(spec, default=str)
    if kind is Picture.SVG:
        return str(vl_convert.vegalite_to_svg(text)).encode()
    return bytes(vl_convert.vegalite_to_png(text, scale=SCALE))
