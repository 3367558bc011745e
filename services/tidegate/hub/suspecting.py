"""Records as a batch; and suspect ones tried first: a record that kills its process kills a child then, and no hub."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.gate import Batch, Run
from tidegate.hub.context import HubContext
from tidegate.hub.probing import Limits, kills_its_process
from tidegate.hub.takeover import Tenure
from tidegate.telemetry import get_logger


def as_batch(hub: HubContext, tenure: Tenure, found: Mapping[str, list[Any]]) -> Batch:
    """What the reader of a lane gave, by topic."""
    runs = [
        Run(
            tenure.sources[topic],
            [record.offset for record in records],
            [record.timestamp for record in records],
            [record.key for record in records],
            [record.value for record in records],
            [record.headers for record in records],
        )
        for topic, records in found.items()
    ]
    return Batch(tenure.lane, hub.lanes, runs)


async def tried(hub: HubContext, tenure: Tenure, found: dict[str, list[Any]]) -> tuple[Batch, frozenset[int]]:
    """As much of some suspect records as a child process survives, and which of them is not to be looked at.

    What is cut off comes with the next read. All stay suspect until larger batches are committed (see ``work``): while
    a harmless record is written the next is inspected already, and must not end the process before that.
    """
    limits = Limits(hub.settings.hub.child_memory_mb, hub.settings.hub.child_s)
    while True:
        batch = as_batch(hub, tenure, found)
        async with hub.probing:
            kills = await kills_its_process(batch, tenure.in_force.executor, hub.keyring, limits)
        if not kills:
            return batch, frozenset()
        if len(batch) == 1:
            place = batch.runs[0]
            get_logger().error(
                "a record killed the process that tried it",
                lane=tenure.lane, topic=place.source.topic, offset=place.offsets[0],
            )  # fmt: skip
            return batch, frozenset({0})
        tenure.suspect = True
        found = tenure.reader.put_back_half(found)
