"""A partner topic that cannot be written: the lanes stall and name it; without that partner the rest goes on."""

from __future__ import annotations

import asyncio

import pytest
from tests.faults.flow import PARTNERS
from tests.faults.rig import Rig, until

from tidegate.broker.cluster import Cluster
from tidegate.provision.activation import read_ledger, suspend


@pytest.mark.timeout(240)
def test_it_is_named_and_the_others_go_on_once_it_is_suspended(rig: Rig) -> None:
    hub = rig.hub()
    rig.await_open()
    rig.flow.start()
    rig.await_records(500)
    partner = PARTNERS[1]
    topic = f"{rig.prefix}out.{partner}"

    asyncio.run(Cluster(rig.settings.kafka).delete([topic]))

    until(lambda: topic in str(hub.probe.health("/readyz")), "the topic named in /readyz")
    assert hub.probe.health("/livez")["live"], "a topic that is gone is no fault of the process"

    async def take_out() -> None:
        await suspend(rig.settings, await read_ledger(rig.settings), partner, "test", "its topic is gone", resume=False)

    asyncio.run(take_out())
    rig.await_records(500)
    rig.settle()
    until(lambda: topic not in str(hub.probe.health("/readyz")), "nothing waited for any more")
