"""Classes that documents give: they raise, they say again, they give a key its first; nothing else becomes milder."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.builders import a_class, a_grant, a_rule_set

from tidegate.errors import BadRules
from tidegate.events.schemas import Schema

GENERAL = {"confluent:tags": ["GENERAL"]}
SPI = {"confluent:tags": ["SPI"]}
MAP = {"type": "map", "values": "string"}


def classes_of(*fields: dict[str, Any], **said: Any) -> dict[str, str]:
    """The classes of the fields of a schema of the rule set's own, as its documents leave them."""
    event_id = {"name": "eventId", "type": "string", **GENERAL}
    schema = {"type": "record", "name": "ShipmentEvent", "namespace": "logistics", "fields": [event_id, *fields]}
    found = a_rule_set(schemas={"own.avsc": schema}, grants=[a_grant("eventId")], **said)
    return {leaf.path: str(leaf.field_class) for leaf in found.leaves[Schema.of(schema).schema_id]}


def text(name: str, **said: Any) -> dict[str, Any]:
    return {"name": name, "type": "string", **said}


def test_a_document_may_say_again_what_a_field_is() -> None:
    assert classes_of(text("berth", **GENERAL), classes=[a_class("berth", "GENERAL")])["berth"] == "GENERAL"


def test_a_field_that_its_schema_gave_no_class_gets_none_of_a_document() -> None:
    """Only keys of maps, which no schema can name, get their first class there (NDSMR 37: not known, row 3)."""
    assert classes_of(text("gate"))["gate"] == "UNCLASSIFIED"
    with pytest.raises(BadRules, match="gate is UNCLASSIFIED; a rule document may raise a class, never lower it"):
        classes_of(text("gate"), classes=[a_class("gate", "GENERAL")])


def test_a_map_is_what_the_strictest_of_its_own_keys_is_wherever_it_lies() -> None:
    # Given two maps, one inside a record, and a document that calls a key of the inner one personal
    box = {
        "type": "record",
        "name": "Box",
        "fields": [{"name": "notes", "type": MAP, **GENERAL}, text("size", **GENERAL)],
    }
    fields = ({"name": "notes", "type": MAP, **GENERAL}, {"name": "box", "type": box, **GENERAL})

    # When it is loaded
    found = classes_of(*fields, classes=[a_class('box.notes["driver"]', "PI"), a_class('notes["gate"]', "COMMERCIAL")])

    # Then each map is as strict as its own key, and nothing beside them is
    assert (found["box.notes"], found['box.notes["driver"]']) == ("PI", "PI")
    assert (found["notes"], found['notes["gate"]']) == ("COMMERCIAL", "COMMERCIAL")
    assert (found["box.size"], found["eventId"]) == ("GENERAL", "GENERAL")


@pytest.mark.parametrize(
    ("named", "important"),
    [
        ('notes["depth"]', {"notes", 'notes["depth"]'}),
        ("notes", {"notes", 'notes["depth"]', 'notes["gate"]'}),
        ('box.notes["depth"]', {"box.notes", 'box.notes["depth"]'}),
        ("box", {"box.notes", 'box.notes["depth"]', "box.size"}),
        ("box.size", {"box.size"}),
    ],
)
def test_a_notice_of_a_map_is_of_its_keys_and_one_of_a_key_of_the_map_that_leaves_whole(
    named: str, important: set[str]
) -> None:
    """CAC Provisions 2, 7: else the key of a map that is on the register leaves with the map, or beside it."""
    box = {
        "type": "record",
        "name": "Box",
        "fields": [{"name": "notes", "type": MAP, **GENERAL}, text("size", **GENERAL)],
    }
    fields = ({"name": "notes", "type": MAP, **GENERAL}, {"name": "box", "type": box, **GENERAL})
    classes = [a_class(key, "GENERAL") for key in ('notes["depth"]', 'notes["gate"]', 'box.notes["depth"]')]
    notice = {"id": "depth", "item": "depth", "fields": [named], "notified": date(2026, 4, 1), "source": "notice 4"}

    found = classes_of(*fields, classes=classes, important=[notice])

    assert {path for path, one in found.items() if one == "IMPORTANT"} == important


def test_what_is_important_is_told_by_its_other_classes_what_else_it_is() -> None:
    """By tags of a schema and by documents alike; a notice that names what was so already adds no grace of its own."""
    own = [
        text("alone", **{"confluent:tags": ["IMPORTANT"]}),
        text("tagged", **{"confluent:tags": ["IMPORTANT", "PI"]}),
        text("given", **GENERAL),
        text("noticed", **SPI),
        text("core", **{"confluent:tags": ["CORE"]}),
    ]
    event_id = {"name": "eventId", "type": "string", **GENERAL}
    schema = {"type": "record", "name": "ShipmentEvent", "namespace": "logistics", "fields": [event_id, *own]}
    item = {"id": "x", "item": "x", "fields": ["given", "noticed", "core"], "notified": date(2026, 1, 1), "source": "n"}

    found = a_rule_set(
        schemas={"own.avsc": schema},
        grants=[a_grant("eventId")],
        classes=[a_class("given", "IMPORTANT"), a_class("given", "COMMERCIAL")],
        important=[item],
    )

    said = {one.path: (one.field_class, one.otherwise, one.plain, one.by_notice) for one in found.leaves[_id(schema)]}
    assert said["eventId"] == ("GENERAL", "GENERAL", "GENERAL", False)
    assert said["alone"] == ("IMPORTANT", "UNCLASSIFIED", "UNCLASSIFIED", False)
    assert said["tagged"] == ("IMPORTANT", "PI", "PI", False)
    assert said["given"] == ("IMPORTANT", "COMMERCIAL", "COMMERCIAL", False)
    assert said["noticed"] == ("IMPORTANT", "SPI", "SPI", True)
    assert said["core"] == ("CORE", "CORE", "CORE", False)


def test_what_is_commercial_stays_so_whatever_else_it_is_called() -> None:
    # Given fields that are COMMERCIAL by their tag, above them, by a document or in a key, and personal beside it
    box = {"type": "record", "name": "Box", "fields": [text("inside", **{"confluent:tags": ["PI"]})]}
    own = [
        text("tagged", **{"confluent:tags": ["PI", "COMMERCIAL"]}),
        {"name": "box", "type": box, "confluent:tags": ["COMMERCIAL"]},
        text("given", **GENERAL),
        text("personal", **{"confluent:tags": ["PI"]}),
        text("seal", **{"confluent:tags": ["COMMERCIAL"]}),
        {"name": "notes", "type": MAP, **GENERAL},
    ]
    event_id = {"name": "eventId", "type": "string", **GENERAL}
    schema = {"type": "record", "name": "ShipmentEvent", "namespace": "logistics", "fields": [event_id, *own]}
    other = {**schema, "fields": [event_id, text("seal", **SPI), {"name": "notes", "type": MAP, **GENERAL}]}
    given = [("given", "COMMERCIAL"), ("given", "PI"), ('notes["price"]', "COMMERCIAL"), ('notes["price"]', "PI")]

    # When they are loaded, with another version that calls one of them something else
    found = a_rule_set(
        schemas={"own.avsc": schema, "other.avsc": other},
        grants=[a_grant("eventId")],
        classes=[a_class(*one) for one in given],
    )

    # Then each is confidential, the map of the key too, and the field of that name in the other version
    mine, theirs = ({one.path: one.confidential for one in found.leaves[_id(one)]} for one in (schema, other))
    assert {path for path, said in mine.items() if said} == {
        *("tagged", "box.inside", "given", "seal", "notes", 'notes["price"]')
    }
    assert {path for path, said in theirs.items() if said} == {"seal", "notes", 'notes["price"]'}
    classes = {one.path: str(one.field_class) for one in found.leaves[_id(schema)]}
    assert [classes[path] for path in ("tagged", "box.inside", "given", "seal")] == ["PI", "PI", "PI", "COMMERCIAL"]


def _id(schema: dict[str, Any]) -> int:
    return Schema.of(schema).schema_id


def test_the_point_about_identity_numbers_makes_no_other_sensitive_field_milder() -> None:
    """GB/T 45574-2025: what is open is the bare number of a document, and nothing else of that annex."""
    person = {
        "type": "record",
        "name": "Person",
        "fields": [text(name, **SPI) for name in ("health", "idNumber", "visa")],
    }
    people = {"name": "people", "type": {"type": "array", "items": person}, **GENERAL}
    fields = (text("faceImage", **SPI), people, text("voice", **SPI))

    strict, settled = classes_of(*fields), classes_of(*fields, law={"id_number_spi": False})

    assert {path for path, said in strict.items() if said == "SPI"} == {
        *("faceImage", "people[].health", "people[].idNumber", "people[].visa", "voice")
    }
    assert {path for path in strict if strict[path] != settled[path]} == {"people[].idNumber"}
    assert settled["people[].idNumber"] == "PI"


def test_an_identity_number_that_a_document_raises_again_stays_so_where_the_point_is_settled() -> None:
    raised = a_rule_set(classes=[a_class("people[].idNumber", "SPI")], law={"id_number_spi": False})

    (known,) = raised.leaves.values()
    assert [str(leaf.field_class) for leaf in known if leaf.path == "people[].idNumber"] == ["SPI"]
