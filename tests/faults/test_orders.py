"""``kill -9`` of hub processes while operators give orders: none of these, and no delivery, is lost or made twice."""

from __future__ import annotations

import asyncio
import random

import pytest
from tests import hubs
from tests.faults.asks import Asks
from tests.faults.evidence import gather
from tests.faults.flow import Flow, Kind, Mix, write_rules
from tests.faults.judge import judge
from tests.faults.kills import kill_at_random
from tests.faults.rig import Rig, until

FAILING = Mix(wrong=60, held=60, corrupt=10, conflicts=10)


@pytest.mark.timeout(400)
def test_orders_while_hubs_are_killed(rig: Rig) -> None:
    _run(rig, kills=6, seed=6)


@pytest.mark.soak
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("seed", [1, 2])
def test_orders_while_hubs_are_killed_again_and_again(rig: Rig, seed: int) -> None:
    _run(rig, kills=20, seed=seed)


def _run(rig: Rig, kills: int, seed: int) -> None:
    # Given a quarantine full of what failed and what waits, and rules that are mended
    rig.flow = Flow(rig.bootstrap, rig.prefix, seed=seed, mix=FAILING)
    for _ in range(2):
        rig.hub()
    rig.await_open()
    rig.flow.start()
    rig.await_records(3_000)
    rig.settle()
    mended = write_rules(rig.folder, rig.publishers, mended=True)
    asyncio.run(hubs.put_in_force(rig.settings, mended))
    until(lambda: _switched(rig), "every lane under the mended rules")

    # When operators ask for all sorts of things while hubs are killed and other events flow
    asks = Asks(rig.bootstrap, rig.prefix, seed, seconds=kills * 4)
    rig.flow = Flow(rig.bootstrap, rig.prefix, per_second=200, seed=seed + 100, mix=Mix(wrong=0), first=1_000_000)
    rig.flow.start()
    asks.start()
    kill_at_random(rig, kills, random.Random(seed))
    asks.join()
    until(lambda: _answered(rig) >= len(asks), f"{len(asks)} orders carried out", 120)
    rig.settle()
    rig.stop()

    # Then each came to what it has to, once
    evidence = gather(rig.bootstrap, rig.prefix, rig.publishers)
    verdict = judge(evidence)
    assert verdict.clean, str(verdict)
    assert verdict.figures["orders"] == len(asks)
    assert {Kind.WRONG, Kind.HELD} <= {
        one.kind for lanes in evidence.sent.values() for some in lanes.values() for one in some
    }
    print(verdict, f"{kills} kills, {rig.takeovers()} takeovers", sep="\n")


def _switched(rig: Rig) -> bool:
    rig.progress.look()
    return all(any(entry.activation == 1 for entry in some) for some in rig.progress.entries.values())


def _answered(rig: Rig) -> int:
    rig.progress.look()
    return sum(len(entry.orders) for some in rig.progress.entries.values() for entry in some)
