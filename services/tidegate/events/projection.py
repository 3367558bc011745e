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

import re
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
    return _Reduced(_names_by_place(schema.record)).record(schema.record, selection, "")


def reader_json(schema: Schema, selections: list[Fields]) -> Json:
    """A schema that reads every projection of a partner: all fields that any of them keeps, each nullable."""
    return _Reduced(_names_by_place(schema.record), nullable=True).record(schema.record, _merge_all(selections), "")


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


def _names_by_place(record: Record) -> Mapping[tuple[str, str], str]:
    """What to call the named types that stand at more than one place, by name and path.

    Projections of a record may differ from place to place. And fastavro, by which most Python readers read, does not
    resolve a type that the writer's schema defines at one place and the reader's at another (its issues 780 and 896).
    So each place defines a type of its own. The names depend on the writer's schema alone: all projections and the
    reader's schema agree in them.
    """
    taken: dict[str, list[str]] = {}
    _places(record, "", taken)
    given: dict[tuple[str, str], str] = {}
    for name, paths in list(taken.items()):
        for path in paths if len(paths) > 1 else ():
            place = f"{name}_{re.sub(r'[^A-Za-z0-9]+', '_', path)}"
            while place in taken:
                place += "_"
            taken[place] = []
            given[name, path] = place
    return given


def _places(node: Node, path: str, found: dict[str, list[str]]) -> None:
    """All names in a schema, with the paths at which they stand."""
    if isinstance(node, (Record, Enum, Fixed)):
        found.setdefault(node.name, []).append(path)
    match node:
        case Record():
            for field in node.fields:
                _places(field.node, _below(path, field.name), found)
        case Union():
            for branch in node.branches:
                _places(branch, path, found)
        case Array():
            _places(node.items, f"{path}[]", found)
        case Map():
            _places(node.values, f"{path}{{}}", found)
        case _:
            pass


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


_NARROW = {"int": 0, "long": 1, "float": 2, "double": 3, "bytes": 4, "string": 5}


def _narrow_first(branches: list[Json]) -> list[Json]:
    """Branches as a reader should try them: it takes the first that fits, and an int also fits a float, with loss.

    Where a union has both bytes and text, fastavro reads texts as bytes; Java looks for the very type first.
    """
    return sorted(branches, key=lambda b: _NARROW.get(b["type"] if isinstance(b, dict) else b, -1))


class _Reduced:
    """Writes the JSON of a reduced schema. No type in it refers to another by name."""

    def __init__(self, places: Mapping[tuple[str, str], str], *, nullable: bool = False) -> None:
        self._places = places
        self._nullable = nullable

    def record(self, record: Record, selection: Selection, path: str) -> Json:
        kept: Mapping[str, Selection] = (
            dict(selection.fields) if isinstance(selection, Fields) else {f.name: Whole() for f in record.fields}
        )
        fields = [self._field(field, kept[field.name], path) for field in record.fields if field.name in kept]
        return {"type": "record", **self._name(record, path), "fields": fields}

    def _name(self, node: Record | Enum | Fixed, path: str) -> dict[str, Json]:
        namespace, _, short = self._places.get((node.name, path), node.name).rpartition(".")
        return {"name": short, "namespace": namespace} if namespace else {"name": short}

    def _field(self, field: avro.Field, selection: Selection, path: str) -> Json:
        node = self.node(field.node, selection, _below(path, field.name))
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
                branches = [self.node(branch, selection, path) for branch in node.branches]
                return _narrow_first(branches) if self._nullable else branches
            case Array():
                inner = selection.item if isinstance(selection, Items) else Whole()
                return {"type": "array", "items": self.node(node.items, inner, f"{path}[]")}
            case Map():
                return {"type": "map", "values": self.node(node.values, Whole(), f"{path}{{}}")}
            case Enum():
                default = {} if node.default is None else {"default": node.default}
                return {"type": "enum", **self._name(node, path), "symbols": list(node.symbols), **default}
            case Fixed():
                return {"type": "fixed", **self._name(node, path), "size": node.size, **_logical(node)}
            case _:
                return {"type": node.kind, **_logical(node)} if node.logical else node.kind


def _logical(node: Primitive | Fixed) -> dict[str, Json]:
    return {"logicalType": node.logical, **dict(node.attributes)} if node.logical else {}
