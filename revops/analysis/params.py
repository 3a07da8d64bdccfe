"""Parameters of a cell: from a command line or an address to typed values, checked and filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from revops.analysis.core import Analysis, Param, ParamKind
from revops.errors import BadParameter, UnknownName, unknown
from revops.metrics import METRIC, metric
from revops.text import Text, verbatim

YES = frozenset({"1", "true", "yes", "on", "да"})
NO = frozenset({"0", "false", "no", "off", "нет"})
KIND = Text("parameter", "параметр")


def _bad(param: Param, value: object, reason: Text, known: Iterable[str] = ()) -> BadParameter:
    names = list(known)
    message = Text("Parameter “{key}”: {reason}", "Параметр «{key}»: {reason}").format(key=param.key, reason=reason)
    fix = unknown(param.label, str(value), names).fix if names else None
    return BadParameter(message, fix=fix)


def find(analysis: Analysis, key: str) -> Param:
    """The analysis' parameter of that key. Raises BadParameter, which suggests the nearest."""
    for param in analysis.params:
        if param.key == key:
            return param
    error = unknown(KIND, key, (p.key for p in analysis.params))
    raise BadParameter(error.message, fix=error.fix)


def checked(param: Param, value: Any, dimension: Callable[[str], str]) -> Any:
    """The value in the parameter's type. dimension: what a person calls a dimension -> its key (UnknownName).

    None, "" and "none" are nothing, which an optional parameter takes and another one replaces by its default.
    Raises BadParameter.
    """
    if value is None or (isinstance(value, str) and value.strip().lower() in ("", "none")):
        return None if param.optional else param.default
    match param.kind:
        case ParamKind.METRIC:
            try:
                return metric(str(value)).key
            except UnknownName as error:
                raise BadParameter(error.message, fix=error.fix) from error
        case ParamKind.CHOICE:
            # choices that depend on the data (a pipeline) are checked by the analysis, which knows the data
            if param.choices and value not in param.choices:
                raise _bad(param, value, _no_such(value), param.choices)
            return str(value)
        case ParamKind.DIMENSION:
            if value in param.choices:  # a way to split that is computed, such as tenure
                return str(value)
            try:
                return dimension(str(value))
            except UnknownName as error:
                raise BadParameter(error.message, fix=error.fix) from error
        case ParamKind.FLAG:
            return _flag(param, value)
        case ParamKind.NUMBER:
            return _number(param, value)


def _no_such(value: object) -> Text:
    return Text("there is no “{v}”.", "нет значения «{v}».").format(v=value)


def _flag(param: Param, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in YES | NO:
        return word in YES
    raise _bad(param, value, Text("“{v}” is neither yes nor no.", "«{v}» — это не да и не нет.").format(v=value))


def _number(param: Param, value: Any) -> float | int:
    try:
        number = float(str(value).replace(",", "."))
    except ValueError:
        raise _bad(param, value, Text("“{v}” is not a number.", "«{v}» — не число.").format(v=value)) from None
    return int(number) if number.is_integer() else number


def resolve(analysis: Analysis, given: Mapping[str, Any], dimension: Callable[[str], str]) -> dict[str, Any]:
    """All parameters of the analysis: the given ones checked, the others at their defaults. Raises BadParameter."""
    for key in given:
        find(analysis, key)
    return {p.key: checked(p, given[p.key], dimension) if p.key in given else p.default for p in analysis.params}


def parse_param(analysis: Analysis, text: str) -> tuple[str, str]:
    """ "metric=win_rate" -> ("metric", "win_rate"). Raises BadParameter for another shape or an unknown key."""
    key, equals, value = text.partition("=")
    if not equals:
        message = Text("“{t}” is not of the form parameter=value.", "«{t}» — нужен вид параметр=значение.")
        raise BadParameter(message.format(t=text))
    return find(analysis, key.strip()).key, value.strip()


def to_address(analysis: Analysis, params: Mapping[str, Any]) -> dict[str, str]:
    """The parameters that differ from the defaults, as texts `resolve` reads back: for an address or a file."""
    out: dict[str, str] = {}
    for param in analysis.params:
        value = params.get(param.key, param.default)
        if value != param.default:
            out[param.key] = "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return out


def value_text(param: Param, value: Any, dimension_label: Callable[[str], Text]) -> Text:
    """A parameter's value in words, for the passport."""
    if value is None:
        return verbatim("—")
    match param.kind:
        case ParamKind.METRIC:
            return METRIC[value].label
        case ParamKind.CHOICE:
            return param.choices.get(value, verbatim(value))
        case ParamKind.DIMENSION:
            return param.choices.get(value) or dimension_label(value)
        case ParamKind.FLAG:
            return Text("yes", "да") if value else Text("no", "нет")
        case ParamKind.NUMBER:
            return verbatim(value)
