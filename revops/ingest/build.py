"""A candidate becomes an EntityMapping: its columns, and what follows from them (currency, interval, status, spans)."""

from __future__ import annotations

from dataclasses import replace

from revops.ingest.candidates import Candidate
from revops.ingest.date_order import settled_format
from revops.ingest.details import (
    after,
    amount_follows,
    constant,
    currency_of,
    from_column,
    money_fields,
    span_column,
    stated_interval,
    yes_condition,
)
from revops.ingest.evidence import TableView
from revops.ingest.shapes import churned_column, period_of_title, tenure_column
from revops.ingest.types import EntityMapping, FieldMapping, Unpivot, quoted
from revops.model import ENTITY, Entity, fold, names_a_total
from revops.text import Text

Fields = dict[str, FieldMapping]
_UNIT_PRICE = frozenset("price unit per seat user license цена место пользователь лицензия".split())


def build_entity(view: TableView, one: Candidate) -> EntityMapping:
    """The mapping of one entity with everything that a careful reading adds to the plain columns."""
    fields: Fields = {
        name: from_column(view, one.entity.field(name), column, one.found.get(name))
        for name, column in one.chosen.items()
    }
    adjust = _ADJUST.get(one.entity.name)
    if adjust is not None:
        adjust(view, one, fields)
    _currency(view, one.entity, fields)
    ordered = tuple(fields[f.name] for f in one.entity.fields if f.name in fields)
    return EntityMapping(
        entity=one.entity.name,
        fields=ordered,
        key_from=_key_from(one, fields),
        where=_where(view, one),
        confidence=round(min(0.99, 0.5 + 0.15 * max(one.score, 0.0)), 2),
        reason=_entity_reason(one),
    )


def build_unpivot(view: TableView, source: Candidate, entity: str, columns: dict[str, str]) -> EntityMapping:
    """Stage columns as stage_events, month columns as mrr_months: each filled cell is one record."""
    model = ENTITY[entity]
    label, value, key = (
        ("stage", "entered_at", "opportunity_id") if entity == "stage_events" else ("month", "mrr", "account_id")
    )
    first = next(
        (view.columns[h] for h in columns if view.columns[h].type != "empty"), view.columns[next(iter(columns))]
    )
    fields: Fields = {key: from_column(view, model.field(key), source.chosen[key], source.found.get(key))}
    if entity == "mrr_months":
        if "plan" in source.chosen and source.chosen["plan"].name not in columns:
            fields["plan"] = from_column(view, model.field("plan"), source.chosen["plan"], source.found.get("plan"))
        fields["mrr"] = FieldMapping(field="mrr", column=first.name)  # stands for the cells while the currency is found
        _currency(view, model, fields)
        del fields["mrr"]
    why = Text("{n} columns, one a {label}", "{n} колонок, по одной на значение «{label}»")
    return EntityMapping(
        entity=entity,
        fields=tuple(fields[f.name] for f in model.fields if f.name in fields),
        unpivot=Unpivot(
            columns=columns,
            label_field=label,
            value_field=value,
            date_format=settled_format(view.profile, first) if entity == "stage_events" else None,
            number=first.number,
        ),
        confidence=0.95,
        reason=why.format(n=len(columns), label=model.field(label).label),
    )


def _entity_reason(one: Candidate) -> Text:
    count = len(one.chosen)
    if one.words:
        return Text(
            "the file's name says so, and {n} columns fit", "об этом говорит имя файла, и подходят колонки: {n}"
        ).format(n=count)
    return Text("{n} columns fit", "подходят колонки: {n}").format(n=count)


def _key_from(one: Candidate, fields: Fields) -> tuple[str, ...]:
    """The columns that make the key where no column holds it."""
    key = one.entity.key_field
    if key is None or key.name in fields or not key.required:
        return ()
    parts = [fields[n].column for n in one.entity.natural_key if n in fields]
    return tuple(dict.fromkeys(p for p in parts if p is not None))


def _where(view: TableView, one: Candidate) -> str | None:
    """In a log of changes of many properties, only those of the stage are stage events."""
    if one.entity.name != "stage_events":
        return None
    names = {"field", "field name", "property", "property name", "changed field", "поле", "свойство"}
    stages = {"stage", "stage name", "deal stage", "dealstage", "deal stage name", "этап", "стадия", "этап сделки"}
    for column in view.profile.columns:
        if fold(column.name) in names and column.distinct <= 200:
            said = [v for v in view.spellings(column.name) if fold(v) in stages]
            if said:
                return f"{quoted(column.name)} in ({', '.join(_text(v) for v in said)})"
    return None


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


# --- what each entity needs besides ------------------------------------------------------------------


def _opportunities(view: TableView, one: Candidate, fields: Fields) -> None:
    closed = fields.get("closed_at")
    if closed is not None and "expected_close_at" not in fields:
        why = Text(
            "“{header}” is the close date of closed deals and the expected one of open deals",
            "«{header}» — дата закрытия у закрытых сделок и ожидаемая дата у открытых",
        ).format(header=closed.column)
        fields["expected_close_at"] = replace(closed, field="expected_close_at", reason=why)
    if "status" not in fields:
        status = _status_from_flags(view)
        if status is not None:
            fields["status"] = status


def _status_from_flags(view: TableView) -> FieldMapping | None:
    """Won, lost or open, out of is-won and is-closed flags."""
    by_name = {fold(c.name): c for c in view.profile.columns if c.type in ("boolean", "integer", "text")}
    won = next((by_name[n] for n in ("is won", "iswon", "won") if n in by_name and by_name[n].distinct <= 3), None)
    closed = next(
        (by_name[n] for n in ("is closed", "isclosed", "closed") if n in by_name and by_name[n].distinct <= 3), None
    )
    if won is None or closed is None or not won.distinct or not closed.distinct:
        return None
    return FieldMapping(
        field="status",
        expression=(
            f"case when {yes_condition(view, won)} then 'won' when {yes_condition(view, closed)} then 'lost' "
            "else 'open' end"
        ),
        confidence=0.9,
        reason=Text("from the flags “{a}” and “{b}”", "из признаков «{a}» и «{b}»").format(a=won.name, b=closed.name),
    )


def _trial_flag(view: TableView) -> FieldMapping | None:
    """A subscription that a yes-or-no column marks as a trial is no revenue and no customer yet."""
    names = {"is trial", "trial", "on trial", "in trial", "is trialing", "trialing", "пробный", "пробный период"}
    flags = [c for c in view.profile.columns if fold(c.name) in names and c.type in ("boolean", "integer")]
    flag = next((c for c in flags if c.distinct <= 2), None)
    if flag is None:
        return None
    return FieldMapping(
        field="status",
        expression=f"case when {yes_condition(view, flag)} then 'trialing' end",
        confidence=0.85,
        reason=Text("“{header}” marks trials", "«{header}» отмечает пробные").format(header=flag.name),
    )


def _subscriptions(view: TableView, one: Candidate, fields: Fields) -> None:
    if one.snapshot:
        _snapshot(view, one, fields)
    if "status" not in fields and "trial_ends_at" not in fields and (trial := _trial_flag(view)) is not None:
        fields["status"] = trial
    amount = one.chosen.get("amount")
    if amount is None:
        return
    for interval in amount_follows(amount.name, fields):
        fields["interval"] = interval
    a_unit = not _UNIT_PRICE.isdisjoint(fold(amount.name).split())
    if names_a_total(amount.name) or (stated_interval(amount.name) and not a_unit):
        fields.pop("quantity", None)  # the amount already covers every seat


def _snapshot(view: TableView, one: Candidate, fields: Fields) -> None:
    """Started tenure months before the as-of date; ended on it where the customer has left."""
    tenure, churned = tenure_column(view.profile.columns), churned_column(view.profile.columns)
    assert tenure is not None
    assert churned is not None
    names = {"tenure": tenure.name, "churned": churned.name}
    fields["started_at"] = FieldMapping(
        field="started_at",
        expression=f"as_of - months(number({quoted(tenure.name)}))",
        confidence=0.7,
        assumed=True,
        reason=Text(
            "the file has no dates: counted back from the as-of date by “{tenure}” months",
            "в файле нет дат: отсчитано назад от даты среза по «{tenure}» в месяцах",
        ).format(**names),
    )
    fields["ended_at"] = FieldMapping(
        field="ended_at",
        expression=f"case when {yes_condition(view, churned)} then as_of end",
        confidence=0.7,
        assumed=True,
        reason=Text(
            "ended by the as-of date where “{churned}” says so",
            "завершена к дате среза, если об этом говорит «{churned}»",
        ).format(**names),
    )
    if "subscription_id" not in fields and "account_id" in fields:
        why = Text("one row a customer: its id names the subscription", "строка на клиента: его id и есть id подписки")
        fields["subscription_id"] = replace(fields["account_id"], field="subscription_id", reason=why)


def _tickets(view: TableView, one: Candidate, fields: Fields) -> None:
    opened = fields.get("opened_at")
    if opened is None:
        return
    free = {c.name for c in view.profile.columns} - {f.column for f in fields.values() if f.column}
    for target, phrases in (
        ("first_response_at", ("first response", "first reply", "первого ответа", "первой реакции")),
        ("resolved_at", ("resolution", "time to close", "time to resolve", "решения")),
    ):
        column = span_column(view.profile.columns, phrases, free)
        if target in fields or column is None:
            continue
        why = Text("“{start}” plus “{header}”", "«{start}» плюс «{header}»").format(
            start=opened.column, header=column.name
        )
        computed = after(opened, column, target, why)
        if computed is not None:
            fields[target] = computed


def _leads(view: TableView, one: Candidate, fields: Fields) -> None:
    created = fields.get("created_at")
    free = {c.name for c in view.profile.columns} - {f.column for f in fields.values() if f.column}
    column = span_column(
        view.profile.columns, ("first response", "response time", "первого ответа", "время ответа"), free
    )
    if created is None or column is None or "first_response_at" in fields:
        return
    why = Text("“{start}” plus “{header}”", "«{start}» плюс «{header}»").format(
        start=created.column, header=column.name
    )
    computed = after(created, column, "first_response_at", why)
    if computed is not None:
        fields["first_response_at"] = computed


_PLATFORMS = {
    "linkedin": "paid social", "facebook": "paid social", "meta": "paid social", "instagram": "paid social",
    "tiktok": "paid social", "vk": "paid social", "twitter": "paid social", "reddit": "paid social",
    "google": "paid search", "bing": "paid search", "microsoft": "paid search", "yandex": "paid search",
    "яндекс": "paid search", "adwords": "paid search",
}  # fmt: skip


def _spend(view: TableView, one: Candidate, fields: Fields) -> None:
    names = {fold(c.name) for c in view.profile.columns}
    metrics = ("click", "impr", "ctr", "cpc", "клик", "показ")
    measured = any(n.startswith(m) for n in names for m in metrics)
    if measured and ("campaign" in fields or "channel" in fields):
        why = Text("the report of an advertising platform", "отчёт рекламной площадки")
        for field, value in (("department", "marketing"), ("category", "media")):
            fields.setdefault(field, constant(field, value, why))
        if "channel" not in fields:
            title = fold(
                " ".join([view.raw.file.name, view.raw.layout.sheet or "", *(s.text for s in view.raw.set_aside)])
            )
            platform = next((c for word, c in _PLATFORMS.items() if word in title.split()), None)
            if platform is not None:
                named = Text("the file's name or title says so", "об этом говорит имя или заголовок файла")
                fields["channel"] = constant("channel", platform, named)
    if "date" not in fields:
        day = period_of_title(s.text for s in view.raw.set_aside if s.kind == "preamble")
        if day is not None:
            why = Text("the title above the table names it", "указана в заголовке над таблицей")
            fields["date"] = constant("date", day.isoformat(), why, assumed=True)


_ADJUST = {
    "opportunities": _opportunities,
    "subscriptions": _subscriptions,
    "tickets": _tickets,
    "leads": _leads,
    "spend": _spend,
}


def _currency(view: TableView, entity: Entity, fields: Fields) -> None:
    """A column, else what the amounts themselves say, else the workspace's, assumed and asked."""
    if "currency" not in entity or "currency" in fields:
        return
    amounts = [fields[m] for m in money_fields(entity) if m in fields]
    columns = [view.columns[a.column] for a in amounts if a.column is not None]
    if not amounts:
        return
    said = currency_of(columns)
    if said is not None:
        fields["currency"] = constant("currency", said[0], said[1])
    else:
        why = Text("assumed: the file names no currency", "принято: валюта в файле не указана")
        fields["currency"] = constant("currency", view.context.currency, why, assumed=True)
