"""What the person still has to decide about a mapping: asked, never guessed in silence."""

from __future__ import annotations

from collections.abc import Iterable

from revops.ingest.check import missing_required, named_entity
from revops.ingest.date_order import must_ask
from revops.ingest.doubts import doubts
from revops.ingest.expression import headers_used
from revops.ingest.types import EntityMapping, Mapping, Question, TableProfile
from revops.model import FieldType
from revops.text import Text


def questions_for(
    entities: Iterable[EntityMapping], profile: TableProfile | None, mapping: Mapping, *, answered: frozenset[str]
) -> tuple[Question, ...]:
    """Every open question. answered: date columns whose order a person has already settled."""
    entities = tuple(entities)
    found: list[Question] = []
    if profile is not None and profile.repeated and not mapping.repeated_in_order:
        found.append(_repeated_header(profile.repeated))
    for one in entities:
        found += _required(one)
    found += _spent_or_planned(entities)
    found += _date_orders(entities, profile, answered)
    found += _assumed(entities, mapping)
    if profile is not None:
        found += doubts(entities, profile)
    if not entities:
        found.append(NOTHING_FITS)
    return tuple(found)


NOTHING_FITS = Question(
    code="no_entity",
    text=Text(
        "This table fits no table of the model. Its rows are kept as uploaded and no metric uses them; to use it, map "
        "it by hand: a table of the model needs at least its key, dates and amounts.",
        "Эта таблица не подходит ни к одной таблице модели. Её строки сохраняются как есть, показатели их не "
        "используют; чтобы использовать, сопоставьте колонки вручную: нужны хотя бы ключ, даты и суммы.",
    ),
)


def _repeated_header(repeated: tuple[str, ...]) -> Question:
    names = ", ".join(f"“{n}”" for n in repeated[:5]) + ("…" if len(repeated) > 5 else "")
    return Question(
        code="repeated_header",
        column=repeated[0],
        text=Text(
            "More than one column is headed {names}: which one is meant cannot be told. Rename them in the file, or "
            "say that they are told apart by their order (“{first}”, “{first} (2)”).",
            "Несколько колонок называются {names}: непонятно, какая имеется в виду. Переименуйте их в файле или "
            "подтвердите, что они различаются порядком («{first}», «{first} (2)»).",
        ).format(names=names, first=repeated[0]),
        blocking=True,
    )


def _required(one: EntityMapping) -> list[Question]:
    model = named_entity(one.entity)
    return [
        Question(
            code="required_field",
            entity=model.name,
            field=f.name,
            text=Text(
                "{entity}: which column (or constant) is “{label}”? {meaning}",
                "{entity}: какая колонка (или постоянное значение) — «{label}»? {meaning}",
            ).format(entity=model.label, label=f.label, meaning=f.meaning),
            blocking=True,
        )
        for f in missing_required(model, one)
    ]


def _spent_or_planned(entities: tuple[EntityMapping, ...]) -> list[Question]:
    """The same amounts are read as spending and as targets: only a person knows which; one of the two goes."""
    spend = next((e for e in entities if e.entity == "spend" and e.role == "rows"), None)
    plan = next((e for e in entities if e.entity == "targets" and e.role == "rows"), None)
    if spend is None or plan is None or _amounts(spend, "amount").isdisjoint(_amounts(plan, "value")):
        return []
    text = Text(
        "Is this what was spent, or a plan? A plan is kept as targets and never counted as spent.",
        "Это фактические расходы или план? План сохраняется как цели и в расходы не входит.",
    )
    return [Question(code="spent_or_planned", choices=("spend", "targets"), text=text, blocking=True)]


def _amounts(one: EntityMapping, field: str) -> set[str]:
    """The columns that hold the amounts."""
    if one.unpivot is not None:
        return set(one.unpivot.columns)
    mapped = one.field(field)
    if mapped is None:
        return set()
    if mapped.expression is not None:
        return set(headers_used(mapped.expression))
    return {mapped.column} if mapped.column is not None else set()


def _date_orders(
    entities: tuple[EntityMapping, ...], profile: TableProfile | None, answered: frozenset[str]
) -> list[Question]:
    if profile is None:
        return []
    asked: dict[str, Question] = {}
    for one in entities:
        used = [(f.column, f.field) for f in one.fields if f.column is not None and f.date_format is not None]
        used += [(h, one.unpivot.value_field) for h in one.unpivot.columns] if one.unpivot else []
        for header, field in used:
            column = next((c for c in profile.columns if c.name == header), None)
            if column is None or header in asked or header in answered or not must_ask(profile, column):
                continue
            example = column.examples[0] if column.examples else ""
            asked[header] = Question(
                code="date_order",
                entity=one.entity,
                field=field,
                column=header,
                choices=column.date_formats,
                text=Text(
                    "In “{header}”, is {example} day first or month first? Both read every value.",
                    "Что в «{header}» стоит первым, день или месяц ({example})? Подходит и то и другое.",
                ).format(header=header, example=example),
                blocking=True,
            )
    return list(asked.values())


def _assumed(entities: tuple[EntityMapping, ...], mapping: Mapping) -> list[Question]:
    found: dict[str, Question] = {}
    for one in entities:
        model = named_entity(one.entity)
        for f in one.fields:
            if not f.assumed:
                continue
            if f.field == "currency":
                text = Text(
                    "The file names no currency: amounts are taken to be in {code}.",
                    "Валюта в файле не указана: считаем, что суммы в {code}.",
                ).format(code=f.constant)
                found.setdefault("currency", Question(code="currency", entity=one.entity, field="currency", text=text))
            elif f.field == "interval":
                text = Text(
                    "The file does not say what period a price is for: taken to be one {value}.",
                    "В файле не сказано, за какой период цена: считаем, что за один период «{value}».",
                ).format(value=f.constant)
                found.setdefault("interval", Question(code="interval", entity=one.entity, field="interval", text=text))
            elif f.expression is not None and mapping.as_of is not None and "as_of" in f.expression:
                text = Text(
                    "The file has no dates: tenure is counted back from {day}. Is that the day it was exported?",
                    "В файле нет дат: срок отсчитан назад от {day}. Это день выгрузки?",
                ).format(day=mapping.as_of.isoformat())
                found.setdefault("as_of", Question(code="as_of", entity=one.entity, field=f.field, text=text))
            elif model.field(f.field).type is FieldType.DATE and f.constant:
                text = Text(
                    "The rows have no date: all are taken to be of {day}, from the title.",
                    "В строках нет даты: все отнесены к {day} по заголовку файла.",
                ).format(day=f.constant)
                found.setdefault("as_of", Question(code="as_of", entity=one.entity, field=f.field, text=text))
    return list(found.values())
