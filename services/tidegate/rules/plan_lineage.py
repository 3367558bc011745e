"""Plans of formats that knew no stamps on what comes in, or no views of what a person lets go: read as if they had said
so, and written as they were.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

_LINEAGE_SINCE = 5
"""The format since which events come in with stamps. Before, an empty stamp of a view was none."""
_FREED_SINCE = 7
"""The format since which views say what leaves when a person lets go what waits. Before, that was the view itself."""


def add_lineage(said: dict[str, Any], number: int) -> None:
    """Says what a plan of an earlier format, of that number, leaves unsaid: nothing came in stamped, and a person's
    release opens nothing more.
    """
    if number < _LINEAGE_SINCE:
        for section in said["sections"]:
            section["stamp"] = None
        for view in _views_in(said):
            view["stamp"] = view["stamp"] or None
    if number < _FREED_SINCE:
        for view in _views_in(said):
            view["freed"] = None


def take_lineage(said: dict[str, Any], number: int) -> None:
    """The reverse, so that such a plan is written as it was read."""
    if number < _FREED_SINCE:
        for view in _views_in(said):
            del view["freed"]
    if number < _LINEAGE_SINCE:
        for section in said["sections"]:
            del section["stamp"]
        for view in _views_in(said):
            view["stamp"] = view["stamp"] or []


def _views_in(said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for section in said["sections"]:
        for partner in section["partners"]:
            yield from partner["views"].values()
            yield from chain.from_iterable(partner["counted"].values())
