"""Why every field does or does not leave."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builders import (
    COMMON,
    EVENT,
    NOW_US,
    a_class,
    a_grant,
    a_partner,
    a_publisher,
    a_record,
    an_event,
    an_executor,
    released,
)
from tests.reading import deliveries

from tidegate.gate import Explanation, explain

NAMED = {"location": {"name": "x"}}


def explained(event: dict[str, Any] | None = None, *, value: bytes | None = None, **said: Any) -> Explanation:
    record = a_record(event or an_event())
    given = record.value if value is None else value
    return explain(an_executor(**said), "forwarder", "terminal", record.key, given or b"", NOW_US)


def actions(found: Explanation) -> dict[str, str]:
    return {one.path: str(one.action) for one in found.fields}


def test_it_is_what_the_live_flow_delivers() -> None:
    found = explained()
    ((live,),) = deliveries(released(an_executor(), a_record())).values()

    assert found.released
    assert found.event_id == "e-1"
    assert found.delivery["value"] == live.value
    assert found.delivery["headers"] == live.headers
    assert found.delivery["schemaId"] == live.schema_id


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"grants": []},
        {"grants": [a_grant(when={"eventSubtype": "DISC"})]},
        {"suspended": ["terminal"]},
        {"classes": [a_class("location.name", "SUSPECT_IMPORTANT")], "grants": [a_grant(*COMMON, "location.name")]},
        {"classes": [a_class("location.name", "CORE")]},
    ],
)
def test_every_leaf_is_there_once_whatever_becomes_of_the_event(said: dict[str, Any]) -> None:
    whole, found = explained(), explained(an_event(**NAMED), **said)

    paths = [one.path for one in found.fields]
    assert len(paths) == len(set(paths))
    assert set(paths) == set(actions(whole))
    assert {"eventId", "documents[].reference", "people[].name", "location.name"} <= set(paths)


def test_why_nothing_is_delivered() -> None:
    held = {"classes": [a_class("location.name", "SUSPECT_IMPORTANT")], "grants": [a_grant(*COMMON, "location.name")]}
    core = {"classes": [a_class("location.name", "CORE")]}
    strict = [
        a_publisher(publisher={"severities": {"V7": "WARN"}}),
        a_partner(partner={"severities": {"V7": "ERROR"}}),
    ]

    reasons = {
        "no grant holds": explained(grants=[a_grant(when={"eventSubtype": "DISC"})]),
        "suspended": explained(suspended=["terminal"]),
        "held for a person": explained(an_event(**NAMED), **held),
        "blocked for everyone": explained(an_event(**NAMED), **core),
        "finding:V7": explained(an_event(eventTime=0), parties=strict),
        "is before the year 2000": explained(an_event(eventTime=0)),
        "bad_framing": explained(value=b"x"),
    }

    for words, found in reasons.items():
        assert not found.released, words
        assert words in found.reason
        assert not {"PASS", "MASK", "TOKENISE", "GENERALISE"} & set(actions(found).values()), words


def test_an_event_that_cannot_be_read_has_a_reason_and_no_fields() -> None:
    found = explained(value=b"\0" + EVENT.schema_id.to_bytes(4, "big"))

    assert not found.released
    assert found.reason.startswith("undecodable")
    assert found.fields == ()
