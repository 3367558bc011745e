"""Ids are content: they change with the schema's meaning and with nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import RFC_4122

import pytest

from tidegate.errors import BadSchema, UnknownSchema
from tidegate.events.schemas import Registry, Schema, canonical_text

SCHEMAS = Path(__file__).parents[3] / "schemas"


def a_schema(*, tag: str = "GENERAL", doc: str = "", **more: Any) -> dict[str, Any]:
    field = {"name": "a", "type": "string", "confluent:tags": [tag], **more}
    return {"type": "record", "name": "x.R", "doc": doc, "fields": [field]}


def test_the_order_of_keys_does_not_matter() -> None:
    # Given one schema in two orders, one of them with spaces
    one = a_schema()
    two = json.loads(json.dumps(dict(reversed(one.items())), indent=4))

    # When both are registered
    first, second = Schema.of(one), Schema.of(two)

    # Then they are one schema
    assert (first.schema_id, first.guid, first.text) == (second.schema_id, second.guid, second.text)


@pytest.mark.parametrize(
    "other",
    [
        a_schema(tag="PI"),
        a_schema(doc="Else."),
        a_schema(type={"type": "string", "logicalType": "uuid"}),
        a_schema(default=""),
        a_schema(aliases=["b"]),
    ],
    ids=["class", "doc", "logical type", "default", "alias"],
)
def test_any_other_difference_is_another_schema(other: dict[str, Any]) -> None:
    # Given two schemas that differ in something that Avro's own fingerprint drops
    # When both are registered
    first, second = Schema.of(a_schema()), Schema.of(other)

    # Then they are two
    assert first.schema_id != second.schema_id
    assert first.guid != second.guid


def test_ids_are_what_they_were_when_they_were_given_out() -> None:
    # Given a schema that records have been written with
    # When it is registered again, by a later release
    schema = Schema.of(a_schema())

    # Then its ids are the same
    assert schema.text == (
        '{"doc":"","fields":[{"confluent:tags":["GENERAL"],"name":"a","type":"string"}],"name":"x.R","type":"record"}'
    )
    assert schema.schema_id == 1402348902
    assert str(schema.guid) == "d3962566-121c-8119-a563-9bf04e9da3f6"


def test_ids_fit_what_carries_them() -> None:
    # Given many schemas
    # When they are registered
    schemas = [Schema.of(a_schema(doc=str(number))) for number in range(200)]

    # Then ids are positive numbers of 31 bits, and GUIDs are UUIDs of version 8
    assert all(0 <= schema.schema_id < 2**31 for schema in schemas)
    assert {(schema.guid.version, schema.guid.variant) for schema in schemas} == {(8, RFC_4122)}
    assert len({schema.schema_id for schema in schemas}) == len({schema.guid for schema in schemas}) == 200


def test_a_collision_is_an_error_and_the_first_schema_stays() -> None:
    # Given two schemas to which chance gave one id
    first = Schema.of(a_schema())
    second = replace(Schema.of(a_schema(doc="Else.")), schema_id=first.schema_id)
    registry = Registry([first])

    # When the second is registered
    with pytest.raises(BadSchema) as refusal:
        registry.add(second)

    # Then that is an error that says what to do, and the id keeps its meaning
    assert "change a doc in one of them" in str(refusal.value)
    assert registry.get(first.schema_id) is first
    assert list(registry) == [first]


def test_registering_twice_is_registering_once() -> None:
    # Given a registry with a schema
    schema = Schema.of(a_schema())
    registry = Registry([schema])

    # When the same schema comes again
    known = registry.add(Schema.of(a_schema()))

    # Then it is the one that is there
    assert known is schema
    assert len(registry) == 1


def test_an_unknown_id_is_the_records_fault() -> None:
    # Given an empty registry
    registry = Registry()

    # When an id is looked up
    with pytest.raises(UnknownSchema) as refusal:
        registry.get(7)

    # Then the id is named
    assert "7" in str(refusal.value)


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*/*.avsc")), ids=lambda path: path.parent.name)
def test_our_own_schemas_can_be_registered(path: Path) -> None:
    # Given a schema of the repository
    text = path.read_text()

    # When it is registered
    schema = Schema.of(json.loads(text))

    # Then its scanner compiles, and its text is one that stays
    assert schema.scan
    assert canonical_text(json.loads(schema.text)) == schema.text


@pytest.mark.parametrize("name", ["shipment-event", "event-retraction"])
def test_every_field_that_publishers_fill_has_one_class(name: str) -> None:
    # Given a schema that publishers write
    text = (SCHEMAS / name / "v1.avsc").read_text()

    # When the classes of its fields are collected, at every depth
    tags = _tags(json.loads(text))

    # Then there is exactly one each: a field without one would never leave
    assert tags
    assert all(len(each) == 1 for each in tags)


def _tags(json_part: Any) -> list[list[str]]:
    if isinstance(json_part, list):
        return [tags for part in json_part for tags in _tags(part)]
    if not isinstance(json_part, dict):
        return []
    own = [part.get("confluent:tags", []) for part in json_part.get("fields", [])]
    return own + [tags for part in json_part.values() for tags in _tags(part)]
