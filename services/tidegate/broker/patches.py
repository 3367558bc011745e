"""Four changes to aiokafka 0.14, all of them here. Each has a test that fails when aiokafka moves what it changes.

1. **A commit is sent once.** aiokafka silently repeats an EndTxn that got no answer. The late first one may then end
   the *next* transaction of the same producer half-way: outputs committed without their audit entry, 855 records
   doubled in a test. Ours raises when unanswered; the producer is then dead, and the lane is taken over again.
2. **The pause between transactions.** A new transaction that meets the markers of the last one sleeps
   ``BACKOFF_OVERRIDE``, 20 ms; at 1 ms a transaction takes 11 ms instead of 35.
3. **Records as they are.** ``getmany`` copies every record into a dataclass with eleven fields. A consumer that is made
   with ``key_deserializer=raw_record`` gets the record batch's own objects, which have offset, timestamp, key, value
   and headers; nothing else changes, and no other consumer is touched.
4. **A header name that is not UTF-8** does not stop a partition (``lenient``).
"""

from __future__ import annotations

from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import IncompatibleBrokerVersion, KafkaError
from aiokafka.producer import sender

from tidegate.broker import lenient

BACKOFF_S = 0.001


class CommitUnanswered(KafkaError):  # type: ignore[misc]
    """The broker did not answer a commit or an abort. Whether the transaction ended is not known."""


class EndTxnOnce(sender.EndTxnHandler):  # type: ignore[misc]
    """Ends a transaction with one request, or raises."""

    async def do(self, node_id: int) -> bool:
        try:
            response = await self._sender.client.send(node_id, self.create_request(), group=self.group)
        except IncompatibleBrokerVersion:
            raise
        except KafkaError as exc:
            raise CommitUnanswered(f"no answer to EndTxn: {exc!r}") from exc
        # An answer with an error means that nothing was done; aiokafka's own handling then repeats or raises.
        backoff = self.handle_response(response)
        if backoff is None:
            return True
        await sender.asyncio.sleep(backoff)
        return False


def raw_record(key: bytes | None) -> bytes | None:
    """Marks a consumer that wants records as they are. Never called for one."""
    return key


_copy_record = fetcher.PartitionRecords._consumer_record  # noqa: SLF001 - see the module's docstring


def _consumer_record(self: Any, tp: Any, record: Any) -> Any:
    return record if self._key_deserializer is raw_record else _copy_record(self, tp, record)


def apply() -> None:
    """Makes the changes. Called when ``broker`` is first used; making them twice does no harm."""
    sender.EndTxnHandler = EndTxnOnce
    sender.BACKOFF_OVERRIDE = BACKOFF_S
    fetcher.PartitionRecords._consumer_record = _consumer_record  # noqa: SLF001
    fetcher.PartitionRecords._unpack_records = lenient.unpack_records  # noqa: SLF001
    fetcher.MemoryRecords = lenient.Fetched
