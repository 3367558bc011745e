"""Cutting: what the partners of a route get of events of one shape, each put together from the same few parts.

Events of one shape have the same marks, and mostly what their operations give is as long. So it is worked out once for
a route and a shape where to cut an event, and which parts go into which delivery. An event is then cut once, however
many partners get it, and a delivery is a choice of parts and a join, both in C.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, TypeAlias

from tidegate.events.facts import Marks
from tidegate.events.memo import Memo
from tidegate.gate.bodies import varint
from tidegate.gate.views import Delivering

CUTS = 16_384
"""For how many deliveries of one section plans are remembered before starting anew."""
PRICE = 32
"""How many deliveries without a plan pay for a delivery in a plan."""

_Piece: TypeAlias = tuple[int, int] | int
"""From where to where, or the place of an operation."""
_Choice: TypeAlias = Callable[[Any], tuple[bytes, ...]]


@dataclass(frozen=True, slots=True)
class Plan:
    """How to make the bodies of a route's deliveries out of an event of one shape.

    ``marks`` are kept: their address names the shape. ``keys`` are the pseudonyms of record keys, of partners that do
    not see the key itself.
    """

    marks: Marks
    cut: _Choice
    constant: tuple[bytes, ...]
    keys: tuple[Memo[bytes], ...]
    choices: tuple[_Choice, ...]

    def bodies(self, b: bytes, headers: bytes, x: Sequence[bytes], shown: bytes, key: bytes | None) -> list[bytes]:
        """The bodies, in the order of the route. ``x`` are the results of its operations, ``shown`` the sized key."""
        hidden = [keys[key] for keys in self.keys] if key is not None else ()
        parts = (*self.cut(b), headers, shown, *x, *self.constant, *hidden)
        join = b"".join
        # Without a branch for what no view of the route has: this line runs for every delivery.
        return [join(choose(parts)) for choose in self.choices]


class Cutter:
    """The plans of one section. What is seen for the first time gets none, nor does what others have not paid for."""

    def __init__(self) -> None:
        self._plans: dict[object, Plan] = {}
        self._seen: set[int] = set()
        self._paid = CUTS
        self._count = 0

    def plan(
        self, route: object, deliveries: Sequence[Delivering], m: Marks, x: Sequence[bytes], key_kind: int
    ) -> Plan | None:
        """The plan for marks that are those of a shape, if there is one. ``key_kind`` is -1 where there is no key."""
        name = (route, id(m), key_kind, *map(len, x))
        found = self._plans.get(name)
        if found is not None:
            return found
        number, sight = len(deliveries), hash(name)
        self._paid = min(self._paid + number, CUTS)
        if sight not in self._seen:
            if len(self._seen) >= CUTS:
                self._seen.clear()
            self._seen.add(sight)
            return None
        if self._paid < PRICE * number:
            return None
        self._paid -= PRICE * number
        if self._count + number > CUTS:
            self._plans.clear()
            self._count = 0
        self._count += number
        made = self._plans[name] = plan_of(deliveries, m, [len(one) for one in x], key_kind)
        return made


def plan_of(deliveries: Sequence[Delivering], m: Marks, sizes: Sequence[int], key_kind: int) -> Plan:
    """A plan for marks, and results of operations of these sizes. Parts are numbered as ``Plan.bodies`` lays them."""
    stretches = [_stretches(view.pieces, m) for view in deliveries]
    spans = list(dict.fromkeys(one for some in stretches for one in some if not isinstance(one, int)))
    places = {one: place for place, one in enumerate(spans)}
    spans += [(0, 0)] * (2 - len(spans))  # of a single slice ``itemgetter`` makes no tuple
    headers, shown, results = len(spans), len(spans) + 1, len(spans) + 2
    constant, hidden = results + len(sizes), results + len(sizes) + 2 * len(deliveries)
    constants: list[bytes] = []
    keys: list[Memo[bytes]] = []
    choices: list[_Choice] = []
    for number, (view, some) in enumerate(zip(deliveries, stretches, strict=True)):
        parts = [results + one if isinstance(one, int) else places[one] for one in some]
        size = len(view.prefix) + sum(sizes[one] if isinstance(one, int) else one[1] - one[0] for one in some)
        name = shown
        if key_kind >= 0 and key_kind not in view.key_kinds:
            name = hidden + len(keys)
            keys.append(view.partner.keys)
        constants += (varint(size) + view.prefix, view.heads[0])
        choices.append(itemgetter(name, constant + 2 * number, *parts, constant + 2 * number + 1, headers))
    cut = itemgetter(*(slice(i, j) for i, j in spans))
    return Plan(m, cut, tuple(constants), tuple(keys), tuple(choices))


def _stretches(pieces: Sequence[_Piece], m: Marks) -> list[_Piece]:
    """The pieces of a view as offsets, without those of no length, and those that lie side by side as one."""
    found: list[_Piece] = []
    for piece in pieces:
        if isinstance(piece, int):
            found.append(piece)
            continue
        start, end = m[piece[0]], m[piece[1]]
        last = found[-1] if found else 0
        if not isinstance(last, int) and last[1] == start:
            found[-1] = last[0], end
        elif start < end:
            found.append((start, end))
    return found
