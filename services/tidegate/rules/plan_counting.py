"""The dimensions and caps of publishers, as plans hold them; and the bounds that plans of earlier formats held instead.

Such a plan is read as if it had said the same of this format, so that its levels are what they were, and is written as
it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.law import Bucket
from tidegate.rules.levels import Cap, Dimension, Window

_DIMENSIONS_SINCE = 9
_BOUNDS_SINCE = 6
"""The format since which a plan says the bounds of its publishers; before, they were those of the law of its day."""
_EARLIER = {"pi_bounds": (Bucket.PI,), "spi_bounds": (Bucket.SPI,), "people_bounds": (Bucket.PI, Bucket.SPI)}
"""The dimensions that there were, in the order of their places in a level."""


def publisher_counting(said: Mapping[str, Any]) -> dict[str, Any]:
    """What was read of a publisher, with dimensions and caps as themselves."""
    return {
        **said,
        "dimensions": tuple(Dimension(_window(one["window"]), tuple(one["bounds"])) for one in said["dimensions"]),
        "caps": tuple(Cap(**{**one, "window": _window(one["window"])}) for one in said["caps"]),
    }


def _window(said: Mapping[str, Any]) -> Window:
    return Window(tuple(map(Bucket, said["buckets"])), said["since"])


def add_dimensions(said: dict[str, Any], number: int) -> None:
    """Says what a plan of an earlier format, of that number, says in other words: bounds of PI, of SPI, and of both
    where there are.
    """
    if number >= _DIMENSIONS_SINCE:
        return
    for publisher in said["publishers"].values():
        found = {buckets: publisher.pop(name, []) for name, buckets in _EARLIER.items()}
        publisher["caps"] = []
        publisher["dimensions"] = [
            {"window": {"buckets": buckets, "since": None}, "bounds": bounds}
            for buckets, bounds in found.items()
            if bounds
        ]


def take_dimensions(said: dict[str, Any], number: int) -> None:
    """The reverse."""
    if number >= _DIMENSIONS_SINCE:
        return
    for publisher in said["publishers"].values():
        found = {one["window"]["buckets"]: one["bounds"] for one in publisher.pop("dimensions")}
        del publisher["caps"]
        if number >= _BOUNDS_SINCE:
            publisher |= {name: found.get(buckets, ()) for name, buckets in _EARLIER.items()}
