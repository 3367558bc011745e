"""Counting errors of ours: a quarantine that fills with them is an outage, not a matter for quarantine."""

from __future__ import annotations

from collections import deque

from tidegate.errors import TidegateError

WINDOW_S = 60.0
SHARE = 0.01
LEAST = 5
"""So few in a minute stop nothing, whatever their share: a lane with one record a minute is no outage."""


class TooManyBugs(TidegateError):
    """More than one record in a hundred failed by an error of ours."""

    code = "too_many_bugs"


class BugWindow:
    """The last minute of one lane in this process. It outlives takeovers: a stalled lane tries again and again, with
    ever smaller batches, and must not get its bugs through one at a time.
    """

    def __init__(self) -> None:
        self._counted: deque[tuple[float, int, int]] = deque()

    def count(self, now_s: float, bugs: int, records: int) -> None:
        """Takes a batch in before it is written. Raises ``TooManyBugs`` when it must not be."""
        self._counted.append((now_s, bugs, records))
        while self._counted[0][0] < now_s - WINDOW_S:
            self._counted.popleft()
        failed = sum(one[1] for one in self._counted)
        total = sum(one[2] for one in self._counted)
        if failed >= LEAST and failed > total * SHARE:
            raise TooManyBugs(f"{failed} of the last {total} records failed by an error of ours")
