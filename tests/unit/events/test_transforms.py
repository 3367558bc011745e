"""Which transforms there are, and what is said of those that there are not."""

from __future__ import annotations

import pytest

from tidegate.errors import BadSchema
from tidegate.events.avro import Array, Enum, Node, Primitive, Record, Union
from tidegate.events.transforms import Transform, compile_transform, long_bytes, parse, text_bytes

TEXT, INT, LONG, DOUBLE = Primitive("string"), Primitive("int"), Primitive("long"), Primitive("double")
TIME = Primitive("long", "timestamp-micros")
MILLIS = Primitive("long", "timestamp-millis")
UUID = Primitive("string", "uuid")
KIND = Enum("Kind", ("A", "B"))
DAY = 86_400_000_000

WRONG: list[tuple[str, Node, str]] = [
    ("", TEXT, "write one of pseudonym, hour, date, prefix:<n>, band:<n>"),
    ("hash", TEXT, "there is no transform 'hash'"),
    ("Pseudonym", TEXT, "there is no transform 'Pseudonym'"),
    (" hour", TIME, "there is no transform ' hour'"),
    ("prefix", TEXT, "take a whole number above 0, as in band:1000"),
    ("prefix:", TEXT, "take a whole number above 0"),
    ("prefix:0", TEXT, "take a whole number above 0"),
    ("prefix:-1", TEXT, "take a whole number above 0"),
    ("prefix:03", TEXT, "take a whole number above 0"),
    ("prefix:1.5", TEXT, "take a whole number above 0"),
    ("prefix:٣", TEXT, "take a whole number above 0"),
    ("prefix:5\n", TEXT, "take a whole number above 0"),
    ("band:2147483648", INT, "take a whole number above 0"),
    ("band:" + "9" * 5000, INT, "take a whole number above 0"),
    ("hour:1", TIME, "the others take none"),
    ("hour:", TIME, "the others take none"),
    ("pseudonym:7", TEXT, "the others take none"),
    ("pseudonym", INT, "pseudonym works on string fields, and this one is int"),
    ("pseudonym", KIND, "pseudonym works on string fields, and this one is enum"),
    ("pseudonym", Array(TEXT), "this one is array"),
    ("pseudonym", Record("R", ()), "this one is record"),
    ("pseudonym", Union((TEXT, INT)), "this one is union"),
    ("pseudonym", UUID, "a text that is no uuid"),
    ("prefix:3", Union((Primitive("null"), UUID)), "a text that is no uuid"),
    ("prefix:3", Primitive("bytes"), "prefix works on string fields, and this one is bytes"),
    ("band:3", TEXT, "band works on int and long and double fields, and this one is string"),
    ("band:3", Primitive("float"), "this one is float"),
    ("hour", LONG, "hour works on fields of logical type timestamp-micros"),
    ("date", MILLIS, "date works on fields of logical type timestamp-micros"),
    ("date", Primitive("int", "date"), "date works on long fields"),
]


@pytest.mark.parametrize(("text", "node", "sentence"), WRONG)
def test_a_wrong_transform_is_answered_with_what_to_write(text: str, node: Node, sentence: str) -> None:
    # Given a transform in a rule document
    # When it is read for a field
    with pytest.raises(BadSchema) as refusal:
        parse(text, node)

    # Then the answer helps
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(
    ("transform", "node", "value", "expected"),
    [
        # a time is cut to what was before it, also before 1970
        (Transform("hour"), TIME, long_bytes(DAY + 3_599_999_999), long_bytes(DAY)),
        (Transform("hour"), TIME, long_bytes(-1), long_bytes(-3_600_000_000)),
        (Transform("date"), TIME, long_bytes(2 * DAY), long_bytes(2 * DAY)),
        (Transform("date"), TIME, long_bytes(-1), long_bytes(-DAY)),
        # bands begin below the number, also below zero
        (Transform("band", 1000), INT, long_bytes(1999), long_bytes(1000)),
        (Transform("band", 1000), INT, long_bytes(-1), long_bytes(-1000)),
        (Transform("band", 1000), INT, long_bytes(-(2**31)), long_bytes(-(2**31))),
        (Transform("band", 2**31 - 1), INT, long_bytes(2**31 - 2), long_bytes(0)),
        # characters, not bytes
        (Transform("prefix", 2), TEXT, text_bytes("香港港".encode()), text_bytes("香港".encode())),
        (Transform("prefix", 2), TEXT, text_bytes(b""), text_bytes(b"")),
        (Transform("prefix", 70), TEXT, text_bytes(b"x" * 200), text_bytes(b"x" * 70)),
    ],
)
def test_examples(transform: Transform, node: Node, value: bytes, expected: bytes) -> None:
    # Given a value
    # When it is transformed
    result = compile_transform(transform, node, b"key")(value)

    # Then it is what a person would write
    assert result == expected


def test_pseudonyms_are_what_they_were() -> None:
    # Given a text that a partner knows by its pseudonym
    # When it is replaced again, by a later release
    result = compile_transform(Transform("pseudonym"), TEXT, b"key of a partner")(text_bytes(b"MSKU1234565"))

    # Then it has the same
    assert result == text_bytes(b"~jua6nkzl26ftc3ms2nwqkdcvum")


@pytest.mark.parametrize(
    ("transform", "node"),
    [
        (Transform("pseudonym"), KIND),
        (Transform("hour"), LONG),
        (Transform("prefix"), TEXT),
        (Transform("prefix", 2), UUID),
        (Transform("else"), TEXT),
    ],
)
def test_a_transform_that_does_not_fit_is_never_compiled(transform: Transform, node: Node) -> None:
    # Given a transform for a field of another type
    # When it is compiled
    with pytest.raises(BadSchema) as refusal:
        compile_transform(transform, node, b"key")

    # Then that is refused, whoever asked for it
    assert str(refusal.value)


def test_a_pseudonym_needs_a_key() -> None:
    # Given no key
    # When a pseudonym is compiled
    with pytest.raises(ValueError, match="without a key") as refusal:
        compile_transform(Transform("pseudonym"), TEXT, b"")

    # Then that is refused: without one anybody could try all container numbers
    assert refusal.value
