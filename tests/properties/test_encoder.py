"""The generated encoder: the bytes of fastavro, or none at all."""

from __future__ import annotations

import io
from typing import Any

import fastavro
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import EVENT, RETRACTION
from tests.properties import test_standards_canonical
from tests.properties.test_standards_canonical import of_schema

from tidegate.events.encoder import UNFIT, compile_encoder
from tidegate.events.encoding import decode

often = settings(max_examples=300, deadline=None, derandomize=True)
odd = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.binary(max_size=3)
odd |= st.lists(st.integers(), max_size=1) | st.dictionaries(st.text(max_size=1), st.integers(), max_size=1)
ENCODE = compile_encoder(EVENT.record)
PARSED = fastavro.parse_schema(EVENT.json)
assert ENCODE is not None


def by_fastavro(value: Any) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, PARSED, value, strict_allow_default=True)
    return out.getvalue()


@often
@given(of_schema(test_standards_canonical.EVENT))
def test_it_writes_what_fastavro_writes(event: dict[str, Any]) -> None:
    written = ENCODE(event)

    assert written == by_fastavro(event)
    assert decode(EVENT, written) == event  # which the scanner has to accept


@often
@given(of_schema(test_standards_canonical.EVENT), st.data())
def test_a_value_of_another_type_is_written_as_fastavro_does_or_not_at_all(event: dict[str, Any], data: Any) -> None:
    target: Any = event
    while True:
        name = data.draw(st.sampled_from(sorted(target)))
        if not (isinstance(target[name], dict) and target[name] and data.draw(st.booleans())):
            break
        target = target[name]
    if data.draw(st.integers(0, 9)):
        target[name] = data.draw(odd)
    else:
        del target[name]

    try:
        written = ENCODE(event)
    except UNFIT:
        return
    assert written == by_fastavro(event)


@often
@given(st.integers(-(2**63), 2**63 - 1) | st.integers(2**48 - 2, 2**48 + 2) | st.integers(2**55 - 2, 2**55 + 2))
def test_numbers_of_every_size(number: int) -> None:
    encode = compile_encoder(RETRACTION.record)
    assert encode is not None
    value = {"eventId": "e", "eventUpdatedTime": number, "eventKey": None, "originatingParties": []}

    assert decode(RETRACTION, encode(value)) == value
