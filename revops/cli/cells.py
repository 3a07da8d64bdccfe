"""Analyses from the command line: which there are, and one run with its finding and its passport."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from revops.analysis import ANALYSES, analysis, passports
from revops.analysis.core import Analysis, Cell, CellResult, Compare, ParamKind, View
from revops.analysis.params import parse_param
from revops.analysis.passport_text import markdown
from revops.analysis.run import check_needs, default_view, run_cell
from revops.analysis.values import shown
from revops.cli import arguments
from revops.cli.options import (
    AsOfOption,
    FormatOption,
    FromOption,
    Lang,
    LangOption,
    ToOption,
    WhereOption,
    WorkspaceOption,
)
from revops.cli.output import Format, Shown, records, say, write_csv, write_json, write_lines, write_table
from revops.cli.session import opened
from revops.errors import NotComputable
from revops.formats import Formatter
from revops.metrics import calendar
from revops.metrics.core import Grain, Period
from revops.metrics.engine import Engine
from revops.text import Language, Text


def list_cells(
    workspace: WorkspaceOption = None, output: FormatOption = Format.TABLE, lang: LangOption = Lang.EN
) -> None:
    """List the analyses.

    The question each answers, its parameters, and whether the loaded data can answer it.
    """
    with opened(workspace) as store:
        engine = Engine(store)
        listed = [_described(engine, a) for a in ANALYSES]
    if output is Format.JSON:
        write_json(listed, lang.value)
    elif output is Format.CSV:
        keys = ("key", "title", "question", "computable")
        write_csv([{k: row[k] for k in keys} for row in listed], keys, lang.value)
    else:
        words = Formatter(lang.value)
        yes, no = words.say(Text("yes", "да")), words.say(Text("no", "нет"))
        write_table(
            [
                Shown(header=words.say(Text("Key", "Ключ")), values=[row["key"] for row in listed]),
                Shown(header=words.say(Text("Question", "Вопрос")), values=[words.say(r["question"]) for r in listed]),
                Shown(
                    header=words.say(Text("Parameters", "Параметры")),
                    values=[" ".join(p["key"] for p in row["params"]) for row in listed],
                ),
                Shown(
                    header=words.say(Text("Can be told", "Считается")),
                    values=[yes if row["computable"] else no for row in listed],
                ),
            ]
        )


def _described(engine: Engine, declared: Analysis) -> dict[str, Any]:
    why: Text | None = None
    try:
        check_needs(declared, engine)
    except NotComputable as error:
        why = error.sentence()
    return {
        "key": declared.key,
        "title": declared.title,
        "question": declared.question,
        "definition": declared.definition,
        "params": [
            {
                "key": p.key,
                "label": p.label,
                "kind": p.kind,
                "default": p.default,
                "choices": _choices(p.kind, p.choices),
            }
            for p in declared.params
        ],
        "computable": why is None,
        "why_not": why,
    }


def _choices(kind: ParamKind, choices: Any) -> Any:
    return dict(choices) if kind is ParamKind.CHOICE else None


def run_one_cell(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The analysis' key; `cells` lists them.")],
    param: Annotated[
        list[str] | None,
        typer.Option(
            "--param", "-p", metavar="NAME=VALUE", help="One of the analysis' parameters; repeat it for more."
        ),
    ] = None,
    since: FromOption = None,
    until: ToOption = None,
    grain: Annotated[Grain, typer.Option("--grain", "-g", help="The periods that trends are cut into.")] = Grain.MONTH,
    as_of: AsOfOption = None,
    where: WhereOption = None,
    compare: Annotated[Compare, typer.Option("--compare", help="What the range is compared with.")] = Compare.PREVIOUS,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="RANGE",
            help="Compare with this range: 2025-03, 2025-Q1, 2025, or first and last day as 2025-03-01..2025-04-15.",
        ),
    ] = None,
    paper: Annotated[
        Path | None,
        typer.Option(
            "--passport", metavar="FILE", help="Also write the figures' passport: .json (to verify), or .md to read."
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = Format.TABLE,
    lang: LangOption = Lang.EN,
) -> None:
    """Run one analysis.

    Without --from and --to: over the last twelve complete months of the data, as the pages do.
    """
    declared = analysis(key)
    params = dict(parse_param(declared, text) for text in param or ())
    kept = arguments.conditions(where or ())
    with opened(workspace) as store:
        engine = Engine(store)
        view = replace(default_view(engine, grain=grain, compare=compare), where=_by_key(engine, kept))
        if as_of:
            view = replace(view, as_of=arguments.one_day(as_of, "--as-of"))
        view = replace(view, period=_range(view, since, until))
        if against or compare is Compare.CUSTOM:
            view = replace(view, compare=Compare.CUSTOM, against=arguments.range_of(against or "", "--against"))
        ran = run_cell(engine, Cell(analysis=declared.key, params=params), view)
        words = Formatter(lang.value, engine.conventions.currency)
        for note in ran.passport.notes:
            say(words.say(note))
        if paper is not None:
            told = passports.document(engine, ran)
            readable = paper.suffix.lower() in (".md", ".markdown")
            paper.write_text(markdown(told, lang.value) if readable else passports.text_of(told), encoding="utf-8")
        if output is Format.JSON:
            write_json(_document(ran, lang.value), lang.value)
        elif output is Format.CSV:
            write_csv(records(ran.result.frame), [str(c) for c in ran.result.frame.columns])
        else:
            _print(ran, words)


def _by_key(engine: Engine, kept: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Conditions by the dimension's key, whatever a person calls it."""
    found: dict[str, tuple[str, ...]] = {}
    for name, values in kept.items():
        key = engine.dimension(name).key
        found[key] = found.get(key, ()) + values
    return found


def _range(view: View, since: str | None, until: str | None) -> Period:
    if not since and not until:
        return view.period
    end = arguments.last_day(until) + calendar.DAY if until else view.as_of + calendar.DAY
    start = arguments.first_day(since) if since else min(view.period.start, calendar.add_months(end, -12))
    return arguments.checked_range(start, end)


def _document(ran: CellResult, language: Language) -> dict[str, Any]:
    """The JSON of a cell. `rows` are the frame's; a rate is a share (0.25), money is in the workspace currency."""
    passport = ran.passport
    return {
        "key": ran.analysis.key,
        "title": ran.analysis.title,
        "question": ran.analysis.question,
        "params": ran.params,
        "period": ran.view.period,
        "finding": ran.finding,
        "empty": ran.result.empty,
        "rows": records(ran.result.frame, language),
        "columns": [{"key": c.key, "label": c.label, "unit": c.unit} for c in ran.result.columns],
        "facts": ran.result.facts,
        "passport": {
            "definition": passport.definition,
            "formula": passport.formula,
            "parameters": passport.parameters,
            "sql": passport.sql,
            "rows_used": [{"what": what, "rows": rows} for what, rows in passport.rows_used],
            "rows_left_out": [{"reason": reason, "rows": rows} for reason, rows in passport.rows_left_out],
            "sources": passport.sources,
            "as_of": passport.as_of,
            "notes": passport.notes,
        },
    }


def _print(ran: CellResult, words: Formatter) -> None:
    """The question, the finding, the table, and where the figures come from."""
    write_lines([words.say(ran.analysis.question), words.say(ran.finding), ""])
    if ran.result.empty is not None:
        return
    frame = shown(ran.result, words)
    numeric = {c.label[words.language] for c in ran.result.columns if c.unit or c.unit_from or c.relative}
    write_table(
        [
            Shown(header=str(c), values=frame.iloc[:, i].tolist(), right=c in numeric)
            for i, c in enumerate(frame.columns)
        ]
    )
    lines = ["", words.say(Text("As of {d}", "На дату {d}"), d=words.date(ran.passport.as_of))]
    used, left = words.say(Text("Rows used", "Учтено строк")), words.say(Text("Left out", "Не учтено"))
    lines += [f"{used}: {words.number(rows)} ({words.say(what)})" for what, rows in ran.passport.rows_used]
    lines += [f"{left}: {words.number(rows)} ({words.say(why)})" for why, rows in ran.passport.rows_left_out]
    lines.append(words.say(Text("Sources", "Источники")) + ": " + ", ".join(s.file for s in ran.passport.sources))
    write_lines(lines)
