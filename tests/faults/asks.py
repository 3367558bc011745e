"""Operators at work: they ask for all sorts of things about what lies in quarantine, twice, and at cross purposes."""

from __future__ import annotations

import random
import threading
import time

from confluent_kafka import Producer
from tests.faults.evidence import Aside, in_quarantine

from tidegate.quarantine.orders import Order, OrderKind

_ABOUT_HELD = (OrderKind.RELEASE, OrderKind.RELEASE, OrderKind.RELEASE, OrderKind.DISCARD, OrderKind.REDRIVE)
_ABOUT_FAILED = (OrderKind.REDRIVE, OrderKind.REDRIVE, OrderKind.REDRIVE, OrderKind.DISCARD, OrderKind.LOOK)
_DAY_MS = 86_400_000


class Asks:
    """Orders about everything in quarantine, one to three about each record, given from a thread of its own."""

    def __init__(self, bootstrap: str, prefix: str, seed: int, seconds: float) -> None:
        rng = random.Random(seed)
        drawn = [
            (one, rng.choice(_ABOUT_HELD if one.reason == "held" else _ABOUT_FAILED))
            for one in in_quarantine(bootstrap, prefix)
            for _ in range(rng.randrange(1, 4))
        ]
        rng.shuffle(drawn)
        self._orders = [(one.lane, _order(number, kind, one)) for number, (one, kind) in enumerate(drawn)]
        self._topic = f"{prefix}orders"
        self._pause_s = seconds / max(1, len(drawn))
        self._producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 5})
        self._thread = threading.Thread(target=self._run, name="asks", daemon=True)

    def __len__(self) -> int:
        return len(self._orders)

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        """Returns when all are given."""
        self._thread.join()
        assert not self._producer.flush(60)

    def _run(self) -> None:
        for lane, order in self._orders:
            self._producer.produce(self._topic, order.to_bytes(), partition=lane)
            self._producer.poll(0)
            time.sleep(self._pause_s)


def give(bootstrap: str, prefix: str, kind: OrderKind, about: Aside) -> str:
    """One order. Gives its id."""
    producer, order = Producer({"bootstrap.servers": bootstrap}), _order(0, kind, about)
    producer.produce(f"{prefix}orders", order.to_bytes(), partition=about.lane)
    assert not producer.flush(60)
    return order.id


def _order(number: int, kind: OrderKind, about: Aside) -> Order:
    return Order(
        id=f"order-{number:06}",
        kind=kind,
        quarantine=about.at,
        topic=about.topic,
        topic_id=about.topic_id,
        offset=about.offset,
        by=f"operator {number % 3}",
        reason="fault test",
        asked_us=time.time_ns() // 1_000,
        wait_ms=_DAY_MS,
    )
