"""Views: the fields of a schema that leave under a set of grants, put together into one projection."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tidegate.events.projection import Fields, Projection, project
from tidegate.events.schemas import Registry, Schema
from tidegate.rules.conflicts import one_filter
from tidegate.rules.paths import Elements, Leaf
from tidegate.rules.plan import Presence, Verdict, View
from tidegate.rules.selections import Kept, find, seen_whole, selection_of
from tidegate.rules.situations import Situation
from tidegate.rules.sources import counted
from tidegate.rules.verdicts import Named, Naming, decide, presence_of

KEY_PATHS = ("equipment.reference", "documents[].reference", "transport.callReference", "eventId")
"""Fields that a publisher may use as record key, in the order in which it should."""


@dataclass(frozen=True)
class FieldsSeen:
    """What happens to every field, and which leave by which namings. ``counts`` and ``stamp`` are those of a view."""

    verdicts: tuple[Verdict, ...]
    presences: tuple[Presence, ...]
    kept: Mapping[str, tuple[Leaf, Sequence[Naming]]]
    counts: tuple[tuple[str, str], ...]
    stamp: tuple[str, ...] | None


def fields_seen(situation: Situation, known: Sequence[Leaf], named: Sequence[Named], *, freed: bool) -> FieldsSeen:
    """The fields of a delivery that goes by itself, or of one that a person lets go (``freed``): that holds nothing."""
    verdicts: list[Verdict] = []
    presences: list[Presence] = []
    kept: dict[str, tuple[Leaf, Sequence[Naming]]] = {}
    counts: set[tuple[str, str]] = set()
    stamps = [] if situation.stamp is None else [frozenset(situation.stamp)]
    for leaf in known:
        decided = decide(situation, leaf, [naming for one in named for naming in one.get(leaf.path, ())], freed=freed)
        verdicts.append(decided.verdict)
        presence = presence_of(leaf, decided.decision)
        if presence is not None:
            presences.append(presence)
        if decided.passing:
            kept[leaf.path] = leaf, decided.passing
            counts.update(counted(leaf, decided.counts))
            stamps.extend(decided.stamps)
    return FieldsSeen(
        tuple(verdicts),
        tuple(dict.fromkeys(presences)),
        kept,
        tuple(sorted(counts)),
        tuple(sorted(frozenset.intersection(*stamps))) if stamps else None,
    )


class Projections:
    """Projections of writer schemas, each made once: partners and levels of people have most in common."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._made: dict[tuple[int, Fields], Projection] = {}

    def of(self, schema: Schema, selection: Fields) -> Projection:
        """Its schema goes into the registry. Raises ``BadSchema`` when another schema there has its id."""
        key = schema.schema_id, selection
        if key not in self._made:
            self._made[key] = project(schema, selection)
            self._registry.add(self._made[key].schema)
        return self._made[key]


def projected(
    seen: FieldsSeen, schema: Schema, projections: Projections, table: int, attributes: Collection[str]
) -> View:
    """The view of some fields. ``attributes`` are what the partner asked for."""
    if not seen.kept:
        return View(presences=seen.presences, verdicts=table)
    selection = selection_of(
        schema.record,
        (Kept(leaf, one_filter(naming) or Elements(), naming[0].transform) for leaf, naming in seen.kept.values()),
    )
    projection = projections.of(schema, selection)
    return View(
        schema_id=projection.schema.schema_id,
        pieces=projection.pieces,
        key_paths=tuple(path for path in KEY_PATHS if seen_whole(selection, path)),
        publisher_shown=seen_whole(selection, "originatingParties[].code"),
        subject=find(selection, "equipment.reference") if "subject" in attributes else None,
        time=find(selection, "eventTime") if "time" in attributes else None,
        presences=seen.presences,
        verdicts=table,
        counts=seen.counts,
        stamp=seen.stamp,
    )
