"""SIGSTOP of a hub past its session: the other takes over, the sleeper commits nothing when it wakes up."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from tests.faults.rig import SESSION_S, Rig, until
from tests.hubs import HubProcess


def _all_settled(rig: Rig, hubs: list[HubProcess]) -> None:
    """Every process goes on by itself, and every lane is open in one of them."""
    rig.await_open(hubs)
    rig.await_records(500)
    assert all(hub.running for hub in hubs)


@pytest.mark.parametrize("times", [1, pytest.param(6, marks=[pytest.mark.soak, pytest.mark.timeout(900)])])
def test_a_hub_that_slept_past_its_session_commits_nothing_of_what_it_had(rig: Rig, times: int) -> None:
    sleeper, other = rig.hub(), rig.hub()
    rig.await_open()
    rig.flow.start()
    for _ in range(times):
        rig.await_records(500)
        assert sleeper.lanes()

        sleeper.pause()
        rig.await_open([other])
        rig.await_records(500)
        sleeper.resume()

        _all_settled(rig, [sleeper, other])
        until(lambda: bool(sleeper.lanes()), "the sleeper has lanes again")

    verdict = rig.verdict()
    assert verdict.clean, str(verdict)
    fenced = sleeper.events("lane fenced", "lane lost")
    assert fenced, "the sleeper found out by being refused"


_POINTS = [
    pytest.param("lease-checked", id="between lease check and producer start"),
    pytest.param("tail-read", id="between tail and second lease check", marks=pytest.mark.soak),
    pytest.param("sent", id="between the sends and the commit", marks=pytest.mark.soak),
]


@pytest.mark.parametrize("point", _POINTS)
def test_an_owner_that_a_sleeper_fences_recovers_by_itself(rig: Rig, tmp_path: Path, point: str) -> None:
    owner = rig.hub()
    rig.await_open()
    rig.flow.start()
    flag = tmp_path / "sleep"
    flag.touch()

    sleeper = rig.hub("tests.faults.entries.sleeper", TIDEGATE_TEST_SLEEP=f"{point}:{flag}")
    until(lambda: not flag.exists() and sleeper.paused, f"the second hub sleeps at {point}")
    rig.await_open([owner])
    rig.await_records(500)
    sleeper.resume()

    _all_settled(rig, [owner, sleeper])
    until(lambda: bool(sleeper.lanes()), "the sleeper has lanes")
    moved = set(sleeper.lanes())
    verdict = rig.verdict()
    assert verdict.clean, str(verdict)
    if point == "lease-checked":
        assert owner.events("lane fenced", "lane lost"), "the sleeper fenced the owner"
    else:
        # A lane that moves, as some do when the sleeper joins again, may be fenced by its new owner.
        fenced = {one["lane"] for one in owner.events("lane fenced")}
        assert fenced <= moved, "nobody fenced the owner of a lane that stayed"


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("asked", ["commit", "none"])
def test_control_with_another_lease_check_or_none_the_fence_alone_protects_what_is_written(
    rig: Rig, asked: str
) -> None:
    """The lease check spares takeovers and rebalances; it is not what keeps deliveries single."""
    rng = random.Random(3)
    for _ in range(3):
        rig.hub("tests.faults.entries.lease", TIDEGATE_TEST_LEASE=asked)
    rig.await_open()
    rig.flow.start()
    for number in range(6):
        victim = rng.choice(rig.running)
        if number % 2:
            victim.kill()
            rig.hub("tests.faults.entries.lease", TIDEGATE_TEST_LEASE=asked)
        else:
            victim.pause()
            time.sleep(SESSION_S + 1 + rng.random())
            victim.resume()
        time.sleep(rng.random() * 3)

    rig.await_open()
    verdict = rig.verdict()
    assert verdict.clean, str(verdict)
    print(f"control, lease asked by {asked}: {rig.takeovers()} takeovers, {rig.assignments()} assignments")
