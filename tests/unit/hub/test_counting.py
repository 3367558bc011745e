"""Whom a lane writes to ``subjects``: everybody that it has not committed itself."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builders import NOW_US, a_batch, a_grant, a_paper, a_record, an_event, an_executor, firsts

from tidegate import gate
from tidegate.gate import Counts
from tidegate.gate.bodies import read_body
from tidegate.hub import counting
from tidegate.hub.counting import SubjectsWritten

EXECUTOR = an_executor(grants=[a_grant("eventId", "people[].licenceNumber")], papers=[a_paper("ART5_SMALL")])


def bodies(written: SubjectsWritten, *drivers: str) -> list[bytes]:
    """The keys that a batch with an event of each driver writes."""
    events: list[dict[str, Any]] = [{"people": [{"role": "DRIVER", "licenceNumber": driver}]} for driver in drivers]
    records = [a_record(an_event(eventId=f"e-{n}", **said)) for n, said in enumerate(events)]
    inspected = gate.inspect(a_batch(*records), EXECUTOR)
    asked = gate.persons(inspected, firsts(inspected), NOW_US).persons
    counts = Counts({one.index: 0 for one in asked}, asked=tuple(asked))
    released = gate.release(inspected, firsts(inspected), NOW_US, counts)
    found = [read_body(one) for one in written.bodies(released, "subjects").get("subjects", ())]
    assert all(value for _, value, _ in found), "a null would delete the person"
    return [key or b"" for key, _, _ in found]


def test_a_person_is_written_once_in_a_batch_and_not_again_once_it_is_committed() -> None:
    written = SubjectsWritten()

    first = bodies(written, "HK-70001", "HK-70002", "HK-70001")
    written.committed()
    second = bodies(written, "HK-70002", "HK-70003")

    assert len(first) == 2
    assert len(second) == 1
    assert gate.read_subject(second[0]).person not in {gate.read_subject(key).person for key in first}


def test_what_was_not_committed_is_written_again() -> None:
    written = SubjectsWritten()

    assert bodies(written, "HK-70001") == bodies(written, "HK-70001") != []


def test_what_it_cannot_remember_it_writes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "KNOWN", 2)
    written = SubjectsWritten()

    for driver in ("HK-70001", "HK-70002", "HK-70003"):
        assert len(bodies(written, driver)) == 1
        written.committed()

    assert len(bodies(written, "HK-70001")) == 1
    assert bodies(written, "HK-70003") == []
