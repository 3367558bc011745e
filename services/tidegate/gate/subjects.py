"""The records of the ``subjects`` topic: which persons were counted, as keyed digests.

The key says everything, so the topic keeps one record of each person however often it is written:
``<exporter>/<year>/<bucket>/<digest in hex>``. The value only is not null, since a null would delete.

A lane writes every person of what it releases, not only those that the counter had not seen: another lane may have
brought the person first and die before it commits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tidegate.errors import InvalidEvent
from tidegate.gate.outcomes import Outcome
from tidegate.gate.release import Released

VALUE = b"1"


@dataclass(frozen=True, slots=True)
class Subject:
    """One person, counted for one exporter in one calendar year of Asia/Shanghai and one bucket."""

    exporter: str
    year: int
    bucket: str
    person: bytes


def subject_key(subject: Subject) -> bytes:
    return f"{subject.exporter}/{subject.year}/{subject.bucket}/{subject.person.hex()}".encode()


def read_subject(key: bytes | None) -> Subject:
    """The person that a record key names. Raises ``InvalidEvent`` for any other key."""
    try:
        exporter, year, bucket, person = (key or b"").decode().split("/")
        return Subject(exporter, int(year), bucket, bytes.fromhex(person))
    except ValueError:
        raise InvalidEvent("a record of the subjects topic whose key names no person", 0) from None


def subjects_of(released: Released) -> Iterator[Subject]:
    """Whom the records of a batch that were released let be counted, at the levels at which they were."""
    for one in released.counts.asked:
        if released.outcomes[one.index] is not Outcome.RELEASED:
            continue
        level = released.counts.levels[one.index]
        for mine in one.asked:
            if mine.passes[level]:
                for person in mine.persons:
                    yield Subject(one.exporter, one.year, mine.bucket, person)
