"""Answering a sender: did you get it, what was wrong with it, and who has it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field

import orjson

from tidegate import audit
from tidegate.audit import Entry
from tidegate.broker.cluster import Cluster
from tidegate.broker.logs import PartitionLog, open_log
from tidegate.broker.names import TopicNames
from tidegate.errors import BadInput, BadSchema, ConfigError, InvalidEvent
from tidegate.events import avro
from tidegate.events.facts import RETRACTION
from tidegate.events.identity import PublisherDigests
from tidegate.gate import Keyring
from tidegate.gate.inspection import MAX_EVENT_ID
from tidegate.provision.activation import read_ledger
from tidegate.rules import Plan, nearest
from tidegate.rules.activations import Ledger
from tidegate.settings import Settings
from tidegate.tracing.partners import PartnerShare, shares
from tidegate.tracing.searching import ALL_TIME, Decided, Needle, Needles, Window, decided_in

CLOCK_MARGIN_MS = 60_000
"""How much earlier than a record an entry about it may be stamped: brokers' clocks differ."""

Progress = Callable[[int, int], None]
"""How many records of the audit have been read, of how many."""


@dataclass(frozen=True, slots=True)
class Told:
    """One record, and what its partners were sent.

    ``version`` counts the versions of its event in the order in which they came: above 1 it is a correction, or a
    retraction. ``plan_unread`` says why the plan of that day cannot be read here; then nothing is known of fields.
    """

    decided: Decided
    version: int
    retraction: bool
    shares: tuple[PartnerShare, ...]
    plan_unread: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """All records of one event, in the order in which they came in. ``event_ref`` is its ``ce_eventref``."""

    event_ref: bytes
    records: tuple[Told, ...]


@dataclass
class Answer:
    """``by_container`` tells that the events were found by their container. ``audit_from_us`` is how far back the audit
    reached that was looked through, microseconds since 1970; None where it is empty."""

    publisher: str
    asked: str
    events: list[Event] = field(default_factory=list)
    by_container: bool = False
    entries: int = 0
    audit_from_us: int | None = None


async def trace(
    settings: Settings,
    keyring: Keyring,
    publisher: str,
    asked: str,
    window: Window = ALL_TIME,
    progress: Progress = lambda done, total: None,
) -> Answer:
    """What became of an event or of all events of a container, of what came in within a window of time.

    Raises ``BadInput`` for a publisher that no rules ever knew, ``BadSettings`` when the keyring lacks a key that the
    audit names: an answer without it could leave something out.
    """
    if not asked or len(asked.encode()) > MAX_EVENT_ID:
        raise BadInput(f"an event id or a container number has 1 to {MAX_EVENT_ID} bytes")
    ledger = await read_ledger(settings)
    check_publisher(ledger, publisher)
    search = AuditSearch(settings, publisher, window, Answer(publisher, asked), progress)
    made = _Digests(keyring, publisher, asked)
    found = await search.run(made.needle)
    refs: dict[str, set[bytes]] = defaultdict(set)
    for one in found.values():
        if one.by_container:
            refs[one.key_id].add(one.event_ref)
    if refs:
        # A retraction has no container, and a correction may have another one: they are found by the event's reference.
        search.answer.by_container = True
        found = {**await search.run(lambda key_id: Needle(frozenset(refs.get(key_id, ())))), **found}
    search.answer.events = events_of(found.values(), Plans(ledger), publisher)
    return search.answer


def check_publisher(ledger: Ledger, publisher: str) -> None:
    """A plan of any version says whom it knows, whether or not it can be run here."""
    known = {name for text in ledger.plans.values() for name in orjson.loads(text)["publishers"]}
    if publisher not in known:
        raise BadInput(f"no rules of this hub ever knew a publisher {publisher!r}{nearest(publisher, known)}")


class _Digests:
    """The digests of what was asked, made with any key of the keyring."""

    def __init__(self, keyring: Keyring, publisher: str, asked: str) -> None:
        self._keyring = keyring
        self._publisher = publisher
        self._asked = asked.encode()
        # As people write it, MSKU 123456-5, and as events have it.
        self._containers = {self._asked, asked.replace(" ", "").replace("-", "").upper().encode()}
        self._made: dict[str, Needle] = {}

    def needle(self, key_id: str) -> Needle:
        if key_id not in self._made:
            digests = PublisherDigests.of(self._keyring.secret(key_id), self._publisher)
            self._made[key_id] = Needle(
                frozenset({digests.event_ref(self._asked)}), frozenset(map(digests.equipment, self._containers))
            )
        return self._made[key_id]


@dataclass
class AuditSearch:
    """Looks through the audit of all lanes, as it stood at the first look."""

    settings: Settings
    publisher: str
    window: Window
    answer: Answer
    progress: Progress
    _bounds: list[tuple[int, int]] = field(default_factory=list)
    _done: int = 0
    _total: int = 0

    async def run(
        self, needles: Needles, look: Callable[[list[Entry]], None] = lambda parts: None
    ) -> dict[tuple[int, int, int], Decided]:
        """Whatever is found, by where the audit tells of it. ``look`` is shown every entry, as all of its parts."""
        found: dict[tuple[int, int, int], Decided] = {}
        async with aclosing(self.entries()) as entries:
            async for parts in entries:
                look(parts)
                for one in decided_in(parts, self.publisher, needles):
                    if self.window.holds(one.at_ms):
                        found[one.decision] = one
        return found

    async def entries(self) -> AsyncGenerator[list[Entry], None]:
        """All entries, lane after lane, each as all of its parts."""
        kafka, names = self.settings.kafka, TopicNames(self.settings.kafka.topic_prefix)
        lanes = (await Cluster(kafka).topics([names.lanes]))[names.lanes].partitions
        async with AsyncExitStack() as stack:
            logs = [await stack.enter_async_context(open_log(kafka, names.audit, lane)) for lane in range(lanes)]
            if not self._bounds:
                self._bounds = [await self._stretch(log) for log in logs]
            self._total += sum(end - start for start, end in self._bounds)
            for log, (start, end) in zip(logs, self._bounds, strict=True):
                async for parts in self._entries(log, start, end):
                    yield parts

    async def _stretch(self, log: PartitionLog) -> tuple[int, int]:
        begin, end = await log.bounds()
        if self.window.since_ms is None:
            return begin, end
        start = await log.offset_at(max(0, self.window.since_ms - CLOCK_MARGIN_MS))
        return (end if start is None else max(begin, start)), end

    async def _entries(self, log: PartitionLog, start: int, end: int) -> AsyncIterator[list[Entry]]:
        parts: list[Entry] = []
        before = start
        async for record in log.read(start, end):
            try:
                entry = audit.from_bytes(record.value)
            except InvalidEvent as exc:
                raise ConfigError(
                    f"the audit has an entry that this program cannot read, at offset {record.offset}: {exc}; "
                    "ask with the version of tidegate that the hub runs"
                ) from exc
            self._saw(entry)
            self._step(record.offset + 1 - before)
            before = record.offset + 1
            parts = [*parts, entry] if entry.part else [entry]
            if len(parts) == entry.parts:
                yield parts
        self._step(end - before)

    def _saw(self, entry: Entry) -> None:
        answer = self.answer
        answer.entries += 1
        if answer.audit_from_us is None or entry.decided_us < answer.audit_from_us:
            answer.audit_from_us = entry.decided_us

    def _step(self, offsets: int) -> None:
        self._done += offsets
        self.progress(self._done, self._total)


@dataclass
class Plans:
    """Plans by digest, read when they are first needed."""

    ledger: Ledger
    _read: dict[str, Plan | str] = field(default_factory=dict)

    def of(self, digest: str) -> Plan | str:
        """The plan, or why it cannot be read here."""
        if digest not in self._read:
            text = self.ledger.plans.get(digest)
            try:
                self._read[digest] = Plan.from_bytes(text) if text else "the rules topic does not have it any more"
            except BadSchema as exc:
                self._read[digest] = str(exc)
        return self._read[digest]


def events_of(found: Iterable[Decided], plans: Plans, publisher: str) -> list[Event]:
    """What was found, by event, each in the order in which it came in."""
    by_ref: dict[bytes, list[Decided]] = defaultdict(list)
    for one in sorted(found, key=lambda one: (one.at_ms, one.decided_us, one.lane, one.offset, one.place)):
        by_ref[one.event_ref].append(one)
    return [Event(ref, tuple(_told(some, plans, publisher))) for ref, some in by_ref.items()]


def _told(records: list[Decided], plans: Plans, publisher: str) -> Iterable[Told]:
    versions: Mapping[bytes, int] = {
        identity: number for number, identity in enumerate(dict.fromkeys(one.identity for one in records), 1)
    }
    for one in records:
        plan = plans.of(one.plan)
        if isinstance(plan, str):
            without = tuple(PartnerShare(name, sent=True, certain=False) for name in one.partners)
            yield Told(one, versions[one.identity], retraction=False, shares=without, plan_unread=plan)
            continue
        retraction = one.schema_id is not None and avro.parse(plan.schemas[one.schema_id]).name == RETRACTION
        yield Told(one, versions[one.identity], retraction, tuple(shares(plan, publisher, one)))
