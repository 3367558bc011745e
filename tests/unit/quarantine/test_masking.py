"""What is shown of a record: which fields it has, and nothing of what they say."""

from __future__ import annotations

from tests.builders import EVENT, an_event

from tidegate.events.encoding import encode_framed
from tidegate.quarantine.masking import decoded, masked


def test_every_field_that_is_there_is_named_and_no_value_is() -> None:
    event = an_event(
        eventId="value-1",
        location={"name": "value-2", "latitude": 22.5},
        truck={"tractorPlate": "value-3"},
        seals=[{"number": "value-4"}, {"number": "value-5"}],
        extensions={"value-6": "value-7"},
    )

    found = dict(masked(EVENT.json, event))

    assert found["eventId"] == found["truck.tractorPlate"] == found["seals[1].number"] == "text"
    assert found["location.latitude"] == found["eventTime"] == "number"
    assert found["eventType"] == "code"
    assert found["partial"] == "yes or no"
    assert found["extensions"] == "map of 1"
    assert "truck.vin" not in found
    assert "value" not in str(found)
    assert "22.5" not in str(found)


def test_bytes_of_no_known_schema_have_no_fields() -> None:
    framed = encode_framed(EVENT, an_event())

    assert decoded(framed, [EVENT]) is not None
    assert decoded(framed[:-1], [EVENT]) is None
    assert decoded(framed, []) is None
    assert decoded(b"no event", [EVENT]) is None
    assert decoded(None, [EVENT]) is None
