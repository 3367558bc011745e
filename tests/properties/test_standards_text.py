"""JSON text and times: they agree with plainer readers, and hostile text ends in a sentence."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from tidegate import standards
from tidegate.errors import BadInput
from tidegate.standards import json_text, times

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"]))
leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | texts
documents = st.recursive(
    leaves | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
)


@given(documents, st.booleans(), st.sampled_from([None, 2]))
def test_reads_what_others_write(document: Any, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(document, ensure_ascii=ascii_only, indent=indent).encode()

    assert standards.parse(text) == document


@given(st.binary() | st.text(alphabet='[]{}",:\\u0dD8aE1. NI\n').map(str.encode))
@example(b'{"a":1,"a":1}')
@example(b'"\\ud800"')
def test_any_bytes_are_a_document_or_a_sentence(text: bytes) -> None:
    try:
        document = standards.parse(text)
    except BadInput as refused:
        assert str(refused)
    else:
        json.dumps(document, allow_nan=False, ensure_ascii=False).encode()
        assert document == json.loads(text.decode("utf-8-sig"))


@given(documents, st.integers(1, 6))
def test_depth_is_exact(document: Any, limit: int) -> None:
    text = json.dumps(document).encode()

    assert json_text.too_deep(text, limit) == (depth(document) > limit)


def depth(document: Any) -> int:
    inner = document.values() if isinstance(document, dict) else document if isinstance(document, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@given(
    st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29)),  # noqa: DTZ001  local on purpose
    st.integers(-12 * 60, 14 * 60),
)
def test_moments_agree_with_datetime(local: datetime, minutes: int) -> None:
    aware = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))

    taken = times.instant(aware.isoformat())

    assert isinstance(taken, times.Instant)
    assert taken.micros == (aware - EPOCH) // timedelta(microseconds=1)
    assert taken.offset_minutes == minutes
    assert datetime.fromisoformat(times.rfc3339(taken.micros)) == aware


@given(st.integers(times.FIRST, times.LAST))
def test_moments_there_and_back(micros: int) -> None:
    assert times.instant(times.rfc3339(micros)) == times.Instant(micros, 0)


@given(st.text(alphabet="0123456789-+:.TZtz ,", max_size=40))
def test_any_text_is_a_moment_or_a_sentence(text: str) -> None:
    taken = times.instant(text)

    assert isinstance(taken, str) or times.FIRST <= taken.micros <= times.LAST
