"""Counting: which persons of a batch are counted for whom, before it is released.

Pure. ``persons`` names them as keyed digests; the counter reserves them in one round trip; its answers, a level per
record, are an input of ``release``. Redelivery and replay name the same persons again, and add nothing.

``joining`` says by what a person is told from another. Whom nothing tells is a new person: counting too many is the
strict side.

Where an assessment says from how many events important data may leave, each record with such a field that leaves under
an assessment counts once. A later version of an event is another record, and counts too. A field of an array counts
where the array holds anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tidegate.events.encoding import decode
from tidegate.events.findings import Severity
from tidegate.gate.claiming import Verdicts
from tidegate.gate.executor import Executor
from tidegate.gate.inspection import Inspected
from tidegate.gate.joining import keys_of_person, keys_of_truck
from tidegate.gate.outcomes import Outcome, Verdict
from tidegate.gate.presences import presence
from tidegate.gate.routing import Counting, counting_of
from tidegate.law.calendars import year_of_us
from tidegate.rules.sources import FIELD

NOTHING_FREED: Mapping[int, str] = {}
_GO_ON = (Verdict.FIRST, Verdict.REDELIVERED)


@dataclass(frozen=True, slots=True)
class Asked:
    """Persons of one record in one bucket, or the event itself, as digests, and at which levels they may be counted."""

    bucket: str
    persons: tuple[bytes, ...]
    passes: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Persons:
    """Whom to count for one record: of which exporter, in which calendar year of Asia/Shanghai, in which buckets."""

    index: int
    exporter: str
    year: int
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """What the counter answered, for records by their place in the batch.

    ``levels`` are those of the exporter with the record; ``people`` the distinct persons behind them, those of the
    record included, in the buckets PI and SPI. ``totals`` are how many each bucket held after the batch, by exporter
    and year, in the order of ``Bucket``. ``bugs`` are records whose persons an error of ours kept from being told:
    nothing of them leaves. ``asked`` is what the counter was asked.
    """

    levels: Mapping[int, int] = field(default_factory=dict)
    people: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    totals: Mapping[tuple[str, int], tuple[int, ...]] = field(default_factory=dict)
    bugs: frozenset[int] = frozenset()
    asked: tuple[Persons, ...] = ()


UNCOUNTED = Counts()


@dataclass(slots=True)
class Asking:
    """Whom to count for a batch, under which law.

    ``bugs`` are the places of records that an error of ours kept from being asked for.
    """

    executor: Executor
    persons: list[Persons] = field(default_factory=list)
    bugs: set[int] = field(default_factory=set)


def persons(
    inspected: Inspected, verdicts: Verdicts, decided_us: int, freed: Mapping[int, str] = NOTHING_FREED
) -> Asking:
    """Whom the records of a batch are about, as far as the plan asks for it. The year is that of the decision.

    ``freed`` are records of which a person let the delivery for one partner go: only that one's persons count.
    """
    found = Asking(inspected.executor)
    counting = inspected.executor.counting
    if not counting:
        return found
    year = year_of_us(decided_us)
    for index, state in enumerate(inspected.states):
        if state is not Outcome.UNDECIDED or verdicts.verdicts[index] not in _GO_ON:
            continue
        if inspected.publishers[index].name not in counting:
            continue
        try:
            asked = _asked_of(inspected, index, decided_us, freed.get(index))
        except Exception:  # noqa: BLE001 - a bug of ours in one record stops that record, not the lane
            found.bugs.add(index)
            continue
        if asked:
            found.persons.append(Persons(index, inspected.publishers[index].name, year, asked))
    return found


def strict_partners(inspected: Inspected, index: int) -> frozenset[int]:
    """Places of the partners for whom one of a record's findings is an ERROR: they do not get it."""
    rules = {finding.rule for finding in inspected.findings.get(index, ())}
    return frozenset(
        partner.index
        for partner in inspected.executor.partners
        if rules and any(partner.severities.get(rule) == Severity.ERROR for rule in rules)
    )


def _asked_of(inspected: Inspected, index: int, decided_us: int, freed: str | None) -> tuple[Asked, ...]:
    """Whom one record asks to count; nobody where nothing of it leaves that has to be counted."""
    incoming, value, marks = inspected.incoming[index], inspected.values[index], inspected.marks[index]
    if incoming is None or value is None:
        return ()
    route = inspected.router(index).at(decided_us)(value, marks)
    counting, strict = route.counting, strict_partners(inspected, index)
    if freed is not None:
        partner = inspected.executor.place_of(freed)
        counting = counting_of([one.freed(partner) for one in route.leveled], strict)
    elif counting and strict:
        counting = counting_of(route.leveled, strict)
    if not counting:
        return ()
    event = decode(incoming.schema, value[marks[0] :])
    fields = {source for one in counting for source in one.sources if source.startswith(FIELD)}
    slots = {source: incoming.schema.slot[source.removeprefix(FIELD)] for source in fields}
    said = {source: presence(slot)(value, marks) for source, slot in slots.items()}
    digest = inspected.publishers[index].digests.subject
    return _asked(counting, event, inspected.identities[index], said, digest)


def _asked(
    counting: Sequence[Counting],
    event: Mapping[str, Any],
    new: bytes,
    said: Mapping[str, bool],
    digest: Callable[[bytes], bytes],
) -> tuple[Asked, ...]:
    """``said`` are sources of which the event itself counts, and whether it says anything there."""
    by_source = {
        "people": [_person(one, new, place) for place, one in enumerate(event.get("people") or ())],
        "truck": list(_truck(event.get("truck"), new)),
        "event": [b"new:event:" + new],
        **{source: [b"event:" + new] if there else [] for source, there in said.items()},
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
    return next((key for _, key in keys_of_person(said)), b"new:%d:" % place + new)


def _truck(said: Mapping[str, Any] | None, new: bytes) -> Iterator[bytes]:
    """The one person whom its plate stands for; of a truck without one somebody new."""
    if said is not None and any(said.values()):
        yield next((key for _, key in keys_of_truck(said)), b"new:truck:" + new)
