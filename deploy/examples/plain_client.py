#!/usr/bin/env python3
"""Reads a topic of the hub with aiokafka and fastavro, and nothing that knows a schema registry.

    pip install aiokafka fastavro
    python plain_client.py out.hk-terminal --bootstrap broker:9092 --registry http://hub:9464

One JSON object per record, until Ctrl-C. Exit codes: 0 done, 2 wrong arguments, 3 broker or registry away, 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import logging
import os
import sys
import urllib.request
from typing import Any, NoReturn

import fastavro
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import KafkaError

PATIENCE_S = 10.0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("topic", help="out.<you> for events; feedback.<you> for what a publisher is told")
    parser.add_argument("--bootstrap", default="127.0.0.1:9092", metavar="HOST:PORT", help="a broker")
    parser.add_argument("--registry", default="http://127.0.0.1:9464", metavar="URL", help="the hub's HTTP port")
    parser.add_argument("--group", default="plain-example", help="consumer group; each goes on where it stopped")
    parser.add_argument("--count", type=int, default=0, metavar="N", help="stop after N records")
    return parser.parse_args()


class Schemas:
    """Schemas by id. An id never changes its meaning, so each is asked for once."""

    def __init__(self, registry: str) -> None:
        self._registry = registry
        self._known: dict[int, Any] = {}

    async def get(self, schema_id: int) -> Any:
        if schema_id not in self._known:
            said = await asyncio.to_thread(self.ask, f"/schemas/ids/{schema_id}")
            self._known[schema_id] = fastavro.parse_schema(json.loads(said["schema"]))
        return self._known[schema_id]

    def ask(self, path: str) -> Any:
        try:
            with urllib.request.urlopen(self._registry + path, timeout=PATIENCE_S) as answer:
                return json.load(answer)
        except (OSError, ValueError) as exc:  # ValueError: no URL, or an answer that is no JSON
            fail(3, f"no schema registry answers at {self._registry}{path} ({exc}); is the hub running, at this port?")


async def main(asked: argparse.Namespace) -> None:
    schemas = Schemas(asked.registry)
    await asyncio.to_thread(schemas.ask, "/subjects")
    consumer = AIOKafkaConsumer(
        bootstrap_servers=asked.bootstrap,
        group_id=asked.group,
        # Anything else also shows what a killed hub had begun and never finished, and shows it twice.
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        # SASL and TLS go here: security_protocol, sasl_mechanism, sasl_plain_username, ssl_context.
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            await consumer.start()
            there = await consumer.topics()
        if asked.topic not in there:
            fail(2, f"there is no topic {asked.topic} for you; ask the hub's operator")
        consumer.subscribe([asked.topic])
        await read(consumer, schemas, asked.count)
    except (TimeoutError, KafkaError) as exc:
        fail(3, f"no broker answers at {asked.bootstrap}; is it up, and is this its address? ({type(exc).__name__})")
    finally:
        await consumer.stop()


async def read(consumer: AIOKafkaConsumer, schemas: Schemas, count: int) -> None:
    left = count
    while True:
        found = await consumer.getmany(timeout_ms=500, max_records=left or None)
        for records in found.values():
            for record in records:
                print(json.dumps(await described(record, schemas), ensure_ascii=False, default=str), flush=True)
        if found:
            await consumer.commit()  # once all have been dealt with, so that a crash of ours loses none
            left -= sum(map(len, found.values())) if count else 0
            if count and left <= 0:
                return


async def described(record: ConsumerRecord, schemas: Schemas) -> dict[str, Any]:
    if record.value[:1] == b"\x00":  # Confluent's framing: a zero byte, four bytes of schema id, the value in Avro
        schema = await schemas.get(int.from_bytes(record.value[1:5], "big"))
        content = fastavro.schemaless_reader(io.BytesIO(record.value[5:]), schema, None)
    else:
        content = json.loads(record.value)  # feedback is JSON
    return {
        "partition": record.partition,
        "offset": record.offset,
        "key": None if record.key is None else record.key.decode(),
        "headers": {name: text.decode() for name, text in record.headers},
        "value": content,
    }


def enough() -> NoReturn:
    """Whoever reads our output has what they want. What was not printed comes again: its offset was not kept."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains of it at its end
    sys.exit(0)


def fail(code: int, sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what goes wrong is said in our own sentences
    try:
        asyncio.run(main(arguments()))
    except BrokenPipeError:
        enough()
    except KeyboardInterrupt:
        fail(130, "interrupted")
