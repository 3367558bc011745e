"""Every row of the decision table, both sides, and the order of rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tidegate import law
from tidegate.law import Action, Facts, FieldClass, Mechanism, PartyFacts, Tri, parse_zone
from tidegate.law.table import crosses

SZ, SH, HK, SG = map(parse_zone, ("CN-GD-SZ", "CN-SH", "HK", "SG"))
CLEAR = {"foreign_authority": Tri.NO, "restricted": Tri.NO}
FORWARDER = PartyFacts(SZ, ciio=Tri.NO, state_organ=Tri.NO, **CLEAR)
TERMINAL = PartyFacts(HK, **CLEAR)
COURT = replace(TERMINAL, foreign_authority=Tri.YES)
COURT_PERHAPS = replace(TERMINAL, foreign_authority=Tri.UNKNOWN)
LISTED = replace(TERMINAL, restricted=Tri.YES)
LISTED_PERHAPS = replace(TERMINAL, restricted=Tri.UNKNOWN)
ORGAN = replace(FORWARDER, state_organ=Tri.YES)
ORGAN_PERHAPS = replace(FORWARDER, state_organ=Tri.UNKNOWN)


def facts(field_class: FieldClass = FieldClass.GENERAL, **said: Any) -> Facts:
    """A GENERAL field of a Shenzhen forwarder for a terminal in Hong Kong, under a grant."""
    usual = {"exporter": FORWARDER, "recipient": TERMINAL, "storage": SZ, "purpose": "terminal operations"}
    return Facts(field_class, **{**usual, **said})


def at(zone: law.Zone | None) -> PartyFacts:
    return replace(TERMINAL, zone=zone)


C = FieldClass
NAMED: dict[str, Any] = {"own_path": True}
INSIDE: dict[str, Any] = {"recipient": at(SH)}
ABROAD: dict[str, Any] = {"exporter": replace(FORWARDER, zone=HK), "storage": HK, "recipient": at(SG)}

# facts, and the row, action, mechanism and reason that they get
CASES: list[tuple[str, Facts, str]] = [
    # row 1, both sides, and before every other row
    ("court", facts(recipient=COURT), "1 BLOCK_EVENT NONE foreign_authority"),
    ("court?", facts(recipient=COURT_PERHAPS), "1 BLOCK_EVENT NONE foreign_authority"),
    ("listed", facts(recipient=LISTED), "1 BLOCK_EVENT NONE restricted_recipient"),
    ("listed?", facts(recipient=LISTED_PERHAPS), "1 BLOCK_EVENT NONE restricted_recipient"),
    ("listed, core", facts(C.CORE, recipient=LISTED), "1 BLOCK_EVENT NONE restricted_recipient"),
    ("clear", facts(), "7 PASS ART3 general"),
    # row 2
    ("core", facts(C.CORE), "2 BLOCK_EVENT NONE core_or_controlled"),
    ("controlled", facts(C.EXPORT_CONTROLLED), "2 BLOCK_EVENT NONE core_or_controlled"),
    ("core, unknown zone", facts(C.CORE, recipient=at(None)), "2 BLOCK_EVENT NONE core_or_controlled"),
    ("core inside", facts(C.CORE, **INSIDE), "2 BLOCK_EVENT NONE core_or_controlled"),
    ("organ's PI", facts(C.PI, exporter=ORGAN), "2 BLOCK_EVENT NONE state_organ_personal_data"),
    ("organ?'s SPI", facts(C.SPI, exporter=ORGAN_PERHAPS), "2 BLOCK_EVENT NONE state_organ_personal_data"),
    ("organ's GENERAL", facts(exporter=ORGAN), "7 PASS ART3 general"),
    ("organ's COMMERCIAL", facts(C.COMMERCIAL, exporter=ORGAN, **NAMED), "8 PASS ART3 commercial_named"),
    ("recipient an organ", facts(recipient=replace(TERMINAL, state_organ=Tri.YES)), "7 PASS ART3 general"),
    # row 3
    ("unclassified", facts(C.UNCLASSIFIED, **NAMED), "3 DROP NONE unclassified"),
    ("unclassified inside", facts(C.UNCLASSIFIED, **INSIDE, **NAMED), "3 DROP NONE unclassified"),
    ("unclassified, needed", facts(C.UNCLASSIFIED, mandatory=True), "3 HOLD NONE unclassified"),
    ("recipient where?", facts(recipient=at(None)), "3 DROP NONE unknown_recipient_zone"),
    ("recipient where?, needed", facts(recipient=at(None), mandatory=True), "3 HOLD NONE unknown_recipient_zone"),
    ("from where?", facts(exporter=replace(FORWARDER, zone=None)), "3 DROP NONE unknown_origin"),
    ("kept where?", facts(storage=None), "3 DROP NONE unknown_origin"),
    ("lineage?", facts(lineage_known=False), "3 DROP NONE unknown_lineage"),
    ("important from where?", facts(C.IMPORTANT, exporter=replace(FORWARDER, zone=None)), "3 DROP NONE unknown_origin"),
    # row 4
    ("stamped for HK", facts(stamp=frozenset({"HK"})), "7 PASS ART3 general"),
    ("stamped elsewhere", facts(stamp=frozenset({"MO"})), "4 DROP NONE outside_onward_stamp"),
    ("stamped for nowhere", facts(stamp=frozenset()), "4 DROP NONE outside_onward_stamp"),
    ("stamped elsewhere, inside", facts(stamp=frozenset({"HK"}), **INSIDE), "4 DROP NONE outside_onward_stamp"),
    # row 5
    ("inside", facts(**INSIDE), "5 PASS NONE_NEEDED inside_mainland"),
    ("inside, any purpose", facts(purpose="", **INSIDE), "5 PASS NONE_NEEDED inside_mainland"),
    ("inside, commercial", facts(C.COMMERCIAL, **INSIDE), "5 DROP NONE commercial_not_named"),
    ("inside, commercial named", facts(C.COMMERCIAL, **INSIDE, **NAMED), "5 PASS NONE_NEEDED commercial_named"),
    ("inside, PI", facts(C.PI, **INSIDE, **NAMED), "5 DROP NONE no_domestic_contract"),
    ("inside, SPI", facts(C.SPI, **INSIDE, **NAMED), "5 DROP NONE no_domestic_contract"),
    ("inside, important", facts(C.IMPORTANT, **INSIDE), "5 HOLD NONE no_risk_assessment"),
    ("inside, suspect", facts(C.SUSPECT_IMPORTANT, **INSIDE), "5 HOLD NONE no_risk_assessment"),
    ("inside but the hub", facts(storage=HK, **INSIDE), "7 PASS NONE_NEEDED general"),
    ("inside but the exporter", facts(exporter=replace(FORWARDER, zone=HK), **INSIDE), "7 PASS NONE_NEEDED general"),
    # row 6
    ("important", facts(C.IMPORTANT, **NAMED), "6 DROP NONE no_assessment"),
    ("suspect", facts(C.SUSPECT_IMPORTANT, **NAMED), "6 HOLD NONE suspect_important"),
    ("important abroad", facts(C.IMPORTANT, **ABROAD), "6 DROP NONE no_assessment"),
    # row 7
    ("general by a parent", facts(own_path=False), "7 PASS ART3 general"),
    ("general, no trade", facts(purpose="marketing"), "19 DROP NONE nothing_matched"),
    ("general, no purpose", facts(purpose=""), "19 DROP NONE nothing_matched"),
    ("general abroad", facts(**ABROAD), "7 PASS NONE_NEEDED general"),
    ("general kept inside", facts(exporter=replace(FORWARDER, zone=HK), recipient=at(SG)), "7 PASS ART3 general"),
    ("CIIO", facts(exporter=replace(FORWARDER, ciio=Tri.YES)), "7 PASS ART3 general"),
    # row 8
    ("commercial", facts(C.COMMERCIAL), "8 DROP NONE commercial_not_named"),
    ("commercial named", facts(C.COMMERCIAL, **NAMED), "8 PASS ART3 commercial_named"),
    ("commercial abroad", facts(C.COMMERCIAL, **ABROAD, **NAMED), "8 PASS NONE_NEEDED commercial_named"),
    # row 19
    ("PI", facts(C.PI, **NAMED), "19 DROP NONE personal_data"),
    ("SPI", facts(C.SPI, **NAMED), "19 DROP NONE personal_data"),
    ("PI, needed", facts(C.PI, mandatory=True), "19 DROP NONE personal_data"),
    ("PI abroad", facts(C.PI, **ABROAD, **NAMED), "19 DROP NONE personal_data"),
]


@pytest.mark.parametrize(("asked", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_each_row_on_both_sides(asked: Facts, expected: str) -> None:
    found = law.decide(asked)

    assert f"{found.row} {found.action} {found.mechanism} {found.reason}" == expected


def test_rows_come_in_the_order_of_their_numbers() -> None:
    numbers = [int(row.__name__.split("_")[1]) for row in law.ROWS]

    assert numbers == sorted(numbers) == [1, 2, 3, 4, 5, 6, 7, 8, 19]


@pytest.mark.parametrize("field_class", FieldClass)
def test_presence_asks_rows_1_and_2_only(field_class: FieldClass) -> None:
    # Given a field that is present and that no grant names, in all kinds of situations
    for exporter in (FORWARDER, ORGAN_PERHAPS):
        for recipient in (TERMINAL, LISTED_PERHAPS):
            asked = facts(field_class, granted=False, exporter=exporter, recipient=recipient)

            # When it is asked what its presence does
            found, granted = law.decide_presence(asked), law.decide(asked)

            # Then it is what rows 1 and 2 say, and nothing of the others
            assert found == (granted if granted.row in (1, 2) else None)


def test_what_leaves_has_a_mechanism_and_what_stays_has_none() -> None:
    for _, asked, _ in CASES:
        found = law.decide(asked)
        assert found.action.leaves == (found.mechanism is not Mechanism.NONE)
        assert found.action in (Action.PASS, Action.DROP, Action.HOLD, Action.BLOCK_EVENT)


def test_an_export_is_what_leaves_the_mainland() -> None:
    places = {"SZ": SZ, "HK": HK, "?": None}
    exports = {
        (exporter, storage, recipient)
        for exporter, from_ in places.items()
        for storage, kept in places.items()
        for recipient, to in places.items()
        if crosses(facts(exporter=replace(FORWARDER, zone=from_), storage=kept, recipient=at(to)))
    }

    # all but: nothing in the Mainland, or the recipient there; what is not known may be there, or may not
    assert exports == {
        (exporter, storage, recipient)
        for exporter in places
        for storage in places
        for recipient in ("HK", "?")
        if (exporter, storage) != ("HK", "HK")
    }


def test_the_strictest_class_of_none_is_unclassified() -> None:
    assert law.strictest_class() is FieldClass.UNCLASSIFIED
    assert law.strictest_class(C.GENERAL) is C.GENERAL
    assert law.strictest_class(C.PI, C.GENERAL, C.COMMERCIAL) is C.PI
    assert law.strictest_class(C.CORE, C.UNCLASSIFIED) is C.UNCLASSIFIED


def test_only_trade_and_transport_are_purposes() -> None:
    """Art. 3 is about trade and transport; a new purpose is a decision of a lawyer, not of a programmer."""
    trade = {"booking", "cargo insurance", "customs clearance", "trade finance"}
    transport = {"carrier operations", "inland haulage", "terminal operations", "vessel planning"}
    assert set(law.PURPOSES) == trade | transport
