"""What fits a known shape is what the scanner takes, with the same marks; anything else it judges as ever."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.properties import strategies
from tests.properties.codec import encoded
from tests.properties.hostile import BYTES, filled, mutations
from tests.properties.model import Type, array_of, map_of, record_of, union_of, written

from tidegate.errors import InvalidEvent
from tidegate.events import shapes
from tidegate.events.scanner import Scan, compile_scanner
from tidegate.events.schemas import Schema
from tidegate.events.shapes import SHAPED, by_shape

DAMAGED = 300
often = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


class Pair:
    """The scanner of a schema, and the same with a memory for shapes."""

    def __init__(self, avro: Type) -> None:
        record = Schema.of(written(avro)).record
        self.plain = compile_scanner(record)
        self.shaped = by_shape(record, self.plain)

    def learn(self, b: bytes, p: int = 0) -> bool:
        """Whether the shape of an event is known after some sightings."""
        return any(self.shaped(b, p)[-1] & SHAPED for _ in range(3 * shapes.PRICE))

    def same(self, b: bytes, p: int = 0) -> bool:
        """Holds both against each other; whether a shape was found."""
        one, other = _said(self.plain, b, p), _said(self.shaped, b, p)
        if isinstance(one, str) or isinstance(other, str):
            assert one == other
            return False
        assert one == (*other[:-1], other[-1] & ~SHAPED)
        return bool(other[-1] & SHAPED)


def _said(scan: Scan, b: bytes, p: int) -> tuple[int, ...] | str:
    try:
        return scan(b, p)
    except InvalidEvent as refusal:
        return str(refusal)


def damaged(b: bytes, random: Random, count: int) -> list[bytes]:
    """The bytes with one or a few of them changed, as long as before."""
    found = []
    for _ in range(count if b else 0):
        other = bytearray(b)
        for _ in range(random.choice((1, 1, 1, 2, 5))):
            place = random.randrange(len(b))
            other[place] = random.choice((*BYTES, other[place] ^ 1 << random.randrange(8), random.randrange(256)))
        found.append(bytes(other))
    return found


@often
@given(st.data(), st.integers(0, 2**32))
def test_a_shape_takes_what_the_scanner_takes(data: st.DataObject, seed: int) -> None:
    # Given a schema and events of it, all of whose shapes are known
    avro = data.draw(strategies.records())
    values: list[Any] = data.draw(st.lists(strategies.values(avro), min_size=1, max_size=2))
    random, pair = Random(seed), Pair(avro)
    events = [encoded(avro, value) for value in values]
    assert all(pair.learn(event) for event in events)

    # Then what they say, and anything near them, is judged as by the scanner alone
    assert all(pair.same(event) for event in events)
    for event in events:
        for each in (*damaged(event, random, DAMAGED), *mutations(avro, values, random, DAMAGED)):
            pair.same(each)


@pytest.mark.parametrize("seed", range(3))
def test_other_content_has_the_same_shape(seed: int) -> None:
    # Given canonical events with every field, and what is left of them with single bytes changed
    random, pair = Random(seed), Pair(strategies.EVENT)
    event = encoded(strategies.EVENT, filled(strategies.EVENT, random))
    assert pair.learn(event)

    # Then many of these are found by their shape, many are scanned, and both ways agree
    found = [pair.same(each) for each in damaged(event, random, 3_000)]
    assert 300 < sum(found) < 2_700


def test_where_a_record_begins_belongs_to_its_shape() -> None:
    pair = Pair(strategies.EVENT)
    event = encoded(strategies.EVENT, filled(strategies.EVENT, Random(1)))
    assert pair.learn(b"frame" + event, 5)

    assert pair.same(b"other" + event, 5)
    assert not pair.same(b"other" + event, 4)
    assert not pair.same(event + b"other")


def test_all_records_of_a_shape_have_one_object_as_marks() -> None:
    pair = Pair(strategies.EVENT)
    event = encoded(strategies.EVENT, filled(strategies.EVENT, Random(1)))
    assert pair.learn(event)

    assert pair.shaped(event, 0) is pair.shaped(bytes(bytearray(event)), 0)


def test_shapes_are_learnt_no_faster_than_scans_pay_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given events that all have shapes of their own, each seen again at once
    learnt: list[bytes] = []
    draw = shapes._shape
    monkeypatch.setattr(shapes, "_shape", lambda record, b, p, marks: learnt.append(b) or draw(record, b, p, marks))
    pair, random = Pair(strategies.EVENT), Random(1)
    events = [encoded(strategies.EVENT, filled(strategies.EVENT, random)) for _ in range(500)]

    for event in events:
        for _ in range(3):
            pair.shaped(event, 0)

    assert 0 < len(learnt) <= 1 + 3 * len(events) // shapes.PRICE


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a memory for few shapes, and a price that none is too dear for
    monkeypatch.setattr(shapes, "SHAPES", 5)
    monkeypatch.setattr(shapes, "PRICE", 1)
    known: dict[tuple[int, int], list[Any]] = {}
    monkeypatch.setattr(shapes, "_Learner", lambda record, _, make=shapes._Learner: make(record, known))
    pair, random = Pair(strategies.EVENT), Random(1)

    # When many are met, and longer ones than are learnt
    for _ in range(200):
        event = encoded(strategies.EVENT, filled(strategies.EVENT, random))
        pair.same(event)
        pair.same(event)

    # Then few are kept
    assert 0 < sum(map(len, known.values())) <= 5 + shapes.ALIKE


TEXT = Type("string")


@pytest.mark.parametrize(
    ("avro", "event", "other"),
    [
        (map_of(TEXT), b"\4\2a\0\2b\0\0", b"\4\2a\0\2a\0\0"),  # a key twice
        (TEXT, b"\4\xc3\xa9", b"\4\xc3a"),  # no UTF-8 any more
        (TEXT, b"\4\xc3\xa9", b"\4ea"),  # nothing beyond ASCII any more, so no flag
        (TEXT, b"\4ea", b"\4\xc3\xa9"),
        (TEXT, b"\4ea", b"\4\xc3a"),
        (array_of(TEXT), b"\1\4\2a\0", b"\1\6\2a\0"),  # a block that says another size
        (array_of(TEXT), b"\1\4\2a\0", b"\1\4\3a\0"),
        (array_of(Type("null")), b"\2\0", b"\4\0"),
        (Type("long"), b"\x80\1", b"\x80\0"),  # longer than it has to be
        (Type("int"), b"\xff\xff\xff\xff\x0f", b"\xff\xff\xff\xff\x10"),  # beyond 32 bits
        (Type("long"), b"\xff" * 9 + b"\1", b"\xff" * 9 + b"\2"),
        (Type("boolean"), b"\1", b"\2"),
        (Type("enum", "E", symbols=("A", "B", "C")), b"\4", b"\6"),
        (Type("enum", "E", symbols=("A", "B", "C")), b"\4", b"\3"),
        (Type("enum", "E", symbols=("A", "B", "C")), b"\4", b"\x84"),
        (union_of(Type("boolean"), Type("fixed", "F", size=1)), b"\0\1", b"\2\1"),
    ],
)
def test_what_the_shape_of_a_good_record_does_not_excuse(avro: Type, event: bytes, other: bytes) -> None:
    pair = Pair(record_of(avro))
    assert pair.learn(event)

    assert pair.same(event)
    assert not pair.same(other)
