"""Zones as edges, not circles: which mechanism carries data from one place to another.

The Greater Bay Area is a set of bilateral edges, nine cities with Hong Kong and nine cities with Macao, and no zone
inside which data is free. A mechanism that stands on no edge of a route carries nothing there.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from tidegate.law.facts import Mechanism
from tidegate.law.zones import Zone

ANYWHERE = "*"
"""Any zone outside the Mainland."""
_NINE = "CN-GBA9"
_STAMPED = frozenset({Mechanism.GBA_SC_HK, Mechanism.GBA_SC_MO})


@dataclass(frozen=True, slots=True)
class Edge:
    """Mechanisms that carry data from one area to another, since a day. ``reference`` says who asks for a filing
    reference first: nobody (""), the area ("always"), or the area if an open point says so."""

    start: str
    end: str
    mechanisms: frozenset[Mechanism]
    since: date
    article: str
    reference: str
    report_afterwards: bool


@dataclass(frozen=True)
class Edges:
    """Edges, with the areas that they join."""

    areas: Mapping[str, tuple[str, ...]]
    all: tuple[Edge, ...]
    lists: Mapping[str, date]
    """Areas that have negative lists of their own, and since when, whatever day it is."""

    def on(self, day: date) -> Edges:
        """Those that are there on a day."""
        return Edges(self.areas, tuple(edge for edge in self.all if edge.since <= day), self.lists)

    def within(self, area: str, zone: Zone | None) -> bool:
        """Whether a zone is, or lies in, an area. What is not known lies in none."""
        if zone is None:
            return False
        if area == ANYWHERE:
            return not zone.mainland
        return any(zone.code == code or zone.code.startswith(f"{code}-") for code in self.areas[area])

    def carrying(self, mechanism: Mechanism, start: Zone | None, end: Zone | None) -> Edge | None:
        """The edge that carries a mechanism from one place to another, if there is one."""
        return next(
            (
                edge
                for edge in self.all
                if mechanism in edge.mechanisms and self.within(edge.start, start) and self.within(edge.end, end)
            ),
            None,
        )

    def having(self, mechanism: Mechanism) -> tuple[Edge, ...]:
        """The edges that have a mechanism, in their order."""
        return tuple(edge for edge in self.all if mechanism in edge.mechanisms)

    def jurisdiction(self, zone: Zone | None) -> frozenset[str]:
        """Where a recipient may pass on what it got under a Greater Bay Area contract (its Art. 3(7)-(8)).

        In Hong Kong or Macao only there; in a city of the nine to any of them (guidelines Art. 4(2)).
        """
        if self.within(_NINE, zone):
            return frozenset(self.areas[_NINE])
        return frozenset() if zone is None else frozenset({zone.city})

    def stamping(self, zone: Zone) -> bool:
        """Whether a contract whose deliveries are stamped can carry data to a place."""
        return any(edge.mechanisms & _STAMPED and self.within(edge.end, zone) for edge in self.all)

    def to_json(self) -> list[Any]:
        return [
            [edge.start, edge.end, sorted(edge.mechanisms), str(edge.since), edge.reference, edge.report_afterwards]
            for edge in self.all
        ]


@cache
def read_edges(text: str) -> Edges:
    """The edges of ``data/edges.toml``; one that goes both ways is two."""
    said = tomllib.loads(text)
    edges = []
    for one in said["edge"]:
        ends = (
            [(one["from"], one["to"]), (one["to"], one["from"])] if one.get("both_ways") else [(one["from"], one["to"])]
        )
        edges += [
            Edge(
                start,
                end,
                frozenset(map(Mechanism, one["mechanisms"])),
                one["since"],
                one["article"],
                one.get("reference", ""),
                one.get("report_afterwards", False),
            )
            for start, end in ends
        ]
    lists = {edge.start: edge.since for edge in edges if Mechanism.FTZ_OFFLIST in edge.mechanisms}
    return Edges({name: tuple(codes) for name, codes in said["areas"].items()}, tuple(edges), lists)
