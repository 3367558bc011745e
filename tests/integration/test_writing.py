"""What the lane's writer sends is what a broker takes, and what others read."""

from __future__ import annotations

import asyncio
import socket
import uuid

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition
from tests.integration.conftest import MakeTopic

from tidegate.broker.batches import BATCH_BYTES, batches_of
from tidegate.broker.cluster import Cluster
from tidegate.broker.connecting import client_arguments
from tidegate.broker.writer import Fenced, LaneWriter
from tidegate.errors import BrokerUnavailable, ClaimsUnavailable, LaneLost
from tidegate.gate.bodies import body
from tidegate.settings import Settings


async def read(settings: Settings, topic: str, count: int) -> list[tuple[bytes | None, bytes | None, list[object]]]:
    async with AIOKafkaConsumer(
        topic,
        **client_arguments(settings.kafka),
        group_id=f"partner-{uuid.uuid4().hex}",
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        check_crcs=True,
    ) as consumer:
        found = [await consumer.getone() for _ in range(count)]
    return [(record.key, record.value, list(record.headers)) for record in found]


async def test_batches_of_our_own_making_are_taken_and_read(settings: Settings, a_topic: MakeTopic) -> None:
    """The broker checks the CRC and the structure of every batch, the consumer checks both again."""
    # Given records of all sizes, with and without keys, values and headers, in more than one batch
    topic = await a_topic("out.terminal", config={"max.message.bytes": "2097152"})
    records = [
        (None, b"v", []),
        (b"", b"", [("ce_id", b"1"), ("empty", b"")]),
        (b"k" * 4_096, b"v" * 700_000, [("h" * 200, b"x" * 9_000)]),
        (b"k", b"v" * 1_900_000, []),
        *[(b"k%d" % n, b"v%d" % n, [("n", b"%d" % n)]) for n in range(5_000)],
    ]
    bodies = [body(*record) for record in records]
    assert len(batches_of(bodies, 1_000)) > 2
    writer = LaneWriter(settings.kafka, settings.lane, 0)

    # When they are written in one transaction
    await writer.start()
    try:
        written = await writer.write({topic: bodies}, {}, 1_000)
    finally:
        await writer.drop()

    # Then a partner reads exactly them, in order
    assert written.offsets == {topic: 0}
    assert await read(settings, topic, len(records)) == records


async def test_what_is_checked_before_the_commit_can_keep_it_from_being_made(
    settings: Settings, a_topic: MakeTopic
) -> None:
    # Given a writer whose transaction is acknowledged, and a check that then fails
    topic = await a_topic("out.terminal")
    first, second = (LaneWriter(settings.kafka, settings.lane, 0) for _ in range(2))

    async def fails() -> None:
        raise ClaimsUnavailable("Redis does not answer")

    try:
        await first.start()
        with pytest.raises(ClaimsUnavailable):
            await first.write({topic: [body(None, b"1")]}, {}, 1_000, fails)
        with pytest.raises(LaneLost):
            await first.write({topic: [body(None, b"2")]}, {}, 1_000)

        # When the next owner of the lane writes
        await second.start()
        await second.write({topic: [body(None, b"3")]}, {}, 1_000, passes)
    finally:
        await asyncio.gather(first.drop(), second.drop())

    # Then nothing of the first is there
    assert [value for _, value, _ in await read(settings, topic, 1)] == [b"3"]


async def passes() -> None:
    """A check that finds all well."""


async def test_the_second_writer_of_a_lane_fences_the_first_and_ends_its_transaction(
    settings: Settings, a_topic: MakeTopic
) -> None:
    topic = await a_topic("out.terminal")
    first, second, elsewhere = [LaneWriter(settings.kafka, settings.lane, lane) for lane in (0, 0, 1)]
    try:
        await first.start()
        await first.write({topic: [body(None, b"1")]}, {}, 1_000)
        # What the first does without a commit
        await first._producer.begin_transaction()
        await first._producer.send_and_wait(topic, b"never", partition=0)

        await second.start()
        await elsewhere.start()
        await second.write({topic: [body(None, b"2")]}, {}, 1_000)

        await first._producer.client.force_metadata_update()
        with pytest.raises(LaneLost):
            await first.write({topic: [body(None, b"3")]}, {}, 1_000)
        with pytest.raises(LaneLost, match="used after trouble"):
            await first.write({topic: [body(None, b"4")]}, {}, 1_000)
    finally:
        for writer in (first, second, elsewhere):
            await writer.drop()

    assert [value for _, value, _ in await read(settings, topic, 2)] == [b"1", b"2"]


async def test_a_fence_has_a_name_of_its_own(settings: Settings, a_topic: MakeTopic) -> None:
    topic = await a_topic("out.terminal")
    first, second = [LaneWriter(settings.kafka, settings.lane, 0) for _ in range(2)]
    try:
        await first.start()
        await second.start()
        with pytest.raises(Fenced):
            await first.write({topic: [body(None, b"1")]}, {}, 1_000)
    finally:
        await first.drop()
        await second.drop()


async def test_a_record_that_the_topic_does_not_take_loses_the_lane_and_commits_nothing(
    settings: Settings, a_topic: MakeTopic
) -> None:
    """aiokafka would commit what is left of a transaction of which a send failed."""
    small = await a_topic("out.small", config={"max.message.bytes": "100000"})
    other = await a_topic("out.other")
    writer = LaneWriter(settings.kafka, settings.lane, 0)
    await writer.start()
    try:
        with pytest.raises(LaneLost):
            await writer.write({other: [body(None, b"half")], small: [body(None, b"x" * BATCH_BYTES)]}, {}, 1_000)
    finally:
        await writer.drop()

    again = LaneWriter(settings.kafka, settings.lane, 0)
    await again.start()
    try:
        await again.write({other: [body(None, b"whole")]}, {}, 1_000)
    finally:
        await again.drop()
    assert [value for _, value, _ in await read(settings, other, 1)] == [b"whole"]


async def test_source_offsets_are_committed_with_the_rest(settings: Settings, a_topic: MakeTopic) -> None:
    """They serve every lag tool."""
    source, out = await a_topic("in.forwarder"), await a_topic("out.terminal")
    writer = LaneWriter(settings.kafka, settings.lane, 0)
    await writer.start()
    try:
        await writer.write({out: [body(None, b"1")]}, {source: 42}, 1_000)
    finally:
        await writer.drop()

    group = f"{settings.kafka.topic_prefix}{settings.kafka.group}"
    async with AIOKafkaConsumer(**client_arguments(settings.kafka), group_id=group, enable_auto_commit=False) as asked:
        assert await asked.committed(TopicPartition(source, 0)) == 42


def test_the_length_of_a_batch_is_what_its_head_says() -> None:
    (batch,) = batches_of([body(b"k", b"v" * 20_000)] * 3, 1_000)
    raw = batch._build()

    assert batch.size() == len(raw) == 12 + int.from_bytes(raw[8:12], "big")
    assert batch.record_count() == 3
    assert MemoryRecords(raw).next_batch().validate_crc()


async def test_which_topics_have_an_open_transaction(settings: Settings, cluster: Cluster, a_topic: MakeTopic) -> None:
    # Given a transaction that is open in one topic, and another topic that nobody made
    topic, gone = await a_topic("audit"), f"{settings.kafka.topic_prefix}out.gone"
    producer = AIOKafkaProducer(**client_arguments(settings.kafka), transactional_id=topic)
    await producer.start()
    try:
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b"1", partition=0)

        # Then the one is named until the transaction has ended
        assert await cluster.unfinished([gone, topic], 0) == [topic]
        await producer.abort_transaction()
        async with asyncio.timeout(30):  # the markers are written after the answer
            while await cluster.unfinished([gone, topic], 0):
                await asyncio.sleep(0.05)
    finally:
        await producer.stop()


async def test_a_broker_that_does_not_answer_does_not_say_that_no_transaction_is_open(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        bootstrap = f"127.0.0.1:{silent.getsockname()[1]}"
        cluster = Cluster(settings.kafka.model_copy(update={"bootstrap": bootstrap, "connect_s": 0.5}))

        with pytest.raises(BrokerUnavailable):
            await cluster.unfinished(["audit"], 0)
