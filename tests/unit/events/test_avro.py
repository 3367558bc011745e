"""Schemas that the hub takes and schemas that it refuses, with the place and the reason."""

from __future__ import annotations

from typing import Any

import pytest

from tidegate.errors import BadSchema
from tidegate.events import avro
from tidegate.events.avro import MAX_DEPTH, MAX_TYPES, Enum, Fixed, Primitive, Record, Union
from tidegate.events.schemas import Schema

DECIMAL = {"type": "bytes", "logicalType": "decimal"}


def a_record(name: str = "R", **fields: Any) -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": [{"name": key, "type": avro} for key, avro in fields.items()]}


def an_enum(*symbols: Any, **more: Any) -> dict[str, Any]:
    return {"type": "enum", "name": "E", "symbols": list(symbols), **more}


def a_fixed(size: Any, **more: Any) -> dict[str, Any]:
    return {"type": "fixed", "name": "F", "size": size, **more}


REFUSED = [
    # shapes
    ("int", "top level"),
    (["null", a_record()], "top level"),
    ({}, "a schema is a name, a list or an object with a type"),
    (None, "a schema is a name, a list or an object with a type"),
    (a_record(a=7), "a: a schema is a name"),
    (a_record(a="strin"), "a: unknown type 'strin'"),
    (a_record(a={"type": "tuple"}), "a: unknown type 'tuple'"),
    (a_record(a={"type": {"type": "int"}}), "a: unknown type"),
    (a_record(a={"type": ["null", "int"]}), "a: unknown type"),
    (a_record(a={"type": "array"}), "a: array without 'items'"),
    (a_record(a={"type": "map"}), "a: map without 'values'"),
    (a_record(a={"type": "error", "name": "X", "fields": []}), "a: unknown type 'error'"),
    # records and fields
    ({"type": "record", "name": "R"}, "record without fields"),
    ({"type": "record", "fields": []}, "without a valid name"),
    ({"type": "record", "name": "R", "fields": [{"type": "int"}]}, "a field needs a name"),
    ({"type": "record", "name": "R", "fields": [{"name": "a"}]}, "a field needs a name"),
    ({"type": "record", "name": "R", "fields": [{"name": True, "type": "int"}]}, "a field needs a name"),
    ({"type": "record", "name": "R", "fields": ["a"]}, "a field needs a name"),
    ({"type": "record", "name": "R", "fields": [{"name": "a.b", "type": "int"}]}, "without dots"),
    ({"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}] * 2}, "two fields of one name"),
    (
        {"type": "record", "name": "R", "fields": [{"name": "a", "type": "int", "confluent:tags": "PI"}]},
        "a: confluent:tags is a list of words",
    ),
    # names
    (a_record("a b"), "without a valid name"),
    (a_record("a..b"), "without a valid name"),
    (a_record("R\n"), "without a valid name"),
    (a_record("é"), "without a valid name"),
    (a_record(a=a_record("string")), "a: string is a name that Avro itself uses"),
    (a_record(a=a_record("array")), "a: array is a name that Avro itself uses"),
    ({**a_record(), "namespace": 5}, "in a namespace that is not a name"),
    ({**a_record(), "namespace": "a b"}, "in a namespace that is not a name"),
    ({**a_record(a={**a_fixed(1), "namespace": ""}), "namespace": "x"}, "a: F has no namespace"),
    (a_record(a=a_fixed(1), b=a_fixed(1)), "b: F is defined twice"),
    (a_record("x.R", a="R2"), "a: unknown type 'x.R2'"),
    (a_record(a=a_fixed(1), b=a_record("x.S", c="F")), "b.c: unknown type 'x.F'"),
    # recursion
    (a_record(a="R"), "a: R contains itself"),
    (a_record(a=["null", {"type": "array", "items": "R"}]), "a[]: R contains itself"),
    (a_record(a=a_record("S", b={"type": "map", "values": "R"})), "a.b{}: R contains itself"),
    # unions
    (a_record(a=[]), "a: a union has 1 to 63 branches"),
    (a_record(a=[{**a_fixed(1), "name": f"F{n}"} for n in range(64)]), "a: a union has 1 to 63 branches"),
    (a_record(a=["null", ["int"]]), "a: a union may hold neither a union nor"),
    (a_record(a=["int", "int"]), "a: a union may hold neither"),
    (a_record(a=["long", {"type": "long", "logicalType": "timestamp-micros"}]), "a: a union may hold neither"),
    (a_record(a=[{"type": "map", "values": "int"}, {"type": "map", "values": "long"}]), "a: a union may hold neither"),
    # enums
    (a_record(a=an_enum()), "a: enum without symbols"),
    (a_record(a=an_enum("A", 1)), "a: enum without symbols, or with one that is not a name"),
    (a_record(a=an_enum("A", "b c")), "a: enum without symbols, or with one that is not a name"),
    (a_record(a=an_enum("A", "A")), "a: enum with a symbol twice"),
    (a_record(a=an_enum("A", default="B")), "a: enum with a default that is not one of its symbols"),
    (a_record(a=an_enum("A", default=["A"])), "a: enum with a default that is not one of its symbols"),
    # fixed
    (a_record(a=a_fixed(None)), "a: fixed without a size"),
    (a_record(a=a_fixed(-1)), "a: fixed without a size"),
    (a_record(a=a_fixed(True)), "a: fixed without a size"),
    (a_record(a=a_fixed(2**31)), "a: fixed without a size"),
    (a_record(a=a_fixed(10**5000)), "a: fixed without a size"),
    # logical types
    (a_record(a={"type": "long", "logicalType": ["date"]}), "a: logicalType is a word"),
    (a_record(a=DECIMAL), "a: a decimal has a precision above 0"),
    (a_record(a={**DECIMAL, "precision": 0}), "a: a decimal has a precision above 0"),
    (a_record(a={**DECIMAL, "precision": 2, "scale": 3}), "a: a decimal has a precision above 0"),
    (a_record(a={**DECIMAL, "precision": 2, "scale": -1}), "a: a decimal has a precision above 0"),
    (a_record(a={**DECIMAL, "precision": "2"}), "a: precision and scale of a decimal are whole numbers"),
    (a_record(a=a_fixed(2, logicalType="decimal", precision=5)), "a: a decimal has a precision above 0"),
    (a_record(a=a_fixed(0, logicalType="decimal", precision=1)), "a: a decimal has a precision above 0"),
]


@pytest.mark.parametrize(("schema", "reason"), REFUSED)
def test_what_the_scanner_could_not_read_is_refused_by_its_path(schema: Any, reason: str) -> None:
    # Given a schema with something wrong in it
    # When it is registered
    with pytest.raises(BadSchema) as refusal:
        Schema.of(schema)

    # Then it is refused, with the place and the reason
    assert reason in str(refusal.value)


def nested(levels: int) -> Any:
    schema: Any = "int"
    for _ in range(levels):
        schema = {"type": "array", "items": schema}
    return schema


def chained(levels: int, parts: int) -> dict[str, Any]:
    """Records that each hold the one before, some times, and are all defined at the top."""
    fields: dict[str, Any] = {"f0": a_record("R0", x="string")}
    for level in range(1, levels):
        fields[f"f{level}"] = a_record(f"R{level}", **{f"p{part}": f"R{level - 1}" for part in range(parts)})
    return a_record("Top", **fields)


@pytest.mark.parametrize("levels", [MAX_DEPTH, MAX_DEPTH + 1, 900, 20_000])
def test_depth_is_bounded_when_a_schema_is_registered(levels: int) -> None:
    # Given arrays in arrays
    schema = a_record(a=nested(levels))

    # When they are registered
    with pytest.raises(BadSchema) as refusal:
        Schema.of(schema)

    # Then it does not matter how deep they go
    assert f"nested deeper than {MAX_DEPTH} levels" in str(refusal.value)


def test_the_greatest_depth_can_be_scanned() -> None:
    # Given arrays in arrays, as deep as is allowed
    schema = Schema.of(a_record(a=nested(MAX_DEPTH - 1)))

    # When one is scanned that has one item in each
    data = b"\2" * MAX_DEPTH + b"\0" * (MAX_DEPTH - 1)
    marks = schema.scan(data, 0)

    # Then its end is found
    assert marks[-2] == len(data)


def test_depth_counts_what_is_inside_a_type_that_is_used_by_name() -> None:
    # Given a chain of records of one level each, that are defined side by side
    schema = chained(MAX_DEPTH + 1, parts=1)

    # When it is registered
    with pytest.raises(BadSchema) as refusal:
        Schema.of(schema)

    # Then the depth that counts is that of the whole chain
    assert "nested deeper" in str(refusal.value)


def test_few_lines_cannot_stand_for_a_billion_fields() -> None:
    # Given twenty-five records that each hold the one before twice
    schema = chained(25, parts=2)

    # When they are registered
    with pytest.raises(BadSchema) as refusal:
        Schema.of(schema)

    # Then they are refused before anybody counts to a billion
    assert f"more than {MAX_TYPES} types" in str(refusal.value)


def test_a_large_flat_schema_is_taken() -> None:
    # Given two thousand optional fields
    schema = Schema.of(a_record(**{f"f{n}": ["null", "string"] for n in range(2_000)}))

    # When an event without any of them is scanned
    marks = schema.scan(bytes(2_000), 0)

    # Then each has its place
    assert list(marks) == [*range(2_001), 0]


def test_wide_unions_within_each_other_are_taken() -> None:
    # Given unions of 63 branches, ten levels deep, the last branch of each leading on
    inner: Any = "int"
    for level in range(10):
        fixed = [{"type": "fixed", "name": f"F{level}_{n}", "size": 1} for n in range(62)]
        inner = a_record(f"R{level}", u=[*fixed, a_record(f"Q{level}", v=inner)])
    schema = Schema.of(a_record("Top", x=inner))

    # When an event takes all of the last branches
    data = b"\x7c" * 10 + b"\2"
    marks = schema.scan(data, 0)

    # Then its end is found
    assert marks[-2] == len(data)


@pytest.mark.parametrize("doc", ["\ud800", [[]]], ids=["half a character", "deep"])
def test_a_schema_that_cannot_be_written_down_is_refused(doc: Any) -> None:
    # Given a doc that no file can hold: half a character, or lists in lists without end
    for _ in range(0 if isinstance(doc, str) else 50_000):
        doc = [doc]

    # When the schema is registered
    with pytest.raises(BadSchema) as refusal:
        Schema.of({**a_record(), "doc": doc})

    # Then it is refused like any other
    assert "cannot be written as JSON" in str(refusal.value)


def test_the_tree_says_all_that_the_schema_does() -> None:
    # Given a schema with a type used twice, classes, defaults and logical types
    micros = {"type": "long", "logicalType": "timestamp-micros"}
    schema = {
        "type": "record",
        "name": "R",
        "namespace": "x.y",
        "fields": [
            {"name": "at", "type": ["null", micros], "confluent:tags": ["GENERAL"], "default": None},
            {"name": "kind", "type": an_enum("A", "B", default="A")},
            {"name": "again", "type": "E"},
            {"name": "far", "type": "x.y.E"},
            {"name": "sum", "type": {**a_fixed(8, logicalType="decimal", precision=18, scale=2), "namespace": "z"}},
        ],
    }

    # When it is read
    tree = avro.parse(schema)

    # Then it is all there, names in full
    kind = Enum("x.y.E", ("A", "B"), "A")
    assert [(field.name, field.tags, field.node) for field in tree.fields] == [
        ("at", ("GENERAL",), Union((Primitive("null"), Primitive("long", "timestamp-micros")))),
        ("kind", (), kind),
        ("again", (), kind),
        ("far", (), kind),
        ("sum", (), Fixed("z.F", 8, "decimal", (("precision", 18), ("scale", 2)))),
    ]
    assert (tree.name, avro.child(tree.fields[0].node)) == ("x.y.R", Primitive("long", "timestamp-micros"))


def test_a_null_is_a_null_whatever_else_is_said_of_it() -> None:
    # Given an optional field whose null carries a logical type that nobody knows
    tree = avro.parse(a_record(a=[{"type": "null", "logicalType": "nothing"}, "int"]))

    # When it is asked what may be null
    union = tree.fields[0].node

    # Then the field is as optional as any other
    assert isinstance(union, Union)
    assert union.nullable == (0, Primitive("int"))
    assert isinstance(tree, Record)
