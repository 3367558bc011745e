"""The long form of the scanner's fuzz test, half on random schemas and half on the canonical event.

    PYTHONPATH=services:. python tests/properties/fuzz.py --count 1_000_000 --seed 1

It stops at the first fault, with the schema and the bytes, and ends with what the scanner said how often.
"""

from __future__ import annotations

import argparse
import faulthandler
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from tests.properties import strategies
from tests.properties.hostile import ACCEPTED, Target, filled, mutations

from tidegate.errors import InvalidEvent
from tidegate.events.scanner import Scan

PER_SCHEMA = 500
MEMORY = 2 << 30
"""An allocation of gigabytes ends the run as a ``MemoryError``, instead of the machine."""


class Run:
    """Counts verdicts and the slowest scan."""

    def __init__(self) -> None:
        self.verdicts: Counter[str] = Counter()
        self.schemas = 0
        self.slowest_s = 0.0

    def judge(self, target: Target, events: Iterable[bytes]) -> None:
        self.schemas += 1
        scan = target.schema.scan
        for event in events:
            if (spent := _time_s(scan, event)) > self.slowest_s:  # again: other processes want the processor too
                self.slowest_s = max(self.slowest_s, min(spent, *(_time_s(scan, event) for _ in range(3))))
            try:
                self.verdicts[target.judge(event)] += 1
            except BaseException:
                print(f"\n{target.avro!r}\n{event!r}", file=sys.stderr)
                raise

    def __str__(self) -> str:
        count, good = self.verdicts.total(), self.verdicts[ACCEPTED]
        head = f"{count:,} inputs, {self.schemas:,} schemas: {good:,} accepted, {count - good:,} refused; "
        slowest = f"slowest scan {self.slowest_s * 1e3:.1f} ms"
        return "\n  ".join([head + slowest, *(f"{n:>9,}  {verdict}" for verdict, n in self.verdicts.most_common())])


def _time_s(scan: Scan, event: bytes) -> float:
    start = time.perf_counter()
    with suppress(InvalidEvent):
        scan(event, 0)
    return time.perf_counter() - start


def random_schemas(count: int, seed: int) -> Run:
    run = Run()

    @seeded(seed)
    @settings(
        max_examples=max(1, count // PER_SCHEMA),
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data(), st.integers(0, 2**32))
    def fuzz(data: st.DataObject, number: int) -> None:
        avro = data.draw(strategies.records())
        values = [data.draw(strategies.values(avro)), filled(avro, Random(number))]
        run.judge(Target(avro), mutations(avro, values, Random(number), PER_SCHEMA))

    fuzz()
    return run


def canonical(count: int, seed: int) -> Run:
    run = Run()
    random = Random(seed)
    target = Target(strategies.EVENT)
    while run.verdicts.total() < count:
        values: list[Any] = [filled(target.avro, random) for _ in range(4)]
        run.judge(target, mutations(target.avro, values, random, PER_SCHEMA))
    run.schemas = 1
    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    faulthandler.enable()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    print("random schemas:", random_schemas(asked.count // 2, asked.seed), flush=True)
    print("canonical event:", canonical(asked.count // 2, asked.seed))


if __name__ == "__main__":
    main()
