"""Bytes that somebody made to hurt, and the judge of what the scanner does with them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import fastavro
from tests.properties.codec import Reader, Writer, Wrong, decoded, encoded, long, plain, sorted_maps
from tests.properties.model import Type, written
from tests.properties.oracle import read, same, timeless

from tidegate.errors import InvalidEvent
from tidegate.events.normalising import compile_normal_form
from tidegate.events.rewriting import normal_form
from tidegate.events.scanner_source import IRREGULAR
from tidegate.events.schemas import Schema

ACCEPTED = "accepted"
NUMBERS = tuple(
    long(number)
    for number in (
        0,
        -1,
        1,
        -2,
        2,
        63,
        64,
        999,
        1001,
        2**31 - 1,
        2**31,
        -(2**31),
        -(2**31) - 1,
        10**8,
        2**63 - 1,
        -(2**63),
    )
)
ODD_NUMBERS = (
    b"\x80\x00",  # 0, in two bytes
    b"\x82\x80\x00",  # 1, in three
    b"\x80" * 9 + b"\x00",
    b"\xff" * 9 + b"\x01",  # the last number of 64 bits
    b"\xff" * 9 + b"\x02",  # the first beyond
    b"\xff" * 9 + b"\x7f",
    b"\xff" * 10 + b"\x01",  # eleven bytes
    b"\xff" * 40,
    b"\xff\xff\xff\xff\x0f",  # the last int
    b"\x80\x80\x80\x80\x10",  # the first beyond
)
BYTES = (0, 1, 2, 3, 0x7F, 0x80, 0x81, 0xC3, 0xED, 0xFE, 0xFF)


class Target:
    """A schema under attack."""

    def __init__(self, avro: Type) -> None:
        self.avro = avro
        self.schema = Schema.of(written(avro))
        self._parsed = fastavro.parse_schema(timeless(self.schema.json))

    def judge(self, data: bytes) -> str:
        """What the scanner says: ``ACCEPTED`` or its reason, after holding its answer against two readers."""
        try:
            flags = self.schema.scan(data, 0)[-1]
        except InvalidEvent as refusal:
            assert 0 <= refusal.offset <= len(data)
            assert refusal.reason
            assert not self._right(data), "good bytes refused"
            return refusal.reason
        value = decoded(self.avro, data)
        # fastavro ends the whole process on some bytes, so it sees none that our own reader has not read.
        assert same(read(self._parsed, data), plain(self.avro, value))
        again = encoded(self.avro, sorted_maps(self.avro, value))
        assert decoded(self.avro, again) == sorted_maps(self.avro, value)
        assert normal_form(self.schema.record, data) == again
        assert compile_normal_form(self.schema)(data, self.schema.scan(data, 0)) == again
        assert flags & IRREGULAR or data == again, "one value in two encodings, unsaid"
        return ACCEPTED

    def _right(self, data: bytes) -> bool:
        try:
            decoded(self.avro, data)
        except Wrong:
            return False
        return True


class Doubling(Writer):
    """Writes the first item of each array and the first entry of each map twice."""

    def _blocks(self, items: list[tuple[Type, str | None, Any]]) -> None:
        super()._blocks(items + items[:1])


def mutations(avro: Type, values: list[Any], random: Random, count: int) -> Iterator[bytes]:
    """Events of these values, most of them damaged: in lengths, counts and indexes above all."""
    writers: list[Writer] = []
    for value in values:
        for blocks in (None, random):
            writers.append(Writer(blocks))
            writers[-1].value(avro, value)
    writers.append(Doubling())
    writers[-1].value(avro, values[0])
    for _ in range(count):
        writer = random.choice(writers)
        data = writer.out
        for _ in range(random.choice((1, 1, 1, 2, 4))):
            data = _damaged(data, writer.places if data is writer.out else [], random.choice(writers).out, random)
        yield bytes(data)


def _damaged(data: bytearray, places: list[tuple[int, int]], other: bytearray, random: Random) -> bytearray:
    at = random.randint(0, len(data))
    to = min(len(data), at + random.choice((0, 1, 2, 8)))
    match random.randrange(8):
        case 0 | 1 if places:
            at, to = random.choice(places)
            return data[:at] + random.choice(NUMBERS + ODD_NUMBERS) + data[to:]
        case 2 if places:
            at, to = random.choice(places)
            near = Reader(bytes(data[at:to])).long() + random.choice((-1, 1))
            return data[:at] + long(near) + data[to:]
        case 3 if to > at:
            return data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :]
        case 4:
            return data[:at] + bytes([random.choice(BYTES)]) + data[to:]
        case 5:
            return data[:at] + data[to:]
        case 6:
            return data[:at]
        case _:
            start = random.randint(0, len(other))
            return data[:at] + other[start : start + random.choice((1, 4, 16, 2000))] + data[to:]


def filled(avro: Type, random: Random) -> Any:
    """Some value of a type, by a seed: for where hypothesis would be too slow or does not reach."""
    match avro.kind:
        case "record":
            return {field.name: filled(field.type, random) for field in avro.fields}
        case "union":
            index = random.randrange(len(avro.inner))
            return index, filled(avro.inner[index], random)
        case "array":
            return [filled(avro.inner[0], random) for _ in range(random.randrange(3))]
        case "map":
            return {
                key: filled(avro.inner[0], random)
                for key in random.sample(("k", "ключ", "key" * 30), random.randrange(4))
            }
        case _:
            return _leaf(avro, random)


def _leaf(avro: Type, random: Random) -> Any:
    match avro.kind:
        case "null":
            return None
        case "boolean":
            return random.random() < 0.5
        case "int" | "long":
            return random.getrandbits(random.choice((1, 7, 20, 31))) * random.choice((1, -1))
        case "enum":
            return random.choice(avro.symbols)
        case "string":
            return random.choice(("", "a", "HKHKG", "香港", "x" * 80))
        case _:
            size = {"float": 4, "double": 8, "bytes": random.randrange(4)}.get(avro.kind, avro.size)
            return random.randbytes(size)
