"""Memory: does a hub process stay flat over millions of events?"""

from __future__ import annotations

import time
from dataclasses import dataclass

from tests.bench.rig import Rig, clear, preload, provision, rss_mib, run, subject
from tests.hubs import HubProbe, hub_command


@dataclass(frozen=True)
class Growth:
    """Resident memory after each tenth of the events, MiB."""

    events: int
    rss_mib: list[float]

    def __str__(self) -> str:
        shown = ", ".join(f"{one:.0f}" for one in self.rss_mib)
        return f"{shown} MiB after each tenth of {self.events:,} events"


def flat(rig: Rig, count: int) -> Growth:
    prefix = f"m{int(time.time())}-"
    run(provision(rig, prefix, 5))
    run(preload(rig, prefix, count))
    log = rig.folder / f"{prefix}hub.log"
    found: list[float] = []
    with subject(hub_command(), rig.environment(prefix), log) as process:
        probe = HubProbe(log)
        while len(found) < 10:
            if probe.taken() >= count * (len(found) + 1) // 10:
                found.append(rss_mib(process.pid))
            else:
                time.sleep(0.2)
    run(clear(rig, prefix))
    return Growth(count, found)
