"""Release: inspected records, claim verdicts, one plan and one decision time, to all that a transaction writes.

Pure. Every record gets exactly one of the six outcomes here; ``Released.outcomes`` adds up to the batch.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tidegate.gate.claiming import Verdicts
from tidegate.gate.counting import NOTHING_FREED, UNCOUNTED, Counts, strict_partners
from tidegate.gate.delivering import bodies_of, event_headers
from tidegate.gate.executor import Executor
from tidegate.gate.inspection import Inspected
from tidegate.gate.outcomes import OUTCOMES, Fault, Outcome, Reason, Verdict
from tidegate.gate.routing import Route


@dataclass(slots=True)
class PartnerOutput:
    """What one partner gets of one batch: record bodies in release order, and how many of each schema."""

    partner: str
    bodies: list[bytes]
    schemas: Counter[int]

    @property
    def digest(self) -> bytes:
        """SHA-256 over the bodies in order. Unkeyed: whoever consumed the records can compute it."""
        return hashlib.sha256(b"".join(self.bodies)).digest()


@dataclass(slots=True)
class Hold:
    """A delivery that waits for a person."""

    index: int
    partner: str
    reason: str


@dataclass(slots=True)
class Released:
    """A batch after its release.

    ``partner_sets`` are the distinct sets of partners, ``sets`` the place of each record's there.
    ``faults`` are why records were rejected, quarantined, dropped or withheld for more than want of a grant.
    """

    inspected: Inspected
    verdicts: Verdicts
    decided_us: int
    outcomes: list[Outcome]
    outputs: list[PartnerOutput] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    faults: dict[int, Fault] = field(default_factory=dict)
    sets: list[int] = field(default_factory=list)
    partner_sets: list[tuple[int, ...]] = field(default_factory=list)
    counts: Counts = UNCOUNTED

    def totals(self) -> dict[Outcome, int]:
        """How many records ended in each outcome."""
        counted = Counter(self.outcomes)
        return {outcome: counted.get(outcome, 0) for outcome in OUTCOMES}


def release(
    inspected: Inspected,
    verdicts: Verdicts,
    decided_us: int,
    counts: Counts = UNCOUNTED,
    freed: Mapping[int, str] = NOTHING_FREED,
) -> Released:
    """All records of an inspected batch, released. ``decided_us`` is when the hub decided: microseconds since 1970.

    ``counts`` is what the counter answered about the persons of the batch. Of a record that nobody counted nothing
    leaves that would have to be. ``freed`` are places of records of which a person let the held delivery for a partner
    go: of such a record that delivery leaves, and nothing else.
    """
    run = _Release(inspected, verdicts, decided_us, counts, freed)
    for index, state in enumerate(inspected.states):
        run.record(index, state)
    return run.finish()


MAX_BODY = 2_000_000
"""How large a delivery may be, in bytes; a partner topic takes 2 MiB. The lane would stall on a larger one for ever."""
_GROWTH = 32
"""More than a value can grow on its way out: pseudonyms of texts of no length grow most, from 1 byte to 28."""
_DUPLICATES = (Verdict.DUPLICATE, Verdict.REENCODED)
_NOBODY: tuple[int, ...] = ()


class _Release:
    def __init__(
        self, inspected: Inspected, verdicts: Verdicts, decided_us: int, counts: Counts, freed: Mapping[int, str]
    ) -> None:
        self._levels = counts.levels
        self._freed = freed
        self._uncountable = counts.bugs
        self._inspected = inspected
        self._verdicts = verdicts.verdicts
        self._decided_us = decided_us
        self._executor: Executor = inspected.executor
        self._bodies: list[list[bytes]] = [[] for _ in self._executor.partners]
        self._routes: Counter[Route] = Counter()
        self._set_places: dict[tuple[int, ...], int] = {_NOBODY: 0}
        self._out = Released(inspected, verdicts, decided_us, [], faults=dict(inspected.faults), counts=counts)

    def record(self, index: int, state: Outcome) -> None:
        partners = _NOBODY
        if state is Outcome.UNDECIDED:
            verdict = self._verdicts[index]
            if verdict in _DUPLICATES:
                state = Outcome.DUPLICATE
                self._out.faults[index] = Fault(Reason.DUPLICATE, verdict.name.lower())
            elif verdict is Verdict.CONFLICT:
                state = Outcome.QUARANTINED
                said = "another record of this publisher has the same event id and time, and says something else"
                self._out.faults[index] = Fault(Reason.ID_CONFLICT, said)
            else:
                state, partners = self._deliver(index)
        self._out.outcomes.append(state)
        self._out.sets.append(self._set_places.setdefault(partners, len(self._set_places)))

    def _deliver(self, index: int) -> tuple[Outcome, tuple[int, ...]]:
        inspected = self._inspected
        incoming = inspected.incoming[index]
        b, m = inspected.values[index], inspected.marks[index]
        if incoming is None or b is None:
            raise AssertionError("only records that were scanned are delivered")
        if self._uncountable and index in self._uncountable:
            self._out.faults[index] = Fault(Reason.BUG, "its persons could not be told")
            return Outcome.QUARANTINED, _NOBODY
        try:
            router = inspected.router(index) if inspected.stamps else incoming.router
            route = self._route(index, router.at(self._decided_us)(b, m))
            bodies = bodies_of(
                route,
                router,
                b,
                m,
                key=inspected.keys[index],
                key_kind=inspected.key_kinds[index],
                headers=event_headers(inspected.identities[index], inspected.event_refs[index]),
            )
        except Exception as exc:  # noqa: BLE001 - a bug of ours in one record stops that record, not the lane
            self._out.faults[index] = Fault(Reason.BUG, f"{type(exc).__name__} while releasing")
            return Outcome.QUARANTINED, _NOBODY
        if len(b) * _GROWTH > MAX_BODY and any(len(body) > MAX_BODY for body in bodies):
            said = f"a delivery of it would have more than {MAX_BODY} bytes; a partner topic does not take that"
            self._out.faults[index] = Fault(Reason.TOO_LARGE, said)
            return Outcome.QUARANTINED, _NOBODY
        for partner, body in zip(route.partners, bodies, strict=True):
            self._bodies[partner].append(body)
        self._routes[route] += 1
        for partner, reason in route.holds:
            self._out.holds.append(Hold(index, self._executor.partners[partner].name, reason))
        if route.partners:
            return Outcome.RELEASED, route.partners
        if route.holds:
            return Outcome.HELD, _NOBODY
        if route.blocked:
            self._out.faults[index] = Fault(Reason.BLOCKED, route.blocked)
        return Outcome.WITHHELD, _NOBODY

    def _route(self, index: int, route: Route) -> Route:
        """The route of a record at the level of its exporter's counts, without partners whom a finding keeps off."""
        if route.leveled and index in self._levels:
            route = route.leveled[self._levels[index]]
        if index in self._inspected.findings:
            route = self._without_strict_partners(route, index)
        return route.freed(self._executor.place_of(self._freed[index])) if index in self._freed else route

    def _without_strict_partners(self, route: Route, index: int) -> Route:
        """The route without partners for whom one of the record's findings is an ERROR: theirs alone is withheld."""
        strict = strict_partners(self._inspected, index)
        kept = tuple(view for view in route.deliveries if view.partner.index not in strict)
        left = [pair for pair in zip(route.holds, route.waiting, strict=True) if pair[0][0] not in strict]
        holds, waiting = tuple(hold for hold, _ in left), tuple(view for _, view in left)
        if len(kept) == len(route.deliveries) and len(holds) == len(route.holds):
            return route
        if not kept and not holds:
            rules = sorted({finding.rule for finding in self._inspected.findings[index]})
            self._out.faults[index] = Fault(Reason.FINDING, f"finding:{','.join(rules)}")
        partners = tuple(view.partner.index for view in kept)
        return Route(kept, holds, route.blocked, route.operations, partners, route.plain, waiting=waiting)

    def finish(self) -> Released:
        out = self._out
        schemas: list[Counter[int]] = [Counter() for _ in self._bodies]
        for route, count in self._routes.items():
            for view in route.deliveries:
                schemas[view.partner.index][view.schema_id] += count
        for partner, bodies, counted in zip(self._executor.partners, self._bodies, schemas, strict=True):
            if bodies:
                out.outputs.append(PartnerOutput(partner.name, bodies, counted))
        out.partner_sets = list(self._set_places)
        return out


def partner_names(executor: Executor, places: Sequence[int]) -> tuple[str, ...]:
    return tuple(executor.partners[place].name for place in places)
