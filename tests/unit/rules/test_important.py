"""Important data that is something else as well: to call a field so opens nothing, and its papers name its items."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.builders import EVENT, a_class, a_grant, a_paper, a_partner, a_plan, a_publisher, a_rule_set, an_executor

from tidegate.law import Bucket
from tidegate.rules import Plan
from tidegate.rules.plan import View
from tidegate.rules.reasons import Asker

PLATE = "truck.tractorPlate"
BOTH = {"classes": ["IMPORTANT", "PI"]}
IMPORTANT = [a_class(PLATE, "IMPORTANT")]


def plan(*papers: dict[str, Any], **said: Any) -> Plan:
    parties = [a_publisher(), a_partner(), a_partner("bank")]
    return a_plan(parties=parties, grants=[a_grant("eventId", PLATE)], papers=papers, classes=IMPORTANT, **said)


def views(found: Plan) -> list[View]:
    """The views in which the plate leaves and people are counted."""
    partners = [one for section in found.sections for one in section.partners]
    return [view for one in partners for leveled in one.counted.values() for view in leveled if view.counts]


def item(name: str, notified: date = date(2026, 4, 1)) -> dict[str, Any]:
    return {"id": name, "item": name, "fields": [PLATE], "notified": notified, "source": "notice 4"}


def test_it_goes_on_only_to_whom_the_paper_for_what_it_is_otherwise_lets_it() -> None:
    """The assessment says nothing of who gets it next; what it left under as personal data does."""
    small = a_paper("ART5_SMALL", id="small", onward=["bank"])

    assert {view.stamp for view in views(plan(a_paper("ASSESSMENT", **BOTH)))} == {None}
    assert {view.stamp for view in views(plan(a_paper("ASSESSMENT", **BOTH), small))} == {None, ("party:bank",)}
    own = a_paper("ASSESSMENT", **BOTH, onward=["bank"])
    assert {view.stamp for view in views(plan(own))} == {("party:bank",)}


def test_beside_a_greater_bay_area_contract_it_is_stamped_for_the_recipients_jurisdiction() -> None:
    bay = a_paper("GBA_SC_HK", id="bay", number="G-1")

    assert {view.stamp for view in views(plan(a_paper("ASSESSMENT", **BOTH), bay))} == {("HK",)}


def test_its_people_are_counted_as_those_of_what_it_is_otherwise() -> None:
    counts = {one for view in views(plan(a_paper("ASSESSMENT", **BOTH))) for one in view.counts}

    assert counts == {("PI", "truck")}


def test_events_without_important_data_are_not_counted_beside_a_volume() -> None:
    paper = a_paper("ASSESSMENT", volume=50, **BOTH)
    plain = a_plan(
        parties=[a_publisher(), a_partner(), a_partner("bank")],
        grants=[a_grant("eventId", PLATE)],
        papers=[paper],
        classes=[a_class("location.name", "IMPORTANT")],
    )

    assert {one for view in views(plain) for one in view.counts} == {("PI", "truck")}
    assert ("IMPORTANT", f"field:{PLATE}") in {one for view in views(plan(paper)) for one in view.counts}


def test_what_is_counted_of_it_is_told_with_its_reasons() -> None:
    rules = a_rule_set(grants=[a_grant("eventId", PLATE)], papers=[a_paper("ASSESSMENT", **BOTH)], classes=IMPORTANT)
    found = a_plan(rules)
    table = found.verdicts[views(found)[0].verdicts]
    verdict = next(one for one in table if one.path == PLATE)
    level = an_executor(found).bounds["forwarder"].levels[0]
    asker = Asker(rules, "forwarder", "terminal", EVENT, frozenset({"paper:paper"}), level)
    asker = Asker(**{**vars(asker), "counters": {Bucket.PI: 41, Bucket.SPI: 7}})

    why = asker.because(verdict)

    assert (why.row, why.people, why.paper.id if why.paper else "") == (6, 41, "paper")
    assert {one.name: one.value for one in why.facts}["people"] == 41


@pytest.mark.parametrize(
    ("dates", "noted"),
    [
        ({"signed": date(2026, 3, 31)}, True),
        ({"signed": date(2026, 4, 1)}, False),
        ({}, True),
        ({"status": "draft"}, True),
    ],
)
def test_an_assessment_from_before_the_notice_of_an_item_that_it_names_is_noted(
    dates: dict[str, Any], noted: bool
) -> None:
    """It may have found the field important before the notice did; that a person has to see (NDSMR 37)."""
    late = {"effective": a_paper()["effective"].replace(year=2026, month=4, day=20)} if "signed" in dates else {}
    late |= {"filed": date(2026, 4, 25)} if late else {}
    paper = a_paper("ASSESSMENT", **BOTH, items=["early", "plates"], **late, **dates)

    rules = a_rule_set(papers=[paper], important=[item("early", date(2025, 1, 1)), item("plates")])

    said = [note.sentence for note in rules.notes if "names plates, notified on 2026-04-01" in note.sentence]
    assert bool(said) is noted
    assert not any("names early" in note.sentence for note in rules.notes)
    if noted:
        made = dates.get("signed", date(2025, 10, 1))
        expected = "see that it was assessed as important data, or have it assessed again"
        assert said == [f"paper is of {made} and names plates, notified on 2026-04-01: {expected}"]


def test_a_draft_without_a_day_is_noted_for_nothing() -> None:
    draft = {key: value for key, value in a_paper("ASSESSMENT", **BOTH, items=["plates"]).items() if key != "effective"}

    rules = a_rule_set(papers=[{**draft, "status": "draft"}], important=[item("plates")])

    assert not any("names plates" in note.sentence for note in rules.notes)


def test_a_risk_assessment_is_about_data_and_no_record_of_a_basis() -> None:
    """CAC Provisions 10: of personal data that goes by Hong Kong on its way inside the Mainland, for one."""
    parties = [a_publisher(), a_partner(zone="CN-SH", partner={"relays": ["HK"]})]
    said = {"parties": parties, "grants": [a_grant("eventId", PLATE)]}

    def reasons(*mechanisms: str) -> set[str]:
        papers = [a_paper(one, id=f"p{n}", number=one) for n, one in enumerate(mechanisms)]
        tables = a_plan(**said, papers=papers).verdicts
        return {one.reason for table in tables for one in table if one.path == PLATE and one.row}

    assert reasons("RISK_ASSESSMENT") == {"no_basis_on_record"}
    assert "no_basis_on_record" in reasons("DOMESTIC_ART23")
    assert reasons("RISK_ASSESSMENT", "DOMESTIC_ART23") == reasons("DOMESTIC_ART23") != {"no_basis_on_record"}


def test_two_assessments_of_different_items_cover_different_things() -> None:
    papers = [a_paper("ASSESSMENT", **BOTH, id=name, number=name, items=[name]) for name in ("one", "two")]

    rules = a_rule_set(papers=papers, important=[item("one"), item("two")])

    assert [paper.said.items for paper in rules.papers] == [("one",), ("two",)]


@pytest.mark.parametrize(
    ("items", "reasons"), [(["depth"], {"important_assessed"}), ([], {"important_in_grace", "no_assessment"})]
)
def test_a_key_of_a_map_leaves_under_the_assessment_that_names_the_item_of_the_map(
    items: list[str], reasons: set[str]
) -> None:
    """A notice of a map is one of each of its keys, for papers as well."""
    key = 'extensions["depth"]'
    notice = {**item("depth", date(2025, 10, 1)), "fields": ["extensions"]}
    paper = a_paper("ASSESSMENT", classes=["IMPORTANT"], items=items, effective=datetime(2025, 10, 1, tzinfo=UTC))
    found = a_plan(
        grants=[a_grant("eventId", key)], classes=[a_class(key, "GENERAL")], papers=[paper], important=[notice]
    )

    held = {one.reason for table in found.verdicts for one in table if one.path == key and one.row}

    assert reasons <= held
    assert ("important_assessed" in held) is bool(items)
