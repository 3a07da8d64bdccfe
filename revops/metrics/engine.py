"""Runs metrics and analyses on a workspace, in DuckDB or in the engine that its tables are in (engines/).

An Engine is cheap: make one a script run or request. It holds the workspace, what is filled, and what it answered
lately.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from revops.errors import NotComputable, unknown
from revops.metrics import METRICS, attribution, calendar, prepared
from revops.metrics import metric as metric_of
from revops.metrics.compiled import derived_sql, known_dimensions, metrics_sql, part_sql, told_sql, value_counts_sql
from revops.metrics.core import Basis, Conventions, Fact, Metric, MetricResult, Period, Query
from revops.metrics.derived import DERIVED_BY_NAME
from revops.metrics.dimensions import DIMENSIONS, Dimension, carried_by_derived, find, model_field, open_paths
from revops.metrics.engines import executor_of
from revops.metrics.engines.dialect import Dialect
from revops.metrics.engines.executor import DuckExecutor, Executor
from revops.metrics.engines.within import WithinExecutor
from revops.metrics.evaluate import Part, as_known, bundled, filter_name, filtered
from revops.metrics.facts import MOVEMENTS
from revops.metrics.figures import finished, looks
from revops.metrics.remembered import Remembered
from revops.metrics.rules import needs_as_of
from revops.metrics.variants import in_force
from revops.model import ENTITY, fold
from revops.model.definitions import Definitions
from revops.text import Text

if TYPE_CHECKING:
    from revops.workspace import Workspace

Where = Mapping[str, tuple[str, ...]]


class Engine:
    """What can be asked of a workspace."""

    def __init__(
        self, workspace: Workspace, executor: Executor | None = None, *, definitions: Definitions | None = None
    ) -> None:
        """executor: where statements run; None: where the workspace's tables are. definitions None: the workspace's."""
        self.workspace = workspace
        self.executor = executor or executor_of(workspace)
        self._definitions = definitions
        self._fresh: set[str] = set()  # derived tables seen to already: an engine sees one state of the data
        self._remembered = Remembered()

    # --- what there is --------------------------------------------------------------------------------------

    @cached_property
    def basis(self) -> Basis:
        settings = self.workspace.settings
        filled = {f"{entity}.{name}" for entity, names in self.workspace.filled().items() for name in names}
        return Basis(
            conventions=Conventions(
                currency=settings.currency,
                fiscal_year_start=settings.fiscal_year_start,
                week_start=settings.week_start,
                gross_margin=settings.gross_margin,
                response_sla_hours=settings.response_sla_hours,
                cac_lag_months=settings.cac_lag_months,
                handoff_days=settings.handoff_days,
                renewal_notice_days=settings.renewal_notice_days,
                payment_days=settings.payment_days,
                definitions=self._definitions or settings.definitions,
                data_until=self.workspace.as_of() if needs_as_of(self._definitions or settings.definitions) else None,
            ),
            filled=frozenset(filled),
        )

    @property
    def conventions(self) -> Conventions:
        return self.basis.conventions

    def under(self, definitions: Definitions) -> Engine:
        """The same data under other definitions. What the workspace keeps of its own is neither read nor changed."""
        if definitions == self.conventions.definitions:
            return self
        place = self.executor.executor if isinstance(self.executor, WithinExecutor) else self.executor
        return Engine(self.workspace, WithinExecutor(place), definitions=definitions)

    @cached_property
    def as_of(self) -> dt.date:
        """The last day that counts: the latest event in the data. Raises NotComputable on an empty workspace."""
        day = self.workspace.as_of()
        if day is None:
            raise NotComputable(
                Text("Nothing is loaded yet.", "Пока ничего не загружено."),
                fix=Text("Import files or open the demo.", "Загрузите файлы или откройте демо."),
            )
        return day

    @property
    def _known(self) -> dict[str, Dimension]:
        return known_dimensions(self.basis)

    @property
    def dialect(self) -> Dialect:
        """How the engine writes SQL: what compiles an expression once for all that run it."""
        return self.executor.dialect

    @cached_property
    def _headers(self) -> dict[str, str]:
        """Folded header of a person's file -> the dimension it became ("regional office" -> team)."""
        by_field: dict[str, str] = {}
        for dimension in DIMENSIONS:
            for relation, paths in dimension.paths.items():
                for path in paths:
                    by_field.setdefault(model_field(relation, path), dimension.key)
        found: dict[str, str] = {}
        for (entity, field), headers in self.workspace.source_headers().items():
            key = by_field.get(f"{entity}.{field}")
            for header in headers if key else ():
                found.setdefault(fold(header), key or "")
        return found

    def dimension(self, name: str) -> Dimension:
        """The dimension a person means: key, label, or a header of their file. Raises UnknownName."""
        found = find(name, self._known, self._headers)
        if found is None:
            usable = [k for k, d in self._known.items() if any(open_paths(d, r, self.basis) for r in d.paths)]
            raise unknown(Text("dimension", "разрез"), name, usable)
        return found

    def dimensions(self, metric_key: str) -> tuple[Dimension, ...]:
        """What the metric can be broken down by now: every one of its facts can tell the dimension."""
        metric = metric_of(metric_key)
        relations = {m.fact.relation(self.basis) for m in metric.measures}
        return tuple(d for d in self._known.values() if all(open_paths(d, r, self.basis) for r in relations))

    def all_dimensions(self) -> tuple[Dimension, ...]:
        """Every dimension that some loaded rows can tell."""
        return tuple(d for d in self._known.values() if any(open_paths(d, r, self.basis) for r in d.paths))

    def values(self, name: str, limit: int = 200) -> list[str]:
        """The values of a dimension anywhere in the data, commonest first; "" (none) is left out."""
        dimension = self.dimension(name)
        counted: dict[str, int] = {}
        for relation in dimension.paths:
            paths = open_paths(dimension, relation, self.basis)
            if relation not in ENTITY or not paths or any(carried_by_derived(relation, p) for p in paths):
                continue  # where only a derived fact carries it, the entity it comes from tells the values
            frame, _sql = self.run(value_counts_sql(dimension.key, relation, self.basis, self.dialect), {})
            for value, rows in zip(frame["value"], frame["rows"], strict=True):
                counted[value] = counted.get(value, 0) + int(rows)
        ranked = sorted(counted, key=lambda v: (-counted[v], v))
        return [v for v in ranked if v != ""][:limit]

    # --- what can be told -----------------------------------------------------------------------------------

    def missing(self, metric_key: str) -> tuple[str, ...]:
        """The model fields to map before the metric can be told; () when it can be told now."""
        metric = metric_of(metric_key)
        absent: list[str] = []
        for fact in _facts(metric):
            absent += [f for f in fact.needs if f not in self.basis.filled]
            if fact.any and not any(self.basis.has(*group) for group in fact.any):
                absent += [f for f in fact.any[0] if f not in self.basis.filled]
        return tuple(dict.fromkeys(absent))

    def why_not(self, metric_key: str) -> Text | None:
        """A sentence on what to map to unlock the metric; None when it can be told."""
        absent = self.missing(metric_key)
        if not absent:
            return None
        return Text("Map {fields} to unlock “{metric}”.", "Сопоставьте {fields}, чтобы увидеть «{metric}».").format(
            fields=", ".join(absent), metric=metric_of(metric_key).label
        )

    def metric(self, name: str) -> Metric:
        """The metric as the definitions in force have it: measures, formula and words. Raises UnknownName."""
        return in_force(metric_of(name), self.basis)

    def metrics(self) -> tuple[Metric, ...]:
        """The metrics that can be told now."""
        return tuple(m for m in METRICS if not self.missing(m.key))

    # --- asking ---------------------------------------------------------------------------------------------

    def knows(self, query: Query) -> bool:
        """It was answered lately, maybe beside other periods: asking it runs no statement."""
        return self._known_answer(query) is not None

    def evaluate(self, query: Query) -> MetricResult:
        """The metric's values. Raises NotComputable (a field, dimension or filter it cannot tell), UnknownName."""
        self.check(query)
        return self._answered([query])[0]

    def evaluate_together(self, queries: Sequence[Query]) -> list[MetricResult | NotComputable]:
        """The values of several metrics, by a statement a processor; of a metric that cannot be told, why.

        Precondition: no `by`, and periods, as_of and where are the same in all.
        """
        reasons: dict[str, NotComputable] = {}
        for query in queries:
            try:
                self.check(query)
            except NotComputable as error:
                reasons[query.metric] = error
        askable = {q.metric: q for q in queries if q.metric not in reasons}
        known = {key: answer for key, q in askable.items() if (answer := self._known_answer(q)) is not None}
        askable = {key: q for key, q in askable.items() if key not in known}
        bundles = bundled([self.metric(key) for key in askable], min(4, os.cpu_count() or 1))
        with ThreadPoolExecutor(max_workers=len(bundles) or 1) as pool:
            answered = list(pool.map(lambda keys: self._answered([askable[m.key] for m in keys]), bundles))
        told = known | {r.query.metric: r for bundle in answered for r in bundle}
        return [told[q.metric] if q.metric in told else reasons[q.metric] for q in queries]

    def check(self, query: Query) -> None:
        """Raises NotComputable where the metric cannot be told, or not by what the query asks for."""
        metric = metric_of(query.metric)
        reason = self.why_not(metric.key)
        if reason is not None:
            raise NotComputable(
                Text("“{metric}” can't be told yet.", "«{metric}» пока нельзя посчитать.").format(metric=metric.label),
                fix=reason,
            )
        for name in (*([query.by] if query.by else []), *query.where):
            dimension = self._usable(metric, name)
            if metric.attributed and query.where.get(name) == ("",):
                raise NotComputable(attribution.of_nothing(metric, dimension))

    def _known_answer(self, query: Query) -> MetricResult | None:
        """What was answered to it while the data are the same; another engine's data may change unseen."""
        return self._remembered.answer(query, self.workspace.fingerprint) if self._remembers else None

    @property
    def _remembers(self) -> bool:
        return isinstance(self.executor, DuckExecutor)

    def _answered(self, queries: Sequence[Query]) -> list[MetricResult]:
        """As `_evaluated`; a single one may have been answered before."""
        known = self._known_answer(queries[0]) if len(queries) == 1 else None
        if known is not None:
            return [known]
        state = self.workspace.fingerprint
        found = self._evaluated(queries)
        if self._remembers:
            for one in found:
                self._remembered.keep(one, state)
        return found

    def _evaluated(self, queries: Sequence[Query]) -> list[MetricResult]:
        """Queries that differ in their metric alone, all of them checked, by one statement."""
        query = queries[0]
        metrics = [self.metric(q.metric) for q in queries]
        by = self.dimension(query.by).key if query.by else None
        where = tuple(sorted({self.dimension(k).key for k in query.where}))
        text, parts = metrics_sql(tuple(m.key for m in metrics), by, self.basis, self.dialect)
        windows = sorted({"self", *(m.window for part in parts for m in part.measures)})
        relations = {
            **{f"periods_{w}": self.dialect.periods(looks(query, w, self.conventions)) for w in windows},
            **self.filters(query.where),
            **self.asked(parts, query.as_of),
            **self._parts(parts, by, where, query.as_of),
        }
        frame, sql = self.run(text, relations)
        columns = finished(frame, metrics, query)
        return [
            MetricResult(query=q, metric=metric, columns=told, sql=sql, notes=self._notes(metric, by, told))
            for q, metric, told in zip(queries, metrics, columns, strict=True)
        ]

    def _notes(self, metric: Metric, by: str | None, told: Mapping[str, Any]) -> tuple[Text, ...]:
        said = metric.note(self.basis) if metric.note else None
        unattributed = attribution.note(metric, self._known[by], told) if by else None
        return tuple(note for note in (said, unattributed) if note)

    def _parts(self, parts: Sequence[Part], by: str | None, where: tuple[str, ...], as_of: dt.date) -> dict[str, str]:
        """Each part's SQL: over what is prepared of large entities, else over the entities themselves.

        What is prepared holds all that is known today: not what was known on an earlier day, where that differs.
        """
        large = isinstance(self.executor, DuckExecutor) and self._large
        told: dict[str, str] = {}
        for part, known in zip(parts, self.known(parts, as_of), strict=True):
            kept = prepared.over(self, part, by, where, as_of) if large and known is part else None
            told[part.name] = kept or part_sql(known, by, where, self.basis, self.dialect)
        return told

    def known(self, parts: Sequence[Part], as_of: dt.date) -> list[Part]:
        """The parts as they are to be asked on that day: on one before the data's last, of what was known by then."""
        last = self.workspace.as_of()
        return [as_known(part) for part in parts] if last is not None and as_of < last else list(parts)

    def asked(self, parts: Sequence[Part], as_of: dt.date) -> dict[str, str]:
        """The relation that tells the last day that counts, where one of the parts reads it."""
        reads = any(p.measures[0].as_of or p.measures[0].fact.then for p in parts)
        return {"asked": self.dialect.days({"as_of": as_of})} if reads else {}

    @cached_property
    def records(self) -> dict[str, int]:
        """Records of each entity."""
        return self.executor.counts()

    @property
    def _large(self) -> bool:
        return max(self.records.values(), default=0) >= prepared.MANY

    def filters(self, where: Where) -> dict[str, str]:
        """The relations that hold the kept values of each filter, for a statement that reads them (`keep`)."""
        return {f"filter_{filter_name(self.dimension(k))}": self.dialect.values(tuple(v)) for k, v in where.items()}

    def frame(
        self,
        expr: ir.Table,
        *,
        periods: Sequence[Period] = (),
        where: Where | None = None,
    ) -> tuple[pd.DataFrame, str]:
        """Runs an unbound expression over the shared model; gives its rows and the SQL that ran.

        It may read periods("self") and, through `keep`, the filters.
        """
        relations = self.filters(where or {})
        if periods:
            rows = [(i, p.start, p.end) for i, p in enumerate(periods)]
            relations["periods_self"] = self.dialect.periods(rows)
        return self.run(self.dialect.compile(expr), relations)

    def told(
        self,
        key: Hashable,
        build: Callable[[], ir.Table],
        *,
        period: Period,
        as_of: dt.date,
        where: Where,
        periods: Sequence[Period] = (),
    ) -> tuple[pd.DataFrame, str]:
        """Runs the expression that `build` makes, compiled once for its key; gives its rows and the SQL that ran.

        It may read looked_at (the period up to as_of), periods("self") where some are given (cut in the same way) and,
        through `keep`, the filters; it may depend on the key, on which dimensions are filtered and on the basis, and on
        nothing else: no day and no kept value may be in it.
        """
        known = (key, tuple(sorted(self.dimension(k).key for k in where)), self.basis)
        text = told_sql(known, build, self.dialect)
        reached = calendar.cut(period, as_of)
        looked_at = self.dialect.days({"start": reached.start, "end": reached.end, "as_of": as_of})
        relations = {"looked_at": looked_at, **self.filters(where)}
        if periods:
            cut = [calendar.cut(p, as_of) for p in periods]
            relations["periods_self"] = self.dialect.periods([(i, p.start, p.end) for i, p in enumerate(cut)])
        return self.run(text, relations)

    def keep(self, rows: ir.Table, relation: str, where: Where) -> ir.Table:
        """`rows` of a relation ("opportunities", ...) that pass the filters. NotComputable: it cannot tell one."""
        dimensions = []
        for name in where:
            dimension = self.dimension(name)
            if not open_paths(dimension, relation, self.basis):
                raise self._cannot(dimension, ENTITY[relation].label if relation in ENTITY else MOVEMENTS.label)
            dimensions.append(dimension)
        return filtered(rows, relation, tuple(dimensions), self.basis)

    def select(self, sql: str, relations: Mapping[str, str] | None = None) -> tuple[pd.DataFrame, str]:
        """Runs our own SQL (never a person's: that is workspace.query_user) over the model and the derived tables.

        It and its relations are written for DuckDB; another engine gets them translated.
        """
        translated = self.dialect.translated
        return self.run(translated(sql), {name: translated(body) for name, body in (relations or {}).items()})

    def run(self, text: str, relations: Mapping[str, str]) -> tuple[pd.DataFrame, str]:
        """Runs SQL of the engine's dialect: derived tables that it reads are brought up to date, relations are CTEs."""
        for name in DERIVED_BY_NAME:
            if any(self.executor.reads(t, name) for t in (text, *relations.values())):
                self.refresh(name)
        return self.executor.run(text, relations)

    def rows_used(self, metric_key: str, period: Period, where: Where) -> list[tuple[Text, int]]:
        """For each fact of the metric, how many rows lie in the period (for a stock: up to its end)."""
        metric = metric_of(metric_key)
        counts: list[tuple[Text, int]] = []
        for measure in {m.fact.key: m for m in metric.measures}.values():
            rows = self.keep(measure.fact.rows(self.basis), measure.fact.relation(self.basis), where)
            reached = calendar.cut(period, self.as_of)
            inside = rows.filter(rows.day < ibis.literal(reached.end))
            if measure.placed.value == "in":
                inside = inside.filter(inside.day >= ibis.literal(reached.start))
            frame, _sql = self.frame(inside.agg(rows=inside.count()), where=where)
            counts.append((measure.fact.label, int(frame["rows"].iloc[0])))
        return counts

    def rows_left_out(self, metric_key: str) -> list[tuple[Text, int]]:
        """Rows that cannot count in the metric, by reason, over all the data; only reasons that hold for some."""
        counts: dict[Text, int] = {}
        for fact in _facts(metric_of(metric_key)):
            for left_out in fact.left_out:
                rows = left_out.rows(self.basis)
                frame, _sql = self.frame(rows.agg(rows=rows.count()))
                if (found := int(frame["rows"].iloc[0])) > 0:
                    counts[left_out.reason] = found
        return list(counts.items())

    # --- inside ---------------------------------------------------------------------------------------------

    def _usable(self, metric: Metric, name: str) -> Dimension:
        dimension = self.dimension(name)
        for fact in _facts(metric):
            if not open_paths(dimension, fact.relation(self.basis), self.basis):
                raise self._cannot(dimension, fact.label, metric)
        return dimension

    def _cannot(self, dimension: Dimension, rows: Text, metric: Metric | None = None) -> NotComputable:
        about = metric.label if metric else rows
        return NotComputable(
            Text(
                "“{about}” can't be told by {dimension}: {rows} do not carry it.",
                "«{about}» нельзя посчитать в разрезе «{dimension}»: {rows} его не содержат.",
            ).format(about=about, dimension=dimension.label, rows=rows),
            fix=Text("Choose another dimension or remove the filter.", "Выберите другой разрез или снимите фильтр."),
        )

    def refresh(self, name: str) -> None:
        if name in self._fresh:
            return
        derived = DERIVED_BY_NAME[name]
        for used in derived.uses:
            self.refresh(used)
        self.executor.derive(name, derived_sql(name, self.basis, self.dialect), derived.inputs)
        self._fresh.add(name)


def _facts(metric: Metric) -> tuple[Fact, ...]:
    return tuple({m.fact.key: m.fact for m in metric.measures}.values())
