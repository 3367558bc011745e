"""Plans of formats that knew no stamps on what comes in, or no views of what a person lets go: read as if they had said
so, and written as they were.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any


def add_lineage(said: dict[str, Any]) -> None:
    """Says what a plan of an earlier format leaves unsaid: nothing came in stamped."""
    for section in said["sections"]:
        section["stamp"] = None
    for view in _views_in(said):
        view["stamp"] = view["stamp"] or None


def take_lineage(said: dict[str, Any]) -> None:
    """The reverse, so that such a plan is written as it was read."""
    for section in said["sections"]:
        del section["stamp"]
    for view in _views_in(said):
        view["stamp"] = view["stamp"] or []


def add_freed(said: dict[str, Any]) -> None:
    """Says what a plan of an earlier format leaves unsaid: a person's release opens nothing more."""
    for view in _views_in(said):
        view["freed"] = None


def take_freed(said: dict[str, Any]) -> None:
    """The reverse."""
    for view in _views_in(said):
        del view["freed"]


def _views_in(said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for section in said["sections"]:
        for partner in section["partners"]:
            yield from partner["views"].values()
            yield from chain.from_iterable(partner["counted"].values())
