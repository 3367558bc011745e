"""Avro types as the properties know them. Shares no code with the product."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KEPT_OF_FIELDS = ("default", "confluent:tags")
PRIMITIVES = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")


@dataclass(frozen=True, eq=False, repr=False)
class Type:
    """``inner``: the items of an array, the values of a map, the branches of a union. A shared type is one object."""

    kind: str
    name: str = ""
    inner: tuple[Type, ...] = ()
    fields: tuple[FieldType, ...] = ()
    symbols: tuple[str, ...] = ()
    size: int = 0
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return json.dumps(written(self))

    def _repr_pretty_(self, printer: Any, _cycle: object) -> None:  # for hypothesis, which would show all attributes
        printer.text(repr(self))

    @property
    def null(self) -> int | None:
        """The index of null in a union of null and one other type."""
        if self.kind == "union" and len(self.inner) == 2:
            return next((i for i, branch in enumerate(self.inner) if branch.kind == "null"), None)
        return None

    @property
    def child(self) -> Type:
        """What is inside a nullable type, else the type."""
        return self if self.null is None else self.inner[1 - self.null]


@dataclass(frozen=True, eq=False)
class FieldType:
    name: str
    type: Type
    extra: Mapping[str, Any] = field(default_factory=dict)
    """``default`` and ``confluent:tags``, as in the schema."""


def record_of(*types: Type, name: str = "R") -> Type:
    """A record with a field of each of these types."""
    return Type("record", name, fields=tuple(FieldType(f"f{number}", avro) for number, avro in enumerate(types)))


def array_of(items: Type) -> Type:
    return Type("array", inner=(items,))


def map_of(values: Type) -> Type:
    return Type("map", inner=(values,))


def union_of(*branches: Type) -> Type:
    return Type("union", inner=branches)


def space_of(name: str) -> str:
    return name.rpartition(".")[0]


def written(avro: Type, space: str = "", defined: set[str] | None = None) -> Any:
    """The JSON of a type that stands in a record of the namespace ``space``."""
    defined = set() if defined is None else defined
    if avro.name and avro.name in defined:
        return avro.name if space_of(avro.name) != space else avro.name.rpartition(".")[2]
    inner = [written(part, space, defined) for part in avro.inner]
    match avro.kind:
        case "union":
            return inner
        case "array":
            return {"type": "array", "items": inner[0]}
        case "map":
            return {"type": "map", "values": inner[0]}
    out: dict[str, Any] = {"type": avro.kind, **avro.attributes}
    if avro.name:
        defined.add(avro.name)
        own, _, short = avro.name.rpartition(".")
        if len(own) % 2:  # one of the two ways to write a namespace
            out["name"] = avro.name
        else:
            out |= {"name": short} if own == space else {"name": short, "namespace": own}
    match avro.kind:
        case "enum":
            out["symbols"] = list(avro.symbols)
        case "fixed":
            out["size"] = avro.size
        case "record":
            own = space_of(avro.name)
            out["fields"] = [{"name": f.name, "type": written(f.type, own, defined), **f.extra} for f in avro.fields]
    return out if len(out) > 1 else avro.kind


def loaded(schema: Any, space: str = "", named: dict[str, Type] | None = None) -> Type:
    """The type of a JSON schema that is known to be right."""
    named = {} if named is None else named
    if isinstance(schema, list):
        return Type("union", inner=tuple(loaded(branch, space, named) for branch in schema))
    if isinstance(schema, str):
        return Type(schema) if schema in PRIMITIVES else named[_full(schema, space)]
    kind, name = schema["type"], schema.get("name", "")
    full = _full(name, schema.get("namespace", space)) if name else ""
    if kind in ("array", "map"):
        return Type(kind, inner=(loaded(schema["items" if kind == "array" else "values"], space, named),))
    fields = tuple(
        FieldType(f["name"], loaded(f["type"], space_of(full), named), {k: f[k] for k in KEPT_OF_FIELDS if k in f})
        for f in schema.get("fields", ())
    )
    kept = {key: schema[key] for key in ("logicalType", "precision", "scale", "default") if key in schema}
    symbols = tuple(schema.get("symbols", ()))
    result = Type(kind, full, (), fields, symbols, schema.get("size", 0), kept)
    if full:
        named[full] = result
    return result


def _full(name: str, space: str) -> str:
    return name if "." in name or not space else f"{space}.{name}"
