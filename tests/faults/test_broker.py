"""The broker is restarted, killed and paused while events flow: hubs go on by themselves."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from tests.faults.rig import SESSION_S, Rig


def _restart(rig: Rig) -> None:
    rig.servers.kafka.restart()


def _crash(rig: Rig) -> None:
    rig.servers.kafka.kill()
    rig.servers.kafka.start()


def _pause(rig: Rig, seconds: float = SESSION_S + 2) -> None:
    rig.servers.kafka.pause()
    time.sleep(seconds)
    rig.servers.kafka.resume()
    rig.servers.kafka.wait_ready()


def _long_pause(rig: Rig) -> None:
    _pause(rig, 25)


def _crash_and_stay_away(rig: Rig) -> None:
    rig.servers.kafka.kill()
    time.sleep(15)
    rig.servers.kafka.start()


OUTAGES = [_restart, _crash, _pause]


@pytest.mark.timeout(400)
def test_a_broker_that_is_restarted_killed_and_paused(rig: Rig) -> None:
    _run(rig, OUTAGES)


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_a_broker_that_breaks_again_and_again(rig: Rig) -> None:
    _run(rig, [*OUTAGES, _long_pause, _crash_and_stay_away] * 3)


@pytest.mark.soak
def test_a_hub_that_is_told_to_stop_while_the_broker_hangs_ends_in_bounded_time(rig: Rig) -> None:
    hub = rig.hub()
    rig.await_open()
    rig.flow.start()
    rig.await_records(500)

    rig.servers.kafka.pause()
    began = time.monotonic()
    hub.terminate(60)
    took = time.monotonic() - began
    rig.servers.kafka.resume()
    rig.servers.kafka.wait_ready()

    rig.hub()
    verdict = rig.verdict()
    assert verdict.clean, str(verdict)
    print(f"ended after {took:.1f} s")


def _run(rig: Rig, outages: list[Callable[[Rig], None]]) -> None:
    hubs = [rig.hub(), rig.hub()]
    rig.await_open()
    rig.flow.start()
    stalls = []
    for break_it in outages:
        rig.await_records(1_000)

        break_it(rig)

        began = time.monotonic()
        rig.await_open()
        rig.await_records(1_000)
        stalls.append(f"{break_it.__name__[1:]} {time.monotonic() - began:.1f} s")

    verdict = rig.verdict()
    assert verdict.clean, str(verdict)
    assert all(hub.process.returncode == 0 for hub in hubs), "both processes lived through it"
    print("until 1,000 records were decided after it:", ", ".join(stalls), f"{rig.takeovers()} takeovers")
