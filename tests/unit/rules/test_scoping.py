"""Scope of a grant: its limits are conditions, wrong ones are said, and a whole port's stream is pointed out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.builders import (
    NOW_US,
    a_grant,
    a_partner,
    a_publisher,
    a_record,
    a_rule_set,
    an_event,
    an_executor,
    released,
)
from tests.reading import deliveries

from tidegate.errors import BadRules

START = datetime(2026, 1, 1, tzinfo=UTC)


def delivered(limits: dict[str, Any], **event: Any) -> bool:
    executor = an_executor(grants=[a_grant("eventId", "eventType", limits=limits)])
    return "terminal" in deliveries(released(executor, a_record(an_event(**event)), at_us=NOW_US))


@pytest.mark.parametrize(
    ("port", "service", "leaves"),
    [
        ("CNYTN", "AE7", True),
        ("CNSHA", "AE7", False),
        ("CNYTN", "AE8", False),
        (None, "AE7", False),
        ("CNYTN", None, False),
    ],
)
def test_outside_its_limits_a_grant_gives_nothing(port: str | None, service: str | None, leaves: bool) -> None:
    limits = {"ports": ["CNYTN", "CNSHK"], "lanes": ["AE7"]}

    assert delivered(limits, location={"unLocode": port}, transport={"serviceCode": service}) is leaves


def test_limits_of_one_kind_limit_nothing_else() -> None:
    assert delivered({"ports": ["CNYTN"]}, location={"unLocode": "CNYTN"})
    assert delivered({"lanes": ["AE7"]}, location={"unLocode": "CNSHA"}, transport={"serviceCode": "AE7"})


def mistakes(**said: Any) -> list[str]:
    try:
        a_rule_set(grants=[a_grant(**said)])
    except BadRules as exc:
        return [str(one).partition(": ")[2] for one in exc.mistakes]
    return []


def test_what_is_wrong_with_limits_is_said() -> None:
    day = {"limits": {"days": 30}, "valid_from": START}
    assert mistakes(**day, valid_to=datetime(2026, 1, 31, tzinfo=UTC)) == []
    assert mistakes(**day, valid_to=datetime(2026, 1, 11, tzinfo=UTC)) == []
    assert mistakes(**day, valid_to=datetime(2026, 1, 31, 0, 0, 1, tzinfo=UTC)) == [
        "from valid_from to valid_to are more than the 30 days to which the grant is limited"
    ]
    assert mistakes(**day) == ["the grant is for 30 days at most and does not say which; add valid_from and valid_to"]
    assert mistakes(limits={"ports": ["CNYTN"]}, when={"location.unLocode": "CNSHA"}) == [
        "ports limits location.unLocode, and so does when; write it once"
    ]
    assert len(mistakes(limits={"ports": ["Yantian"]})) == 1
    assert len(mistakes(limits={"days": 0})) == 1


def whole(role: str, **said: Any) -> int:
    """How often it is said that a grant gives a whole stream."""
    found = a_rule_set(
        parties=[a_publisher(roles=[role]), a_partner()], grants=[a_grant("eventId", "eventType", **said)]
    )
    return sum("gives every event of forwarder" in note.sentence for note in found.notes)


def test_a_whole_ports_stream_is_pointed_out() -> None:
    assert whole("terminal") == whole("port authority") == whole("container terminal operator") == 1
    assert whole("terminal", when={"location.unLocode": "CNYTN", "eventType": "EQUIPMENT"}) == 1
    assert whole("terminal", limits={"ports": ["CNYTN"]}) == 1
    assert whole("terminal", limits={"lanes": ["AE7"]}) == 0
    assert whole("terminal", when={"transport.operatorCode": "MSK"}) == 0
    assert whole("freight forwarder") == whole("transport broker") == 0
