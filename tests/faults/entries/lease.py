"""A hub that asks for its lease otherwise than by a heartbeat of its own: the controls.

``TIDEGATE_TEST_LEASE`` is ``commit``, which asks by a commit to the lease topic, or ``none``, which asks nobody.
"""

from __future__ import annotations

import os

from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from tidegate.broker.lease import Lease
from tidegate.cli import main


async def _by_commit(self: Lease, lane: int) -> bool:
    if lane not in self._lanes:
        return False
    try:
        await self._consumer.commit({TopicPartition(self._topic, lane): 0})
    except KafkaError:
        return False
    return True


async def _unasked(self: Lease, lane: int) -> bool:
    return lane in self._lanes


Lease.held = {"commit": _by_commit, "none": _unasked}[os.environ["TIDEGATE_TEST_LEASE"]]  # noqa: TID251

if __name__ == "__main__":
    main()
