"""The cases of the decision table in ``tests/cases/law.toml``, read into facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests import cases_as_data

from tidegate.law import (
    Facts,
    FieldClass,
    Law,
    Mechanism,
    Origin,
    PartyFacts,
    Points,
    Tri,
    Zone,
    law_on,
    parse_zone,
)

_SAID: dict[str, Any] = cases_as_data.read(
    "law.toml",
    "row name article expect",
    "point points field from hub to purpose origin evidence on exporter recipient let_go otherwise people papers "
    "overdue relays stamp own_path confidential mandatory lineage_known unmixed off_list list_reference counsel grace",
)
USUAL: dict[str, Any] = _SAID["usual"]


@dataclass(frozen=True)
class Case:
    row: int
    name: str
    article: str
    point: str
    facts: Facts
    law: Law
    expect: str
    freed: str
    """What is expected of it once a named person lets the delivery go; the same where nothing else is said."""


def cases() -> list[Case]:
    return [case_of(said) for said in _SAID["case"]]


def usual(**said: Any) -> Facts:
    """The facts of the usual situation, with some said otherwise, in the words of the file."""
    return _facts({**USUAL, **said})


def case_of(said: Mapping[str, Any]) -> Case:
    try:
        return _read(said, {**USUAL, **said})
    except (TypeError, ValueError) as exc:
        raise ValueError(f"tests/cases/law.toml, case {said['name']!r}: {exc}") from exc


def _read(said: Mapping[str, Any], whole: Mapping[str, Any]) -> Case:
    in_force = law_on(date.fromisoformat(whole["on"]), Points(**whole.get("points", {})))
    return Case(
        row=said["row"],
        name=said["name"],
        article=said["article"],
        point=said.get("point", ""),
        facts=_facts(whole),
        law=in_force,
        expect=said["expect"],
        freed=said.get("let_go", said["expect"]),
    )


def _facts(said: Mapping[str, Any]) -> Facts:
    stamp = said.get("stamp")
    return Facts(
        field_class=FieldClass(said["field"]),
        exporter=_party(said["from"], {**USUAL["exporter"], **said["exporter"]}),
        recipient=_party(said["to"], {**USUAL["recipient"], **said["recipient"]}),
        storage=_zone(said["hub"]),
        purpose=said["purpose"],
        own_path=said.get("own_path", False),
        confidential=said.get("confidential", False),
        mandatory=said.get("mandatory", False),
        lineage_known=said.get("lineage_known", True),
        stamp=None if stamp is None else frozenset(stamp),
        relays=tuple(map(_zone, said.get("relays", ()))),
        origin=Origin(said["origin"]),
        papers=frozenset(map(Mechanism, said.get("papers", ()))),
        overdue=frozenset(map(Mechanism, said.get("overdue", ()))),
        people=said.get("people"),
        otherwise=FieldClass(said.get("otherwise", "UNCLASSIFIED")),
        **{name: Tri(said.get(name, "unknown")) for name in _TRIS},
    )


_TRIS = ("unmixed", "evidence", "off_list", "list_reference", "counsel", "grace")


def _party(zone: str, said: Mapping[str, str]) -> PartyFacts:
    return PartyFacts(_zone(zone), **{name: Tri(value) for name, value in said.items()})


def _zone(code: str) -> Zone | None:
    return None if code == "?" else parse_zone(code)
