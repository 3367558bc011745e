"""How much a lane takes at once."""

from __future__ import annotations

import pytest

from tidegate.hub import pace
from tidegate.hub.pace import Pace


def test_a_source_that_is_alone_gets_full_batches_and_is_read_ahead() -> None:
    one = Pace(2_000)
    one.took(2_000, 1)

    assert one.limit(2_000) == 2_000
    assert one.reads_ahead(2_000)


def test_a_lane_that_keeps_up_does_not_read_ahead() -> None:
    one = Pace(2_000)
    one.took(20, 1)

    assert not one.reads_ahead(20)
    assert one.limit(2_000) == 2_000, "what comes at once may come at once"


def test_large_batches_of_several_sources_make_the_next_ones_smaller_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr(pace.time, "monotonic", lambda: now)
    one = Pace(2_000)
    one.took(2_000, 2)

    assert one.limit(2_000) == 500
    assert one.limit(1) == 1, "a lane that comes back with small batches keeps them"
    assert not one.reads_ahead(500)
    now += pace.SHARED_S
    assert one.limit(2_000) == 2_000
    assert one.reads_ahead(2_000)


def test_small_batches_of_several_sources_change_nothing() -> None:
    one = Pace(2_000)
    one.took(100, 5)

    assert one.limit(2_000) == 2_000


def test_the_smallest_batch_is_one_record() -> None:
    one = Pace(1)
    one.took(1, 2)

    assert one.limit(1) == 1
