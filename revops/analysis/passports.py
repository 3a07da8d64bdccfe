"""A figure's passport as a file that goes with the number, and the check that the number can be had again.

`document` holds everything: definition, formula, parameters, view, the statements that ran, rows used and left out,
files with their hashes, the values, the product's version. `verified` runs the same cell again and tells what differs.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

import pandas as pd

from revops import __version__
from revops.analysis.core import Cell, CellResult, Compare, View
from revops.analysis.run import run_cell
from revops.analysis.values import records
from revops.errors import BadParameter, RevOpsError
from revops.formats import is_missing
from revops.metrics.core import Grain, Period
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

FORMAT = "revops_passport"
VERSION = 1
CLOSE = 1e-9  # relative: sums of floats may be added up in another order
Document = dict[str, Any]


def document(engine: Engine, found: CellResult) -> Document:
    """The passport as JSON-ready values: texts in both languages, dates as ISO texts, shares as 0.25."""
    paper, view = found.passport, found.view
    return {
        FORMAT: VERSION,
        "product_version": __version__,
        "workspace": {"name": engine.workspace.name, "fingerprint": engine.workspace.fingerprint},
        "cell": {"analysis": found.cell.analysis, "params": _plain(dict(found.params))},
        "view": _view(view),
        "title": _plain(found.analysis.title),
        "question": _plain(found.analysis.question),
        "finding": _plain(found.finding),
        "definition": _plain(paper.definition),
        "formula": _plain(paper.formula),
        "parameters": _plain(dict(paper.parameters)),
        "conventions": _plain(asdict(engine.conventions)),
        "notes": _plain(list(paper.notes)),
        "as_of": paper.as_of.isoformat(),
        "rows_used": [{"what": _plain(what), "rows": n} for what, n in paper.rows_used],
        "rows_left_out": [{"reason": _plain(why), "rows": n} for why, n in paper.rows_left_out],
        "rows_left_out_scope": _plain(paper.scope),
        "sources": _plain([asdict(s) for s in paper.sources]),
        "columns": [{"key": c.key, "label": _plain(c.label), "unit": _plain(c.unit)} for c in found.result.columns],
        "values": _plain(records(found.result.frame)),
        "sql": list(paper.sql),
    }


def text_of(passport: Document) -> str:
    """The document as the text of its file."""
    return json.dumps(passport, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def read(text: str) -> Document:
    """The document in a file's text. Raises BadParameter where it is no passport of this product."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, dict) or found.get(FORMAT) != VERSION or not {"cell", "view", "values"} <= set(found):
        raise BadParameter(
            Text("The file is no passport of a figure.", "Этот файл — не паспорт показателя."),
            fix=Text(
                "Write one with: python -m revops cell KEY --passport FILE",
                "Получите его командой: python -m revops cell KEY --passport FILE",
            ),
            code="not_a_passport",
        )
    return found


def _view(view: View) -> dict[str, Any]:
    grain = view.period.grain
    return {
        "from": view.period.start.isoformat(),
        "until": view.period.end.isoformat(),  # exclusive
        "period_grain": grain.value if grain else None,
        "as_of": view.as_of.isoformat(),
        "grain": view.grain.value,
        "compare": view.compare.value,
        "against": [view.against.start.isoformat(), view.against.end.isoformat()] if view.against else None,
        "where": {k: list(v) for k, v in view.where.items()},
    }


def view_of(passport: Document) -> View:
    """The view that the passport's figures were of."""
    told = passport["view"]
    day = dt.date.fromisoformat
    grain = Grain(told["period_grain"]) if told["period_grain"] else None
    against = told.get("against")
    return View(
        period=Period(day(told["from"]), day(told["until"]), grain),
        as_of=day(told["as_of"]),
        grain=Grain(told["grain"]),
        compare=Compare(told["compare"]),
        where={k: tuple(v) for k, v in told["where"].items()},
        against=Period(day(against[0]), day(against[1])) if against else None,
    )


def _plain(value: Any) -> Any:
    """The value as JSON knows it; a Text as its two wordings."""
    match value:
        case Text():
            return {"en": value.en, "ru": value.ru}
        case Enum():
            return value.value
        case bool() | str() | int():
            return value
        case Mapping():
            return {str(_key(k)): _plain(v) for k, v in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(v) for v in value]
        case pd.Series() | pd.Index():
            return [_plain(v) for v in value.tolist()]
    if is_missing(value):
        return None
    match value:
        case dt.datetime():
            return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
        case dt.date():
            return value.isoformat()
        case Decimal() | float():
            return float(value)
    return _plain(value.tolist()) if hasattr(value, "tolist") else str(value)


def _key(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


# --- once more ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A value that is not what the passport says. where: the row, by its texts and dates."""

    where: str
    column: str
    was: Any
    now: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """same: every value is what the passport says. differences: those that are not; reasons: what changed since."""

    same: bool
    differences: tuple[Difference, ...]
    reasons: tuple[Text, ...]


ITS_OWN = Text(
    "The data and the definitions are as they were: the passport's own figures were changed.",
    "Данные и определения те же: изменены сами цифры в паспорте.",
)


def verified(engine: Engine, passport: Document) -> Verdict:
    """Runs the passport's cell on the workspace as it is now. A cell that can no longer be told differs."""
    cell = Cell(analysis=passport["cell"]["analysis"], params=passport["cell"]["params"])
    try:
        now = document(engine, run_cell(engine, cell, view_of(passport)))
    except RevOpsError as error:
        return Verdict(same=False, differences=(), reasons=(error.sentence(), *_reasons(passport, None, engine)))
    differences = tuple(_differences(passport["values"], now["values"]))
    if not differences:
        return Verdict(same=True, differences=(), reasons=())
    return Verdict(same=False, differences=differences, reasons=tuple(_reasons(passport, now, engine)) or (ITS_OWN,))


def _differences(was: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[Difference]:
    found = []
    if len(was) != len(now):
        found.append(Difference(where="", column="rows", was=len(was), now=len(now)))
    for number, (old, new) in enumerate(zip(was, now, strict=False), start=1):
        for column in dict.fromkeys((*old, *new)):
            if not _same(old.get(column), new.get(column)):
                found.append(
                    Difference(where=_row(number, old), column=column, was=old.get(column), now=new.get(column))
                )
    return found


def _same(was: Any, now: Any) -> bool:
    if isinstance(was, bool) or isinstance(now, bool) or was is None or now is None:
        return was is now
    if isinstance(was, int | float) and isinstance(now, int | float):
        return math.isclose(was, now, rel_tol=CLOSE, abs_tol=1e-12)
    if isinstance(was, list) and isinstance(now, list):
        return len(was) == len(now) and all(_same(a, b) for a, b in zip(was, now, strict=True))
    return bool(was == now)


def _row(number: int, row: Mapping[str, Any]) -> str:
    told = [f"{k}={v}" for k, v in row.items() if isinstance(v, str) and v and k not in ("unit",)]
    return f"{number}" + (f" ({', '.join(told[:3])})" if told else "")


def _reasons(was: Document, now: Document | None, engine: Engine) -> list[Text]:
    """What changed between the passport and now, from the files to the version."""
    found: list[Text] = []
    active = [row for row in records(engine.workspace.imports()) if bool(row["active"])]
    old = {(s["file"], s["sha256"]) for s in was["sources"]}
    new = {(row["file"], row["sha256"]) for row in active}
    if new - old:
        said = ", ".join(sorted({file for file, _ in new - old}))
        found.append(Text(f"Files loaded since: {said}.", f"С тех пор загружены файлы: {said}."))
    if old - new:
        said = ", ".join(sorted({file for file, _ in old - new}))
        found.append(Text(f"Files no longer loaded: {said}.", f"Больше не загружены файлы: {said}."))
    conventions = _plain(asdict(engine.conventions))
    changed = [k for k, v in conventions.items() if was["conventions"].get(k) != v]
    if changed:
        said = ", ".join(changed)
        found.append(Text(f"Settings changed: {said}.", f"Изменены настройки: {said}."))
    if now is not None and (was["definition"], was["formula"]) != (now["definition"], now["formula"]):
        found.append(Text("The definition changed.", "Изменилось определение."))
    if now is not None and _hash(was["sql"]) != _hash(now["sql"]):
        found.append(Text("The statements are not the same.", "Изменился SQL расчёта."))
    if was["product_version"] != __version__:
        text = Text("The product's version: {a}, now {b}.", "Версия продукта: {a}, теперь {b}.")
        found.append(text.format(a=was["product_version"], b=__version__))
    if not found and was["workspace"]["fingerprint"] != engine.workspace.fingerprint:
        found.append(
            Text(
                "The data changed: a decision on stages, channels or columns, or rows that were loaded again.",
                "Данные изменились: решения по этапам, каналам или колонкам либо повторная загрузка строк.",
            )
        )
    return found


def _hash(statements: list[str]) -> str:
    return hashlib.sha256("\n".join(statements).encode()).hexdigest()
