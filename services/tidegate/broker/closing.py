"""Closing clients of aiokafka after trouble, when their own way to close may hang, or fail in odd ways.

A consumer that closes while a fetch fails raises the ``CancelledError`` of one of its own tasks. Whoever awaits that
without this module takes it for a cancellation of its own, and ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer


async def close_consumer(consumer: AIOKafkaConsumer, seconds: float) -> None:
    """Closes a consumer, and its connections in any case. Raises nothing but a cancellation of the caller."""
    if not await _ended(consumer.stop, seconds):
        await _ended(consumer._client.close, seconds)  # noqa: SLF001 - aiokafka has no other way to let go of it


async def close_producer(producer: AIOKafkaProducer, seconds: float) -> None:
    """Closes a producer, and its sender and connections in any case: a sender that lives on goes on sending."""
    if await _ended(producer.stop, seconds):
        return
    sender = producer._sender  # noqa: SLF001
    task = None if sender is None else sender.sender_task
    for _ in range(2):  # the first cancellation is answered by waiting for what is in flight
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=0.1)
    await _ended(producer.client.close, seconds)


async def _ended(close: Callable[[], Awaitable[Any]], seconds: float) -> bool:
    """Whether something closed in time and without an error. It runs in a task of its own, so what it raises stays."""

    async def run() -> None:
        await close()

    task = asyncio.create_task(run())
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        task.cancel()
    if not task.done() or task.cancelled():
        return False
    return task.exception() is None
