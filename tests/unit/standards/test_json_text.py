"""JSON text: what is refused, where, and within what bounds."""

from __future__ import annotations

import json

import pytest

from tidegate import standards
from tidegate.errors import BadInput
from tidegate.standards import json_text


@pytest.mark.parametrize(
    ("text", "document"),
    [
        (b"[]", []),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),  # a byte order mark, as Windows programs write
        (b'{"a": "\\ud83d\\udea2"}', {"a": "🚢"}),
        (b'{"a": "\\\\ud83d"}', {"a": "\\ud83d"}),  # a backslash and five letters
        (b"[9223372036854775807, -9223372036854775808, 1.5, -0.0, 1e3]", [2**63 - 1, -(2**63), 1.5, -0.0, 1000.0]),
        (b"[true, false, null]", [True, False, None]),
        ('{"città": "København"}'.encode(), {"città": "København"}),
    ],
)
def test_taken(text: bytes, document: object) -> None:
    assert standards.parse(text) == document


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "Line 1, column 1: the file ends too early"),
        (b"[1,\n 2", "Line 2, column 3: the file ends too early"),
        (b"[1,\n 2,]", "Line 2, column 4: this is not JSON"),
        (b"{'a': 1}", "Line 1, column 2: this is not JSON"),
        (b'{"a": 1}\n{"a": 2}', "Line 2, column 1: the JSON ends here, but the file goes on. Put all events into one"),
        (b'[{"a": 1,\n  "b": 2, "a": 3}]', "Line 2, column 11: 'a' is given twice"),
        (b'{"a": {"b": 1, "\\u0062": 2}}', "Line 1, column 16: 'b' is given twice"),
        (b'{"x": "NaN",\n "a": NaN}', "Line 2, column 7: NaN is not a number in JSON"),
        (b'{"a": -Infinity}', "Line 1, column 7: -Infinity is not a number"),
        (b'["9223372036854775808",\n9223372036854775808]', "Line 2, column 1: the number is too large"),
        (b"[" + b"1" * 5000 + b"]", "Line 1, column 2: the number is too large"),
        (b"[1e400]", "Line 1, column 2: the number is too long or too large"),
        (b"[0." + b"1" * 5000 + b"]", "Line 1, column 2: the number is too long or too large"),
        (b'["ok",\n "x\\ud83d"]', "Line 2, column 4: half a character"),
        (b'["\\udea2\\ud83d"]', "Line 1, column 3: half a character"),
        (b'["ok",\n "\xff"]', "Line 2, byte 3: the file is not UTF-8"),
        (b'["\xed\xa0\x80"]', "Line 1, byte 3: the file is not UTF-8"),  # a surrogate, encoded
        ("[]".encode("utf-16"), "UTF-16"),
        (b'["a\x00b"]', "this is not JSON: invalid control character"),
        (b"[" * 100, "Line 1, column 101: the file ends too early"),
        (b"[" * 65 + b"]" * 65, "nested more than 64"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "nested more than 64"),
        (b'["' + b"[" * 100 + b'", ' + b"[" * 64 + b"]" * 65, "nested more than 64"),
    ],
)
def test_refused(text: bytes, sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        standards.parse(text)
    assert sentence in str(refused.value)


def test_unclosed_brackets_by_the_million() -> None:
    with pytest.raises(BadInput):
        standards.parse(b"[" * 1_000_000)
    with pytest.raises(BadInput):
        standards.parse(b'{"a":[' * 300_000)


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_deepest_that_is_taken(opening: bytes) -> None:
    closing = b"]" if opening == b"[" else b"}"

    document = standards.parse(opening * 64 + b"1" + closing * 64)

    assert document


@pytest.mark.parametrize("inside", ["[" * 99, "{" * 99 + '\\"', '\\\\"' + "," + '"' + "[" * 99, "]" * 99])
def test_brackets_inside_text_are_no_depth(inside: str) -> None:
    text = f'["{inside}", []]'.encode()

    assert standards.parse(text)


def test_size_is_checked_first() -> None:
    with pytest.raises(BadInput, match="11 bytes; at most 10"):
        json_text.parse(b'["\xff\xff\xff\xff\xff\xff\xff"]', limit=10)


def test_a_mistake_too_far_to_look_for_is_still_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "MAX_TOKENS", 3)

    with pytest.raises(BadInput, match=r"^'c' is given twice"):
        standards.parse(b'{"a": 1, "b": 2, "c": 3, "c": 4}')


def test_number_of_values_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "MAX_VALUES", 100)

    assert standards.parse(json.dumps(list(range(99))).encode())
    with pytest.raises(BadInput, match="more than 100 values"):
        standards.parse(json.dumps(list(range(200))).encode())
