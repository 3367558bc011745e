"""Heartbeats: what a partner is told on a lane that had nothing for it, so that it can tell silence from failure.

Pure, and made from nothing but what the audit entry says, so that a replay makes the same bytes again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.audit import Delivery
from tidegate.events.encoding import encode_framed
from tidegate.gate.bodies import body
from tidegate.gate.executor import Executor
from tidegate.gate.views import CE_SPECVERSION, CONTENT_TYPE

HEARTBEAT = "logistics.Heartbeat"
SOURCE = "/hub"


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The record for one partner, and what the audit says of it."""

    partner: str
    body: bytes
    delivery: Delivery


def heartbeats(executor: Executor, lane: int, decided_us: int, up_to: Mapping[str, int]) -> list[Heartbeat]:
    """A heartbeat for each of some partners, by up to when all that is for it has been delivered: us since 1970.

    The plan has the schema when any of its partners asks for heartbeats. Headers are of the closed list: of those that
    events have, only ``ce_eventref`` is missing, since a heartbeat is about none.
    """
    schema = next(schema for schema in executor.registry if schema.name == HEARTBEAT)
    headers = (
        ("ce_specversion", CE_SPECVERSION),
        ("ce_type", HEARTBEAT),
        ("ce_source", SOURCE),
        ("ce_dataschema", f"/schemas/ids/{schema.schema_id}"),
        ("content-type", CONTENT_TYPE),
        ("ce_notice", "heartbeat"),
        ("ce_id", f"heartbeat-{lane}-{decided_us}"),
    )
    encoded = [(name, text.encode()) for name, text in headers]
    found = []
    for partner, reached in up_to.items():
        every_s = executor.plan.partners[partner].heartbeat_s
        made = body(None, encode_framed(schema, {"upTo": reached, "everySeconds": every_s}), encoded)
        said = Delivery(partner, 1, {schema.schema_id: 1}, hashlib.sha256(made).digest(), reached)
        found.append(Heartbeat(partner, made, said))
    return found
