"""The part of Altair's interface that our charts are written in, as plain dicts of Vega-Lite: imported as `alt`.

Altair copies and checks every object a chart is made of, 30 to 60 ms a chart; these only hold what they are given. So
nothing is guessed or abbreviated: fields and types are named, and tests hold each chart against Vega-Lite's schema.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import pandas as pd


class Node(dict[str, Any]):
    """A part of a specification. Its properties are given by name and may be set later: `x.axis.tickMinStep = 1`."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def copy(self) -> Self:
        """The same with properties of its own; what they hold is shared."""
        return type(self)(self)


class X(Node): ...


class X2(Node): ...


class Y(Node): ...


class Y2(Node): ...


class YOffset(Node): ...


class Color(Node): ...


class Stroke(Node): ...


class Shape(Node): ...


class Order(Node): ...


class Text(Node): ...


class Tooltip(Node): ...


class Axis(Node): ...


class Legend(Node): ...


class Scale(Node): ...


class ExprRef(Node): ...


class Parameter(Node): ...


def value(given: Any) -> Node:
    """A channel that is the same for every mark."""
    return Node(value=given)


def selection_point(*, name: str, fields: Sequence[str], on: str) -> Parameter:
    """A click picks marks by these fields."""
    return Parameter(name=name, select={"type": "point", "fields": list(fields), "on": on})


# --- conditions ---------------------------------------------------------------------------------------------------


class Test:
    """An expression over a row: `datum.few & ~datum.clear`."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __and__(self, other: Test) -> Test:
        return Test(f"({self.text} && {other.text})")

    def __or__(self, other: Test) -> Test:
        return Test(f"({self.text} || {other.text})")

    def __invert__(self) -> Test:
        return Test(f"(!{self.text})")

    def equals(self, word: str) -> Test:
        return Test(f"({self.text} === '{word}')")


class _Datum:
    def __getattr__(self, name: str) -> Test:
        return Test(f"datum.{name}")


datum = _Datum()


class Then:
    """What a channel is where a test holds, the first of them that does."""

    def __init__(self, told: tuple[Node, ...]) -> None:
        self.told = told

    def when(self, test: Test) -> When:
        return When(test, self.told)

    def otherwise(self, channel: Node) -> Node:
        return Node({**channel, "condition": list(self.told)})


class When:
    def __init__(self, test: Test, before: tuple[Node, ...] = ()) -> None:
        self.test = test
        self.before = before

    def then(self, channel: Node) -> Then:
        return Then((*self.before, Node({"test": self.test.text, **channel})))


def when(test: Test) -> When:
    return When(test)


def condition(test: str, held: Node, otherwise: Node) -> Node:
    """One channel where the test holds, another one where it does not."""
    return Node({**otherwise, "condition": {"test": test, **held}})


# --- charts -------------------------------------------------------------------------------------------------------


class Chart:
    """One layer: marks over the rows of a frame. Each step gives a chart of its own."""

    def __init__(self, data: pd.DataFrame, told: Mapping[str, Any] | None = None) -> None:
        self.data = data
        self.told = dict(told or {})

    def _with(self, **more: Any) -> Chart:
        return Chart(self.data, {**self.told, **more})

    def _mark(self, kind: str, properties: Mapping[str, Any]) -> Chart:
        return self._with(mark={"type": kind, **properties})

    def mark_area(self, **properties: Any) -> Chart:
        return self._mark("area", properties)

    def mark_bar(self, **properties: Any) -> Chart:
        return self._mark("bar", properties)

    def mark_line(self, **properties: Any) -> Chart:
        return self._mark("line", properties)

    def mark_point(self, **properties: Any) -> Chart:
        return self._mark("point", properties)

    def mark_rect(self, **properties: Any) -> Chart:
        return self._mark("rect", properties)

    def mark_rule(self, **properties: Any) -> Chart:
        return self._mark("rule", properties)

    def mark_text(self, **properties: Any) -> Chart:
        return self._mark("text", properties)

    def mark_tick(self, **properties: Any) -> Chart:
        return self._mark("tick", properties)

    def encode(self, **channels: Any) -> Chart:
        return self._with(encoding={**self.told.get("encoding", {}), **channels})

    def transform_filter(self, test: str) -> Chart:
        return self._with(transform=[*self.told.get("transform", ()), {"filter": test}])

    def add_params(self, *params: Parameter) -> Chart:
        return self._with(params=[*self.told.get("params", ()), *params])


class LayerChart(dict[str, Any]):
    """Layers on top of each other: a whole specification, which JSON can hold."""

    def __init__(self, layers: Sequence[Chart], **told: Any) -> None:
        """Rows that layers share are written once. told: height, config and what else the chart has at its top."""
        super().__init__(told)
        rows: dict[int, str] = {}
        self["datasets"] = {}
        self["layer"] = []
        params: dict[str, dict[str, Any]] = {}
        for number, layer in enumerate(layers):
            if id(layer.data) not in rows:
                rows[id(layer.data)] = f"rows_{len(rows)}"
                self["datasets"][rows[id(layer.data)]] = plain(layer.data)
            drawn = {**layer.told, "data": {"name": rows[id(layer.data)]}}
            for param in drawn.pop(
                "params", ()
            ):  # a parameter belongs to the whole, and names the layers it is read of
                drawn["name"] = f"view_{number}"
                params.setdefault(param["name"], {**param, "views": []})["views"].append(drawn["name"])
            self["layer"].append(drawn)
        if len(rows) == 1:  # of all layers
            self["data"] = [drawn.pop("data") for drawn in self["layer"]].pop()
        if params:
            self["params"] = list(params.values())


def plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as JSON can hold them: None for what is missing."""
    columns = [[None if pd.isna(v) else v for v in frame[name].tolist()] for name in frame.columns]
    return [dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True)]
