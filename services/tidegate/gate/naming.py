"""Naming: which events are about one person, and which fields of that person each partner was given.

For whoever answers a person who asks (PIPL 45 and 47, LAW 8.4(16)). Works on records as they came in, with the code
that counts people and the code that makes deliveries; keeps nothing and gives no value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tidegate.errors import BadInput
from tidegate.events.encoding import decode, encode_framed
from tidegate.events.facts import fields_of, text_reader
from tidegate.events.schemas import Schema
from tidegate.events.wire import PREFIX_SIZE
from tidegate.gate.batch import Batch, Run
from tidegate.gate.delivering import bodies_of, event_headers
from tidegate.gate.executor import Executor
from tidegate.gate.inspection import Inspected, inspect
from tidegate.gate.joining import PERSON, PLATES, keys_of_person, keys_of_truck, same
from tidegate.gate.outcomes import Outcome
from tidegate.gate.presences import presence
from tidegate.gate.routing import Route
from tidegate.gate.showing import leaves, said_by
from tidegate.law import Action

ASKED = ("idNumber", "licenceNumber", "phone", "name", "employer", *PLATES)
"""What a person may be asked for by, as the canonical event calls it."""
_SELECTED = re.compile(r"\[[^\]]*\]")
_PEOPLE, _TRUCK = "people", "truck"


@dataclass(frozen=True, slots=True)
class Sought:
    """A person who is looked for. Keys are what the digests of the counter are made of, by kind."""

    person: Mapping[str, bytes]
    truck: Mapping[str, bytes]

    @classmethod
    def of(cls, said: Mapping[str, str]) -> Sought:
        """Raises ``BadInput`` where something that was said can tell nobody. No value is repeated."""
        found = cls(dict(keys_of_person(said)), dict(keys_of_truck(said)))
        used = {*found.kinds, *(["employer"] if "name" in found.person else [])}
        if vain := [name for name in said if name not in used]:
            raise BadInput(
                f"{', '.join(vain)}: such a text tells nobody (too short, masked, a placeholder, or name without "
                "employer); leave it out"
            )
        return found

    @property
    def kinds(self) -> tuple[str, ...]:
        """By which kinds of keys the person is looked for."""
        return (*self.person, *self.truck)


@dataclass(frozen=True, slots=True)
class Named:
    """Where an event names a person: at which places of ``people``, and whether by its truck.

    ``kinds`` are all kinds of keys that it tells the person by; ``counted`` the keys by which the counter knows the
    person there.
    """

    places: tuple[int, ...] = ()
    truck: bool = False
    kinds: frozenset[str] = frozenset()
    counted: tuple[tuple[str, bytes], ...] = ()
    event_id: bytes = b""

    def __bool__(self) -> bool:
        return bool(self.places) or self.truck

    @property
    def where(self) -> tuple[str, ...]:
        """The fields of the event that name the person."""
        return (*([_PEOPLE] if self.places else []), *([_TRUCK] if self.truck else []))


@dataclass(frozen=True, slots=True)
class Given:
    """What one partner was given of a person in one event, as paths.

    ``fields`` are the person's own, ``changed`` those of them of which it got less than the sender wrote (a pseudonym,
    a coarser time). ``beside`` is what the same delivery says else, of the event that the person was part of.
    """

    fields: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()


NOT_NAMED = Named()


def named_in(schema: Schema, value: bytes, start: int, sought: Sought) -> Named:
    """Where an event names the person. ``value`` has its Avro bytes from ``start`` on. Raises ``InvalidEvent``."""
    marks = schema.scan(value, start)
    there = [name for name in (_PEOPLE, _TRUCK) if name in schema.slot and presence(schema.slot[name])(value, marks)]
    if not there:
        return NOT_NAMED
    found = _named(decode(schema, value[start:]), sought)
    event_id = text_reader(fields_of(schema).event_id)(value, marks) if found else b""
    return replace(found, event_id=event_id or b"")


def _named(event: Mapping[str, Any], sought: Sought) -> Named:
    people = [dict(keys_of_person(one)) for one in event.get(_PEOPLE) or ()]
    places = tuple(place for place, keys in enumerate(people) if same(sought.person, keys, PERSON))
    truck = dict(keys_of_truck(event.get(_TRUCK)))
    by_truck = same(sought.truck, truck, PLATES)
    found = [*(people[place] for place in places), *([truck] if by_truck else [])]
    counted = dict.fromkeys(next(iter(one.items())) for one in found)
    return Named(places, by_truck, frozenset(kind for one in found for kind in one), tuple(counted))


def given(
    executor: Executor, run: Run, sought: Sought, decided_us: int, level: int | None, let_go: str = ""
) -> dict[str, Given]:
    """What each partner gets of the person in a record, under the plan, at the time and the level of its decision.

    ``run`` has that record alone. ``let_go`` is the one partner whose held delivery a person let go. The route is that
    of the whole event; what goes along it is the event with nobody else in ``people``, so a delivery says of the person
    what it said then, and what it says of others is not told. Partners whom findings kept off are among them: the
    audit knows who was sent something.
    """
    inspected = inspect(Batch(0, 1, [run]), executor)
    if inspected.states[0] is not Outcome.UNDECIDED:
        return {}
    route = _route(inspected, decided_us, level, let_go)
    return dict(_along(route, inspected, sought, (decided_us, level, let_go)))


def _route(inspected: Inspected, decided_us: int, level: int | None, let_go: str) -> Route:
    value, marks = inspected.values[0], inspected.marks[0]
    route = inspected.router(0).at(decided_us)(value or b"", marks)
    if route.leveled and level is not None:
        route = route.leveled[level]
    return route.freed(inspected.executor.place_of(let_go)) if let_go else route


def _along(
    route: Route, inspected: Inspected, sought: Sought, decision: tuple[int, int | None, str]
) -> Iterator[tuple[str, Given]]:
    """What goes along a route of the person, by partner."""
    incoming, value, marks = inspected.incoming[0], inspected.values[0], inspected.marks[0]
    if incoming is None or value is None:
        return
    event = decode(incoming.schema, value[marks[0] :])
    named = _named(event, sought)
    if event.get(_PEOPLE):
        event = {**event, _PEOPLE: [event[_PEOPLE][place] for place in named.places]}
    alone = encode_framed(incoming.schema, event)
    bodies = bodies_of(
        route,
        inspected.router(0),
        alone,
        incoming.schema.scan(alone, PREFIX_SIZE),
        key=inspected.keys[0],
        key_kind=inspected.key_kinds[0],
        headers=event_headers(inspected.identities[0], inspected.event_refs[0]),
    )
    written: dict[str, list[Any]] = {}
    for path, one in leaves(incoming.schema.record, event):
        written.setdefault(path, []).append(one)
    own = tuple(f"{name}{'[]' if name == _PEOPLE else ''}." for name in named.where)
    for view, body in zip(route.deliveries, bodies, strict=True):
        said = said_by(body, inspected.executor.registry, inspected.publishers[0].name)
        fields = tuple(path for path in said if path.startswith(own))
        changed = tuple(path for path in fields if said[path] != written.get(path))
        grants, papers = _why(inspected, view.partner.name, fields, decision)
        beside = tuple(path for path in said if path not in fields)
        yield view.partner.name, Given(fields, changed, beside, grants, papers)


def _why(
    inspected: Inspected, partner: str, fields: tuple[str, ...], decision: tuple[int, int | None, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The grants and the papers under which fields of a person left."""
    decided_us, level, let_go = decision
    view = inspected.router(0).view_of(partner, inspected.values[0] or b"", inspected.marks[0], decided_us, level)
    if view is not None and let_go and view.freed is not None:
        view = view.freed
    table = () if view is None else inspected.executor.plan.verdicts[view.verdicts]
    left = [one for one in table if Action(one.action).leaves and _SELECTED.sub("[]", one.path) in fields]
    grants, papers = {one.grant for one in left} - {""}, {one.paper for one in left} - {""}
    return tuple(sorted(grants)), tuple(sorted(papers))
