"""How checks run on every event without costing what they would cost: a part asks whether there is anything to look at.

A part is an expression over the bytes ``b`` and marks ``m`` of an event that is true when its rules have nothing to
say, and the look itself, which happens only when it is not. Most parts remember: what their rules depend on is a few
spans, and containers, ports and ships repeat. All expressions of a schema are joined into one function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from tidegate.events.facts import Marks
from tidegate.events.findings import Finding
from tidegate.events.memo import WIDEST
from tidegate.events.slots import Slot

Found: TypeAlias = tuple[Finding, ...]
Look: TypeAlias = Callable[[bytes, Marks], Found]

NONE: Found = ()
SIZE = 32_768
"""How many keys a part remembers before it starts anew."""


@dataclass(frozen=True, slots=True)
class Part:
    """``quiet`` is the expression; names in it that begin with ``known`` are looked up in ``known``."""

    quiet: str
    look: Look
    known: frozenset[bytes] | set[object] | None = None


def remembering(key: str, look: Look) -> Part:
    """A part whose look depends on nothing but ``key``, an expression: what was quiet once is not looked at again."""
    return Part(key, look, set())


def joined(parts: Sequence[Part]) -> Look:
    """All parts as one function."""
    names: dict[str, Any] = {}
    asked, looks = [], []
    for number, part in enumerate(parts):
        if part.known is None:
            asked.append(f"({part.quiet})")
            looks.append(_guarded(part))
        else:
            names[f"known{number}"] = part.known
            asked.append(f"({part.quiet}) in known{number}")
            looks.append(_filling(part))
    all_quiet = compiled(" and ".join(asked) or "True", names)

    def look(b: bytes, m: Marks) -> Found:
        if all_quiet(b, m):
            return NONE
        found = NONE
        for one in looks:
            found += one(b, m)
        return found

    return look


def _guarded(part: Part) -> Look:
    quiet = compiled(part.quiet, {})
    return lambda b, m: NONE if quiet(b, m) else part.look(b, m)


def _filling(part: Part) -> Look:
    """The look of a part that remembers the findings too: a sender makes the same mistake all day."""
    key_of, quiet, noisy = compiled(part.quiet, {}), part.known, dict[object, Found]()
    if not isinstance(quiet, set):
        raise TypeError("a part that remembers has a set")

    def look(b: bytes, m: Marks) -> Found:
        key = key_of(b, m)
        if key in quiet:
            return NONE
        found = noisy.get(key)
        if found is None:
            found = part.look(b, m)
            if len(b) <= WIDEST:
                store: Any = noisy if found else quiet
                if len(store) >= SIZE:
                    store.clear()
                if found:
                    noisy[key] = found
                else:
                    quiet.add(key)
        return found

    return look


def compiled(expression: str, names: dict[str, Any]) -> Callable[[bytes, Marks], Any]:
    """A function of ``b`` and ``m``. The text is ours from end to end: numbers of marks, never a name of a schema."""
    return eval(compile(f"lambda b, m: {expression}", "<checks of a schema>", "eval"), names)  # type: ignore[no-any-return]  # noqa: S307


def spans(slots: Sequence[Slot]) -> str:
    """The bytes of some slots, as an expression; those that lie side by side are taken in one piece."""
    stretches: list[tuple[int, int]] = []
    for slot in sorted(slots, key=lambda slot: slot.start):
        if stretches and stretches[-1][1] == slot.start:
            stretches[-1] = stretches[-1][0], slot.end
        else:
            stretches.append((slot.start, slot.end))
    pieces = [f"b[m[{start}]:m[{end}]]" for start, end in stretches]
    return pieces[0] if len(pieces) == 1 else f"({''.join(f'{piece}, ' for piece in pieces)})"


def lengths(slots: Sequence[Slot], most: int) -> str:
    """Whether each of the slots, all side by side or not, has at most ``most`` bytes: null, or an empty list."""
    asked: list[tuple[int, int, int]] = []
    for slot in sorted(slots, key=lambda slot: slot.start):
        if asked and asked[-1][1] == slot.start:
            asked[-1] = asked[-1][0], slot.end, asked[-1][2] + most
        else:
            asked.append((slot.start, slot.end, most))
    return " and ".join(f"m[{end}] - m[{start}] <= {room}" for start, end, room in asked) or "True"
