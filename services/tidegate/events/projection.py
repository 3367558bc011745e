"""Projections: a partner's schema is the writer's schema minus fields, so its bytes are the kept spans, joined.

A ``Selection`` says what is kept of a type. ``project`` turns the selection of a whole schema into ``pieces`` that an
executor joins, and into the schema of what comes out:

- a run of kept slots is one span, ``b[m[i]:m[j]]``;
- a slot that has to be rewritten (an array without some of its elements or fields, a map without some of its keys, a
  transform) is an operation: a function of that slot's bytes.

The index of a nullable record lies in the span from its own mark to the mark of its first inner slot, so a record that
is kept in part needs no operation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tidegate.events import avro
from tidegate.events.avro import Array, Enum, Fixed, Json, Map, Node, Primitive, Record, Union
from tidegate.events.schemas import Schema
from tidegate.events.slots import Slot, slots
from tidegate.events.transforms import Transform


@dataclass(frozen=True, slots=True)
class Whole:
    """All of it, byte for byte."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A leaf, transformed."""

    transform: Transform


@dataclass(frozen=True, slots=True)
class Fields:
    """Some fields of a record (through null, where it is nullable). In the order of the writer's schema."""

    fields: tuple[tuple[str, Selection], ...]


@dataclass(frozen=True, slots=True)
class Items:
    """Elements of an array, each reduced to ``item``; only those whose field ``where`` is one of ``values``."""

    item: Selection
    where: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Keys:
    """Entries of a map, by key."""

    keys: tuple[str, ...]


Selection: TypeAlias = Whole | Changed | Fields | Items | Keys


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes from mark ``start`` to mark ``end``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Operation:
    """The bytes of one slot, rewritten."""

    path: str
    selection: Selection


Piece: TypeAlias = Span | Operation


@dataclass(frozen=True, slots=True)
class Projection:
    """What leaves, as pieces to join, and the schema of it."""

    pieces: tuple[Piece, ...]
    schema: Schema


def project(schema: Schema, selection: Fields) -> Projection:
    """The projection of a writer schema. ``selection`` names at least one field."""
    return Projection(pieces_of(schema.record, selection), Schema.of(projected_json(schema, selection)))


def pieces_of(record: Record, selection: Fields) -> tuple[Piece, ...]:
    """What to join of a scanned record, by the marks of its scanner."""
    pieces: list[Piece] = []
    _Pieces(record, pieces).record(record, selection, "")
    return tuple(pieces)


class _Pieces:
    def __init__(self, record: Record, pieces: list[Piece]) -> None:
        self._slot = {slot.path: slot for slot in slots(record)}
        self._pieces = pieces

    def record(self, record: Record, selection: Fields, prefix: str) -> None:
        kept = dict(selection.fields)
        for field in record.fields:
            if field.name in kept:
                self._field(self._slot[f"{prefix}{field.name}"], kept[field.name])

    def _field(self, slot: Slot, selection: Selection) -> None:
        inner = avro.child(slot.node)
        if isinstance(selection, Whole):
            self._span(slot.start, slot.end)
        elif isinstance(selection, Fields) and isinstance(inner, Record):
            if slot.null_index is not None:
                self._span(slot.start, slot.start + 1)
            self.record(inner, selection, f"{slot.path}.")
        else:
            self._pieces.append(Operation(slot.path, selection))

    def _span(self, start: int, end: int) -> None:
        last = self._pieces[-1] if self._pieces else None
        if isinstance(last, Span) and last.end == start:
            self._pieces[-1] = Span(last.start, end)
        else:
            self._pieces.append(Span(start, end))


def projected_json(schema: Schema, selection: Fields) -> Json:
    """The schema of what a selection leaves. It carries types and classes only: the writer's docs stay at home."""
    return _Reduced(_shared_records(schema.record)).record(schema.record, selection, "", top=True)


def reader_json(schema: Schema, selections: list[Fields]) -> Json:
    """A schema that reads every projection of a partner: all fields that any of them keeps, each nullable."""
    return _Reduced(_shared_records(schema.record), nullable=True).record(
        schema.record, _merge_all(selections), "", top=True
    )


def _merge_all(selections: list[Fields]) -> Fields:
    merged = Fields(())
    for selection in selections:
        merged = _merge_fields(merged, selection)
    return merged


def _merge_fields(one: Fields, two: Fields) -> Fields:
    fields = dict(one.fields)
    for name, selection in two.fields:
        fields[name] = _merge(fields[name], selection) if name in fields else selection
    return Fields(tuple(fields.items()))


def _merge(one: Selection, two: Selection) -> Selection:
    """What either keeps, as a type: filters and transforms do not change types, so they do not matter here."""
    match one, two:
        case Fields(), Fields():
            return _merge_fields(one, two)
        case Items(), Items():
            return Items(_merge(one.item, two.item))
        case ((Fields() | Items()), _):
            return two
        case _:
            return one


def _shared_records(record: Record) -> frozenset[str]:
    """Names of records that stand at more than one place: their projections may differ, so each place gets a name."""
    seen: dict[str, int] = {}

    def walk(node: Node) -> None:
        match node:
            case Record():
                seen[node.name] = seen.get(node.name, 0) + 1
                for field in node.fields:
                    walk(field.node)
            case Union():
                for branch in node.branches:
                    walk(branch)
            case Array():
                walk(node.items)
            case Map():
                walk(node.values)
            case _:
                pass

    walk(record)
    return frozenset(name for name, count in seen.items() if count > 1)


class _Reduced:
    """Writes the JSON of a reduced schema; enums and fixed are defined where they first stand."""

    def __init__(self, shared: frozenset[str], *, nullable: bool = False) -> None:
        self._shared = shared
        self._nullable = nullable
        self._defined: set[str] = set()

    def record(self, record: Record, selection: Selection, path: str, *, top: bool = False) -> Json:
        name = record.name
        if name in self._shared and not top:
            # A name by place, the same in every projection and in the reader's schema, so that readers match them.
            name = f"{name}_{path.replace('.', '_')}"
        if name in self._defined:
            return name
        self._defined.add(name)
        kept: Mapping[str, Selection] = (
            dict(selection.fields) if isinstance(selection, Fields) else {f.name: Whole() for f in record.fields}
        )
        fields = [self._field(field, kept[field.name], path) for field in record.fields if field.name in kept]
        namespace, _, short = name.rpartition(".")
        out = {"type": "record", "name": short, "fields": fields}
        return {"namespace": namespace, **out} if namespace else out

    def _field(self, field: avro.Field, selection: Selection, path: str) -> Json:
        node = self.node(field.node, selection, f"{path}.{field.name}" if path else field.name)
        out: dict[str, Json] = {"name": field.name, "type": node}
        if self._nullable:
            branches = node if isinstance(node, list) else [node]
            out["type"] = ["null", *(branch for branch in branches if branch != "null")]
            out["default"] = None
        if field.tags:
            out["confluent:tags"] = list(field.tags)
        return out

    def node(self, node: Node, selection: Selection, path: str) -> Json:
        match node:
            case Record():
                return self.record(node, selection, path)
            case Union():
                return [self.node(branch, selection, path) for branch in node.branches]
            case Array():
                inner = selection.item if isinstance(selection, Items) else Whole()
                return {"type": "array", "items": self.node(node.items, inner, path)}
            case Map():
                return {"type": "map", "values": self.node(node.values, Whole(), path)}
            case Enum():
                default = {} if node.default is None else {"default": node.default}
                return self._named(node.name, {"type": "enum", "symbols": list(node.symbols), **default})
            case Fixed():
                return self._named(node.name, {"type": "fixed", "size": node.size, **_logical(node)})
            case _:
                return {"type": node.kind, **_logical(node)} if node.logical else node.kind

    def _named(self, name: str, json: dict[str, Json]) -> Json:
        if name in self._defined:
            return name
        self._defined.add(name)
        namespace, _, short = name.rpartition(".")
        json["name"] = short
        if namespace:
            json["namespace"] = namespace
        return json


def _logical(node: Primitive | Fixed) -> dict[str, Json]:
    return {"logicalType": node.logical, **dict(node.attributes)} if node.logical else {}
