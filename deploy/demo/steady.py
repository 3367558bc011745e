"""The steady state: a trickle of journeys and two lines of counters, until Ctrl-C."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from itertools import count

from rich.live import Live
from rich.text import Text

from . import say
from .crash import send
from .journeys import CARRIER, FORWARDER, PARTNERS, Journey, Told
from .stage import Stage
from .topics import Topics
from .totals import WORDS, Expected

FIRST = 1_000
_UNDER_WAY = 6
_REPEAT_EVERY = 20
_EVERY_S = 0.5
_PLAIN_EVERY_S = 10.0


def run(stage: Stage, topics: Topics, expected: Expected, stop: threading.Event) -> None:
    """Until ``stop`` is set. A hub that ends by itself ends it too."""
    begun, last = time.monotonic(), 0.0
    live = Live(console=say.console, refresh_per_second=4, transient=True) if say.console.is_terminal else None
    with live or nullcontext():
        for events in _trickle(expected):
            stage.check_hubs()
            send(stage.settings, events, expected, "steady")
            line = _line(topics, expected, time.monotonic() - begun)
            if live is not None:
                live.update(line)
            elif time.monotonic() - last > _PLAIN_EVERY_S:
                last = time.monotonic()
                say.console.print(line, width=say.width())
            if stop.wait(_EVERY_S):
                return


def _trickle(expected: Expected) -> Iterator[list[Told]]:
    """One milestone after the other of some boxes under way; every now and then one is told twice."""
    numbers = count(FIRST)
    under_way: list[Iterator[Told]] = []
    for step in count(1):
        if len(under_way) < _UNDER_WAY:
            number = next(numbers)
            journey = Journey(CARRIER if number % 3 == 2 else FORWARDER, number)
            expected.journeys.append(journey)
            under_way.append(journey.told())
        event = next(under_way[0], None)
        under_way.append(under_way.pop(0))
        if event is None:
            under_way.pop()
            continue
        repeated = [replace(event, outcome="duplicate", partners=frozenset())] if step % _REPEAT_EVERY == 0 else []
        yield [event, *repeated]


def _line(topics: Topics, expected: Expected, seconds: float) -> Text:
    """How far it is."""
    outcomes = ", ".join(f"{n:,} {word}" for word in WORDS if (n := topics.audited.outcome(word)))
    deliveries = ", ".join(f"{partner} {topics.delivered(partner):,}" for partner in PARTNERS)
    clock = f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
    return Text.assemble(
        (f"{clock}  {expected.published:,} published: ", "bold"), f"{outcomes}\n", ("delivered: ", "bold"), deliveries
    )
