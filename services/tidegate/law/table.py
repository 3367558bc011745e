"""The decision table: rows in order, the first that matches decides, and the last denies.

Rows 1 to 8 and 19 stand here, rows 9 to 18, which are about personal data that leaves, in ``personal``. Every row asks
for what it needs and gives nothing for granted: what is not known takes the strict branch.

What is important, or suspect, and leaves by row 5 or 6 leaves only if it would by the class that it has otherwise too:
an assessment says that the export of important data is no danger, and nothing of a notice, a consent, or a contract.
So to raise a class never opens a field.
"""

from __future__ import annotations

from tidegate.law import personal
from tidegate.law.facts import IMPORTANCE, PURPOSES, Action, Decision, Facts, FieldClass, Mechanism, Origin, Tri
from tidegate.law.parameters import Law
from tidegate.law.rows import Ask, Row, commercial, exemption, inside_mainland, row, stays

_BLOCKED = (FieldClass.CORE, FieldClass.EXPORT_CONTROLLED)


def decide(facts: Facts, law: Law) -> Decision:
    """What happens to a granted field under the law of a day."""
    for one in ROWS:
        decision = one(facts, law)
        if decision is not None:
            return decision
    raise AssertionError("row 19 matches everything")


def decide_presence(facts: Facts, law: Law) -> Decision | None:
    """What the mere presence of a field does, granted or not: rows 1 and 2 only."""
    return row_1_barred_recipient(facts, law) or row_2_never_leaves(facts, law)


@row(1, "barred recipient", ("PIPL 41-42", "DSL 36"), "BLOCK_EVENT for this recipient")
def row_1_barred_recipient(facts: Facts, law: Law) -> Decision | None:
    """The recipient is, or may be, a foreign court or enforcement body, or on the CAC's list."""
    if facts.recipient.foreign_authority is not Tri.NO:
        return stays(1, "foreign_authority", Action.BLOCK_EVENT)
    if facts.recipient.restricted is not Tri.NO:
        return stays(1, "restricted_recipient", Action.BLOCK_EVENT)
    return None


@row(2, "never leaves", ("DSL 21, 25", "PIPL 36"), "BLOCK_EVENT for everyone")
def row_2_never_leaves(facts: Facts, law: Law) -> Decision | None:
    """Core and export-controlled data, and personal data that a state organ holds, or may hold."""
    if facts.field_class in _BLOCKED:
        return stays(2, "core_or_controlled", Action.BLOCK_EVENT)
    if facts.personal_too and facts.exporter.state_organ is not Tri.NO:
        return stays(2, "state_organ_personal_data", Action.BLOCK_EVENT)
    return None


@row(3, "not known", ("NDSMR 37", "CAC Provisions 2"), "DROP; HOLD where the grant says the field is required")
def row_3_unknown(facts: Facts, law: Law) -> Decision | None:
    """The class, a place of the route, the lineage, or where personal data was collected is not known."""
    unknown = {
        "unclassified": facts.field_class is FieldClass.UNCLASSIFIED,
        "unknown_recipient_zone": facts.recipient.zone is None,
        "unknown_origin": any(zone is None for zone in facts.route[:-1]),
        "unknown_lineage": not facts.lineage_known,
        "unknown_collection": facts.personal and facts.origin is Origin.UNKNOWN,
    }
    for reason, holds in unknown.items():
        if holds:
            return stays(3, reason, Action.HOLD if facts.mandatory else Action.DROP)
    return None


@row(4, "outside its stamp", ("GBA contract 3(7)-(8)", "GBA guidelines 4(2)"), "DROP")
def row_4_outside_stamp(facts: Facts, law: Law) -> Decision | None:
    """The event came in under an earlier contract, and this recipient is outside of where that lets it go on."""
    if facts.stamp is not None and (facts.recipient.zone is None or facts.recipient.zone.city not in facts.stamp):
        return stays(4, "outside_onward_stamp")
    return None


@row(
    5,
    "inside the Mainland",
    ("PIPL 23", "NDSMR 12, 31"),
    "no export: PASS, PASS under a domestic paper, DROP or HOLD; important data as what it is otherwise too",
)
def row_5_inside_mainland(facts: Facts, law: Law) -> Decision | None:
    """Source, storage, relays and recipient are all in the Mainland.

    What is important, or suspect, leaves under a risk assessment, and by the class that it has otherwise as well.
    """
    if not inside_mainland(facts):
        return None
    if facts.field_class not in IMPORTANCE:
        return _domestic(facts, law)
    if Mechanism.RISK_ASSESSMENT not in facts.papers:
        return stays(5, "no_risk_assessment", Action.HOLD)
    return _as_well(Decision(5, Action.PASS, Mechanism.RISK_ASSESSMENT, "risk_assessed"), facts, law, _WITHIN)


def _domestic(facts: Facts, law: Law) -> Decision | None:
    """What is no important data, on its way inside the Mainland."""
    match facts.field_class:
        case FieldClass.GENERAL:
            return Decision(5, Action.PASS, Mechanism.NONE_NEEDED, "inside_mainland")
        case FieldClass.COMMERCIAL:
            return commercial(facts, 5)
        case FieldClass.PI | FieldClass.SPI:
            if facts.confidential and not facts.own_path:
                return commercial(facts, 5)
            for mechanism in (Mechanism.DOMESTIC_ART23, Mechanism.ENTRUSTED):
                if mechanism in facts.papers:
                    return Decision(5, Action.PASS, mechanism, "domestic_contract")
            return stays(5, "no_domestic_contract")
        case _:
            return None


@row(
    6,
    "important data",
    ("CAC Provisions 2, 7", "NDSMR 37"),
    "on the register: PASS under an assessment, as what it is otherwise too; HOLD within the grace of a new notice, "
    "else DROP; suspect: HOLD",
    parameters=("important_grace_months",),
)
def row_6_important(facts: Facts, law: Law) -> Decision | None:
    """Important data needs an assessment that names it; what is suspect waits for a person.

    Under an assessment it leaves by the class that it has otherwise as well.
    """
    if facts.field_class is FieldClass.IMPORTANT:
        if Mechanism.ASSESSMENT in facts.papers:
            return _as_well(Decision(6, Action.PASS, Mechanism.ASSESSMENT, "important_assessed"), facts, law, _ABROAD)
        if facts.grace is Tri.YES:
            return stays(6, "important_in_grace", Action.HOLD)
        return stays(6, "no_assessment")
    if facts.field_class is FieldClass.SUSPECT_IMPORTANT:
        return stays(6, "suspect_important", Action.HOLD)
    return None


@row(7, "trade and transport data", ("CAC Provisions 3",), "PASS, ART3")
def row_7_general(facts: Facts, law: Law) -> Decision | None:
    """Neither personal nor important, for a purpose of trade or transport."""
    if facts.field_class is FieldClass.GENERAL and facts.purpose in PURPOSES:
        return Decision(7, Action.PASS, exemption(facts), "general")
    return None


@row(8, "confidential by contract", ("contract, not data law",), "PASS where a grant names the field itself, else DROP")
def row_8_commercial(facts: Facts, law: Law) -> Decision | None:
    """Not a question of data law: a grant that names the field by its own path is the contract.

    So it is of personal data that is a secret as well; with the contract the rows after this one are asked.
    """
    if facts.field_class is FieldClass.COMMERCIAL:
        return commercial(facts, 8)
    if facts.personal and facts.confidential and not facts.own_path:
        return commercial(facts, 8)
    return None


@row(19, "nothing matched", ("default",), "DROP")
def row_19_nothing_matched(facts: Facts, law: Law) -> Decision | None:
    """What no row lets through stays."""
    return stays(19, "personal_data" if facts.personal else "nothing_matched")


ROWS: tuple[Row, ...] = (
    row_1_barred_recipient,
    row_2_never_leaves,
    row_3_unknown,
    row_4_outside_stamp,
    row_5_inside_mainland,
    row_6_important,
    row_7_general,
    row_8_commercial,
    *personal.ROWS,
    row_19_nothing_matched,
)


_WITHIN: tuple[Ask, ...] = (row_2_never_leaves, row_3_unknown, _domestic, row_19_nothing_matched)
_ABROAD: tuple[Ask, ...] = (row_2_never_leaves, row_3_unknown, *ROWS[6:])
"""What is asked of important data as what it is otherwise, where row 5 lets it leave and where row 6 does."""


def _as_well(found: Decision, facts: Facts, law: Law, rows: tuple[Ask, ...]) -> Decision:
    """A decision that important data leaves, if it would as what it is otherwise; else the decision that it stays.

    Of what would be important otherwise too nobody said what it is, and it stays as what has no class does.
    """
    if facts.otherwise in (*IMPORTANCE, FieldClass.UNCLASSIFIED):
        return stays(3, "unclassified_otherwise", Action.HOLD if facts.mandatory else Action.DROP)
    plain = facts.unimportant()
    for one in rows:
        other = one(plain, law)
        if other is not None:
            return found.as_well(other) if other.action.leaves else other
    raise AssertionError("row 19 matches everything")
