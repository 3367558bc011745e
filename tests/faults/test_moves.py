"""Lanes move while events flow: processes stop politely, others join and leave; order per key is kept."""

from __future__ import annotations

import time

import pytest
from tests.faults.rig import Rig, until
from tests.hubs import HubProcess

STOP_S = 10.0
"""``lane.stop_s``, the deadline of a graceful stop."""
LEAVE_S = 6.0
"""What leaving the group may take on top, when a join is in flight: one session."""


def test_lanes_move_within_seconds_when_a_third_process_joins_and_one_leaves(rig: Rig) -> None:
    first, second = rig.hub(), rig.hub()
    rig.await_open()
    rig.flow.start()
    rig.await_records(500)

    third = rig.hub()
    until(lambda: bool(third.lanes()) and len(rig.open_lanes()) == 4, "the third process has lanes", 60)
    joined = _moved(rig)
    rig.await_records(500)
    left = _stopped(rig, first)

    verdict = rig.verdict()
    assert verdict.clean, str(verdict)
    # A fence or two is lawful: a lane goes on until the next assignment excludes it, and its new owner fences it.
    assert all(hub.process.returncode == 0 for hub in (second, third)), "neither took a fence for a storm"
    print(f"lanes open again {joined:.2f} s after the assignment, {left:.2f} s after SIGTERM")


@pytest.mark.parametrize("times", [1, pytest.param(8, marks=[pytest.mark.soak, pytest.mark.timeout(900)])])
def test_a_process_that_is_told_to_stop_hands_its_lanes_over(rig: Rig, times: int) -> None:
    rig.hub()
    rig.hub()
    rig.await_open()
    rig.flow.start()
    took = []
    for _ in range(times):
        rig.await_records(300)
        took.append(_stopped(rig, rig.running[0]))
        rig.hub()
        until(lambda: all(hub.lanes() for hub in rig.running) and len(rig.open_lanes()) == 4, "both have lanes", 60)

    verdict = rig.verdict()
    assert verdict.clean, str(verdict)
    print(f"lanes open elsewhere after SIGTERM: {', '.join(f'{seconds:.2f} s' for seconds in took)}")


def _stopped(rig: Rig, hub: HubProcess) -> float:
    """Ends a process politely. Gives how long its lanes stood still: until the last was taken over elsewhere."""
    lanes = hub.lanes()
    assert lanes
    began = time.time()

    code = hub.terminate(STOP_S + LEAVE_S + 10)

    ended = time.time()
    assert code == 0
    assert hub.events("hub stopped")
    assert ended - began < STOP_S + LEAVE_S + 5, "within its deadline, and the time that leaving takes"
    rig.await_open()
    return max(_last_takeovers(rig, lanes)) - began


def _moved(rig: Rig) -> float:
    """How long after the last assignment the last of all lanes was open."""
    rig.await_open()
    return max(0.0, max(_last_takeovers(rig, frozenset(range(4)))) - rig.assigned_at())


def _last_takeovers(rig: Rig, lanes: frozenset[int]) -> list[float]:
    """When the last takeover of some lanes was decided, in seconds since 1970."""
    rig.progress.look()
    return [
        max(entry.decided_us for entry in rig.progress.entries[lane] if entry.kind == "TAKEOVER") / 1e6
        for lane in lanes
    ]
