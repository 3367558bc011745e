"""Redis loses everything, or its last second, while events flow: claims are written back behind the barrier."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from redis import Redis
from tests.faults.flow import Mix
from tests.faults.rig import Rig, until

MANY_REPEATS = Mix(repeated=80, latest_s=12.0)
"""Enough events are repeated across every loss that one claim that was not written back shows."""


def _wipe(rig: Rig) -> None:
    with Redis.from_url(rig.servers.redis.url) as client:
        client.flushall()


def _restart_empty(rig: Rig) -> None:
    rig.servers.redis.restart(empty=True)


def _crash(rig: Rig) -> None:
    """Killed, and started from its append-only file, which may lack its last second."""
    rig.servers.redis.kill()
    rig.servers.redis.start()


def _away(rig: Rig) -> None:
    rig.servers.redis.stop()
    time.sleep(3)
    rig.servers.redis.start()


def _pause(rig: Rig) -> None:
    rig.servers.redis.pause()
    time.sleep(8)
    rig.servers.redis.resume()


LOSSES = [_wipe, _restart_empty, _crash]
KEEPING = (_pause,)
"""After these the same process answers, with all that it had."""


@pytest.mark.timeout(300)
def test_claims_survive_a_wipe_an_empty_restart_and_a_crash_of_redis(rig: Rig) -> None:
    _run(rig, LOSSES)


@pytest.mark.soak
@pytest.mark.timeout(1_200)
def test_claims_survive_many_losses(rig: Rig) -> None:
    _run(rig, [*LOSSES, _away, _pause] * 4)


@pytest.mark.soak
def test_control_without_writing_back_the_judge_finds_doubled_deliveries(rig: Rig) -> None:
    rig.flow.mix = MANY_REPEATS
    rig.hub(TIDEGATE_REDIS__ON_CLAIMS_LOST="go_on")
    rig.await_open()
    rig.flow.start()
    rig.await_records(3_000)

    _wipe(rig)
    rig.await_records(3_000)

    verdict = rig.verdict()
    assert verdict.count("doubled") > 20, str(verdict)
    print("control:", {sort: len(some) for sort, some in verdict.faults.items()})


def _run(rig: Rig, losses: list[Callable[[Rig], None]]) -> None:
    rig.flow.mix = MANY_REPEATS
    hubs = [rig.hub(), rig.hub()]
    rig.await_open()
    until(lambda: all(hub.lanes() for hub in hubs), "both have lanes")
    rig.flow.start()
    stalls = []
    for lose in losses:
        rig.await_records(2_000)
        before = sum(len(hub.events("claims written back")) for hub in hubs)
        began = time.monotonic()

        lose(rig)

        if lose not in KEEPING:
            until(
                lambda before=before: sum(len(hub.events("claims written back")) for hub in hubs) >= before + 4,
                "all lanes have written their claims back",
            )
        rig.await_open()
        stalls.append(f"{lose.__name__[1:]} {time.monotonic() - began:.1f} s")

    verdict = rig.verdict()
    assert verdict.clean, str(verdict)
    assert verdict.figures["duplicate"] > 100 * len(losses), str(verdict)
    assert all(hub.process.returncode == 0 for hub in hubs)
    print("until all lanes were open again:", ", ".join(stalls), f"{verdict.figures['duplicate']} duplicates")
