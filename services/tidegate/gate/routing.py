"""Routing: which views an event gets, from the few spans that conditions look at.

The conditions of all grants of a publisher look at a handful of fields, and events repeat in those far more often than
they differ. So a route is worked out once per distinct bytes of these spans and remembered.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from tidegate.events.facts import Marks, word_reader
from tidegate.events.memo import WIDEST
from tidegate.events.schemas import Schema
from tidegate.gate.ages import Young, compile_young
from tidegate.gate.cutting import Cutter
from tidegate.gate.presences import presence
from tidegate.gate.views import Delivering, Operations, operations_of
from tidegate.rules import PartnerViews, Section, View
from tidegate.rules.plan import FieldTest, Presence

ROUTES = 8_192
"""How many routes of one section are remembered before starting anew."""

_Key: TypeAlias = Callable[[bytes, Marks], object]


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """What becomes of an event: its deliveries, the partners for whom it waits, or why nobody at all gets it.

    ``operations`` are those that the deliveries need. ``partners`` are the indexes of those that get it. ``waiting``
    are what each of ``holds`` would get if a person let it go, what made it wait included as far as the law lets a
    person lift that; None where nothing that may leave is left.
    """

    deliveries: tuple[Delivering, ...] = ()
    holds: tuple[tuple[int, str], ...] = ()
    blocked: str = ""
    operations: tuple[int, ...] = ()
    partners: tuple[int, ...] = ()
    plain: bool = True
    """No view among the deliveries carries CloudEvents attributes of the event."""
    leveled: tuple[Route, ...] = ()
    """Where persons are counted: what becomes of the event at every level of the exporter's counts."""
    counting: tuple[Counting, ...] = ()
    waiting: tuple[Delivering | None, ...] = ()

    def freed(self, partner: int) -> Route:
        """The route of an event of which a person let one partner's delivery go: that delivery alone, or nothing."""
        waiting = {index: view for (index, _), view in zip(self.holds, self.waiting, strict=True)}
        due = {view.partner.index: view for view in self.deliveries}
        view = due.get(partner) or waiting.get(partner)
        if view is None:
            return Route(blocked=self.blocked)
        return Route((view,), (), "", operations_of((view,)), (partner,), view.attributes is None)


@dataclass(frozen=True, slots=True)
class Counting:
    """Who of an event is counted in one bucket, and at which of the levels its leaving lets them be.

    ``sources`` are where in the event they are found.
    """

    bucket: str
    sources: tuple[str, ...]
    passes: tuple[bool, ...]


RouteOf: TypeAlias = Callable[[bytes, Marks], Route]


@dataclass(frozen=True, slots=True)
class _PartnerRoutes:
    index: int
    said: PartnerViews
    views: Mapping[ViewPlace, Delivering | None]
    freed: Mapping[ViewPlace, Delivering | None]

    def place(self, mask: int, level: int | None) -> ViewPlace:
        return mask, level if mask in self.said.counted else None


ViewPlace: TypeAlias = tuple[int, int | None]
"""Which of a partner's views: by the bits of the groups that hold, and by level where persons are counted."""
Compiled: TypeAlias = tuple[int, Mapping[ViewPlace, Delivering | None], Mapping[ViewPlace, Delivering | None]]
"""A partner's place, its views, and those that a person's release opens."""


class Router:
    """The routes of one section. ``views`` are the compiled views by partner, without suspended partners."""

    def __init__(
        self,
        section: Section,
        schema: Schema,
        operations: Operations,
        views: Mapping[str, Compiled],
    ) -> None:
        self.section = section
        self.operations = operations
        self.cutter = Cutter()
        self._slot = schema.slot
        self._tests = [(test, word_reader(schema.slot[test.path])) for test in section.tests if not test.under]
        self._young = [
            (at, compile_young(schema, one.path, one.under)) for at, one in enumerate(section.tests) if one.under
        ]
        self._partners = [
            _PartnerRoutes(index, said, compiled, freed)
            for said in section.partners
            if said.partner in views
            for index, compiled, freed in [views[said.partner]]
        ]
        self._bounds = sorted(
            {
                moment
                for one in self._partners
                for group in one.said.groups
                for moment in (group.valid_from, group.valid_to)
                if moment is not None
            }
        )
        self._key = self._compile_key()
        self._epoch = -1
        self._routes: dict[object, Route] = {}
        self._last: tuple[int, RouteOf] | None = None

    def at(self, decided_us: int) -> RouteOf:
        """The routing function for one decision time. Grants come into force and run out between transactions."""
        if self._last is not None and self._last[0] == decided_us:
            return self._last[1]
        epoch = bisect_right(self._bounds, decided_us)
        if epoch != self._epoch:
            self._routes.clear()
            self._epoch = epoch
        routes, key_of = self._routes, self._key_at(decided_us)

        def route(b: bytes, m: Marks) -> Route:
            key = key_of(b, m)
            found = routes.get(key)
            if found is None:
                found = self._route(b, m, decided_us)
                if len(routes) >= ROUTES:
                    routes.clear()
                if len(b) <= WIDEST:
                    routes[key] = found
            return found

        self._last = decided_us, route
        return route

    def _compile_key(self) -> _Key:
        """The bytes that decide a route: the spans of the tests, and for the fields whose presence counts, whether."""
        spans = [(slot.start, slot.end) for test, _ in self._tests for slot in [self._slot[test.path]]]
        present = [presence(self._slot[path]) for path in self._presence_paths()]
        if not spans and not present:
            return lambda b, m: None
        if len(spans) == 1 and not present:
            ((i, j),) = spans
            return lambda b, m: b[m[i] : m[j]]
        return lambda b, m: (*[b[m[i] : m[j]] for i, j in spans], *[there(b, m) for there in present])

    def _key_at(self, decided_us: int) -> _Key:
        """The key, with what ages at a moment add to it; nothing more is asked where no condition is about them."""
        key_of = self._key
        for _, at in self._young:
            key_of = _aged(key_of, at(decided_us))
        return key_of

    def _passed(self, b: bytes, m: Marks, decided_us: int) -> list[bool]:
        """Which of the section's tests an event passes, in their order."""
        passed = [_passes(test, read(b, m)) for test, read in self._tests]
        for place, at in self._young:
            passed.insert(place, at(decided_us)(b, m))
        return passed

    def _presence_paths(self) -> list[str]:
        paths = [asked.path for asked in self.section.presences]
        for one in self._partners:
            paths += [asked.path for _, view in one.said.every() for asked in view.presences]
        return list(dict.fromkeys(paths))

    def _route(self, b: bytes, m: Marks, decided_us: int) -> Route:
        blocked = self._first_present(self.section.presences, b, m)
        if blocked is not None:
            return Route(blocked=blocked.reason)
        passed = self._passed(b, m, decided_us)
        found = [(one, mask) for one in self._partners if (mask := _mask(one.said, passed, decided_us))]
        route = self._at_level(found, None, b, m)
        levels = max((len(one.said.counted[mask]) for one, mask in found if mask in one.said.counted), default=0)
        if not levels:
            return route
        leveled = tuple(self._at_level(found, level, b, m) for level in range(levels))
        return replace(route, leveled=leveled, counting=counting_of(leveled))

    def _at_level(self, found: Sequence[tuple[_PartnerRoutes, int]], level: int | None, b: bytes, m: Marks) -> Route:
        """What becomes of an event at one level of its exporter's counts; without a count at None."""
        deliveries: list[Delivering] = []
        holds: list[tuple[int, str]] = []
        waiting: list[Delivering | None] = []
        for one, mask in found:
            place = one.place(mask, level)
            view = one.views[place]
            held = self._first_present(one.said.view(*place).presences, b, m)
            if held is not None:
                holds.append((one.index, held.reason))
                waiting.append(one.freed.get(place, view))
            elif view is not None:
                deliveries.append(view)
        partners = tuple(delivering.partner.index for delivering in deliveries)
        plain = all(delivering.attributes is None for delivering in deliveries)
        return Route(
            tuple(deliveries), tuple(holds), "", operations_of(deliveries), partners, plain, waiting=tuple(waiting)
        )

    def _first_present(self, presences: Sequence[Presence], b: bytes, m: Marks) -> Presence | None:
        return next((one for one in presences if presence(self._slot[one.path])(b, m)), None)

    def view_of(self, partner: str, b: bytes, m: Marks, decided_us: int, level: int | None = None) -> View | None:
        """The view that a partner's grants give it of an event, whether or not it may be delivered; None without any.

        For explanations. Suspended partners have none. ``level`` is that of the exporter's counts; None: no count.
        """
        said, mask = self._held(partner, b, m, decided_us)
        if said is None or not mask:
            return None
        return said.view(mask, level if mask in said.counted else None)

    def facts_of(self, partner: str, b: bytes, m: Marks, decided_us: int) -> frozenset[str]:
        """The facts about papers and notices under which that view was made. For explanations."""
        said, mask = self._held(partner, b, m, decided_us)
        groups = () if said is None else said.groups
        return frozenset(fact for bit, group in enumerate(groups) if mask >> bit & 1 for fact in group.facts)

    def _held(self, partner: str, b: bytes, m: Marks, decided_us: int) -> tuple[PartnerViews | None, int]:
        said = next((one.said for one in self._partners if one.said.partner == partner), None)
        if said is None:
            return None, 0
        return said, _mask(said, self._passed(b, m, decided_us), decided_us)


def counting_of(leveled: Sequence[Route], without: Collection[int] = ()) -> tuple[Counting, ...]:
    """Who is counted where, over all partners that get the event: a person that two of them get is one.

    ``without`` are places of partners that a finding keeps off. For whom a delivery waits nobody is counted yet.
    """
    sources: dict[str, set[str]] = {}
    passes: dict[str, list[bool]] = {}
    for level, route in enumerate(leveled):
        for view in route.deliveries:
            if view.partner.index in without:
                continue
            for bucket, source in view.counts:
                sources.setdefault(bucket, set()).add(source)
                passes.setdefault(bucket, [False] * len(leveled))[level] = True
    return tuple(Counting(name, tuple(sorted(sources[name])), tuple(passes[name])) for name in sorted(sources))


def _mask(said: PartnerViews, passed: Sequence[bool], decided_us: int) -> int:
    """The bits of the groups that hold for an event at a moment; none where no grant is among them."""
    mask, granted = 0, False
    for bit, group in enumerate(said.groups):
        if group.valid_from is not None and decided_us < group.valid_from:
            continue
        if group.valid_to is not None and decided_us >= group.valid_to:
            continue
        if all(passed[index] for index in group.tests):
            mask |= 1 << bit
            granted = granted or bool(group.grants)
    if not granted:
        return 0
    return min(mask, 1) if said.any_group else mask


def _aged(key_of: _Key, young: Young) -> _Key:
    return lambda b, m: (young, key_of(b, m)) if young(b, m) else key_of(b, m)


def _passes(test: FieldTest, value: bytes | None) -> bool:
    if value is None:
        return False
    text = value.decode()
    return text in test.values if test.values else text.startswith(test.prefix)
