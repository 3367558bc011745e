"""Semantic checks: does the event make sense, beyond being decodable. Each is a small function with a name.

======  ==========================================================================================  ===============
rule    what it asks                                                                                default
======  ==========================================================================================  ===============
``V1``  the container number has the form and the check digit of ISO 6346                           WARN
``V2``  the IMO number of the ship has its check digit and is not made up                           WARN
``V3``  the UN/LOCODE has its form; it exists, and ships call there                                 ERROR; WARN
``V4``  the facility is in the place that is named with it                                          WARN
``V5``  the time has an offset; it is one of the place on that day                                  ERROR; WARN
``V6``  what happened has happened, before it was told of; plans are made before their time         WARN
``V7``  every time lies between 2000 and two years after the record came in                         ERROR
``V8``  what has to be there for this kind of event is there; an empty text is none                 ERROR
``V9``  codes are in their lists, letter by letter                                                  WARN
``V11`` universal service and voyage references have their form                                     WARN
``V13`` text was not decoded twice                                                                  INFO
``V14`` MMSI, LEI, SCAC, liner codes, plates and vehicle numbers have their form                    WARN
======  ==========================================================================================  ===============

A setting of the publisher's overrides the severity of a whole rule. "Now" is the record's own timestamp, so a replay
sees what the live flow saw. A check reads spans, never the whole event, and remembers what it has judged: containers,
ships and ports repeat far more often than they differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from tidegate.events.checks import numbers, places, presence, words
from tidegate.events.checks.parts import NONE, Found, Part, compiled, joined
from tidegate.events.checks.reading import Fields
from tidegate.events.checks.references import NO_REFERENCES, References, digest_of
from tidegate.events.checks.times import EARLIEST_US, LATEST_AFTER_US, Times, limits
from tidegate.events.facts import EVENT, Marks, fields_of
from tidegate.events.findings import Severity
from tidegate.events.schemas import Schema

__all__ = [
    "EARLIEST_US",
    "LATEST_AFTER_US",
    "NO_REFERENCES",
    "RULES",
    "Check",
    "References",
    "compile_checks",
    "digest_of",
]

RULES = ("V1", "V2", "V3", "V4", "V5", "V6", "V7", "V8", "V9", "V11", "V13", "V14")

Check: TypeAlias = Callable[[bytes, Marks, int], Found]
"""From a scanned value and the record's timestamp in microseconds to what was found; nearly always nothing."""


def compile_checks(
    schema: Schema, severities: Mapping[str, Severity] | None = None, references: References = NO_REFERENCES
) -> Check:
    """All checks of a schema as one function. ``severities`` are those that a publisher's settings override."""
    facts, fields = fields_of(schema), Fields(schema, severities or {})
    times, present = Times(fields, facts), joined(presence.parts(fields, facts), "present")
    others: list[Part] = []
    if schema.name == EVENT:
        others = [*numbers.parts(fields, references), *places.parts(fields, references), *words.parts(fields)]
    rest = joined(others, "known")
    quiet = f"{times.quiet} and {present.quiet} and {rest.quiet}"
    all_quiet = compiled(quiet, times.names | present.names | rest.names, "b, m, latest, limit")
    seen_us = latest = limit = -1

    def check(b: bytes, m: Marks, now_us: int) -> Found:
        nonlocal seen_us, latest, limit
        if now_us != seen_us:
            latest, limit = limits(now_us)
            seen_us = now_us
        if all_quiet(b, m, latest, limit):
            return NONE
        return times.window(b, m, now_us) + present.look(b, m) + times.order(b, m, now_us) + rest.look(b, m)

    return check
