"""``tidegate check``: processor time per event, beside the least that any checker does, and memory over many events.

The least: ``json.loads``, and fastavro's encoding of an event that is mapped already. Events are journeys of
containers, each with ids, times and references of its own, in every standard that is read.
"""

from __future__ import annotations

import gc
import io
import json
import random
import resource
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import fastavro
from stdnum import iso6346

from tidegate import standards
from tidegate.cli.check import COLLECT_AFTER
from tidegate.client.checking import SENDER, check, default_executor
from tidegate.events.builtin import EVENT_SCHEMA, builtin

JOURNEY = Path(__file__).parents[1] / "samples" / "journey.json"
CHUNK = 1 << 20
NOW_MS = 1_790_000_000_000
ROUNDS = 3


@dataclass(frozen=True)
class Checked:
    """One form of the same events: microseconds of processor time per event."""

    form: str
    events: int
    check_us: float
    least_us: float

    @property
    def ratio(self) -> float:
        """How many times the least a check costs."""
        return self.check_us / self.least_us


def checking(count: int) -> list[Checked]:
    """Every form, ``ROUNDS`` times in turn with the least; the best of each counts."""
    gc.set_threshold(COLLECT_AFTER, *gc.get_threshold()[1:])
    events = list(_events(count))
    mapped = [one.event for one in standards.read(events) if one.event is not None]
    later = [standards.write(one, "event", "dcsa-3.0").document for one in mapped]
    own = [standards.to_json(one, "event") for one in mapped]
    texts = {
        "DCSA 2.2, an array": (events, json.dumps(events)),
        "DCSA 2.2, JSON lines": (events, "\n".join(map(json.dumps, events))),
        "DCSA 3.0, an array": (later, json.dumps(later)),
        "canonical, an array": (own, json.dumps(own)),
    }
    return [_form(name, items, text.encode(), mapped) for name, (items, text) in texts.items()]


def table(rows: list[Checked]) -> str:
    """The rows for people."""
    said = [
        f"{row.form:22} {row.check_us:6.1f} us an event, {1e6 / row.check_us:8,.0f} events/s of one core; "
        f"{row.ratio:4.1f} times json and fastavro alone ({row.least_us:.1f} us)"
        for row in rows
    ]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return "\n".join([*said, f"memory at its most, with all texts: {peak:.0f} MiB"])


def _form(name: str, items: list[Any], text: bytes, mapped: list[dict[str, object]]) -> Checked:
    executor = default_executor()
    lines = [json.dumps(one) for one in items]
    schema = fastavro.parse_schema(json.loads(builtin(EVENT_SCHEMA).text), _ignore_default_error=True)

    def checked() -> int:
        chunks = (text[at : at + CHUNK] for at in range(0, len(text), CHUNK))
        return sum(1 for _ in check(executor, SENDER, name, chunks, "auto", NOW_MS))

    def least() -> int:
        for line, value in zip(lines, mapped, strict=True):
            json.loads(line)
            fastavro.schemaless_writer(io.BytesIO(), schema, value)
        return len(lines)

    if checked() != len(items):
        raise AssertionError("every event is checked")
    best = {"check": float("inf"), "least": float("inf")}
    for _ in range(ROUNDS):
        best["least"] = min(best["least"], _us(least))
        best["check"] = min(best["check"], _us(checked))
    return Checked(name, len(items), best["check"], best["least"])


def _us(work: Callable[[], int]) -> float:
    began = time.process_time()
    count = work()
    return (time.process_time() - began) / count * 1e6


def _events(count: int) -> Iterator[dict[str, Any]]:
    journey = json.loads(JOURNEY.read_text())
    rng = random.Random(1)
    for number in range(count):
        container, minutes = f"TGBU{number // len(journey) % 20_000:06d}", rng.randrange(200_000)
        known = {
            "PMLU4029178": container + iso6346.calc_check_digit(container),
            "PML26031877": f"PML{number // len(journey):08d}",
            "PMLYTN2603187": f"PMLYTN{number // len(journey):07d}",
            "HLF-2026-004417": f"HLF-2026-{number // len(journey) % 1_000_000:06d}",
        }
        event = _varied(journey[number % len(journey)], known, minutes)
        yield {**event, "eventID": str(uuid.UUID(int=rng.getrandbits(128)))}


def _varied(value: Any, known: dict[str, str], minutes: int) -> Any:
    if isinstance(value, dict):
        return {name: _varied(inner, known, minutes) for name, inner in value.items()}
    if isinstance(value, list):
        return [_varied(inner, known, minutes) for inner in value]
    if isinstance(value, str) and value.startswith("2026-") and "T" in value:
        return (datetime.fromisoformat(value) + timedelta(minutes=minutes)).isoformat()
    return known.get(value, value) if isinstance(value, str) else value
