"""Scanners: one generated function per writer schema that checks every bound and says where each field lies.

``scan(b, p)`` walks the Avro bytes ``b`` from offset ``p`` and returns ``(m0, ..., mN, flags)``: ``m[i]`` is the offset
at which slot ``i`` begins (see ``slots.py``), ``mN`` the end. It accepts only what is exactly one datum of the schema:

=====================  ====================================================================================
what is checked        because a decoder that does not
=====================  ====================================================================================
every length, count    reads beyond the record, or backwards
enum and union index   takes -1 for the last one
varint                 at most 10 bytes and 64 bits (32 for int), no longer than needed: one value, one encoding
boolean                takes 0x7f for true
UTF-8                  fails later, at the partner
array and map counts   builds 100 M items out of 5 bytes: an item has its least size, and items that may take no
                       byte at all have a budget
map keys               keeps the first or the last of two
exact end              lets a second, hidden record ride along
=====================  ====================================================================================

Depth needs no check at run time: recursive schemas are refused (``avro.parse``), so a schema bounds it.
Reading beyond the end shows as ``IndexError``, since offsets only grow: that is the bounds check, and it costs nothing.
Why generated: 4 to 6 us for an event against 20 to 40 us for decoding it, and projections then only join slices.
Source: Apache Avro 1.12 specification, "Binary Encoding".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeAlias

from tidegate.errors import InvalidEvent
from tidegate.events.avro import Record
from tidegate.events.scanner_source import scanner_source

Scan: TypeAlias = Callable[[bytes, int], tuple[int, ...]]


def compile_scanner(record: Record, *, exact: bool = True) -> Scan:
    """The scan function of a record. It raises ``InvalidEvent`` with a reason and an offset.

    ``exact`` asks that the bytes end where the record does; without it the function walks one element of an array.
    """
    source = scanner_source(record, exact=exact)
    names: dict[str, object] = {
        "varint": varint,
        "skip": skip_long,
        "text": check_text,
        "fail": fail,
        "InvalidEvent": InvalidEvent,
    }
    # The text is ours from end to end: schema names enter it only as comments after a check that they are names.
    exec(compile(source, f"<scanner of {record.name}>", "exec"), names)  # noqa: S102
    return names["scan"]  # type: ignore[return-value]


def fail(reason: str, offset: int) -> NoReturn:
    raise InvalidEvent(reason, offset)


def varint(b: bytes, p: int) -> tuple[int, int]:
    """A varint at ``p`` as ``(raw, next offset)``; raw is not zigzag-decoded. Not longer than it has to be."""
    start = p
    raw = shift = 0
    while True:
        byte = b[p]
        p += 1
        raw |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
        shift += 7
        if shift > 63:
            fail("a varint of more than 10 bytes", start)
    if not byte and p - start > 1:
        fail("a varint longer than its value needs", start)
    if raw >> 64:
        fail("a varint beyond 64 bits", start)
    return raw, p


def skip_long(b: bytes, p: int) -> int:
    """The offset after a long of more than one byte. Times of our century in microseconds take eight: asked first."""
    word = int.from_bytes(b[p : p + 8], "little")
    if word & 0x8080808080808080 == 0x0080808080808080 and word >> 56:
        return p + 8
    return varint(b, p)[1]


def check_text(b: bytes, start: int, end: int) -> None:
    """Raises when the bytes are not UTF-8."""
    try:
        b[start:end].decode()
    except UnicodeDecodeError as exc:
        raise InvalidEvent("text that is not UTF-8", start + exc.start) from None
