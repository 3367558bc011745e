"""Bounds of the decision table, proved for all facts: what never leaves, whatever else is so."""

from __future__ import annotations

import pytest
import z3
from tests.proof import asked
from tests.proof.claims import Table, leaves, proved, table
from tests.proof.symbolic import FALSE, both, either

from tidegate import law
from tidegate.law import Action, FieldClass, Mechanism, Origin, Tri
from tidegate.law.zones import GBA_CITIES

PLACES = asked.PLACES
PERSONAL = z3.Or([asked.CLASS.variable == asked.CLASS.said(one) for one in law.PERSONAL])
MAINLAND = [zone for zone in asked.ZONES if zone is not None and zone.mainland]


def inside(place: str) -> z3.BoolRef:
    """That a place is in the Mainland."""
    return z3.Or([PLACES[place].variable == PLACES[place].said(zone) for zone in MAINLAND])


def under(*mechanisms: Mechanism) -> z3.BoolRef:
    return table().where(lambda decision: decision is not None and decision.mechanism in mechanisms)


def test_no_article_5_exemption_opens_for_a_publisher_outside_the_mainland() -> None:
    exempt = table().where(lambda decision: decision is not None and decision.mechanism.startswith("ART5"))
    place = asked.PLACES["exporter.zone"]
    inside = z3.Or([place.variable == place.said(zone) for zone in asked.ZONES if zone is not None and zone.mainland])

    proved(z3.Implies(exempt, inside))


@pytest.mark.parametrize("field_class", [FieldClass.UNCLASSIFIED, FieldClass.CORE, FieldClass.EXPORT_CONTROLLED])
def test_what_has_no_class_and_what_is_core_or_controlled_never_leaves(field_class: FieldClass) -> None:
    proved(z3.Implies(asked.CLASS.variable == asked.CLASS.said(field_class), z3.Not(leaves())))


def test_a_wildcard_never_opens_a_commercial_field() -> None:
    """Nor one that is personal as well, or important: it stays confidential, whatever else it is called."""
    commercial, otherwise = (one.variable == one.said(FieldClass.COMMERCIAL) for one in (asked.CLASS, asked.OTHERWISE))
    important = z3.Or([asked.CLASS.variable == asked.CLASS.said(one) for one in law.IMPORTANCE])
    personal = z3.Or([asked.OTHERWISE.variable == asked.OTHERWISE.said(one) for one in law.PERSONAL])
    secret = both(asked.FLAGS["confidential"], either(PERSONAL, both(important, personal)))
    any_of_them = either(commercial, both(important, otherwise), secret)

    proved(z3.Implies(both(any_of_them, leaves()), asked.FLAGS["own_path"]))


def test_a_stamped_event_goes_to_no_place_outside_its_stamp() -> None:
    place = PLACES["recipient.zone"]
    within = [both(place.variable == place.said(zone), asked.STAMP.bits[zone.city]) for zone in asked.ZONES if zone]

    proved(z3.Implies(both(asked.STAMPED, leaves()), either(*within)))


def test_under_a_bay_area_contract_nothing_passes_a_place_outside_the_area_stamped_or_not() -> None:
    area = ("HK", "MO", *(f"CN-GD-{city}" for city in GBA_CITIES))
    within = [
        either(*(place.variable == place.said(zone) for zone in asked.ZONES if zone and zone.city in area))
        for place in PLACES.values()
    ]

    proved(z3.Implies(under(Mechanism.GBA_SC_HK, Mechanism.GBA_SC_MO), both(*within)))


def test_personal_data_leaves_the_mainland_only_with_its_basis_on_record() -> None:
    out = both(inside("exporter.zone"), z3.Not(inside("recipient.zone")))
    recorded = asked.TRIS["evidence"].variable == asked.TRIS["evidence"].said(Tri.YES)

    proved(z3.Implies(both(PERSONAL, out, leaves()), recorded))


def test_above_the_upper_threshold_nothing_leaves_under_a_contract_or_a_certificate() -> None:
    many = both(asked.COUNTED, asked.PEOPLE >= 1_000_000)
    some = both(asked.COUNTED, asked.PEOPLE >= 10_000, asked.CLASS.variable == asked.CLASS.said(FieldClass.SPI))

    proved(z3.Implies(either(many, some), z3.Not(under(Mechanism.SCC, Mechanism.CERT, Mechanism.ART5_SMALL))))


def test_few_people_are_fewer_than_a_hundred_thousand_counted_ones_and_never_sensitive() -> None:
    few = both(asked.COUNTED, asked.PEOPLE < 100_000, asked.CLASS.variable == asked.CLASS.said(FieldClass.PI))

    proved(z3.Implies(under(Mechanism.ART5_SMALL), few))


def test_a_transit_of_what_was_collected_in_the_mainland_there_is_not() -> None:
    mainland = [
        asked.ORIGIN.variable == asked.ORIGIN.said(one) for one in (Origin.MAINLAND, Origin.MIXED, Origin.UNKNOWN)
    ]

    proved(z3.Implies(either(*mainland), z3.Not(under(Mechanism.ART4_TRANSIT))))


def test_between_hong_kong_and_macao_no_bay_area_contract_carries_anything_new() -> None:
    start, end = PLACES["exporter.zone"], PLACES["recipient.zone"]
    hong_kong, macao = (next(zone for zone in asked.ZONES if zone and zone.code == code) for code in ("HK", "MO"))
    between = both(start.variable == start.said(hong_kong), end.variable == end.said(macao), z3.Not(asked.STAMPED))

    proved(z3.Implies(between, z3.Not(under(Mechanism.GBA_SC_HK, Mechanism.GBA_SC_MO))))


def test_a_field_that_no_grant_names_stops_an_event_or_does_nothing_and_never_holds_one() -> None:
    found = Table(law.decide_presence)

    proved(z3.Not(found.where(lambda one: one is not None and one.action is not Action.BLOCK_EVENT)))


@pytest.mark.parametrize("mechanism", [Mechanism.GBA_CERT, Mechanism.NONE])
def test_what_carries_nothing_carries_nothing(mechanism: Mechanism) -> None:
    proved(z3.Not(both(leaves(), under(mechanism))))
    assert under(Mechanism.GBA_CERT) is FALSE
