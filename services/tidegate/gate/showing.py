"""Showing: what a delivery says, field by field, and a value as it may be shown to people who must not read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tidegate.events import avro
from tidegate.events.avro import Array, Enum, Map, Node, Record
from tidegate.events.encoding import decode
from tidegate.events.schemas import Registry
from tidegate.events.wire import PREFIX_SIZE
from tidegate.gate.bodies import read_body

NOTICE_PATH = "notice"
LONGEST = 24
"""How much of a masked value is shown."""


def said_by(body: bytes, registry: Registry, publisher: str) -> dict[str, list[Any]]:
    """What a delivery says: for every field of it, by its path in rule documents, the values it has there.

    Null, an empty text and the code UNKNOWN say nothing. Headers that tell something of the event stand beside the
    fields, by their names. The record key does not: it is shown only where the field that it repeats is.
    """
    _, value, headers = read_body(body)
    found: dict[str, list[Any]] = {}
    for name, content in headers:
        if name in ("ce_subject", "ce_time") or (name, content) == ("ce_source", f"/publishers/{publisher}".encode()):
            found[name] = [content.decode(errors="replace")]
        elif name == "ce_notice":
            found[NOTICE_PATH] = [content.decode(errors="replace")]
    if NOTICE_PATH in found or value is None:
        return found
    schema = registry.get(int.from_bytes(value[1:PREFIX_SIZE], "big"))
    for path, one in leaves(schema.record, decode(schema, value[PREFIX_SIZE:])):
        found.setdefault(path, []).append(one)
    return found


def leaves(node: Node, value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of a value that say something, by their paths as ``rules.paths`` has them, with entries of maps one by
    one.
    """
    if value is None:
        return
    inner = avro.child(node)
    match inner:
        case Record():
            for field in inner.fields:
                yield from leaves(field.node, value[field.name], f"{path}.{field.name}" if path else field.name)
        case Array():
            for item in value:
                yield from leaves(inner.items, item, f"{path}[]")
        case Map():
            for key, item in value.items():
                yield from leaves(inner.values, item, f'{path}["{key}"]')
        case Enum() if value == "UNKNOWN":
            return
        case _:
            if value != "":
                yield path, value


def masked(value: Any) -> str:
    """The shape of a value: ``XXXX9999999`` for a container; its letters and digits are gone, and the marks on them."""
    match value:
        case bool():
            return "yes or no"
        case bytes():
            return f"{len(value)} bytes"
        case Mapping() | list():
            return "several values"
        case str() if value.startswith("~"):
            return "a pseudonym"
    text = str(value)
    shape = "".join(map(_shape, text[:LONGEST]))
    return shape if len(text) <= LONGEST else f"{shape}..."


def _shape(letter: str) -> str:
    if letter.isnumeric():
        return "9"
    if letter.isalpha():
        return "X" if letter.isupper() else "x"
    return letter if letter.isascii() and letter.isprintable() else "x"
