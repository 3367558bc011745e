"""The schemas that the hub brings along, from the ``schemas`` folder of the project (or of the installed package)."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from tidegate.events.schemas import Schema

EVENT_SCHEMA = "shipment-event/v1"
RETRACTION_SCHEMA = "event-retraction/v1"
NOTICE_SCHEMA = "notice/v1"
HEARTBEAT_SCHEMA = "heartbeat/v1"
AUDIT_SCHEMA = "audit/v6"
EARLIER_AUDIT_SCHEMAS = ("audit/v1", "audit/v2", "audit/v3", "audit/v4", "audit/v5")
"""What entries were written with before. They are kept for years, and stay readable."""


@cache
def builtin(name: str) -> Schema:
    """A schema by its file name without ``.avsc``: ``shipment-event/v1``."""
    place: Traversable = _folder()
    for part in f"{name}.avsc".split("/"):
        place = place / part
    return Schema.of(json.loads(place.read_text(encoding="utf-8")))


def writer_schemas() -> tuple[Schema, ...]:
    """What publishers may send without a rule set's own schemas."""
    return builtin(EVENT_SCHEMA), builtin(RETRACTION_SCHEMA)


def _folder() -> Traversable:
    """In a wheel the folder lies inside the package; in a checkout two levels above it."""
    inside = files("tidegate") / "_schemas"
    if inside.is_dir():
        return inside
    return files("tidegate").joinpath("..", "..", "schemas")
