"""The decision table as a whole: total, closed, and never milder for want of knowledge."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate import law
from tidegate.law import Action, Facts, FieldClass, Mechanism, PartyFacts, Tri, parse_zone

ZONES = (None, *map(parse_zone, ("CN-GD-SZ", "CN-SH", "HK", "SG")))
STAMPS = (None, frozenset[str](), frozenset({"HK"}), frozenset({"CN-SH"}))
often = settings(max_examples=400, deadline=None, derandomize=True)

parties = st.builds(PartyFacts, st.sampled_from(ZONES), *[st.sampled_from(Tri)] * 4)
situations = st.builds(
    Facts,
    st.sampled_from(FieldClass),
    parties,
    parties,
    st.sampled_from(ZONES),
    purpose=st.sampled_from(("", "booking", "marketing")),
    own_path=st.booleans(),
    mandatory=st.booleans(),
    lineage_known=st.booleans(),
    stamp=st.sampled_from(STAMPS),
)


def everything() -> Iterator[Facts]:
    """Every combination of what rows look at, with YES left out (UNKNOWN stands for it)."""
    tris, zones, both = (Tri.NO, Tri.UNKNOWN), ZONES[::2], (True, False)
    exporters = [PartyFacts(zone, state_organ=organ) for zone, organ in itertools.product(zones, tris)]
    recipients = [
        PartyFacts(zone, foreign_authority=court, restricted=listed)
        for zone, court, listed in itertools.product((None, *ZONES[2:4]), tris, tris)
    ]
    parties = itertools.product(FieldClass, exporters, recipients, zones)
    said = itertools.product(("booking", ""), both, both, both, STAMPS[::2])
    for (field_class, exporter, recipient, kept), rest in itertools.product(parties, said):
        purpose, own, mandatory, lineage, stamp = rest
        yield Facts(field_class, exporter, recipient, kept, purpose, True, own, mandatory, lineage, stamp)


def test_every_combination_gets_one_row() -> None:
    rows, reasons = set(), set()
    for asked in everything():
        decision = law.decide(asked)
        rows.add(decision.row)
        reasons.add(decision.reason)
        assert decision.action.leaves == (decision.mechanism is not Mechanism.NONE)

    assert rows == {1, 2, 3, 4, 5, 6, 7, 8, 19}
    assert len(reasons) == 19


def unknowns(asked: Facts) -> Iterator[tuple[Facts, list[Facts]]]:
    """The facts with one thing unknown, and with each thing that it may be."""
    for role in ("exporter", "recipient"):
        party: PartyFacts = getattr(asked, role)
        for fact in ("ciio", "state_organ", "foreign_authority", "restricted"):
            known = [replace(asked, **{role: replace(party, **{fact: tri})}) for tri in (Tri.YES, Tri.NO)]
            yield replace(asked, **{role: replace(party, **{fact: Tri.UNKNOWN})}), known
        zones = [replace(asked, **{role: replace(party, zone=zone)}) for zone in ZONES if zone is not None]
        yield replace(asked, **{role: replace(party, zone=None)}), zones
    yield replace(asked, storage=None), [replace(asked, storage=zone) for zone in ZONES if zone is not None]
    yield replace(asked, lineage_known=False), [replace(asked, lineage_known=True)]
    classes = [replace(asked, field_class=one) for one in FieldClass if one is not FieldClass.UNCLASSIFIED]
    yield replace(asked, field_class=FieldClass.UNCLASSIFIED), classes


@often
@given(situations)
def test_not_to_know_is_never_milder_than_to_know(asked: Facts) -> None:
    for unknown, known in unknowns(asked):
        if law.decide(unknown).action.leaves:
            assert all(law.decide(one).action.leaves for one in known), unknown


@often
@given(situations)
def test_an_unknown_yes_or_no_counts_as_the_stricter_of_both(asked: Facts) -> None:
    for unknown, known in itertools.islice(unknowns(asked), 4):
        strictest = max((law.decide(one) for one in known), key=lambda one: one.action.strictness)
        assert law.decide(unknown).action.strictness >= strictest.action.strictness


@often
@given(situations)
def test_a_stricter_class_never_leaves_where_a_milder_one_stays(asked: Facts) -> None:
    """COMMERCIAL is not a step on this ladder: it is a matter of contract, and leaves where the contract names it."""
    ladder = [one for one in FieldClass if one is not FieldClass.COMMERCIAL]
    leaves = [law.decide(replace(asked, field_class=one)).action.leaves for one in ladder]
    assert leaves == sorted(leaves, reverse=True)
    assert not any(leaves[1:])


@often
@given(situations)
def test_personal_and_important_data_never_leave_under_these_rows(asked: Facts) -> None:
    if law.decide(asked).action.leaves:
        assert asked.field_class in (FieldClass.GENERAL, FieldClass.COMMERCIAL)
        assert asked.own_path or asked.field_class is FieldClass.GENERAL
        assert asked.recipient.zone is not None
        assert asked.recipient.restricted is asked.recipient.foreign_authority is Tri.NO


@often
@given(situations)
def test_naming_a_field_by_its_own_path_and_needing_it_change_nothing_for_the_worse(asked: Facts) -> None:
    # Given a decision
    found = law.decide(asked)

    # Then its own path can only open, and only what is COMMERCIAL; to be needed can only hold
    own = law.decide(replace(asked, own_path=True))
    assert own == found or (asked.field_class is FieldClass.COMMERCIAL and own.action is Action.PASS)
    needed = law.decide(replace(asked, mandatory=True))
    assert needed == found or (needed.row == 3 and needed.action is Action.HOLD)
