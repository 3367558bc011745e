"""Errors of the kind that a hand makes, each put into one function, to see that the proofs find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.properties.naive_table import naive

from tidegate import law


@dataclass(frozen=True)
class Error:
    """In the source of the function ``where``, which ``function`` calls or is, ``old`` became ``new``."""

    function: Callable[..., Any]
    where: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.where}: {self.old} -> {self.new}"


_TABLE = (
    ("row_1_barred_recipient", "restricted is not Tri.NO", "restricted is Tri.YES"),
    ("row_1_barred_recipient", "foreign_authority is not Tri.NO", "foreign_authority is Tri.YES"),
    ("row_2_never_leaves", "facts.personal_too and", "not facts.personal_too and"),
    ("row_2_never_leaves", "facts.personal_too and", "facts.personal and"),
    ("row_2_never_leaves", "exporter.state_organ", "recipient.state_organ"),
    ("row_3_unknown", "any(zone is None", "all(zone is None"),
    ("row_3_unknown", "facts.route[:-1]", "facts.route[1:-1]"),
    ("row_3_unknown", "not facts.lineage_known", "facts.lineage_known"),
    ("row_4_outside_stamp", "not in facts.stamp", "in facts.stamp"),
    ("row_4_outside_stamp", "zone.city", "zone.code"),
    ("_domestic", "FieldClass.PI | FieldClass.SPI", "FieldClass.PI"),
    ("_as_well", "found.as_well(other) if other.action.leaves else other", "found"),
    ("row_5_inside_mainland", "facts, law, _WITHIN", "facts, law, _ABROAD"),
    ("row_6_important", "facts, law, _ABROAD", "facts, law, _WITHIN"),
    ("row_6_important", "facts.grace is Tri.YES", "facts.grace is not Tri.NO"),
    ("row_7_general", "and facts.purpose in PURPOSES", ""),
    ("row_8_commercial", "facts.personal and facts.confidential and not", "facts.personal and facts.confidential and"),
    ("_domestic", "facts.confidential and not facts.own_path", "False"),
    ("row_9_hong_kong", "{Mechanism.HK_DPP, Mechanism.GBA_SC_HK}", "{Mechanism.HK_DPP}"),
    ("row_9_hong_kong", "if export_law_applies(facts):\n        return None\n    ", ""),
    ("row_9_hong_kong", "GBA_SC_HK in facts.overdue", "HK_DPP in facts.overdue"),
    ("row_10_no_basis", "is not Tri.YES", "is Tri.NO"),
    ("row_11_transit", "and facts.stamp is None", ""),
    ("row_12_exempt", "not _mainland_exporter(facts)", "False"),
    ("row_12_exempt", "and (small or", "and (not small or"),
    ("row_13_off_list", "is_ciio(facts) or ", ""),
    ("row_13_off_list", "asked and ", ""),
    ("_list_edge", "and all(law.edges.within(edge.start, zone)", "and any(law.edges.within(edge.start, zone)"),
    ("_list_edge", " if zone is not None and zone.mainland", ""),
    ("row_14_greater_bay_area", "not _asked(facts)", "not _asked(facts) or is_ciio(facts)"),
    ("row_14_greater_bay_area", "and (not is_ciio(facts) or law.points.gba_ciio)", ""),
    ("_on_gba_edge", "return all(", "return any("),
    ("row_15_ciio", "not is_ciio(facts)", "facts.exporter.ciio is not Tri.YES"),
    ("row_16_assessment", "facts.people < threshold", "facts.people <= threshold"),
    ("row_16_assessment", "facts.people is not None and facts.people < threshold", "facts.people is None"),
    ("row_17_contract", 'facts.people < law["pi_contract"]', 'facts.people <= law["pi_contract"]'),
    ("row_17_contract", "not sensitive(facts) and ", ""),
    ("row_18_small", "_mainland_exporter(facts)", "True"),
    ("_contracted", "Mechanism.CERT, Mechanism.ASSESSMENT)", "Mechanism.ASSESSMENT)"),
    ("leaves_mainland", "places[index + 1 :]", "places[index + 2 :]"),
    ("export_law_applies", " or facts.stamp is not None", ""),
    ("is_ciio", "is not Tri.NO", "is Tri.YES"),
    ("_carried", " or facts.stamp is not None", ""),
)
_NAIVE = (
    ('f.recipient.restricted != "no"', 'f.recipient.restricted == "yes"'),
    ("not f.lineage_known", "f.lineage_known"),
    ('"HOLD" if f.mandatory else "DROP"', '"DROP"'),
    ("range(i, len(route))", "range(i, len(route) - 1)"),
    ('f.evidence != "yes"', 'f.evidence == "no"'),
    ('asks = "CN-BJ" in area or', "asks ="),
    ("10_000 if spi else 1_000_000", "10_001 if spi else 1_000_000"),
    ("10_000 if spi else 1_000_000", "10_000 if spi else 999_999"),
    ("f.people >= 100_000", "f.people > 100_000"),
    ('f.exporter.ciio != "no"', 'f.exporter.ciio == "yes"'),
)
_NAIVE_TWICE = (
    ('("IMPORTANT", "SUSPECT_IMPORTANT"):\n        return said', '("IMPORTANT",):\n        return said'),
    ("field_class=f.otherwise", "field_class=f.field_class"),
)
_FREED = (
    ("held.action is not Action.HOLD", "held.action is Action.BLOCK_EVENT"),
    ("held.row != row_3_unknown.number and ", ""),
    ("held.row != row_3_unknown.number", "held.row == 6"),
    ("facts.otherwise is plain and suspect", "suspect"),
    ("facts.otherwise is plain and held.reason", "held.reason"),
    ('held.reason == "important_in_grace"', "facts.field_class is FieldClass.IMPORTANT"),
    ("overdue=frozenset()", "papers=facts.overdue"),
    ("return stays(held.row, held.reason)", "return held"),
)
ERRORS = (
    *(Error(law.decide, where, old, new) for where, old, new in _TABLE),
    *(Error(naive, "once", old, new) for old, new in _NAIVE),
    *(Error(naive, "naive", old, new) for old, new in _NAIVE_TWICE),
)
ERRORS_FREED = tuple(Error(law.decide_freed, "decide_freed", old, new) for old, new in _FREED)
