"""The sums: what was published, what has to have become of it, and what did, by the audit and by the topics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tidegate.gate import OUTCOMES

from .journeys import PARTNERS, PUBLISHERS, Journey, Told
from .topics import Topics
from .troubles import Raw, forbidden

WORDS = tuple(outcome.word for outcome in OUTCOMES)


@dataclass
class Expected:
    """What has to become of everything that was published, summed up as it is published."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    deliveries: Counter[str] = field(default_factory=Counter)
    retracted: int = 0
    journeys: list[Journey] = field(default_factory=list)

    @property
    def published(self) -> int:
        return sum(self.outcomes.values())

    def add(self, events: Iterable[Told]) -> None:
        for event in events:
            self.outcomes[event.publisher, event.outcome] += 1
            self.deliveries.update(event.partners)
            self.retracted += "retraction" in event.body

    def add_raw(self, records: Iterable[Raw]) -> None:
        for record in records:
            self.outcomes[record.publisher, "quarantined"] += 1

    def outcome(self, word: str) -> int:
        return sum(self.outcomes[publisher, word] for publisher in PUBLISHERS)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that has to be so."""

    said: str
    holds: bool


def checks(expected: Expected, topics: Topics, logs: Sequence[Path]) -> list[Check]:
    """Every total, every delivery once, every notice, and nothing withheld anywhere."""
    audited = topics.audited
    all_of_them = f"every one of {expected.published} records has one of the six outcomes"
    by_publisher = {key: count for key, count in audited.outcomes.items() if count} == dict(+expected.outcomes)
    found = [
        _equal(all_of_them, audited.records, expected.published),
        *(_equal(f"{expected.outcome(word)} {word}", audited.outcome(word), expected.outcome(word)) for word in WORDS),
        Check("outcomes by publisher", by_publisher),
    ]
    for partner in PARTNERS:
        wanted = expected.deliveries[partner]
        found.append(_equal(f"{partner}: {wanted} deliveries by the audit", audited.deliveries[partner], wanted))
        found.append(_equal(f"{partner}: {wanted} deliveries in its topic", topics.delivered(partner), wanted))
        ids = [record.header("ce_id") for record in topics.of(f"out.{partner}")]
        found.append(_equal(f"{partner}: no delivery twice", len(set(ids)), len(ids)))
        notices = len(topics.notices(partner))
        found.append(_equal(f"{partner}: told of {expected.retracted} retraction", notices, expected.retracted))
    return [*found, *_leaks(expected, topics, logs)]


def _equal(said: str, found: int, wanted: int) -> Check:
    return Check(said if found == wanted else f"{said} (found {found})", found == wanted)


def _leaks(expected: Expected, topics: Topics, logs: Sequence[Path]) -> Iterable[Check]:
    """Searches all that a partner can read, the audit and the logs, for every text that has no business there."""
    for partner in PARTNERS:
        texts = forbidden(partner, expected.journeys)
        leaked = _found(texts, _bytes(topics, f"out.{partner}"))
        yield _nothing(f"{partner}: none of {len(texts)} withheld texts in values, keys or headers", leaked)
    texts = set().union(*(forbidden(partner, expected.journeys) for partner in PARTNERS))
    yield _nothing("the audit holds no field values", _found(texts, _bytes(topics, "audit")))
    yield _nothing("nor do the hubs' logs", _found(texts, b"".join(log.read_bytes() for log in logs)))


def _nothing(said: str, leaked: list[str]) -> Check:
    return Check(f"{said} (found {', '.join(leaked[:3])})" if leaked else said, not leaked)


def _found(texts: Iterable[str], where: bytes) -> list[str]:
    return sorted(text for text in texts if text.encode() in where)


def _bytes(topics: Topics, topic: str) -> bytes:
    parts: list[bytes] = []
    for record in topics.of(topic):
        parts += [record.key or b"", record.value or b"", *map(str.encode, record.headers), *record.headers.values()]
    return b"\n".join(parts)
