"""A suspect record is tried in a child process, and only what dies of the record speaks against it."""

from __future__ import annotations

import pytest
from tests.builders import KEYRING, Sent, a_batch, a_record, an_event, an_executor

from tidegate.hub import probing
from tidegate.hub.probing import Limits, kills_its_process

ROOM = Limits(memory_mb=1_024, seconds=60.0)


@pytest.mark.parametrize("record", [a_record(), Sent(value=b"\7nonsense"), Sent(value=None)])
async def test_a_record_that_does_no_harm_is_tried_and_goes_on(record: Sent) -> None:
    assert not await kills_its_process(a_batch(record), an_executor(), KEYRING, ROOM)


async def test_a_batch_is_tried_as_a_whole() -> None:
    records = [a_record(an_event(eventId=f"e-{number}")) for number in range(64)]

    assert not await kills_its_process(a_batch(*records), an_executor(), KEYRING, ROOM)


async def test_a_child_that_cannot_begin_speaks_against_no_record() -> None:
    """A machine without memory would else drain a topic into quarantine, record by record."""
    limits = Limits(memory_mb=1, seconds=60.0)

    assert not await kills_its_process(a_batch(a_record()), an_executor(), KEYRING, limits)


async def test_the_time_that_a_child_takes_to_begin_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting Python takes seconds, and many of them where many want the processor."""
    monkeypatch.setattr(probing, "STANDSTILL_S", 10.0)
    limits = Limits(memory_mb=1_024, seconds=0.001)

    assert not await kills_its_process(a_batch(a_record()), an_executor(), KEYRING, limits)


async def test_a_child_that_neither_works_nor_ends_is_ended_and_speaks_against_its_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(probing, "STANDSTILL_S", 0.0)
    limits = Limits(memory_mb=1_024, seconds=1e-9)

    assert await kills_its_process(a_batch(a_record()), an_executor(), KEYRING, limits)
