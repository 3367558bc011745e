"""Expiry: grants and papers that have run out at a moment, and those of them that a rule set newly writes down.

What runs out while it is in force stops at that instant, and its rules stay as sound as they were: else a rule set that
was right could not be read again tomorrow. What has run out before it is written down is a mistake.
"""

from __future__ import annotations

from datetime import datetime

from tidegate.errors import Mistake
from tidegate.rules.papers import end_of
from tidegate.rules.reports import Note, Placed
from tidegate.rules.ruleset import RuleSet

_Ends = dict[tuple[str, str], tuple[Placed, datetime]]


def expired(rules: RuleSet, now: datetime) -> tuple[Note, ...]:
    """Notes on grants and papers that have run out."""
    return tuple(
        at.note(f"{_ran_out(key, end)}; nothing leaves under it", key[0]) for key, at, end in _gone(rules, now)
    )


def newly_expired(old: RuleSet | None, new: RuleSet, now: datetime) -> tuple[Mistake, ...]:
    """Mistakes: what has run out and does not stand so in the old rule set."""
    before = {} if old is None else {key: end for key, (_, end) in _ends(old).items()}
    return tuple(
        at.mistake(
            f"{_ran_out(key, end)} and is new here; nothing would leave under it: take it out, or renew it", key[0]
        )
        for key, at, end in _gone(new, now)
        if before.get(key) != end
    )


def _ran_out(key: tuple[str, str], end: datetime) -> str:
    return f"{key[1]} ran out on {end.isoformat()}"


def _gone(rules: RuleSet, now: datetime) -> list[tuple[tuple[str, str], Placed, datetime]]:
    return [(key, at, end) for key, (at, end) in _ends(rules).items() if end <= now]


def _ends(rules: RuleSet) -> _Ends:
    """The ends of grants, and of papers that could be used, by the key that says them and their id."""
    ends = {("valid_to", one.said.id): (one.at, one.said.valid_to) for one in rules.grants}
    ends |= {("expires", one.said.id): (one.at, end_of(one.said, rules.law)) for one in rules.papers if one.usable}
    return {key: (at, end) for key, (at, end) in ends.items() if end is not None}
