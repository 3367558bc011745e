"""The quiet path of the semantic checks: what it passes over, no rule would have said anything about.

An event is looked at only where an expression over its bytes says so; memory stands for a look where what the look
depends on is the same. Both are judged here by asking the rules themselves, for events that are right or wrong in
all places where a rule looks.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import EVENT, NOW_US, an_event

from tidegate.events.checks import References, compile_checks, numbers, places, presence, words
from tidegate.events.checks.parts import Found, compiled
from tidegate.events.checks.reading import Fields
from tidegate.events.checks.times import EARLIEST_US, LATEST_AFTER_US, SKEW_US, Times, limits
from tidegate.events.encoding import encode
from tidegate.events.facts import fields_of

often = settings(max_examples=300, deadline=None, derandomize=True)
LISTS = References.of(
    {
        "un-locode": "AEKHL 1-------\nCNYTN 1-3-----\nDEBER --3-----\n",
        "smdg": "AEKHL ADT\nCNYTN YICT\n",
        "liners": "MSK\n",
    }
)
FIELDS, FACTS = Fields(EVENT, {}), fields_of(EVENT)
TIMES = Times(FIELDS, FACTS)
PARTS = [
    *presence.parts(FIELDS, FACTS),
    *numbers.parts(FIELDS, LISTS),
    *places.parts(FIELDS, LISTS),
    *words.parts(FIELDS),
]
_EDGES = (0, EARLIEST_US, NOW_US, NOW_US + SKEW_US, NOW_US + LATEST_AFTER_US, 1 << 48, 1 << 55, -NOW_US)


def one_of(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


times = st.sampled_from(_EDGES).flatmap(lambda edge: st.integers(edge - 2, edge + 2)) | st.integers(
    NOW_US - 10**12, NOW_US
)
locations = st.fixed_dictionaries(
    {},
    optional={
        "unLocode": one_of("CNYTN", "DEBER", "XYABC", "cnytn", ""),
        "facilityCode": one_of("YICT", "ADT"),
        "facilityCodeListProvider": one_of("SMDG", "BIC"),
        "name": one_of("Yantian", "straÃŸe", ""),
        "rawFacilityType": one_of("Q", ""),
    },
)
transports = st.fixed_dictionaries(
    {},
    optional={
        "mode": one_of("VESSEL", "RAIL"),
        "vesselImo": one_of("9321483", "7654321", "UNKNOWN", ""),
        "vesselName": one_of("MV Tide", "UNKNOWN"),
        "vesselMmsi": one_of("278111222", "1"),
        "operatorCode": one_of("MSK", "QQQ"),
        "operatorCodeList": one_of("SMDG", "NMFTA"),
        "rawMode": one_of("Truck"),
    },
)
trucks = st.fixed_dictionaries({}, optional={"tractorPlate": one_of("B-1", "?"), "vin": one_of("x")})
parties = st.fixed_dictionaries({"code": one_of("QQQ", "MSK"), "codeListProvider": one_of("SMDG", "GLEIF")})
events = st.fixed_dictionaries(
    {},
    optional={
        "eventId": one_of("", "2025-11-24T08:00+08:00"),
        "eventType": one_of("EQUIPMENT", "TRANSPORT", "UNKNOWN"),
        "eventSubtype": one_of("ARRI", "", "UNKNOWN"),
        "rawEventType": one_of("LOAD", ""),
        "rawEventSubtype": one_of("q"),
        "classifier": one_of("ACT", "EST", "PLN", "REQ", "UNKNOWN"),
        "eventTime": times,
        "eventCreatedTime": times | st.none(),
        "eventUpdatedTime": times | st.none(),
        "utcOffsetMinutes": one_of(None, 0, 480, -60),
        "eventTimeRaw": one_of(None, "2025-11-24T08:00Z", "2025-11-24T08:00"),
        "location": locations | st.none(),
        "equipment": one_of(
            None,
            {"reference": ""},
            {"reference": "UNKNOWN"},
            {"reference": "HLCU1234567", "rawEmptyIndicator": "Laden"},
        ),
        "transport": transports | st.none(),
        "truck": trucks | st.none(),
        "originatingParties": st.lists(parties, max_size=2),
        "extensions": one_of({}, {"a": "b"}, {"universalServiceReference": "x"}),
    },
)


@often
@given(events)
def test_times_that_are_passed_over_are_right(said: dict[str, Any]) -> None:
    b = encode(EVENT, an_event(**said))
    m = EVENT.scan(b, 0)

    if compiled(TIMES.quiet, TIMES.names, "b, m, latest, limit")(b, m, *limits(NOW_US)):
        assert TIMES.window(b, m, NOW_US) + TIMES.order(b, m, NOW_US) == ()


_LOOKED: dict[tuple[int, object], Found] = {}


@often
@given(events)
def test_parts_that_are_passed_over_have_nothing_to_say(said: dict[str, Any]) -> None:
    b = encode(EVENT, an_event(**said))
    m = EVENT.scan(b, 0)

    for number, part in enumerate(PARTS):
        quiet, found = compiled(part.quiet, {})(b, m), part.look(b, m)
        if part.known is None:
            assert not (quiet and found)
        else:  # what a look depends on is in its key: who has the same key gets the same answer
            assert _LOOKED.setdefault((number, quiet), found) == found


@often
@given(events)
def test_all_rules_together_say_what_each_says(said: dict[str, Any]) -> None:
    b = encode(EVENT, an_event(**said))
    m = EVENT.scan(b, 0)
    expected = TIMES.window(b, m, NOW_US)
    for part in PARTS[:2]:
        expected += part.look(b, m)
    expected += TIMES.order(b, m, NOW_US)
    for part in PARTS[2:]:
        expected += part.look(b, m)

    assert compile_checks(EVENT, references=LISTS)(b, m, NOW_US) == expected


def test_a_good_event_is_passed_over() -> None:
    # Or all of the above would say little.
    b = encode(EVENT, an_event(eventCreatedTime=NOW_US))
    m = EVENT.scan(b, 0)

    assert compiled(TIMES.quiet, TIMES.names, "b, m, latest, limit")(b, m, *limits(NOW_US))
    assert all(compiled(part.quiet, {})(b, m) for part in PARTS if part.known is None)
