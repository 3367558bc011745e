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
from tidegate.events.schemas import Schema
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


@dataclass(frozen=True, slots=True)
class Joined:
    """Parts in one: ``quiet`` with its ``names``, true when none has anything to say, and a look at all of them."""

    quiet: str
    names: dict[str, Any]
    look: Look


def joined(parts: Sequence[Part], prefix: str = "known") -> Joined:
    """All parts as one. Names in ``quiet`` begin with ``prefix``."""
    names: dict[str, Any] = {}
    asked, looks = [], []
    for number, part in enumerate(parts):
        if part.known is None:
            asked.append(f"({part.quiet})")
            looks.append(_guarded(part))
        else:
            names[f"{prefix}{number}"] = part.known
            asked.append(f"({part.quiet}) in {prefix}{number}")
            looks.append(_filling(part))

    def look(b: bytes, m: Marks) -> Found:
        found = NONE
        for one in looks:
            found += one(b, m)
        return found

    return Joined(" and ".join(asked) or "True", names, look)


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


def compiled(expression: str, names: dict[str, Any], arguments: str = "b, m") -> Callable[..., Any]:
    """A function of ``b``, ``m`` and more. The text is ours from end to end: numbers of marks, no name of a schema."""
    return eval(compile(f"lambda {arguments}: {expression}", "<checks of a schema>", "eval"), names)  # type: ignore[no-any-return]  # noqa: S307


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
    """Whether each of the slots, all side by side or not, has at most ``most`` bytes: null, or an empty list.

    Those of one record are asked in one piece: either none of them takes a byte, or each does.
    """
    asked: list[tuple[int, int, int, str]] = []
    for slot in sorted(slots, key=lambda slot: slot.start):
        record = slot.path.rpartition(".")[0]
        if asked and asked[-1][1] == slot.start and asked[-1][3] == record:
            asked[-1] = asked[-1][0], slot.end, asked[-1][2] + most, record
        else:
            asked.append((slot.start, slot.end, most, record))
    return " and ".join(f"m[{end}] - m[{start}] <= {room}" for start, end, room, _ in asked) or "True"


def flags(schema: Schema) -> str:
    """The scanner's flags of an event, as an expression: the mark after that of its end."""
    return f"m[{len(schema.slots) + 1}]"
