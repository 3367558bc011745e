"""Shapes: a record that has all lengths, counts and branches of one scanned before is checked with one AND.

What a publisher sends repeats in its shape far more than in its content: the same fields are there, texts have the
usual lengths. The bytes of a record fall into those that say where others lie (lengths, counts, union indexes, which
byte of a number is its last) and those that say something. If a record is as long as an earlier one and the first kind
are all the same, the scanner would walk it to the same marks. So a shape keeps, as numbers as long as the record:

- ``mask`` and ``bits``: the bits that have to be what they were. Of a length, a count and a union index all of them; of
  a number the bits that say whether another byte follows, and its whole last byte, which decides about its size; of a
  text the upper bits (ASCII); of a boolean and an enum index those that no valid one has;
- ``codes``, ``spare`` and ``over``: an enum index plus its spare reaches bit 7 when the schema has no such symbol;
- ``wide``: where texts lie that hold more than ASCII. They are looked at one by one.

A shape is never trusted for more than the scanner would accept: what fits none is scanned. It costs about ten scans
to learn one, so it is learnt only at its second sighting, and no faster than scans pay for it: bytes made to have ever
new shapes cost little more than they would without.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from tidegate.events.avro import Array, Enum, Fixed, Map, Node, Primitive, Record, Union
from tidegate.events.scanner import Scan, check_text, varint

SHAPED = 32
"""Flag: these marks are those of a shape, one object for all records that have it."""
LONGEST = 4_096
"""Bytes of a record up to which shapes are learnt."""
SHAPES = 1_024
"""How many shapes of one schema are remembered before starting anew."""
ALIKE = 8
"""How many shapes of one length are tried."""
PRICE = 32
"""How many scans pay for a shape that is learnt."""
_MET = 8_192
_ONE_BYTE = 64

_Shape: TypeAlias = tuple[int, int, int, int, int, tuple[tuple[int, int], ...], tuple[int, ...]]


def by_shape(record: Record, scan: Scan) -> Scan:
    """The scanner ``scan`` of a record, with a memory for shapes. Marks of a known shape have the flag ``SHAPED``."""
    known: dict[tuple[int, int], list[_Shape]] = {}
    learner = _Learner(record, known)
    number_of = int.from_bytes

    def scan_by_shape(b: bytes, p: int) -> tuple[int, ...]:
        found = known.get((len(b), p))
        if found is not None:
            number = number_of(b, "little")
            for mask, bits, codes, spare, over, wide, marks in found:
                fits = number & mask == bits and not (number & codes) + spare & over
                if fits and (not wide or _are_wide(b, wide)):
                    return marks
        marks = scan(b, p)
        if len(b) <= LONGEST:
            learner.met(b, p, marks)
        return marks

    return scan_by_shape


def _are_wide(b: bytes, wide: tuple[tuple[int, int], ...]) -> bool:
    """Whether each of the texts holds more than ASCII. Raises ``InvalidEvent`` for one that is not UTF-8."""
    for i, j in wide:
        if b[i:j].isascii():
            return False
        check_text(b, i, j)
    return True


class _Learner:
    """Decides which shapes are worth being remembered."""

    def __init__(self, record: Record, known: dict[tuple[int, int], list[_Shape]]) -> None:
        self._record = record
        self._known = known
        self._met: set[int] = set()
        self._paid = PRICE
        self._count = 0

    def met(self, b: bytes, p: int, marks: tuple[int, ...]) -> None:
        """A record was scanned whose shape was not known."""
        self._paid = min(self._paid + 1, PRICE * PRICE)
        sight = hash(marks)
        if sight not in self._met:
            if len(self._met) >= _MET:
                self._met.clear()
            self._met.add(sight)
        elif self._paid >= PRICE:
            self._paid -= PRICE
            self._learn(b, p, marks)

    def _learn(self, b: bytes, p: int, marks: tuple[int, ...]) -> None:
        if self._count >= SHAPES:
            self._known.clear()
            self._count = 0
        alike = self._known.setdefault((len(b), p), [])
        if len(alike) < ALIKE:
            self._count += 1
        alike[:] = [_shape(self._record, b, p, marks), *alike[: ALIKE - 1]]


def _shape(record: Record, b: bytes, p: int, marks: tuple[int, ...]) -> _Shape:
    """The shape of a record that the scanner has accepted."""
    drawn = _Drawing(b)
    drawn.node(record, p)
    mask, codes, spare = (int.from_bytes(each, "little") for each in (drawn.mask, drawn.codes, drawn.spare))
    over = codes & int.from_bytes(b"\x80" * len(b), "little")
    shaped = (*marks[:-1], marks[-1] | SHAPED)
    return mask, int.from_bytes(b, "little") & mask, codes, spare, over, tuple(drawn.wide), shaped


class _Drawing:
    """Walks a record and draws its shape. Every walk starts at an offset and gives the one after."""

    def __init__(self, b: bytes) -> None:
        self._b = b
        self.mask = bytearray(len(b))
        self.codes = bytearray(len(b))
        self.spare = bytearray(len(b))
        self.wide: list[tuple[int, int]] = []

    def node(self, node: Node, p: int) -> int:
        match node:
            case Primitive():
                return self._primitive(node.kind, p)
            case Enum():
                return self._code(len(node.symbols), p)
            case Fixed():
                return p + node.size
            case Record():
                for field in node.fields:
                    p = self.node(field.node, p)
                return p
            case Union():
                index, p = self._structure(p)
                return self.node(node.branches[index >> 1], p)
            case Array():
                return self._blocks(p, lambda p: self.node(node.items, p))
            case Map():
                return self._blocks(p, lambda p: self.node(node.values, self._key(p)))

    def _primitive(self, kind: str, p: int) -> int:
        match kind:
            case "null":
                return p
            case "boolean":
                self.mask[p] = 0xFE
                return p + 1
            case "int" | "long":
                return self._number(p)
            case "float":
                return p + 4
            case "double":
                return p + 8
            case _:
                length, p = self._structure(p)
                end = p + (length >> 1)
                if kind == "string":
                    self._text(p, end)
                return end

    def _structure(self, p: int) -> tuple[int, int]:
        """A length, a count or an index: every bit of it decides where something lies."""
        raw, end = varint(self._b, p)
        self.mask[p:end] = b"\xff" * (end - p)
        return raw, end

    def _number(self, p: int) -> int:
        _, end = varint(self._b, p)
        self.mask[p:end] = b"\x80" * (end - p)
        if end - p > 1:
            self.mask[end - 1] = 0xFF
        return end

    def _text(self, start: int, end: int) -> None:
        if self._b[start:end].isascii():
            self.mask[start:end] = b"\x80" * (end - start)
        else:
            self.wide.append((start, end))

    def _code(self, symbols: int, p: int) -> int:
        if symbols > _ONE_BYTE:
            return self._structure(p)[1]
        self.mask[p], self.codes[p], self.spare[p] = 0x81, 0xFF, 0x7F - 2 * (symbols - 1)
        return p + 1

    def _key(self, p: int) -> int:
        """The key of a map entry: whether one comes twice depends on all of their bytes."""
        length, start = self._structure(p)
        end = start + (length >> 1)
        self.mask[start:end] = b"\xff" * (end - start)
        return end

    def _blocks(self, p: int, item: Callable[[int], int]) -> int:
        while True:
            count, p = self._structure(p)
            if not count:
                return p
            if count & 1:
                _, p = self._structure(p)
            for _ in range((count >> 1) + (count & 1)):
                p = item(p)
