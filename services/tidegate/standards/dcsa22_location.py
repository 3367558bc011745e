"""The one place of an event, out of the three that DCSA 2.2 can give.

``eventLocation`` is the place where one is given, else the place of the transport call. Two places are put together
only where they name the same facility, for a gate of one terminal and the name of another would make up a place. What
is not used is left in ``given`` and so ends under ``extensions``.
"""

from __future__ import annotations

from typing import TypeAlias

from tidegate.standards.dcsa import DEGREES, address
from tidegate.standards.dcsa22_table import ADDRESS, CALL_LOCATION, CALL_PLACE, EVENT_PLACE, PLACE, PLACES
from tidegate.standards.draft import Draft
from tidegate.standards.gather import Given, Slot, same
from tidegate.standards.shape import LOCATION, plain

Place: TypeAlias = dict[str, str]
"""Field of the canonical location to the property that gives it."""

_BLANK = LOCATION.blank()
_FIELDS = {name: (f"location.{name}", plain(LOCATION, name)) for name in PLACE}


def place(draft: Draft, given: Given, event: dict[str, object]) -> None:
    """Fill ``event["location"]``."""
    own, call, inner = _places(given)
    if inner and not _contradict(given, call, inner):
        call = _joined(given, call, inner)
    if not own:
        own = call
    elif call and _one_facility(given, own, call):
        own = _joined(given, own, call)
    if own:
        location = LOCATION.blank()
        for name, source in own.items():
            slot = _address(draft, given, source) if name == "address" else given.pop(source)
            _put(draft, location, name, slot)
        if location != _BLANK:
            event["location"] = location


def _places(given: Given) -> tuple[Place, Place, Place]:
    places: dict[str, Place] = {EVENT_PLACE: {}, CALL_PLACE: {}, CALL_LOCATION: {}}
    for path in given:
        known = PLACES.get(path)
        if known is not None:
            places[known[0]][known[1]] = path
    return places[EVENT_PLACE], places[CALL_PLACE], places[CALL_LOCATION]


def _contradict(given: Given, one: Place, other: Place) -> bool:
    return any(not same(given[one[name]][1], given[other[name]][1]) for name in _common(one, other))


def _one_facility(given: Given, one: Place, other: Place) -> bool:
    """Whether ``other`` is sure to be ``one``: the same facility of the same UN/LOCODE, or nothing new in it."""
    if _contradict(given, one, other):
        return False
    return other.keys() <= one.keys() or {"unLocode", "facilityCode"} <= _common(one, other)


def _common(one: Place, other: Place) -> set[str]:
    return (one.keys() & other.keys()) - {"address"}


def _joined(given: Given, one: Place, other: Place) -> Place:
    """``one`` and what ``other`` adds; what both say is taken out of ``given`` once, so that it is not kept twice."""
    for name in _common(one, other):
        del given[other[name]]
    return other | one


def _put(draft: Draft, location: dict[str, object], name: str, slot: Slot | None) -> None:
    if slot is None:
        return
    path, field = _FIELDS[name]
    degrees = DEGREES.get(name)
    if degrees is not None:
        draft.put_taken(location, name, path, degrees(slot[1]), *slot)
    else:
        draft.put(location, name, path, field, *slot)


def _address(draft: Draft, given: Given, source: str) -> Slot | None:
    """The address in one line; ``source`` is one of its parts, or the whole where that is text already."""
    if source.endswith(".address"):
        return given.pop(source)
    return address(draft, given, source.rpartition(".")[0], ADDRESS)
