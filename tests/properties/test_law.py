"""The decision table as a whole: total, closed, never milder for want of knowledge or of papers, and written twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases_of_law import cases
from tests.properties.naive_table import naive, naive_freed

from tidegate import law
from tidegate.law import (
    IMPORTANCE,
    Action,
    Facts,
    FieldClass,
    Mechanism,
    Origin,
    PartyFacts,
    Points,
    Tri,
    newest_law,
    parse_zone,
)

CODES = ("CN-GD-SZ", "CN-GD-SZ-QH", "CN-GD-GZ", "CN-GD", "CN-SH", "CN-SH-FTZ", "CN-BJ", "CN-SX", "HK", "MO", "SG")
ZONES = (None, *map(parse_zone, CODES))
STAMPS = (None, None, None, frozenset[str](), frozenset({"HK"}), frozenset({"CN-SH"}), frozenset({"CN-GD-SZ"}))
PEOPLE = (None, 1, 9_999, 10_000, 99_999, 100_000, 999_999, 1_000_000)
ORIGINS = (Origin.MAINLAND, Origin.HONG_KONG, Origin.OVERSEAS, Origin.MIXED)
PAPERS = tuple(one for one in Mechanism if one not in (Mechanism.NONE, Mechanism.NONE_NEEDED))
often = settings(max_examples=250, deadline=None, derandomize=True)

tris = st.sampled_from((Tri.NO, Tri.NO, Tri.NO, Tri.YES, Tri.UNKNOWN))
yes = st.sampled_from((Tri.YES, Tri.YES, Tri.NO, Tri.UNKNOWN))
known = st.sampled_from(ZONES[1:] * 4 + ZONES[:1])
parties = st.builds(PartyFacts, known, tris, tris, tris, tris, yes)
mechanisms = st.frozensets(st.sampled_from(PAPERS), max_size=3)
classes = st.sampled_from((*FieldClass, FieldClass.PI, FieldClass.PI, FieldClass.SPI, FieldClass.SPI))
situations = st.builds(
    Facts,
    classes,
    parties,
    parties,
    known,
    purpose=st.sampled_from(("", "booking", "marketing")),
    own_path=st.booleans(),
    confidential=st.sampled_from((False, False, True)),
    mandatory=st.booleans(),
    lineage_known=st.sampled_from((True, True, True, False)),
    stamp=st.sampled_from(STAMPS),
    relays=st.sampled_from(((), (), *((zone,) for zone in ZONES))),
    origin=st.sampled_from((*Origin, *ORIGINS, *ORIGINS)),
    unmixed=yes,
    evidence=yes,
    papers=mechanisms,
    overdue=mechanisms,
    off_list=yes,
    list_reference=yes,
    counsel=yes,
    grace=yes,
    people=st.sampled_from(PEOPLE),
    otherwise=st.sampled_from((*FieldClass, FieldClass.GENERAL, FieldClass.GENERAL, FieldClass.COMMERCIAL)),
)
settled = st.builds(Points, st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.booleans())


@settings(max_examples=1_500, deadline=None, derandomize=True)
@given(situations, settled)
def test_it_says_what_a_second_transcription_says(asked: Facts, points: Points) -> None:
    in_force = newest_law(points)
    found = law.decide(asked, in_force)

    assert (found.row, found.action, found.mechanism) == naive(asked, in_force)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_second_transcription_agrees_with_the_cases(case: Any) -> None:
    if case.law.digest == newest_law(case.law.points).digest:
        for found, said in ((naive, case.expect), (naive_freed, case.freed)):
            row, action, mechanism, _ = said.split()
            assert found(case.facts, case.law) == (int(row), action, mechanism)


def test_every_row_is_reached() -> None:
    rows = {int(case.expect.split()[0]) for case in cases()}
    assert rows == set(range(1, 20))


def unknowns(asked: Facts) -> Iterator[tuple[Facts, list[Facts]]]:
    """The facts with one thing unknown, and with each thing that it may be."""
    for role in ("exporter", "recipient"):
        party: PartyFacts = getattr(asked, role)
        for fact in ("ciio", "state_organ", "foreign_authority", "restricted", "small_handler"):
            both = [replace(asked, **{role: replace(party, **{fact: tri})}) for tri in (Tri.YES, Tri.NO)]
            yield replace(asked, **{role: replace(party, **{fact: Tri.UNKNOWN})}), both
        zones = [replace(asked, **{role: replace(party, zone=zone)}) for zone in ZONES if zone is not None]
        yield replace(asked, **{role: replace(party, zone=None)}), zones
    for fact in ("unmixed", "evidence", "off_list", "list_reference", "counsel", "grace"):
        yield replace(asked, **{fact: Tri.UNKNOWN}), [replace(asked, **{fact: tri}) for tri in (Tri.YES, Tri.NO)]
    yield replace(asked, people=None), [replace(asked, people=number) for number in PEOPLE if number is not None]
    yield replace(asked, storage=None), [replace(asked, storage=zone) for zone in ZONES if zone is not None]
    yield replace(asked, relays=(None,)), [replace(asked, relays=(zone,)) for zone in ZONES if zone is not None]
    yield replace(asked, lineage_known=False), [replace(asked, lineage_known=True)]
    yield (
        replace(asked, origin=Origin.UNKNOWN),
        [replace(asked, origin=one) for one in Origin if one is not Origin.UNKNOWN],
    )
    others = [replace(asked, field_class=one) for one in FieldClass if one is not FieldClass.UNCLASSIFIED]
    yield replace(asked, field_class=FieldClass.UNCLASSIFIED), others


@often
@given(situations, settled)
def test_not_to_know_is_never_milder_than_to_know(asked: Facts, points: Points) -> None:
    in_force = newest_law(points)
    for unknown, known_facts in unknowns(asked):
        if law.decide(unknown, in_force).action.leaves:
            assert all(law.decide(one, in_force).action.leaves for one in known_facts), unknown


@often
@given(situations, st.data())
def test_a_paper_less_is_never_more_seen(asked: Facts, data: st.DataObject) -> None:
    fewer = replace(
        asked, papers=data.draw(st.sampled_from([asked.papers - {one} for one in asked.papers] or [frozenset()]))
    )

    if law.decide(fewer, newest_law()).action.leaves:
        assert law.decide(asked, newest_law()).action.leaves


@often
@given(situations, st.sampled_from(PEOPLE[1:]), st.sampled_from(PEOPLE[1:]))
def test_more_people_are_never_more_seen(asked: Facts, one: int, two: int) -> None:
    fewer, more = (law.decide(replace(asked, people=number), newest_law()) for number in sorted((one, two)))

    assert fewer.action.leaves or not more.action.leaves


@often
@given(situations)
def test_every_point_settled_mildly_is_never_less_seen(asked: Facts) -> None:
    strict = law.decide(asked, newest_law())
    for name in ("gba_ciio", "exempt_counts", "gba_counts", "shanghai_reference"):
        mild = law.decide(asked, newest_law(Points(**{name: name == "gba_ciio"})))
        assert mild.action.leaves or not strict.action.leaves, name


@often
@given(situations)
def test_sensitive_never_leaves_where_other_personal_data_stays(asked: Facts) -> None:
    """As many people of one as of the other: the ladder of classes where papers and counts are the same."""
    pi, spi = (law.decide(replace(asked, field_class=one), newest_law()) for one in (FieldClass.PI, FieldClass.SPI))

    assert pi.action.leaves or not spi.action.leaves


@often
@given(situations, settled)
def test_to_call_a_field_important_or_suspect_shows_no_more(asked: Facts, points: Points) -> None:
    in_force = newest_law(points)
    was = law.decide(replace(asked, field_class=asked.otherwise), in_force)
    for raised in IMPORTANCE:
        found = law.decide(replace(asked, field_class=raised), in_force)
        assert was.action.leaves or not found.action.leaves
        assert not found.action.leaves or (found.counts, found.tasks, found.stamp) == (was.counts, was.tasks, was.stamp)


@often
@given(situations)
def test_nothing_of_the_law_of_personal_data_opens_without_its_conditions(asked: Facts) -> None:
    found = law.decide(asked, newest_law())
    if not found.action.leaves:
        return
    assert None not in asked.route
    assert asked.recipient.restricted is asked.recipient.foreign_authority is Tri.NO
    assert asked.field_class not in (FieldClass.UNCLASSIFIED, FieldClass.CORE, FieldClass.EXPORT_CONTROLLED)
    if asked.personal:
        assert asked.exporter.state_organ is Tri.NO
        assert found.row in (5, 9, 11, 12, 13, 14, 15, 16, 17, 18)
        assert found.row in (5, 9) or asked.evidence is Tri.YES
        small = found.mechanism is Mechanism.ART5_SMALL
        assert not small or (asked.people is not None and asked.people < 100_000 and asked.exporter.ciio is Tri.NO)
        article_5 = found.mechanism in (Mechanism.ART5_CONTRACT, Mechanism.ART5_HR, Mechanism.ART5_EMERGENCY) or small
        assert not article_5 or (asked.exporter.zone is not None and asked.exporter.zone.mainland)
    if asked.field_class is FieldClass.COMMERCIAL:
        assert asked.own_path
    if asked.stamp is not None:
        assert asked.recipient.zone is not None
        assert asked.recipient.zone.code in asked.stamp


@often
@given(situations)
def test_naming_a_field_by_its_own_path_and_needing_it_change_nothing_for_the_worse(asked: Facts) -> None:
    # Given a decision
    found = law.decide(asked, newest_law())

    # Then its own path can only open, and only what is COMMERCIAL, or is so as well; to be needed can only hold
    own = law.decide(replace(asked, own_path=True), newest_law())
    plain = asked.otherwise if asked.field_class in IMPORTANCE else asked.field_class
    secret = plain is FieldClass.COMMERCIAL or (plain in law.PERSONAL and asked.confidential)
    assert own == found or (secret and not found.action.leaves)
    needed = law.decide(replace(asked, mandatory=True), newest_law())
    assert needed == found or (needed.row == 3 and needed.action is Action.HOLD)
