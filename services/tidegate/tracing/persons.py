"""Answering a person: which events were about them, who was given which of their fields, and where they are counted.

What came in is read again, since the audit holds nothing of a person but digests in the counter's topic; what the input
topic has no longer cannot be told, and that is said. Nothing is stored, and no value is given (LAW 8.4(16)).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import orjson

from tidegate.audit import Entry, Kind
from tidegate.errors import ConfigError, TidegateError
from tidegate.events.checks import References
from tidegate.events.identity import PublisherDigests
from tidegate.events.schemas import Registry, Schema
from tidegate.gate import Executor, Given, Keyring, Sought, given
from tidegate.gate.joining import PERSON, PLATES
from tidegate.provision.activation import read_ledger
from tidegate.rules import Plan
from tidegate.rules.activations import Ledger
from tidegate.settings import Settings
from tidegate.tracing.answering import Answer, AuditSearch, Plans, Told, check_publisher, events_of
from tidegate.tracing.counted import read_counted
from tidegate.tracing.incoming import Incoming, Match, Place, Progress, read_incoming
from tidegate.tracing.searching import ALL_TIME, Decided, Needle, Window


@dataclass(frozen=True, slots=True)
class PartnerGiven:
    """What one partner was given of the person in a record, sent it as it was. ``given`` is None for a notice, for a
    version that does not name the person, and where it cannot be told: ``unknown`` then says why.
    """

    partner: str
    given: Given | None = None
    notice: bool = False
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """One record of an event that names the person. ``where`` are the fields that do; none where this version of the
    event does not; None where the input topic has the record no longer.
    """

    told: Told
    where: tuple[str, ...] | None
    partners: tuple[PartnerGiven, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonEvent:
    event_ref: bytes
    records: tuple[PersonRecord, ...]


@dataclass(slots=True)
class Gone:
    """Records of the time asked for of which the audit tells, and which the input topic has no longer."""

    count: int = 0
    first_ms: int | None = None
    last_ms: int | None = None

    def add(self, at_ms: int) -> None:
        self.count += 1
        self.first_ms = at_ms if self.first_ms is None else min(self.first_ms, at_ms)
        self.last_ms = at_ms if self.last_ms is None else max(self.last_ms, at_ms)


@dataclass
class PersonAnswer:
    """``asked`` are the kinds of keys that were asked by; ``also`` others by which events name the person too.

    ``counted`` says by which kinds of keys the person is counted, by calendar year and bucket. ``records`` is how many
    were looked at; ``unread`` of them nobody can read, and so nobody can tell whom they are about; ``undecided`` name
    the person and are not decided yet.
    """

    publisher: str
    asked: tuple[str, ...]
    events: list[PersonEvent] = field(default_factory=list)
    counted: dict[int, dict[str, set[str]]] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    records: int = 0
    unread: int = 0
    undecided: int = 0
    gone: Gone = field(default_factory=Gone)
    audit_from_us: int | None = None

    @property
    def found(self) -> bool:
        return bool(self.events or self.counted or self.undecided)


async def trace_person(
    settings: Settings,
    keyring: Keyring,
    publisher: str,
    sought: Sought,
    window: Window = ALL_TIME,
    progress: Progress = lambda what, done, total: None,
) -> PersonAnswer:
    """What became of everything that a publisher sent about one person.

    Raises ``BadInput`` for a publisher that no rules ever knew, and where so much names the person that a shorter time
    has to be asked for; ``BadSettings`` when the keyring lacks a key that persons were counted or entries made with: an
    answer without it could leave something out.
    """
    ledger = await read_ledger(settings)
    check_publisher(ledger, publisher)
    return await _Search(settings, keyring, publisher, sought, window, progress, ledger).run()


@dataclass
class _Search:
    settings: Settings
    keyring: Keyring
    publisher: str
    sought: Sought
    window: Window
    progress: Progress
    ledger: Ledger
    answer: PersonAnswer = field(init=False)
    _executors: dict[str, Executor | str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.answer = PersonAnswer(self.publisher, self.sought.kinds)
        self._incoming = Incoming(self.publisher)
        self._by_digest = Plans(self.ledger)
        said = [orjson.loads(self.ledger.plans[one]) for one in {one.plan for one in self.ledger.activations}]
        self._plans = [one for one in said if self.publisher in one["publishers"]]
        # All keys that digests of the publisher were ever made with, asked for before anything is read.
        self._digests = {key_id: self._digests_of(key_id) for key_id in {one["digest_key"] for one in self._plans}}

    def _digests_of(self, key_id: str) -> PublisherDigests:
        return PublisherDigests.of(self.keyring.secret(key_id), self.publisher)

    async def run(self) -> PersonAnswer:
        answer, kafka = self.answer, self.settings.kafka
        incoming = self._incoming = await read_incoming(
            kafka, self.publisher, self._writers(), self.sought, self.window, self.progress
        )
        answer.records, answer.unread = incoming.records, incoming.unread
        named = [match.named for match in incoming.matches.values()]
        kinds = {kind for one in named for kind in one.kinds} - {*self.sought.kinds}
        answer.also = tuple(kind for kind in (*PERSON, *PLATES) if kind in kinds)
        await self._read_audit({one.event_id for one in named})
        keys = [*self.sought.person.items(), *self.sought.truck.items(), *(key for one in named for key in one.counted)]
        every = dict.fromkeys(keys)
        wanted = {digests.subject(key): kind for digests in self._digests.values() for kind, key in every}
        answer.counted = await read_counted(kafka, self.publisher, wanted, self.progress)
        return answer

    def _writers(self) -> Registry:
        found = Registry()
        for plan in self._plans:
            for schema_id in plan["writers"]:
                found.add(Schema.of(plan["schemas"][str(schema_id)]))
        return found

    async def _read_audit(self, event_ids: set[bytes]) -> None:
        """What was decided about some events, and which records of the time asked for are gone."""
        needles: dict[str, Needle] = {}

        def needle(key_id: str) -> Needle:
            if key_id not in needles:
                digests = self._digests.get(key_id) or self._digests_of(key_id)
                needles[key_id] = Needle(frozenset(map(digests.event_ref, event_ids)))
            return needles[key_id]

        told_of = Answer(self.publisher, "")
        shown = partial(self.progress, "the audit")
        search = AuditSearch(self.settings, self.publisher, self.window, told_of, shown)
        found = (await search.run(needle, self._missing)).values()
        self.answer.audit_from_us = told_of.audit_from_us
        seen: set[Place] = set()
        for event in events_of(filter(self._read_then, found), self._by_digest, self.publisher):
            self.answer.events.append(PersonEvent(event.event_ref, tuple(map(self._record, event.records))))
            seen.update(_place_of(told.decided) for told in event.records)
        self.answer.undecided = len(self._incoming.matches.keys() - seen)

    def _read_then(self, one: Decided) -> bool:
        return not self._incoming.later(_place_of(one))

    def _missing(self, parts: Sequence[Entry]) -> None:
        """Takes in which records of an entry the input topic has no longer."""
        for part in parts if parts[0].kind is not Kind.ORDER else ():
            place = 0
            for source in part.sources:
                if source.publisher == self.publisher and self._incoming.gone(
                    (source.topic_id, part.lane, source.first)
                ):
                    for n in range(place, place + source.count):
                        received = part.columns.received
                        at_ms = received[n] if received else part.decided_us // 1_000
                        offset = source.first + part.columns.offsets[n]
                        if self.window.holds(at_ms) and self._incoming.gone((source.topic_id, part.lane, offset)):
                            self.answer.gone.add(at_ms)
                place += source.count

    def _record(self, told: Told) -> PersonRecord:
        place = _place_of(told.decided)
        match = self._incoming.matches.get(place)
        if match is not None:
            return PersonRecord(told, match.named.where, tuple(self._given(told.decided, match)))
        gone = self._incoming.gone(place) and not told.retraction
        unknown = "the input topic has the record no longer" if gone else ""
        sent = [PartnerGiven(name, notice=told.retraction, unknown=unknown) for name in told.decided.partners]
        return PersonRecord(told, None if gone else (), tuple(sent))

    def _given(self, decided: Decided, match: Match) -> Iterator[PartnerGiven]:
        """What the partners that were sent a record were given of the person with it."""
        if not decided.partners:
            return
        found: dict[str, Given] = {}
        unknown = "this program sends it nothing under the rules of that day; ask with the version that the hub ran"
        try:
            executor = self._executor(decided.plan)
            found = given(executor, match.run, self.sought, decided.decided_us, decided.level, decided.let_go)
        except TidegateError as exc:
            unknown = str(exc)
        for name in decided.partners:
            yield PartnerGiven(name, found[name]) if name in found else PartnerGiven(name, unknown=unknown)

    def _executor(self, digest: str) -> Executor:
        """Raises ``TidegateError`` where the plan of that day cannot be run here."""
        if digest not in self._executors:
            plan = self._by_digest.of(digest)
            self._executors[digest] = plan if isinstance(plan, str) else self._made(plan)
        found = self._executors[digest]
        if isinstance(found, str):
            raise ConfigError(found)
        return found

    def _made(self, plan: Plan) -> Executor | str:
        try:
            return Executor(plan, self.keyring, references=References.of(self.ledger.lists_of(plan)))
        except TidegateError as exc:
            return str(exc)


def _place_of(decided: Decided) -> Place:
    return decided.source.topic_id, decided.lane, decided.offset
