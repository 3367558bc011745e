#!/usr/bin/env python3
"""Reads a topic of the hub with Confluent's client: its AvroDeserializer, and the hub's port as the schema registry.

    pip install 'confluent-kafka[avro,schemaregistry]'
    python confluent_client.py out.hk-terminal --bootstrap broker:9092 --registry http://hub:9464

One JSON object per record, until Ctrl-C. Exit codes: 0 done, 2 wrong arguments, 3 broker or registry away, 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any, NoReturn

from confluent_kafka import Consumer, KafkaException, Message
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

PATIENCE_S = 10.0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("topic", help="out.<you> for events; feedback.<you> for what a publisher is told")
    parser.add_argument("--bootstrap", default="127.0.0.1:9092", metavar="HOST:PORT", help="a broker")
    parser.add_argument("--registry", default="http://127.0.0.1:9464", metavar="URL", help="the hub's HTTP port")
    parser.add_argument("--group", default="confluent-example", help="consumer group; each goes on where it stopped")
    parser.add_argument("--count", type=int, default=0, metavar="N", help="stop after N records")
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    try:
        registry = SchemaRegistryClient({"url": asked.registry, "timeout": PATIENCE_S, "max.retries": 1})
        registry.get_subjects()
    except Exception as exc:  # noqa: BLE001 - the registry client raises what its HTTP library raises
        fail(3, f"no schema registry answers at {asked.registry} ({exc}); is the hub running, and is this its port?")
    # Without a reader's schema every record is read by the schema it was written with. Notices have one of their own.
    deserialize = AvroDeserializer(registry)
    consumer = Consumer(
        {
            "bootstrap.servers": asked.bootstrap,
            "group.id": asked.group,
            # Anything else also shows what a killed hub had begun and never finished, and shows it twice.
            "isolation.level": "read_committed",
            "auto.offset.reset": "earliest",
            # Offsets are kept once a record has been dealt with, so that a crash of ours loses none.
            "enable.auto.offset.store": False,
            "log_level": 0,
            # SASL and TLS go here: security.protocol, sasl.mechanism, sasl.username, sasl.password, ssl.ca.location.
        }
    )
    try:
        check_topic(consumer, asked)
        consumer.subscribe([asked.topic])
        done = 0
        while not asked.count or done < asked.count:
            message = consumer.poll(0.5)
            if message is None:
                continue
            if message.error():
                print(f"the broker says: {message.error().str()}; waiting", file=sys.stderr)
                continue
            print(json.dumps(described(message, deserialize), ensure_ascii=False, default=str), flush=True)
            consumer.store_offsets(message)
            done += 1
    except KafkaException as exc:
        fail(3, f"the broker at {asked.bootstrap} does not go on: {exc.args[0].str()}")
    finally:
        consumer.close()


def check_topic(consumer: Consumer, asked: argparse.Namespace) -> None:
    """Ends with a sentence when the broker or the topic is not there: the client itself would wait for ever."""
    try:
        found = consumer.list_topics(asked.topic, PATIENCE_S).topics[asked.topic]
    except KafkaException:
        fail(3, f"no broker answers at {asked.bootstrap}; is it up, and is this its address?")
    if found.error is not None:
        fail(2, f"{asked.topic} cannot be read: {found.error.str()}; ask the hub's operator")


def described(message: Message, deserialize: AvroDeserializer) -> dict[str, Any]:
    value, key = message.value(), message.key()
    if value[:1] == b"\x00":
        content = deserialize(value, SerializationContext(message.topic(), MessageField.VALUE, message.headers()))
    else:
        content = json.loads(value)  # feedback is JSON
    return {
        "partition": message.partition(),
        "offset": message.offset(),
        "key": None if key is None else key.decode(),
        "headers": {name: text.decode() for name, text in message.headers() or ()},
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
    try:
        main()
    except BrokenPipeError:
        enough()
    except KeyboardInterrupt:
        fail(130, "interrupted")
