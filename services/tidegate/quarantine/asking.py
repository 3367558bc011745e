"""Asking: orders given to lanes, and their answers awaited in the audit."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from tidegate import audit
from tidegate.audit import DONE, CarriedOut, Kind
from tidegate.broker.cluster import Cluster
from tidegate.broker.logs import PartitionLog, open_log
from tidegate.broker.names import TopicNames
from tidegate.broker.publisher import open_publisher
from tidegate.errors import BadInput, Unconfirmed
from tidegate.quarantine.listing import Lying
from tidegate.quarantine.orders import MAX_NAME, MAX_REASON, Order, OrderKind
from tidegate.settings import Settings

_POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks, and why."""

    by: str
    reason: str

    def __post_init__(self) -> None:
        for what, said, limit in (("--by", self.by, MAX_NAME), ("--reason", self.reason, MAX_REASON)):
            if not said.strip() or len(said) > limit:
                raise BadInput(f"{what} has to say something, in at most {limit} characters: it stands in the audit")


@dataclass(frozen=True, slots=True)
class Given:
    """An order for a lane, and what people call what it is about."""

    lane: int
    name: str
    order: Order


async def ask(
    settings: Settings,
    given: Sequence[Given],
    wait_s: float,
    progress: Callable[[int], None] = lambda count: None,
) -> list[CarriedOut]:
    """Gives orders, and waits for what the audit says of them, in their order.

    Raises ``Unconfirmed`` when nobody runs one of the lanes, and then nothing was asked; or when not all were carried
    out in time. Those stand in the orders topic, and are carried out once their lane runs; only a look is not granted
    any more.
    """
    names = TopicNames(settings.kafka.topic_prefix)
    lanes = sorted({one.lane for one in given})
    await _owned(settings, names, lanes)
    async with AsyncExitStack() as stack:
        logs = {lane: await stack.enter_async_context(open_log(settings.kafka, names.audit, lane)) for lane in lanes}
        starts = {lane: (await log.bounds())[1] for lane, log in logs.items()}
        await _send(settings, names.orders, given)
        answers = await _answers(logs, starts, {one.order.id for one in given}, wait_s, progress)
    late = [one for one in given if one.order.id not in answers]
    if late:
        raise Unconfirmed(_sentence(late, len(given), wait_s))
    return [answers[one.order.id] for one in given]


async def look(settings: Settings, one: Lying, person: Person, wait_s: float) -> None:
    """Returns once the audit says that a person may see the raw bytes of a record. Raises ``Unconfirmed`` else."""
    (told,) = await ask(settings, orders_about(OrderKind.LOOK, [one], person, wait_s), wait_s)
    if told.outcome != DONE:
        raise Unconfirmed(f"{one.name} is not shown: the lane refused, {told.said}")


def _sentence(late: Sequence[Given], total: int, wait_s: float) -> str:
    lanes = ", ".join(map(str, sorted({one.lane for one in late})))
    said = f"{len(late)} of {total} orders were not carried out within {wait_s:g} s: lane {lanes} does not get on"
    if late[0].order.kind is OrderKind.LOOK:
        return f"{said}. Nothing is shown before the audit has who looked and why; look at the hub's /readyz"
    return (
        f"{said}. They stand in the orders topic and are carried out once it does, so do not give them again; "
        "look at the hub's /readyz, then at 'tidegate quarantine show'"
    )


def orders_about(kind: OrderKind, about: Sequence[Lying], person: Person, wait_s: float) -> list[Given]:
    """One order about each record."""
    return [
        Given(
            one.lane,
            one.name,
            Order(
                id=uuid.uuid4().hex,
                kind=kind,
                quarantine=one.at,
                topic=one.record.topic,
                topic_id=one.record.topic_id,
                offset=one.record.offset,
                by=person.by,
                reason=person.reason,
                asked_us=time.time_ns() // 1_000,
                wait_ms=int(wait_s * 1_000),
            ),
        )
        for one in about
    ]


def drains(lanes: Sequence[int], person: Person, for_s: float) -> list[Given]:
    """One order to each lane, to let the quarantine fill for a while."""
    return [
        Given(
            lane,
            f"lane {lane}",
            Order(
                id=uuid.uuid4().hex,
                kind=OrderKind.DRAIN,
                by=person.by,
                reason=person.reason,
                asked_us=time.time_ns() // 1_000,
                for_s=int(for_s),
            ),
        )
        for lane in lanes
    ]


async def _owned(settings: Settings, names: TopicNames, lanes: Sequence[int]) -> None:
    """Refuses what nobody would carry out."""
    owners = await Cluster(settings.kafka).owners(f"{settings.kafka.topic_prefix}{settings.kafka.group}", names.lanes)
    idle = [str(lane) for lane in lanes if lane not in owners]
    if idle:
        raise Unconfirmed(
            f"no hub runs lane {', '.join(idle)}, and an order is carried out and audited by the lane; nothing was "
            "asked: start a hub with 'tidegate hub', then try again"
        )


async def _send(settings: Settings, topic: str, given: Sequence[Given]) -> None:
    async with open_publisher(settings.kafka) as publisher:
        sent = []
        for one in given:
            key = f"{one.order.topic}/{one.lane}/{one.order.offset}".encode() if one.order.topic else None
            value = one.order.to_bytes()
            sent.append((value, await publisher.send(topic, key, value, partition=one.lane)))
        for value, future in sent:
            await publisher.confirmed(topic, value, future)


async def _answers(
    logs: Mapping[int, PartitionLog],
    starts: dict[int, int],
    wanted: set[str],
    wait_s: float,
    progress: Callable[[int], None],
) -> dict[str, CarriedOut]:
    """What the audit says of some orders, until nothing new is said for too long."""
    found: dict[str, CarriedOut] = {}
    until = time.monotonic() + wait_s
    while True:
        before = len(found)
        for lane, log in logs.items():
            _, end = await log.bounds()
            async for record in log.read(starts[lane], end):
                entry = audit.from_bytes(record.value)
                if entry.kind is Kind.ORDER:
                    found.update({one.id: one for one in entry.orders if one.id in wanted})
            starts[lane] = max(starts[lane], end)
        progress(len(found) - before)
        if len(found) > before:
            until = time.monotonic() + wait_s
        if len(found) == len(wanted) or time.monotonic() >= until:
            return found
        await asyncio.sleep(_POLL_S)
