"""Events with important data across lanes and processes: as many leave as an assessment says, whatever breaks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.builders import a_class, a_paper
from tests.faults.flow import LANES
from tests.faults.port import ENTRY, YEAR, Port
from tests.faults.rig import until

from tidegate.law import Bucket

VOLUME = 40
LAST_YEAR = 10
"""Events of last year, in which the assessment took effect."""
EVENTS = 60
PLAIN = 20
"""Events without important data."""
ASSESSMENT: dict[str, Any] = a_paper(
    "ASSESSMENT", classes=["IMPORTANT"], volume=VOLUME, effective=datetime(YEAR - 1, 10, 1, tzinfo=UTC)
)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("trouble", ["kill", pytest.param("wipe", marks=pytest.mark.soak)])
def test_of_an_assessment_of_forty_events_exactly_forty_leave_in_its_years(port: Port, trouble: str) -> None:
    # Given an assessment of 40 events with important data, ten of which left last year, and two processes
    port.provision([ASSESSMENT], ["location.name"], classes=[a_class("location.name", "IMPORTANT")])
    port.count_before(LAST_YEAR, YEAR - 1, "IMPORTANT")
    flag = port.folder / "trouble"
    flag.touch()
    port.hub(ENTRY, TIDEGATE_TEST_RESERVED=f"{trouble}:{flag}")
    port.hub()
    port.await_open()
    assert port.counted(Bucket.IMPORTANT, YEAR - 1) == LAST_YEAR

    # When sixty events come, some twice, and others without important data; and a process dies, or Redis is wiped,
    # between reserving and committing
    for number in range(EVENTS):
        for _ in range(1 + number % 3 // 2):
            equipment = {"reference": f"TGHU{number:07d}"}
            port.send_event(
                number % LANES, eventId=f"i-{number}", location={"name": f"Berth {number}"}, equipment=equipment
            )
    for number in range(PLAIN):
        port.send_event(number % LANES, eventId=f"p-{number}", location=None)
    port.flush()
    if trouble == "kill":
        until(lambda: not port.hubs[0].running, "the process to die after it reserved")
        port.hub()
    port.settle()

    # Then every event is delivered once, and thirty of them with what is important
    events = port.delivered()
    expected = [f"i-{number}" for number in range(EVENTS)] + [f"p-{number}" for number in range(PLAIN)]
    assert sorted(event["eventId"] for event in events) == sorted(expected)
    named = [event for event in events if (event.get("location") or {}).get("name")]
    assert len(named) == VOLUME - LAST_YEAR
    assert all(event["eventId"].startswith("i-") for event in named)
    # And the log, Redis and the audit say so
    assert len(port.subjects()) == VOLUME
    assert port.counted(Bucket.IMPORTANT) == VOLUME - LAST_YEAR
    port.progress.look()
    counters = [one for lane in port.progress.entries.values() for entry in lane for one in entry.counters]
    assert max(one.important for one in counters) == VOLUME - LAST_YEAR
    assert not any(one.pi or one.spi for one in counters)
    assert not flag.exists()
    # And a replay makes the same of it, and the command says that the volume is used
    report = port.replayed()
    assert (report.reproduced, report.delivered) == (EVENTS + PLAIN, EVENTS + PLAIN), report.to_json()
    (scale,) = [one for one in port.obligations() if one["kind"] == "scale"]
    assert (scale["about"], scale["state"]) == ("paper", "ahead")
    assert f"{VOLUME} events with important data since {YEAR - 1}-01-01" in scale["sentence"]
