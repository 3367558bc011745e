"""Which facts a decision was made on: seen while the table decides, and enough to decide the same again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.law import Bucket, Facts, FieldClass, Mechanism, Origin, PartyFacts, Tri, decide, newest_law, parse_zone
from tidegate.law.tracing import trace

LAW = newest_law()
HERE, THERE = parse_zone("CN-GD-SZ"), parse_zone("HK")
ZONES = (HERE, THERE, parse_zone("SG"), None)
PARTY = PartyFacts(HERE, Tri.NO, Tri.NO, Tri.NO, Tri.NO, Tri.NO)
PLAIN = Facts(FieldClass.PI, PARTY, replace(PARTY, zone=THERE), HERE, purpose="booking", origin=Origin.MAINLAND)

tri = st.sampled_from(Tri)
parties = st.builds(PartyFacts, st.sampled_from(ZONES), tri, tri, tri, tri, tri)
papers = st.frozensets(st.sampled_from(Mechanism), max_size=3)
facts = st.builds(
    Facts,
    st.sampled_from(FieldClass),
    parties,
    parties,
    st.sampled_from(ZONES),
    purpose=st.sampled_from(("", "booking")),
    own_path=st.booleans(),
    confidential=st.booleans(),
    mandatory=st.booleans(),
    lineage_known=st.booleans(),
    stamp=st.sampled_from((None, frozenset({"HK"}))),
    origin=st.sampled_from(Origin),
    unmixed=tri,
    evidence=tri,
    papers=papers,
    overdue=papers,
    off_list=tri,
    people=st.sampled_from((None, 1, 10_000, 100_000, 1_000_000)),
    otherwise=st.sampled_from(FieldClass),
)


def named(found: Any) -> dict[str, Any]:
    return {one.name: one.value for one in found.used}


@settings(max_examples=300, deadline=None, derandomize=True)
@given(facts)
def test_a_traced_decision_is_the_tables_decision(said: Facts) -> None:
    assert trace(said, LAW).decision == decide(said, LAW)


def test_a_row_that_asks_for_papers_and_people_says_so() -> None:
    free = parse_zone("CN-GD-SZ-QH")
    said = replace(PLAIN, exporter=replace(PARTY, zone=free), storage=free, evidence=Tri.YES, people=200_000)
    said = replace(said, papers=frozenset({Mechanism.SCC}))

    found = trace(said, LAW)

    assert found.decision.row == 17
    assert named(found) == {
        "field_class": FieldClass.PI,
        "exporter.zone": free,
        "recipient.zone": THERE,
        "storage": free,
        "relays": (),
        "papers": {Mechanism.SCC},
        "people": 200_000,
        "stamp": None,
    }
    assert found.unknown == ("off_list",), "no stamp is no unknown stamp; row 13 asked for the list"


def test_whether_it_was_mixed_is_unknown_where_nobody_says() -> None:
    transit = replace(PLAIN, origin=Origin.OVERSEAS, unmixed=Tri.UNKNOWN, evidence=Tri.YES, people=1)

    found = trace(transit, LAW)

    assert "unmixed" in found.unknown
    assert "unmixed" not in trace(replace(transit, unmixed=Tri.NO), LAW).unknown


def test_what_rows_before_looked_for_in_vain_is_unknown() -> None:
    found = trace(replace(PLAIN, exporter=replace(PARTY, ciio=Tri.UNKNOWN), evidence=Tri.YES), LAW)

    assert found.decision.reason == "ciio_no_assessment"
    assert "exporter.ciio" in found.unknown
    assert "people" not in found.unknown, "no row came so far as to ask"


def test_important_data_is_traced_through_what_it_is_otherwise() -> None:
    # Given a field that is important and personal, under an assessment, with all that is asked of both
    said = replace(PLAIN, field_class=FieldClass.IMPORTANT, otherwise=FieldClass.PI, evidence=Tri.YES, people=7)
    said = replace(said, papers=frozenset({Mechanism.ASSESSMENT}))

    # When it leaves, and when nobody knows whether a basis is on record
    passed, kept = trace(said, LAW), trace(replace(said, evidence=Tri.UNKNOWN), LAW)

    # Then the second question's facts are named, and the class is the one that the field has
    assert (passed.decision.row, passed.decision.mechanism) == (6, Mechanism.ASSESSMENT)
    assert (passed.decision.beside, passed.decision.counts) == (Mechanism.ART5_SMALL, {Bucket.PI})
    used = {"field_class": FieldClass.IMPORTANT, "otherwise": FieldClass.PI, "evidence": Tri.YES, "people": 7}
    assert used.items() <= named(passed).items()
    assert {"origin", "exporter.ciio"} <= named(passed).keys()
    assert (kept.decision.row, "evidence" in kept.unknown) == (10, True)
    assert "people" not in named(kept), "the row that kept it came before"


def test_the_last_row_names_all_that_was_looked_at() -> None:
    found = trace(replace(PLAIN, field_class=FieldClass.GENERAL, purpose="gossip"), LAW)

    assert found.decision.row == 19
    assert {"field_class", "purpose", "recipient.restricted", "exporter.zone"} <= named(found).keys()
