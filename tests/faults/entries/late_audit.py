"""A hub whose audit entry leaves 50 ms after the outputs of its transaction, as with several brokers.

With ``TIDEGATE_TEST_UNGUARDED`` a commit that got no answer is repeated, as aiokafka does by itself: the control.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.producer import sender

from tidegate.broker import patches
from tidegate.cli import main

GAP_S = 0.05
_send_batch = AIOKafkaProducer.send_batch


async def _late(self: AIOKafkaProducer, batch: Any, topic: str, **said: Any) -> Any:
    if topic.endswith("audit"):
        await asyncio.sleep(GAP_S)
    return await _send_batch(self, batch, topic, **said)


AIOKafkaProducer.send_batch = _late
if "TIDEGATE_TEST_UNGUARDED" in os.environ:  # noqa: TID251
    patches.EndTxnOnce = sender.EndTxnHandler  # type: ignore[misc]

if __name__ == "__main__":
    main()
