"""What each transform promises, for every value of its type."""

from __future__ import annotations

import io
import math
import struct
from fractions import Fraction
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.properties.strategies import DOUBLES, INTS, LONGS, TEXTS

from tidegate.events.avro import Node, Primitive, Union
from tidegate.events.transforms import Transform, compile_transform, parse

HOUR = 3_600_000_000
TEXT, INT, LONG, DOUBLE = Primitive("string"), Primitive("int"), Primitive("long"), Primitive("double")
TIME = Primitive("long", "timestamp-micros")
SIZES = st.one_of(st.sampled_from((1, 2, 7, 1000, 2**31 - 1)), st.integers(1, 2**31 - 1))
often = settings(max_examples=200, deadline=None, derandomize=True)


def applied(transform: Transform, node: Primitive, value: Any, secret: bytes = b"key of a partner") -> Any:
    """The value after the transform, encoded and decoded by fastavro, which has to read all of it."""
    out = io.BytesIO()
    fastavro.schemaless_writer(out, node.kind, value)
    changed = io.BytesIO(compile_transform(transform, node, secret)(out.getvalue()))
    result = fastavro.schemaless_reader(changed, node.kind, None)
    assert changed.read() == b""
    return result


@often
@given(TEXTS, TEXTS, st.binary(min_size=1, max_size=32), st.binary(min_size=1, max_size=32))
def test_pseudonyms_are_stable_and_differ_by_value_and_key(one: str, two: str, key: bytes, other: bytes) -> None:
    # Given two texts and two keys
    pseudonym = Transform("pseudonym")

    # When they are replaced
    first = applied(pseudonym, TEXT, one, key)

    # Then the same text and key give the same pseudonym, and any other gives another
    assert first == applied(pseudonym, TEXT, one, key)
    assert (first == applied(pseudonym, TEXT, two, key)) == (one == two)
    assert (first == applied(pseudonym, TEXT, one, other)) == (key.ljust(64, b"\0") == other.ljust(64, b"\0"))
    assert len(first) == 27
    assert first[0] == "~"
    assert first[1:].isalnum()


@often
@given(LONGS)
def test_times_are_cut_to_the_hour_and_the_day_before_them(time: int) -> None:
    # Given a time, before 1970 or after
    # When it is cut
    hour = applied(Transform("hour"), TIME, time)
    date = applied(Transform("date"), TIME, time)

    # Then it is the last full hour or day, but for the first of all, which begins where numbers do
    assert (hour % HOUR == 0 and time - HOUR < hour <= time) or hour == -(2**63)
    assert (date % (24 * HOUR) == 0 and time - 24 * HOUR < date <= time) or date == -(2**63)
    assert date <= hour


@often
@given(LONGS, SIZES)
def test_bands_of_longs(number: int, size: int) -> None:
    # Given a long
    # When it is put into its band
    low = applied(Transform("band", size), LONG, number)

    # Then the band begins at a multiple of its size and holds the number; the lowest begins where longs do
    assert low <= number < low + size
    assert low % size == 0 or low == -(2**63)


@often
@given(INTS, SIZES)
def test_bands_of_ints(number: int, size: int) -> None:
    # Given an int
    # When it is put into its band
    low = applied(Transform("band", size), INT, number)

    # Then the band begins at a multiple of its size and holds the number; the lowest begins where ints do
    assert low <= number < low + size
    assert low % size == 0 or low == -(2**31)


@often
@given(DOUBLES, SIZES)
def test_bands_of_doubles(number: float, size: int) -> None:
    # Given a double
    # When it is put into its band
    low = applied(Transform("band", size), DOUBLE, number)

    # Then the band begins at the double nearest to where it exactly begins; what is no number stays what it is
    if math.isfinite(number):
        assert low == float(math.floor(Fraction(number) / size) * size)
        assert low <= number
    else:
        assert struct.pack("<d", low) == struct.pack("<d", number)


@often
@given(TEXTS, st.integers(1, 100))
def test_prefixes_are_of_whole_characters(text: str, size: int) -> None:
    # Given any text
    # When its first characters are kept
    prefix = applied(Transform("prefix", size), TEXT, text)

    # Then they are characters, not bytes
    assert prefix == text[:size]


@often
@given(st.sampled_from(("pseudonym", "hour", "date", "prefix", "band")), SIZES)
def test_a_transform_is_written_as_it_is_read(kind: str, size: int) -> None:
    # Given a transform
    transform = Transform(kind, size if kind in ("prefix", "band") else 0)
    node: Node = {"pseudonym": TEXT, "prefix": TEXT, "band": DOUBLE}.get(kind, TIME)

    # When its text is read, for a field that has to be there and for one that may be null
    read = [parse(str(transform), each) for each in (node, Union((Primitive("null"), node)))]

    # Then it is the same
    assert read == [transform, transform]


@pytest.mark.parametrize("number", [-(2**63), -(2**63) + 1, -1, 0, 1, 2**63 - 1])
@pytest.mark.parametrize("kind", ["hour", "date", "band"])
def test_the_ends_of_longs(kind: str, number: int) -> None:
    # Given a long at an end
    transform = Transform(kind, 1000 if kind == "band" else 0)

    # When it is cut down
    low = applied(transform, TIME, number)

    # Then it is still a long, and no larger
    assert -(2**63) <= low <= number


@pytest.mark.parametrize("number", [1.7976931348623157e308, -1.7976931348623157e308, 2.0**53 + 2, -(2.0**60)])
@pytest.mark.parametrize("size", [3, 7, 1000])
def test_bands_where_doubles_lie_far_apart(number: float, size: int) -> None:
    # Given a double so large that a band is narrower than the gap to the next
    # When it is put into its band
    low = applied(Transform("band", size), DOUBLE, number)

    # Then it is finite and not above the number
    assert math.isfinite(low)
    assert low <= number
