"""Trying a change: the same events decided under two plans, and what of them each partner would see otherwise.

What is compared are the deliveries that the gate makes, not what plans promise. Nothing is claimed, counted or written.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tidegate import gate, standards
from tidegate.broker.cluster import Cluster
from tidegate.broker.logs import open_log
from tidegate.broker.names import TopicNames
from tidegate.errors import InvalidEvent
from tidegate.events.builtin import EVENT_SCHEMA, RETRACTION_SCHEMA, builtin
from tidegate.events.checks import NO_REFERENCES, References
from tidegate.events.encoding import encode_framed
from tidegate.gate import Batch, Counts, Executor, Keyring, Run, Source, Verdict, Verdicts, masked, said_by
from tidegate.gate.batch import Headers
from tidegate.replay.comparing import bodies_by_record
from tidegate.rules import Plan
from tidegate.rules.exposure import Seen, exposure
from tidegate.settings import KafkaSettings
from tidegate.standards.reading import Wanted

TOGETHER = 500
"""How many events are decided at once."""
_SCHEMAS = {"event": EVENT_SCHEMA, "retraction": RETRACTION_SCHEMA}


@dataclass(frozen=True, slots=True)
class Example:
    """One event in which a field is seen otherwise: where it stands, and the field before and after, masked."""

    where: str
    before: str
    after: str


@dataclass(slots=True)
class Otherwise:
    """In how many events one partner sees one field now only, then only, or in another form."""

    appears: int = 0
    disappears: int = 0
    changes: int = 0
    example: Example | None = None

    def take(self, where: str, before: Sequence[object], after: Sequence[object]) -> None:
        if not before:
            self.appears += 1
        elif not after:
            self.disappears += 1
        else:
            self.changes += 1
        if self.example is None:
            self.example = Example(where, *(", ".join(map(masked, one[:3])) for one in (before, after)))


@dataclass
class Trial:
    """Events under an old and a new plan. ``decided_us`` is when they count as decided, microseconds since 1970.

    People are taken as counted and few: so all is shown that could leave. Pseudonyms are made with one ``secret`` on
    both sides: a change of keys changes every one of them, and is no matter of fields. A stamp that an event came in
    with proves with the hub's own secret only; with another one the event is refused on both sides.
    """

    old: Plan
    new: Plan
    decided_us: int
    references: tuple[References, References] = (NO_REFERENCES, NO_REFERENCES)
    secret: bytes = field(default=bytes(32), repr=False)
    events: int = 0
    unread: int = 0
    """Events that could not be mapped to the canonical event; nobody sees anything of them."""
    fields: dict[Seen, Otherwise] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._executors = [
            Executor(plan, self._keys(plan), references=lists)
            for plan, lists in zip((self.old, self.new), self.references, strict=True)
        ]
        self._known = {*exposure(self.old), *exposure(self.new)}

    def _keys(self, plan: Plan) -> Keyring:
        return Keyring(dict.fromkeys((plan.digest_key, plan.pseudonym_key), self.secret))

    def publishers(self) -> list[str]:
        return sorted({*self.old.publishers, *self.new.publishers})

    def take(self, run: Run, wheres: Sequence[str], lane: int = 0, lanes: int = 1) -> None:
        """Decides records of one publisher twice; ``wheres`` say where each stands, for examples."""
        self.events += len(run)
        before, after = (self._deliveries(executor, run, lane, lanes) for executor in self._executors)
        publisher = run.source.publisher
        for place, partner in sorted({*before, *after}):
            bodies = before.get((place, partner)), after.get((place, partner))
            if bodies[0] == bodies[1]:
                continue  # nearly all; not decoding them is what makes a window of millions bearable
            self._compare(publisher, partner, wheres[place], bodies)

    def _compare(self, publisher: str, partner: str, where: str, bodies: tuple[bytes | None, bytes | None]) -> None:
        then, now = (
            {} if body is None else self._named(said_by(body, executor.registry, publisher), publisher, partner)
            for body, executor in zip(bodies, self._executors, strict=True)
        )
        for seen in sorted({*then, *now}):
            if then.get(seen, []) != now.get(seen, []):
                self.fields.setdefault(seen, Otherwise()).take(where, then.get(seen, []), now.get(seen, []))

    def _named(self, said: dict[str, list[object]], publisher: str, partner: str) -> dict[Seen, list[object]]:
        """Values by field. An entry of a map that leaves as a whole belongs to the map."""
        found: dict[Seen, list[object]] = {}
        for path, values in said.items():
            seen = Seen(publisher, partner, path)
            if seen not in self._known and '["' in path:
                seen = Seen(publisher, partner, path.partition('["')[0])
            found.setdefault(seen, []).extend(values)
        return found

    def _deliveries(self, executor: Executor, run: Run, lane: int, lanes: int) -> dict[tuple[int, str], bytes]:
        """The record bodies that partners would get, by place in the run."""
        if run.source.publisher not in executor.publishers:
            return {}
        inspected = gate.inspect(Batch(lane, lanes, [run]), executor)
        few = Counts(dict.fromkeys(range(len(run)), 0))
        released = gate.release(inspected, Verdicts([Verdict.FIRST] * len(run)), self.decided_us, few)
        return {(place, partner): body for place, partner, body in bodies_by_record(released)}


def try_text(
    trial: Trial, publisher: str, source: str, chunks: Iterable[bytes], standard: Wanted = "auto"
) -> Iterator[int]:
    """Tries the events of a text in any standard that is read. Gives how many more are done, from time to time."""
    run, wheres = _new_run(publisher), list[str]()
    for mapped in standards.read_text(chunks, standard):
        value = None
        if mapped.event is not None and mapped.kind is not None:
            try:
                value = encode_framed(builtin(_SCHEMAS[mapped.kind]), mapped.event)
            except InvalidEvent:
                value = None
        if value is None:
            trial.unread += 1
            trial.events += 1
            continue
        _append(run, len(run), trial.decided_us // 1_000, None if mapped.key is None else mapped.key.encode(), value)
        wheres.append(f"{source} event {mapped.index}")
        if len(run) == TOGETHER:
            trial.take(run, wheres)
            yield len(run)
            run, wheres = _new_run(publisher), []
    trial.take(run, wheres)
    yield len(run)


async def try_topics(trial: Trial, kafka: KafkaSettings, since_ms: int) -> AsyncIterator[int]:
    """Tries what publishers sent from a time on, milliseconds since 1970, up to now. Gives how many more are done.

    Publishers without a topic have sent nothing. Raises ``BrokerUnavailable``.
    """
    names = TopicNames(kafka.topic_prefix)
    publishers = {names.incoming(name): name for name in trial.publishers()}
    topics = await Cluster(kafka).topics(publishers)
    for name, topic in sorted(topics.items()):
        for lane in range(topic.partitions):
            async with open_log(kafka, name, lane) as log:
                start = await log.offset_at(since_ms)
                _, end = await log.bounds()
                run, wheres = _new_run(publishers[name]), list[str]()
                async for record in log.read(end if start is None else start, end):
                    _append(run, record.offset, record.timestamp, record.key, record.value, record.headers)
                    wheres.append(f"{name}-{lane} offset {record.offset}")
                    if len(run) == TOGETHER:
                        trial.take(run, wheres, lane, topic.partitions)
                        yield len(run)
                        run, wheres = _new_run(publishers[name]), []
                trial.take(run, wheres, lane, topic.partitions)
                yield len(run)


def _new_run(publisher: str) -> Run:
    return Run(Source("", "", bytes(8), publisher))


def _append(
    run: Run, offset: int, timestamp_ms: int, key: bytes | None, value: bytes | None, headers: Headers = ()
) -> None:
    run.offsets.append(offset)
    run.timestamps.append(timestamp_ms)
    run.keys.append(key)
    run.values.append(value)
    run.headers.append(headers)
