"""Reference lists: codes that exist. None is shipped; an operator loads them from the files of those who keep them.

A list is text, one line per code, sorted, and content-addressed: the plan names its digest, so that a decision can be
made again. Without a list its check does not run, and the list is named as not checked.

==============  ===========================================  =====================================================
list            a line                                       who keeps it; asked by
==============  ===========================================  =====================================================
``un-locode``   UN/LOCODE, functions (``CNYTN 1-3-----``)     UN/CEFACT Recommendation 16; V3
``smdg``        UN/LOCODE, terminal code (``CNYTN YICT``)     SMDG terminal code list; V4
``bic``         UN/LOCODE, facility code (``DEHAM HHLA``)     BIC facility codes; V4
``liners``      liner code (``MSK``)                          SMDG liner code list; V14
``scac``        carrier code (``MAEU``)                       NMFTA standard carrier alpha codes; V14
==============  ===========================================  =====================================================
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

ASKED_BY = {
    "un-locode": ("V3", "whether a UN/LOCODE exists, and whether ships call there"),
    "smdg": ("V4", "whether an SMDG terminal is in the port that is named with it"),
    "bic": ("V4", "whether a BIC facility is at the place that is named with it"),
    "liners": ("V14", "whether an SMDG liner code exists"),
    "scac": ("V14", "whether a SCAC is given to anybody"),
}
"""By list: the rule that asks it, and what for."""
NAMES = tuple(ASKED_BY)
_PROVIDERS = {"smdg": "SMDG", "bic": "BIC"}


@dataclass(frozen=True)
class References:
    """The lists that are there. ``facilities`` are places by code, by provider (SMDG, BIC)."""

    places: Mapping[str, str] | None = None
    facilities: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    liners: frozenset[str] | None = None
    carriers: frozenset[str] | None = None
    digests: Mapping[str, str] = field(default_factory=dict)
    """By list: the digest by which a plan names its text."""

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> References:
        """From the texts of lists, by name."""
        rows = {name: [line.split(maxsplit=1) for line in text.splitlines() if line] for name, text in texts.items()}
        return cls(
            places=_first(rows["un-locode"]) if "un-locode" in rows else None,
            facilities={
                provider: _by_code((row[1], row[0]) for row in rows[name] if len(row) == 2)
                for name, provider in _PROVIDERS.items()
                if name in rows
            },
            liners=frozenset(_first(rows["liners"])) if "liners" in rows else None,
            carriers=frozenset(_first(rows["scac"])) if "scac" in rows else None,
            digests={name: digest_of(text) for name, text in texts.items()},
        )

    def missing(self) -> tuple[str, ...]:
        """The lists that are not there."""
        return tuple(name for name in NAMES if name not in self.digests)

    def not_checked(self) -> tuple[str, ...]:
        """A sentence for every check that does not run, for a person."""
        return tuple(
            f"not checked: {ASKED_BY[name][1]} ({ASKED_BY[name][0]}); there is no list {name}"
            for name in self.missing()
        )


NO_REFERENCES = References()


def _first(rows: Iterable[list[str]]) -> dict[str, str]:
    return {row[0]: row[1] if len(row) == 2 else "" for row in rows}


def _by_code(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for code, place in pairs:
        found.setdefault(code, set()).add(place)
    return {code: frozenset(places) for code, places in found.items()}


def digest_of(text: str) -> str:
    """The digest by which a plan names a list."""
    return hashlib.sha256(text.encode()).hexdigest()
