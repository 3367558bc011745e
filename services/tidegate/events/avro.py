"""Avro schemas as a tree: what the scanner generator, projections and the rules read instead of JSON.

A schema that this module does not know in every detail is refused when it is registered, so that nothing later has to
guess: unknown types, recursion, unions inside unions, and depths beyond ``MAX_DEPTH``.
Source: Apache Avro 1.12 specification, "Schema Declaration" and "Names".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tidegate.errors import BadSchema

PRIMITIVES = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})
MAX_DEPTH = 32
MAX_FIELDS = 2_000
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*\Z")

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
        self._fields = 0

    def node(self, schema: Json, namespace: str, path: str, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise BadSchema(f"{path}: nested deeper than {MAX_DEPTH} levels")
        if isinstance(schema, list):
            return self._union(schema, namespace, path, depth)
        if isinstance(schema, str):
            return Primitive(schema) if schema in PRIMITIVES else self._reference(schema, namespace, path)
        if not isinstance(schema, dict) or "type" not in schema:
            raise BadSchema(f"{path}: a schema is a name, a list or an object with a type")
        kind = schema["type"]
        if isinstance(kind, (dict, list)):
            return self.node(kind, namespace, path, depth + 1)
        return self._declared(kind, schema, namespace, path, depth)

    def _declared(self, kind: Json, schema: Mapping[str, Json], namespace: str, path: str, depth: int) -> Node:
        if kind in PRIMITIVES:
            return Primitive(kind, schema.get("logicalType"), _attributes(schema))
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
                return self._reference(str(kind), namespace, path)

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

    def _reference(self, name: str, namespace: str, path: str) -> Node:
        for full in (_full(name, namespace), name):
            if full in self._named:
                node = self._named[full]
                if node is None:
                    raise BadSchema(
                        f"{path}: {full} contains itself; recursive schemas are refused, since no bound holds"
                    )
                return node
        raise BadSchema(f"{path}: unknown type {name!r}")

    def _name(self, schema: Mapping[str, Json], namespace: str, path: str) -> str:
        name = schema.get("name")
        if not isinstance(name, str) or not _NAME.match(name):
            raise BadSchema(f"{path}: {schema['type']} without a valid name")
        full = _full(name, schema.get("namespace", namespace) or "")
        if full in self._named:
            raise BadSchema(f"{path}: {full} is defined twice")
        return full

    def _enum(self, schema: Mapping[str, Json], namespace: str, path: str) -> Enum:
        symbols = schema.get("symbols")
        if not isinstance(symbols, list) or not symbols or not all(isinstance(s, str) for s in symbols):
            raise BadSchema(f"{path}: enum without symbols")
        if len(set(symbols)) != len(symbols):
            raise BadSchema(f"{path}: enum with a symbol twice")
        node = Enum(self._name(schema, namespace, path), tuple(symbols), schema.get("default"))
        self._named[node.name] = node
        return node

    def _fixed(self, schema: Mapping[str, Json], namespace: str, path: str) -> Fixed:
        size = schema.get("size")
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise BadSchema(f"{path}: fixed without a size")
        node = Fixed(self._name(schema, namespace, path), size, schema.get("logicalType"), _attributes(schema))
        self._named[node.name] = node
        return node

    def _record(self, schema: Mapping[str, Json], namespace: str, path: str, depth: int) -> Record:
        full = self._name(schema, namespace, path)
        inner = full.rpartition(".")[0]
        self._named[full] = None
        declared = schema.get("fields")
        if not isinstance(declared, list):
            raise BadSchema(f"{path}: record without fields")
        fields = tuple(self._field(item, inner, path, depth) for item in declared)
        if len({f.name for f in fields}) != len(fields):
            raise BadSchema(f"{path}: two fields of one name")
        self._fields += len(fields)
        if self._fields > MAX_FIELDS:
            raise BadSchema(f"{path}: more than {MAX_FIELDS} fields")
        node = Record(full, fields)
        self._named[full] = node
        return node

    def _field(self, item: Json, namespace: str, path: str, depth: int) -> Field:
        if not isinstance(item, dict) or "type" not in item or not _NAME.match(str(item.get("name", ""))):
            raise BadSchema(f"{path}: a field needs a name and a type")
        name = item["name"]
        inner = name if path == "schema" else f"{path}.{name}"
        tags = item.get("confluent:tags", [])
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise BadSchema(f"{inner}: confluent:tags is a list of words")
        return Field(name, self.node(item["type"], namespace, inner, depth + 1), tuple(tags), item)


def _attributes(schema: Mapping[str, Json]) -> tuple[tuple[str, int], ...]:
    return tuple((key, schema[key]) for key in ("precision", "scale") if key in schema)


def _full(name: str, namespace: str) -> str:
    return name if "." in name or not namespace else f"{namespace}.{name}"
