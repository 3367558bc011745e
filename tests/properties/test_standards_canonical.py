"""Canonical JSON: any event that the Avro schemas allow is the same after it was written and read."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastavro
from hypothesis import given
from hypothesis import strategies as st

from tidegate import standards

SCHEMAS = Path(__file__).parents[2] / "schemas"
EVENT = json.loads((SCHEMAS / "shipment-event/v1.avsc").read_text())
RETRACTION = json.loads((SCHEMAS / "event-retraction/v1.avsc").read_text())
PARSED = fastavro.parse_schema(EVENT)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
visible = texts.filter(lambda text: bool(text.strip()))
"""Empty text is no value, neither here nor in the checks."""
milestones = st.sampled_from(["UNKNOWN", "GTIN", "LOAD", "DEPA", "RELS", "CROS"])


def of_schema(schema: Any, name: str = "") -> st.SearchStrategy[Any]:
    if isinstance(schema, list):
        return st.none() | of_schema(schema[1], name)
    kind = schema["type"] if isinstance(schema, dict) else schema
    logical = schema.get("logicalType") if isinstance(schema, dict) else None
    simple: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
        "record": lambda: st.fixed_dictionaries({f["name"]: of_schema(f["type"], f["name"]) for f in schema["fields"]}),
        "array": lambda: st.lists(of_schema(schema["items"]), max_size=2),
        "map": lambda: st.dictionaries(texts, texts, max_size=2),
        "enum": lambda: st.sampled_from(schema["symbols"]),
        "string": lambda: milestones if name == "eventSubtype" else visible,
        "boolean": st.booleans,
        "double": lambda: st.floats(allow_nan=False, allow_infinity=False),
        "int": lambda: st.integers(-(2**31), 2**31 - 1),
        "long": lambda: st.integers(-(2**63), 2**63 - 1) | st.integers(0, 2**52),
    }
    assert logical in (None, "date", "timestamp-micros")
    return simple[kind]()


@given(of_schema(EVENT))
def test_canonical_event_there_and_back(event: dict[str, Any]) -> None:
    written = json.dumps(standards.to_json(event, "event"), ensure_ascii=False).encode()

    (mapped,) = standards.read(standards.parse(written))

    assert mapped.event == event, mapped.findings
    assert mapped.kind == "event"
    fastavro.schemaless_writer(io.BytesIO(), PARSED, mapped.event)


@given(of_schema(RETRACTION))
def test_retraction_there_and_back(retraction: dict[str, Any]) -> None:
    written = json.dumps(standards.to_json(retraction, "retraction")).encode()

    (mapped,) = standards.read(standards.parse(written))

    assert mapped.event == retraction, mapped.findings
    assert mapped.kind == "retraction"
