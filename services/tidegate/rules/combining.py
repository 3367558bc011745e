"""Combinations: fields that together say more than each alone, and keys that are personal to whoever can look them up.

A plate with time and place is a track of a vehicle, and what tells who a person is with them says where that person
was: both are sensitive (PIPL 28; GB/T 45574-2025 Annex A; CAC answer of 9 January 2026). A place no nearer than a port
or yard with a time no finer than an hour is none. A condition shows what it asks: who gets events of one port only
knows the port. A linking key is personal data to a partner that is known to hold the other side of the link. A
pseudonym of a plate stays what the plate is (PIPL 73); a pseudonym of a linking key links nothing any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from tidegate.law import FieldClass, strictest_class
from tidegate.rules.documents import PartyDocument
from tidegate.rules.minors import as_minors, of_people
from tidegate.rules.paths import Leaf

VEHICLE = ("truck.tractorPlate", "truck.trailerPlate", "truck.vin")
PERSON = ("people[].name", "people[].phone", "people[].email", "people[].idNumber", "people[].licenceNumber")
FOLLOWED = (*VEHICLE, *PERSON)
"""What tells one vehicle or person from another."""
TIMES = ("eventTime", "eventTimeRaw", "eventCreatedTime", "eventUpdatedTime")
PRECISE = ("location.latitude", "location.longitude", "location.address")
_COARSE = ("hour", "date")


def is_track(shown: Mapping[str, Collection[str]]) -> bool:
    """Whether fields together follow a vehicle or a person. ``shown`` are their paths and transforms."""
    if not any(path in shown for path in FOLLOWED):
        return False
    when = any(transform not in _COARSE for path in TIMES for transform in shown.get(path, ()))
    where = any(path.startswith("location.") for path in shown)
    return (when and where) or any(path in shown for path in PRECISE)


def with_conditions(shown: Mapping[str, Collection[str]], *asked: Iterable[str]) -> dict[str, Collection[str]]:
    """What leaves, and the fields of conditions beside it, as they are: whoever gets the event knows that they hold."""
    conditions = {path for paths in asked for path in paths}
    return {**shown, **{path: {*shown.get(path, ()), ""} for path in conditions}}


def as_combined(leaf: Leaf, recipient: PartyDocument, *, track: bool, transform: str, minors: bool = False) -> Leaf:
    """A field as what it is in the company in which it leaves, and to this recipient; of ``minors`` or not."""
    raised = [FieldClass.SPI] if track and leaf.path in FOLLOWED else []
    raised += [FieldClass.PI] if _looked_up(leaf, recipient) and transform != "pseudonym" else []
    if raised:
        found, otherwise = strictest_class(leaf.field_class, *raised), strictest_class(leaf.otherwise, *raised)
        leaf = replace(leaf, field_class=found, otherwise=otherwise)
    return as_minors(leaf) if minors else leaf


def forms(leaf: Leaf, recipient: PartyDocument) -> Iterator[Leaf]:
    """What a field may be in other company than its own; nothing where that changes nothing."""
    for track in (False, True):
        found = as_combined(leaf, recipient, track=track, transform="")
        if (found.field_class, found.otherwise) != (leaf.field_class, leaf.otherwise) and (
            track is False or leaf.path in FOLLOWED
        ):
            yield found


def raised_as(leaf: Leaf, known: Iterable[Leaf]) -> str:
    """Why a field has another class in its company than it has among all ``known``: nothing where it has the same."""
    alone = next(one for one in known if one.path == leaf.path)
    if leaf.field_class is alone.field_class:
        return ""
    # A plate or a name is personal by itself, so all that its company can make of it is a part of a track.
    return " there: part of a track" if leaf.path in FOLLOWED else " there: the recipient looks people up by it"


def forms_of_minors(leaf: Leaf, recipient: PartyDocument) -> Iterator[Leaf]:
    """What a field of people is where somebody is under 14; nothing where that changes nothing."""
    found = as_combined(leaf, recipient, track=False, transform="", minors=True)
    if of_people(found) and found.plain is not leaf.plain:
        yield found


def _looked_up(leaf: Leaf, recipient: PartyDocument) -> bool:
    """Whether a recipient looks people up by a field, or by a key of it where that is a map, which leaves whole."""
    paths = recipient.partner.looks_up if recipient.partner is not None else ()
    return any(path == leaf.path or path.startswith(f'{leaf.path}["') for path in paths)
