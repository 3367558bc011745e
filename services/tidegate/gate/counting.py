"""Counting: which persons of a batch are counted for whom, before it is released.

Pure. ``persons`` names them as keyed digests; the counter reserves them in one round trip; its answers, a level per
record, are an input of ``release``. Redelivery and replay name the same persons again, and add nothing.

A person is found by the number of the identity document, else the licence, else the telephone, else name and employer.
Whom none of these tells is a new person: counting too many is the strict side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tidegate.events.encoding import decode
from tidegate.gate.claiming import Verdicts
from tidegate.gate.inspection import Inspected
from tidegate.gate.outcomes import Outcome, Verdict
from tidegate.gate.routing import Counting
from tidegate.law.calendars import year_of_us

_KEYS = ("idNumber", "licenceNumber", "phone")
_PLATES = ("tractorPlate", "vin", "trailerPlate")
_GO_ON = (Verdict.FIRST, Verdict.REDELIVERED)


@dataclass(frozen=True, slots=True)
class Asked:
    """Persons of one record in one bucket, as digests, and at which levels they may be counted."""

    bucket: str
    persons: tuple[bytes, ...]
    passes: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """What the counter answered: for records by their place in the batch, the level of the exporter with them."""

    levels: Mapping[int, int] = field(default_factory=dict)


UNCOUNTED = Counts()


@dataclass(frozen=True, slots=True)
class Persons:
    """Whom to count for one record: of which exporter, in which calendar year of Asia/Shanghai, in which buckets."""

    index: int
    exporter: str
    year: int
    asked: tuple[Asked, ...]


def persons(inspected: Inspected, verdicts: Verdicts, decided_us: int) -> list[Persons]:
    """Whom the records of a batch are about, as far as the plan asks for it. The year is that of the decision."""
    found: list[Persons] = []
    if not inspected.executor.counts:
        return found
    year = year_of_us(decided_us)
    for index, state in enumerate(inspected.states):
        incoming, value = inspected.incoming[index], inspected.values[index]
        if state is not Outcome.UNDECIDED or verdicts.verdicts[index] not in _GO_ON:
            continue
        publisher = inspected.publishers[index]
        if incoming is None or value is None or publisher is None:
            continue
        counting = incoming.router.at(decided_us)(value, inspected.marks[index]).counting
        if counting:
            event = decode(incoming.schema, value[inspected.marks[index][0] :])
            asked = _asked(counting, event, inspected.identities[index], publisher.digests.subject)
            found.append(Persons(index, publisher.name, year, asked))
    return found


def _asked(
    counting: Sequence[Counting], event: Mapping[str, Any], new: bytes, digest: Callable[[bytes], bytes]
) -> tuple[Asked, ...]:
    by_source = {
        "people": [_person(one, new, place) for place, one in enumerate(event.get("people") or ())],
        "truck": list(_truck(event.get("truck"), new)),
        "event": [b"new:event:" + new],
    }
    return tuple(
        Asked(
            one.bucket,
            tuple(dict.fromkeys(digest(key) for source in one.sources for key in by_source[source])),
            one.passes,
        )
        for one in counting
    )


def _person(said: Mapping[str, Any], new: bytes, place: int) -> bytes:
    for name in _KEYS:
        if text := _plain(said.get(name)):
            return f"{name}:{text}".encode()
    name, employer = _plain(said.get("name")), _plain(said.get("employer"))
    if name and employer:
        return f"name:{len(name)}:{name}{employer}".encode()
    return b"new:%d:" % place + new


def _truck(said: Mapping[str, Any] | None, new: bytes) -> Iterator[bytes]:
    """Whoever drives it: a plate stands for one person."""
    if said is None:
        return
    text = next(((name, plain) for name in _PLATES if (plain := _plain(said.get(name)))), None)
    if text is not None:
        yield f"{text[0]}:{text[1]}".encode()
    elif any(said.values()):
        yield b"new:truck:" + new


def _plain(value: Any) -> str:
    """A text as it is compared: without spaces and hyphens, whatever its case."""
    return "".join(str(value).split()).replace("-", "").casefold() if value else ""
