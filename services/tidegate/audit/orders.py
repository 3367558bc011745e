"""Orders as the audit tells of them: what an operator asked of a lane, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

DONE, REFUSED = "done", "refused"


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """One order, done or refused. ``asked_us`` is by the clock of whoever asked, in microseconds since 1970.

    ``quarantine`` is the offset in the lane's quarantine of the record that it is about, -1 for none; ``topic``,
    ``topic_id`` and ``offset`` are where that record came from. ``partner`` is for whom a delivery is held. ``said`` is
    why it was refused, or what became of the record. ``record`` is its place among the records of the entry, or -1.
    ``freed`` are, of a release, the fields for which the delivery waited and that left with it: ``path reason``.
    """

    id: str
    kind: str
    by: str
    reason: str
    asked_us: int
    quarantine: int = -1
    topic: str = ""
    topic_id: str = ""
    offset: int = -1
    publisher: str = ""
    partner: str = ""
    outcome: str = REFUSED
    said: str = ""
    record: int = -1
    freed: tuple[str, ...] = ()
