"""When a lane takes nothing more in, and of whom."""

from __future__ import annotations

import pytest
from tests.builders import Sent, a_publisher, a_record, an_event, an_executor, released

from tidegate.hub.flooding import EVERYBODY, RETRY_S, WINDOW_S, Floods, Tally, tallies

SHARE, LEAST = 0.5, 100


def floods() -> Floods:
    return Floods(SHARE, LEAST)


def test_a_bug_now_and_then_stops_nothing() -> None:
    found = floods()

    assert all(found.takes(float(second), {"p": Tally(100, 0, 1 if second % 20 == 0 else 0)}) for second in range(600))


def test_a_quiet_lane_is_not_stalled_by_a_few() -> None:
    found = floods()

    assert all(found.takes(float(second), {"p": Tally(1, 0, 1)}) for second in range(4))


@pytest.mark.parametrize(("bugs", "stalls"), [(20, False), (21, True)])
def test_one_bug_in_a_hundred_of_a_minute_holds_everybody_back(bugs: int, stalls: bool) -> None:
    found = floods()
    found.takes(0.0, {"p": Tally(1_000, 0, 0)})

    assert found.takes(1.0, {"p": Tally(1_000, 0, bugs)}) != stalls
    assert found.held_back(1.0) == ({EVERYBODY} if stalls else frozenset())
    assert ("error of ours" in found.reasons.get(EVERYBODY, "")) == stalls


@pytest.mark.parametrize(
    ("failed", "records", "stalls"),
    [(99, 99, False), (100, 100, True), (100, 200, False), (101, 200, True), (1_000, 5_000, False)],
)
def test_what_a_publisher_sends_is_too_bad_past_a_share_from_a_least_number_on(
    failed: int, records: int, stalls: bool
) -> None:
    found = floods()

    assert found.takes(0.0, {"p": Tally(records, failed, 0)}) != stalls
    assert found.held_back(0.0) == ({"p"} if stalls else frozenset())


def test_failures_of_a_minute_add_up_and_are_forgotten_after_it() -> None:
    slow = floods()
    assert slow.takes(0.0, {"p": Tally(60, 60, 0)})
    assert not slow.takes(1.0, {"p": Tally(60, 60, 0)})

    later = floods()
    assert later.takes(0.0, {"p": Tally(60, 60, 0)})
    assert later.takes(WINDOW_S + 0.1, {"p": Tally(60, 60, 0)})


def test_of_a_flood_not_even_a_few_get_in() -> None:
    """A takeover without progress shrinks the batch to 64 and to 1: the window is the lane's, not the takeover's."""
    found = floods()
    found.takes(0.0, {"p": Tally(2_000, 2_000, 0)})

    assert not any(found.takes(attempt * 30.0, {"p": Tally(1, 1, 0)}) for attempt in range(1, 100))


def test_others_go_on_and_it_is_asked_again_a_little_later() -> None:
    found = floods()
    assert not found.takes(0.0, {"bad": Tally(500, 500, 0), "good": Tally(500, 0, 0)})

    assert found.held_back(0.0) == {"bad"}
    assert found.takes(1.0, {"good": Tally(500, 0, 0)})
    assert found.held_back(RETRY_S) == frozenset()
    assert not found.takes(RETRY_S, {"bad": Tally(500, 500, 0), "good": Tally(500, 0, 0)})
    assert "nothing more of bad is taken in" in found.reasons["bad"]
    assert "quarantine drain" in found.reasons["bad"]


def test_what_is_mended_goes_on_at_once() -> None:
    found = floods()
    found.takes(0.0, {"p": Tally(500, 500, 20)})

    assert found.takes(RETRY_S, {"p": Tally(500, 0, 0)})
    assert (found.held_back(RETRY_S), found.reasons) == (frozenset(), {})


def test_an_operator_lets_the_quarantine_fill_for_a_while() -> None:
    found = floods()
    found.takes(0.0, {"p": Tally(500, 500, 0)})

    found.free(100.0)

    assert found.held_back(1.0) == frozenset()
    assert all(found.takes(float(second), {"p": Tally(500, 500, 500)}) for second in range(1, 100))
    assert not found.takes(100.0, {"p": Tally(500, 500, 0)})


def test_failures_are_those_of_quarantine_by_publisher() -> None:
    executor = an_executor(parties=[a_publisher(), a_publisher("carrier")], grants=[])
    records = [
        a_record(),
        a_record(),  # a duplicate has a fault too, and is none
        a_record(an_event(eventId="old", eventTime=0)),
        Sent(b"no Avro"),
        Sent(b"no Avro", publisher="carrier"),
    ]

    assert tallies(released(executor, *records)) == {"forwarder": Tally(4, 2, 0), "carrier": Tally(1, 1, 0)}
