"""The scanner takes exactly what is one datum of the schema, and takes no longer for what is not."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.properties import strategies
from tests.properties.codec import encoded
from tests.properties.hostile import ACCEPTED, Target, filled, mutations
from tests.properties.model import Type, written

from tidegate.errors import InvalidEvent
from tidegate.events.scanner_source import EMPTY_TEXT
from tidegate.events.schemas import Schema

MUTATIONS = 200
often = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@often
@given(st.data(), st.integers(0, 2**32))
def test_damaged_events_are_refused_or_read_alike_by_everyone(data: st.DataObject, seed: int) -> None:
    # Given a schema and some events of it
    avro = data.draw(strategies.records())
    values = data.draw(st.lists(strategies.values(avro), min_size=1, max_size=3))
    target = Target(avro)

    # When they come damaged
    verdicts = [target.judge(event) for event in mutations(avro, values, Random(seed), MUTATIONS)]

    # Then each was judged, and the judge found no fault (it compares with two other readers)
    assert len(verdicts) == MUTATIONS


def test_damage_reaches_every_check() -> None:
    # Given canonical events, damaged many times with one seed
    random = Random(5)
    target = Target(strategies.EVENT)
    good = [filled(target.avro, random) for _ in range(5)]

    # When they are judged
    verdicts = Counter(target.judge(event) for event in mutations(target.avro, good, random, 3_000))

    # Then some pass, and nearly every reason that there is is given (two are rare)
    assert verdicts[ACCEPTED] > 100
    assert set(verdicts) >= {
        "the bytes end early",
        "more bytes than the record has",
        "a negative length",
        "a negative block size",
        "a block that ends elsewhere than its size says",
        "a count that the bytes left cannot hold",
        "a union index that the schema does not have",
        "an enum index that the schema does not have",
        "a boolean that is neither 0 nor 1",
        "a varint longer than its value needs",
        "a varint beyond 64 bits",
        "a varint of more than 10 bytes",
        "text that is not UTF-8",
    }


@often
@given(st.data())
def test_no_event_can_be_cut_short_or_made_longer(data: st.DataObject) -> None:
    # Given an event
    avro = data.draw(strategies.records())
    schema = Schema.of(written(avro))
    event = encoded(avro, data.draw(strategies.values(avro)))

    # When it ends early, anywhere, or goes on
    damaged = [event[:end] for end in range(len(event))] + [event + b"\0", event + event if event else b"\1"]

    # Then it is refused, with the place where it stops making sense
    for each in damaged:
        with pytest.raises(InvalidEvent) as refusal:
            schema.scan(each, 0)
        assert 0 <= refusal.value.offset <= len(each)


@often
@given(st.data(), st.binary(max_size=9))
def test_marks_say_where_each_field_lies(data: st.DataObject, before: bytes) -> None:
    # Given an event behind some other bytes
    avro = data.draw(strategies.records())
    schema = Schema.of(written(avro))
    value = data.draw(strategies.values(avro))
    event = before + encoded(avro, value)

    # When it is scanned
    marks = schema.scan(event, len(before))

    # Then the bytes between the marks of a slot are those of its field, and none where a record around it is null
    assert marks[-2] == len(event)
    found = {slot.path: event[marks[slot.start] : marks[slot.end]] for slot in schema.slots}
    assert found == {slot.path: _bytes_at(avro, value, slot.path.split(".")) for slot in schema.slots}
    assert list(marks[:-1]) == sorted(marks[:-1])


@often
@given(st.data())
def test_the_flag_of_empty_texts_is_set_for_optional_texts_only(data: st.DataObject) -> None:
    # Given an event, which may hold empty texts
    avro = data.draw(strategies.records())
    value = data.draw(strategies.values(avro, texts=st.sampled_from(("", "a", "bc"))))

    # When it is scanned
    flags = Schema.of(written(avro)).scan(encoded(avro, value), 0)[-1]

    # Then the flag is set where a text that may be null is empty instead
    assert bool(flags & EMPTY_TEXT) == _has_empty(avro, value)


def _bytes_at(avro: Type, value: Any, path: list[str]) -> bytes:
    """The encoding of what is at a path, nothing where it is inside a null."""
    if not path:
        return encoded(avro, value)
    if avro.kind == "union":
        index, value = value
        return b"" if value is None else _bytes_at(avro.inner[index], value, path)
    inner = next(field.type for field in avro.fields if field.name == path[0])
    return _bytes_at(inner, value[path[0]], path[1:])


def _has_empty(avro: Type, value: Any) -> bool:
    match avro.kind:
        case "union":
            index, inner = value
            return (avro.child.kind == "string" and inner == "") or _has_empty(avro.inner[index], inner)
        case "record":
            return any(_has_empty(field.type, value[field.name]) for field in avro.fields)
        case "array":
            return any(_has_empty(avro.inner[0], item) for item in value)
        case "map":
            return any(_has_empty(avro.inner[0], item) for item in value.values())
        case _:
            return False
