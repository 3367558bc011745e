"""Texts of any size, read item by item: the same as at once, in bounded memory, and hostile ones get a finding."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tidegate import standards
from tidegate.standards import Mapped, streaming
from tidegate.standards.straight import Straight, read_straight
from tidegate.standards.straight.going import Going


def an_item(number: int = 0, **said: Any) -> dict[str, Any]:
    times = dict.fromkeys(("eventDateTime", "eventCreatedDateTime"), "2026-03-10T09:41:00+08:00")
    return {"eventID": f"e-{number}", "eventType": "EQUIPMENT", **times, "equipmentReference": "PMLU4029178", **said}


def read(text: bytes | str, size: int = 1_000) -> list[Mapped]:
    data = text.encode() if isinstance(text, str) else text
    return list(standards.read_text(data[at : at + size] for at in range(0, len(data), size)))


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts of more than 2,000 bytes are read item by item."""
    monkeypatch.setattr(streaming, "WHOLE", 2_000)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("size", [1, 7, 1_000, 100_000])
@pytest.mark.parametrize(
    "document",
    [
        [an_item(n) for n in range(30)],
        {"page": {"a": [1, "]"]}, "events": [an_item(n) for n in range(30)], "feedbackElements": []},
        [an_item(n, x='}],"\\ ü') for n in range(30)],
        [1, 22.5, "x", None, [], *(an_item(n) for n in range(30)), True],
    ],
)
def test_the_same_as_at_once(document: Any, size: int) -> None:
    text = json.dumps(document, indent=1, ensure_ascii=False)

    items = read(text, size)

    whole = list(standards.read(document))
    assert [(one.index, one.event, dict(one.paths)) for one in items] == [
        (one.index, one.event, dict(one.paths)) for one in whole
    ]


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("size", [1, 7, 1_000])
@pytest.mark.parametrize(
    "long",
    [
        an_item(9, x="y" * 9_000),
        an_item(9, x=['"]}\\', {"\\": '[{\\"'}] * 900),
        "z\\" * 9_000,
        [[["}"] * 9] * 99] * 9,
    ],
)
def test_an_item_that_is_too_long_stops_none_after_it(long: Any, size: int) -> None:
    text = json.dumps([an_item(0), long, an_item(1), long, an_item(2)])

    items = read(text, size)

    assert [one.event is not None for one in items] == [True, False, True, False, True]
    assert [one.index for one in items] == [0, 1, 2, 3, 4]
    assert "more than 2,000 characters" in items[1].findings[0].message
    assert items[3].paths.base == "$[3]"


LARGE = an_item(9, **{f"x{number}": "y" * 500 for number in range(9)})
"""No value of it is too long, but all together are."""


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("size", [1, 7, 1_000])
@pytest.mark.parametrize("large", [an_item(9, x="y" * 9_000), LARGE])
@pytest.mark.parametrize("place", [0, 1])
def test_a_line_that_is_too_long_stops_none_after_it(large: Any, place: int, size: int) -> None:
    lines = [an_item(n) for n in range(20)]
    lines.insert(place, large)

    items = read("\n".join(map(json.dumps, lines)), size)

    assert [one.event is not None for one in items] == [n != place for n in range(21)]
    assert [one.index for one in items] == list(range(21))
    assert "more than 2,000" in items[place].findings[0].message


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("around", ['"' + "y" * 9_000 + '"', '{"a": 1, "a": 2}'])
def test_what_cannot_be_read_around_the_events_stops_none_of_them(around: str) -> None:
    events = [an_item(n) for n in range(20)]

    items = read(f'{{"page": {around}, "events": {json.dumps(events)}, "retractions": [{around}, {{}}], "end": []}}')

    assert [one.event_id for one in items[:20]] == [f"e-{n}" for n in range(20)]
    assert [one.index for one in items] == list(range(23))
    assert [one.findings[0].path for one in items[20:]] == ["$.retractions[0]", "$.retractions[1]", "$.page"]


@pytest.mark.usefixtures("short")
def test_an_envelope_in_an_envelope() -> None:
    items = read(json.dumps({"data": {"page": 1, "events": [an_item(n) for n in range(20)]}, "more": "y" * 500}))

    assert [one.event is not None for one in items] == [True] * 20
    assert items[3].paths.base == "$.data.events[3]"


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("document", [LARGE, {"data": LARGE}, {f"x{number}": "y" * 500 for number in range(9)}])
def test_an_object_that_lists_no_events_is_said(document: Any) -> None:
    (item,) = read(json.dumps(document))

    assert "too long for one event" in item.findings[0].message


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("count", [3, 40])
def test_json_lines(count: int) -> None:
    lines = [json.dumps(an_item(n)) for n in range(count)]
    lines[1] = '{"eventID": NaN}'

    items = read("\n".join(lines) + "\n\n")

    assert [one.event_id for one in items] == [f"e-{n}" if n != 1 else None for n in range(count)]
    assert items[1].findings[0].rule == "JSON"
    assert items[2].paths["eventId"] == "$.eventID"


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(
    ("item", "words"),
    [
        ('{"eventID": NaN}', "NaN is not a number"),
        ('{"eventID": 1' + "0" * 1_000 + "}", "number is too large"),
        ('{"a": 1e999}', "too long or too large"),
        ('{"a": 1, "a": 2}', "given twice"),
        ("[" * 70 + "]" * 70, "nested more than 64"),
        ('{"a": "\\ud83d"}', "lone surrogate"),
    ],
)
def test_one_that_is_refused_stops_none_of_the_others(item: str, words: str) -> None:
    good = [json.dumps(an_item(n)) for n in range(20)]
    text = f"[{','.join([*good, item, *good])}]"

    items = read(text)

    assert [one.event is not None for one in items] == [True] * 20 + [False] + [True] * 20
    assert words in items[20].findings[0].message
    assert items[20].findings[0].path == "$[20]"


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(
    ("tail", "words"),
    [
        (b",", "ends too early"),
        (b',{"a": ', "ends too early"),
        (b",\xff]", "not UTF-8"),
        (b"] x", "but the file goes on"),
        (b" {}]", "a comma or ]"),
        (b',{"a" 1}]', "not JSON"),
        (b"," + b"[" * 100_000, "nested"),
        (b',"' + b"x" * 10_000, "more than 2,000 characters"),
    ],
)
def test_the_end_of_what_can_be_read_is_said(tail: bytes, words: str) -> None:
    head = "[" + ",".join(json.dumps(an_item(n)) for n in range(20))

    items = read(head.encode() + tail)

    assert [one.event is not None for one in items[:20]] == [True] * 20
    assert words in items[-1].findings[0].message
    assert items[-1].event is None


@pytest.mark.parametrize("text", [b"", b"text", b"{", b"[1,", b"\xff", b'{"a":1,"a":2}', b"NaN", b"[" * 1_000_000])
def test_short_text_that_is_no_json_gives_one_item(text: bytes) -> None:
    (item,) = read(text, 100_000)

    assert item.event is None
    assert item.findings[0].rule == "JSON"


def _bomb(kind: str) -> Iterator[bytes]:
    """100 MiB on one line."""
    mib = 1 << 20
    if kind == "text":
        yield b'[{"eventID": "'
        yield from (b"x" * mib for _ in range(100))
    elif kind == "depth":
        yield from (b"[" * mib for _ in range(100))
    elif kind == "numbers":
        yield b"[1"
        yield from (b"0" * mib for _ in range(100))
    elif kind == "line":
        yield b'{"eventID": "e-1"}\n{"eventID": "'
        yield from (b"x" * mib for _ in range(100))
        yield b'"}\n{"eventID": "e-3"}\n'


@pytest.mark.parametrize("reader", [standards.read_text, read_straight])
@pytest.mark.parametrize("kind", ["text", "depth", "numbers", "line"])
def test_bombs_get_a_finding_in_bounded_memory(
    kind: str, reader: Callable[[Iterator[bytes]], Iterator[Mapped | Straight]]
) -> None:
    tracemalloc.start()
    try:
        items = list(reader(_bomb(kind)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    found = [one.findings for one in items if isinstance(one, Mapped) and one.findings]
    assert [findings[0].rule for findings in found if findings[0].rule == "JSON"] == ["JSON"]
    assert len(items) == (3 if kind == "line" else 1)
    assert peak < 64 << 20


def test_items_that_begin_unlike_each_other_are_not_searched_for_again_and_again(
    monkeypatch: pytest.MonkeyPatch, short: None
) -> None:
    tried: list[int] = []
    monkeypatch.setattr(Going, "part", lambda self, index, path, text: tried.append(len(text)))
    text = json.dumps([{f"n{number % 1_000}": 1, **an_item(number)} for number in range(2_000)]).encode()

    items = list(read_straight([text]))

    assert [one.event_id for one in items] == [f"e-{number}" for number in range(2_000)]
    assert not [size for size in tried if size > 1 << 14]


def test_a_document_of_which_one_event_goes_straight_is_not_held_as_findings() -> None:
    text = json.dumps([an_item(), *[1] * 100_000]).encode()
    assert len(text) < streaming.WHOLE

    tracemalloc.start()
    try:
        count = sum(1 for _ in read_straight([text]))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert count == 100_001
    assert peak < 32 << 20
