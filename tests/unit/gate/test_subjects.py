"""What the log keeps of the persons that were counted: those of what was released, at the level at which it was."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builders import (
    COMMON,
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
)
from tests.reading import deliveries

from tidegate import gate
from tidegate.audit import Counter
from tidegate.errors import InvalidEvent
from tidegate.gate import Asking, Counts, Executor, Outcome, Reason, Released, Subject, entry_of

FEW, MANY, SENSITIVE = LEVELS.index((0, 0)), LEVELS.index((1, 0)), LEVELS.index((0, 1))
DRIVER = {"role": "DRIVER", "name": "Chan", "licenceNumber": "HK-70001"}
NAMED = [a_grant(*COMMON, "people[].name", "people[].licenceNumber")]


def executor_of(**said: Any) -> Executor:
    return an_executor(**{"grants": NAMED, "papers": [a_paper("ART5_SMALL")], **said})


def run(executor: Executor, *levels: int, events: list[dict[str, Any]] | None = None) -> tuple[Released, Asking]:
    """Events with a driver each, at the levels that a counter would answer."""
    events = events or [{"people": [{**DRIVER, "licenceNumber": f"HK-7000{n}"}]} for n in range(len(levels))]
    records = [a_record(an_event(eventId=f"e-{n}", **said)) for n, said in enumerate(events)]
    inspected = gate.inspect(a_batch(*records), executor)
    asking = gate.persons(inspected, firsts(inspected), NOW_US)
    answers = {one.index: levels[one.index] for one in asking.persons}
    totals = {("forwarder", 2025): (99_999, 3, 2, 1)} if answers else {}
    counts = Counts(
        answers, dict.fromkeys(answers, (100_000, 3)), totals, frozenset(asking.bugs), tuple(asking.persons)
    )
    return gate.release(inspected, firsts(inspected), NOW_US, counts), asking


def test_a_person_survives_its_key() -> None:
    subject = Subject("forwarder-2", 2026, "SPI", bytes(range(16)))

    assert gate.read_subject(gate.subject_key(subject)) == subject


@pytest.mark.parametrize(
    "key", [None, b"", b"a/b/c/d", b"a/2026/PI", b"a/2026/PI/zz", b"\xff/2026/PI/00", b"a/2026/PI/00/1"]
)
def test_any_other_key_is_refused(key: bytes | None) -> None:
    with pytest.raises(InvalidEvent, match="names no person"):
        gate.read_subject(key)


def test_whoever_left_is_written_and_whoever_stayed_is_not() -> None:
    # Given two drivers, of whom the second would be one too many
    released, asking = run(executor_of(), FEW, MANY)

    # Then both events leave, the second without its driver, and only the first driver is written
    first, second = (one.value for one in deliveries(released)["terminal"])
    assert first["people"]
    assert "people" not in second
    (written,) = gate.subjects_of(released)
    assert written == Subject("forwarder", 2025, "PI", asking.persons[0].asked[0].persons[0])


def test_for_whom_a_finding_keeps_off_nobody_is_counted() -> None:
    # Given a terminal that takes no event with a finding, and one with and one without
    strict = a_partner(partner={"severities": {"V7": "ERROR"}})
    executor = executor_of(parties=[a_publisher(publisher=LENIENT), strict])
    old, good = {"people": [DRIVER], "eventTime": 0}, {"people": [DRIVER]}

    released, asking = run(executor, FEW, FEW, events=[old, good])

    assert released.outcomes == [Outcome.WITHHELD, Outcome.RELEASED]
    assert [one.index for one in asking.persons] == [1]


LENIENT = {"collected_in": "CN", "own_data": "yes", "severities": {"V7": "WARN"}}


def test_while_a_delivery_waits_for_a_person_nobody_is_counted() -> None:
    executor = executor_of(
        grants=[a_grant(*COMMON, "people[].name", "transport.vesselName")],
        classes=[a_class("transport.vesselName", "SUSPECT_IMPORTANT")],
    )

    released, asking = run(executor, FEW, events=[{"people": [DRIVER], "transport": {"vesselName": "x"}}])

    assert released.outcomes == [Outcome.HELD]
    assert asking.persons == []


def test_of_a_delivery_that_a_person_lets_go_that_partners_persons_are_counted() -> None:
    # Given an event that waits for the terminal
    executor = executor_of(
        grants=[a_grant(*COMMON, "people[].name", "transport.vesselName")],
        classes=[a_class("transport.vesselName", "SUSPECT_IMPORTANT")],
    )
    inspected = gate.inspect(a_batch(a_record(an_event(people=[DRIVER], transport={"vesselName": "x"}))), executor)

    # When a person lets it go, to it or to somebody whom the rules do not know
    asking, nobody = (
        gate.persons(inspected, firsts(inspected), NOW_US, {0: name}) for name in ("terminal", "someone-else")
    )
    counts = Counts({0: FEW}, asked=tuple(asking.persons))
    released = gate.release(inspected, firsts(inspected), NOW_US, counts, {0: "terminal"})

    # Then its driver is counted and goes with it
    assert released.outcomes == [Outcome.RELEASED]
    assert deliveries(released)["terminal"][0].value["people"]
    assert len(list(gate.subjects_of(released))) == 1
    assert nobody.persons == []


def test_an_error_of_ours_over_one_record_stops_that_record(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a second record over which our own code fails
    decode, seen = gate.counting.decode, []

    def fails_over_the_second(*arguments: Any) -> Any:
        seen.append(arguments)
        if len(seen) == 2:
            raise KeyError("secret")
        return decode(*arguments)

    monkeypatch.setattr(gate.counting, "decode", fails_over_the_second)

    released, _ = run(executor_of(), FEW, FEW, FEW)

    # Then nothing of it leaves, and the others do
    assert released.outcomes == [Outcome.RELEASED, Outcome.QUARANTINED, Outcome.RELEASED]
    assert released.faults[1].reason is Reason.BUG
    assert "secret" not in released.faults[1].detail
    assert len(list(gate.subjects_of(released))) == 2


def test_the_audit_says_what_the_counter_answered() -> None:
    released, _ = run(executor_of(), FEW, MANY, events=[{"people": [DRIVER]}, {"people": [DRIVER]}])

    entry = entry_of(released, "p", 1)

    assert list(entry.counts()) == [(0, FEW, 100_000, 3), (1, MANY, 100_000, 3)]
    assert entry.counters == (Counter("forwarder", 2025, 99_999, 3, 2, 1),)


def test_without_persons_the_audit_has_no_place_for_them() -> None:
    released, asking = run(executor_of(papers=()), FEW, FEW)

    entry = entry_of(released, "p", 1)

    assert (asking.persons, entry.columns.levels, len(entry.columns.people), entry.counters) == ([], b"", 0, ())
