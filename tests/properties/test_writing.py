"""Canonical events to DCSA and back: what the standard can hold comes back, all else is in the list of losses.

The oracle walks both events leaf by leaf; it shares no code with the writer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.properties.test_standards_canonical import EVENT, RETRACTION, of_schema

from tidegate import standards
from tidegate.standards import Target
from tidegate.standards.dcsa30_words import EQUIPMENT, SHIPMENT, TRANSPORT

often = settings(max_examples=200, deadline=None, derandomize=True)
TARGETS: tuple[Target, ...] = ("dcsa-2.2", "dcsa-3.0")
CODES = {"eventType", "eventSubtype", "classifier", "mode", "type", "source", "role", "emptyIndicator"}
CODES |= {"transportPhase", "facilityType", "facilityCodeListProvider"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

any_events = of_schema(EVENT)
usual = {
    "eventType": st.sampled_from(["SHIPMENT", "TRANSPORT", "EQUIPMENT"]),
    "eventSubtype": st.sampled_from([*SHIPMENT, *TRANSPORT, *EQUIPMENT]),
    "eventTime": st.integers(0, 4 * 10**15),
    "offsetSource": st.just("GIVEN"),
    "utcOffsetMinutes": st.integers(-12 * 60, 14 * 60),
}
"""Fields as most senders fill them: of the whole schema alone few events would be ones that can be written."""
events = st.builds(
    lambda event, said: event | said,
    any_events,
    st.fixed_dictionaries({}, optional=usual) | st.fixed_dictionaries(usual),
)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """All values that say something, with their canonical paths."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if path == "extensions":
                yield f"{path}[{name}]", inner
            else:
                yield from leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{index}]")
    elif not is_default(path.rpartition(".")[2], value):
        yield path, value


def is_default(name: str, value: Any) -> bool:
    """Whether a field of that name says nothing with this value."""
    nothing = {"offsetSource": "NONE", **dict.fromkeys(CODES, "UNKNOWN")}
    return value is None or value is False or (name in nothing and value == nothing[name])


def read_again(document: dict[str, Any], target: Target) -> dict[str, Any]:
    (mapped,) = standards.read(standards.parse(json.dumps(document, ensure_ascii=False).encode()), target)
    assert mapped.event is not None, mapped.findings
    return mapped.event


@pytest.mark.parametrize("target", TARGETS)
@often
@given(event=events)
def test_an_event_there_and_back(target: Target, event: dict[str, Any]) -> None:
    written = standards.write(event, "event", target)
    lost = {loss.path for loss in written.losses}
    before = dict(leaves(event))

    assert len(lost) == len(written.losses)
    assert lost <= before.keys()
    if written.document is None:
        assert lost
        return
    after = dict(leaves(read_again(written.document, target)))
    raw = after.pop("eventTimeRaw")
    if "eventTimeRaw" in lost or event["eventTimeRaw"] is None:  # the text of the document itself: no news of the event
        assert (datetime.fromisoformat(raw) - _EPOCH) // timedelta(microseconds=1) == event["eventTime"]
    else:
        assert raw == event["eventTimeRaw"]
    before.pop("eventTimeRaw", None)
    assert after == {path: value for path, value in before.items() if path not in lost}


@pytest.mark.parametrize("target", TARGETS)
@often
@given(event=events)
def test_what_is_written_is_told_as_that_standard(target: Target, event: dict[str, Any]) -> None:
    document = standards.write(event, "event", target).document

    if document is not None and event["eventType"] != "UNKNOWN":
        assert standards.recognise(document)[0] == target


@often
@given(of_schema(RETRACTION))
def test_a_retraction_there_and_back(retraction: dict[str, Any]) -> None:
    assert standards.write(retraction, "retraction", "dcsa-2.2").document is None

    written = standards.write(retraction, "retraction", "dcsa-3.0")

    assert written.document is not None
    (mapped,) = standards.read(written.document, "dcsa-3.0")
    lost = {loss.path for loss in written.losses}
    assert mapped.kind == "retraction"
    assert mapped.event is not None
    assert dict(leaves(mapped.event)) == {path: value for path, value in leaves(retraction) if path not in lost}
