"""Writes the generated pages of docs/: metrics and data model, each in English and Russian.

python docs/build.py           writes them again
python docs/build.py --check   writes nothing; fails and names the pages that are not current
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))  # run by path, the project is not on the import path

from revops.metrics import METRICS  # noqa: E402
from revops.metrics.core import Basis, Conventions, Fact, Good, Measure, Metric, OverTime, Placed, Unit  # noqa: E402
from revops.metrics.dimensions import DIMENSIONS, Dimension  # noqa: E402
from revops.model import ENTITIES, VOCABULARIES  # noqa: E402
from revops.model.core import Entity, Field, FieldType, Vocabulary  # noqa: E402
from revops.text import LANGUAGES, Language, Text  # noqa: E402

EVERYTHING = Basis(
    conventions=Conventions(), filled=frozenset(f"{e.name}.{f.name}" for e in ENTITIES for f in e.fields)
)
NOTHING = Basis(conventions=Conventions(), filled=frozenset())

GENERATED = Text(
    "<!-- Written by docs/build.py from the code's own records; `make docs` writes it again. -->",
    "<!-- Создано docs/build.py по описаниям в коде; обновляется командой `make docs`. -->",
)
DEPARTMENTS = {
    "revenue": Text("Revenue", "Доход"),
    "marketing": Text("Marketing", "Маркетинг"),
    "sales": Text("Sales", "Продажи"),
    "success": Text("Customer success", "Клиентский успех"),
}
UNITS = {
    Unit.MONEY: Text("money, in the workspace's currency", "деньги, в валюте рабочего пространства"),
    Unit.SHARE: Text("share, shown as percent", "доля, показана в процентах"),
    Unit.TIMES: Text("times", "раз"),
    Unit.MEAN: Text("mean number", "среднее число"),
    Unit.COUNT: Text("count", "количество"),
    Unit.HOURS: Text("hours", "часы"),
    Unit.DAYS: Text("days", "дни"),
    Unit.MONTHS: Text("months", "месяцы"),
}
OVER_TIME = {
    OverTime.FLOW: Text("sums over periods", "суммируется по периодам"),
    OverTime.STOCK: Text("as it stands at the period's end", "состояние на конец периода"),
    OverTime.RATIO: Text("computed anew for each period", "считается заново для каждого периода"),
}
GOOD = {
    Good.UP: Text("higher is better", "чем больше, тем лучше"),
    Good.DOWN: Text("lower is better", "чем меньше, тем лучше"),
    Good.NEITHER: Text("neither direction is good in itself", "ни рост, ни снижение сами по себе не хороши"),
}
PLACED = {
    Placed.IN: Text("in the period", "внутри периода"),
    Placed.BY_END: Text("up to the period's end", "до конца периода"),
    Placed.BY_START: Text("up to the period's start", "до начала периода"),
}
WINDOWS = {
    "trailing_6_months": Text("over the six complete months before", "за шесть полных месяцев до этого"),
    "lagged": Text("as many months earlier as is set", "на заданное число месяцев раньше"),
    "whole": Text("in the whole period, days to come too", "во всём периоде, включая будущие дни"),
    "trailing_quarter": Text("over the three months up to the period's end", "за три месяца до конца периода"),
    "quarter_before": Text("over the three months before these", "за три месяца перед ними"),
}
TYPES = {
    FieldType.ID: Text("id", "идентификатор"),
    FieldType.TEXT: Text("text", "текст"),
    FieldType.VOCABULARY: Text("one of", "одно из"),
    FieldType.DECIMAL: Text("exact number", "точное число"),
    FieldType.INTEGER: Text("whole number", "целое число"),
    FieldType.BOOLEAN: Text("yes or no", "да или нет"),
    FieldType.DATE: Text("day", "дата"),
    FieldType.TIMESTAMP: Text("moment", "дата и время"),
}
FIELD_UNITS = {
    "money": Text("money", "деньги"),
    "seconds": Text("seconds", "секунды"),
    "share": Text("share", "доля"),
    "count": Text("count", "количество"),
    "months": Text("months", "месяцы"),
}

METRICS_INTRO = Text(
    """\
# Metrics

Every metric of the product, as it is computed. A period is [start, end) in the workspace's calendar; a running one is
cut at the as-of day. A zero denominator gives no value, shown as —. Amounts are converted once, at the rate of their
own day. The fields named here are described in the [data model](data_model.md). По-русски:
[metrics.ru.md](metrics.ru.md).""",
    """\
# Метрики

Все метрики продукта: что они значат и как считаются. Период [начало, конец) берётся по календарю рабочего
пространства; незавершённый период обрывается на последней дате данных. При нулевом знаменателе значения нет, показан
прочерк. Суммы пересчитываются в валюту один раз, по курсу своей даты. Поля, названные здесь, описаны в
[модели данных](data_model.ru.md). In English: [metrics.md](metrics.md).""",
)
MODEL_INTRO = Text(
    """\
# Shared data model

What every uploaded file is brought to. A row without a required field is rejected, with the reason kept; everything
else may be missing. Header names are compared without case and punctuation; a field's own name and its labels count
too. Columns that no field takes are kept and can be used as dimensions. По-русски:
[data_model.ru.md](data_model.ru.md).""",
    """\
# Общая модель данных

К этому виду приводится каждый загруженный файл. Строка без обязательного поля отклоняется, и причина сохраняется; всё
остальное может отсутствовать. Заголовки колонок сравниваются без учёта регистра и знаков препинания; имя поля и его
названия тоже узнаются. Колонки, которым не нашлось поля, сохраняются и могут служить разрезами. In English:
[data_model.md](data_model.md).""",
)
VOCABULARIES_INTRO = Text("## Vocabularies", "## Словари значений")


# --- metrics ----------------------------------------------------------------------------------------------------


def metrics_page(language: Language) -> str:
    parts = [GENERATED[language], METRICS_INTRO[language]]
    for department, heading in DEPARTMENTS.items():
        parts.append(f"## {heading[language]}")
        parts += [_metric(m, language) for m in METRICS if m.department == department]
    return "\n\n".join(parts) + "\n"


def _metric(metric: Metric, language: Language) -> str:
    other: Language = "ru" if language == "en" else "en"
    facts = _facts(metric)
    left_out = dict.fromkeys(left.reason[language] for f in facts for left in f.left_out)
    rows = [
        (Text("Formula", "Формула"), metric.formula[language]),
        (Text("Unit", "Единица"), f"{UNITS[metric.unit][language]}; {GOOD[metric.good][language]}"),
        (Text("Over time", "Во времени"), OVER_TIME[metric.over_time][language]),
        (Text("Needs", "Нужны поля"), _needs(metric, facts, language)),
        (Text("Counts", "Учитывает"), "; ".join(dict.fromkeys(_counted(m, language) for m in metric.measures))),
        (Text("Leaves out", "Не учитывает"), "; ".join(left_out)),
        (Text("Dimensions", "Разрезы"), ", ".join(d.label[language] for d in dimensions_in_principle(metric))),
        (Text("Also called", "Другие имена"), _codes(metric.aliases)),
    ]
    return "\n".join(
        [
            f"### {metric.label[language]}",
            "",
            f"`{metric.key}` · {metric.label[other]}",
            "",
            metric.definition[language],
            "",
            *_table(("", ""), ((f"**{name[language]}**", text) for name, text in rows if text)),
        ]
    )


def dimensions_in_principle(metric: Metric) -> list[Dimension]:
    """The dimensions that every fact of the metric can carry, were all the fields of the model filled."""
    relations = {f.relation(EVERYTHING) for f in _facts(metric)}
    return [d for d in DIMENSIONS if all(d.paths.get(r) for r in relations)]


def _facts(metric: Metric) -> list[Fact]:
    return list({m.fact.key: m.fact for m in metric.measures}.values())


def _needs(metric: Metric, facts: list[Fact], language: Language) -> str:
    either = Text(", or ", ", или ")[language]
    choices = [either.join(_codes(group, " + ") for group in f.any) for f in facts if f.any]
    return "; ".join(filter(None, [_codes(metric.needs), *dict.fromkeys(choices)]))


def _counted(measure: Measure, language: Language) -> str:
    when = WINDOWS[measure.window] if measure.window in WINDOWS else PLACED[measure.placed]
    return f"{measure.fact.label[language]}, {when[language]}"


# --- data model -------------------------------------------------------------------------------------------------


def model_page(language: Language) -> str:
    parts = [GENERATED[language], MODEL_INTRO[language], *(_entity(e, language) for e in ENTITIES)]
    parts += [VOCABULARIES_INTRO[language], *(_vocabulary(v, language) for v in VOCABULARIES)]
    return "\n\n".join(parts) + "\n"


def _entity(entity: Entity, language: Language) -> str:
    titles = [
        Text("Field", "Поле"),
        Text("Type", "Тип"),
        Text("", ""),
        Text("Meaning", "Смысл"),
        Text("Header names recognised", "Узнаваемые заголовки"),
    ]
    lines = [f"## {entity.label[language]}", "", f"`{entity.name}` · {entity.meaning[language]}", ""]
    if entity.natural_key:
        text = Text("Where no key column is mapped, the key is made from {names}.",
                    "Если колонки с ключом нет, ключ составляется из полей {names}.")  # fmt: skip
        lines += [text.format(names=_codes(entity.natural_key))[language], ""]
    lines += _table([t[language] for t in titles], (_field(f, language) for f in entity.fields))
    return "\n".join(lines)


def _field(field: Field, language: Language) -> tuple[str, ...]:
    roles = [
        Text("key", "ключ") if field.key else None,
        Text("required", "обязательное") if field.required else None,
        Text(f"→ {field.references}", f"→ {field.references}") if field.references else None,
    ]
    return (
        f"`{field.name}`",
        _type(field, language),
        ", ".join(r[language] for r in roles if r),
        f"**{field.label[language]}.** {field.meaning[language]}",
        ", ".join(field.synonyms),
    )


def _type(field: Field, language: Language) -> str:
    said = TYPES[field.type][language]
    if field.vocabulary:
        return f"{said} [{field.vocabulary.name}](#{field.vocabulary.name})"
    return f"{said}, {FIELD_UNITS[field.unit][language]}" if field.unit else said


def _vocabulary(vocabulary: Vocabulary, language: Language) -> str:
    titles = [
        Text("Value", "Значение"),
        Text("Shown as", "Показано как"),
        Text("Spellings recognised", "Узнаваемые написания"),
    ]
    rows = ((f"`{t.key}`", t.label[language], ", ".join(t.synonyms)) for t in vocabulary.terms)
    lines = [f"### {vocabulary.name}", "", f"{vocabulary.label[language]}.", ""]
    return "\n".join([*lines, *_table([t[language] for t in titles], rows)])


# --- markdown ---------------------------------------------------------------------------------------------------


def _codes(names: Iterable[str], between: str = ", ") -> str:
    return between.join(f"`{n}`" for n in names)


def _table(titles: Iterable[str], rows: Iterable[tuple[str, ...]]) -> list[str]:
    heading = list(titles)
    lines = [heading, ["---"] * len(heading), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


# --- pages ------------------------------------------------------------------------------------------------------


def pages() -> dict[str, str]:
    """File name in docs/ -> its text."""
    kinds = {"metrics": metrics_page, "data_model": model_page}
    suffix = {"en": ".md", "ru": ".ru.md"}
    return {f"{name}{suffix[lang]}": page(lang) for name, page in kinds.items() for lang in LANGUAGES}


def stale(folder: Path = DOCS) -> list[str]:
    """The pages in `folder` that are missing or not what the code says now."""
    return [
        name
        for name, text in pages().items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    ]


def main(arguments: list[str]) -> int:
    old = stale()
    if arguments == ["--check"]:
        for name in old:
            print(f"docs/{name} is not current: run `make docs`", file=sys.stderr)
        return 1 if old else 0
    if arguments:
        print("usage: python docs/build.py [--check]", file=sys.stderr)
        return 2
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8", newline="\n")
    print(f"written: {', '.join(old)}" if old else "every generated page was current")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
