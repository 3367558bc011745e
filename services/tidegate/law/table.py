"""The decision table: rows in order, the first that matches decides, and the last denies.

This is the table's smallest safe form: rows 1 to 8, which need no papers, counts or consents, and row 19. What they do
not let through (personal data on any route, above all) falls to row 19. Numbers are those of the full table, so that a
reason in an audit entry keeps its meaning when rows 9 to 18 come.

Sources: CAC Provisions on Promoting and Regulating Cross-Border Data Flows (22 Mar 2024) Arts 2, 3, 7; PIPL Arts 23,
36, 41, 42; DSL Arts 21, 25, 36; NDSMR Arts 12, 31, 37.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from tidegate.law.facts import PURPOSES, Action, Decision, Facts, FieldClass, Mechanism, Tri

Row: TypeAlias = Callable[[Facts], Decision | None]

_PERSONAL = (FieldClass.PI, FieldClass.SPI)
_BLOCKED = (FieldClass.CORE, FieldClass.EXPORT_CONTROLLED)


def decide(facts: Facts) -> Decision:
    """What happens to a granted field."""
    for row in ROWS:
        decision = row(facts)
        if decision is not None:
            return decision
    return row_19_nothing_matched(facts)


def decide_presence(facts: Facts) -> Decision | None:
    """What the mere presence of a field does, granted or not: rows 1 and 2 only."""
    return row_1_barred_recipient(facts) or row_2_never_leaves(facts)


def crosses(facts: Facts) -> bool:
    """Whether export law of the Mainland applies: the exporter or the storage is there, and the recipient is not."""
    places = [facts.exporter.zone, facts.storage]
    inside = any(zone is None or zone.mainland for zone in places)
    return inside and not (facts.recipient.zone is not None and facts.recipient.zone.mainland)


def row_1_barred_recipient(facts: Facts) -> Decision | None:
    """Foreign courts and enforcement bodies, and recipients on the CAC's list (PIPL 41-42, DSL 36)."""
    if facts.recipient.foreign_authority is not Tri.NO:
        return _drop(1, "foreign_authority", Action.BLOCK_EVENT)
    if facts.recipient.restricted is not Tri.NO:
        return _drop(1, "restricted_recipient", Action.BLOCK_EVENT)
    return None


def row_2_never_leaves(facts: Facts) -> Decision | None:
    """Core and export-controlled data (DSL 21, 25), and personal data that a state organ holds (PIPL 36)."""
    if facts.field_class in _BLOCKED:
        return _drop(2, "core_or_controlled", Action.BLOCK_EVENT)
    if facts.field_class in _PERSONAL and facts.exporter.state_organ is not Tri.NO:
        return _drop(2, "state_organ_personal_data", Action.BLOCK_EVENT)
    return None


def row_3_unknown(facts: Facts) -> Decision | None:
    """What is not known is not sent: the class, the recipient's zone, the origin, the lineage."""
    unknown = {
        "unclassified": facts.field_class is FieldClass.UNCLASSIFIED,
        "unknown_recipient_zone": facts.recipient.zone is None,
        "unknown_origin": facts.exporter.zone is None or facts.storage is None,
        "unknown_lineage": not facts.lineage_known,
    }
    for reason, holds in unknown.items():
        if holds:
            return _drop(3, reason, Action.HOLD if facts.mandatory else Action.DROP)
    return None


def row_4_outside_stamp(facts: Facts) -> Decision | None:
    """An event that an earlier contract let in goes on only inside that contract (GBA contract Art. 3(7)-(8))."""
    if facts.stamp is not None and facts.recipient.zone is not None and facts.recipient.zone.code not in facts.stamp:
        return _drop(4, "outside_onward_stamp")
    return None


def row_5_inside_mainland(facts: Facts) -> Decision | None:
    """Source, storage and recipient in the Mainland: no export, but PIPL 23 and NDSMR 12, 31 hold."""
    places = (facts.exporter.zone, facts.storage, facts.recipient.zone)
    if not all(zone is not None and zone.mainland for zone in places):
        return None
    match facts.field_class:
        case FieldClass.GENERAL:
            return Decision(5, Action.PASS, Mechanism.NONE_NEEDED, "inside_mainland")
        case FieldClass.COMMERCIAL:
            return _commercial(facts, 5)
        case FieldClass.PI | FieldClass.SPI:
            return _drop(5, "no_domestic_contract")
        case _:
            return _drop(5, "no_risk_assessment", Action.HOLD)


def row_6_important(facts: Facts) -> Decision | None:
    """Important data needs an assessment (CAC provisions Art. 7); what is suspect waits for a person."""
    if facts.field_class is FieldClass.IMPORTANT:
        return _drop(6, "no_assessment")
    if facts.field_class is FieldClass.SUSPECT_IMPORTANT:
        return _drop(6, "suspect_important", Action.HOLD)
    return None


def row_7_general(facts: Facts) -> Decision | None:
    """Trade and transport data with neither personal nor important data (CAC provisions Art. 3)."""
    if facts.field_class is FieldClass.GENERAL and facts.purpose in PURPOSES:
        return Decision(7, Action.PASS, _exemption(facts), "general")
    return None


def row_8_commercial(facts: Facts) -> Decision | None:
    """Confidential by contract, not by data law: a grant that names the field itself is the contract."""
    return _commercial(facts, 8) if facts.field_class is FieldClass.COMMERCIAL else None


def row_19_nothing_matched(facts: Facts) -> Decision:
    """What no row lets through stays."""
    return _drop(19, "personal_data" if facts.field_class in _PERSONAL else "nothing_matched")


ROWS: tuple[Row, ...] = (
    row_1_barred_recipient,
    row_2_never_leaves,
    row_3_unknown,
    row_4_outside_stamp,
    row_5_inside_mainland,
    row_6_important,
    row_7_general,
    row_8_commercial,
    row_19_nothing_matched,
)


def _drop(row: int, reason: str, action: Action = Action.DROP) -> Decision:
    return Decision(row, action, Mechanism.NONE, reason)


def _exemption(facts: Facts) -> Mechanism:
    return Mechanism.ART3 if crosses(facts) else Mechanism.NONE_NEEDED


def _commercial(facts: Facts, row: int) -> Decision:
    if facts.own_path:
        return Decision(row, Action.PASS, _exemption(facts), "commercial_named")
    return _drop(row, "commercial_not_named")
