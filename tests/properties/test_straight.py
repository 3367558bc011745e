"""The straight way says what the long way says: the same bytes, ids, keys, paths and findings, or nothing.

The long way is the oracle: every item parsed by ``json``, mapped to a canonical event, encoded from that.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.properties.test_standards import anything, dcsa_events, leaves, moments, plain_in, texts, words
from tests.properties.test_standards_canonical import EVENT, of_schema

from tidegate import standards
from tidegate.client import checking
from tidegate.events.builtin import EVENT_SCHEMA, builtin
from tidegate.events.encoding import encode
from tidegate.standards import Mapped, json_text, streaming
from tidegate.standards.reading import Wanted
from tidegate.standards.straight import Straight, read_straight

SAMPLES = Path(__file__).parents[1] / "samples"
often = settings(max_examples=150, deadline=None)
STANDARDS: tuple[Wanted, ...] = ("auto", "dcsa-2.2", "dcsa-3.0", "canonical")
SCHEMA = builtin(EVENT_SCHEMA)


def items_in(name: str) -> list[dict[str, Any]]:
    document = json.loads((SAMPLES / f"{name}.json").read_text())
    return document if isinstance(document, list) else document["events"]


JOURNEY = items_in("journey")
WRITTEN = [
    standards.write(mapped.event, "event", "dcsa-3.0").document
    for mapped in standards.read(JOURNEY)
    if mapped.event is not None
]
CANONICAL = [standards.to_json(mapped.event, "event") for mapped in standards.read(JOURNEY) if mapped.event is not None]
FULL = {
    "eventID": "e-1",
    "isRetracted": False,
    "eventDateTime": "2026-03-06T02:17:30.5+08:00",
    "eventUpdatedDateTime": "2026-03-05T18:19:02Z",
    "eventClassification": {"eventType": "REEFER", "eventClassifier": "ACTUAL", "reeferEventType": "MEASURED"},
    "eventLocation": {
        "geoCoordinate": {"latitude": 22.5, "longitude": "114.27"},
        "address": {"addressLines": ["Pier 1"]},
    },
    "reeferDetails": {
        "internalSetpointTemperature": -18,
        "temperatureUnit": "CEL",
        "temperatureProbeMeasurements": [{"measuredTemperatureValue": -17.5}, {"measuredTemperatureValue": 3}],
        "alarms": [{"code": "AL01"}],
    },
    "transportDetails": {"delayReasonCodes": ["WEA"], "transportCall": {"modeOfTransport": "VESSEL"}},
    "eventRouting": {"originatingParty": {"partyCode": "PMLX"}, "destinationParties": [{"partyCode": "YICT"}]},
}
SEEDS: list[Any] = [*JOURNEY, *items_in("tnt-3.0"), *WRITTEN, *CANONICAL, *items_in("canonical"), FULL]
ODD_TIMES = (
    "2026-03-06T02:17:30,5+08:00",
    "2026-03-06T02:17:30.1234567Z",
    "2026-03-06T02:17:30.1234560Z",
    "2026-03-06T02:17:30.",
    "2026-03-06t02:17:30z",
    "2026-03-06 02:17:30+0800",
    "2026-03-06T02:17:30+08",
    "2026-03-06T02:17+08:00",
    "2026-03-06T02:17:60Z",
    "2026-03-06T24:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-03-06T02:17:30-00:00",
    "2026-03-06T02:17:30+15:00",
    "2026-03-06T02:17:30.5-00:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "1899-12-31T23:59:59Z",
    "2026-03-06",
    "٢٠٢٦-03-06T02:17:30Z",
)
ODD_VALUES = (
    *(
        "",
        " ",
        "\u3000",
        "\u3000x",
        "\x1f",
        "é",
        "深圳",
        "\U0001f6a2",
        "UNKNOWN",
        "unknown",
        "BKG",
        "BOOKING",
        "22.5790",
        "91",
    ),
    *(0, 1, -1, 2**31, 2**63 - 1, -(2**63), 10**15, 1.0, 22.5, 1e300, True, False, None),
    *([], [""], ["WEA"], ["WEA", None], [[]], {}, {"a": "b"}, [{}], [{"type": "BKG", "reference": "b"}]),
    *ODD_TIMES,
)
values = st.sampled_from(ODD_VALUES) | moments() | words | leaves | texts | anything
NAMES = (
    *(
        "changeRemark",
        "vesselCallSignNumber",
        "a.b",
        "it's",
        "ähnlich",
        "",
        "EVENTID",
        "eventid",
        "isRetracted",
        "address",
    ),
    *("UNLocationCode", "facilityCode", "facilityTypeCode", "eventTypeCode", "transportCallID", "type", "typeCode"),
    *("documentID", "documentTypeCode", "reason", "extensions", "eventTimeRaw", "location", "events", "retraction"),
)


def objects_in(value: Any) -> Iterator[dict[str, Any]]:
    """The value and what is inside it, as far as they are objects."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects_in(inner)


def changed(draw: st.DrawFn, item: dict[str, Any]) -> None:
    """One thing about the item is otherwise."""
    objects = list(objects_in(item))
    target = draw(st.sampled_from(objects))
    name = draw(st.sampled_from([*target, *NAMES]) if target else st.sampled_from(NAMES))
    match draw(st.sampled_from(["set", "set", "drop", "spell", "copy", "order", "list"])):
        case "set":
            target[name] = copy.deepcopy(draw(values))
        case "drop":
            target.pop(name, None)
        case "spell" if name in target:
            target[draw(st.sampled_from([name.upper(), name.capitalize(), f"{name} ", name[::-1]]))] = target.pop(name)
        case "copy" if name in target:
            draw(st.sampled_from(objects))[name] = copy.deepcopy(target[name])
        case "order":
            order = draw(st.permutations(list(target.items())))
            target.clear()
            target.update(order)
        case "list" if name in target:
            target[name] = [target[name]] * draw(st.integers(0, 3))
        case _:
            pass


@st.composite
def nearly_plain(draw: st.DrawFn) -> dict[str, Any]:
    """A plain item with a few things changed."""
    item = copy.deepcopy(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 3))):
        changed(draw, item)
    return item


@st.composite
def canonical_items(draw: st.DrawFn) -> Any:
    """Any event that the schema allows, as one of the standards writes it."""
    event = draw(of_schema(EVENT))
    target = draw(st.sampled_from(["canonical", "dcsa-2.2", "dcsa-3.0"]))
    written = None if target == "canonical" else standards.write(event, "event", target).document
    return written or standards.to_json(event, "event")


items = nearly_plain() | nearly_plain() | canonical_items() | dcsa_events


@st.composite
def written(draw: st.DrawFn) -> bytes:
    """A document of some items, in any layout, and sometimes not quite as it ought to be."""
    found = draw(st.lists(items, min_size=1, max_size=3))
    layout: dict[str, Any] = {"ensure_ascii": draw(st.booleans()), "indent": draw(st.sampled_from([None, None, 1]))}
    match draw(st.sampled_from(["array", "lines", "envelope", "one"])):
        case "array":
            text = json.dumps(found, **layout)
        case "lines":
            text = "\n".join(json.dumps(one, ensure_ascii=layout["ensure_ascii"]) for one in found)
        case "envelope":
            text = json.dumps(
                {"page": {"n": 1}, "events": found} if draw(st.booleans()) else {"events": found}, **layout
            )
        case _:
            text = json.dumps(found[0], **layout)
    old, new = draw(st.sampled_from(FLAWS))
    return (text.replace(old, new, 1) if draw(st.booleans()) else text).encode()


FLAWS = (
    ('"eventID"', '"eventID": "first", "eventID"'),
    ('"eventId"', '"eventId": "first", "eventId"'),
    ('"UNLocationCode"', '"facilityTypeCode": "POTE", "facilityTypeCode": "POTE", "UNLocationCode"'),
    ('"reference"', '"reference": ":", "reference"'),
    (": ", ":"),
    (": ", " :\t"),
    ("22.5", "22." + "5" * 70),
    ("-18", "-18e0"),
    ("-18", "18446744073709551616"),
    ("-18", "1" + "0" * 400),
    ("22.5", "NaN"),
    ("22.5", "1e999"),
    ("e-1", '\\"":\\"'),
    ("e-1", "\\\\"),
    ("e-1", "\\ud800"),
    ("e-1", "\\ud83d\\udea2"),
    ("e-1", "20260302" * 9),
    ("{", "\ufeff{"),
    ("}", "},"),
    ("}", "} {"),
    ("}", ""),
    ("[", "[" * 70),
    ('"', "'"),
)


def compared(text: bytes, standard: Wanted, size: int) -> int:
    """How many items of a text went straight; all are as on the long way."""
    chunks = [text[at : at + size] for at in range(0, len(text), size)]
    made, expected = list(read_straight(chunks, standard)), list(long_way(chunks, standard))
    assert len(made) == len(expected)
    for one, mapped in zip(made, expected, strict=True):
        if isinstance(one, Straight):
            assert mapped.findings == one.findings
            assert mapped.kind == "event"
            assert mapped.event is not None
            assert one.value == encode(SCHEMA, mapped.event)
            assert (one.index, one.event_id, one.key) == (mapped.index, mapped.event_id, mapped.key)
        assert (one.mapped(standard) if isinstance(one, Straight) else one) == mapped
    return sum(isinstance(one, Straight) for one in made)


def long_way(chunks: list[bytes], standard: Wanted) -> Iterator[Mapped]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_text, "loosely", lambda text: None)
        yield from standards.read_text(chunks, standard)


@often
@given(written(), st.sampled_from(STANDARDS))
def test_a_document_says_the_same_on_both_ways(text: bytes, standard: Wanted) -> None:
    compared(text, standard, len(text) or 1)


@often
@given(written(), st.sampled_from(STANDARDS), st.integers(1, 400))
@example(json.dumps(SEEDS).encode(), "auto", 100)
def test_a_long_text_says_the_same_on_both_ways(text: bytes, standard: Wanted, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streaming, "WHOLE", 1_500)
        compared(text, standard, size)


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("long", [False, True])
def test_plain_events_do_go_straight(indent: int | None, long: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "WHOLE", 2_000 if long else 1 << 22)
    read = [(one, next(standards.read(one))) for one in SEEDS]
    events = [one for one, mapped in read if mapped.kind == "event" and not mapped.findings]

    went = compared(json.dumps(events, indent=indent).encode(), "auto", 1 << 20)

    # In a long text the end of an event is known at once only where the next begins with the same name.
    assert went >= len(events) * (0.6 if long else 0.9)


@often
@given(st.lists(items, min_size=1, max_size=4), st.integers(1_577_836_800_000, 1_900_000_000_000))
def test_check_says_the_same_on_both_ways(events: list[Any], now_ms: int) -> None:
    text = "\n".join(map(json.dumps, events)).encode()

    def checked() -> list[checking.Checked]:
        return list(checking.check(EXECUTOR, checking.SENDER, "file", [text], "auto", now_ms))

    said = checked()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checking, "read_straight", standards.read_text)
        assert said == checked()


EXECUTOR = checking.default_executor()


@often
@given(written())
def test_a_proven_document_is_the_one_that_is_parsed_strictly(text: bytes) -> None:
    found = json_text.loosely(text)

    # Large numbers are nobody's to take from such a document.
    if found is None or any(type(one) in (int, float) and abs(one) >= 2**63 for one in plain_in(found[0])):
        return
    if json_text.proven(text, json_text.count_members(found[0], {})):
        assert repr(found[0]) == repr(json_text.parse(text))
