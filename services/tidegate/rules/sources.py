"""Sources: where in an event those are found who are counted when a field of it leaves."""

from __future__ import annotations

from collections.abc import Collection

from tidegate.law import Bucket
from tidegate.rules.paths import Leaf

SOURCES = {"people[]": "people", "truck": "truck"}
"""Where the persons behind a field are found in an event; elsewhere the event itself stands for a new person."""
FIELD = "field:"
"""Begins a source that is the event itself, if a slot of it says anything."""


def source_of(leaf: Leaf) -> str:
    return next((source for prefix, source in SOURCES.items() if leaf.path.startswith(f"{prefix}.")), "event")


def counted(leaf: Leaf, buckets: Collection[Bucket]) -> list[tuple[str, str]]:
    """In which buckets the persons behind a field are counted, or the event is, and where they are found."""
    return [
        (str(bucket), f"{FIELD}{leaf.slot}" if bucket is Bucket.IMPORTANT else source_of(leaf))
        for bucket in sorted(buckets)
    ]
