"""Whom a batch asks to count: persons by the join order of the law, the same again, and nobody where no plan asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.builders import (
    LEVELS,
    NOW_US,
    a_batch,
    a_class,
    a_grant,
    a_paper,
    a_partner,
    a_publisher,
    a_record,
    an_event,
    an_executor,
    firsts,
    judged,
)

from tidegate import gate
from tidegate.gate import Executor, Verdict, Verdicts
from tidegate.gate.counting import Asking, Persons, persons

PEOPLE = [a_grant("eventId", "people[].name", "people[].phone", "people[].licenceNumber", "people[].employer")]
BOTH = [a_grant("eventId", "people[].name", "people[].idNumber", "truck.tractorPlate")]


def an_executor_that_counts(*grants: dict[str, Any], mechanism: str = "SCC", **said: Any) -> Executor:
    return an_executor(grants=grants or PEOPLE, papers=[a_paper(mechanism, **said)])


def asked(executor: Executor, *events: dict[str, Any], at_us: int = NOW_US) -> list[Persons]:
    records = [a_record(an_event(eventId=f"e-{number}", **said)) for number, said in enumerate(events)]
    inspected = gate.inspect(a_batch(*records), executor)
    return persons(inspected, firsts(inspected), at_us).persons


def the_persons(executor: Executor, *people: dict[str, Any]) -> list[bytes]:
    """The digests of persons, each in an event of its own."""
    found = asked(executor, *[{"people": [{"role": "DRIVER", **one}]} for one in people])
    return [digest for one in found for mine in one.asked for digest in mine.persons]


DRIVER = {
    "idNumber": "44030119900101123X",
    "licenceNumber": "HK-70001",
    "phone": "13900017",
    "name": "Chan",
    "employer": "Alpha",
}


@pytest.mark.parametrize(
    "other",
    [
        {**DRIVER, "licenceNumber": "HK-70002", "phone": "13900018", "name": "Lee"},
        {"idNumber": "44030119900101123x"},
        {"idNumber": "440301 19900101 123X", "phone": "13900019"},
    ],
)
def test_the_identity_number_tells_a_person_before_all_else(other: dict[str, Any]) -> None:
    one, two = the_persons(an_executor_that_counts(), DRIVER, other)

    assert one == two


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ({"licenceNumber": "HK-70001", "phone": "1390001"}, {"licenceNumber": "HK-70001", "phone": "1390002"}, True),
        ({"phone": "139 0000"}, {"phone": "139-0000", "name": "Lee"}, True),
        ({"name": "Chan", "employer": "Alpha"}, {"name": "chan", "employer": "ALPHA"}, True),
        ({"name": "Chan", "employer": "Alpha"}, {"name": "Chan", "employer": "Beta"}, False),
        ({"name": "Chan"}, {"name": "Chan"}, False),
        ({}, {}, False),
        ({"licenceNumber": "1390001"}, {"phone": "1390001"}, False),
        ({"name": "chanlee", "employer": "alpha"}, {"name": "chan", "employer": "leealpha"}, False),
        ({"idNumber": "N/A"}, {"idNumber": "N/A"}, False),
        ({"idNumber": "N/A", "phone": "1390001"}, {"phone": "1390001"}, True),
        ({"name": "driver", "employer": "Alpha"}, {"name": "driver", "employer": "Alpha"}, False),
    ],
)
def test_the_join_order(one: dict[str, Any], two: dict[str, Any], same: bool) -> None:
    first, second = the_persons(an_executor_that_counts(), one, two)

    assert (first == second) == same


def test_one_driver_in_many_events_is_one_and_several_in_one_event_are_asked_together() -> None:
    executor = an_executor_that_counts()
    found = asked(
        executor,
        *[{"people": [DRIVER]}] * 3,
        {"people": [DRIVER, *({"phone": one} for one in ("1390001", "1390001", "1390002"))]},
    )

    digests = [one.asked[0].persons for one in found]
    assert digests[0] == digests[1] == digests[2]
    assert len(digests[3]) == 3


def test_a_truck_without_a_plate_is_somebody_new_and_one_with_a_plate_always_the_same() -> None:
    executor = an_executor_that_counts(*BOTH, classes=["PI", "SPI"])
    plates = ["粤B12345", "粤B 12345", "N/A", "N/A"]

    found = asked(executor, *[{"truck": {"tractorPlate": plate}} for plate in plates], {"truck": {}})

    first, again, unknown, other, nobody = (one.asked[0].persons for one in found)
    assert first == again
    assert len({first, unknown, other}) == 3
    assert nobody == ()


def test_a_redelivered_record_names_the_same_persons_and_a_duplicate_none() -> None:
    # Given a record of people that nothing tells apart
    executor = an_executor_that_counts()
    inspected = gate.inspect(a_batch(a_record(an_event(people=[{"name": "Chan"}, {"name": "Chan"}]))), executor)

    # When it comes for the first time, again, and as a duplicate
    first, again, duplicate, conflict = (
        persons(inspected, Verdicts([verdict]), NOW_US).persons
        for verdict in (Verdict.FIRST, Verdict.REDELIVERED, Verdict.DUPLICATE, Verdict.CONFLICT)
    )

    # Then it is counted once
    assert first == again
    assert len(first[0].asked[0].persons) == 2
    assert duplicate == conflict == []


def test_the_year_is_that_of_the_decision_in_shanghai() -> None:
    midnight = int(datetime(2026, 12, 31, 16, tzinfo=UTC).timestamp() * 1e6)
    executor = an_executor_that_counts()

    years = [asked(executor, {"people": [DRIVER]}, at_us=at)[0].year for at in (midnight - 1, midnight)]

    assert years == [2026, 2027]


def test_sensitive_and_other_data_are_counted_apart_and_where_they_are_found() -> None:
    executor = an_executor_that_counts(*BOTH, classes=["PI", "SPI"])

    (found,) = asked(executor, {"people": [DRIVER], "truck": {"tractorPlate": "粤B12345"}})

    by_bucket = {one.bucket: len(one.persons) for one in found.asked}
    assert by_bucket == {"PI": 2, "SPI": 1}
    assert (found.exporter, found.index) == ("forwarder", 0)


def test_a_bucket_is_full_where_the_paper_no_longer_serves() -> None:
    # Given a contract for personal and sensitive data
    executor = an_executor_that_counts(*BOTH, classes=["PI", "SPI"])

    # When an event with both comes
    (found,) = asked(executor, {"people": [DRIVER]})

    # Then persons may be counted below the thresholds of the assessment, and not above
    passes = {one.bucket: dict(zip(LEVELS, one.passes, strict=True)) for one in found.asked}
    assert all(passes["PI"][level] == (level[0] < 2) for level in LEVELS)
    assert all(passes["SPI"][level] == (level[1] < 1) for level in LEVELS)


def test_a_gba_contract_counts_in_its_shadow_bucket_too_at_every_level() -> None:
    (found,) = asked(an_executor_that_counts(mechanism="GBA_SC_HK"), {"people": [DRIVER]})

    assert {one.bucket: all(one.passes) for one in found.asked} == {"GBA": True, "PI": True}


def test_a_plan_that_lets_no_personal_data_out_asks_for_nobody() -> None:
    executor = an_executor(grants=[a_grant("*", "people", "truck.tractorPlate")])
    inspected = gate.inspect(a_batch(a_record(an_event(people=[DRIVER]))), executor)

    assert not executor.counting
    assert persons(inspected, judged(inspected), NOW_US) == Asking(executor)


def test_a_record_that_was_refused_asks_for_nobody() -> None:
    executor = an_executor_that_counts()
    inspected = gate.inspect(a_batch(a_record(value=b"\0\0\0\0\1x"), a_record(value=None, key=b"k")), executor)

    assert persons(inspected, firsts(inspected), NOW_US) == Asking(executor)


def test_an_event_without_people_asks_for_nobody_new() -> None:
    found = asked(an_executor_that_counts(), {})

    assert [one.persons for one in found[0].asked] == [()]


def test_digests_are_keyed_per_exporter() -> None:
    digest = the_persons(an_executor_that_counts(), {"phone": "1390001"})[0]

    assert len(digest) == 16
    assert b"139" not in digest


def test_people_of_an_event_with_somebody_under_14_are_all_counted_as_sensitive_or_not_at_all() -> None:
    people = [{"role": "CONSIGNEE", "phone": str(number)} for number in range(3)]
    child = [*people, {"role": "CONSIGNEE", "phone": "9", "birthDate": 18_628}]
    bare = an_executor_that_counts()
    guarded = an_executor_that_counts(classes=["PI", "SPI"], minors=True, guardian="guardian 1")

    def buckets(executor: Executor, said: list[dict[str, Any]]) -> list[tuple[str, int]]:
        return [(one.bucket, len(one.persons)) for found in asked(executor, {"people": said}) for one in found.asked]

    assert buckets(bare, people) == buckets(guarded, people) == [("PI", 3)]
    assert buckets(bare, child) == []
    assert buckets(guarded, child) == [("SPI", 4)]


NAMED = a_grant("eventId", "location.name", "seals[].number", "people[].name")
IMPORTANT = [a_class("location.name", "IMPORTANT"), a_class("seals[].number", "IMPORTANT")]


def assessed(mechanism: str = "ASSESSMENT", classes: Sequence[str] = ("IMPORTANT",), **said: Any) -> Executor:
    paper = a_paper(mechanism, classes=list(classes), **said)
    return an_executor(grants=[NAMED], classes=IMPORTANT, papers=[paper])


def events_of(executor: Executor, *events: dict[str, Any]) -> list[tuple[bytes, ...]]:
    """Which events each record asks to count as one with important data."""
    return [mine.persons for one in asked(executor, *events) for mine in one.asked if mine.bucket == "IMPORTANT"]


def test_an_event_counts_where_it_says_something_of_importance_whatever_and_how_often() -> None:
    seal = {"number": "S-1"}
    events: list[dict[str, Any]] = [
        {"location": {"name": "x"}, "people": [DRIVER]},
        {"location": {"unLocode": "CNYTN"}, "people": [DRIVER]},
        {"seals": [seal, {"number": "S-2"}]},
        {"location": {"name": "x"}, "seals": [seal]},
        {"location": None},
    ]

    found = events_of(assessed(volume=7), *events)

    assert [len(one) for one in found] == [1, 0, 1, 1, 0]
    assert len({one for some in found for one in some}) == 3, "each event is one of its own"


def test_the_same_record_is_the_same_event_and_a_later_version_of_it_another() -> None:
    executor = assessed(volume=7)
    records = [a_record(an_event(location={"name": "x"}, eventUpdatedTime=at)) for at in (None, NOW_US, None)]
    inspected = gate.inspect(a_batch(*records), executor)

    found = [one.asked[0].persons for one in persons(inspected, firsts(inspected), NOW_US).persons]

    assert found[0] == found[2] != found[1]


def test_an_event_is_counted_at_levels_within_the_volume_and_there_alone_its_data_leaves() -> None:
    executor = assessed(volume=7)
    bounds = executor.bounds["forwarder"]
    (found,) = asked(executor, {"location": {"name": "x"}})

    assert [one.window.name for one in bounds.dimensions] == ["PI", "SPI", "2025:IMPORTANT"]
    (mine,) = found.asked
    assert mine.passes == tuple(level[2] == 0 for level in bounds.levels)


@pytest.mark.parametrize(
    ("said", "classes"),
    [
        ({}, ["IMPORTANT"]),
        ({"mechanism": "ASSESSMENT", "people": 5}, ["IMPORTANT"]),
        ({"volume": 7, "status": "suspended"}, ["IMPORTANT"]),
    ],
)
def test_where_no_paper_says_of_how_many_events_nobody_counts_them(said: dict[str, Any], classes: list[str]) -> None:
    executor = assessed(classes=classes, **said)

    assert not executor.counting
    assert events_of(executor, {"location": {"name": "x"}}) == []


def test_data_that_is_important_and_leaves_under_no_assessment_is_no_event_of_one() -> None:
    """Inside the Mainland it leaves under a risk assessment."""
    paper = a_paper("RISK_ASSESSMENT", classes=["IMPORTANT"])
    other = a_paper("ASSESSMENT", id="other", number="N-2", recipients=["bank"], classes=["IMPORTANT"], volume=7)
    executor = an_executor(
        parties=[a_publisher(), a_partner(zone="CN-SH"), a_partner("bank")],
        grants=[NAMED],
        classes=IMPORTANT,
        papers=[paper, other],
    )

    assert events_of(executor, {"location": {"name": "x"}}) == []


def test_of_a_delivery_that_a_person_lets_go_the_event_counts_then() -> None:
    # Given an event with important data that waits for another field
    executor = an_executor(
        grants=[a_grant("eventId", "location.name", "cargo.packages")],
        classes=[a_class("location.name", "IMPORTANT"), a_class("cargo.packages", "SUSPECT_IMPORTANT")],
        papers=[a_paper("ASSESSMENT", classes=["IMPORTANT"], volume=7)],
    )
    inspected = gate.inspect(a_batch(a_record(an_event(location={"name": "x"}, cargo={"packages": 7}))), executor)

    waiting, going = (persons(inspected, firsts(inspected), NOW_US, freed).persons for freed in ({}, {0: "terminal"}))

    assert waiting == []
    assert [(mine.bucket, len(mine.persons)) for one in going for mine in one.asked] == [("IMPORTANT", 1)]
