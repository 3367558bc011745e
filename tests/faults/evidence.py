"""Evidence: all topics of a hub as a partner's ordinary client reads them, read_committed, by Kafka's C client."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from tests.faults.flow import LANES, PARTNERS, EventId, Kind, kind_of

from tidegate import audit
from tidegate.audit import Entry
from tidegate.gate.bodies import body
from tidegate.quarantine.orders import Order


@dataclass(frozen=True, slots=True)
class Sent:
    """A record of a source topic."""

    offset: int
    event: EventId | None
    kind: Kind


@dataclass(frozen=True, slots=True)
class Delivered:
    """A record of a partner topic; ``body`` is what the audit's digest is over."""

    event: EventId | None
    ce_id: str
    body: bytes
    heartbeat: bool = False


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry of a lane's log."""

    value: bytes
    entry: Entry


@dataclass(frozen=True, slots=True)
class Aside:
    """A record of the quarantine, which lies there ``at`` an offset of its lane."""

    topic: str
    lane: int
    offset: int
    reason: str
    at: int
    topic_id: str


@dataclass
class Evidence:
    """What stands in the topics, by topic or partner, then lane, each in the order of its offsets."""

    sent: dict[str, dict[int, list[Sent]]]
    out: dict[str, dict[int, list[Delivered]]]
    logs: dict[int, list[Logged]]
    quarantine: list[Aside]
    told: int
    """How many records the feedback topics speak of, accepted ones and those with findings alike."""
    asked: dict[int, list[Order]]
    """What operators asked of each lane."""


class Reader:
    """Reads topics to their end, all lanes at once."""

    def __init__(self, bootstrap: str) -> None:
        self._configuration = {
            "bootstrap.servers": bootstrap,
            "group.id": "evidence",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            "fetch.wait.max.ms": 10,
            "log_level": 0,
        }

    def read(self, topic: str, starts: dict[int, int] | None = None, timeout_s: float = 60) -> dict[int, list[Message]]:
        """Records by lane, from given offsets on or from 0, to the last stable offset."""
        starts = starts or dict.fromkeys(range(LANES), 0)
        consumer = Consumer(self._configuration)
        found: dict[int, list[Message]] = {lane: [] for lane in starts}
        at_end: set[int] = set()
        until = time.monotonic() + timeout_s
        try:
            consumer.assign([TopicPartition(topic, lane, start) for lane, start in starts.items()])
            while len(at_end) < len(starts):
                if time.monotonic() > until:
                    raise TimeoutError(f"{topic} was not read to its end in {timeout_s:.0f} s: {sorted(at_end)}")
                for message in consumer.consume(1_000, 0.05):
                    error = message.error()
                    if error is None:
                        found[message.partition()].append(message)
                    elif error.code() == KafkaError._PARTITION_EOF:
                        at_end.add(message.partition())
                    elif not error.retriable() and error.code() != KafkaError._ALL_BROKERS_DOWN:
                        raise KafkaException(error)
        finally:
            consumer.close()
        return found


def gather(bootstrap: str, prefix: str, publishers: Iterable[str], partners: Iterable[str] = PARTNERS) -> Evidence:
    """Reads all topics. The hub has to be still, or be stopped, for sums to hold."""
    reader, publishers = Reader(bootstrap), list(publishers)
    sent = {f"{prefix}in.{name}": reader.read(f"{prefix}in.{name}") for name in publishers}
    feedback = [reader.read(f"{prefix}feedback.{name}") for name in publishers]
    return Evidence(
        sent={topic: {lane: list(map(_sent, some)) for lane, some in lanes.items()} for topic, lanes in sent.items()},
        out={
            name: {lane: list(map(_delivered, some)) for lane, some in reader.read(f"{prefix}out.{name}").items()}
            for name in partners
        },
        logs={lane: list(map(_logged, some)) for lane, some in reader.read(f"{prefix}audit").items()},
        quarantine=in_quarantine(bootstrap, prefix),
        told=sum(_told(one) for lanes in feedback for some in lanes.values() for one in some),
        asked={
            lane: [Order.from_bytes(one.value()) for one in some]
            for lane, some in reader.read(f"{prefix}orders").items()
        },
    )


def _sent(message: Message) -> Sent:
    value = message.value()
    return Sent(message.offset(), EventId.found_in(value), kind_of(value))


def _delivered(message: Message) -> Delivered:
    headers = message.headers() or []
    ce_id = next((content for name, content in headers if name == "ce_id"), b"")
    found = body(message.key(), message.value(), headers)
    return Delivered(EventId.found_in(message.value()), ce_id.decode(), found, ("ce_notice", b"heartbeat") in headers)


def _logged(message: Message) -> Logged:
    value = message.value()
    return Logged(value, audit.from_bytes(value))


def _aside(message: Message) -> Aside:
    headers = {name: content.decode() for name, content in message.headers() or []}
    place = headers["tg_topic"], int(headers["tg_partition"]), int(headers["tg_offset"])
    return Aside(*place, headers["tg_reason"], message.offset(), headers["tg_topic_id"])


def in_quarantine(bootstrap: str, prefix: str) -> list[Aside]:
    """All that lies in quarantine by now."""
    return [_aside(one) for some in Reader(bootstrap).read(f"{prefix}quarantine").values() for one in some]


def _told(message: Message) -> int:
    said = json.loads(message.value())
    return sum(map(len, said["accepted"].values())) if "accepted" in said else 1


def transactions(logged: Iterable[Logged]) -> Iterator[Entry]:
    """The entries that are about records."""
    return (one.entry for one in logged if one.entry.kind is audit.Kind.TRANSACTION)


class Progress:
    """How far the hub has come, by what its logs say has been committed."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self._reader = Reader(bootstrap)
        self._topic = f"{prefix}audit"
        self._starts = dict.fromkeys(range(LANES), 0)
        self.records = 0
        self.entries: dict[int, list[Entry]] = {lane: [] for lane in range(LANES)}

    def look(self) -> int:
        """Reads what is new. Gives how many records have an outcome so far."""
        for lane, messages in self._reader.read(self._topic, self._starts).items():
            for message in messages:
                entry = audit.from_bytes(message.value())
                self._starts[lane] = message.offset() + 1
                self.entries[lane].append(entry)
                self.records += len(entry.columns) if entry.kind is audit.Kind.TRANSACTION else 0
        return self.records
