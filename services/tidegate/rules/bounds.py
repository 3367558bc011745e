"""Bounds: from which numbers of people, or of events with important data, something changes for an exporter.

They are the thresholds of the law and the caps of papers: a paper that was approved for 50,000 people carries 50,000
and not one more (NDSMR 38). A cap is compared with all distinct people whom the exporter has provided in the buckets of
what the paper covers, and its number of events with all distinct events from which important data left under an
assessment, whoever got them and under whichever paper. That is never fewer than left under the paper, so to split a
flow over papers, recipients or topics gains nothing (SCC Measures 4).

They are counted since 1 January of this calendar year. An assessment and a certificate hold for years and are approved
for all of them (CAC Provisions 9): then since 1 January of the year in which the paper took effect, which is never
fewer either. Whoever was provided in two of these years is one person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tidegate.law import Law
from tidegate.rules.levels import Bounds, Cap, Dimension, Window, thresholds
from tidegate.rules.papers import Paper, caps_of

MAX_LEVELS = 120
"""The levels of one exporter: a plan has a view for each, and the audit a byte for the level of a record."""


def bounds_of(exporter: str, papers: Iterable[Paper], law: Law) -> Bounds:
    """The bounds of an exporter: of the law, and of papers under which it sends, or passes on what it got."""
    mine = (one for one in papers if exporter in (one.said.exporter, *one.said.recipients))
    return with_caps(thresholds(law), (cap for one in mine for cap in caps_of(one, law)))


def with_caps(bounds: Bounds, caps: Iterable[Cap]) -> Bounds:
    """Bounds with those of caps: where one is reached nothing has changed yet, one more is too many."""
    found: dict[Window, set[int]] = {one.window: set(one.bounds) for one in bounds.dimensions}
    of_law = len(found)
    for cap in caps:
        found.setdefault(cap.window, set()).add(cap.number + 1)
    every = list(found)
    order = (*every[:of_law], *sorted(every[of_law:], key=_order))
    return Bounds(tuple(Dimension(window, tuple(sorted(found[window]))) for window in order))


def _order(window: Window) -> tuple[int, str]:
    return window.since or 0, window.name


def too_many(papers: Sequence[Paper], law: Law) -> Iterator[tuple[Paper, str]]:
    """Papers with which an exporter has more levels than a plan can hold views for."""
    for name in sorted({one for paper in papers for one in (paper.said.exporter, *paper.said.recipients)}):
        mine = [one for one in papers if name in (one.said.exporter, *one.said.recipients)]
        capped = [(one, cap) for one in mine for cap in caps_of(one, law)]
        count = bounds_of(name, papers, law).count
        if count > MAX_LEVELS:
            yield (
                capped[-1][0],
                f"the papers of {name} have {len(capped)} numbers of people or events, so its counts would have "
                f"{count} levels; {MAX_LEVELS} is the most: give papers that cover alike the same number, or end those "
                "not in use",
            )
