"""Floods: a quarantine that fills fast is an outage, and not a matter for quarantine.

Two things are counted over the last minute of a lane. Records that fail by an error of ours: past one in a hundred
nothing is taken in any more. And records of one publisher that fail by their own fault or its own: past a share of what
it sent (``hub.quarantine_share``, from ``hub.quarantine_least`` on) nothing more of it is taken in, and the others go
on. Nothing is lost by that: what is not taken in stays where it is, and is tried again every few seconds, until rules
or sender are mended, or an operator lets the quarantine fill.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.gate import Outcome, Reason, Released

WINDOW_S = 60.0
BUG_SHARE = 0.01
BUG_LEAST = 5
"""So few in a minute stop nothing, whatever their share: a lane with one record a minute is no outage."""
RETRY_S = 5.0
"""How often what was not taken in is tried again."""
EVERYBODY = ""
"""Who is held back when the errors are ours."""


class Window:
    """What failed in the last minute. It outlives takeovers, so that no flood gets through in small pieces."""

    def __init__(self, share: float, least: int) -> None:
        self._share = share
        self._least = least
        self._counted: deque[tuple[float, int, int]] = deque()
        self._failed = 0
        self._records = 0
        self._flooded = False

    def floods(self, now_s: float, failed: int, records: int) -> bool:
        """Whether a batch is too much. ``count`` it once it is taken in.

        After one that was, the least number means nothing until one is not: of a flood not even a few get in.
        """
        while self._counted and self._counted[0][0] < now_s - WINDOW_S:
            _, gone, among = self._counted.popleft()
            self._failed -= gone
            self._records -= among
        bad, total = failed + self._failed, records + self._records
        if self._flooded:
            self._flooded = failed > records * self._share
        else:
            self._flooded = bad >= self._least and bad > total * self._share
        return self._flooded

    def count(self, now_s: float, failed: int, records: int) -> None:
        self._counted.append((now_s, failed, records))
        self._failed += failed
        self._records += records

    def open(self) -> None:
        """Forgets all: it was said that this may pass."""
        self._counted.clear()
        self._failed = self._records = 0
        self._flooded = False


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one publisher in one batch."""

    records: int
    failed: int
    bugs: int


def tallies(released: Released) -> dict[str, Tally]:
    """What failed, by publisher. Outcomes that wait for nobody to mend anything are no failures."""
    records: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    bugs: Counter[str] = Counter()
    for run in released.inspected.batch.runs:
        records[run.source.publisher] += len(run)
    publishers = released.inspected.publishers
    for index, fault in released.faults.items():
        if released.outcomes[index] in (Outcome.REJECTED, Outcome.QUARANTINED):
            (bugs if fault.reason is Reason.BUG else failed)[publishers[index].name] += 1
    return {name: Tally(count, failed[name], bugs[name]) for name, count in records.items()}


class Floods:
    """The floods of one lane in this process: who is held back, why, and until when. Times are of a steady clock."""

    def __init__(self, share: float, least: int) -> None:
        self._share = share
        self._least = least
        self._bugs = Window(BUG_SHARE, BUG_LEAST)
        self._windows: dict[str, Window] = {}
        self._retry_s: dict[str, float] = {}
        self._free_s = float("-inf")
        self.reasons: dict[str, str] = {}
        """Why each is held back, in a sentence with a way on. ``EVERYBODY`` for errors of ours."""

    def takes(self, now_s: float, found: Mapping[str, Tally]) -> bool:
        """Whether a batch may be written; then it is counted. Whoever floods is held back from now on."""
        if now_s < self._free_s:
            return True
        records, bugs = sum(one.records for one in found.values()), sum(one.bugs for one in found.values())
        if self._bugs.floods(now_s, bugs, records):
            self._hold(now_s, EVERYBODY, _OURS)
            return False
        self._let_go(EVERYBODY)
        windows = {name: self._windows.setdefault(name, Window(self._share, self._least)) for name in found}
        flooding = [name for name, one in found.items() if windows[name].floods(now_s, one.failed, one.records)]
        for name in flooding:
            self._hold(now_s, name, _THEIRS.format(name=name, share=f"{self._share:.0%}"))
        if flooding:
            return False
        self._bugs.count(now_s, bugs, records)
        for name, one in found.items():
            windows[name].count(now_s, one.failed, one.records)
            self._let_go(name)
        return True

    def held_back(self, now_s: float) -> frozenset[str]:
        """Publishers of whom nothing is to be read now; ``EVERYBODY`` stands for all."""
        return frozenset(name for name, retry_s in self._retry_s.items() if now_s < retry_s)

    def free(self, until_s: float) -> None:
        """Lets everything pass until then: an operator wants the quarantine to fill."""
        self._free_s = until_s
        for name in list(self._retry_s):
            self._let_go(name)
        for window in (self._bugs, *self._windows.values()):
            window.open()

    def _hold(self, now_s: float, name: str, why: str) -> None:
        self._retry_s[name] = now_s + RETRY_S
        self.reasons.setdefault(name, why)

    def _let_go(self, name: str) -> None:
        self._retry_s.pop(name, None)
        self.reasons.pop(name, None)


_WAY_ON = "it goes on once that is mended, or for a while after 'tidegate quarantine drain --reason TEXT'"
_OURS = f"nothing is taken in: more than {BUG_SHARE:.0%} of a minute's records failed by an error of ours; {_WAY_ON}"
_THEIRS = f"nothing more of {{name}} is taken in: more than {{share}} of a minute's records of it failed; {_WAY_ON}"
