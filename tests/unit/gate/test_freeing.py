"""Deliveries that a person let go: the held field leaves with them where the law lets a person say so, and no other."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.builders import (
    COMMON,
    NOW_US,
    a_batch,
    a_class,
    a_grant,
    a_hub,
    a_paper,
    a_partner,
    a_publisher,
    a_record,
    an_event,
    an_executor,
    firsts,
)
from tests.reading import deliveries

from tidegate import gate
from tidegate.gate import Counts, Executor, Outcome, Released
from tidegate.gate.counting import UNCOUNTED

NAMED: dict[str, Any] = {"location": {"name": "Berth 4", "unLocode": "CNYTN"}}
SUSPECT = a_class("location.name", "SUSPECT_IMPORTANT")


def let_go(executor: Executor, event: dict[str, Any], counts: Counts = UNCOUNTED, at_us: int = NOW_US) -> Released:
    inspected = gate.inspect(a_batch(a_record(event, timestamp_ms=at_us // 1_000)), executor)
    return gate.release(inspected, firsts(inspected), at_us, counts, freed={0: "terminal"})


def value_of(found: Released) -> dict[str, Any]:
    (one,) = deliveries(found)["terminal"]
    return dict(one.value)


def holding(**said: Any) -> Executor:
    return an_executor(**{"grants": [a_grant(*COMMON, "location.name")], "classes": [SUSPECT], **said})


def test_what_was_suspect_leaves_with_the_delivery_and_is_told() -> None:
    executor = holding()

    found = let_go(executor, an_event(**NAMED))

    assert value_of(found)["location"] == {"name": "Berth 4"}
    assert gate.let_go(found, 0, "terminal") == ("location.name suspect_important",)
    (said,) = [one for one in gate.fields_freed(found.inspected, 0, "terminal", NOW_US) if one.waits]
    assert (said.leaves, said.reason, said.row, said.field_class) == (True, "suspicion_lifted", 7, "SUSPECT_IMPORTANT")


def test_nobody_but_a_person_lets_it_out() -> None:
    executor = holding()
    inspected = gate.inspect(a_batch(a_record(an_event(**NAMED)), a_record(an_event(eventId="e-2"))), executor)

    found = gate.release(inspected, firsts(inspected), NOW_US)

    assert found.outcomes == [Outcome.HELD, Outcome.RELEASED]
    assert all("location" not in one.value for one in deliveries(found)["terminal"])


def test_a_delivery_of_nothing_but_what_waits_leaves_too() -> None:
    found = let_go(holding(grants=[a_grant("location.name")]), an_event(**NAMED))

    assert value_of(found) == {"location": {"name": "Berth 4"}}


KEY = 'extensions["berthDraught"]'


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"grants": [a_grant(*COMMON, "reason", required=["reason"])], "classes": []}, "reason"),
        ({"grants": [a_grant(*COMMON, KEY)], "classes": [a_class(KEY, "SUSPECT_IMPORTANT")]}, KEY),
        (
            {
                "grants": [a_grant(*COMMON, "truck.tractorPlate")],
                "classes": [a_class("truck.tractorPlate", "SUSPECT_IMPORTANT")],
            },
            "truck.tractorPlate",
        ),
        (
            {
                "grants": [a_grant(*COMMON, "cargo.*")],
                "classes": [a_class("cargo.hsCodes", "SUSPECT_IMPORTANT")],
            },
            "cargo.hsCodes[]",
        ),
        (
            {
                "parties": [a_publisher(), a_partner(zone="CN-SH")],
                "grants": [a_grant(*COMMON, "location.name")],
                "classes": [a_class("location.name", "IMPORTANT")],
            },
            "location.name",
        ),
        (
            {"parties": [a_publisher(), a_partner(partner={"looks_up": ["location.name"]})]},
            "location.name",
        ),
    ],
    ids=["not known", "no other class", "personal", "named by a wildcard", "no risk assessment", "looked up"],
)
def test_what_no_person_may_lift_stays_and_the_rest_leaves(said: dict[str, Any], path: str) -> None:
    executor = holding(**said)
    event = an_event(
        reason="storm", truck={"tractorPlate": "粤B12345"}, cargo={"hsCodes": ["8517"]},
        extensions={"berthDraught": "14"}, **NAMED,
    )  # fmt: skip
    held = gate.inspect(a_batch(a_record(event)), executor)
    assert gate.release(held, firsts(held), NOW_US).outcomes == [Outcome.HELD]

    found = let_go(executor, event)

    assert not {"location", "reason", "truck", "extensions"} & value_of(found).keys()
    assert "hsCodes" not in (value_of(found).get("cargo") or {})
    assert value_of(found)["eventType"] == "EQUIPMENT"
    assert gate.let_go(found, 0, "terminal") == ()
    (one,) = [one for one in gate.fields_freed(found.inspected, 0, "terminal", NOW_US) if one.path == path]
    assert one.waits
    assert not one.leaves


def test_a_key_that_has_another_class_beside_the_suspicion_leaves_as_that() -> None:
    both = [a_class(KEY, "SUSPECT_IMPORTANT"), a_class(KEY, "GENERAL")]

    found = let_go(holding(grants=[a_grant(*COMMON, KEY)], classes=both), an_event(extensions={"berthDraught": "14"}))

    assert value_of(found)["extensions"] == {"berthDraught": "14"}


def test_two_grants_that_wait_each_open_what_they_name() -> None:
    """What one opens of some elements the other does not open of all."""
    fields = ("documents[type in TRD].reference", "documents[type in BKG].reference")
    grants = [a_grant(*COMMON, fields[0]), a_grant(fields[1], id="more", purpose="booking")]
    classes = [a_class("documents[].reference", "SUSPECT_IMPORTANT")]

    found = let_go(holding(grants=grants[:1], classes=classes), an_event())

    assert value_of(found)["documents"] == [{"reference": "BL-1"}]


DAY = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp()) * 1_000_000
LATE = {key: value for key, value in a_paper("GBA_SC_HK").items() if key != "filed"}
NOTICE = {"id": "stock", "item": "stock", "fields": ["cargo.packages"], "notified": date(2026, 2, 1), "source": "n 4"}


def late() -> Executor:
    return an_executor(grants=[a_grant(*COMMON, "truck.tractorPlate")], papers=[LATE])


PLATE = an_event(truck={"tractorPlate": "粤B12345"}, eventTime=DAY - 60_000_000)


@pytest.mark.parametrize(("level", "leaves"), [(None, False), (0, True), (2, False), (4, False)])
def test_under_a_late_filing_leaves_what_would_leave_without_that_paper(level: int | None, leaves: bool) -> None:
    """Few people leave under Article 5; more do not, and those whom nobody counted do not."""
    found = let_go(late(), PLATE, UNCOUNTED if level is None else Counts({0: level}), DAY)

    assert ("truck" in value_of(found)) == leaves
    assert bool(gate.let_go(found, 0, "terminal")) == leaves


def test_its_persons_are_counted_before_it_leaves_and_only_when_it_does() -> None:
    executor = late()
    inspected = gate.inspect(a_batch(a_record(PLATE, timestamp_ms=DAY // 1_000)), executor)

    waiting = gate.persons(inspected, firsts(inspected), DAY)
    going = gate.persons(inspected, firsts(inspected), DAY, {0: "terminal"})

    assert waiting.persons == []
    ((asked,),) = [one.asked for one in going.persons]
    assert (asked.bucket, len(asked.persons)) == ("PI", 1)
    assert asked.passes == (True, True, False, False, False, False)


def test_sensitive_data_of_a_late_contract_waits_although_nobody_is_counted_and_no_person_makes_the_filing_good() -> (
    None
):
    late = {**LATE, "mechanism": "SCC", "classes": ["SPI"]}
    executor = an_executor(grants=[a_grant(*COMMON, "people[].idNumber")], papers=[late])
    event = an_event(people=[{"role": "DRIVER", "idNumber": "440301199001011234"}], eventTime=DAY - 60_000_000)
    inspected = gate.inspect(a_batch(a_record(event, timestamp_ms=DAY // 1_000)), executor)

    asked = gate.persons(inspected, firsts(inspected), DAY)
    live = gate.release(inspected, firsts(inspected), DAY)
    found = let_go(executor, event, at_us=DAY)

    assert asked.persons == []
    assert [(hold.partner, hold.reason) for hold in live.holds] == [("terminal", "filing_overdue")]
    assert "people" not in value_of(found)
    assert gate.let_go(found, 0, "terminal") == ()
    (said,) = [one for one in gate.fields_freed(inspected, 0, "terminal", DAY) if one.waits]
    assert (said.path, said.leaves) == ("people[].idNumber", False)


def test_what_waits_for_a_late_filing_waits_beside_what_would_be_counted_too() -> None:
    """The delivery waits wherever the telephone would leave, so nobody is counted, and it waits all the same."""
    late = {**LATE, "mechanism": "SCC", "fields": ["people[].idNumber"], "classes": []}
    filed = a_paper(id="filed", number="N-2", fields=["people[].phone"], classes=[])
    grants, classes = [a_grant(*COMMON, "people[].idNumber", "people[].phone")], [a_class("people[].phone", "SPI")]
    executor = an_executor(grants=grants, papers=[late, filed], classes=classes)
    event = an_event(people=[{"idNumber": "440301199001011234", "phone": "13912345678"}], eventTime=DAY - 60_000_000)
    inspected = gate.inspect(a_batch(a_record(event, timestamp_ms=DAY // 1_000)), executor)

    asked = gate.persons(inspected, firsts(inspected), DAY)
    live = gate.release(inspected, firsts(inspected), DAY)
    going = gate.persons(inspected, firsts(inspected), DAY, {0: "terminal"})
    (person,) = value_of(let_go(executor, event, Counts({0: 0}), DAY))["people"]

    assert asked.persons == []
    assert [(hold.partner, hold.reason) for hold in live.holds] == [("terminal", "filing_overdue")]
    assert [[mine.bucket for mine in one.asked] for one in going.persons] == [["SPI"]]
    assert person == {"phone": "13912345678"}


def test_a_verdict_of_what_was_not_counted_is_none_of_what_would_have_been() -> None:
    """Beside what waits, nothing is written down as having left in whatever form it would leave once counted."""
    said = {"people[].phone": "", "people[].email": "pseudonym", "people[].licenceNumber": "prefix:4"}
    late = {**LATE, "mechanism": "SCC", "fields": ["people[].idNumber"], "classes": []}
    filed = a_paper(id="filed", number="N-2", fields=list(said), classes=[])
    forms = {path: form for path, form in said.items() if form}
    grants = [a_grant(*COMMON, "people[].idNumber", *said, transforms=forms)]
    executor = an_executor(grants=grants, papers=[late, filed], classes=[a_class(path, "SPI") for path in said])
    waiting = [
        view
        for one in executor.plan.sections[0].partners
        for view in one.views.values()
        if "filing_overdue" in (verdict.reason for verdict in executor.plan.verdicts[view.verdicts])
    ]

    for view in waiting:
        table = {one.path: one.action for one in executor.plan.verdicts[view.verdicts]}
        assert {path: table[path] for path in said} == dict.fromkeys(said, "DROP")
        assert table["people[].idNumber"] == "HOLD"
    assert waiting

    # And of what waits it is said why it stays once it is let go
    event = an_event(people=[{"idNumber": "440301199001011234"}], eventTime=DAY - 60_000_000)
    inspected = gate.inspect(a_batch(a_record(event, timestamp_ms=DAY // 1_000)), executor)
    (found,) = [one for one in gate.fields_freed(inspected, 0, "terminal", DAY) if one.waits]
    assert (found.waits, found.reason) == ("filing_overdue", "no_assessment_uncounted")


def test_what_would_leave_of_few_people_waits_for_no_count_and_of_children_for_whichever() -> None:
    """A certificate for fifty people carries the first of them, and a contract that is filed late those after."""
    late = {**LATE, "mechanism": "SCC", "classes": ["SPI"]}
    certificate = a_paper("CERT", id="cert", number="N-2", classes=["SPI"], people=50)
    plan = an_executor(grants=[a_grant(*COMMON, "people[].idNumber")], papers=[late, certificate]).plan
    (views,) = plan.sections[0].partners

    found = {}
    for mask, view in views.views.items():
        facts = frozenset(fact for bit, group in enumerate(views.groups) if mask >> bit & 1 for fact in group.facts)
        (said,) = [one for one in plan.verdicts[view.verdicts] if one.path == "people[].idNumber"]
        found[facts] = f"{said.action} {said.reason}"

    both = frozenset({"paper:cert", "overdue:paper"})
    assert found[both] == "DROP no_assessment_uncounted"
    assert found[both | {"minors"}] == "HOLD filing_overdue"


def test_newly_notified_data_leaves_within_its_grace_and_not_after() -> None:
    executor = an_executor(grants=[a_grant(*COMMON, "cargo.packages")], important=[NOTICE])
    event = an_event(cargo={"packages": 7}, eventTime=DAY - 60_000_000)
    after = DAY + 60 * 86_400_000_000

    within = let_go(executor, event, at_us=DAY)
    over = let_go(executor, {**event, "eventTime": after - 60_000_000}, at_us=after)

    assert value_of(within)["cargo"] == {"packages": 7}
    assert gate.let_go(within, 0, "terminal") == ("cargo.packages important_in_grace",)
    assert "cargo" not in value_of(over)


def test_inside_the_mainland_a_suspicion_is_lifted_as_well() -> None:
    inside = {"hub": a_hub(zone="CN-SH"), "parties": [a_publisher(), a_partner(zone="CN-SH")]}

    found = let_go(holding(**inside), an_event(**NAMED))

    assert value_of(found)["location"] == {"name": "Berth 4"}


def test_what_a_person_lets_go_is_asked_for_children_on_the_day_of_the_release() -> None:
    # Given a delivery that waits, with somebody who will be 14 on 1 June 2026
    born = (date(2012, 6, 1) - date(1970, 1, 1)).days
    executor = holding(grants=[a_grant(*COMMON, "location.name", "people[].employer")], papers=[a_paper()])
    event = an_event(**NAMED, people=[{"name": "A", "employer": "B", "birthDate": born}])
    before, after = (int(datetime(2026, 5, 31, hour, tzinfo=UTC).timestamp()) * 1_000_000 for hour in (15, 16))

    # When it is let go before, and on, the birthday
    found = [value_of(let_go(executor, event, Counts({0: 0}), at_us)) for at_us in (before, after, before)]

    # Then the person leaves on the birthday only, and what made it wait leaves both times
    assert ["people" in one for one in found] == [False, True, False]
    assert all(one["location"] == {"name": "Berth 4"} for one in found)
