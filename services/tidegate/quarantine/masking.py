"""Masking: which fields a record has, and nothing of what they say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tidegate.errors import TidegateError
from tidegate.events.encoding import decode
from tidegate.events.schemas import Schema
from tidegate.events.wire import PREFIX_SIZE, prefix


def decoded(value: bytes | None, schemas: Iterable[Schema]) -> tuple[Schema, dict[str, Any]] | None:
    """The event in the value of a record and its schema, or None where it is not one of these schemas."""
    for schema in schemas:
        if value is not None and value[:PREFIX_SIZE] == prefix(schema.schema_id):
            try:
                return schema, decode(schema, value[PREFIX_SIZE:])
            except TidegateError:
                return None
    return None


def masked(schema: Any, value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """``(path, kind of value)`` of every field that is there. The keys of a map are its sender's words, so they are
    masked too.
    """
    if isinstance(schema, list):
        if value is not None:
            yield from masked(next(one for one in schema if one != "null"), value, path)
    elif isinstance(schema, dict):
        yield from _of_type(schema, value, path)
    else:
        yield path, _KINDS.get(schema, "value")


def _of_type(schema: Mapping[str, Any], value: Any, path: str) -> Iterator[tuple[str, str]]:
    match schema["type"]:
        case "record":
            for field in schema["fields"]:
                name = f"{path}.{field['name']}" if path else field["name"]
                yield from masked(field["type"], value[field["name"]], name)
        case "array":
            for place, item in enumerate(value):
                yield from masked(schema["items"], item, f"{path}[{place}]")
        case "map":
            if value:
                yield path, f"map of {len(value)}"
        case "enum":
            yield path, "code"
        case inner:
            yield from masked(inner, value, path)


_KINDS = {
    "string": "text",
    "bytes": "bytes",
    "boolean": "yes or no",
    **dict.fromkeys(("int", "long", "float", "double"), "number"),
}
