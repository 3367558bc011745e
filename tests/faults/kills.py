"""Killing hub processes at random moments, with new ones started at once in their place."""

from __future__ import annotations

import random
import time

from tests.faults.rig import Rig


def kill_at_random(rig: Rig, times: int, rng: random.Random) -> None:
    """Kills one of the running hubs, so many times.

    Half of the moments lie anywhere, half shortly after somebody took a lane over: takeovers are short and would
    hardly be hit.
    """
    for number in range(times):
        if number % 2:
            _await_takeover(rig)
            time.sleep(rng.random() * 0.3)
        else:
            time.sleep(rng.random() * 6)
        victim = rng.choice(rig.running)
        victim.kill()
        rig.hub()


def _await_takeover(rig: Rig) -> None:
    """Until the next takeover, or until it is clear that none comes soon."""
    before, began = rig.takeovers(), time.monotonic()
    while rig.takeovers() == before and time.monotonic() - began < 8:
        time.sleep(0.02)
