"""Ages: what of an event's birth dates counts as somebody under 14, and on which day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from tests.builders import (
    EVENT,
    a_grant,
    a_paper,
    a_partner,
    a_publisher,
    a_record,
    an_event,
    an_executor,
    released,
)
from tests.reading import deliveries

from tidegate.events.encoding import encode
from tidegate.events.scanner import compile_scanner
from tidegate.events.schemas import Schema
from tidegate.gate import Counts
from tidegate.gate.ages import compile_young

PEOPLE = "people[].birthDate"
TODAY = "2026-06-01T12:00:00+08:00"


def us(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp()) * 1_000_000


def days(day: str) -> int:
    return (date.fromisoformat(day) - date(1970, 1, 1)).days


def young(schema: Schema, event: dict[str, Any], moment: str = TODAY, years: int = 14) -> bool:
    value = encode(schema, event)
    return compile_young(schema, PEOPLE, years)(us(moment))(value, compile_scanner(schema.record)(value, 0))


def born(*said: int | None, **more: Any) -> dict[str, Any]:
    return an_event(people=[{"name": "A", "birthDate": one} for one in said], **more)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([], False),
        ([None], False),
        ([None, None], False),
        ([days("2012-06-01")], False),
        ([days("2012-06-02")], True),
        ([days("2026-06-01")], True),
        ([days("2026-06-02")], True),
        ([2**31 - 1], True),
        ([days("1901-06-01")], False),
        ([days("1901-05-31")], True),
        ([-(2**31)], True),
        ([0], False),
        ([-1], False),
        ([days("1990-01-01"), None, days("2020-01-01")], True),
        ([days("2020-01-01"), days("1990-01-01")], True),
        ([days("1800-01-01"), days("1990-01-01")], True),
        ([days("1990-01-01"), days("1991-01-01")], False),
    ],
)
def test_one_birth_date_of_a_child_or_of_nobody_is_enough(said: list[int | None], expected: bool) -> None:
    assert young(EVENT, born(*said)) is expected


def test_the_age_is_that_of_the_rules() -> None:
    assert young(EVENT, born(days("2010-01-01")), years=18)
    assert not young(EVENT, born(days("2010-01-01")), years=16)


def test_a_day_is_one_of_shanghai_and_one_test_serves_many_days() -> None:
    at = compile_young(EVENT, PEOPLE, 14)
    value = encode(EVENT, born(days("2012-06-01")))
    marks = compile_scanner(EVENT.record)(value, 0)

    moments = ("2026-05-31T15:59:59Z", "2026-05-31T16:00:00Z", "2026-05-31T15:59:59Z", "2026-06-02T00:00:00Z")
    assert [at(us(one))(value, marks) for one in moments] == [True, False, True, False]


def test_what_could_not_be_read_stands_among_the_extensions() -> None:
    assert young(EVENT, born(None, extensions={"people[0].birthDate": "1990-02-30"}))
    assert young(EVENT, an_event(extensions={"note": "x", "people[11].birthDate": "?"}))
    assert not young(EVENT, an_event(extensions={"birthDate": "1990-02-30", "people[0].birthPlace": "x"}))
    assert not young(EVENT, born(days("1990-01-01"), extensions={"note": "x"}))


def own(kind: Any, *, nullable_array: bool = False, extensions: bool = True) -> Schema:
    """An event schema of a rule set's own, with another type of birth dates."""
    person = {"type": "record", "name": "Person", "fields": [{"name": "birthDate", "type": kind}]}
    people: Any = {"type": "array", "items": person}
    fields = [
        {"name": "eventId", "type": "string"},
        {"name": "people", "type": ["null", people] if nullable_array else people},
        *([{"name": "extensions", "type": {"type": "map", "values": "string"}}] if extensions else []),
    ]
    return Schema.of({"type": "record", "name": "ShipmentEvent", "namespace": "logistics", "fields": fields})


def of_one(schema: Schema, said: Any) -> bool:
    extensions = {"extensions": {}} if "extensions" in schema.slot else {}
    return young(schema, {"eventId": "e", "people": [{"birthDate": said}], **extensions})


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("2012-06-01", False),
        ("2012-06-02", True),
        ("1990-02-30", True),
        ("soon", True),
        ("１９９０年", True),
        ("", False),
        (None, False),
    ],
)
def test_a_birth_date_may_be_a_text(said: str | None, expected: bool) -> None:
    assert of_one(own(["null", "string"]), said) is expected
    assert said is None or of_one(own("string"), said) is expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [("2012-06-01T00:00:00Z", False), ("2012-06-01T15:59:59Z", False), ("2012-06-01T16:00:00Z", True)],
)
def test_a_birth_date_may_be_a_moment_and_then_is_its_day_in_shanghai(moment: str, expected: bool) -> None:
    for kind, per_unit in (("timestamp-micros", 1), ("timestamp-millis", 1_000)):
        said = us(moment) // per_unit
        assert of_one(own({"type": "long", "logicalType": kind}), said) is expected
        assert of_one(own(["null", {"type": "long", "logicalType": kind}]), said) is expected
        assert not of_one(own(["null", {"type": "long", "logicalType": kind}]), None)


def test_what_is_no_date_by_its_type_is_one_of_a_child() -> None:
    assert of_one(own("int"), 0)
    assert of_one(own({"type": "long"}), 0)
    assert of_one(own(["null", "string", "int"]), None)
    assert of_one(own(["null", "long"]), 0)


def test_what_is_no_date_by_its_type_and_not_said_is_none() -> None:
    """An age that nobody says raises nothing (tricky case 12)."""
    assert not of_one(own(["null", "long"]), None)


def test_an_array_may_be_null_and_extensions_may_be_absent() -> None:
    schema = own({"type": "int", "logicalType": "date"}, nullable_array=True, extensions=False)

    assert not young(schema, {"eventId": "e", "people": None})
    assert not young(schema, {"eventId": "e", "people": []})
    assert not of_one(schema, days("2012-06-01"))
    assert of_one(schema, days("2012-06-02"))


def test_each_event_of_a_batch_has_its_own_age_beside_its_other_conditions() -> None:
    # Given conditions before and after the one about ages, and events that differ in one of them at a time
    grants = [
        a_grant("eventId", "people[].name", when={"eventType": "EQUIPMENT"}),
        a_grant("eventId", id="loads", partners=["bank"], when={"eventSubtype": "LOAD"}),
    ]
    executor = an_executor(parties=[a_publisher(), a_partner(), a_partner("bank")], grants=grants, papers=[a_paper()])
    child, grown = days("2020-01-01"), days("1990-01-01")
    told = [(child, "LOAD"), (grown, "LOAD"), (child, "DISC"), (grown, "DISC"), (None, "DISC"), (child, "LOAD")]
    events = [born(one, eventId=f"e-{place}", eventSubtype=said) for place, (one, said) in enumerate(told)]

    # When they come at once
    out = released(executor, *map(a_record, events), counts=Counts(dict.fromkeys(range(len(told)), 0)))

    # Then of each that alone stays which a child's age keeps
    got = deliveries(out)
    assert ["people" in one.value for one in got["terminal"]] == [one != child for one, _ in told]
    assert [one.value["eventId"] for one in got["bank"]] == ["e-0", "e-1", "e-5"]
