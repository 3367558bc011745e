"""A second Avro codec, slow and plain: what the properties hold the product against. It shares no code with it.

A value is written with its union branches: ``(index, value)`` for a union; a dict for records and maps; a list for
arrays; raw bytes for float and double, so that every NaN stays the one it is.
"""

from __future__ import annotations

import struct
from random import Random
from typing import Any

from tests.properties.model import Type

EMPTY_ITEMS = 1_000
"""How many items without bytes one datum may hold."""


def long(number: int) -> bytes:
    """A number as Avro writes it."""
    raw = 2 * number if number >= 0 else -2 * number - 1
    out = b""
    while raw >= 128:
        out += bytes([raw % 128 + 128])
        raw //= 128
    return out + bytes([raw])


class Writer:
    """Encodes values. With ``random`` it writes arrays and maps in blocks of any size, with and without byte sizes, and
    map entries in any order. ``places`` collects where each length, count, index and number lies."""

    def __init__(self, random: Random | None = None) -> None:
        self.out = bytearray()
        self.places: list[tuple[int, int]] = []
        self._random = random

    def long(self, number: int) -> None:
        start = len(self.out)
        self.out += long(number)
        self.places.append((start, len(self.out)))

    def value(self, avro: Type, value: Any) -> None:
        match avro.kind:
            case "union":
                self.long(value[0])
                self.value(avro.inner[value[0]], value[1])
            case "record":
                for part in avro.fields:
                    self.value(part.type, value[part.name])
            case "array":
                self._blocks([(avro.inner[0], None, item) for item in value])
            case "map":
                self._blocks([(avro.inner[0], key, item) for key, item in value.items()])
            case _:
                self._leaf(avro, value)

    def _leaf(self, avro: Type, value: Any) -> None:
        match avro.kind:
            case "null":
                pass
            case "boolean":
                self.out.append(value)
            case "int" | "long":
                self.long(value)
            case "enum":
                self.long(avro.symbols.index(value))
            case "float" | "double" | "fixed":
                self.out += value
            case _:
                raw = value.encode() if isinstance(value, str) else value
                self.long(len(raw))
                self.out += raw

    def _blocks(self, items: list[tuple[Type, str | None, Any]]) -> None:
        if self._random and any(key is not None for _, key, _ in items):
            self._random.shuffle(items)
        while items:
            count = self._random.randint(1, len(items)) if self._random else len(items)
            sized = bool(self._random and self._random.random() < 0.4)
            inside = Writer(self._random)
            for avro, key, item in items[:count]:
                if key is not None:
                    inside.value(Type("string"), key)
                inside.value(avro, item)
            items = items[count:]
            self.long(-count if sized else count)
            if sized:
                self.long(len(inside.out))
            start = len(self.out)
            self.places += [(start + a, start + b) for a, b in inside.places]
            self.out += inside.out
        self.long(0)


def encoded(avro: Type, value: Any, random: Random | None = None) -> bytes:
    writer = Writer(random)
    writer.value(avro, value)
    return bytes(writer.out)


class Wrong(Exception):
    """The bytes are not exactly one datum."""


class Reader:
    """Decodes bytes and doubts every one of them. It takes its time, which nothing but the bytes' number bounds."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self._empty_items = EMPTY_ITEMS

    def take(self, count: int) -> bytes:
        if count < 0 or self.at + count > len(self.data):
            raise Wrong
        self.at += count
        return self.data[self.at - count : self.at]

    def long(self, bits: int = 64) -> int:
        start = self.at
        while self.take(1)[0] >= 128:
            if self.at - start == 10:
                raise Wrong
        raw = sum((byte & 127) << 7 * i for i, byte in enumerate(self.data[start : self.at]))
        number = raw // 2 if raw % 2 == 0 else -(raw // 2) - 1
        if raw >= 2**bits or long(number) != self.data[start : self.at]:
            raise Wrong
        return number

    def text(self) -> str:
        try:
            return self.take(self.long()).decode()
        except UnicodeDecodeError:
            raise Wrong from None

    def index(self, count: int) -> int:
        index = self.long()
        if not 0 <= index < count:
            raise Wrong
        return index

    def value(self, avro: Type) -> Any:
        match avro.kind:
            case "union":
                index = self.index(len(avro.inner))
                return index, self.value(avro.inner[index])
            case "record":
                return {part.name: self.value(part.type) for part in avro.fields}
            case "array":
                return [item for _, item in self._items(avro, keys=False)]
            case "map":
                items = self._items(avro, keys=True)
                if len({key for key, _ in items}) != len(items):
                    raise Wrong
                return dict(items)
            case _:
                return self._leaf(avro)

    def _leaf(self, avro: Type) -> Any:
        match avro.kind:
            case "null":
                return None
            case "boolean":
                byte = self.take(1)[0]
                if byte > 1:
                    raise Wrong
                return byte == 1
            case "int" | "long":
                return self.long(32 if avro.kind == "int" else 64)
            case "enum":
                return avro.symbols[self.index(len(avro.symbols))]
            case "string":
                return self.text()
            case "bytes":
                return self.take(self.long())
            case _:
                return self.take({"float": 4, "double": 8}.get(avro.kind, avro.size))

    def _items(self, avro: Type, *, keys: bool) -> list[tuple[str, Any]]:
        items: list[tuple[str, Any]] = []
        while count := self.long():
            end = None
            if count < 0:
                size = self.long()
                end = self.at + size
            for _ in range(abs(count)):
                start = self.at
                items.append((self.text() if keys else "", self.value(avro.inner[0])))
                if self.at == start:
                    self._empty_items -= 1
                    if self._empty_items < 0:
                        raise Wrong
            if end is not None and end != self.at:
                raise Wrong
        return items


def decoded(avro: Type, data: bytes) -> Any:
    """The value of bytes that are one datum and nothing else. Raises ``Wrong``."""
    reader = Reader(data)
    value = reader.value(avro)
    if reader.at != len(data):
        raise Wrong
    return value


def plain(avro: Type, value: Any) -> Any:
    """The value as fastavro reads it."""
    match avro.kind:
        case "union":
            return plain(avro.inner[value[0]], value[1])
        case "record":
            return {part.name: plain(part.type, value[part.name]) for part in avro.fields}
        case "array":
            return [plain(avro.inner[0], item) for item in value]
        case "map":
            return {key: plain(avro.inner[0], item) for key, item in value.items()}
        case "float" | "double":
            return struct.unpack("<f" if avro.kind == "float" else "<d", value)[0]
        case _:
            return value


def sorted_maps(avro: Type, value: Any) -> Any:
    """The value with the entries of all maps in the order of their keys' Avro bytes without length."""
    match avro.kind:
        case "union":
            return value[0], sorted_maps(avro.inner[value[0]], value[1])
        case "record":
            return {field.name: sorted_maps(field.type, value[field.name]) for field in avro.fields}
        case "array":
            return [sorted_maps(avro.inner[0], item) for item in value]
        case "map":
            return {key: sorted_maps(avro.inner[0], value[key]) for key in sorted(value, key=str.encode)}
        case _:
            return value
