"""What a delivery says, and what of a value people may see who must not read it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builders import (
    COMMON,
    RETRACTION,
    a_class,
    a_grant,
    a_partner,
    a_publisher,
    a_record,
    a_retraction,
    an_event,
    an_executor,
    released,
)

from tidegate.gate import Executor, masked, said_by


def said(executor: Executor, event: dict[str, Any]) -> dict[str, list[Any]]:
    (output,) = released(executor, a_record(event)).outputs
    return said_by(output.bodies[0], executor.registry, "forwarder")


def test_every_field_is_said_by_its_path_with_all_its_values() -> None:
    fields = ("documents[].reference", "location.unLocode", 'extensions["customs"]')
    classes = [a_class('extensions["customs"]', "GENERAL")]

    found = said(
        an_executor(grants=[a_grant(*COMMON, *fields)], classes=classes), an_event(extensions={"customs": "C-1"})
    )

    assert found["documents[].reference"] == ["BL-1", "BK-1"]
    assert found["location.unLocode"] == ["CNYTN"]
    assert found['extensions["customs"]'] == ["C-1"]
    assert found.keys() == {*COMMON, *fields}


def test_null_an_empty_text_and_unknown_say_nothing() -> None:
    grants = [a_grant("eventId", "location.name", "location.facilityType", "eventTimeRaw", "equipment.emptyIndicator")]

    lenient = a_publisher(publisher={"severities": {"V8": "WARN"}})

    found = said(an_executor(grants=grants, parties=[lenient, a_partner()]), an_event(eventTimeRaw=""))

    assert found == {"eventId": ["e-1"]}


def test_attributes_and_a_publisher_that_is_shown_stand_beside_the_fields() -> None:
    grants = [a_grant(*COMMON, "equipment.reference", "originatingParties[].code")]
    partner = a_partner(partner={"attributes": ["subject", "time"]})
    plain = an_executor(grants=[a_grant()])

    found = said(an_executor(grants=grants, parties=[a_publisher(), partner]), an_event())

    assert found["ce_subject"] == ["MSKU1234565"]
    assert found["ce_source"] == ["/publishers/forwarder"]
    assert "ce_time" in found
    assert "ce_source" not in said(plain, an_event()), "a pseudonym of the publisher says nothing of it"


def test_a_notice_is_one_thing_said() -> None:
    executor = an_executor()
    (output,) = released(executor, a_record(a_retraction(), schema=RETRACTION, key=b"k")).outputs

    assert said_by(output.bodies[0], executor.registry, "forwarder") == {"notice": ["retracted"]}


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("MSKU1234565", "XXXX9999999"),
        ("Chan Tai-man", "Xxxx Xxx-xxx"),
        ("粤B12345", "xX99999"),
        ("٣٤", "99"),
        ("ศรี", "xxx"),
        ("a\x1b[31m", "xx[99x"),
        (-12.5, "-99.9"),
        (True, "yes or no"),
        (b"abc", "3 bytes"),
        ({"a": 1}, "several values"),
        ("~k3jq", "a pseudonym"),
        ("A" * 30, "X" * 24 + "..."),
    ],
)
def test_a_masked_value_keeps_its_shape_and_nothing_else(value: Any, shape: str) -> None:
    assert masked(value) == shape
