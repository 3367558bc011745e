"""A suspect record is tried in a child process, and only what dies of the record speaks against it."""

from __future__ import annotations

import pytest
from tests.builders import KEYRING, Sent, a_batch, a_record, an_executor

from tidegate.hub.probing import Limits, kills_its_process

ROOM = Limits(memory_mb=1_024, seconds=60.0)


@pytest.mark.parametrize("record", [a_record(), Sent(value=b"\7nonsense"), Sent(value=None)])
async def test_a_record_that_does_no_harm_is_tried_and_goes_on(record: Sent) -> None:
    assert not await kills_its_process(a_batch(record), an_executor(), KEYRING, ROOM)


@pytest.mark.parametrize("limits", [Limits(memory_mb=1, seconds=60.0), Limits(memory_mb=1_024, seconds=0.001)])
async def test_where_every_child_dies_it_is_not_the_record(limits: Limits) -> None:
    """A machine without memory would else drain a topic into quarantine, record by record."""
    assert not await kills_its_process(a_batch(a_record()), an_executor(), KEYRING, limits)
