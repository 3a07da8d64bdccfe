"""The definitions that a workspace counts by: definitions show, use, set."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import typer

from revops.cli.app import Command
from revops.cli.options import FormatOption, Lang, LangOption, WorkspaceOption
from revops.cli.output import Format, Shown, say, write_csv, write_json, write_table
from revops.cli.session import opened
from revops.errors import BadParameter
from revops.formats import DASH
from revops.model.definition_presets import PRESETS, Preset, label_of, preset
from revops.model.definitions import RULES, Definitions
from revops.text import Text
from revops.workspace import Workspace

DEFINITIONS = typer.Typer(
    help="By whose rules MRR, churn and lifetime value are counted: this product's, ChartMogul's, Stripe's, ...",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
KNOWN = ", ".join(p.key for p in PRESETS)


@DEFINITIONS.command("show", cls=Command)
def show(
    name: Annotated[
        str | None, typer.Argument(metavar="[PRESET]", help=f"One of {KNOWN}, with its sources. None: all of them.")
    ] = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = Format.TABLE,
    lang: LangOption = Lang.EN,
) -> None:
    """Show what is in force here, beside the presets; or one preset, with the public page for each of its rules."""
    with opened(workspace) as store:
        own = store.settings.definitions
    if name is not None:
        _print_preset(preset(name), output, lang)
        return
    columns: dict[str, Definitions] = {"workspace": own, **{p.key: p.definitions for p in PRESETS}}
    rows = [{"rule": r.key, **{c: getattr(d, r.key) for c, d in columns.items()}} for r in RULES]
    if output is Format.TABLE:
        labels = [Text("Rule", "Правило"), Text("This workspace", "Это пространство"), *(p.label for p in PRESETS)]
        values = [[_word(row[key]) for row in rows] for key in ("rule", *columns)]
        write_table([Shown(header=t[lang.value], values=v) for t, v in zip(labels, values, strict=True)])
    else:
        _print(rows, output, lang)


@DEFINITIONS.command("use", cls=Command)
def use(
    name: Annotated[str, typer.Argument(metavar="PRESET", help=f"One of {KNOWN}.")],
    workspace: WorkspaceOption = None,
    lang: LangOption = Lang.EN,
) -> None:
    """Count by a preset in this workspace from now on. The data stay as loaded."""
    wanted = preset(name).definitions
    with opened(workspace) as store:
        _put(store, wanted, lang)


@DEFINITIONS.command("set", cls=Command)
def set_rules(
    rules: Annotated[
        list[str], typer.Argument(metavar="RULE=VALUE...", help="As in: past_due_days=30 paused=churn churned=events.")
    ],
    workspace: WorkspaceOption = None,
    lang: LangOption = Lang.EN,
) -> None:
    """Change single rules of this workspace. `definitions show` names them; days take a number or never."""
    with opened(workspace) as store:
        wanted = store.settings.definitions
        for given in rules:
            rule, equals, value = given.partition("=")
            if not equals:
                raise BadParameter(
                    Text("“{t}” is not of the form rule=value.", "«{t}» — нужен вид правило=значение.").format(t=given)
                )
            wanted = wanted.with_rule(rule, value)
        _put(store, wanted, lang)


def _put(store: Workspace, wanted: Definitions, lang: Lang) -> None:
    settings = store.settings
    changed = settings.definitions.differing(wanted)
    if changed:
        store.settings = replace(settings, definitions=wanted)
    for rule in changed:
        say(f"{rule.label[lang.value]}: {rule.said(getattr(wanted, rule.key))[lang.value]}")
    done = Text("This workspace counts by {d}.", "Это пространство считает по определениям: {d}.")
    say(done.format(d=label_of(wanted))[lang.value])


def _print_preset(found: Preset, output: Format, lang: Lang) -> None:
    rows: list[dict[str, Any]] = []
    for rule in RULES:
        value = getattr(found.definitions, rule.key)
        stated = found.stated.get(rule.key)
        rows.append(
            {
                "rule": rule.key,
                "value": value,
                "meaning": rule.said(value),
                "page": stated.page if stated else None,
                "says": stated.says if stated else None,
            }
        )
    if output is not Format.TABLE:
        _print(rows, output, lang)
        return
    labels = {
        "rule": Text("Rule", "Правило"),
        "meaning": Text("Meaning", "Значение"),
        "page": Text("Public page", "Публичная страница"),
    }
    write_table([Shown(header=t[lang.value], values=[_word(r[k], lang) for r in rows]) for k, t in labels.items()])
    for missing in found.missing:
        say(missing[lang.value])


def _print(rows: list[dict[str, Any]], output: Format, lang: Lang) -> None:
    if output is Format.JSON:
        write_json(rows, lang.value)
    else:
        write_csv(rows, language=lang.value)


def _word(value: Any, lang: Lang = Lang.EN) -> str:
    return DASH if value is None else value[lang.value] if isinstance(value, Text) else str(value)
