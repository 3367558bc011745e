"""What is changed in aiokafka is still where it was: each of these fails when a release moves it."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka.consumer import fetcher
from aiokafka.errors import KafkaConnectionError, RequestTimedOutError
from aiokafka.producer import sender
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition

from tidegate.broker import lenient, patches
from tidegate.broker.batches import RecordBatch
from tidegate.broker.lenient import Fetched
from tidegate.gate.bodies import body, sized, varint

TP = TopicPartition("in.forwarder", 0)
READ_COMMITTED = 1


@pytest.fixture(autouse=True)
def _applied() -> None:
    patches.apply()


def test_the_sender_looks_its_handler_and_its_pause_up_by_these_names() -> None:
    text = inspect.getsource(sender)

    assert sender.EndTxnHandler is patches.EndTxnOnce
    assert "EndTxnHandler(self" in text
    assert "BACKOFF_OVERRIDE" in inspect.getsource(sender.AddPartitionsToTxnHandler)
    assert sender.BACKOFF_OVERRIDE == patches.BACKOFF_S


def test_the_handler_that_is_replaced_still_has_the_parts_that_ours_uses() -> None:
    original = patches.EndTxnOnce.__mro__[1]

    assert original.__name__ == "EndTxnHandler"
    assert {"create_request", "handle_response"} <= set(vars(original))
    assert list(inspect.signature(original.do).parameters) == ["self", "node_id"]
    assert "self.handle_response(" in inspect.getsource(original.do)


class _Client:
    """A connection that gets one kind of answer, and counts the questions."""

    def __init__(self, answer: Exception | Any) -> None:
        self.answer, self.asked = answer, 0

    async def send(self, node_id: int, request: object, group: object = None) -> Any:
        del node_id, request, group
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def a_handler(client: _Client) -> patches.EndTxnOnce:
    class Sender:
        _default_retry_backoff = 0.0
        _retry_backoff = 0.0

    Sender.client = client  # type: ignore[attr-defined]
    made = patches.EndTxnOnce.__new__(patches.EndTxnOnce)
    made._sender = Sender
    made.create_request = object
    return made


@pytest.mark.parametrize("trouble", [RequestTimedOutError(), KafkaConnectionError()])
async def test_a_commit_without_an_answer_is_sent_once_and_raises(trouble: Exception) -> None:
    client = _Client(trouble)

    with pytest.raises(patches.CommitUnanswered):
        await a_handler(client).do(0)

    assert client.asked == 1


def fetched(raw: bytes, *, mark: Any = patches.raw_record, start: int = 0, aborted: Sequence[Any] = ()) -> list[Any]:
    records = fetcher.MemoryRecords(raw)
    found = fetcher.PartitionRecords(TP, records, list(aborted), start, mark, None, True, READ_COMMITTED)
    return list(found)


def test_marked_consumers_get_records_as_they_are_and_others_get_copies() -> None:
    raw = RecordBatch([body(b"k", b"v", [("h", b"x")])], 1_000, transactional=False)._build()

    (record,), (copy,) = fetched(raw), fetched(raw, mark=None)

    assert type(record).__name__ == "DefaultRecord"
    assert (record.offset, record.timestamp, record.key, record.value) == (0, 1_000, b"k", b"v")
    assert list(record.headers) == [("h", b"x")]
    assert type(copy).__name__ == "ConsumerRecord"
    assert copy.topic == TP.topic


def odd(value: bytes) -> bytes:
    """A record whose header name is not UTF-8."""
    return sized(b"k") + sized(value) + varint(1) + sized(b"\xff\xfeh") + sized(b"x")


def batch(*bodies: bytes, at: int = 0) -> bytes:
    raw = RecordBatch(bodies, 1_000, transactional=False)._build()
    return at.to_bytes(8, "big") + raw[8:]


def test_aiokafka_itself_stops_at_a_header_name_that_is_not_utf8() -> None:
    """Were this to pass, ``lenient`` could go."""
    batches = MemoryRecords(batch(odd(b"v")))

    with pytest.raises(UnicodeDecodeError):
        list(batches.next_batch())


def test_a_header_name_that_is_not_utf8_stops_nothing() -> None:
    # Given three batches, one of which has such records first, between and last
    first = batch(body(None, b"0"), body(None, b"1"))
    second = batch(odd(b"2"), body(None, b"3"), odd(b"4"), body(None, b"5", [("n", b"x")]), odd(b"6"), at=2)
    third = batch(body(b"k", b"7"), odd(b"8"), at=7)

    # When the partition is read, from its start or from inside the batch
    every, rest = fetched(first + second + third), fetched(second + third, start=4)

    # Then all is there, once and in order, and only the name is not what it was
    assert [(record.offset, record.value) for record in every] == [(n, str(n).encode()) for n in range(9)]
    assert [record.offset for record in rest] == [4, 5, 6, 7, 8]
    assert list(every[2].headers) == [("��h", b"x")]
    assert list(every[5].headers) == [("n", b"x")]
    assert [record.key for record in every[6:]] == [b"k", b"k", b"k"]
    assert all(type(record.value) is bytes for record in every)


def test_records_of_an_aborted_transaction_stay_out_beside_such_a_name() -> None:
    # Given a batch of a producer whose transaction was aborted, after one with such a name
    aborted = RecordBatch([body(None, b"gone")], 1_000)
    aborted._set_producer_state(7, 0, 0)
    raw = batch(odd(b"0")) + (1).to_bytes(8, "big") + aborted._build()[8:] + batch(body(None, b"2"), at=2)

    assert [record.value for record in fetched(raw, aborted=[(7, 1)])] == [b"0", b"2"]


def test_the_fetcher_makes_its_records_by_the_name_that_is_replaced() -> None:
    text = inspect.getsource(fetcher.Fetcher)

    assert fetcher.MemoryRecords is Fetched
    assert "MemoryRecords(part_data[-1])" in text
    assert "self._records" in inspect.getsource(lenient._unpack)
