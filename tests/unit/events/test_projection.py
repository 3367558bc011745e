"""Projected schemas and pieces, by example; that they are right for all schemas is a property."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tidegate.events.projection import Changed, Fields, Items, Operation, Span, Whole, project, reader_json
from tidegate.events.schemas import Schema
from tidegate.events.transforms import Transform


def a_record(name: str = "x.R", **fields: Any) -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": [{"name": key, "type": avro} for key, avro in fields.items()]}


def kept(**fields: Any) -> Fields:
    return Fields(tuple(fields.items()))


def names_in(schema: Any) -> list[str]:
    """The full names that a schema defines."""
    if isinstance(schema, list):
        return [name for part in schema for name in names_in(part)]
    if not isinstance(schema, dict):
        return []
    own = [f"{schema['namespace']}.{schema['name']}"] if "symbols" in schema or "fields" in schema else []
    return own + [name for part in schema.values() for name in names_in(part)]


def test_neighbours_leave_in_one_piece() -> None:
    # Given a record with a nested one that may be null
    inner = a_record("x.In", c="string", d="string", e="string")
    schema = Schema.of(a_record(a="int", b=["null", inner], f="int", g="int"))
    selection = kept(g=Changed(Transform("band", 10)), b=kept(d=Whole(), c=Whole()), a=Whole())

    # When some fields are selected, in any order
    pieces = project(schema, selection).pieces

    # Then they come in the schema's order: a, the index of b, c and d are one span
    assert pieces == (Span(0, 4), Operation("g", Changed(Transform("band", 10))))


def test_a_projected_schema_carries_types_and_classes_only() -> None:
    # Given a schema with docs, defaults, aliases and classes
    field = {"name": "a", "type": "string", "doc": "Ours.", "default": "", "aliases": ["z"], "confluent:tags": ["PI"]}
    schema = Schema.of({"type": "record", "name": "x.R", "doc": "Ours too.", "fields": [field]})

    # When it is projected
    result = project(schema, kept(a=Whole())).schema

    # Then docs stay at home
    assert json.loads(result.text) == {
        "type": "record",
        "namespace": "x",
        "name": "R",
        "fields": [{"name": "a", "type": "string", "confluent:tags": ["PI"]}],
    }


def test_a_type_that_is_used_at_several_places_is_named_by_place() -> None:
    # Given a record and an enum at two places each
    kind = {"type": "enum", "name": "x.Kind", "symbols": ["A"]}
    schema = Schema.of(a_record(a=a_record("x.S", k=kind, n="int"), b={"type": "array", "items": "x.S"}))
    one = kept(a=kept(k=Whole()), b=Items(kept(n=Whole())))
    two = kept(b=Items(Whole()))

    # When it is projected in two ways
    names = [names_in(project(schema, selection).schema.json) for selection in (one, two)]
    reader = names_in(reader_json(schema, [one, two]))

    # Then a place has the same name in both, and in the schema that reads both
    assert names == [["x.R", "x.S_a", "x.Kind_a_k", "x.S_b_"], ["x.R", "x.S_b_", "x.Kind_b_k"]]
    assert reader == ["x.R", "x.S_a", "x.Kind_a_k", "x.S_b_", "x.Kind_b_k"]


@pytest.mark.parametrize(
    "fields",
    [
        # R.a.b and R.a_b
        {"s": a_record("x.S", x="int", y="int"), "a": a_record("x.A", b="x.S"), "a_b": "x.S"},
        # a type that already has the name of a place
        {"q": a_record("x.S_a", z="int"), "a": a_record("x.S", x="int"), "b": "x.S"},
        {"a": a_record("x.S", x="int"), "b": "x.S", "q": {"type": "fixed", "name": "x.S_a", "size": 1}},
        # the type of an array's items and of a map's values, in one field
        {"a": [{"type": "array", "items": a_record("x.S", x="int")}, {"type": "map", "values": "x.S"}]},
    ],
)
def test_names_by_place_never_meet(fields: dict[str, Any]) -> None:
    # Given places whose names could be taken for each other
    schema = Schema.of(a_record(**fields))

    # When all is kept
    names = names_in(project(schema, kept(**{name: Whole() for name in fields})).schema.json)

    # Then no name is given twice
    assert len(set(names)) == len(names)


def test_a_reader_tries_narrow_types_first() -> None:
    # Given unions in which an int could be taken for a float, and a text for bytes
    numbers = ["double", "float", "long", "int"]
    schema = Schema.of(a_record(a=numbers, b={"type": "array", "items": numbers}, c=["string", "null", "bytes"]))

    # When a reader's schema is made
    reader = reader_json(schema, [kept(a=Whole(), b=Whole(), c=Whole())])

    # Then the type that loses least stands first, and null before all in a field
    types = [field["type"] for field in reader["fields"]]
    assert types == [
        ["null", "int", "long", "float", "double"],
        ["null", {"type": "array", "items": ["int", "long", "float", "double"]}],
        ["null", "bytes", "string"],
    ]


def test_a_reader_knows_all_that_any_projection_keeps() -> None:
    # Given selections of different depth
    inner = a_record("x.In", c="string", d="string")
    schema = Schema.of(
        a_record(a="int", b=["null", inner], e={"type": "array", "items": a_record("x.E", f="int", g="int")})
    )
    selections = [
        kept(b=kept(c=Whole()), e=Items(kept(f=Whole()))),
        kept(b=kept(d=Changed(Transform("pseudonym")))),
        kept(e=Items(kept(g=Whole()))),
    ]

    # When a reader's schema is made
    reader = reader_json(schema, selections)

    # Then it has their union, each field nullable and null by default
    b, e = reader["fields"]
    assert [field["name"] for field in b["type"][1]["fields"]] == ["c", "d"]
    assert [field["name"] for field in e["type"][1]["items"]["fields"]] == ["f", "g"]
    assert {json.dumps(field["default"]) for field in (b, e, *b["type"][1]["fields"])} == {"null"}
