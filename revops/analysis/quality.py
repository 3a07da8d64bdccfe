"""Data quality of a workspace: all checks at a glance, the rows behind one, and how complete each field is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from revops.analysis import phrases
from revops.analysis.core import Analysis, Column, Param, ParamKind, Result, View
from revops.analysis.quality_checks import Check, Severity
from revops.analysis.quality_links import CHECK, CHECKS
from revops.analysis.values import records
from revops.errors import NotComputable
from revops.formats import Formatter
from revops.ingest.types import literal, quoted
from revops.metrics.core import Unit
from revops.model import ENTITY
from revops.model.core import FieldType
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

ROWS = Text("row|rows", "строка|строки|строк")
SEVERITY = {
    str(Severity.WRONG.value): Text("figures wrong", "цифры неверны"),
    str(Severity.GAP.value): Text("figures incomplete", "цифры неполны"),
    str(Severity.UNTIDY.value): Text("untidy", "непорядок"),
}
EVERYTHING = Text(
    "Looks at everything that is loaded, whatever the period and the filters.",
    "Смотрит на все загруженные данные: период и фильтры не действуют.",
)

NOTHING = Text("nothing that can be checked is loaded.", "не загружено ничего, что можно проверить.")


def missing_for(check: Check, filled: frozenset[str]) -> tuple[str, ...]:
    """The fields without which nothing can be said; () where the check can be made."""
    return tuple(n for n in check.needs if n not in filled)


def _from(entity: str) -> str:
    """The entity's rows `t`, the import `i` each came from, the last day that counts and the workspace's currency."""
    return f"main.{entity} t JOIN log.imports i ON i.import_id = t._import_id, as_of, own"


def _given(engine: Engine, view: View) -> dict[str, str]:
    """The small relations that conditions may read."""
    return {
        "as_of": f"SELECT DATE '{view.as_of.isoformat()}' AS day",
        "own": f"SELECT {literal(engine.basis.conventions.currency)} AS currency",
    }


# --- all checks ---------------------------------------------------------------------------------------------------


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """One row a check that can be made: check, severity, entity, bad (rows), of (rows looked at), share, meaning and
    fix (both the check's key: their texts are in COLUMNS). Faults first: worst severity, then most rows.

    facts: checks (with rows to look at), failed, bad; not_checked (check -> fields to map); first (where to begin).
    """
    filled = engine.basis.filled
    absent = {c.key: missing_for(c, filled) for c in CHECKS}
    made = [c for c in CHECKS if not absent[c.key]]
    not_checked = {key: list(fields) for key, fields in absent.items() if fields}
    if not made:
        facts = {"checks": 0, "failed": 0, "bad": 0, "not_checked": not_checked, "first": None}
        empty = pd.DataFrame(columns=[c.key for c in COLUMNS])
        return Result(frame=empty, columns=COLUMNS, facts=facts, empty=NOTHING)
    by_entity = {e: [c for c in made if c.entity == e] for e in dict.fromkeys(c.entity for c in made)}
    sql = "\nUNION ALL ".join(_counts(entity, checks) for entity, checks in by_entity.items())
    counted, ran = engine.select(sql, _given(engine, view))
    frame = _overview(counted)
    failed = frame[frame["bad"] > 0]
    return Result(
        frame=frame,
        columns=COLUMNS,
        facts={
            "checks": int((frame["of"] > 0).sum()),
            "failed": len(failed),
            "bad": int(failed["bad"].sum()),
            "not_checked": not_checked,
            "first": str(failed["check"].iloc[0]) if len(failed) else None,
        },
        sql=(ran,),
        rows_used=tuple((ENTITY[e].label, n) for e, n in _looked_at(engine, made).items()),
    )


def _counts(entity: str, checks: list[Check]) -> str:
    """SQL of one row a check of the entity (check, bad, of), reading its rows once."""
    seen = ", ".join(
        f"({c.among or 'true'}) AS among_{i}, ({c.among or 'true'}) AND ({c.bad}) AS bad_{i}"
        for i, c in enumerate(checks)
    )
    counted = ", ".join(
        f"count(*) FILTER (bad_{i}) AS bad_{i}, count(*) FILTER (among_{i}) AS of_{i}" for i in range(len(checks))
    )
    each = " UNION ALL ".join(f"SELECT {i} AS n, {literal(c.key)} AS name" for i, c in enumerate(checks))
    bad, of = (" ".join(f"WHEN {i} THEN {kind}_{i}" for i in range(len(checks))) for kind in ("bad", "of"))
    return (
        f'SELECT k.name AS "check", CASE k.n {bad} END AS bad, CASE k.n {of} END AS "of" '
        f"FROM (SELECT {counted} FROM (SELECT {seen} FROM {_from(entity)}) AS seen) AS c CROSS JOIN ({each}) AS k"
    )


def _overview(counted: pd.DataFrame) -> pd.DataFrame:
    frame = counted.copy()
    frame["bad"], frame["of"] = frame["bad"].astype(int), frame["of"].astype(int)
    frame["share"] = [b / n if n else 0.0 for b, n in zip(frame["bad"], frame["of"], strict=True)]
    frame["severity"] = [str(CHECK[k].severity.value) for k in frame["check"]]
    frame["entity"] = [CHECK[k].entity for k in frame["check"]]
    frame["meaning"] = frame["fix"] = frame["check"]
    frame["_clean"] = frame["bad"] == 0
    frame = frame.sort_values(["_clean", "severity", "bad"], ascending=[True, True, False], kind="stable")
    return frame[[c.key for c in COLUMNS]].reset_index(drop=True)


def _looked_at(engine: Engine, made: list[Check]) -> dict[str, int]:
    counts = engine.workspace.counts()
    return {e: counts[e] for e in dict.fromkeys(c.entity for c in made)}


COLUMNS = (
    Column(key="check", label=Text("Check", "Проверка"), names={c.key: c.title for c in CHECKS}),
    Column(key="severity", label=Text("Severity", "Важность"), names=SEVERITY),
    Column(key="entity", label=Text("Table", "Таблица"), names={e.name: e.label for e in ENTITY.values()}),
    Column(key="bad", label=Text("Rows with the fault", "Строк с ошибкой"), unit=Unit.COUNT),
    Column(key="of", label=Text("Rows checked", "Проверено строк"), unit=Unit.COUNT),
    Column(key="share", label=Text("Share", "Доля"), unit=Unit.SHARE),
    Column(key="meaning", label=Text("What it means", "Что это значит"), names={c.key: c.meaning for c in CHECKS}),
    Column(key="fix", label=Text("What to do", "Что делать"), names={c.key: c.fix for c in CHECKS}),
)


def finding(result: Result, formatter: Formatter) -> str:
    """How many checks found something; the worst of them, and what it does to the figures."""
    facts = result.facts
    if not facts["failed"]:
        return formatter.say(
            Text("All {n} checks that can be made are clean.", "Все выполнимые проверки ({n}) пройдены."),
            n=facts["checks"],
        )
    first = next(r for r in records(result.frame) if r["check"] == facts["first"])
    check = CHECK[facts["first"]]
    return formatter.say(
        Text(
            "{f} of {n} checks found something. First: {t}: {b} of {o} ({s}). {m}",
            "Что-то нашли {f} из {n} проверок. Начните с этого: {t} — {b} из {o} ({s}). {m}",
        ),
        f=facts["failed"],
        n=facts["checks"],
        t=phrases.lower_first(check.title[formatter.language]),
        b=formatter.number(first["bad"]),
        o=formatter.number(first["of"]),
        s=formatter.percent(first["share"]),
        m=check.meaning[formatter.language],
    )


DATA_QUALITY = Analysis(
    key="data_quality",
    title=Text("Data quality", "Качество данных"),
    question=Text("Can the figures be trusted?", "Можно ли верить цифрам?"),
    definition=Text(
        f"Rows that repeat, contradict themselves, point to nothing or lack what a figure needs. {EVERYTHING.en}",
        f"Строки, которые повторяются, противоречат себе, ни на что не ссылаются или не содержат нужного. "
        f"{EVERYTHING.ru}",
    ),
    params=(),
    run=run,
    finding=finding,
    chart="table",
)

# --- the rows behind one ------------------------------------------------------------------------------------------


def _first_possible(engine: Engine) -> Check:
    """The first check whose fields are mapped; where there is none, the first of all."""
    return next((c for c in CHECKS if not missing_for(c, engine.basis.filled)), CHECKS[0])


def run_rows(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """The faulty rows of the check, at most `limit`, those that belong together side by side: the fields that show
    the fault, then file, import and row (number of the data row in the file). facts: check, bad, shown.

    Raises NotComputable where a field the check needs is not mapped.
    """
    check = CHECK[params["check"]] if params["check"] else _first_possible(engine)
    absent = missing_for(check, engine.basis.filled)
    if absent:
        raise NotComputable(
            Text("“{t}” can't be checked yet.", "«{t}» пока нельзя проверить.").format(t=check.title),
            fix=Text("Map {f}.", "Сопоставьте {f}.").format(f=", ".join(absent)),
        )
    shown = ", ".join(f"t.{quoted(name)}" for name in check.shows)
    among = f"({check.among}) AND " if check.among else ""
    order = f"{check.together}, " if check.together else ""
    sql = (
        f"SELECT {shown}, coalesce(i.file || ' › ' || i.sheet, i.file) AS file, t._import_id AS import_id, "
        f't._row AS "row", count(*) OVER () AS "_all" '
        f"FROM {_from(check.entity)} WHERE {among}({check.bad}) ORDER BY {order}t._import_id, t._row "
        f"LIMIT {max(1, int(params['limit']))}"
    )
    frame, ran = engine.select(sql, _given(engine, view))
    bad = int(frame["_all"].iloc[0]) if len(frame) else 0
    return Result(
        frame=frame.drop(columns="_all"),
        columns=(*WHERE_FROM, *(_shown_as(check.entity, name) for name in check.shows), IMPORT),
        facts={"check": check.key, "bad": bad, "shown": len(frame)},
        sql=(ran,),
        rows_used=((ENTITY[check.entity].label, bad),),
    )


def _shown_as(entity: str, name: str) -> Column:
    field = ENTITY[entity].field(name)
    names = {t.key: t.label for t in field.vocabulary.terms} if field.vocabulary else {}
    numeric = field.type in (FieldType.DECIMAL, FieldType.INTEGER)
    return Column(key=name, label=field.label, names=names, unit=Unit.COUNT if numeric else None)


IMPORT = Column(key="import_id", label=Text("Import", "Импорт"), unit=Unit.COUNT)
WHERE_FROM = (
    Column(key="file", label=Text("File", "Файл")),
    Column(key="row", label=Text("Data row", "Строка данных"), unit=Unit.COUNT),
)


def finding_of_rows(result: Result, formatter: Formatter) -> str:
    """How many rows, what they do to the figures and what to do."""
    check, language = CHECK[result.facts["check"]], formatter.language
    head = headline(result, formatter)
    return f"{head} {check.meaning[language]} {check.fix[language]}" if result.facts["bad"] else head


def headline(result: Result, formatter: Formatter) -> str:
    """ "Won deals with no amount: 12 rows." """
    title, bad = CHECK[result.facts["check"]].title[formatter.language], result.facts["bad"]
    found = formatter.plural(bad, ROWS) if bad else formatter.say(Text("none", "нет"))
    return f"{title}: {found}."


QUALITY_ROWS = Analysis(
    key="quality_rows",
    title=Text("Rows behind a check", "Строки проверки"),
    question=Text("Which rows are faulty?", "Какие строки с ошибкой?"),
    definition=Text(
        f"The rows that one check of data quality finds, with the file and row each came from. {EVERYTHING.en}",
        f"Строки, найденные одной проверкой качества, с файлом и номером строки, откуда они пришли. {EVERYTHING.ru}",
    ),
    params=(
        Param(
            key="check",
            label=Text("Check", "Проверка"),
            kind=ParamKind.CHOICE,
            optional=True,
            choices={c.key: c.title for c in CHECKS},
        ),
        Param(key="limit", label=Text("Rows at most", "Не больше строк"), kind=ParamKind.NUMBER, default=1000),
    ),
    run=run_rows,
    finding=finding_of_rows,
    chart="table",
)
