"""The crash: events stream in, one of two hubs is killed with SIGKILL in the middle, and the other takes over."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from tidegate.client.publishing import publish
from tidegate.settings import Settings

from . import say
from .journeys import PARTNERS, Journey, Told, journeys
from .stage import FOLDER, HubProcess, Stage, Trouble, wait_for
from .topics import Topics
from .totals import Expected

FIRST, COUNT = 100, 32
"""Numbers of the journeys that stream in while a hub dies."""
BURST = range(6, 14)
"""Those that come all at once, just before: so that it dies with its hands full."""
_EVERY_S = 0.2


def send(settings: Settings, events: Iterable[Told], expected: Expected, name: str) -> int:
    """Publishes events as ``tidegate publish`` does, and counts them. The files are gone afterwards."""
    by_publisher: dict[str, list[Told]] = {}
    for event in events:
        by_publisher.setdefault(event.publisher, []).append(event)
    count = 0
    for publisher, some in by_publisher.items():
        file = write(name, some)
        done = asyncio.run(publish(settings, publisher, [file], "auto"))
        file.unlink()
        if done.refused:
            raise Trouble(f"{done.refused} events of {publisher} were refused: {done.findings[0][2].message}")
        expected.add(some)
        count += done.sent
    return count


def write(name: str, events: Iterable[Told]) -> Path:
    """Events as a file to publish."""
    folder = FOLDER / "inbox"
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.json"
    file.write_text(json.dumps([event.body for event in events], ensure_ascii=False, indent=1))
    return file


class _Stream(threading.Thread):
    """Publishes the journeys one after the other, steadily."""

    def __init__(self, settings: Settings, expected: Expected) -> None:
        super().__init__(name="stream", daemon=True)
        self._settings, self._expected = settings, expected
        self.sent = 0
        self.failed: Exception | None = None
        self.burst = threading.Event()
        self.stop = threading.Event()

    def run(self) -> None:
        try:
            several = journeys(COUNT, FIRST)
            self._expected.journeys += several
            self._publish(several[: BURST.start])
            self.sent += self._send(
                [event for journey in several[BURST.start : BURST.stop] for event in journey.told()]
            )
            self.burst.set()
            self._publish(several[BURST.stop :])
        except Exception as exc:  # noqa: BLE001  said by the thread that waits for us
            self.failed = exc
        finally:
            self.burst.set()

    def _publish(self, several: Iterable[Journey]) -> None:
        for journey in several:
            self.sent += self._send(journey.told())
            if self.stop.wait(_EVERY_S):
                return

    def _send(self, events: Iterable[Told]) -> int:
        return send(self._settings, events, self._expected, "stream")


def crash(stage: Stage, topics: Topics, expected: Expected) -> None:
    """Kills the hub with the most lanes under load, and shows that nothing is lost and nothing comes twice."""
    stage.await_lanes()
    owners = [f"{hub.name} (process {hub.process.pid}) lanes {_list(hub.lanes())}" for hub in stage.running]
    say.text(f"{' and '.join(owners)}. Events stream in.")
    before = topics.audited.records
    stream = _Stream(stage.settings, expected)
    stream.start()
    try:
        victim = max(stage.running, key=lambda hub: len(hub.lanes()))
        lost = victim.lanes()
        stream.burst.wait(60)
        killed = time.time()
        victim.process.kill()
        say.command(f"kill -9 {victim.process.pid}    # {victim.name}, lanes {_list(lost)}, amid the stream")
        victim.process.wait()
        (other,) = stage.running
        _watch(other, topics, stream, killed, lost)
    except BaseException:
        stream.stop.set()
        raise
    finally:
        stream.join(60)
    if stream.failed is not None:
        raise Trouble(f"publishing failed: {stream.failed}", 3)
    topics.settle(expected.published)
    twice = sum(_doubled(topics, partner) for partner in PARTNERS)
    count = topics.audited.records - before
    say.good(f"{stream.sent} events were published meanwhile, {count} decided; deliveries that came twice: {twice}")
    hidden = topics.hidden()
    if hidden:
        say.text(
            f"The dead hub left {hidden} deliveries in a transaction that it never ended. They stand in the partners' "
            "topics, Kafka hides them from every read_committed reader, and the other hub sent them anew."
        )


def _watch(other: HubProcess, topics: Topics, stream: _Stream, killed: float, lost: list[int]) -> None:
    """Until the other hub runs every lane."""
    wait_for(f"{other.name} to take over", lambda: set(lost) <= set(other.lanes()), 60)
    waited = [at - killed for lane, _, at in topics.audited.takeovers if lane in lost and at > killed]
    say.text(
        f"After {max(waited, default=time.time() - killed):.1f} s {other.name} has taken over lanes {_list(lost)} "
        f"and runs {_list(other.lanes())}; {stream.sent} events have been published so far."
    )


def _doubled(topics: Topics, partner: str) -> int:
    ids = [record.header("ce_id") for record in topics.of(f"out.{partner}")]
    return len(ids) - len(set(ids))


def _list(numbers: Iterable[int]) -> str:
    *some, last = map(str, numbers)
    return f"{', '.join(some)} and {last}" if some else last
