"""Reference lists: codes that exist. None is shipped; an operator loads them from the files of those who keep them.

A list is text, one line per code, sorted, and content-addressed: the plan names its digest, so that a decision can be
made again. Without a list its check does not run, and the list is named as not checked.

==============  ===========================================  =======================
list            a line                                       asked by
==============  ===========================================  =======================
``un-locode``   UN/LOCODE, functions (``CNYTN 1-3-----``)     V3
``smdg``        UN/LOCODE, terminal code (``CNYTN YICT``)     V4
``bic``         UN/LOCODE, facility code                      V4
``liners``      SMDG liner code (``MSK``)                     V14
==============  ===========================================  =======================
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

NAMES = ("un-locode", "smdg", "bic", "liners")
ASKED_BY = {
    "un-locode": ("V3", "whether a UN/LOCODE exists, and whether ships call there"),
    "smdg": ("V4", "whether an SMDG terminal is in the port that is named with it"),
    "bic": ("V4", "whether a BIC facility is at the place that is named with it"),
    "liners": ("V14", "whether an SMDG liner code exists"),
}


@dataclass(frozen=True)
class References:
    """The lists that are there. ``facilities`` are places by code, by provider (SMDG, BIC)."""

    places: Mapping[str, str] | None = None
    facilities: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    liners: frozenset[str] | None = None

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> References:
        """From the texts of lists, by name."""
        rows = {name: [line.split(maxsplit=1) for line in text.splitlines() if line] for name, text in texts.items()}
        facilities = {}
        for name, provider in (("smdg", "SMDG"), ("bic", "BIC")):
            if name in rows:
                facilities[provider] = _by_code((row[1], row[0]) for row in rows[name] if len(row) == 2)
        return cls(
            places={row[0]: row[1] if len(row) == 2 else "" for row in rows["un-locode"]}
            if "un-locode" in rows
            else None,
            facilities=facilities,
            liners=frozenset(row[0] for row in rows["liners"]) if "liners" in rows else None,
        )

    def missing(self) -> tuple[str, ...]:
        """The lists that are not there."""
        there = {
            "un-locode": self.places is not None,
            "smdg": "SMDG" in self.facilities,
            "bic": "BIC" in self.facilities,
            "liners": self.liners is not None,
        }
        return tuple(name for name in NAMES if not there[name])

    def not_checked(self) -> tuple[str, ...]:
        """A sentence for every check that does not run, for a person."""
        return tuple(
            f"not checked: {ASKED_BY[name][1]} ({ASKED_BY[name][0]}); there is no list {name}"
            for name in self.missing()
        )


NO_REFERENCES = References()


def _by_code(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for code, place in pairs:
        found.setdefault(code, set()).add(place)
    return {code: frozenset(places) for code, places in found.items()}


def digest_of(text: str) -> str:
    """The digest by which a plan names a list."""
    return hashlib.sha256(text.encode()).hexdigest()
