"""Avro schemas as a tree: what the scanner generator, projections and the rules read instead of JSON.

A schema that this module does not know in every detail is refused when it is registered, so that nothing later has to
guess: unknown types, recursion, unions inside unions, depths beyond ``MAX_DEPTH``, more than ``MAX_TYPES`` types. Both
limits count a named type at every place that uses it: thirty records that each hold the last one twice are a billion.
Source: Apache Avro 1.12 specification, "Schema Declaration" and "Names".
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tidegate.errors import BadSchema

PRIMITIVES = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})
MAX_DEPTH = 32
MAX_TYPES = 10_000
MAX_FIXED = 2**31 - 1
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*\Z")
_TAKEN = PRIMITIVES | {"array", "map", "union", "enum", "fixed", "record", "error"}

Json: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class Primitive:
    kind: str
    logical: str | None = None
    attributes: tuple[tuple[str, int], ...] = ()
    """``precision`` and ``scale`` of a decimal."""


@dataclass(frozen=True, slots=True)
class Enum:
    name: str
    symbols: tuple[str, ...]
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Fixed:
    name: str
    size: int
    logical: str | None = None
    attributes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Array:
    items: Node


@dataclass(frozen=True, slots=True)
class Map:
    values: Node


@dataclass(frozen=True, slots=True)
class Union:
    branches: tuple[Node, ...]

    @property
    def nullable(self) -> tuple[int, Node] | None:
        """``(index of null, the other branch)`` of a union of null and one more type, else None."""
        if len(self.branches) != 2:
            return None
        for index, branch in enumerate(self.branches):
            if branch == Primitive("null"):
                return index, self.branches[1 - index]
        return None


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record. ``tags`` are its ``confluent:tags``; ``json`` is its declaration as written."""

    name: str
    node: Node
    tags: tuple[str, ...]
    json: Mapping[str, Json] = field(compare=False, hash=False, repr=False)


@dataclass(frozen=True, slots=True)
class Record:
    name: str
    fields: tuple[Field, ...]


Node: TypeAlias = Primitive | Enum | Fixed | Array | Map | Union | Record


def parse(schema: Json) -> Record:
    """The tree of a schema whose top level is a record.

    Raises ``BadSchema`` with the path of whatever the scanner could not read safely.
    """
    node = _Parser().node(schema, "", "schema", 0)
    if not isinstance(node, Record):
        raise BadSchema("the top level of an event schema has to be a record")
    return node


def child(node: Node) -> Node:
    """What is inside a nullable node, else the node itself."""
    if isinstance(node, Union) and (nullable := node.nullable):
        return nullable[1]
    return node


class _Parser:
    def __init__(self) -> None:
        self._named: dict[str, Node | None] = {}  # None while a record is still being read: a use then is recursion
        self._size: dict[str, tuple[int, int]] = {}  # levels and types inside a named record, for its other uses
        self._deepest = 0
        self._types = 0

    def node(self, schema: Json, namespace: str, path: str, depth: int) -> Node:
        self._grow(path, depth, 1)
        if isinstance(schema, list):
            return self._union(schema, namespace, path, depth)
        if isinstance(schema, str):
            return Primitive(schema) if schema in PRIMITIVES else self._reference(schema, namespace, path, depth)
        if not isinstance(schema, dict) or "type" not in schema:
            raise BadSchema(f"{path}: a schema is a name, a list or an object with a type")
        return self._declared(schema["type"], schema, namespace, path, depth)

    def _grow(self, path: str, depth: int, types: int) -> None:
        self._deepest = max(self._deepest, depth)
        self._types += types
        if depth > MAX_DEPTH:
            raise BadSchema(f"{path}: nested deeper than {MAX_DEPTH} levels")
        if self._types > MAX_TYPES:
            raise BadSchema(f"{path}: more than {MAX_TYPES} types, each counted wherever it is used")

    def _declared(self, kind: Json, schema: Mapping[str, Json], namespace: str, path: str, depth: int) -> Node:
        if isinstance(kind, str) and kind in PRIMITIVES:
            return Primitive(kind) if kind == "null" else Primitive(kind, *_logical(schema, path))
        match kind:
            case "array":
                return Array(self.node(self._part(schema, "items", path), namespace, f"{path}[]", depth + 1))
            case "map":
                return Map(self.node(self._part(schema, "values", path), namespace, f"{path}{{}}", depth + 1))
            case "enum":
                return self._enum(schema, namespace, path)
            case "fixed":
                return self._fixed(schema, namespace, path)
            case "record":
                return self._record(schema, namespace, path, depth)
            case _:
                raise BadSchema(f"{path}: unknown type {kind!r:.80}; a type that has a name is used by its name alone")

    @staticmethod
    def _part(schema: Mapping[str, Json], key: str, path: str) -> Json:
        if key not in schema:
            raise BadSchema(f"{path}: {schema['type']} without {key!r}")
        return schema[key]

    def _union(self, branches: list[Json], namespace: str, path: str, depth: int) -> Union:
        nodes = tuple(self.node(branch, namespace, path, depth + 1) for branch in branches)
        if not nodes or len(nodes) > 63:
            raise BadSchema(f"{path}: a union has 1 to 63 branches")
        kinds = [getattr(node, "name", None) or getattr(node, "kind", type(node).__name__) for node in nodes]
        if any(isinstance(node, Union) for node in nodes) or len(set(kinds)) != len(kinds):
            raise BadSchema(f"{path}: a union may hold neither a union nor two branches of one kind")
        return Union(nodes)

    def _reference(self, name: str, namespace: str, path: str, depth: int) -> Node:
        full = _full(name, namespace)
        if full not in self._named:
            raise BadSchema(f"{path}: unknown type {full!r}")
        node = self._named[full]
        if node is None:
            raise BadSchema(f"{path}: {full} contains itself; recursive schemas are refused, since no bound holds")
        levels, types = self._size.get(full, (0, 0))
        self._grow(path, depth + levels, types)
        return node

    def _name(self, schema: Mapping[str, Json], namespace: str, path: str) -> str:
        name = schema.get("name")
        if not isinstance(name, str) or not _NAME.match(name):
            raise BadSchema(f"{path}: {schema['type']} without a valid name")
        space = schema.get("namespace", namespace)
        if not isinstance(space, str) or (space and not _NAME.match(space)):
            raise BadSchema(f"{path}: {name} in a namespace that is not a name")
        full = _full(name, space)
        if namespace and "." not in full:
            raise BadSchema(f"{path}: {full} has no namespace, so nothing in {namespace} around it could use it")
        if full in _TAKEN:
            raise BadSchema(f"{path}: {full} is a name that Avro itself uses")
        if full in self._named:
            raise BadSchema(f"{path}: {full} is defined twice")
        return full

    def _enum(self, schema: Mapping[str, Json], namespace: str, path: str) -> Enum:
        symbols = schema.get("symbols")
        if not isinstance(symbols, list) or not symbols or not all(map(_is_word, symbols)):
            raise BadSchema(f"{path}: enum without symbols, or with one that is not a name")
        if len(set(symbols)) != len(symbols):
            raise BadSchema(f"{path}: enum with a symbol twice")
        default = schema.get("default")
        if "default" in schema and default not in symbols:
            raise BadSchema(f"{path}: enum with a default that is not one of its symbols")
        node = Enum(self._name(schema, namespace, path), tuple(symbols), default)
        self._named[node.name] = node
        return node

    def _fixed(self, schema: Mapping[str, Json], namespace: str, path: str) -> Fixed:
        size = schema.get("size")
        if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= MAX_FIXED:
            raise BadSchema(f"{path}: fixed without a size from 0 to {MAX_FIXED}")
        node = Fixed(self._name(schema, namespace, path), size, *_logical(schema, path))
        self._named[node.name] = node
        return node

    def _record(self, schema: Mapping[str, Json], namespace: str, path: str, depth: int) -> Record:
        full = self._name(schema, namespace, path)
        inner = full.rpartition(".")[0]
        self._named[full] = None
        outer, self._deepest, before = self._deepest, depth, self._types
        declared = schema.get("fields")
        if not isinstance(declared, list):
            raise BadSchema(f"{path}: record without fields")
        fields = tuple(self._field(item, inner, path, depth) for item in declared)
        if len({f.name for f in fields}) != len(fields):
            raise BadSchema(f"{path}: two fields of one name")
        node = Record(full, fields)
        self._named[full] = node
        self._size[full] = self._deepest - depth, self._types - before
        self._deepest = max(outer, self._deepest)
        return node

    def _field(self, item: Json, namespace: str, path: str, depth: int) -> Field:
        if not isinstance(item, dict) or "type" not in item or not _is_word(item.get("name")):
            raise BadSchema(f"{path}: a field needs a name (without dots) and a type")
        name = item["name"]
        inner = name if path == "schema" else f"{path}.{name}"
        tags = item.get("confluent:tags", [])
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise BadSchema(f"{inner}: confluent:tags is a list of words")
        return Field(name, self.node(item["type"], namespace, inner, depth + 1), tuple(tags), item)


def _is_word(text: Json) -> bool:
    return isinstance(text, str) and _WORD.match(text) is not None


def _logical(schema: Mapping[str, Json], path: str) -> tuple[str | None, tuple[tuple[str, int], ...]]:
    """The logical type and the ``precision`` and ``scale`` of a decimal, which partners' readers trust."""
    logical = schema.get("logicalType")
    if logical is not None and not isinstance(logical, str):
        raise BadSchema(f"{path}: logicalType is a word")
    if logical != "decimal":
        return logical, ()
    attributes = tuple((key, schema[key]) for key in ("precision", "scale") if key in schema)
    if any(not isinstance(number, int) or isinstance(number, bool) for _, number in attributes):
        raise BadSchema(f"{path}: precision and scale of a decimal are whole numbers")
    precision, scale = schema.get("precision", 0), schema.get("scale", 0)
    size = schema.get("size", MAX_FIXED) if schema["type"] == "fixed" else MAX_FIXED
    if precision < 1 or not 0 <= scale <= precision or precision > math.floor(math.log10(2) * (8 * size - 1)):
        raise BadSchema(f"{path}: a decimal has a precision above 0 that its bytes can hold and a scale up to it")
    return logical, attributes


def _full(name: str, namespace: str) -> str:
    return name if "." in name or not namespace else f"{namespace}.{name}"
