"""When errors of ours stall a lane."""

from __future__ import annotations

import pytest

from tidegate.hub.bugs import BugWindow, TooManyBugs


def test_a_bug_now_and_then_stops_nothing() -> None:
    window = BugWindow()

    for second in range(600):
        window.count(float(second), 1 if second % 20 == 0 else 0, 100)


def test_a_quiet_lane_is_not_stalled_by_a_few() -> None:
    window = BugWindow()

    for second in range(4):
        window.count(float(second), 1, 1)


@pytest.mark.parametrize(("bugs", "stalls"), [(20, False), (21, True)])
def test_one_in_a_hundred_of_a_minute(bugs: int, stalls: bool) -> None:
    window = BugWindow()
    window.count(0.0, 0, 1_000)

    if stalls:
        with pytest.raises(TooManyBugs, match="21 of the last 2000"):
            window.count(1.0, bugs, 1_000)
    else:
        window.count(1.0, bugs, 1_000)


def test_a_stalled_lane_does_not_get_its_bugs_through_one_by_one() -> None:
    """A takeover without progress shrinks the batch to 64 and to 1: the window is the lane's, not the takeover's."""
    window = BugWindow()
    with pytest.raises(TooManyBugs):
        window.count(0.0, 2_000, 2_000)

    for attempt in range(1, 100):
        with pytest.raises(TooManyBugs):
            window.count(attempt * 5.0, 1, 1)


def test_what_is_mended_goes_on_after_a_minute() -> None:
    window = BugWindow()
    with pytest.raises(TooManyBugs):
        window.count(0.0, 2_000, 2_000)

    window.count(61.0, 0, 1)
