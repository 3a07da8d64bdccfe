"""What a copied address reopens: each choice is carried by one parameter, as a key that no language changes.

Streamlit binds a widget's *visible* words to the address, so a link made in English would mean nothing on a Russian
screen. Here an invisible text input carries the key (`?period=this_year`), and the widget a person sees follows it.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import streamlit as st

Option = TypeVar("Option", bound=str)
CARRIERS = "address"  # style.py hides every container whose key begins with it
PENDING = "address_pending"


def carry(*names: str, room: str = "") -> None:
    """Binds the parameters of that name. To be called on every run, after st.navigation and before `value`."""
    for name, new in st.session_state.pop(PENDING, {}).items():
        st.session_state[name] = new
    with st.container(key=f"{CARRIERS}{room}"):
        for name in names:
            st.text_input(name, key=name, bind="query-params", label_visibility="collapsed")


def value(name: str, default: str = "") -> str:
    """The parameter as it stands in the address; also readable before it is bound."""
    found = st.session_state.get(PENDING, {}).get(name, st.session_state.get(name))
    if found is None:
        found = st.query_params.get(name)
    return str(found) if found else default


def put(name: str, new: str) -> None:
    """Changes a parameter, from a callback (before the carriers of the coming run are made)."""
    st.session_state[name] = new


def put_next(name: str, new: str) -> None:
    """Changes a parameter from within a run; it holds from the next one (st.rerun, st.switch_page)."""
    st.session_state.setdefault(PENDING, {})[name] = new


def _followed(name: str, default: str) -> None:
    chosen = st.session_state[_shadow(name)]
    put(name, "" if chosen is None or chosen == default else str(chosen))


def _shadow(name: str) -> str:
    return f"shown_{name}"


def _current(name: str, options: Sequence[Option], default: Option) -> Option:
    found = value(name)
    return next((o for o in options if o == found), default)


def select(
    label: str,
    options: Sequence[Option],
    name: str,
    say: Callable[[Option], str],
    default: Option,
    help: str | None = None,
) -> Option:
    """A select box that follows the parameter; an unknown value in the address counts as the default."""
    st.session_state[_shadow(name)] = _current(name, options, default)
    chosen = st.selectbox(
        label, options, format_func=say, key=_shadow(name), on_change=_followed, args=(name, default), help=help
    )
    return default if chosen is None else chosen


def segmented(
    label: str,
    options: Sequence[Option],
    name: str,
    say: Callable[[Option], str],
    default: Option,
    *,
    hide_label: bool = False,
) -> Option:
    """A segmented control that follows the parameter; one option is always chosen."""
    st.session_state[_shadow(name)] = _current(name, options, default)
    chosen = st.segmented_control(
        label,
        options,
        format_func=say,
        key=_shadow(name),
        on_change=_followed,
        args=(name, default),
        required=True,
        label_visibility="collapsed" if hide_label else "visible",
    )
    return default if chosen is None else chosen


def number(label: str, name: str, *, placeholder: str, low: int = 1, step: int = 1) -> int | None:
    """A whole number that follows the parameter; None where nothing, or nothing that can be, is given."""
    found = value(name)
    st.session_state[_shadow(name)] = max(int(found), low) if found.isdecimal() and len(found) < 16 else None
    chosen = st.number_input(
        label,
        key=_shadow(name),
        value=None,
        min_value=low,
        step=step,
        placeholder=placeholder,
        on_change=_followed,
        args=(name, ""),
    )
    return None if chosen is None else int(chosen)


def decimal(label: str, name: str, *, placeholder: str, step: float, high: float | None = None) -> float | None:
    """A number from 0 (to `high`) that follows the parameter; None where nothing, or nothing that can be, is given."""
    try:
        found = float(value(name))
    except ValueError:
        found = math.nan
    st.session_state[_shadow(name)] = found if 0 <= found <= (high or math.inf) and math.isfinite(found) else None
    return st.number_input(
        label,
        key=_shadow(name),
        value=None,
        min_value=0.0,
        max_value=high,
        step=step,
        format="%.0f" if step >= 1 else "%.2f",
        placeholder=placeholder,
        on_change=_followed,
        args=(name, ""),
    )


def as_day(name: str, default: dt.date, low: dt.date, high: dt.date) -> dt.date:
    """The parameter as a day from `low` to `high`; the default where it is none."""
    try:
        current = dt.date.fromisoformat(value(name))
    except ValueError:
        current = default
    return min(max(current, low), high)


def day(label: str, name: str, default: dt.date, low: dt.date, high: dt.date, pattern: str) -> dt.date:
    """A date input that follows the parameter (an ISO date)."""
    st.session_state[_shadow(name)] = as_day(name, default, low, high)
    chosen = st.date_input(
        label, key=_shadow(name), min_value=low, max_value=high, format=pattern, on_change=_followed, args=(name, "")
    )
    return chosen if isinstance(chosen, dt.date) else default


# --- kept values of several dimensions in one parameter: "segment:SMB;Enterprise|owner:Ann" ---------------------------

_ESCAPED = "\\|;:"


def encode_kept(kept: Mapping[str, Sequence[str]]) -> str:
    """Dimension -> kept values, as one text that `decode_kept` reads back."""
    return "|".join(f"{_escape(k)}:{';'.join(_escape(v) for v in values)}" for k, values in kept.items() if values)


def decode_kept(text: str) -> dict[str, tuple[str, ...]]:
    """The reverse of `encode_kept`; parts that are not of its form are ignored."""
    kept: dict[str, tuple[str, ...]] = {}
    for part in _split(text, "|"):
        name, *rest = _split(part, ":")
        if len(rest) == 1 and name:
            kept[_unescape(name)] = tuple(_unescape(v) for v in _split(rest[0], ";"))
    return kept


def _escape(text: str) -> str:
    return "".join(f"\\{c}" if c in _ESCAPED else c for c in text)


def _unescape(text: str) -> str:
    out, quoted = [], False
    for c in text:
        if quoted or c != "\\":
            out.append(c)
            quoted = False
        else:
            quoted = True
    return "".join(out)


def _split(text: str, mark: str) -> list[str]:
    """Splits on unescaped marks, leaving the escapes in."""
    parts, current, quoted = [], "", False
    for c in text:
        if c == mark and not quoted:
            parts.append(current)
            current = ""
        else:
            current += c
        quoted = c == "\\" and not quoted
    return [*parts, current]
