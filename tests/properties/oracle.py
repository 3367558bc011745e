"""What a projection has to be, worked out on decoded values, and what Avro asks of a schema. Shares no code with the
product but the words of a selection."""

from __future__ import annotations

import hashlib
import io
import math
import re
import struct
from base64 import b32encode
from dataclasses import replace
from fractions import Fraction
from typing import Any

import fastavro
from tests.properties.model import PRIMITIVES, Type

from tidegate.events.projection import Changed, Fields, Items, Keys, Selection

SECRET = b"secret of one partner"
HOUR = 3_600_000_000
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def reduced(avro: Type, selection: Selection) -> Type:
    """The type of what is kept."""
    match selection:
        case Fields():
            kept = dict(selection.fields)
            if avro.kind == "union":
                return _inside(avro, selection)
            fields = tuple(replace(f, type=reduced(f.type, kept[f.name])) for f in avro.fields if f.name in kept)
            return replace(avro, fields=fields)
        case Items():
            if avro.kind == "union":
                return _inside(avro, selection)
            return replace(avro, inner=(reduced(avro.inner[0], selection.item),))
        case _:
            return avro


def _inside(union: Type, selection: Selection) -> Type:
    return replace(union, inner=tuple(b if b.kind == "null" else reduced(b, selection) for b in union.inner))


def projected(avro: Type, value: Any, selection: Selection) -> Any:
    """What is kept of a value."""
    if isinstance(selection, (Fields, Items, Keys, Changed)) and avro.kind == "union":
        index, inner = value
        return value if avro.inner[index].kind == "null" else (index, projected(avro.inner[index], inner, selection))
    match selection:
        case Fields():
            kept = dict(selection.fields)
            return {f.name: projected(f.type, value[f.name], kept[f.name]) for f in avro.fields if f.name in kept}
        case Items(inner, where, words):
            item = avro.inner[0]
            return [
                projected(item, each, inner)
                for each in value
                if not where or word_at(item, each, where.split(".")) in words
            ]
        case Keys(keys):
            return {key: each for key, each in value.items() if key in keys}
        case Changed(transform):
            return changed(avro, value, transform.kind, transform.size)
        case _:
            return value


def word_at(avro: Type, value: Any, path: list[str]) -> Any:
    """The word at a path, None where it or something around it is null."""
    if avro.kind == "union":
        index, inner = value
        return None if inner is None else word_at(avro.inner[index], inner, path)
    if not path:
        return value
    inner = next(field.type for field in avro.fields if field.name == path[0])
    return word_at(inner, value[path[0]], path[1:])


def changed(avro: Type, value: Any, kind: str, size: int) -> Any:
    match kind:
        case "pseudonym":
            digest = hashlib.blake2b(value.encode(), key=SECRET, digest_size=16, person=b"tg-pseudonym").digest()
            return "~" + b32encode(digest).decode().rstrip("=").lower()
        case "prefix":
            return value[:size]
        case "band" if avro.kind == "double":
            return _band(value, size)
        case "band":
            return max(value - value % size, -(2 ** (31 if avro.kind == "int" else 63)))
        case _:
            return max(value - value % (HOUR if kind == "hour" else 24 * HOUR), -(2**63))


def _band(raw: bytes, size: int) -> bytes:
    (number,) = struct.unpack("<d", raw)
    if not math.isfinite(number):
        return raw
    return struct.pack("<d", float(math.floor(Fraction(number) / size) * size))


def timeless(schema: Any) -> Any:
    """The schema without logical types, so that fastavro gives the numbers themselves; of defaults only null."""
    match schema:
        case dict():
            kept = {key: part for key, part in schema.items() if key != "logicalType"}
            return {key: timeless(part) for key, part in kept.items() if key != "default" or part is None}
        case list():
            return [timeless(part) for part in schema]
        case _:
            return schema


def read(schema: Any, data: bytes, reader: Any = None) -> Any:
    """What fastavro reads, all of the bytes. Only for bytes that the scanner has accepted."""
    source = io.BytesIO(data)
    value = fastavro.schemaless_reader(source, schema, reader)
    assert source.read() == b""
    return value


def same(one: Any, two: Any) -> bool:
    """Equal, where NaN equals NaN and 0.0 is not -0.0."""
    match one, two:
        case (float(), float()):
            return struct.pack("<d", one) == struct.pack("<d", two) or (math.isnan(one) and math.isnan(two))
        case (dict(), dict()):
            return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
        case (list(), list()):
            return len(one) == len(two) and all(map(same, one, two))
        case _:
            return type(one) is type(two) and bool(one == two)


def as_read(reader: Type, value: Any) -> Any:
    """A value as a reader sees it: with null for every field that it knows and the value lacks."""
    match reader.kind:
        case "record":
            return {f.name: None if f.name not in value else as_read(f.type, value[f.name]) for f in reader.fields}
        case "union" if reader.null is not None:
            return None if value is None else as_read(reader.child, value)
        case "array":
            return [as_read(reader.inner[0], item) for item in value]
        case _:
            return value


def paths(avro: Type, path: str = "") -> set[str]:
    """The fields that a schema has, at every place."""
    found = set().union(*(paths(part, path) for part in avro.inner))
    for field in avro.fields:
        inner = f"{path}.{field.name}"
        found |= {inner} | paths(field.type, inner)
    return found


def check_rules(schema: Any, space: str = "", named: set[str] | None = None) -> str:
    """Fails where a schema breaks a rule of the Avro specification. Returns the kind or full name."""
    named = set() if named is None else named
    if isinstance(schema, list):
        kinds = [check_rules(branch, space, named) for branch in schema]
        assert len(set(kinds)) == len(kinds), f"a union with one kind twice: {kinds}"
        assert "union" not in kinds
        return "union"
    if isinstance(schema, str):
        full = schema if schema in PRIMITIVES or "." in schema or not space else f"{space}.{schema}"
        assert full in PRIMITIVES or full in named, f"{full} is used before it is defined"
        return full
    kind = schema["type"]
    if kind in ("array", "map"):
        check_rules(schema["items" if kind == "array" else "values"], space, named)
        return str(kind)
    if kind in PRIMITIVES:
        return str(kind)
    own = schema.get("namespace", space)
    full = f"{own}.{schema['name']}" if own and "." not in schema["name"] else schema["name"]
    assert full not in named, f"{full} is defined twice"
    assert all(NAME.fullmatch(part) for part in full.split("."))
    named.add(full)
    _check_parts(kind, schema, full.rpartition(".")[0], named)
    return str(full)


def _check_parts(kind: str, schema: Any, space: str, named: set[str]) -> None:
    match kind:
        case "record":
            assert len({field["name"] for field in schema["fields"]}) == len(schema["fields"])
            for field in schema["fields"]:
                assert NAME.fullmatch(field["name"])
                check_rules(field["type"], space, named)
                if "default" in field:
                    assert field["default"] is None
                    assert field["type"] == "null" or field["type"][0] == "null"
        case "enum":
            assert len(set(schema["symbols"])) == len(schema["symbols"]) > 0
            assert schema.get("default", schema["symbols"][0]) in schema["symbols"]
        case _:
            assert kind == "fixed"
            assert schema["size"] >= 0
