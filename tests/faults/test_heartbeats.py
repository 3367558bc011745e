"""Heartbeats while hubs are killed: each once, in the audit byte for byte, by who holds the lane; events as ever."""

from __future__ import annotations

import random

import pytest
from tests.faults.evidence import gather
from tests.faults.flow import LANES, LISTENER
from tests.faults.judge import judge
from tests.faults.kills import kill_at_random
from tests.faults.rig import Rig

from tidegate.audit import Kind


@pytest.mark.soak
@pytest.mark.timeout(300)
def test_kills_of_two_hubs_that_have_a_pulse(rig: Rig) -> None:
    rig.provision(heartbeats=True)
    for _ in range(2):
        rig.hub()
    rig.await_open()
    rig.flow.start()

    kill_at_random(rig, 4, random.Random(4))

    rig.settle()
    rig.stop()
    evidence = gather(rig.bootstrap, rig.prefix, rig.publishers, rig.partners)
    verdict = judge(evidence)
    assert verdict.clean, str(verdict)
    assert verdict.figures[f"heartbeats to {LISTENER}"] >= LANES, str(verdict)
    for lane, logs in evidence.logs.items():
        told = sum(
            said.partner == LISTENER
            for one in logs
            if one.entry.kind is Kind.HEARTBEAT
            for said in one.entry.deliveries
        )
        assert told == len(evidence.out[LISTENER][lane]) > 0
    print(verdict)
