"""Throughput: the hub beside the usual loop, in one run, at 1, 5 and 20 partners."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.bench.rig import Rig, clear, cpu_seconds, preload, provision, rss_mib, run, subject
from tests.hubs import HubProbe, hub_command

HUB, UNCHECKED, USUAL = "tidegate", "checks off", "usual loop"


@dataclass(frozen=True)
class Measured:
    """One case: events taken in per second, processor time per event, memory at the end."""

    subject: str
    partners: int
    events: int
    per_second: float
    cpu_us: float
    rss_mib: float


def measure(name: str, partners: int, pid: int, taken: Callable[[], int], count: int, seconds: float) -> Measured:
    """Watches a subject from its first progress on, until the backlog is gone or the time is up."""
    while not taken():
        time.sleep(0.1)
    began, first, cpu = time.monotonic(), taken(), cpu_seconds(pid)
    samples = [(began, first, cpu)]
    while samples[-1][1] < count and time.monotonic() - began < seconds:
        time.sleep(0.25)
        samples.append((time.monotonic(), taken(), cpu_seconds(pid)))
    # The last sample may lie after the end of the work.
    done = [sample for sample in samples if sample[1] < count] or samples
    (t0, n0, c0), (t1, n1, c1) = done[0], done[-1]
    events = max(1, n1 - n0)
    return Measured(name, partners, events, events / (t1 - t0), (c1 - c0) / events * 1e6, rss_mib(pid))


def hub_case(rig: Rig, partners: int, count: int, seconds: float, *, checks: bool = True) -> Measured:
    """One hub process over a backlog; with ``checks`` off it is ``unchecked``, which is the same without them."""
    prefix = f"h{partners}-{int(time.time())}-"
    run(provision(rig, prefix, partners))
    run(preload(rig, prefix, count))
    log = rig.folder / f"{prefix}hub.log"
    command = hub_command() if checks else hub_command("tests.bench.unchecked")
    with subject(command, rig.environment(prefix), log) as process:
        probe = HubProbe(log)
        found = measure(HUB if checks else UNCHECKED, partners, process.pid, probe.taken, count, seconds)
    run(clear(rig, prefix))
    return found


def usual_case(rig: Rig, partners: int, count: int, seconds: float) -> Measured:
    prefix = f"u{partners}-{int(time.time())}-"
    run(provision(rig, prefix, partners))
    run(preload(rig, prefix, count))
    endpoints = rig.servers.endpoints
    said = {"bootstrap": endpoints.bootstrap, "redis": endpoints.redis_url, "prefix": prefix, "partners": partners}
    command = [sys.executable, "-m", "tests.bench.usual", json.dumps(said)]
    log = rig.folder / f"{prefix}usual.log"
    with subject(command, rig.environment(prefix), log) as process:
        latest = _Latest(process)
        found = measure(USUAL, partners, process.pid, latest.taken, count, seconds)
    run(clear(rig, prefix))
    return found


class _Latest:
    """The last line that the usual loop has printed."""

    def __init__(self, process: Any) -> None:
        self._taken = 0
        threading.Thread(target=self._read, args=(process.stdout,), daemon=True).start()

    def _read(self, lines: Any) -> None:
        try:
            for line in lines:
                self._taken = json.loads(line)["taken"]
        except ValueError:
            return  # the process ended in the middle of a line

    def taken(self) -> int:
        return self._taken


def table(rows: list[Measured]) -> str:
    out = [f"{'subject':<12} {'partners':>8} {'events/s':>10} {'CPU us/event':>13} {'RSS MiB':>8} {'x usual':>8}"]
    usual = {row.partners: row.per_second for row in rows if row.subject == USUAL}
    for row in rows:
        ratio = f"{row.per_second / usual[row.partners]:.1f}" if row.partners in usual else "-"
        out.append(
            f"{row.subject:<12} {row.partners:>8} {row.per_second:>10,.0f} {row.cpu_us:>13.1f} {row.rss_mib:>8.0f} "
            f"{ratio:>8}"
        )
    return "\n".join(out)


def checks_ratios(rows: list[Measured]) -> str:
    """What semantic checks cost, by the events per second of one run."""
    off = {row.partners: row for row in rows if row.subject == UNCHECKED}
    return "\n".join(
        f"{row.partners} partners: checks on reach {row.per_second / off[row.partners].per_second:.2f} of the events/s "
        f"of checks off, and cost {row.cpu_us - off[row.partners].cpu_us:.1f} us per event"
        for row in rows
        if row.subject == HUB and row.partners in off
    )
