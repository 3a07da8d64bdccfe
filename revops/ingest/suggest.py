"""A mapping proposed for a table: which entities it fills, which column fills which field, and what must be asked.

The proposal comes from names, the file's name, types and values together; every part of it says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from revops.ingest.build import build_entity, build_unpivot
from revops.ingest.candidates import Candidate, account_names, beside_history, candidate, fits, nearly_fits
from revops.ingest.evidence import TableView
from revops.ingest.headers import file_words
from revops.ingest.own_mapping import mapping_of_own
from revops.ingest.preset import nothing_to_fill, recognise, tells_repeats_apart
from revops.ingest.preset_build import from_preset
from revops.ingest.questions import questions_for
from revops.ingest.shapes import month_columns, stage_columns
from revops.ingest.types import Context, EntityMapping, FieldMapping, Mapping, RawTable, TableProfile, quoted
from revops.model import ENTITIES, ENTITY, fold
from revops.text import Text

MOST_KEYS = 5000  # keys of one file that the files beside it are compared with
NAMES_ACCOUNTS = ("opportunities", "subscriptions", "invoices", "mrr_months")


def suggest(raw: RawTable, profile: TableProfile, context: Context) -> Mapping:
    """The mapping a careful analyst would propose; with no entity (and a question) where nothing fits."""
    view = TableView(raw=raw, profile=profile, context=context)
    own = mapping_of_own(view)
    if own is not None:
        return own
    preset = recognise(view)
    if preset is not None and not preset.fillings:
        return Mapping(questions=(nothing_to_fill(preset),))
    if preset is not None and (known := from_preset(view, preset)):
        found = _with_accounts(view, known)
        return _finished(raw, profile, context, found, in_order=tells_repeats_apart(preset, profile, found))
    words = file_words(raw.file.name, raw.layout.sheet)
    wide = {**stage_columns(profile), **month_columns(profile)}
    apart = {e.name: wide if e.name != "leads" else () for e in ENTITIES}
    all_of = {e.name: candidate(view, e, words.get(e.name, 0.0), apart[e.name]) for e in ENTITIES}
    return _finished(raw, profile, context, _entities(view, all_of))


def _finished(
    raw: RawTable, profile: TableProfile, context: Context, entities: list[EntityMapping], *, in_order: bool = False
) -> Mapping:
    """The mapping as a whole: extra columns, what was assumed, and the questions that are open."""
    snapshot = any("as_of" in (f.expression or "") for e in entities for f in e.fields)
    entities = _with_extra(raw, entities)
    assumed = any(f.field == "currency" and f.assumed for e in entities for f in e.fields)
    mapping = Mapping(
        entities=tuple(entities),
        as_of=context.today if snapshot else None,
        currency=context.currency if assumed else None,
        repeated_in_order=in_order,
    )
    return replace(mapping, questions=questions_for(entities, profile, mapping, answered=frozenset()))


def suggest_entity(raw: RawTable, profile: TableProfile, context: Context, entity: str) -> Mapping:
    """The best mapping of this one entity, whatever else the table looks like; what is missing is asked for.

    An export that is recognised fills it as its preset says, where the preset fills it at all.
    """
    view = TableView(raw=raw, profile=profile, context=context)
    own = mapping_of_own(view)
    if own is not None and own.entity(entity) is not None:
        return own
    preset = recognise(view)
    known = [e for e in from_preset(view, preset) if e.entity == entity and e.role == "rows"] if preset else []
    if preset is not None and known:
        in_order = tells_repeats_apart(preset, profile, known)
        return _finished(raw, profile, context, known, in_order=in_order)
    stages = stage_columns(profile)
    if entity == "stage_events" and stages:
        source = candidate(view, ENTITY["opportunities"], 0.0, stages)
        if "opportunity_id" in source.chosen:
            return _finished(raw, profile, context, [build_unpivot(view, source, entity, stages)])
    months = month_columns(profile)
    one = candidate(view, ENTITY[entity], 1.0, {**stages, **months})
    if entity == "mrr_months" and months and "account_id" in one.chosen:
        return _finished(raw, profile, context, [build_unpivot(view, one, entity, months)])
    return _finished(raw, profile, context, [build_entity(view, one)])


def suggest_all(tables: Sequence[tuple[RawTable, TableProfile]], context: Context) -> list[Mapping]:
    """Mappings for tables uploaded together, in their order: the keys that one file defines are known to the others."""
    first = [suggest(raw, profile, context) for raw, profile in tables]
    keys = {entity: set(known) for entity, known in context.known_keys.items()}
    found_any = False
    for (raw, _), mapping in zip(tables, first, strict=True):
        for one in mapping.entities:
            defined = _defined_keys(raw, one)
            if defined:
                keys.setdefault(one.entity, set()).update(defined)
                found_any = True
    if not found_any or len(tables) == 1:
        return first
    aware = replace(context, known_keys={e: frozenset(k) for e, k in keys.items()})
    return [suggest(raw, profile, aware) for raw, profile in tables]


def _defined_keys(raw: RawTable, one: EntityMapping) -> set[str]:
    """The keys of the records that a table defines (not those it mentions), trimmed, in lower case."""
    key = ENTITY[one.entity].key_field
    mapped = one.field(key.name) if key is not None else None
    if one.role != "rows" or mapped is None or mapped.column is None:
        return set()
    column = quoted(mapped.column)
    rows = raw.staging.execute(
        f"SELECT DISTINCT lower(trim({column})) FROM {raw.relation} WHERE trim({column}) <> '' LIMIT {MOST_KEYS}"
    ).fetchall()
    return {value for (value,) in rows}


def _entities(view: TableView, all_of: dict[str, Candidate]) -> list[EntityMapping]:
    """The entity that the table is about, and those it also fills."""
    months = month_columns(view.profile)
    if months and "account_id" in all_of["mrr_months"].chosen:
        return _customers_by_months(view, all_of, months)
    main = _main(view, all_of)
    if main is None:
        return []
    stages = stage_columns(view.profile) if main.entity.name == "opportunities" else {}
    found = [build_entity(view, main)]
    match main.entity.name:
        case "opportunities" if stages and "opportunity_id" in main.chosen:
            found.append(build_unpivot(view, main, "stage_events", stages))
        case "opportunities" if fits(view, all_of["stage_events"]):
            found.append(build_entity(view, all_of["stage_events"]))
        case "stage_events" if beside_history(all_of["opportunities"]):
            found.insert(0, build_entity(view, all_of["opportunities"]))
        case "accounts" if fits(view, all_of["subscriptions"]) and _one_a_customer(all_of["subscriptions"]):
            found.append(build_entity(view, all_of["subscriptions"]))
        case "subscriptions" if _one_a_customer(main) and (main.snapshot or fits(view, all_of["accounts"])):
            found.insert(0, build_entity(view, all_of["accounts"]))
        case "spend" if not _PLANS.isdisjoint(fold(f"{view.raw.file.name} {view.raw.layout.sheet or ''}").split()):
            found.append(_as_plan(found[0]))
    return _with_accounts(view, found)


_PLANS = frozenset("budget budgets plan planned forecast бюджет бюджеты план планы прогноз".split())


def _as_plan(spend: EntityMapping) -> EntityMapping:
    """The same lines as targets for spending, where the file's name says a plan: which it is, a person is asked."""
    why = Text("the file's name says a plan", "имя файла говорит о плане")
    read = {"date": "period", "amount": "value"}
    fields = [replace(f, field=read[f.field], reason=why) for f in spend.fields if f.field in read]
    metric = FieldMapping(field="metric", constant="spend", confidence=0.5, reason=why)
    return EntityMapping(entity="targets", fields=(metric, *fields), confidence=0.5, reason=why)


def _with_accounts(view: TableView, found: list[EntityMapping]) -> list[EntityMapping]:
    """The entities, and the accounts that the main one names by the way."""
    if any(e.entity in NAMES_ACCOUNTS for e in found[:1]) and all(e.entity != "accounts" for e in found):
        return found + _mentioned_accounts(view, found[0])
    return found


def _main(view: TableView, all_of: dict[str, Candidate]) -> Candidate | None:
    complete = max((c for c in all_of.values() if fits(view, c)), key=lambda c: c.score, default=None)
    asking = max((c for c in all_of.values() if nearly_fits(view, c)), key=lambda c: c.score, default=None)
    if complete is None or (asking is not None and asking.score > complete.score + 0.5):
        return asking or complete
    return complete


def _one_a_customer(subscriptions: Candidate) -> bool:
    account = subscriptions.chosen.get("account_id")
    return account is not None and account.unique and "subscription_id" not in subscriptions.chosen


def _customers_by_months(view: TableView, all_of: dict[str, Candidate], months: dict[str, str]) -> list[EntityMapping]:
    """A sheet with a row a customer and a column a month: made long."""
    found = [build_unpivot(view, all_of["mrr_months"], "mrr_months", months)]
    if fits(view, all_of["accounts"]):
        return [build_entity(view, all_of["accounts"]), *found]
    return found + _mentioned_accounts(view, found[0])


def _mentioned_accounts(view: TableView, main: EntityMapping) -> list[EntityMapping]:
    """The accounts that records of another entity name, unless they are all known already."""
    account = main.field("account_id")
    if account is None or account.column is None:
        return []
    share = view.known_share(account.column, "accounts")
    if share is not None and share >= 0.999:
        return []
    why = Text("“{header}” names the account of each row", "«{header}» называет компанию каждой строки").format(
        header=account.column
    )
    fields = [FieldMapping(field="account_id", column=account.column, confidence=account.confidence, reason=why)]
    name = next(iter(account_names(view)), None)
    if name is not None:
        fields.append(FieldMapping(field="name", column=name, confidence=0.8, reason=why))
    return [
        EntityMapping(
            entity="accounts", fields=tuple(fields), role="mention", confidence=round(account.confidence, 2), reason=why
        )
    ]


def _with_extra(raw: RawTable, entities: list[EntityMapping]) -> list[EntityMapping]:
    """Every column that fills nothing is kept with the main entity: accounts where each row is one, else the first."""
    if not entities:
        return []
    used = {f.column for e in entities for f in e.fields if f.column}
    used |= {h for e in entities if e.unpivot for h in e.unpivot.columns}
    extra = tuple(c for c in raw.columns if c not in used)
    return [replace(e, extra=extra) if i == 0 else e for i, e in enumerate(entities)]
