"""Conflicts: grants that can hold at once and do not fit together. Whichever won would surprise someone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from tidegate.errors import Mistake
from tidegate.rules.combining import FOLLOWED, VEHICLE, is_track, with_conditions
from tidegate.rules.granting import Grant
from tidegate.rules.paths import Elements, Leaf
from tidegate.rules.verdicts import Naming

Kept: TypeAlias = Mapping[str, tuple[Leaf, Sequence[Naming]]]
"""What leaves in one view, by path, and which namings let it."""


def conflicts(grants: Sequence[Grant], kept: Kept) -> Iterator[Mistake]:
    """What is wrong with some grants that hold together."""
    for leaf, named in kept.values():
        yield from _two_forms(leaf, named)
    yield from _two_filters(kept)
    yield from _raw_time(kept)
    yield from _beside_the_port(grants, kept)
    yield from _track_of_several(kept)


def one_filter(named: Sequence[Naming]) -> Elements | None:
    """The one element filter of all grants that name a field, or None when they filter by different fields."""
    filters = [element for naming in named for element in naming.filters]
    if not filters or Elements() in filters:
        return Elements()
    if len({element.where for element in filters}) > 1:
        return None
    return Elements(filters[0].where, tuple(sorted({value for element in filters for value in element.values})))


def _two_forms(leaf: Leaf, named: Sequence[Naming]) -> Iterator[Mistake]:
    one = named[0]
    two = next((naming for naming in named if naming.transform != one.transform), None)
    if two is not None:
        yield two.grant.at.mistake(
            f"{leaf.path} leaves in two forms when {one.grant.said.id} and {two.grant.said.id} both hold; give it one "
            "transform, or make their conditions exclude each other",
            "fields",
        )


def _two_filters(kept: Kept) -> Iterator[Mistake]:
    arrays: dict[str, dict[str, tuple[Elements | None, Naming]]] = {}
    for path, (leaf, named) in kept.items():
        if any(isinstance(step, Elements) for step in leaf.steps):
            arrays.setdefault(leaf.slot, {})[path] = one_filter(named), named[0]
    for slot, inside in arrays.items():
        filters = {found for found, _ in inside.values()}
        if len(filters) > 1 or None in filters:
            yield next(iter(inside.values()))[1].grant.at.mistake(
                f"the fields of {slot} are granted for different elements ({', '.join(sorted(inside))}); one view "
                "has one filter: name the same filter with each of them",
                "fields",
            )


def _raw_time(kept: Kept) -> Iterator[Mistake]:
    time, raw = kept.get("eventTime"), kept.get("eventTimeRaw")
    if time and raw and any(naming.transform for naming in time[1]):
        grant = raw[1][0].grant
        yield grant.at.mistake(
            "eventTimeRaw would undo the transform of eventTime; leave it out of the grant", "fields"
        )


def _beside_the_port(grants: Sequence[Grant], kept: Kept) -> Iterator[Mistake]:
    port = next((grant for grant in grants if grant.said.transforms.get("location") == "port"), None)
    for path, (_, named) in kept.items():
        if port is not None and path.startswith("location.") and path != "location.unLocode":
            other = named[0].grant
            yield other.at.mistake(
                f"{path} leaves beside the port alone when {port.said.id} and {other.said.id} both hold; leave it "
                "out, take the transform of location away, or make their conditions exclude each other",
                "fields",
            )


def _track_of_several(kept: Kept) -> Iterator[Mistake]:
    """Several grants that together follow somebody are refused: each was asked about the plate without the others."""
    alone = [
        (leaf, naming)
        for path in FOLLOWED
        if path in kept
        for leaf, named in [kept[path]]
        for naming in named
        if not naming.track
    ]
    shown = {path: {naming.transform for naming in named} for path, (_, named) in kept.items()}
    asked = [naming.grant.said.when for _, named in kept.values() for naming in named]
    if alone and is_track(with_conditions(shown, *asked)):
        leaf, naming = alone[0]
        whom = "vehicle" if leaf.path in VEHICLE else "person"
        yield naming.grant.at.mistake(
            f"{leaf.path} leaves with time and place of other grants when they hold together, and so follows a "
            f"{whom}: that is sensitive; name them in one grant, or let the others leave port and hour only",
            "fields",
        )
