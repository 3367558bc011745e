"""Reading a lane's sources and logs as a real broker gives them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition
from tests.integration.conftest import MakeTopic

from tidegate.broker.batches import RecordBatch
from tidegate.broker.cluster import Cluster
from tidegate.broker.connecting import client_arguments
from tidegate.broker.logs import open_log
from tidegate.broker.reader import LaneReader, OutOfRange
from tidegate.broker.writer import LaneWriter
from tidegate.errors import BrokerUnavailable
from tidegate.gate.bodies import body, sized, varint
from tidegate.settings import Settings

NOBODY: frozenset[str] = frozenset()
MUCH = 64 << 20


@asynccontextmanager
async def a_reader(settings: Settings, positions: dict[str, int]) -> AsyncIterator[LaneReader]:
    reader = LaneReader(settings.kafka, settings.lane, 0)
    await reader.start()
    try:
        reader.assign(positions)
        yield reader
    finally:
        await reader.drop()


async def send(settings: Settings, topic: str, *batches: Sequence[bytes]) -> None:
    """Writes record bodies as batches, byte for byte."""
    async with AIOKafkaProducer(**client_arguments(settings.kafka)) as producer:
        for bodies in batches:
            await (await producer.send_batch(RecordBatch(bodies, 1_000, transactional=False), topic, partition=0))


async def read_all(
    reader: LaneReader, count: int, limit: int = 2_000, limit_bytes: int = MUCH, skip: frozenset[str] = NOBODY
) -> list[dict[str, list[Any]]]:
    """Reads until so many records came: what each read gave."""
    found: list[dict[str, list[Any]]] = []
    while sum(len(records) for read in found for records in read.values()) < count:
        if read := await reader.read(limit, limit_bytes, 0.5, skip):
            found.append(read)
    return found


def values(reads: list[dict[str, list[Any]]], topic: str) -> list[bytes]:
    return [record.value for read in reads for record in read.get(topic, ())]


async def abort(settings: Settings, topic: str, *records: bytes) -> None:
    async with AIOKafkaProducer(**client_arguments(settings.kafka), transactional_id=f"{topic}-aborts") as producer:
        await producer.begin_transaction()
        for value in records:
            await producer.send_and_wait(topic, value, partition=0)
        await producer.abort_transaction()


async def test_a_header_name_that_is_not_utf8_does_not_stop_the_lane(settings: Settings, a_topic: MakeTopic) -> None:
    """The broker takes it; a publisher could else stop the lanes of all."""
    # Given such a record between others, in one batch and alone, and an aborted transaction behind it
    topic = await a_topic("in.hostile", config={"compression.type": "uncompressed"})
    odd = sized(b"k") + sized(b"2") + varint(1) + sized(b"\xff\xfe") + sized(b"x")
    await send(settings, topic, [body(None, b"1"), odd, body(None, b"3")], [odd])
    await abort(settings, topic, b"gone")
    await send(settings, topic, [body(b"k", b"4")])

    # When the lane reads, all at once and one by one
    async with a_reader(settings, {topic: 0}) as reader:
        once = await read_all(reader, 5)
        reader.assign({topic: 0})
        singly = await read_all(reader, 5, limit=1)

        # Then it gets everything, in order, and its lag ends
        assert values(once, topic) == values(singly, topic) == [b"1", b"2", b"3", b"2", b"4"]
        while await reader.lag():  # the marker of the abort may stand behind the last record
            assert not await reader.read(10, MUCH, 0.1, NOBODY)


async def test_every_source_gets_its_share_of_a_batch(settings: Settings, a_topic: MakeTopic) -> None:
    # Given one source with a backlog, and two with few records
    long, short, single = [await a_topic(name) for name in ("in.long", "in.short", "in.single")]
    await send(settings, long, [body(None, b"%d" % n) for n in range(3_000)])
    await send(settings, short, [body(None, b"%d" % n) for n in range(50)])
    await send(settings, single, [body(None, b"0")])

    # When batches are read until all has come
    async with a_reader(settings, dict.fromkeys((long, short, single), 0)) as reader:
        reads = await read_all(reader, 3_051, limit=90)

    # Then each read kept its limit, all came in order, and nobody waited behind the backlog
    assert all(sum(map(len, read.values())) <= 90 for read in reads)
    assert values(reads, long) == [b"%d" % n for n in range(3_000)]
    assert values(reads, short) == [b"%d" % n for n in range(50)]
    first = {topic: next(place for place, read in enumerate(reads) if topic in read) for topic in (long, short, single)}
    assert max(first.values()) - min(first.values()) <= 5


async def test_a_batch_ends_at_its_bytes_and_goes_on_where_it_ended(settings: Settings, a_topic: MakeTopic) -> None:
    # Given records of 100 KB and one of a megabyte, in two sources
    big = b"x" * 100_000
    one, two = await a_topic("in.one"), await a_topic("in.two")
    for n in range(20):
        await send(settings, one, [body(None, b"%02d" % n + big)])
    await send(settings, two, [body(None, b"00" + b"y" * 900_000)], [body(None, b"01")])

    # When read in batches of 300 KB
    async with a_reader(settings, {one: 0, two: 0}) as reader:
        reads = await read_all(reader, 22, limit_bytes=300_000)

    # Then nothing is lost, doubled or out of order, and only a single record is larger than a batch
    assert [value[:2] for value in values(reads, one)] == [b"%02d" % n for n in range(20)]
    assert [value[:2] for value in values(reads, two)] == [b"00", b"01"]
    for read in reads:
        sizes = [len(record.value) for records in read.values() for record in records]
        assert sum(sizes) <= 300_000 or len(sizes) == 1


async def test_what_is_put_back_comes_again_before_what_follows(settings: Settings, a_topic: MakeTopic) -> None:
    """So a lane halves a batch that kills a child process until one record is left, and goes on behind it."""
    one, two = await a_topic("in.one"), await a_topic("in.two")
    for topic in (one, two):
        await send(settings, topic, [body(None, b"%d" % n) for n in range(20)])

    async with a_reader(settings, {one: 0, two: 0}) as reader:
        reads: list[dict[str, list[Any]]] = []
        while sum(len(records) for read in reads for records in read.values()) < 40:
            found = await reader.read(16, MUCH, 0.5, NOBODY)
            whole = sum(map(len, found.values()))
            while whole > 1:
                found = reader.put_back_half(found)
                assert sum(map(len, found.values())) == whole // 2
                assert reader.has_put_back
                whole //= 2
            reads.append(found)
        assert not reader.has_put_back

    assert values(reads, one) == values(reads, two) == [b"%d" % n for n in range(20)]


async def test_a_source_that_is_left_alone_waits_and_then_goes_on(settings: Settings, a_topic: MakeTopic) -> None:
    """A publisher over its quota is paused; the others go on."""
    over, other = await a_topic("in.over"), await a_topic("in.other")
    for topic in (over, other):
        await send(settings, topic, [body(None, b"%d" % n) for n in range(10)])

    async with a_reader(settings, {over: 0, other: 0}) as reader:
        without = await read_all(reader, 10, limit=4, skip=frozenset({over}))
        assert await reader.lag() == 10
        assert await reader.lag(frozenset({over})) == 0
        rest = await read_all(reader, 10)

    assert values(without, other) == [b"%d" % n for n in range(10)]
    assert values(without, over) == []
    assert values(rest, over) == [b"%d" % n for n in range(10)]


@pytest.mark.parametrize("offset", [0, 900])
async def test_an_offset_that_is_not_there_is_said_and_never_skipped(
    settings: Settings, cluster: Cluster, a_topic: MakeTopic, offset: int
) -> None:
    """aiokafka with a reset policy would go on elsewhere with no more than a line in its log."""
    # Given a source whose first records retention has taken
    topic = await a_topic("in.short")
    await send(settings, topic, [body(None, b"0"), body(None, b"1"), body(None, b"2")])
    await delete_before(settings, topic, 2)

    # When a lane reads from an offset before its beginning, or beyond its end
    async with a_reader(settings, {topic: offset}) as reader:
        with pytest.raises(OutOfRange) as caught:
            while True:
                await reader.read(10, MUCH, 0.2, NOBODY)

        # Then it is told so
        assert caught.value.topics == {topic: offset}
        assert await reader.beginnings([topic]) == {topic: 2}


async def delete_before(settings: Settings, topic: str, offset: int) -> None:
    admin = AIOKafkaAdminClient(**client_arguments(settings.kafka))
    await admin.start()
    try:
        await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(before_offset=offset)})
    finally:
        await admin.close()


async def test_the_tail_of_a_log_that_ends_in_aborted_transactions(settings: Settings, a_topic: MakeTopic) -> None:
    # Given a log whose last hundred offsets are aborted records and markers
    topic = await a_topic("audit")
    await send(settings, topic, [body(b"0", b"%d" % n) for n in range(3)])
    await abort(settings, topic, *(b"gone" for _ in range(60)))
    await abort(settings, topic, *(b"gone" for _ in range(60)))

    # When its tail is read
    async with open_log(settings.kafka, topic, 0) as log:
        found = await log.tail()

    # Then it holds the last record that was committed
    assert found[-1].value == b"2"
    assert found[-1].offset == 2


async def test_the_tail_of_an_empty_log_is_empty(settings: Settings, a_topic: MakeTopic) -> None:
    empty, aborted = await a_topic("audit"), await a_topic("audit-2")
    await abort(settings, aborted, b"gone")

    for topic in (empty, aborted):
        async with open_log(settings.kafka, topic, 0) as log:
            assert await log.tail() == []


async def test_a_log_that_the_broker_does_not_give_is_named(settings: Settings) -> None:
    """An error of the client's own is none that anybody waits for: it ended the hub that looked at its quarantine."""
    kafka = settings.kafka.model_copy(update={"connect_s": 0.5})
    topic = f"{kafka.topic_prefix}gone"

    async with open_log(kafka, topic, 0) as log:
        for ask in (log.bounds(), log.offset_at(0), log.tail(), log.at(0)):
            with pytest.raises(BrokerUnavailable, match=f"{topic}-0 could not be read"):
                await ask


async def test_a_log_whose_beginning_retention_takes_while_it_is_read_is_named(
    settings: Settings, a_topic: MakeTopic
) -> None:
    topic = await a_topic("quarantine")
    await send(settings, topic, [body(None, b"0"), body(None, b"1"), body(None, b"2")])
    async with open_log(settings.kafka, topic, 0) as log:
        begin, end = await log.bounds()
        await delete_before(settings, topic, 2)

        with pytest.raises(BrokerUnavailable, match=f"{topic}-0 could not be read"):
            _ = [record async for record in log.read(begin, end)]


async def test_a_log_is_read_up_to_an_open_transaction_and_no_further(settings: Settings, a_topic: MakeTopic) -> None:
    topic = await a_topic("audit")
    writer = LaneWriter(settings.kafka, settings.lane, 0)
    await writer.start()
    try:
        await writer.write({topic: [body(b"0", b"0")]}, {}, 1_000)
        async with AIOKafkaProducer(**client_arguments(settings.kafka), transactional_id=f"{topic}-open") as producer:
            await producer.begin_transaction()
            await producer.send_and_wait(topic, b"open", partition=0)
            async with open_log(settings.kafka, topic, 0) as log:
                begin, end = await log.bounds()
                found = [record.value async for record in log.read(begin, end)]
            await producer.abort_transaction()
    finally:
        await writer.drop()

    assert found == [b"0"]
