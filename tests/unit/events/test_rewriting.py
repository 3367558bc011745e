"""Parts of slots: what is kept, and what is refused rather than kept by mistake."""

from __future__ import annotations

from typing import Any

import pytest

from tidegate.events import avro
from tidegate.events.avro import Array, Map, Node, Primitive, Record, Union
from tidegate.events.projection import Changed, Fields, Items, Keys, Selection, Whole
from tidegate.events.rewriting import blocks, compile_rewrite, normal_form, skip
from tidegate.events.transforms import Transform, long_bytes, text_bytes

KEY = b"key"
NULL, TEXT, INT = Primitive("null"), Primitive("string"), Primitive("int")


def a_record(**fields: Any) -> Record:
    return avro.parse({"type": "record", "name": "R", "fields": [{"name": n, "type": t} for n, t in fields.items()]})


LOCATION = {"type": "record", "name": "Location", "fields": [{"name": "name", "type": ["null", "string"]}]}
ITEM = a_record(kind={"type": "enum", "name": "Kind", "symbols": ["A", "B"]}, text="string", at=["null", LOCATION])


def an_item(kind: int, text: str, at: bytes = b"\0") -> bytes:
    return long_bytes(kind) + text_bytes(text.encode()) + at


def test_elements_are_chosen_by_a_word_and_reduced_to_fields() -> None:
    # Given three elements, in two blocks, the second one with its size
    first, second = an_item(0, "one") + an_item(1, "two"), an_item(0, "three")
    array = long_bytes(2) + first + long_bytes(-1) + long_bytes(len(second)) + second + b"\0"
    selection = Items(Fields((("text", Whole()),)), where="kind", values=("A",))

    # When those of one kind are kept, and of them one field
    result = compile_rewrite(Array(ITEM), selection, KEY)(array)

    # Then they come in one block
    assert result == blocks([text_bytes(b"one"), text_bytes(b"three")])


@pytest.mark.parametrize("values", [(), ("B",)])
def test_a_filter_that_nothing_passes_leaves_an_empty_array(values: tuple[str, ...]) -> None:
    # Given elements of another kind
    array = blocks([an_item(0, "one")])

    # When they are filtered
    result = compile_rewrite(Array(ITEM), Items(Whole(), "kind", values), KEY)(array)

    # Then none is left
    assert result == b"\0"


def test_a_filter_inside_a_record_that_may_be_null() -> None:
    # Given elements with the word, without it, and without the record around it
    here = b"\2\2" + text_bytes(b"here")
    array = blocks([an_item(0, "one", here), an_item(0, "two", b"\2\0"), an_item(0, "three")])

    # When they are filtered by it
    result = compile_rewrite(Array(ITEM), Items(Whole(), "at.name", ("here",)), KEY)(array)

    # Then the first passes
    assert result == blocks([an_item(0, "one", here)])


def test_a_transform_inside_an_element_meets_null() -> None:
    # Given elements whose record is there with a text, there without one, and not there
    array = blocks([an_item(0, "", b"\2\2" + text_bytes(b"here")), an_item(0, "", b"\2\0"), an_item(0, "")])
    name = Fields((("name", Changed(Transform("prefix", 1))),))

    # When the text is transformed
    result = compile_rewrite(Array(ITEM), Items(Fields((("at", name),))), KEY)(array)

    # Then null stays null
    assert result == blocks([b"\2\2" + text_bytes(b"h"), b"\2\0", b"\0"])


@pytest.mark.parametrize(
    ("node", "selection"),
    [
        (Array(INT), Items(Changed(Transform("band", 10)))),
        (Map(TEXT), Keys(("a",))),
        (TEXT, Changed(Transform("prefix", 1))),
        (Union((NULL, TEXT)), Changed(Transform("prefix", 1))),
        (ITEM, Fields((("text", Whole()),))),
    ],
)
def test_a_slot_inside_a_record_that_is_null_stays_empty(node: Node, selection: Selection) -> None:
    # Given a slot without bytes, because the record around it is null
    # When it is rewritten
    result = compile_rewrite(node, selection, KEY)(b"")

    # Then there is nothing to write
    assert result == b""


def test_keys_of_a_map_are_kept_by_name() -> None:
    # Given a map in two blocks
    def entry(key: str, value: int) -> bytes:
        return text_bytes(key.encode()) + long_bytes(value)

    second = entry("c", 3) + entry("schlüssel", 4)
    data = long_bytes(1) + entry("a", 1) + long_bytes(-2) + long_bytes(len(second)) + second + b"\0"

    # When some keys are kept, one of which is not there
    result = compile_rewrite(Map(INT), Keys(("schlüssel", "a", "b")), KEY)(data)

    # Then these leave, in the order in which they came
    assert result == blocks([entry("a", 1), entry("schlüssel", 4)])


MISFITS: list[tuple[Node, Selection]] = [
    # a filter that could not be applied must not let everything through
    (Array(TEXT), Items(Whole(), "kind", ("A",))),
    (Array(Union((NULL, ITEM))), Items(Whole(), "kind", ("A",))),
    (Array(ITEM), Items(Whole(), "nothing", ("A",))),
    (Array(a_record(n="int")), Items(Whole(), "n", ("1",))),
    # a part of what has no such parts
    (Array(ITEM), Items(Changed(Transform("pseudonym")))),
    (Array(ITEM), Items(Keys(("a",)))),
    (Array(ITEM), Keys(("a",))),
    (Map(TEXT), Items(Whole())),
    (TEXT, Fields(())),
    (TEXT, Items(Whole())),
    (ITEM, Items(Whole())),
    # which branch would be meant
    (Union((NULL, TEXT, INT)), Changed(Transform("pseudonym"))),
    (Union((ITEM,)), Fields((("text", Whole()),))),
]


@pytest.mark.parametrize(("node", "selection"), MISFITS)
def test_a_selection_that_does_not_fit_is_refused(node: Node, selection: Selection) -> None:
    # Given a selection for another type
    # When it is compiled
    with pytest.raises(TypeError) as refusal:
        compile_rewrite(node, selection, KEY)

    # Then that is a bug of the caller, and nothing leaves
    assert str(refusal.value)


def test_the_normal_form_of_a_map() -> None:
    # Given a map whose keys come in any order, in blocks
    node = Map(Array(INT))
    numbers = long_bytes(1) + long_bytes(7) + long_bytes(1) + long_bytes(8) + b"\0"
    data = long_bytes(1) + text_bytes(b"z") + b"\0" + long_bytes(1) + text_bytes(b"aa") + numbers + b"\0"

    # When it is put into its normal form
    result = normal_form(node, data)

    # Then the keys are in the order of their bytes, whatever their length, and all blocks are one
    assert result == blocks([text_bytes(b"aa") + blocks([long_bytes(7), long_bytes(8)]), text_bytes(b"z") + b"\0"])
    assert skip(node, data + b"more", 0) == len(data)
