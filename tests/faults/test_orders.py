"""``kill -9`` of hub processes while operators give orders: none of these, and no delivery, is lost or made twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace

import pytest
from tests import hubs
from tests.faults.asks import Asks
from tests.faults.evidence import Evidence, gather
from tests.faults.flow import HELD_SHIP, PARTNERS, Flow, Kind, Mix, write_rules
from tests.faults.judge import judge
from tests.faults.kills import kill_at_random
from tests.faults.late import late
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
    until(lambda: _answered(rig) >= len(asks), f"{len(asks)} orders carried out", 240)
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
    for sort, harmed in _harmed(evidence):
        assert sort in judge(harmed).faults, f"the judge has to notice: {sort}"
    print(verdict, f"{kills} kills, {rig.takeovers()} takeovers", sep="\n")


def _harmed(evidence: Evidence) -> Iterator[tuple[str, Evidence]]:
    """The same evidence with one thing wrong, and the sort of fault that it is."""
    event, partner = min(late(evidence).deliveries)
    lane, place = next(
        (lane, place)
        for lane, some in evidence.out[partner].items()
        for place, one in enumerate(some)
        if one.event == event
    )
    lost, doubled, without, forgotten, twice = (deepcopy(evidence) for _ in range(5))
    del lost.out[partner][lane][place]
    doubled.out[partner][lane].append(evidence.out[partner][lane][place])
    port = without.out[PARTNERS[0]].values()
    some, held = next((some, n) for some in port for n, one in enumerate(some) if HELD_SHIP in one.body)
    some[held] = replace(some[held], body=some[held].body.replace(HELD_SHIP, b""))
    forgotten.asked[lane].append(evidence.asked[lane][-1].model_copy(update={"id": "order-forgotten"}))
    number, logged = next((n, one) for n, one in enumerate(evidence.logs[lane]) if one.entry.orders)
    orders = (*logged.entry.orders, logged.entry.orders[-1])
    twice.logs[lane][number] = replace(logged, entry=replace(logged.entry, orders=orders))
    yield from (("lost", lost), ("doubled", doubled), ("held field", without), ("orders", forgotten), ("orders", twice))


def _switched(rig: Rig) -> bool:
    rig.progress.look()
    return all(any(entry.activation == 1 for entry in some) for some in rig.progress.entries.values())


def _answered(rig: Rig) -> int:
    rig.progress.look()
    return sum(len(entry.orders) for some in rig.progress.entries.values() for entry in some)
