"""What is in a hub's topics, read as any partner may read it: an ordinary client, read_committed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from tidegate.audit import Entry, Kind, Remark
from tidegate.events.encoding import decode
from tidegate.events.schemas import Registry
from tidegate.events.wire import PREFIX_SIZE
from tidegate.gate import Outcome, Verdict


@dataclass(frozen=True)
class Record:
    """A record as a read_committed client gets it."""

    topic: str
    lane: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    time_ms: int

    def header(self, name: str) -> str:
        return dict(self.headers).get(name, b"").decode()

    @property
    def everything(self) -> bytes:
        """All that a reader sees of it: key, value, header names and contents."""
        heads = [part for name, content in self.headers for part in (name.encode(), content)]
        return b"\x00".join((self.key or b"", self.value or b"", *heads))


@dataclass(frozen=True)
class Decided:
    """What the audit says of one record."""

    publisher: str
    lane: int
    offset: int
    outcome: Outcome
    verdict: Verdict
    partners: tuple[str, ...]
    plan: str
    event_ref: str
    remark: Remark
    decided_us: int


def read_topic(bootstrap: str, prefix: str, topic: str) -> list[Record]:
    """What a topic holds by now, committed, from the beginning, lane after lane."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "onlooker",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 20,
            "log_level": 0,
        }
    )
    name = f"{prefix}{topic}"
    try:
        lanes = range(len(consumer.list_topics(name, 20).topics[name].partitions))
        consumer.assign([TopicPartition(name, lane, OFFSET_BEGINNING) for lane in lanes])
        records: list[Record] = []
        left = set(lanes)
        while left:
            # Returns when it has so many or the time is over, so the time is short.
            for message in consumer.consume(1_000, 0.1):
                if message.error() is None:
                    records.append(_record(topic, message))
                else:
                    assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
                    left.discard(message.partition())
    finally:
        consumer.close()
    return sorted(records, key=lambda one: (one.lane, one.offset))


def sums(decided: Iterable[Decided]) -> Counter[str]:
    """How many records ended in each outcome."""
    return Counter(one.outcome.word for one in decided)


def value_of(record: Record, registry: Registry) -> dict[str, Any]:
    """A delivery's value, decoded by the schema that it names."""
    value = record.value or b""
    assert value[0] == 0
    return decode(registry.get(int.from_bytes(value[1:PREFIX_SIZE], "big")), value[PREFIX_SIZE:])


def _record(topic: str, message: Any) -> Record:
    headers = tuple((name, content or b"") for name, content in message.headers() or ())
    return Record(
        topic, message.partition(), message.offset(), message.key(), message.value(), headers, message.timestamp()[1]
    )


def decisions(entry: Entry) -> Iterator[Decided]:
    """What an entry of the audit says of every record in it."""
    if entry.kind is not Kind.TRANSACTION:
        return
    remarks = {remark.record: remark for remark in entry.remarks}
    for place, (source, offset) in enumerate(entry.records()):
        yield Decided(
            source.publisher,
            entry.lane,
            offset,
            Outcome(entry.columns.outcomes[place]),
            Verdict(entry.columns.verdicts[place]),
            entry.partner_sets[entry.columns.set_of[place]],
            entry.plan.hex(),
            entry.digest(place, entry.columns.event_refs).hex(),
            remarks.get(place, Remark(place)),
            entry.decided_us,
        )
