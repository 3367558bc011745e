"""Reader schemas: one that reads whatever a partner gets, of several writer schemas too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from tests.builders import COMMON, a_grant, a_partner, a_plan, a_publisher, a_rule_set

from tidegate.rules.readers import reader_schema

TAGS = {"confluent:tags": ["GENERAL"]}


def a_record(name: str, *fields: str) -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": [{"name": one, "type": "string", **TAGS} for one in fields]}


def an_enum(*symbols: str) -> dict[str, Any]:
    return {"type": "enum", "name": "E", "symbols": list(symbols)}


def a_schema(number: int, own: Any) -> dict[str, Any]:
    fields = {"eventId": "string", "own": own, f"only{number}": "string"}
    return {
        "type": "record",
        "name": "logistics.ShipmentEvent",
        "fields": [{"name": name, "type": kind, **TAGS} for name, kind in fields.items()],
    }


def fields_of(kinds: Iterable[Any]) -> dict[str, Any]:
    """The fields that a partner reads of some versions of a schema, with their types in short."""
    schemas = {f"{number}.avsc": a_schema(number, kind) for number, kind in enumerate(kinds)}
    plan = a_plan(a_rule_set(schemas=schemas, grants=[a_grant("*")]))
    record = short(reader_schema(plan, "terminal"))
    return {name: kind for name, kind in record["fields"] if name in ("eventId", "own") or name.startswith("only")}


def short(kind: Any) -> Any:
    """A type without what does not say what it reads; fields and symbols in one order."""
    match kind:
        case list():
            return [short(branch) for branch in kind]
        case {"type": "record", "name": name, "fields": fields}:
            return {"name": name, "fields": sorted([one["name"], short(one["type"])] for one in fields)}
        case {"type": "enum", "symbols": symbols}:
            return sorted(symbols)
        case {"type": "array", "items": inner} | {"type": "map", "values": inner}:
            return {kind["type"]: short(inner)}
    return kind


def read(name: str, *fields: str) -> dict[str, Any]:
    return {"name": name, "fields": [[one, ["null", "string"]] for one in fields]}


def of(kind: str, inner: Any) -> dict[str, Any]:
    return {"type": kind, "items" if kind == "array" else "values": inner}


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (("string", "string"), ["null", "string"]),
        # The first branch that fits is taken: narrow ones before wide ones, and before both those with names or parts
        (("string", "long"), ["null", "long", "string"]),
        (("float", "long"), ["null", "long", "float"]),
        (("string", "double", "bytes", "int"), ["null", "int", "double", "bytes", "string"]),
        (("int", a_record("R", "x")), ["null", read("R", "x"), "int"]),
        ((["null", "string"], "bytes"), ["null", "bytes", "string"]),
        ((a_record("R", "x"), a_record("R", "y")), ["null", read("R", "x", "y")]),
        ((an_enum("A", "B"), an_enum("B", "C")), ["null", ["A", "B", "C"]]),
        ((of("array", "string"), of("array", "string")), ["null", {"array": "string"}]),
        ((of("array", "string"), of("array", "long")), ["null", {"array": ["long", "string"]}]),
        ((of("array", a_record("R", "x")), of("array", a_record("R", "y"))), ["null", {"array": read("R", "x", "y")}]),
        (
            (of("array", a_record("R", "x")), of("array", ["null", "string"])),
            ["null", {"array": ["null", read("R", "x"), "string"]}],
        ),
        ((of("map", "string"), of("map", "long")), ["null", {"map": ["long", "string"]}]),
    ],
)
def test_a_reader_reads_what_is_of_several_types(kinds: tuple[Any, ...], expected: Any) -> None:
    for given in (kinds, kinds[::-1]):
        found = fields_of(given)
        assert found.pop("own") == expected
        # ... and what only one of the versions has
        assert found == {name: ["null", "string"] for name in ("eventId", *(f"only{n}" for n in range(len(kinds))))}


def test_records_of_two_names_are_two_branches() -> None:
    found = fields_of([a_record("R", "x"), a_record("Q", "y")])["own"]

    assert found[0] == "null"
    assert sorted(found[1:], key=lambda one: str(one["name"])) == [read("Q", "y"), read("R", "x")]


def test_a_reader_reads_what_its_own_partner_gets_and_no_notices_or_retractions() -> None:
    # Given three partners, of which each sees something else, and one that sees nothing
    seen = {"alpha": "transport.mode", "middle": "location.unLocode", "zulu": "equipment.reference"}
    partners = [a_partner(name) for name in (*seen, "nobody")]
    grants = [a_grant(*COMMON, path, id=name, partners=[name]) for name, path in seen.items()]
    plan = a_plan(parties=[a_publisher(), *partners], grants=grants)

    # Then each has a reader of its own fields
    for name, path in seen.items():
        fields = [field["name"] for field in reader_schema(plan, name)["fields"]]
        assert sorted(fields) == sorted([*COMMON, path.partition(".")[0]])
    with pytest.raises(ValueError, match="no grant lets nobody see anything"):
        reader_schema(plan, "nobody")
