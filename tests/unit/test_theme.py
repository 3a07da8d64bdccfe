"""The settings in .streamlit/config.toml keep what they promise: privacy, contrast, colours that stay apart."""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.config import _config_options_template as known_options

CONFIG: dict[str, Any] = tomllib.loads(
    (Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8")
)
MODES = ("light", "dark")

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
SIGHT = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_LMS = np.array(
    [[0.41222147, 0.53633254, 0.05144599], [0.2119035, 0.68069955, 0.10739696], [0.08830246, 0.28171884, 0.6299787]]
)
TO_OKLAB = np.array(
    [[0.21045426, 0.79361779, -0.00407205], [1.9779985, -2.42859221, 0.45059371], [0.02590404, 0.78277177, -0.80867577]]
)


def linear(colour: str) -> np.ndarray:
    """ "#rrggbb" as linear RGB, 0 to 1."""
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2, from 1 to 21."""
    low, high = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def distance(one: str, other: str, sight: str) -> float:
    """How far apart two colours look, in OKLab times 100."""
    seen = [np.clip(SIGHT[sight] @ linear(colour), 0, 1) for colour in (one, other)]
    a, b = (TO_OKLAB @ np.cbrt(TO_LMS @ rgb) for rgb in seen)
    return float(np.linalg.norm(a - b)) * 100


def test_no_usage_statistics_leave_the_machine() -> None:
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["client"]["showErrorLinks"] is False
    assert CONFIG["server"]["address"] == "127.0.0.1"


def test_every_setting_is_one_that_streamlit_knows() -> None:
    def names(table: dict[str, Any], prefix: str) -> list[str]:
        return [
            name
            for key, value in table.items()
            for name in (names(value, f"{prefix}{key}.") if isinstance(value, dict) else [f"{prefix}{key}"])
        ]

    assert [name for name in names(CONFIG, "") if name not in known_options] == []


@pytest.mark.parametrize("mode", MODES)
def test_text_can_be_read(mode: str) -> None:
    theme = CONFIG["theme"][mode]
    for ground in ("backgroundColor", "secondaryBackgroundColor"):
        assert contrast(theme["textColor"], theme[ground]) >= 12
        assert contrast(theme["dataframeHeaderTextColor"], theme[ground]) >= 7
        assert contrast(theme["linkColor"], theme[ground]) >= 4.5
    assert contrast(theme["primaryColor"], theme["backgroundColor"]) >= 4.5
    assert contrast(theme["primaryColor"], "#ffffff") >= 3.5, "a button's label is white"


@pytest.mark.parametrize("mode", MODES)
def test_marks_stand_out_from_the_ground(mode: str) -> None:
    theme = CONFIG["theme"][mode]
    for colour in theme["chartCategoricalColors"]:
        assert contrast(colour, theme["backgroundColor"]) >= 3, colour


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("mode", MODES)
def test_series_stay_apart_in_every_sight(mode: str, sight: str) -> None:
    for one, other in itertools.combinations(CONFIG["theme"][mode]["chartCategoricalColors"], 2):
        assert distance(one, other, sight) >= 9, (one, other)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("mode", MODES)
def test_good_and_bad_stay_apart_in_every_sight(mode: str, sight: str) -> None:
    theme = CONFIG["theme"][mode]
    assert distance(theme["greenColor"], theme["redColor"], sight) >= 9


@pytest.mark.parametrize("mode", MODES)
def test_a_sequence_moves_one_way_from_the_ground_to_the_ink(mode: str) -> None:
    theme = CONFIG["theme"][mode]
    steps = [contrast(colour, theme["backgroundColor"]) for colour in theme["chartSequentialColors"]]
    assert len(steps) == 10
    assert steps == sorted(steps)


@pytest.mark.parametrize("mode", MODES)
def test_a_divergence_is_faint_in_the_middle_and_strong_at_both_ends(mode: str) -> None:
    theme = CONFIG["theme"][mode]
    steps = [contrast(colour, theme["backgroundColor"]) for colour in theme["chartDivergingColors"]]
    assert len(steps) == 10
    assert steps[:5] == sorted(steps[:5], reverse=True)
    assert steps[5:] == sorted(steps[5:])
