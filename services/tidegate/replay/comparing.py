"""Comparing what a replay gives with what was delivered, and the report of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tidegate.gate import Outcome, Released


@dataclass(frozen=True, slots=True)
class Window:
    """Source records by the time at which the broker took them in: from, inclusive, to, exclusive; milliseconds."""

    from_ms: int
    to_ms: int

    def holds(self, timestamp_ms: int) -> bool:
        return self.from_ms <= timestamp_ms < self.to_ms

    def __str__(self) -> str:
        start, end = (datetime.fromtimestamp(ms / 1_000, tz=UTC).isoformat() for ms in (self.from_ms, self.to_ms))
        return f"{start} to {end}"


@dataclass
class PartnerReport:
    """One partner's deliveries in the window.

    ``delivered`` were sent then. Under the rules of then ``reproduced`` of them came out the same, byte for byte. Under
    those of now ``same`` would be sent as they were, ``changed`` otherwise, ``added`` now only, ``removed`` then only.
    """

    delivered: int = 0
    reproduced: int = 0
    same: int = 0
    changed: int = 0
    added: int = 0
    removed: int = 0
    sent: int = 0


@dataclass
class Report:
    """What a replay found. ``reasons`` say why deliveries could not be reproduced, with how many."""

    case: str
    replay_id: str
    rules: str
    window: Window
    partners: dict[str, PartnerReport] = field(default_factory=dict)
    records: int = 0
    transactions: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def delivered(self) -> int:
        return sum(one.delivered for one in self.partners.values())

    @property
    def reproduced(self) -> int:
        return sum(one.reproduced for one in self.partners.values())

    @property
    def differs(self) -> bool:
        if self.rules == "then":
            return self.reproduced != self.delivered
        return bool(self.reasons) or any(one.changed or one.added or one.removed for one in self.partners.values())

    def to_json(self) -> dict[str, Any]:
        return {
            "case": self.case,
            "replayId": self.replay_id,
            "rules": self.rules,
            "from": self.window.from_ms,
            "to": self.window.to_ms,
            "records": self.records,
            "transactions": self.transactions,
            "outcomes": dict(self.outcomes),
            "delivered": self.delivered,
            "reproduced": self.reproduced,
            "reasons": dict(self.reasons),
            "partners": {name: vars(one) for name, one in sorted(self.partners.items())},
        }


def bodies_by_record(released: Released) -> Iterator[tuple[int, str, bytes]]:
    """``(place, partner, body)`` of every delivery of a released batch."""
    partners = released.inspected.executor.partners
    left = {output.partner: iter(output.bodies) for output in released.outputs}
    for place, number in enumerate(released.sets):
        for partner in released.partner_sets[number]:
            name = partners[partner].name
            yield place, name, next(left[name])


def outcome_words(released: Released, places: set[int]) -> Counter[str]:
    """Outcomes of some records of a batch."""
    return Counter(Outcome(released.outcomes[place]).word for place in places)
