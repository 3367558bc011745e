"""Reader schemas: one schema per partner that reads every projection it may get, with any standard Avro client."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from tidegate.events import avro
from tidegate.events.avro import Array, Json, Node, Record
from tidegate.events.facts import EVENT
from tidegate.events.projection import Fields, Items, Selection, Whole, reader_json
from tidegate.events.schemas import Registry, Schema
from tidegate.rules.plan import Plan


def reader_schema(plan: Plan, partner: str) -> Json:
    """The nullable superset of all that a partner may get. Raises ``ValueError`` when it gets nothing."""
    registry = Registry(Schema.of(schema) for schema in plan.schemas.values())
    seen: dict[int, dict[int, Fields]] = {}
    for section in plan.sections:
        if registry.get(section.schema_id).name != EVENT:
            continue
        for views in section.partners:
            for view in views.views.values():
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
    """Two reader schemas of one name as one: all fields of either. Of a field in both the first says the type."""
    if not (_is_record(one) and _is_record(two)):
        return one
    fields: dict[str, Json] = {field["name"]: field for field in one["fields"]}
    for field in two["fields"]:
        mine = fields.get(field["name"])
        fields[field["name"]] = field if mine is None else {**mine, "type": _merged_types(mine["type"], field["type"])}
    return {**one, "fields": list(fields.values())}


def _merged_types(one: Json, two: Json) -> Json:
    """Types of a reader's fields: unions of null and one more."""
    if isinstance(one, list) and isinstance(two, list) and len(one) == len(two) == 2:
        return [one[0], _merged(one[1], two[1])]
    return one


def _is_record(schema: Json) -> bool:
    return isinstance(schema, Mapping) and schema.get("type") == "record"
