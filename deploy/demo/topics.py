"""A reader of all topics of the demo: an ordinary Kafka client, read_committed, as a partner would run it.

It keeps what it reads, raw and decoded. The audit is counted as it comes: six outcomes by publisher, deliveries by
partner.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from tidegate import audit
from tidegate.events.encoding import decode
from tidegate.events.schemas import Registry, Schema
from tidegate.events.wire import PREFIX_SIZE
from tidegate.gate import Outcome
from tidegate.provision.folders import compile_rules, read_rules

from .journeys import PARTNERS, PUBLISHERS
from .stage import LANES, RULES, Trouble


@dataclass(frozen=True, slots=True)
class Record:
    topic: str
    lane: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes]
    time_ms: int

    def header(self, name: str) -> str:
        return self.headers.get(name, b"").decode(errors="replace")


@dataclass
class Audited:
    """What the lanes' logs say so far."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By publisher and outcome."""
    deliveries: Counter[str] = field(default_factory=Counter)
    takeovers: list[tuple[int, str, float]] = field(default_factory=list)
    """Lane, process and time, in order of reading."""
    transactions: int = 0

    @property
    def records(self) -> int:
        return sum(self.outcomes.values())

    def outcome(self, word: str) -> int:
        return sum(count for (_, said), count in self.outcomes.items() if said == word)

    def add(self, value: bytes) -> None:
        entry = audit.from_bytes(value)
        if entry.kind is audit.Kind.TAKEOVER:
            self.takeovers.append((entry.lane, entry.process, entry.decided_us / 1e6))
        if entry.kind is not audit.Kind.TRANSACTION:
            return
        self.transactions += entry.part == entry.parts - 1
        for (source, _), outcome in zip(entry.records(), entry.columns.outcomes, strict=True):
            self.outcomes[source.publisher, Outcome(outcome).word] += 1
        for one in entry.deliveries:
            self.deliveries[one.partner] += one.count


class Topics:
    """Reads in a thread of its own, from the beginning of every topic."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._records: dict[str, list[Record]] = defaultdict(list)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, name="topics", daemon=True)
        self._failed: BaseException | None = None
        self.audited = Audited()
        schemas = compile_rules(read_rules(RULES)).schemas.values()
        self._registry = Registry(Schema.of(schema) for schema in schemas)

    def __enter__(self) -> Topics:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join(10)

    def of(self, topic: str) -> list[Record]:
        """What a topic has held so far."""
        if self._failed is not None:
            raise Trouble(f"the reader of the topics failed: {self._failed!r}", 3)
        with self._lock:
            return list(self._records[topic])

    def delivered(self, partner: str) -> int:
        with self._lock:
            return len(self._records[f"out.{partner}"])

    def events(self, partner: str) -> Iterator[tuple[Record, dict[str, Any]]]:
        """Every delivery of a partner that is no notice, with its value."""
        for record in self.of(f"out.{partner}"):
            if not record.headers.get("ce_notice"):
                yield record, self.value(record)

    def notices(self, partner: str) -> list[Record]:
        return [record for record in self.of(f"out.{partner}") if record.headers.get("ce_notice") == b"retracted"]

    def value(self, record: Record) -> dict[str, Any]:
        value = record.value or b""
        return decode(self._registry.get(int.from_bytes(value[1:PREFIX_SIZE], "big")), value[PREFIX_SIZE:])

    def wait(self, what: str, condition: Callable[[], bool], timeout_s: float = 60.0) -> None:
        until = time.monotonic() + timeout_s
        while not condition():
            if self._failed is not None:
                raise Trouble(f"the reader of the topics failed: {self._failed!r}", 3)
            if time.monotonic() > until:
                raise Trouble(f"waited {timeout_s:.0f} s for {what}")
            time.sleep(0.05)

    def settle(self, published: int, timeout_s: float = 60.0) -> None:
        """Waits until every record is in the audit, and every delivery that it speaks of has been read."""
        said = self.audited
        self.wait(f"all {published} records to be decided", lambda: said.records >= published, timeout_s)
        self.wait(
            "all deliveries to be read",
            lambda: all(self.delivered(partner) >= said.deliveries[partner] for partner in PARTNERS),
            timeout_s,
        )

    def hidden(self) -> int:
        """Records in partner topics that no read_committed reader ever sees: of transactions that were cut off."""
        seen = 0
        consumer = self._consumer("read_uncommitted", **{"enable.partition.eof": True})
        try:
            left = _places([f"out.{partner}" for partner in PARTNERS])
            consumer.assign(left)
            ends = 0
            while ends < len(left):
                for message in consumer.consume(1_000, timeout=1.0):
                    seen += message.error() is None
                    ends += message.error() is not None
        finally:
            consumer.close()
        return seen - sum(self.delivered(partner) for partner in PARTNERS)

    def _consumer(self, isolation: str, **more: Any) -> Consumer:
        return Consumer(
            {
                **more,
                "bootstrap.servers": self._bootstrap,
                "group.id": "demo-reader",
                "enable.auto.commit": False,
                "isolation.level": isolation,
                "fetch.wait.max.ms": 50,
                "log_level": 0,
            }
        )

    def _read(self) -> None:
        consumer = self._consumer("read_committed")
        try:
            out = [f"out.{partner}" for partner in PARTNERS]
            answers = [f"feedback.{publisher}" for publisher in PUBLISHERS]
            consumer.assign(_places([*out, *answers, "quarantine", "audit"]))
            while not self._stop.is_set():
                for message in consumer.consume(500, timeout=0.1):
                    if message.error() is None:
                        self._take(message)
        except Exception as exc:  # noqa: BLE001  said to whoever asks next
            self._failed = exc
        finally:
            consumer.close()

    def _take(self, message: Any) -> None:
        record = Record(
            message.topic(),
            message.partition(),
            message.offset(),
            message.key(),
            message.value(),
            {name: value or b"" for name, value in message.headers() or ()},
            message.timestamp()[1],
        )
        with self._lock:
            self._records[record.topic].append(record)
            if record.topic == "audit":
                self.audited.add(record.value or b"")


def _places(topics: list[str]) -> list[TopicPartition]:
    return [TopicPartition(topic, lane, OFFSET_BEGINNING) for topic in topics for lane in range(LANES)]
