"""The flow: what publishers send while things break, so made that the bytes of a record say what has to become of it.

Every event has an id ``<publisher>.<key>.<number>``: numbers grow by one within a key, and the key has its lane. One in
a hundred records is sent once more, at once or some seconds later, a tenth of those into another lane. A few are
corrupt, conflict with what was said before, break a semantic rule, or are granted to nobody.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from confluent_kafka import KafkaError, Producer
from tests.approving import APPROVERS
from tests.builders import EVENT, a_class, a_grant, a_partner, a_publisher, an_event, documents
from tests.faults.entries import POISON

from tidegate.events.encoding import encode_framed
from tidegate.gate.keys import murmur2

LANES = 4
PUBLISHERS = ("forwarder", "carrier", "terminal")
PARTNERS = ("port", "bank")
LISTENER = "customs"
"""A partner that nothing is granted to, and that asks to be told so every second; only where a test wants it."""
NEW_PUBLISHER = "newcomer"
KEYS = 60
"""Keys of each publisher."""
FIELDS = ("eventId", "eventType", "eventSubtype", "eventTime", "equipment.reference", "location.unLocode")

_ID = re.compile(rb"([a-z]+)\.(\d{4})\.(\d{8})")
_NOBODYS = b"CNSHA"
_CONFLICT = b"CONFLICT"
_WRONG = b"WRONG"
HELD_SHIP = b"HELDSHIP"
"""The suspect field of an event that waits."""
SHIP = "transport.vesselMmsi"
"""The field that makes deliveries to the port wait for a person."""


class Kind(Enum):
    """What a record is, as its bytes say."""

    PLAIN = "plain"
    NOBODYS = "granted to nobody"
    CONFLICT = "another event under the same id"
    WRONG = "breaks a semantic rule"
    CORRUPT = "not an event"
    HELD = "waits for a person before the port gets it"
    POISON = "kills the process that inspects it"


_MARKS = (
    (_CONFLICT, Kind.CONFLICT),
    (_WRONG, Kind.WRONG),
    (_NOBODYS, Kind.NOBODYS),
    (POISON, Kind.POISON),
    (HELD_SHIP, Kind.HELD),
)


@dataclass(frozen=True, slots=True, order=True)
class EventId:
    """The id of an event, with the order of its key in it."""

    publisher: str
    key: int
    number: int

    @classmethod
    def found_in(cls, value: bytes | None) -> EventId | None:
        found = _ID.search(value or b"")
        return None if found is None else cls(found[1].decode(), int(found[2]), int(found[3]))

    def __str__(self) -> str:
        return f"{self.publisher}.{self.key:04d}.{self.number:08d}"


def kind_of(value: bytes | None) -> Kind:
    """What a record is."""
    if value is None or not _ID.search(value):
        return Kind.CORRUPT
    return next((kind for mark, kind in _MARKS if mark in value), Kind.PLAIN)


def granted(event: EventId, kind: Kind) -> frozenset[str]:
    """The partners that an event goes to: the port gets all, the bank those of the forwarder alone. The port has to
    wait for those that a person looks at first.
    """
    if kind not in (Kind.PLAIN, Kind.HELD):
        return frozenset()
    every = frozenset(PARTNERS if event.publisher == PUBLISHERS[0] else PARTNERS[:1])
    return every if kind is Kind.PLAIN else every - {PARTNERS[0]}


def write_rules(
    folder: Path, publishers: tuple[str, ...] = PUBLISHERS, *, mended: bool = False, heartbeats: bool = False
) -> Path:
    """The rule set under which the flow runs, and its keyring beside it.

    ``mended``: wrong events are wrong no more. ``heartbeats``: the bank asks for them too, and the listener is there.
    """
    asks = {"heartbeat": "1s"} if heartbeats else {}
    when = {"location.unLocode": ["CNYTN"]}
    grants = [
        a_grant(*FIELDS, SHIP, id="port-moves", publishers=list(publishers), partners=["port"], when=when),
        a_grant(*FIELDS, id="bank-moves", publishers=[PUBLISHERS[0]], partners=["bank"], when=when),
    ]
    own = {"collected_in": "CN", "own_data": "yes", **({"severities": {"V7": "WARN"}} if mended else {})}
    senders = [a_publisher(name, publisher=own) for name in publishers]
    parties = [*senders, a_partner("port"), a_partner("bank", roles=["bank"], partner=asks)]
    classes = [a_class(SHIP, "SUSPECT_IMPORTANT")]
    if heartbeats:
        parties.append(a_partner(LISTENER, partner=asks))
    rules = folder / "rules"
    rules.mkdir(parents=True, exist_ok=True)
    texts = documents(parties=parties, grants=grants, classes=classes)
    for name, text in {**texts, "approvers.toml": APPROVERS}.items():
        (rules / name).write_text(text)
    (folder / "keyring.toml").write_text(f'[keys]\nk1 = "{"5e" * 32}"\n')
    return rules


class Templates:
    """Framed events, encoded once: only the id changes."""

    def __init__(self) -> None:
        self._now_us = time.time_ns() // 1_000 - 3_600_000_000
        self._known: dict[tuple[str, int, Kind], tuple[bytes, bytes]] = {}

    def value(self, event: EventId, kind: Kind) -> bytes:
        parts = self._known.get((event.publisher, event.key, kind))
        if parts is None:
            parts = self._known[event.publisher, event.key, kind] = self._split(event, kind)
        return parts[0] + str(event).encode() + parts[1]

    def _split(self, event: EventId, kind: Kind) -> tuple[bytes, bytes]:
        said = {
            "eventId": str(event),
            "eventTime": self._now_us,
            "eventCreatedTime": self._now_us,
            "equipment": {"reference": key_of(event).decode(), "isoSizeType": "45G1"},
            "location": {"unLocode": "CNSHA" if kind is Kind.NOBODYS else "CNYTN", "facilityCode": "YICT"},
        }
        if kind is Kind.CONFLICT:
            said["location"] = {"unLocode": "CNYTN", "name": _CONFLICT.decode()}
        if kind is Kind.POISON:
            said["location"] = {"unLocode": "CNYTN", "name": POISON.decode()}
        if kind is Kind.HELD:
            said["transport"] = {"vesselMmsi": HELD_SHIP.decode()}
        if kind is Kind.WRONG:
            said["eventTime"] = 0
            said["location"] = {"unLocode": "CNYTN", "name": _WRONG.decode()}
        framed = encode_framed(EVENT, an_event(**said))
        place = framed.index(str(event).encode())
        return framed[:place], framed[place + len(str(event)) :]


def key_of(event: EventId) -> bytes:
    """The record key: the container."""
    return f"{event.publisher[:3].upper()}U{event.key:07d}".encode()


def lane_of(event: EventId) -> int:
    """Where Kafka's Java client puts it."""
    return murmur2(key_of(event)) % LANES


@dataclass(frozen=True)
class Mix:
    """How many records in a thousand are of which kind."""

    repeated: int = 10
    nobodys: int = 30
    conflicts: int = 1
    wrong: int = 1
    corrupt: int = 1
    held: int = 0
    latest_s: float = 4.0
    """Repeats come up to this much later."""


@dataclass
class Flow:
    """Sends from a thread of its own, until told to stop. What was sent is read from the topics, not from here."""

    bootstrap: str
    prefix: str
    per_second: float = 600
    seed: int = 1
    mix: Mix = field(default_factory=Mix)
    publishers: tuple[str, ...] = PUBLISHERS
    first: int = 0
    """The number of the first event of every key: another flow may have sent those below."""

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)
        self._templates = Templates()
        self._numbers: Counter[tuple[str, int]] = Counter()
        self._later: list[tuple[float, EventId, int]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flow", daemon=True)
        self._failed: list[KafkaError] = []
        self._producer = Producer(
            {
                "bootstrap.servers": self.bootstrap,
                "enable.idempotence": True,
                "linger.ms": 5,
                "message.timeout.ms": 240_000,
                "log_level": 0,
            }
        )
        self.acknowledged = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the flow; returns when all that was sent is acknowledged."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self.flush()

    def _run(self) -> None:
        began, sent = time.monotonic(), 0
        while not self._stop.is_set():
            now = time.monotonic()
            # A broker that was away is not flooded with what was missed: the flow goes on at its own pace.
            due = int((now - began) * self.per_second)
            if due - sent > self.per_second:
                began, sent = now, 0
            for _ in range(max(0, due - sent)):
                self._one(now)
                sent += 1
            while self._later and self._later[0][0] <= now:
                _, event, lane = self._later.pop(0)
                self._send(event, self._templates.value(event, Kind.PLAIN), lane)
            self._producer.poll(0.01)

    def _one(self, now: float) -> None:
        rng, mix = self._rng, self.mix
        publisher, key = rng.choice(self.publishers), rng.randrange(KEYS)
        number = self.first + self._numbers[publisher, key]
        self._numbers[publisher, key] += 1
        event = EventId(publisher, key, number)
        lane, die = lane_of(event), rng.randrange(1_000)
        kind = self._drawn(die)
        self._send(event, self._templates.value(event, kind), lane)
        if kind is Kind.PLAIN and rng.randrange(1_000) < mix.repeated:
            other = (lane + rng.randrange(1, LANES)) % LANES if rng.randrange(10) == 0 else lane
            self._later.append((now + rng.choice((0.0, rng.random() * mix.latest_s)), event, other))
            self._later.sort(key=lambda one: one[0])
        elif kind is Kind.PLAIN and rng.randrange(1_000) < mix.conflicts:
            self._send(event, self._templates.value(event, Kind.CONFLICT), lane)
        if rng.randrange(1_000) < mix.corrupt:
            self._send(event, b"\0" * 40, lane)

    def _drawn(self, die: int) -> Kind:
        """What a throw of a die with a thousand faces makes of an event."""
        for kind, share in (
            (Kind.NOBODYS, self.mix.nobodys),
            (Kind.WRONG, self.mix.wrong),
            (Kind.HELD, self.mix.held),
        ):
            if die < share:
                return kind
            die -= share
        return Kind.PLAIN

    def _send(self, event: EventId, value: bytes, lane: int) -> None:
        topic = f"{self.prefix}in.{event.publisher}"
        while True:
            try:
                self._producer.produce(topic, value, key_of(event), lane, on_delivery=self._delivered)
            except BufferError:
                self._producer.poll(0.1)
            else:
                return

    def send_one(self, publisher: str, key: int, kind: Kind) -> EventId:
        """One record of a kind, at the end of its lane; only while the flow does not run."""
        event = EventId(publisher, key, self._numbers[publisher, key])
        self._numbers[publisher, key] += 1
        self._send(event, self._templates.value(event, kind), lane_of(event))
        return event

    def flush(self) -> None:
        """Returns when all that was sent is acknowledged."""
        left = self._producer.flush(120)
        assert not left, f"{left} records were not acknowledged"
        assert not self._failed, self._failed[:3]

    def _delivered(self, error: KafkaError | None, message: object) -> None:
        del message
        if error is None:
            self.acknowledged += 1
        else:
            self._failed.append(error)
