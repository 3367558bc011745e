"""Canonical event to canonical JSON: what ``canonical`` reads, for people and for tools.

Times become RFC 3339 text in UTC with a ``Z``, dates ISO 8601; null, empty lists and the empty map are left out. A time
outside the years 1 to 9999 stays a number of microseconds, and a number that JSON cannot hold (NaN, infinity) becomes
text, so that the output of any event is valid JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Literal, TypeAlias

from tidegate.standards import times
from tidegate.standards.recognition import RETRACTION as WRAPPER
from tidegate.standards.shape import EVENT, RETRACTION, Items, Kind, Leaf, Record, Shape, Texts

SchemaName: TypeAlias = Literal["event", "retraction"]


def to_json(event: Mapping[str, object], schema_name: SchemaName) -> dict[str, object]:
    """``event`` as a canonical item: the fields of an event, or ``{"retraction": {...}}``."""
    if schema_name == "retraction":
        return {WRAPPER: _record(RETRACTION, event)}
    return _record(EVENT, event)


def _record(record: Record, value: Mapping[str, object]) -> dict[str, object]:
    written = {}
    for name, shape in record.fields.items():
        inner = value.get(name)
        if inner is not None and not (isinstance(shape, Items | Texts) and not inner):
            written[name] = _value(shape, inner)
    return written


def _value(shape: Shape, value: object) -> object:
    if isinstance(shape, Record) and isinstance(value, Mapping):
        return _record(shape, value)
    if isinstance(shape, Items) and isinstance(value, list):
        return [_value(shape.item, element) for element in value]
    if isinstance(shape, Texts) and isinstance(value, Mapping):
        return dict(value)
    return _plain(shape.kind, value) if isinstance(shape, Leaf) else value


def _plain(kind: Kind, value: object) -> object:
    if kind is Kind.TIME and isinstance(value, int) and times.FIRST <= value <= times.LAST:
        return times.rfc3339(value)
    if kind is Kind.DAY and isinstance(value, int) and times.has_iso_day(value):
        return times.iso_day(value)
    if kind is Kind.DOUBLE and isinstance(value, float) and not isfinite(value):
        return str(value)
    return value
