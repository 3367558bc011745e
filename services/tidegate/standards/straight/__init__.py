"""The straight way: from a parsed item to Avro bytes at once, for events about which nothing needs to be said.

Most events of a feed are such: every property is known, spelt and filled as its standard says, and none contradicts
another. For them a generated function gives the very bytes that mapping and encoding would give, at a fifth of the
cost. Whatever else an item is, it is mapped, with all that there is to say about it.
"""

from __future__ import annotations

from tidegate.standards.straight.going import Straight, read_straight

__all__ = ["Straight", "read_straight"]
