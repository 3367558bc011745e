"""Paths: what one written in a grant means in a schema."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builders import EVENT

from tidegate.events.schemas import Schema
from tidegate.rules.paths import NoField, leaves, resolve

REMARK, DEEP = 'extensions["remark"]', 'units[].more["x"]'
TAGS = {"confluent:tags": ["GENERAL"]}


def deep() -> Schema:
    """A schema of one's own with a map inside an array."""
    unit = {"type": "record", "name": "Unit", "fields": [{"name": "more", "type": {"type": "map", "values": "string"}}]}
    fields: list[dict[str, Any]] = [
        {"name": "eventId", "type": "string", **TAGS},
        {"name": "units", "type": {"type": "array", "items": unit}, **TAGS},
    ]
    return Schema.of({"type": "record", "name": "ShipmentEvent", "namespace": "logistics", "fields": fields})


def covered(path: str, schema: Schema = EVENT, keys: tuple[str, ...] = (REMARK,)) -> set[str]:
    known = leaves(schema, keys)
    target = resolve(path, schema, known)
    return {leaf.path for leaf in known if target.covers(leaf)}


@pytest.mark.parametrize("path", ["*", "extensions", "extensions.*"])
def test_a_key_of_a_map_is_opened_by_its_own_name_alone(path: str) -> None:
    """Anybody may add a key: what was granted before it was there does not open it."""
    assert REMARK not in covered(path)
    assert covered(REMARK) == {REMARK}
    assert DEEP not in covered("units", deep(), (DEEP,))
    assert covered(DEEP, deep(), (DEEP,)) == {DEEP}


def test_a_parent_opens_what_lies_below_it_and_nothing_else() -> None:
    assert covered("location.unLocode") == {"location.unLocode"}
    assert covered("truck") == covered("truck.*") == {"truck.tractorPlate", "truck.trailerPlate", "truck.vin"}
    assert "truck.vin" not in covered("location")


@pytest.mark.parametrize("keys", [('eventId["x"]',), ("location.name",), ('nothing["x"]',), ("extensions",)])
def test_what_is_no_key_of_a_map_becomes_no_field(keys: tuple[str, ...]) -> None:
    assert leaves(EVENT, keys) == leaves(EVENT)


@pytest.mark.parametrize(("schema", "path"), [(EVENT, REMARK), (deep(), DEEP)])
def test_a_key_without_a_class_is_said_to_have_none(schema: Schema, path: str) -> None:
    """It is no unknown field: another word would send its author looking for a misspelling."""
    with pytest.raises(ValueError, match="has no class yet") as caught:
        resolve(path, schema, leaves(schema))
    assert not isinstance(caught.value, NoField)
