"""A memo: a function's results by its argument, bounded in number and in the size of what it keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K", bytes, str)
V = TypeVar("V")

SIZE = 32_768
WIDEST = 1_024
"""Longer arguments are computed every time: a publisher could else fill the memory with keys of a megabyte."""


class Remembered(dict[K, V]):
    """``memo[argument]`` is the function's result. When it is full it starts anew: what repeats comes back at once."""

    def __init__(self, compute: Callable[[K], V], size: int = SIZE) -> None:
        super().__init__()
        self._compute: Callable[[K], V] = compute
        self._size = size

    def __missing__(self, argument: K) -> V:
        result = self._compute(argument)
        if len(argument) <= WIDEST:
            if len(self) >= self._size:
                self.clear()
            self[argument] = result
        return result


class Memo(Remembered[bytes, V]):
    """One of bytes, as most are."""
