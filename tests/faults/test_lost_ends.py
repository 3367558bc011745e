"""A broker that loses the end of a transaction: a partition holds records that nobody will commit or abort any more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import InvalidTxnState
from aiokafka.structs import TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType
from tests.faults.rig import Rig, until

from tidegate.broker.closing import close_producer
from tidegate.broker.cluster import Cluster

_LANE = 2


@pytest.mark.parametrize("topic", ["audit", pytest.param("out.port", marks=pytest.mark.soak)])
def test_a_lane_waits_for_the_end_of_a_transaction_that_its_broker_has_lost(rig: Rig, topic: str) -> None:
    """To go on would commit the lost records with the next batch: the log would fork, and deliveries come twice."""
    rig.hub()
    rig.await_open()
    rig.flow.start()
    rig.await_records(500)
    for hub in rig.hubs:
        assert hub.terminate() == 0
    lost = f"{rig.prefix}{topic}"
    with _unverified(rig.bootstrap):
        until(lambda: asyncio.run(_write(rig, lost, known=False)), "a record is written beside the coordinator")
    cluster = Cluster(rig.settings.kafka)
    assert asyncio.run(cluster.unfinished([lost], _LANE)) == [lost]

    # When a hub comes, whose producers fence the one that wrote it
    hub = rig.hub()
    others = [lane for lane in range(4) if lane != _LANE]
    until(lambda: rig.open_lanes() == others, "the other lanes are open")
    until(lambda: bool(_waits(hub.events(), lost)), "the lane says what it waits for")
    rig.await_records(500)

    # Then it writes nothing, until somebody ends the transaction
    assert _LANE not in rig.open_lanes()
    assert asyncio.run(cluster.unfinished([lost], _LANE)) == [lost], "nothing of the lane has ended it"
    assert asyncio.run(_write(rig, lost, known=True))
    rig.await_open()

    verdict = rig.verdict()
    assert verdict.clean, str(verdict)


def _waits(events: list[dict[str, object]], topic: str) -> list[dict[str, object]]:
    return [one for one in events if topic in str(one.get("event")) and one.get("lane") == _LANE]


async def _write(rig: Rig, topic: str, *, known: bool) -> bool:
    """A record of the lane's own producer, aborted. Not ``known``: its coordinator never hears of the partition, so the
    abort reaches the partition as little as an end that the broker lost. False when the broker does not take that yet.
    """
    kafka = rig.settings.kafka
    producer = AIOKafkaProducer(
        bootstrap_servers=rig.bootstrap,
        transactional_id=f"{kafka.topic_prefix}{kafka.group}-lane-{_LANE}",
        retry_backoff_ms=20,
    )
    await producer.start()
    try:
        await producer.begin_transaction()
        if not known:
            producer._txn_manager._txn_partitions.add(TopicPartition(topic, _LANE))
        await producer.send_and_wait(topic, b"never", partition=_LANE)
        if known:
            await producer.abort_transaction()
    except InvalidTxnState:
        if known:
            raise
        return False
    else:
        return True
    finally:
        await close_producer(producer, 5)


@contextmanager
def _unverified(bootstrap: str) -> Iterator[None]:
    """The broker takes records of partitions that their transaction does not know, as it did before KIP-890."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    name = "transaction.partition.verification.enable"

    def change(value: str | None) -> None:
        operation = AlterConfigOpType.DELETE if value is None else AlterConfigOpType.SET
        entry = ConfigEntry(name, value or "", incremental_operation=operation)
        resource = ConfigResource(ResourceType.BROKER, "1", incremental_configs=[entry])
        for future in admin.incremental_alter_configs([resource]).values():
            future.result(20)

    change("false")
    try:
        yield
    finally:
        change(None)
