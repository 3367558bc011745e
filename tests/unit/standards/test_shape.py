"""The tables of ``shape`` say what ``schemas/`` say, field by field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tidegate.standards import codes, dcsa22_table, shape
from tidegate.standards.shape import Code, Items, Leaf, Record, Shape, Texts

SCHEMAS = Path(__file__).parents[3] / "schemas"
OPEN_CODES = {"eventSubtype"}
"""Text in the schema, a code list here: the list grows with the standards, the schema does not."""


@pytest.mark.parametrize(
    ("folder", "record"), [("shipment-event", shape.EVENT), ("event-retraction", shape.RETRACTION)]
)
def test_same_as_the_schema(folder: str, record: Record) -> None:
    schema = json.loads((SCHEMAS / folder / "v1.avsc").read_text())

    compare(record, schema)


def compare(record: Record, schema: dict[str, Any]) -> None:
    assert set(record.fields) == {field["name"] for field in schema["fields"]}
    blank = record.blank()
    for field in schema["fields"]:
        compare_field(record.fields[field["name"]], field)
        if field["name"] in record.required:
            assert "default" not in field
        elif field["name"] not in OPEN_CODES and not isinstance(record.fields[field["name"]], Texts):
            assert blank[field["name"]] == field["default"]


def compare_field(ours: Shape, field: dict[str, Any]) -> None:
    kind = field["type"]
    nullable = isinstance(kind, list)
    if nullable:
        assert kind[0] == "null"
        kind = kind[1]
    if isinstance(ours, Record):
        assert nullable
        compare(ours, kind)
    elif isinstance(ours, Code) and field["name"] not in OPEN_CODES:
        assert set(kind["symbols"]) == ours.symbols | {ours.default}
        assert kind["default"] == ours.default
    elif isinstance(ours, Items):
        assert kind["type"] == "array"
        if isinstance(ours.item, Record):
            compare(ours.item, kind["items"])
        else:
            assert kind["items"] == ours.item.kind.value
    elif isinstance(ours, Texts):
        assert kind == {"type": "map", "values": "string"}
    elif isinstance(ours, Leaf):
        assert (kind["logicalType"] if isinstance(kind, dict) else kind) == ours.kind.value
        assert nullable != (ours.required or ours.kind is shape.Kind.FLAG)


def test_raw_fields_exist() -> None:
    for record in (shape.EVENT, shape.LOCATION, shape.EQUIPMENT, shape.SEAL, shape.TRANSPORT, shape.PERSON):
        for ours in record.fields.values():
            assert not isinstance(ours, Code) or ours.raw is None or ours.raw in record.fields


def test_every_line_of_the_dcsa_table_leads_to_a_field() -> None:
    rows = dcsa22_table.ROWS

    assert {row.path for row in rows} == set(dcsa22_table.FIELDS)
    assert all(source.split(".")[0] in dcsa22_table.EVENT_TABLE.nodes for row in rows for source in row.sources)


def test_lists_of_a_blank_are_its_own() -> None:
    first, second = shape.EVENT.blank(), shape.EVENT.blank()

    assert first["seals"] is not second["seals"]


def test_milestones_are_four_letters_where_a_standard_gives_them_a_code() -> None:
    words = {code for code in codes.SUBTYPES if len(code) > 4}

    assert all(code.isupper() for code in codes.SUBTYPES)
    assert words == {
        "APPROACHING",
        "DEVICE_STATUS",
        "GEOFENCE_ENTRY",
        "GEOFENCE_EXIT",
        "MOTION_START",
        "MOTION_STOP",
        "PAIRING",
        "UNPAIRING",
    }
