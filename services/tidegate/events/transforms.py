"""Transforms: what a field may be turned into on its way out. Each keeps the field's type, so readers need not know.

==================  =====================  ============================================================
kind                of                     gives
==================  =====================  ============================================================
``pseudonym``       string                 a keyed pseudonym of the partner's own: joins survive, values do not
``hour``, ``date``  timestamp-micros       the beginning of the hour or day, UTC
``prefix:<n>``      string                 the first n characters
``band:<n>``        int, long, double      the lower end of the band of width n
==================  =====================  ============================================================

A pseudonym of personal data is still personal data (PIPL Art. 73): a transform never lowers a class here.
"""

from __future__ import annotations

import hashlib
import math
import re
import struct
from base64 import b32encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from tidegate.errors import BadSchema
from tidegate.events import avro
from tidegate.events.avro import Node, Primitive
from tidegate.events.scanner import varint

Apply: TypeAlias = Callable[[bytes], bytes]
"""From the Avro bytes of a value (without a union index) to the Avro bytes of what leaves."""

_SIZE = re.compile(r"[1-9][0-9]{0,9}\Z")
_HOUR = 3_600_000_000
_STEP = {"hour": _HOUR, "date": 24 * _HOUR}
_FITS = {
    "pseudonym": ("string",),
    "prefix": ("string",),
    "band": ("int", "long", "double"),
    "hour": ("long",),
    "date": ("long",),
}


@dataclass(frozen=True, slots=True)
class Transform:
    """A transform as a rule document names it: ``kind`` and, for ``prefix`` and ``band``, ``size``."""

    kind: str
    size: int = 0

    def __str__(self) -> str:
        return f"{self.kind}:{self.size}" if self.size else self.kind


def parse(text: str, node: Node) -> Transform:
    """The transform that ``text`` names, for a leaf of this type. Raises ``BadSchema`` with what to write instead."""
    kind, colon, size = text.partition(":")
    if kind not in _FITS:
        raise BadSchema(f"there is no transform {text!r}; write one of pseudonym, hour, date, prefix:<n>, band:<n>")
    sized = kind in ("prefix", "band")
    if sized != bool(colon) or (sized and not (_SIZE.match(size) and int(size) < 2**31)):
        raise BadSchema(f"{text!r}: prefix and band take a whole number above 0, as in band:1000; the others take none")
    inner = avro.child(node)
    if not isinstance(inner, Primitive) or inner.kind not in _FITS[kind]:
        raise BadSchema(f"{kind} works on {' and '.join(_FITS[kind])} fields, and this one is {describe(inner)}")
    if kind in _STEP and inner.logical != "timestamp-micros":
        raise BadSchema(f"{kind} works on fields of logical type timestamp-micros")
    if inner.kind == "string" and inner.logical:
        raise BadSchema(f"{kind} would leave a text that is no {inner.logical}, as the field's type promises readers")
    return Transform(kind, int(size or 0))


def describe(node: Node) -> str:
    """The type in a word, for messages."""
    return node.kind if isinstance(node, Primitive) else type(node).__name__.lower()


def compile_transform(transform: Transform, node: Node, secret: bytes) -> Apply:
    """The function of a transform. ``secret`` keys pseudonyms; other kinds do not look at it.

    Raises ``BadSchema`` when the transform is not for this type.
    """
    parse(str(transform), node)
    inner = avro.child(node)
    kind = inner.kind if isinstance(inner, Primitive) else ""
    match transform.kind, kind:
        case "pseudonym", _:
            if not secret:
                raise ValueError("a pseudonym without a key is a digest that anyone can try values against")
            return lambda value: text_bytes(pseudonym(secret, text_of(value)))
        case "prefix", _:
            return lambda value: text_bytes(text_of(value).decode()[: transform.size].encode())
        case (("hour" | "date"), _):
            step = _STEP[transform.kind]
            return lambda value: long_bytes(_not_below(long_of(value) // step * step, "long"))
        case "band", "double":
            return lambda value: _band_double(value, transform.size)
        case "band", _:
            return lambda value: long_bytes(_not_below(long_of(value) // transform.size * transform.size, kind))
        case _:
            raise BadSchema(f"unknown transform {transform}")


def pseudonym(secret: bytes, value: bytes) -> bytes:
    """A keyed pseudonym of text: 26 characters, the same for the same value and key."""
    digest = hashlib.blake2b(value, key=secret, digest_size=16, person=b"tg-pseudonym").digest()
    return b"~" + b32encode(digest).rstrip(b"=").lower()


def text_of(value: bytes) -> bytes:
    """The UTF-8 bytes of an Avro string."""
    _, start = varint(value, 0)
    return value[start:]


def text_bytes(text: bytes) -> bytes:
    """The Avro string of UTF-8 bytes."""
    return long_bytes(len(text)) + text


def long_of(value: bytes, p: int = 0) -> int:
    """The int or long at ``p``."""
    raw, _ = varint(value, p)
    return (raw >> 1) ^ -(raw & 1)


def long_bytes(number: int) -> bytes:
    """The Avro int or long of a number."""
    raw = (number << 1) ^ (number >> 63)
    out = bytearray()
    while raw > 0x7F:
        out.append(raw & 0x7F | 0x80)
        raw >>= 7
    out.append(raw)
    return bytes(out)


def _not_below(number: int, kind: str) -> int:
    """The lowest band or hour may begin below what the type holds; it then begins at the least number of the type."""
    return max(number, -(2**31) if kind == "int" else -(2**63))


def _band_double(value: bytes, size: int) -> bytes:
    (number,) = struct.unpack("<d", value)
    # By whole numbers, which are exact: a band of floats may begin above the number, or at infinity.
    return value if not math.isfinite(number) else struct.pack("<d", math.floor(number) // size * size)
