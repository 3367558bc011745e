"""What leaves is what the writer's schema minus fields would have said, byte for byte, and readers can read it."""

from __future__ import annotations

import io
import re
from random import Random
from typing import Any

import fastavro
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.properties import strategies
from tests.properties.codec import decoded, encoded, plain, sorted_maps
from tests.properties.model import Type, loaded, written
from tests.properties.oracle import SECRET, as_read, check_rules, paths, projected, read, reduced, same, timeless

from tidegate.events.projection import Operation, Projection, project, reader_json
from tidegate.events.rewriting import compile_join, compile_rewrite
from tidegate.events.schemas import Schema

MARKER = re.compile(r"<\d+>")
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
often = settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=SLOW)
seldom = settings(often, max_examples=80)


def joined(schema: Schema, projection: Projection, event: bytes) -> bytes:
    """What a partner gets of one event."""
    marks = schema.scan(event, 0)
    places: dict[Operation, int] = {}
    results = []
    for piece in projection.pieces:
        if isinstance(piece, Operation):
            slot = schema.slot[piece.path]
            places[piece] = len(results)
            rewrite = compile_rewrite(slot.node, piece.selection, SECRET)
            results.append(rewrite(event[marks[slot.start] : marks[slot.end]]))
    return compile_join(b"", projection.pieces, places)(event, marks, results)


def fastavro_writes(schema: Any, value: Any) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(timeless(schema)), value)
    return out.getvalue()


def fastavro_reads(schema: Any, data: bytes, reader: Any = None) -> Any:
    """The value by fastavro, all of the bytes, times as numbers."""
    return read(
        fastavro.parse_schema(timeless(schema)), data, fastavro.parse_schema(timeless(reader)) if reader else None
    )


@often
@given(st.data())
def test_what_leaves_is_the_projected_value_in_the_projected_schema(data: st.DataObject) -> None:
    # Given any schema, any value and any selection
    avro = data.draw(strategies.records())
    value = data.draw(strategies.values(avro))
    selection = data.draw(strategies.selections(avro))
    schema = Schema.of(written(avro))
    event = encoded(avro, value)
    assert same(fastavro_reads(schema.json, event), plain(avro, value))

    # When it is projected
    projection = project(schema, selection)
    out = joined(schema, projection, event)

    # Then the bytes are those of the projected value, and fastavro reads that value by the projected schema
    kept, kept_type = projected(avro, value, selection), reduced(avro, selection)
    assert out == encoded(kept_type, kept)
    assert same(fastavro_reads(projection.schema.json, out), plain(kept_type, kept))


@often
@given(st.data())
def test_fastavro_alone_comes_to_the_same_bytes(data: st.DataObject) -> None:
    # Given an event that fastavro wrote, of a schema in which a value alone says which branch of a union it is
    avro = data.draw(strategies.records(general_unions=False))
    selection = data.draw(strategies.selections(avro))
    schema = Schema.of(written(avro))
    value = data.draw(strategies.values(avro))
    event = fastavro_writes(schema.json, plain(avro, value))

    # When it is projected
    projection = project(schema, selection)
    out = joined(schema, projection, event)

    # Then fastavro comes to the same bytes by reading it, dropping fields, and writing it again
    kept = projected(avro, decoded(avro, event), selection)
    assert out == fastavro_writes(projection.schema.json, plain(reduced(avro, selection), kept))


@often
@given(st.data(), st.integers(0, 2**32))
def test_how_a_publisher_cuts_arrays_into_blocks_does_not_matter(data: st.DataObject, seed: int) -> None:
    # Given an event whose arrays and maps come in blocks of any size, with sizes in bytes or without, behind a prefix
    avro = data.draw(strategies.records())
    value = data.draw(strategies.values(avro))
    selection = data.draw(strategies.selections(avro))
    schema = Schema.of(written(avro))
    event = encoded(avro, value, Random(seed))

    # When it is projected
    out = joined(schema, project(schema, selection), event)

    # Then what leaves has the projected value
    kept, kept_type = projected(avro, value, selection), reduced(avro, selection)
    assert sorted_maps(kept_type, decoded(kept_type, out)) == sorted_maps(kept_type, kept)


@often
@given(st.data())
def test_no_text_leaves_that_was_not_selected(data: st.DataObject) -> None:
    # Given an event in which no two texts are the same
    avro = data.draw(strategies.records())
    numbers = iter(range(1_000_000))
    value = data.draw(strategies.values(avro, texts=st.builds(lambda: f"<{next(numbers)}>")))
    selection = data.draw(strategies.selections(avro))
    schema = Schema.of(written(avro))
    event = encoded(avro, value)
    granted = texts_in(projected(avro, value, selection))
    withheld = texts_in(value) - granted
    assume(withheld)

    # When it is projected
    out = joined(schema, project(schema, selection), event)

    # Then of its texts and keys those that were selected leave, and no other
    assert not {text for text in withheld if text.encode() in out}
    assert all(text.encode() in out for text in granted)


def texts_in(value: Any) -> set[str]:
    """All marked texts and all map keys in a value."""
    match value:
        case str():
            return set(MARKER.findall(value))
        case dict():
            keys = {key for key in value if key in strategies.KEYS}
            return keys.union(*map(texts_in, value.values()))
        case list() | tuple():
            return set().union(*map(texts_in, value))
        case _:
            return set()


def text_or_bytes(avro: Type) -> bool:
    """Whether there is a union of both, at any place."""
    kinds = {branch.kind for branch in avro.inner}
    parts = (*avro.inner, *(field.type for field in avro.fields))
    return kinds >= {"bytes", "string"} or any(map(text_or_bytes, parts))


@seldom
@given(st.data())
def test_one_reader_schema_reads_all_projections_of_a_partner(data: st.DataObject) -> None:
    # Given several projections of one schema (of a union of texts and bytes, fastavro reads either as the other)
    avro = data.draw(strategies.records())
    assume(not text_or_bytes(avro))
    selections = data.draw(st.lists(strategies.selections(avro), min_size=1, max_size=4))
    schema = Schema.of(written(avro))
    event = encoded(avro, data.draw(strategies.values(avro)))
    projections = [project(schema, selection) for selection in selections]

    # When a partner reads each by schema resolution
    reader = reader_json(schema, selections)
    found = [fastavro_reads(p.schema.json, joined(schema, p, event), reader) for p in projections]

    # Then it finds what that projection kept, and null where another one keeps something
    for projection, value in zip(projections, found, strict=True):
        alone = fastavro_reads(projection.schema.json, joined(schema, projection, event))
        assert same(value, as_read(loaded(reader), alone))
    assert paths(loaded(reader)) == set().union(*(paths(reduced(avro, selection)) for selection in selections))


@often
@given(st.data())
def test_projected_and_reader_schemas_keep_the_rules_of_avro(data: st.DataObject) -> None:
    # Given a schema in which types are used at several places
    avro = data.draw(strategies.records())
    schema = Schema.of(written(avro))
    selections = data.draw(st.lists(strategies.selections(avro), min_size=1, max_size=3))

    # When it is projected
    schemas = [project(schema, selection).schema.json for selection in selections]
    reader = reader_json(schema, selections)

    # Then every schema defines each name once, before it is used, and Avro libraries and the hub itself take it
    for each in (*schemas, reader):
        check_rules(each)
        fastavro.parse_schema(each)
        assert Schema.of(each).record
    assert all(
        paths(loaded(json)) == paths(reduced(avro, kept)) for json, kept in zip(schemas, selections, strict=True)
    )
