"""Counting people in a lane: reserved before a batch is released, written to ``subjects`` in its transaction.

A reservation that is never committed, since the process died, is found again when the record comes again: the same
person is no addition. Until then the count is too high, never too low (LAW 8.4(4)).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tidegate import gate
from tidegate.broker.logs import PartitionLog
from tidegate.claims import YEARS_KEPT, ClaimStore, Counted, PeopleStore
from tidegate.gate import UNCOUNTED, Asking, Counts, Released
from tidegate.gate.bodies import body
from tidegate.gate.subjects import VALUE
from tidegate.law.calendars import year_of_us

KNOWN = 100_000
"""How many persons a lane remembers to have written, so that the same driver is not written with every event."""
TOGETHER = 50_000
"""How many persons are read back before they are sent to Redis."""


async def reserve(store: ClaimStore, epoch: str, asking: Asking) -> Counts:
    """Counts the persons of a batch in one round trip, or in none where its plan and its events ask for nobody.

    Raises ``ClaimsLost`` or ``ClaimsUnavailable``: nothing that has to be counted leaves while nobody can count.
    """
    if not asking.persons and not asking.bugs:
        return UNCOUNTED
    counts = await PeopleStore(store).reserve(asking.persons, epoch, asking.executor.bounds)
    return replace(counts, bugs=frozenset(asking.bugs), asked=tuple(asking.persons))


class SubjectsWritten:
    """The persons that one tenure of a lane has committed to ``subjects``, as far as it remembers them."""

    def __init__(self) -> None:
        self._known: set[bytes] = set()
        self._pending: list[bytes] = []

    def bodies(self, released: Released, topic: str) -> dict[str, list[bytes]]:
        """The records that a batch has to write to ``subjects``, if any. ``committed`` is called once they are."""
        keys = map(gate.subject_key, gate.subjects_of(released))
        self._pending = [key for key in dict.fromkeys(keys) if key not in self._known]
        return {topic: [body(key, VALUE) for key in self._pending]} if self._pending else {}

    def committed(self) -> None:
        if len(self._known) + len(self._pending) > KNOWN:
            self._known.clear()
        self._known.update(self._pending)
        self._pending = []


async def rebuild_people(store: ClaimStore, candidate: str, log: PartitionLog, now_us: int) -> int:
    """Writes back whom a lane's partition of ``subjects`` says were counted, in years that are kept. Gives how many.

    The whole partition is read, whatever the store may still have: it does not say which of its persons were committed.
    """
    people, before = PeopleStore(store), year_of_us(now_us) - YEARS_KEPT
    found: dict[tuple[str, int, str], list[bytes]] = {}
    read, begun = 0, await log.bounds()
    async for record in log.read(*begun):
        one = gate.read_subject(record.key)
        if one.year <= before or record.value is None:
            continue
        found.setdefault((one.exporter, one.year, one.bucket), []).append(one.person)
        read += 1
        if read % TOGETHER == 0:
            await people.restore(candidate, _counted(found))
            found.clear()
    await people.restore(candidate, _counted(found))
    return read


def _counted(found: dict[tuple[str, int, str], list[bytes]]) -> Iterator[Counted]:
    for (exporter, year, bucket), persons in found.items():
        yield Counted(exporter, year, bucket, persons)
