"""What tells those who left from those who stayed: each sign as a share of either, with its interval and a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from revops.analysis.core import Column
from revops.analysis.leaver_rows import CSAT as CSAT_FIELD
from revops.analysis.leaver_rows import LEFT, SOLVED, STAYED, has_contacts, has_tickets
from revops.analysis.stats import holm, is_signal, p_value, wilson
from revops.metrics.core import Basis, Unit
from revops.text import Text

Told = Callable[[ir.Table], ir.Value]
COLUMNS = (
    "sign", "value", "low", "high", "cases", "n", "stayed", "stayed_low", "stayed_high", "stayed_cases", "stayed_n",
    "difference", "signal", "p", "median_left", "median_stayed", "unit",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """known: of whom it can be told; shows: it holds; figure: what it rests on, whose medians are told (in `unit`).

    twice: it compares with as many days before, so it is told of those who had been customers in these too.
    """

    key: str
    label: Text
    can: Callable[[Basis], bool]
    known: Told
    shows: Told
    figure: Told | None = None
    unit: Unit = Unit.COUNT
    twice: bool = False


SIGNS: tuple[Sign, ...] = (
    Sign(
        key="ticket_open",
        label=Text("Had a ticket open on the day", "Открытое обращение в этот день"),
        can=lambda b: has_tickets(b) and b.has(SOLVED),
        known=lambda t: t.open.notnull(),
        shows=lambda t: t.open > 0,
    ),
    Sign(
        key="wrote",
        label=Text("Wrote to support", "Обращение в поддержку"),
        can=has_tickets,
        known=lambda t: t.tickets.notnull(),
        shows=lambda t: t.tickets > 0,
        figure=lambda t: t.tickets,
    ),
    Sign(
        key="wrote_more",
        label=Text("Wrote to support more than before", "Обращений больше, чем раньше"),
        can=has_tickets,
        known=lambda t: t.tickets_before.notnull(),
        shows=lambda t: t.tickets > t.tickets_before,
        twice=True,
    ),
    Sign(
        key="unhappy",
        label=Text("Gave marks below satisfied", "Оценки ниже «доволен»"),
        can=lambda b: has_tickets(b) and b.has(CSAT_FIELD),
        known=lambda t: t.csat.notnull(),
        shows=lambda t: t.csat < t.satisfied,
        figure=lambda t: t.csat,
        unit=Unit.MEAN,
    ),
    Sign(
        key="silence",
        label=Text("Had no call, meeting or email", "Ни звонка, ни встречи, ни письма"),
        can=has_contacts,
        known=lambda t: t.contacts.notnull(),
        shows=lambda t: t.contacts == 0,
        figure=lambda t: t.since_contact,
        unit=Unit.DAYS,
    ),
    Sign(
        key="fewer_contacts",
        label=Text("Had fewer contacts than before", "Контактов меньше, чем раньше"),
        can=has_contacts,
        known=lambda t: t.contacts_before > 0,
        shows=lambda t: t.contacts < t.contacts_before,
        twice=True,
    ),
)
SIGN: dict[str, Sign] = {sign.key: sign for sign in SIGNS}


def told_by(basis: Basis) -> tuple[Sign, ...]:
    """The signs that the data can tell."""
    return tuple(sign for sign in SIGNS if sign.can(basis))


def of_whom(sign: Sign, rows: ir.Table, days: int) -> ir.BooleanValue:
    """Of whom the sign is told: customers for all of the days that it looks at, where the data reach over them."""
    lived = rows.tenure >= days * (2 if sign.twice else 1)
    return (lived & sign.known(rows)).fill_null(False)


def counted(rows: ir.Table, signs: tuple[Sign, ...], days: int) -> ir.Table:
    """A row for those who left and one for those who stayed: who, customers, day (the last), short (customers for
    fewer than `days`); of each sign n_*, cases_* and median_*."""
    figures: dict[str, ir.Value] = {
        "customers": rows.count(),
        "day": rows.day.max(),
        "short": (rows.tenure < days).cast("int64").sum(),
    }
    for sign in signs:
        known = of_whom(sign, rows, days)
        figures[f"n_{sign.key}"] = known.cast("int64").sum()
        figures[f"cases_{sign.key}"] = (known & sign.shows(rows)).fill_null(False).cast("int64").sum()
        median = ibis.null("float64")
        if sign.figure is not None:
            median = sign.figure(rows).cast("float64").median(where=known)
        figures[f"median_{sign.key}"] = median
    return rows.group_by("who").agg(**figures).order_by("who")


def compared(found: Mapping[str, Mapping[str, Any]], signs: tuple[Sign, ...]) -> pd.DataFrame:
    """COLUMNS: differences beyond noise first, then the widest. value, low, high, cases, n: of those who left; stayed*:
    of the others; p: corrected by Holm for all signs looked at. Signs that nobody can be told of are left out.

    found: who -> its row of `counted`.
    """
    rows = [_row(sign, found[LEFT], found[STAYED]) for sign in signs if LEFT in found and STAYED in found]
    rows = [row for row in rows if row["n"] and row["stayed_n"]]
    raw = [p_value(r["cases"], r["n"], r["stayed_cases"], r["stayed_n"]) for r in rows]
    for row, p in zip(rows, holm(raw), strict=True):
        row |= {"p": p, "signal": is_signal(p)}
    rows.sort(key=lambda r: (r["signal"] is not True, -abs(r["difference"])))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({c: "float64" for c in COLUMNS if c not in ("sign", "signal", "unit")})


def _row(sign: Sign, left: Mapping[str, Any], stayed: Mapping[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {"sign": sign.key, "unit": sign.unit.value, "difference": None}
    for side, prefix, value in ((left, "", "value"), (stayed, "stayed_", "stayed")):
        cases, n = int(side[f"cases_{sign.key}"]), int(side[f"n_{sign.key}"])
        low, high = wilson(cases, n) or (None, None)
        out |= {
            f"{prefix}cases": cases, f"{prefix}n": n, f"{prefix}low": low, f"{prefix}high": high,
            value: cases / n if n else None,
        }  # fmt: skip
    out["median_left"] = left[f"median_{sign.key}"]
    out["median_stayed"] = stayed[f"median_{sign.key}"]
    if out["n"] and out["stayed_n"]:
        out["difference"] = out["value"] - out["stayed"]
    return out


def columns() -> tuple[Column, ...]:
    share, count = Unit.SHARE, Unit.COUNT
    return (
        Column(
            key="sign", label=Text("What came before", "Что было перед этим"), names={s.key: s.label for s in SIGNS}
        ),
        Column(key="value", label=Text("Left", "Ушли"), unit=share),
        Column(key="low", label=Text("Left, from (95 %)", "Ушли, от (95 %)"), unit=share),
        Column(key="high", label=Text("Left, to (95 %)", "Ушли, до (95 %)"), unit=share),
        Column(key="cases", label=Text("Left, cases", "Ушли, случаев"), unit=count),
        Column(key="n", label=Text("Left, out of", "Ушли, из скольких"), unit=count),
        Column(key="stayed", label=Text("Stayed", "Остались"), unit=share),
        Column(key="stayed_low", label=Text("Stayed, from (95 %)", "Остались, от (95 %)"), unit=share),
        Column(key="stayed_high", label=Text("Stayed, to (95 %)", "Остались, до (95 %)"), unit=share),
        Column(key="stayed_cases", label=Text("Stayed, cases", "Остались, случаев"), unit=count),
        Column(key="stayed_n", label=Text("Stayed, out of", "Остались, из скольких"), unit=count),
        Column(key="difference", label=Text("Difference", "Разница"), unit=share, signed=True),
        Column(
            key="signal",
            label=Text("More than noise", "Больше случайного"),
            help=Text(
                "At 95 %, corrected for looking at all of the signs (Holm).",
                "При 95 %, с поправкой на число признаков (Холм).",
            ),
        ),
        Column(key="p", label=Text("p-value", "p-значение"), hidden=True),
        Column(
            key="median_left",
            label=Text("Median, left", "Медиана, ушли"),
            unit_from="unit",
            help=Text(
                "Of what the sign rests on: tickets, marks, days since the last contact.",
                "Того, на чём основан признак: обращений, оценок, дней с последнего контакта.",
            ),
        ),
        Column(key="median_stayed", label=Text("Median, stayed", "Медиана, остались"), unit_from="unit"),
        Column(key="unit", label=Text("Unit", "Единица"), hidden=True),
    )
