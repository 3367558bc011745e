"""Reader schemas: one schema per partner that reads every projection it may get, with any standard Avro client."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from tidegate.events import avro
from tidegate.events.avro import Array, Json, Node, Record
from tidegate.events.projection import Fields, Items, Selection, Whole, reader_json
from tidegate.events.schemas import Registry, Schema
from tidegate.rules.plan import Plan, every_view

_ORDER = ("null", "int", "long", "float", "double", "bytes", "string")
"""A reader takes the first branch that fits: narrow before wide, after types that have names or parts."""


def reader_schema(plan: Plan, partner: str) -> Json:
    """The nullable superset of all that a partner may get. Raises ``ValueError`` when it gets nothing."""
    registry = Registry(Schema.of(schema) for schema in plan.schemas.values())
    seen: dict[int, dict[int, Fields]] = {}
    for section in plan.sections:
        for views in section.partners:
            for view in every_view(views):
                if views.partner == partner and view.pieces:
                    kept = _kept(registry.get(view.schema_id).record)
                    seen.setdefault(section.schema_id, {})[view.schema_id] = kept
    if not seen:
        raise ValueError(f"no grant lets {partner} see anything")
    readers = [reader_json(registry.get(writer), list(kept.values())) for writer, kept in sorted(seen.items())]
    return reduce(_merged, readers)


def _kept(record: Record) -> Fields:
    """The selection that a projected schema is the result of, as far as types go."""
    return Fields(tuple((field.name, _kept_of(field.node)) for field in record.fields))


def _kept_of(node: Node) -> Selection:
    match avro.child(node):
        case Record() as record:
            return _kept(record)
        case Array(items) if isinstance(items, Record):
            return Items(_kept(items))
        case _:
            return Whole()


def _merged(one: Json, two: Json) -> Json:
    """A schema that reads what either of two schemas of one kind and name was made to read."""
    match _kind(one):
        case "record":
            return {**one, "fields": _merged_fields(one["fields"], two["fields"])}
        case "array":
            return {**one, "items": _merged_types(one["items"], two["items"])}
        case "map":
            return {**one, "values": _merged_types(one["values"], two["values"])}
        case "enum":
            return {**one, "symbols": list(dict.fromkeys([*one["symbols"], *two["symbols"]]))}
        case _:
            return one


def _merged_fields(one: list[Json], two: list[Json]) -> list[Json]:
    fields: dict[str, Json] = {field["name"]: field for field in one}
    for field in two:
        mine = fields.get(field["name"])
        fields[field["name"]] = field if mine is None else {**mine, "type": _merged_types(mine["type"], field["type"])}
    return list(fields.values())


def _merged_types(one: Json, two: Json) -> Json:
    """The branches of both; those of one kind and name as one."""
    branches: dict[tuple[str, str], Json] = {}
    for branch in (*_branches(one), *_branches(two)):
        same = _kind(branch), branch.get("name", "") if isinstance(branch, Mapping) else ""
        branches[same] = _merged(branches[same], branch) if same in branches else branch
    found = sorted(branches.values(), key=_width)
    return found[0] if len(found) == 1 else found


def _branches(schema: Json) -> list[Json]:
    return schema if isinstance(schema, list) else [schema]


def _kind(schema: Json) -> str:
    return str(schema["type"] if isinstance(schema, Mapping) else schema)


def _width(schema: Json) -> int:
    kind = _kind(schema)
    return _ORDER.index(kind) * 2 if kind in _ORDER else 1
