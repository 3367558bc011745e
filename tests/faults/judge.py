"""The judge: what has to be so, whatever broke meanwhile. Looks at topics only, and believes no process.

Sent records and deliveries are counted by their own bytes; the audit is judged too, never taken as the answer.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.faults.evidence import Delivered, Evidence, transactions
from tests.faults.flow import EventId, Kind, granted, lane_of
from tests.faults.late import Late, held_fields, late

from tidegate import audit
from tidegate.audit import BrokenChain, Entry, Head
from tidegate.gate import OUTCOMES, Outcome

MANY = 20
"""So many faults of one sort are told; the others are counted."""


@dataclass
class Verdict:
    """What the judge found: faults by their sort, and the figures of the run."""

    faults: dict[str, list[str]] = field(default_factory=dict)
    figures: dict[str, int] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        return not self.faults

    def fault(self, sort: str, said: str) -> None:
        self.faults.setdefault(sort, []).append(said)

    def count(self, sort: str) -> int:
        return len(self.faults.get(sort, ()))

    def __str__(self) -> str:
        told = [f"{key}: {value}" for key, value in self.figures.items()]
        for sort, some in self.faults.items():
            told += [f"{len(some)} x {sort}:", *(f"  {said}" for said in some[:MANY])]
        return "\n".join(told)


def judge(evidence: Evidence) -> Verdict:
    """All that has to hold."""
    verdict, asked = Verdict(), late(evidence)
    _deliveries(evidence, asked, verdict)
    _heartbeats(evidence, verdict)
    _order(evidence, asked, verdict)
    for lane in sorted(evidence.logs):
        _chain(evidence, lane, verdict)
        _tenures(evidence, lane, verdict)
        _ranges(evidence, lane, verdict)
        _digests(evidence, lane, verdict)
        _orders(evidence, lane, asked, verdict)
    _outcomes(evidence, asked, verdict)
    return verdict


def _deliveries(evidence: Evidence, asked: Late, verdict: Verdict) -> None:
    """Each granted event once in each topic that it is granted to, at once or by an order, and nothing else."""
    events = {event: granted(event, kind) for event, kind in _plain(evidence)}
    verdict.figures["records"] = sum(len(some) for lanes in evidence.sent.values() for some in lanes.values())
    verdict.figures["granted events"] = len(events)
    for partner, lanes in evidence.out.items():
        there = [one for some in lanes.values() for one in some if not one.heartbeat]
        wanted = {event for event, partners in events.items() if partner in partners}
        wanted |= {event for event, to in asked.deliveries if to == partner}
        found = Counter(one.event for one in there)
        verdict.figures[f"deliveries to {partner}"] = found.total()
        for event in wanted - found.keys():
            verdict.fault("lost", f"{event} to {partner}")
        for event, times in found.items():
            if event not in wanted:
                verdict.fault("not granted", f"{event} to {partner}")
            elif times > 1:
                verdict.fault("doubled", f"{event} to {partner}, {times} times")
        for said in held_fields(evidence, asked, partner):
            verdict.fault("held field", said)
        refs = Counter(one.ce_id for one in there)
        if len(refs) != len(found):
            verdict.fault("ce_id", f"{len(refs)} ids of {len(found)} events to {partner}")


def _heartbeats(evidence: Evidence, verdict: Verdict) -> None:
    """Each once; what they are is the audit's matter, and what they say another test's."""
    for partner, lanes in evidence.out.items():
        told = Counter(one.ce_id for some in lanes.values() for one in some if one.heartbeat)
        if told:
            verdict.figures[f"heartbeats to {partner}"] = told.total()
        for name, times in told.items():
            if times > 1:
                verdict.fault("doubled", f"{name} to {partner}, {times} times")


def _plain(evidence: Evidence) -> Iterator[tuple[EventId, Kind]]:
    for lanes in evidence.sent.values():
        for some in lanes.values():
            for one in some:
                if one.event is not None and one.kind in (Kind.PLAIN, Kind.HELD):
                    yield one.event, one.kind


def _order(evidence: Evidence, asked: Late, verdict: Verdict) -> None:
    """Within a lane deliveries follow their source; so the numbers of a key grow in the lane that is the key's own.

    What an order let go comes after later events of its key, and is left out.
    In another lane repeats stand in the order in which they were sent there, which need not be that of their numbers.
    """
    for lane in evidence.logs:
        sent = [enumerate(lanes.get(lane, ())) for lanes in evidence.sent.values()]
        first: dict[EventId, int] = {}
        for some in sent:
            for place, record in some:
                if record.event is not None:
                    first.setdefault(record.event, place)
        for partner, lanes in evidence.out.items():
            live = [one for one in lanes[lane] if one.event and (one.event, partner) not in asked.deliveries]
            _follows(live, first, f"lane {lane} of {partner}", verdict)
            _grows([one.event for one in live if one.event and lane_of(one.event) == lane], partner, verdict)


def _follows(delivered: list[Delivered], first: dict[EventId, int], where: str, verdict: Verdict) -> None:
    """Each delivery comes from a record of its own lane, behind those of the same publisher that were delivered."""
    last: dict[str, int] = {}
    for event in (one.event for one in delivered if one.event):
        place = first.get(event, -1)
        if place <= last.get(event.publisher, -1):
            verdict.fault("order", f"{event} of place {place} after place {last.get(event.publisher, -1)}, {where}")
        last[event.publisher] = place


def _grows(events: list[EventId], partner: str, verdict: Verdict) -> None:
    last: dict[tuple[str, int], int] = {}
    for event in events:
        key = event.publisher, event.key
        if event.number <= last.get(key, -1):
            verdict.fault("order", f"{event} after {last[key]}, to {partner}")
        last[key] = event.number


def _chain(evidence: Evidence, lane: int, verdict: Verdict) -> None:
    """Every entry names the one before it, from the first on, in the lane where it stands."""
    try:
        audit.verify(((one.value, one.entry) for one in evidence.logs[lane]), Head())
    except BrokenChain as exc:
        verdict.fault("chain", str(exc))
    strays = [one.entry.sequence for one in evidence.logs[lane] if one.entry.lane != lane]
    if strays:
        verdict.fault("chain", f"lane {lane} holds entries of other lanes: {strays[:5]}")


_BY_THE_OWNER = (audit.Kind.TRANSACTION, audit.Kind.SWITCHED, audit.Kind.ORDER, audit.Kind.HEARTBEAT)


def _tenures(evidence: Evidence, lane: int, verdict: Verdict) -> None:
    """Who writes records is who took the lane over last: a process that lost it commits nothing."""
    owner = ""
    for logged in evidence.logs[lane]:
        entry = logged.entry
        if entry.kind is audit.Kind.TAKEOVER:
            owner = entry.process
        elif entry.kind in _BY_THE_OWNER and entry.process != owner:
            verdict.fault("tenure", f"entry {entry.sequence} of lane {lane} is by {entry.process}, not by {owner}")


def _ranges(evidence: Evidence, lane: int, verdict: Verdict) -> None:
    """The records of each source, from its first to its last, each in one entry; and positions that say the same."""
    reached = dict.fromkeys(evidence.sent, 0)
    for logged in evidence.logs[lane]:
        entry = logged.entry
        for source, offset in entry.records() if entry.kind is not audit.Kind.ORDER else ():
            if offset != reached[source.topic]:
                said = f"{source.topic}-{lane}: {offset} where {reached[source.topic]} comes next"
                verdict.fault("ranges", f"{said}, in entry {entry.sequence}")
            reached[source.topic] = offset + 1
        _positions(entry, reached, verdict)
        if entry.kind is audit.Kind.GAP:
            verdict.fault("gap", f"lane {lane} gave records up: {entry.sources}")
    for topic, lanes in evidence.sent.items():
        if reached[topic] != len(lanes.get(lane, ())):
            verdict.fault("ranges", f"{topic}-{lane} was read to {reached[topic]} of {len(lanes.get(lane, ()))}")


def _positions(entry: Entry, reached: dict[str, int], verdict: Verdict) -> None:
    """An entry says that its sources go on, and that all of them stand, where its records and those before it end."""
    said = [(source.topic, source.next) for source in entry.moves]
    said += [(position.topic, position.next) for position in entry.positions or ()]
    for topic, place in said:
        if place != reached.get(topic, place):
            where = f"entry {entry.sequence} of lane {entry.lane}"
            verdict.fault("positions", f"{where}: {topic} at {place} instead of {reached[topic]}")


def _digests(evidence: Evidence, lane: int, verdict: Verdict) -> None:
    """What an entry says that a partner was sent stands next in the partner's topic, byte for byte."""
    places = dict.fromkeys(evidence.out, 0)
    for entry in (one.entry for one in evidence.logs[lane]):
        for said in entry.deliveries:
            start = places[said.partner]
            bodies = [one.body for one in evidence.out[said.partner][lane][start : start + said.count]]
            places[said.partner] = start + said.count
            if hashlib.sha256(b"".join(bodies)).digest() != said.digest:
                verdict.fault("digests", f"entry {entry.sequence} of lane {lane}, {said.count} to {said.partner}")
    for partner, place in places.items():
        there = len(evidence.out[partner][lane])
        if place != there:
            verdict.fault("digests", f"lane {lane}: the audit knows {place} of {there} deliveries to {partner}")


def _orders(evidence: Evidence, lane: int, asked: Late, verdict: Verdict) -> None:
    """What was asked of a lane stands in its log once, in its order, and came to what it has to."""
    wanted = asked.answers.get(lane, [])
    entries = [one.entry for one in evidence.logs[lane] if one.entry.kind is audit.Kind.ORDER]
    found = [(one.id, one.outcome) for entry in entries for one in entry.orders]
    verdict.figures["orders"] = verdict.figures.get("orders", 0) + len(wanted)
    if found != wanted:
        first = next((n for n, pair in enumerate(zip(found, wanted, strict=False)) if pair[0] != pair[1]), len(found))
        said = f"lane {lane}: {len(found)} of {len(wanted)} orders, the first other one is {first}"
        verdict.fault("orders", f"{said}: {found[first : first + 1]} for {wanted[first : first + 1]}")
    reached = 0
    for taken in (entry.taken for entry in entries if entry.taken is not None):
        if taken.first != reached:
            verdict.fault("orders", f"lane {lane}: orders from {taken.first} on where {reached} comes next")
        reached = taken.next


_OUTCOME_OF = {
    Kind.NOBODYS: Outcome.WITHHELD,
    Kind.CONFLICT: Outcome.QUARANTINED,
    Kind.WRONG: Outcome.REJECTED,
    Kind.CORRUPT: Outcome.QUARANTINED,
    Kind.POISON: Outcome.QUARANTINED,
}


def _outcomes(evidence: Evidence, asked: Late, verdict: Verdict) -> None:
    """Every record has one of the six outcomes, the one that its bytes call for; quarantine and feedback agree."""
    found: Counter[Outcome] = Counter()
    released: Counter[EventId] = Counter()
    aside = Counter((one.topic, one.lane, one.offset) for one in evidence.quarantine)
    sent = Counter((one.event, one.kind) for lanes in evidence.sent.values() for some in lanes.values() for one in some)
    for one in _decided(evidence):
        found[one.outcome] += 1
        _outcome(one, aside[one.place], sent[one.event, one.kind], verdict)
        if one.outcome is Outcome.RELEASED and one.event is not None:
            released[one.event] += 1
    for event, times in released.items():
        if times > 1:
            verdict.fault("outcome", f"{event} was released {times} times")
    verdict.figures |= {outcome.word: found[outcome] for outcome in OUTCOMES}
    records = verdict.figures["records"]
    if found.total() != records:
        verdict.fault("sum", f"{found.total()} outcomes of {records} records")
    if evidence.told != records + asked.told:
        said = f"publishers were told {evidence.told} times of {records} records and {asked.told} redrives"
        verdict.fault("feedback", said)
    held = sum(one.reason == "held" for one in evidence.quarantine)
    if len(evidence.quarantine) - held != sum(found[outcome] for outcome in _ASIDE):
        verdict.fault("quarantine", f"{len(evidence.quarantine)} records there")


_ASIDE = (Outcome.QUARANTINED, Outcome.REJECTED)
_CLAIMING = (Kind.PLAIN, Kind.NOBODYS, Kind.HELD)
"""Kinds of which another copy is a duplicate. The flow repeats plain events; after a broker's restart any may be there
twice, since a producer that got no answer sends again.
"""


def _outcome(one: _Decided, times_aside: int, copies: int, verdict: Verdict) -> None:
    """One record's outcome: what its bytes call for, and in quarantine once, or never."""
    if one.kind is Kind.PLAIN:
        wanted = [Outcome.RELEASED]
    elif one.kind is Kind.HELD and one.event is not None:
        wanted = [Outcome.RELEASED if granted(one.event, one.kind) else Outcome.HELD]
    else:
        wanted = [_OUTCOME_OF[one.kind]]
    if one.kind in _CLAIMING and copies > 1:
        wanted.append(Outcome.DUPLICATE)
    if one.outcome not in wanted:
        verdict.fault("outcome", f"{one.place}, {one.kind.value}: {one.outcome.word}")
    held = one.kind is Kind.HELD and one.outcome is not Outcome.DUPLICATE
    if times_aside != int(one.outcome in _ASIDE or held):
        verdict.fault("quarantine", f"{one.place}, {one.outcome.word}: {times_aside} times in quarantine")


@dataclass(frozen=True, slots=True)
class _Decided:
    """A record as it was sent, with what the audit says of it."""

    place: tuple[str, int, int]
    outcome: Outcome
    kind: Kind
    event: EventId | None


def _decided(evidence: Evidence) -> Iterator[_Decided]:
    for lane, logs in evidence.logs.items():
        for entry in transactions(logs):
            for (source, offset), outcome in zip(entry.records(), entry.columns.outcomes, strict=True):
                some = evidence.sent[source.topic].get(lane, [])
                if offset < len(some):
                    yield _Decided(
                        (source.topic, lane, offset), Outcome(outcome), some[offset].kind, some[offset].event
                    )
