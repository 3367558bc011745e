"""Crafted bytes: each is refused with its reason, and within steps and memory that its length bounds."""

from __future__ import annotations

import sys
import tracemalloc
from types import FrameType
from typing import Any

import pytest
from tests.properties import strategies
from tests.properties.codec import long
from tests.properties.hostile import ACCEPTED, NUMBERS, ODD_NUMBERS, Target
from tests.properties.model import Type, array_of, map_of, record_of, union_of

from tidegate.errors import InvalidEvent
from tidegate.events.scanner_source import ZERO_BYTE_ITEMS

NULL, INT, LONG, TEXT, RAW = Type("null"), Type("int"), Type("long"), Type("string"), Type("bytes")
EMPTY = Type("record", "Empty")
NOTHING = Type("fixed", "Nothing", size=0)

# One line each: a schema of one field or two, bytes that are no datum of it, and the reason that has to be given.
HUGE = long(100_000_000)
TOO_MANY = "a count that the bytes left cannot hold"
NO_BRANCH = "a union index that the schema does not have"
NO_SYMBOL = "an enum index that the schema does not have"
REFUSED = [
    # counts
    (array_of(INT), HUGE, TOO_MANY),
    (array_of(INT), b"\xff" * 9 + b"\x01" + b"\0", TOO_MANY),  # the least long
    (array_of(INT), long(3) + b"\0\0", TOO_MANY),
    (array_of(Type("double")), long(2) + bytes(14) + b"\0", TOO_MANY),
    (map_of(NULL), HUGE, TOO_MANY),
    (map_of(NOTHING), HUGE + bytes(64), TOO_MANY),
    (map_of(NULL), long(2) + long(1) + b"a" + long(1) + b"a" + b"\0", "a map key twice"),
    (map_of(INT), long(1) + b"\2a\0" + long(1) + b"\2a\2" + b"\0", "a map key twice"),
    # items without bytes
    (array_of(NULL), HUGE + b"\0", TOO_MANY),
    (array_of(EMPTY), HUGE + b"\0", TOO_MANY),
    (array_of(NOTHING), HUGE + b"\0", TOO_MANY),
    (array_of(NULL), long(-(2**63)) + b"\0\0", TOO_MANY),
    (
        array_of(record_of(NULL, EMPTY, name="Hollow")),
        long(ZERO_BYTE_ITEMS + 1) + b"\0",
        TOO_MANY,
    ),
    (array_of(NULL), (long(600)) * 2 + b"\0", TOO_MANY),
    (array_of(array_of(NULL)), long(2) + (long(600) + b"\0") * 2 + b"\0", TOO_MANY),
    (
        map_of(array_of(NULL)),
        long(2) + b"\2a" + long(600) + b"\0\2b" + long(600) + b"\0\0",
        TOO_MANY,
    ),
    # sizes of blocks
    (array_of(INT), long(-1) + long(2) + b"\0\0", "a block that ends elsewhere than its size says"),
    (array_of(INT), long(-1) + long(0) + b"\0\0", "a block that ends elsewhere than its size says"),
    (array_of(INT), long(-1) + long(-1) + b"\0\0", "a negative block size"),
    (map_of(INT), long(-1) + long(2**62) + b"\2a\0\0", "a block that ends elsewhere than its size says"),
    # indexes
    (union_of(NULL, TEXT), long(-1), NO_BRANCH),
    (union_of(NULL, TEXT), long(2), NO_BRANCH),
    (union_of(NULL, TEXT), b"\x80\0", NO_BRANCH),
    (Type("enum", "E", symbols=("A", "B")), long(-1), NO_SYMBOL),
    (Type("enum", "E", symbols=("A", "B")), long(2), NO_SYMBOL),
    (Type("enum", "E", symbols=strategies.symbols(64)), long(64), NO_SYMBOL),
    (Type("enum", "E", symbols=strategies.symbols(64)), b"\x82\0", NO_SYMBOL),
    (Type("enum", "E", symbols=strategies.symbols(65)), long(65), NO_SYMBOL),
    (Type("enum", "E", symbols=strategies.symbols(100)), long(-65), NO_SYMBOL),
    (Type("enum", "E", symbols=strategies.symbols(100)), b"\x82\0", "a varint longer than its value needs"),
    # numbers
    (Type("boolean"), b"\x7f", "a boolean that is neither 0 nor 1"),
    (Type("boolean"), b"\2", "a boolean that is neither 0 nor 1"),
    (INT, long(2**31), "an int beyond 32 bits"),
    (INT, long(-(2**31) - 1), "an int beyond 32 bits"),
    (INT, b"\x80\0", "a varint longer than its value needs"),
    (LONG, b"\x80\0", "a varint longer than its value needs"),
    (LONG, b"\x80" * 7 + b"\0", "a varint longer than its value needs"),  # eight bytes: the short cut
    (LONG, b"\xff" * 8 + b"\0", "a varint longer than its value needs"),
    (LONG, b"\xff" * 9 + b"\2", "a varint beyond 64 bits"),
    (LONG, b"\xff" * 9 + b"\x7f", "a varint beyond 64 bits"),
    (LONG, b"\xff" * 10 + b"\1", "a varint of more than 10 bytes"),
    (LONG, b"\x80" * 1000, "a varint of more than 10 bytes"),
    # texts and bytes
    (TEXT, long(-1), "a negative length"),
    (RAW, long(-(2**63)), "a negative length"),
    (TEXT, b"\x82\0a", "a varint longer than its value needs"),
    (TEXT, long(2**62) + b"abc", "the bytes end early"),
    (RAW, long(2**63 - 1), "the bytes end early"),
    (TEXT, long(2) + b"\xc0\x80", "text that is not UTF-8"),
    (TEXT, long(3) + b"\xed\xa0\x80", "text that is not UTF-8"),  # half of a surrogate pair
    (TEXT, long(4) + b"\xf4\x90\x80\x80", "text that is not UTF-8"),  # beyond Unicode
    (TEXT, long(1) + b"\xe6", "text that is not UTF-8"),
    (map_of(NULL), long(1) + long(1) + b"\xff" + b"\0", "text that is not UTF-8"),
    (array_of(TEXT), long(1) + long(1) + b"\xff" + b"\0", "text that is not UTF-8"),
    # ends
    (INT, b"", "the bytes end early"),
    (INT, b"\0\0", "more bytes than the record has"),
    (EMPTY, b"\0", "more bytes than the record has"),
    (Type("double"), bytes(7), "the bytes end early"),
    (Type("fixed", "F", size=2**31 - 1), bytes(9), "the bytes end early"),
]


@pytest.mark.parametrize(("avro", "data", "reason"), REFUSED)
def test_bytes_that_other_decoders_fall_for(avro: Type, data: bytes, reason: str) -> None:
    # Given a schema of one field
    target = Target(record_of(avro))

    # When crafted bytes come
    verdict = target.judge(data)

    # Then they are refused, with the reason
    assert verdict == reason


@pytest.mark.parametrize("number", NUMBERS + ODD_NUMBERS)
@pytest.mark.parametrize(
    "avro", [INT, LONG, RAW, TEXT, array_of(INT), array_of(NULL), map_of(NULL), union_of(NULL, INT)]
)
def test_any_number_anywhere(avro: Type, number: bytes) -> None:
    # Given a schema that begins with a number, a length, a count or an index
    target = Target(record_of(avro, LONG))

    # When it begins with an unlikely one, and goes on or does not
    verdicts = [target.judge(number + rest) for rest in (b"", b"\0", bytes(2), bytes(9), b"\2" * 9, b"\1" * 9)]

    # Then the judge found no fault
    assert len(verdicts) == 6


KIB_64 = 65_536
# What 64 KiB can be made to mean, good or not: much work for each byte, or much memory.
WIDE = union_of(*(Type("fixed", f"F{number}") for number in range(63)))
FLOODS = {
    "nulls in arrays in an array": (array_of(array_of(NULL)), long(21_000) + (long(1000) + b"\0") * 21_000),
    "empty records in arrays in a map": (
        map_of(array_of(EMPTY)),
        long(8_000) + b"".join(long(4) + b"%04x" % n + long(1000) + b"\0" for n in range(8_000)),
    ),
    "blocks of one": (array_of(INT), (long(1) + b"\0") * 32_000),
    "blocks with sizes": (array_of(INT), (long(-1) + long(1) + b"\0") * 21_000),
    "optional texts": (array_of(union_of(NULL, TEXT)), long(60_000) + bytes(60_000)),
    "many keys": (map_of(NULL), long(12_000) + b"".join(long(4) + b"%04x" % n for n in range(12_000))),
    "one key of 64 KiB": (map_of(NULL), long(1) + long(KIB_64 - 9) + bytes(KIB_64 - 9)),
    "a text that ends early": (TEXT, long(2**40) + "é".encode() * 32_000),
    "varints without end": (array_of(LONG), long(60_000) + b"\xff" * 60_000),
    "long varints": (array_of(LONG), long(6_000) + (b"\xff" * 9 + b"\1") * 6_000),
    "arrays in arrays": (array_of(array_of(array_of(INT))), b"\2" * KIB_64),
    "empty arrays": (array_of(array_of(INT)), long(60_000) + bytes(60_000)),
    "wide unions": (array_of(WIDE), long(60_000) + b"\x7c" * 60_000),
    "wide records of nothing": (array_of(record_of(*(NULL,) * 90, name="Wide")), long(1000)),
}


@pytest.mark.parametrize("flood", FLOODS)
def test_work_and_memory_are_bounded_by_the_length(flood: str) -> None:
    # Given up to 64 KiB that are made to be much
    avro, data = FLOODS[flood]
    scan = Target(record_of(avro)).schema.scan

    # When they are scanned
    steps = _lines_run(scan, data)
    tracemalloc.start()
    _refused(scan, data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    # Then no more lines of the scanner ran, and no more memory was held, than their number explains
    assert steps < 80 * len(data) + 5_000
    assert peak < 64 * len(data) + 100_000


@pytest.mark.parametrize("flood", FLOODS)
def test_what_the_scanner_lets_through_is_safe_to_decode(flood: str) -> None:
    # Given the same
    avro, data = FLOODS[flood]
    target = Target(record_of(avro))

    # When it comes without its end, and with it
    verdicts = [target.judge(each) for each in (data, data + b"\0")]

    # Then what was accepted was read by fastavro to the end, and what was refused is refused for good
    assert verdicts[0] != ACCEPTED
    assert verdicts[1] == ACCEPTED or verdicts[1] == verdicts[0]


def _refused(scan: Any, data: bytes) -> bool:
    try:
        scan(data, 0)
    except InvalidEvent:
        return True
    return False


def _lines_run(scan: Any, data: bytes) -> int:
    """How many lines ran: a clock that does not depend on the machine."""
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        _refused(scan, data)
    finally:
        sys.settrace(before)
    return count
