"""Normal forms, elements and the readers of single fields, against two other readers."""

from __future__ import annotations

from random import Random
from typing import Any

import fastavro
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.properties import strategies
from tests.properties.codec import encoded, sorted_maps
from tests.properties.model import array_of, record_of, written
from tests.properties.oracle import read, timeless

from tidegate.events import avro
from tidegate.events.avro import Enum, Primitive
from tidegate.events.facts import text_reader, time_reader, word_reader
from tidegate.events.normalising import compile_normal_form
from tidegate.events.rewriting import compile_elements, normal_form
from tidegate.events.scanner_source import IRREGULAR
from tidegate.events.schemas import Schema

often = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@often
@given(st.data(), st.integers(0, 2**32))
def test_equal_content_has_equal_normal_forms(data: st.DataObject, seed: int) -> None:
    # Given one value in several encodings: other blocks, other orders of map entries
    record = data.draw(strategies.records())
    value = data.draw(strategies.values(record))
    random = Random(seed)
    events = [encoded(record, value), *(encoded(record, value, random) for _ in range(3))]
    schema = Schema.of(written(record))

    # When each is put into its normal form
    forms = {normal_form(schema.record, event) for event in events}

    # Then they are one: one block each, entries in the order of their keys
    assert forms == {encoded(record, sorted_maps(record, value))}
    # and the way by marks, which the path takes, gives the same
    by_marks = compile_normal_form(schema)
    assert {by_marks(event, schema.scan(event, 0)) for event in events} == forms
    # and an encoding that was not called irregular was in normal form
    assert all(event in forms for event in events if not schema.scan(event, 0)[-1] & IRREGULAR)


@often
@given(st.data(), st.integers(0, 2**32))
def test_different_content_has_different_normal_forms(data: st.DataObject, seed: int) -> None:
    # Given two values of one schema, in any encoding
    record = data.draw(strategies.records())
    one, two = data.draw(st.tuples(*[strategies.values(record)] * 2))
    random = Random(seed)
    tree = Schema.of(written(record)).record

    # When both are put into their normal forms
    same_form = normal_form(tree, encoded(record, one, random)) == normal_form(tree, encoded(record, two, random))

    # Then these are equal where the values are, whatever the order of maps, and nowhere else
    assert same_form == (one == two)


@often
@given(st.data(), st.binary(max_size=3), st.integers(0, 2**32))
def test_elements_of_an_array_are_found_one_by_one(data: st.DataObject, after: bytes, seed: int) -> None:
    # Given an array of records, in blocks of any size
    item = data.draw(strategies.records())
    values = data.draw(st.lists(strategies.values(item), max_size=4))
    array = encoded(array_of(item), values, Random(seed))
    tree = Schema.of(written(item)).record

    # When its elements are looked for
    found = compile_elements(tree)(array + after)

    # Then each is found with its first and last byte
    assert len(found) == len(values)
    for marks, value in zip(found, values, strict=True):
        start = marks[0] if item.fields else marks[-2]
        assert normal_form(tree, array[start : marks[-2]]) == encoded(item, sorted_maps(item, value))


@often
@given(st.data())
def test_single_fields_are_read_as_fastavro_reads_them(data: st.DataObject) -> None:
    # Given an event
    record = data.draw(strategies.records())
    event = encoded(record, data.draw(strategies.values(record)))
    schema = Schema.of(written(record))
    whole = read(fastavro.parse_schema(timeless(schema.json)), event)

    # When its fields are read by their spans
    marks = schema.scan(event, 0)
    found: dict[str, Any] = {}
    for slot in schema.slots:
        match avro.child(slot.node):
            case Primitive(kind="string"):
                found[slot.path] = text_reader(slot)(event, marks)
                assert word_reader(slot)(event, marks) == found[slot.path]
            case Enum():
                found[slot.path] = word_reader(slot)(event, marks)
            case Primitive(kind="int" | "long"):
                found[slot.path] = time_reader(slot)(event, marks)

    # Then they are what fastavro finds, texts as UTF-8, and None inside what is null
    assert found == {path: _at(whole, path.split(".")) for path in found}


def _at(value: Any, path: list[str]) -> Any:
    for name in path:
        value = None if value is None else value[name]
    return value.encode() if isinstance(value, str) else value


def test_a_record_without_fields_has_elements_too() -> None:
    # Given an array of records that take no bytes
    tree = Schema.of(written(record_of())).record

    # When its elements are looked for
    found = compile_elements(tree)(encoded(array_of(record_of()), [{}, {}, {}]))

    # Then they are counted
    assert len(found) == 3
