"""What happens to fields, in words that a shipping clerk knows: those of ``tidegate explain``, said otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

Grant: TypeAlias = Mapping[str, Any]
"""A grant as it stands in the rules."""

LABELS = {
    "eventSubtype": "milestone",
    "eventTime": "time",
    "location.unLocode": "port",
    "location.facilityCode": "terminal",
    "equipment.reference": "container",
    "equipment.isoSizeType": "size and type",
    "seals[].number": "seal",
    "documents[].reference": "documents",
    "references[].value": "own references",
    "cargo.hsCodes[]": "goods (HS)",
    "cargo.packages": "packages",
    "cargo.grossMassKg": "gross mass, kg",
    "truck.tractorPlate": "truck plate",
    "people[].name": "driver",
    "people[].phone": "driver's phone",
    "extensions": "sender's extras",
}
"""The fields that are shown, in their order."""

MILESTONES = {
    "GTIN": "gate-in",
    "GTOT": "gate-out",
    "LOAD": "loaded",
    "DISC": "discharged",
    "ARRI": "arrival",
    "DEPA": "departure",
    "INSP": "inspected",
    "CONF": "booking confirmed",
    "ISSU": "B/L issued",
    "RELS": "customs release",
}
CHANGES = ("TOKENISE", "GENERALISE")
_PERSONAL = ("PI", "SPI")
_REASONS = {
    "personal_data": "personal data: named, but the law says no",
    "no_basis_on_record": "personal data: named, but no legal basis is on record",
    "not_counted": "personal data: named, but nobody counted the people behind it",
    "not_granted": "not granted",
    "element_not_granted": "not granted",
    "commercial_not_named": "confidential, not named by itself",
    "unclassified": "nobody has classed it",
    "suspect_important": "perhaps important data",
    "delivery_held": "waits with the rest",
}


def why_not(verdict: Mapping[str, Any]) -> str:
    """Why a field stays."""
    if verdict["reason"] != "not_granted":
        return _REASONS.get(verdict["reason"], str(verdict["reason"]).replace("_", " "))
    if verdict["class"] in _PERSONAL:
        return "personal data"
    return "nobody has classed it" if verdict["class"] == "UNCLASSIFIED" else "not granted"


def changed(verdict: Mapping[str, Any], grants: Iterable[Grant]) -> str:
    """What was made of a field that leaves changed."""
    transforms: Mapping[str, str] = next(
        (grant.get("transforms", {}) for grant in grants if grant["id"] == verdict["grant"]), {}
    )
    kind, _, size = transforms.get(str(verdict["path"]).removesuffix("[]"), "").partition(":")
    return {
        "pseudonym": "pseudonym",
        "hour": "to the hour",
        "date": "to the day",
        "prefix": f"first {size} digits",
        "band": f"in steps of {int(size):,}" if size else "",
    }.get(kind, kind)


def why_nothing(grants: Iterable[Grant], publisher: str, partner: str, event: Mapping[str, Any]) -> str:
    """Why a partner gets nothing of an event at all: what no grant of its fits."""
    mine = [grant for grant in grants if partner in grant["partners"] and publisher in grant["publishers"]]
    if not mine:
        return "no grant for this publisher"
    failing = [{path for path, test in grant.get("when", {}).items() if not _fits(test, event, path)} for grant in mine]
    return "no grant for this port" if {"location.unLocode"} in failing else "no grant for this kind of event"


def _fits(test: Any, event: Mapping[str, Any], path: str) -> bool:
    """Whether a condition of the rules holds: a text, a list of texts, or a prefix."""
    value: Any = event
    for name in path.split("."):
        value = (value or {}).get(name)
    if isinstance(test, Mapping):
        return str(value).startswith(test["prefix"])
    return value == test if isinstance(test, str) else value in test


def values(event: Mapping[str, Any], path: str) -> list[str]:
    """The values at a path of an event, as text; of an array or a map those of all elements."""
    found: list[Any] = [event]
    for name in path.replace("[]", "").split("."):
        found = [inner for one in found if isinstance(one, Mapping) for inner in _each(one.get(name))]
    return [_text(path, inner) for one in found for inner in (one.values() if isinstance(one, Mapping) else [one])]


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(path: str, value: Any) -> str:
    if path == "eventTime":
        return clock(value)
    if isinstance(value, str) and value.startswith("~"):
        return f"{value[:11]}…"
    if path == "eventSubtype":
        return MILESTONES.get(value, str(value))
    return f"{value:,.0f}" if isinstance(value, float) else str(value)


def clock(value: str | int) -> str:
    """A time as sent, by the clock there, or as delivered: microseconds of UTC."""
    if isinstance(value, int):
        return datetime.fromtimestamp(value / 1e6, tz=UTC).strftime("%m-%d %H:%MZ")
    return f"{value[5:10]} {value[11:16]}{value[19:22]}"


QUARANTINED = {
    "V7": "a time that cannot be",
    "V8": "something is missing",
    "suspect_important": "perhaps important data",
}
