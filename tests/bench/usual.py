"""The usual Python loop, as a baseline: getmany, fastavro, a filter, send, SET NX; no transactions.

Run as a process of its own: ``python -m tests.bench.usual <json>``. It prints one line of JSON per second: how many
events it has taken in. It does less than the hub (no audit, no headers, no checks) and may lose events when killed.
"""

from __future__ import annotations

import asyncio
import io
import json
import sys
import time
from typing import Any

import fastavro
import redis.asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from tests.bench.events import grant_fields

from tidegate.events.builtin import EVENT_SCHEMA, builtin

BATCH = 500


def _pick(schema: Any, paths: list[str]) -> Any:
    """A partner's schema: the fields that it may see, as anybody would write it down."""
    wanted: dict[str, list[str]] = {}
    for path in paths:
        name, _, inner = path.replace("[]", "").partition(".")
        wanted.setdefault(name, []).append(inner)
    fields = []
    for field in schema["fields"]:
        if field["name"] in wanted:
            inner = [name for name in wanted[field["name"]] if name]
            fields.append({**field, "type": _inner(field["type"], inner)} if inner else field)
    return {**schema, "fields": fields}


def _inner(kind: Any, names: list[str]) -> Any:
    if isinstance(kind, list):
        return [branch if branch == "null" else _inner(branch, names) for branch in kind]
    if kind["type"] == "array":
        return {**kind, "items": _inner(kind["items"], names)}
    return {**kind, "fields": [field for field in kind["fields"] if field["name"] in names]}


def _project(value: dict[str, Any], paths: list[str]) -> dict[str, Any]:
    """The fields of one event that a partner may see."""
    out: dict[str, Any] = {}
    for path in paths:
        name, _, inner = path.partition(".")
        if name.endswith("[]"):
            short = name[:-2]
            kept = out.setdefault(short, [{} for _ in value[short]])
            for target, source in zip(kept, value[short], strict=True):
                target[inner] = source[inner]
        elif inner:
            if value[name] is None:
                out[name] = None
            else:
                out.setdefault(name, {})[inner] = value[name][inner]
        else:
            out[name] = value[name]
    return out


async def main(said: dict[str, Any]) -> None:
    schema = builtin(EVENT_SCHEMA).json
    writer = fastavro.parse_schema(schema)
    partners = []
    for number in range(said["partners"]):
        paths = grant_fields(number)
        partners.append((f"{said['prefix']}out.q{number}", paths, fastavro.parse_schema(_pick(schema, paths))))
    consumer = AIOKafkaConsumer(
        f"{said['prefix']}in.forwarder",
        bootstrap_servers=said["bootstrap"],
        group_id=f"{said['prefix']}usual",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=4 << 20,
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=said["bootstrap"], acks="all", linger_ms=5, max_batch_size=512 << 10, compression_type=None
    )
    store = redis.asyncio.from_url(said["redis"])
    await consumer.start()
    await producer.start()
    taken, told = 0, time.monotonic()
    while True:
        found = await consumer.getmany(timeout_ms=200, max_records=BATCH)
        for records in found.values():
            taken += len(records)
            await _batch(records, writer, partners, producer, store, said["prefix"])
        if found:
            await consumer.commit()
        if time.monotonic() - told >= 1:
            told = time.monotonic()
            print(json.dumps({"taken": taken}), flush=True)


async def _batch(records: Any, writer: Any, partners: Any, producer: Any, store: Any, prefix: str) -> None:
    events = [fastavro.schemaless_reader(io.BytesIO(record.value[5:]), writer, None) for record in records]
    pipeline = store.pipeline(transaction=False)
    for event in events:
        pipeline.set(f"{prefix}seen:{event['eventId']}:{event['eventUpdatedTime']}", 1, nx=True, ex=7 * 86_400)
    fresh = await pipeline.execute()
    sends = []
    for record, event, new in zip(records, events, fresh, strict=True):
        if not new:
            continue
        for topic, paths, schema in partners:
            out = io.BytesIO()
            out.write(record.value[:5])
            fastavro.schemaless_writer(out, schema, _project(event, paths))
            sends.append(await producer.send(topic, out.getvalue(), key=record.key))
    await asyncio.gather(*sends)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
