"""What can become of a record. Every record ends in exactly one of the six outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Outcome(IntEnum):
    """The six outcomes; the numbers stand in audit entries. UNDECIDED is none of them and never leaves the gate."""

    RELEASED = 0
    HELD = 1
    WITHHELD = 2
    DUPLICATE = 3
    REJECTED = 4
    QUARANTINED = 5
    UNDECIDED = 255

    @property
    def word(self) -> str:
        return self.name.lower()


OUTCOMES = tuple(outcome for outcome in Outcome if outcome is not Outcome.UNDECIDED)


class Verdict(IntEnum):
    """What the claim of a record was found to be; the numbers stand in audit entries."""

    NOT_CLAIMED = 0
    FIRST = 1
    REDELIVERED = 2
    DUPLICATE = 3
    REENCODED = 4
    CONFLICT = 5


class Reason(StrEnum):
    """Why a record or a delivery did not simply leave. A bounded set: a header, a metric label, a word in the audit."""

    EMPTY = "empty"
    BAD_FRAMING = "bad_framing"
    UNKNOWN_SCHEMA = "unknown_schema"
    UNDECODABLE = "undecodable"
    TOO_LARGE = "too_large"
    FINDING = "finding"
    ID_CONFLICT = "id_conflict"
    DUPLICATE = "duplicate"
    HELD = "held"
    BLOCKED = "blocked"
    POISON = "poison"
    BUG = "bug"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a record was rejected or quarantined, for feedback, quarantine and audit. ``detail`` holds no field value."""

    reason: Reason
    detail: str
