"""What the data's stages and sources mean: listed, and decided by a person."""

from __future__ import annotations

from typing import Annotated

import pandas as pd
import typer

from revops.cli.options import FormatOption, Lang, LangOption, WorkspaceOption
from revops.cli.output import Format, Shown, records, write_csv, write_json, write_table
from revops.cli.session import opened
from revops.errors import BadParameter, unknown
from revops.model import CHANNEL, STAGE_MEANING, Vocabulary, fold
from revops.text import Text

STAGE = Text("stage", "этап")
MEANING = Text("meaning of a stage", "смысл этапа")
SOURCE = Text("source in the data", "источник в данных")
GROUP = Text("channel", "канал")
LABELS = {
    "pipeline": Text("Pipeline", "Воронка"),
    "stage": Text("Stage", "Этап"),
    "position": Text("Order", "Порядок"),
    "meaning": Text("Means", "Означает"),
    "value": Text("Source in the data", "Источник в данных"),
    "channel": Text("Channel", "Канал"),
}


def stages(
    decided: Annotated[
        list[str] | None, typer.Option("--set", metavar="STAGE=MEANING", help="What a stage means; repeat it.")
    ] = None,
    order: Annotated[
        list[str] | None,
        typer.Option("--order", metavar="STAGE", help="Stages from first to last, one an option; the rest follow."),
    ] = None,
    pipeline: Annotated[
        str | None, typer.Option("--pipeline", metavar="NAME", help="Of this pipeline only. Default: of every one.")
    ] = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = Format.TABLE,
    lang: LangOption = Lang.EN,
) -> None:
    """List what stages mean and their order, or decide it.

    Meanings: lead, mql, sql, discovery, proposal, negotiation, won, lost, other. What you decide stays, whatever is
    imported later; metrics follow at once.
    """
    with opened(workspace) as store:
        known = store.stages()
        if pipeline is not None:
            if pipeline not in set(known["pipeline"]):
                raise unknown(Text("pipeline", "воронка"), pipeline, known["pipeline"])
            known = known[known["pipeline"] == pipeline].reset_index(drop=True)
        changed = _in_order(_meaning(known, decided or []), order or [])
        changed = changed[(changed["meaning"] != known["meaning"]) | (changed["position"] != known["position"])]
        if not changed.empty:
            store.set_stages(changed)
        shown = store.stages()
    _print(shown if pipeline is None else shown[shown["pipeline"] == pipeline], output, lang)


def channels(
    decided: Annotated[
        list[str] | None, typer.Option("--set", metavar="SOURCE=CHANNEL", help="Where a source belongs; repeat it.")
    ] = None,
    workspace: WorkspaceOption = None,
    output: FormatOption = Format.TABLE,
    lang: LangOption = Lang.EN,
) -> None:
    """List the channel of every source in the data, or decide it.

    What you decide stays, whatever is imported later; metrics follow at once.
    """
    with opened(workspace) as store:
        known = store.channels()
        changed = _said(known, "value", "channel", decided or [], CHANNEL, SOURCE, GROUP)
        changed = changed[changed["channel"] != known["channel"]]
        if not changed.empty:
            store.set_channels(changed)
        shown = store.channels()
    _print(shown, output, lang)


def _meaning(known: pd.DataFrame, decided: list[str]) -> pd.DataFrame:
    return _said(known, "stage", "meaning", decided, STAGE_MEANING, STAGE, MEANING)


def _said(
    known: pd.DataFrame, name: str, value: str, decided: list[str], terms: Vocabulary, what: Text, meaning: Text
) -> pd.DataFrame:
    """The rows with what "NAME=VALUE" says of each; a name that several pipelines have is meant in all of them."""
    found = known.copy()
    for text in decided:
        asked, sign, said = (part.strip() for part in text.rpartition("="))
        if not sign or not asked:
            raise BadParameter(
                Text("--set “{text}” says no name and value.", "В --set «{text}» нет имени и значения.").format(
                    text=text
                ),
                fix=Text('Write it as "{name}={value}".', 'Напишите так: "{name}={value}".').format(
                    name=next(iter(known[name]), "Demo"), value=terms.terms[0].key
                ),
            )
        keys = {fold(n): t.key for t in terms.terms for n in (t.key, t.label.en, t.label.ru)}
        if fold(said) not in keys:
            raise unknown(meaning, said, keys.values())
        meant = found[name] == _written(asked, found[name], what)
        found.loc[meant, value] = keys[fold(said)]
    return found


def _in_order(known: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    """The rows with positions counted anew in each pipeline: the named stages first, the others as they stood."""
    if not order:
        return known
    place = {_written(stage, known["stage"], STAGE): n for n, stage in enumerate(order)}
    named = known["stage"].map(place).fillna(len(place))
    ranked = known.assign(_named=named).sort_values(["pipeline", "_named", "position"])
    positions = ranked.groupby("pipeline").cumcount() + 1
    return known.assign(position=positions.reindex(known.index).astype(known["position"].dtype))


def _written(asked: str, known: pd.Series, what: Text) -> str:
    """The name as the data write it; case and spaces around it aside. Raises UnknownName."""
    names = [str(n) for n in dict.fromkeys(known)]
    found = next((n for n in names if n == asked), None)
    found = found or next((n for n in names if n.strip().casefold() == asked.casefold()), None)
    if found is None:
        raise unknown(what, asked, names)
    return found


def _print(frame: pd.DataFrame, output: Format, lang: Lang) -> None:
    rows, names = records(frame), [str(c) for c in frame.columns]
    if output is Format.JSON:
        write_json(rows)
    elif output is Format.CSV:
        write_csv(rows, names)
    else:
        names = [n for n in names if n != "pipeline" or any(row[n] for row in rows)]
        write_table(
            [
                Shown(header=LABELS[n][lang.value], values=[str(row[n]) for row in rows], right=n == "position")
                for n in names
            ]
        )
