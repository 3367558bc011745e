"""Combinations: plates and people with time and place are tracks, a linking key is personal to who looks it up."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builders import LEVELS, a_class, a_grant, a_paper, a_partner, a_plan, a_publisher, a_rule_set

from tidegate.errors import BadRules
from tidegate.rules import Plan, Verdict
from tidegate.rules.combining import is_track, with_conditions
from tidegate.rules.groups import fact_bits
from tidegate.rules.minors import MINORS

PLATE, TIME, PORT = "truck.tractorPlate", "eventTime", "location.unLocode"
FEW = LEVELS.index((0, 0))


def verdict(plan: Plan, path: str) -> Verdict:
    """What happens to a field where all grants hold, nobody is under 14 and few people were counted."""
    (views,) = (one for section in plan.sections for one in section.partners if not one.any_group)
    mask = max(mask for mask in views.views if not mask & fact_bits(views.groups, MINORS))
    view = views.counted[mask][FEW] if mask in views.counted else views.views[mask]
    return next(one for one in plan.verdicts[view.verdicts] if one.path == path)


def said(path: str, *grants: dict[str, Any], papers: tuple[dict[str, Any], ...] = (), partner: Any = None) -> str:
    found = verdict(
        a_plan(parties=[a_publisher(), a_partner(partner=partner or {})], grants=grants, papers=papers), path
    )
    return f"{found.field_class} {found.action} {found.reason}"


SMALL, CONTRACT = a_paper("ART5_SMALL"), a_paper("SCC", classes=["PI"])
SENSITIVE = a_paper("SCC", classes=["PI", "SPI"])


@pytest.mark.parametrize(
    ("fields", "transforms", "expected"),
    [
        ((PLATE, TIME, PORT), {}, "SPI"),
        (("truck.vin", TIME, PORT), {}, "SPI"),
        (("truck.trailerPlate", "eventCreatedTime", "location.facilityCode"), {}, "SPI"),
        ((PLATE, "eventTimeRaw", PORT), {}, "SPI"),
        ((PLATE, "location.latitude"), {}, "SPI"),
        ((PLATE, TIME, "location"), {TIME: "hour"}, "SPI"),
        ((PLATE, TIME, PORT), {PLATE: "pseudonym"}, "SPI"),
        ((PLATE, TIME, PORT), {TIME: "hour"}, "PI"),
        ((PLATE, TIME, PORT), {TIME: "date"}, "PI"),
        ((PLATE, TIME, "eventUpdatedTime", PORT), {TIME: "hour"}, "SPI"),
        ((PLATE, TIME, "location"), {TIME: "hour", "location": "port"}, "PI"),
        ((PLATE, TIME, "location"), {"location": "port"}, "SPI"),
        ((PLATE, TIME), {}, "PI"),
        ((PLATE, PORT), {}, "PI"),
        ((PLATE,), {}, "PI"),
        (("truck", "location", "eventTime"), {}, "SPI"),
    ],
)
def test_what_makes_a_track(fields: tuple[str, ...], transforms: dict[str, str], expected: str) -> None:
    path = next((one for one in fields if one.startswith("truck.")), PLATE)
    grant = a_grant("eventId", *fields, transforms=transforms)

    assert said(path, grant, papers=(SENSITIVE,)).split()[0] == expected


@pytest.mark.parametrize(
    ("fields", "more", "expected"),
    [
        ((PLATE, TIME), {"when": {PORT: "CNYTN"}}, "SPI"),
        ((PLATE, TIME), {"when": {"location.facilityCode": {"prefix": "YICT"}}}, "SPI"),
        ((PLATE, TIME), {"limits": {"ports": ["CNYTN"]}}, "SPI"),
        ((PLATE, PORT), {"when": {"eventTimeRaw": {"prefix": "2026-06-01T12:34"}}}, "SPI"),
        ((PLATE, TIME, PORT), {"transforms": {TIME: "hour"}, "when": {"eventTimeRaw": "2026-06-01"}}, "SPI"),
        ((PLATE, TIME), {"transforms": {TIME: "hour"}, "when": {PORT: "CNYTN"}}, "PI"),
        ((PLATE, TIME), {"limits": {"lanes": ["AE7"]}}, "PI"),
        ((PLATE, TIME), {"when": {"equipment.reference": "MSKU1234565"}}, "PI"),
        ((PLATE,), {"when": {PORT: "CNYTN"}}, "PI"),
        ((PLATE, TIME), {"when": {"location.name": "Yantian"}}, "SPI"),
    ],
)
def test_a_condition_shows_what_it_asks(fields: tuple[str, ...], more: dict[str, Any], expected: str) -> None:
    """LAW 8.4(6): who gets an event of one port only knows the port, whether or not a field says it."""
    assert said(PLATE, a_grant("eventId", *fields, **more), papers=(SENSITIVE,)).split()[0] == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("people[].name", "SPI"),
        ("people[].phone", "SPI"),
        ("people[].email", "SPI"),
        ("people[].idNumber", "SPI"),
        ("people[].licenceNumber", "SPI"),
        ("people[].employer", "PI"),
        ("people[].role", "PI"),
    ],
)
def test_what_tells_who_a_person_is_beside_time_and_place_says_where_they_were(path: str, expected: str) -> None:
    """PIPL 28: whereabouts are sensitive, on foot as in a truck."""
    assert said(path, a_grant("eventId", path, TIME, PORT), papers=(SENSITIVE,)).split()[0] == expected
    hourly = a_grant("eventId", path, TIME, PORT, transforms={TIME: "hour"})
    assert said(path, hourly, papers=(SENSITIVE,)).split()[0] == ("SPI" if path == "people[].idNumber" else "PI")


def test_conditions_are_shown_beside_what_leaves_and_coarser_forms_of_it() -> None:
    assert with_conditions({TIME: {"hour"}}, [PORT], []) == {TIME: {"hour"}, PORT: {""}}
    assert with_conditions({TIME: {"hour"}}, [TIME]) == {TIME: {"hour", ""}}
    assert with_conditions({PLATE: {""}}) == {PLATE: {""}}


def test_a_wildcard_makes_a_track_too() -> None:
    assert said(PLATE, a_grant("*"), papers=(SENSITIVE,)).startswith("SPI PASS")


def test_a_track_needs_what_sensitive_data_needs() -> None:
    grant = a_grant("eventId", PLATE, TIME, PORT)
    coarse = a_grant("eventId", PLATE, TIME, PORT, transforms={TIME: "hour"})

    # A paper of personal data carries the plate without the track, and not with it, whatever the count
    assert said(PLATE, coarse, papers=(SMALL,)) == "PI PASS few_people"
    assert said(PLATE, grant, papers=(SMALL,)) == "SPI DROP no_basis_on_record"
    assert said(PLATE, grant, papers=(CONTRACT,)) == "SPI DROP no_basis_on_record"
    # One that names sensitive data, or the field itself, does
    assert said(PLATE, grant, papers=(SENSITIVE,)) == "SPI PASS contract_or_certificate"
    assert (
        said(PLATE, grant, papers=(a_paper("SCC", classes=[], fields=["truck"]),)) == "SPI PASS contract_or_certificate"
    )
    # And what is beside the plate leaves as ever
    assert said(TIME, grant, papers=(SMALL,)) == "GENERAL PASS general"


def test_persons_of_a_track_are_counted_as_sensitive() -> None:
    plan = a_plan(grants=[a_grant("eventId", PLATE, TIME, PORT)], papers=[SENSITIVE])
    (views,) = (one for section in plan.sections for one in section.partners if not one.any_group)
    buckets = {bucket for leveled in views.counted.values() for view in leveled for bucket, _ in view.counts}

    assert buckets == {"SPI"}


def test_a_track_of_several_grants_is_refused_and_one_that_nothing_lets_out_is_not() -> None:
    apart = [a_grant("eventId", PLATE), a_grant("eventId", TIME, PORT, id="times")]

    with pytest.raises(BadRules, match="follows a vehicle: that is sensitive; name them in one grant"):
        a_plan(a_rule_set(grants=apart, papers=[SMALL]))
    assert a_plan(a_rule_set(grants=apart))
    hourly = [apart[0], a_grant("eventId", TIME, PORT, id="times", transforms={TIME: "hour"})]
    assert a_plan(a_rule_set(grants=hourly, papers=[SMALL]))
    together = [a_grant("eventId", PLATE, TIME, PORT), a_grant("eventId", TIME, PORT, id="times")]
    assert a_plan(a_rule_set(grants=together, papers=[SENSITIVE]))


def test_conditions_of_several_grants_make_a_track_of_several_too() -> None:
    grants = [a_grant("eventId", PLATE), a_grant("eventId", TIME, id="times", when={PORT: "CNYTN"})]

    with pytest.raises(BadRules, match=r"truck\.tractorPlate leaves with time and place of other grants .* a vehicle:"):
        a_plan(a_rule_set(grants=grants, papers=[SMALL]))
    with pytest.raises(BadRules, match=r"people\[\]\.name leaves with time and place of other grants .* a person:"):
        a_plan(a_rule_set(grants=[a_grant("eventId", "people[].name"), grants[1]], papers=[SMALL]))
    # A grant that lets nothing out tells nothing
    nothing = a_grant("people[].employer", id="nothing", when={PORT: "CNYTN"})
    timed = [grants[0], a_grant("eventId", TIME, id="times"), nothing]
    assert a_plan(a_rule_set(grants=timed, papers=[a_paper("ART5_SMALL", classes=[], fields=["truck"])]))


LINK = "documents[].reference"


def test_a_linking_key_is_personal_to_who_can_look_it_up() -> None:
    grant, looks_up = a_grant("eventId", LINK), {"looks_up": [LINK]}

    assert said(LINK, grant) == "COMMERCIAL PASS commercial_named"
    assert said(LINK, grant, partner=looks_up) == "PI DROP no_basis_on_record"
    assert said(LINK, grant, partner=looks_up, papers=(SMALL,)) == "PI PASS few_people"
    # Other fields are what they are, whatever comes before or after it
    for other in ("cargo.packages", "eventType", "location.name"):
        assert said(other, a_grant("eventId", other), partner=looks_up) == said(other, a_grant("eventId", other))
        assert " PASS " in said(other, a_grant("eventId", other), partner=looks_up)
    # A pseudonym of it links nothing any more; one of a plate stays personal
    token = a_grant("eventId", LINK, PLATE, transforms={LINK: "pseudonym", PLATE: "pseudonym"})
    assert said(LINK, token, partner=looks_up) == "COMMERCIAL TOKENISE commercial_named"
    assert said(PLATE, token, partner=looks_up) == "PI DROP no_basis_on_record"
    # What it looks up by never lowers a class
    assert (
        said("people[].idNumber", a_grant("people[].idNumber"), partner={"looks_up": ["people[].idNumber"]})[:3]
        == "SPI"
    )


@pytest.mark.parametrize(
    ("looks_up", "expected"),
    [
        ([], "GENERAL PASS general"),
        (['notes["customer"]'], "PI DROP no_basis_on_record"),
        (["note"], "GENERAL PASS general"),
        (['more["customer"]'], "GENERAL PASS general"),
    ],
)
def test_a_map_is_personal_to_who_looks_people_up_by_a_key_of_it(looks_up: list[str], expected: str) -> None:
    """It leaves whole, and the key with it."""
    tags, kind = {"confluent:tags": ["GENERAL"]}, {"type": "map", "values": "string"}
    fields = [{"name": name, "type": "string", **tags} for name in ("eventId", "note")]
    fields += [{"name": name, "type": kind, **tags} for name in ("notes", "more")]
    own = {"type": "record", "name": "ShipmentEvent", "namespace": "logistics", "fields": fields}
    rules = a_rule_set(
        schemas={"own.avsc": own},
        parties=[a_publisher(), a_partner(partner={"looks_up": looks_up})],
        grants=[a_grant("eventId", "notes")],
        classes=[a_class(f'{name}["customer"]', "GENERAL") for name in ("notes", "more")],
    )

    tables = a_plan(rules).verdicts
    (found,) = {
        f"{one.field_class} {one.action} {one.reason}"
        for table in tables
        for one in table
        if one.path == "notes" and one.grant
    }

    assert found == expected


def test_important_data_is_personal_to_who_can_look_it_up_and_part_of_a_track_as_well() -> None:
    """What it is in its company is what its papers have to name, however important it is."""
    both = a_paper("ASSESSMENT", classes=["IMPORTANT", "PI"], fields=[])
    important, personal = a_paper("ASSESSMENT", classes=["IMPORTANT"], fields=[]), {"looks_up": [LINK]}
    grant = a_grant("eventId", LINK)

    def of(path: str, grant: dict[str, Any], paper: dict[str, Any], **partner: Any) -> str:
        sides = [a_publisher(), a_partner(partner=partner)]
        plan = a_plan(parties=sides, grants=[grant], papers=[paper], classes=[a_class(path, "IMPORTANT")])
        found = verdict(plan, path)
        return f"{found.field_class} {found.action} {found.reason}"

    assert of(LINK, grant, important) == "IMPORTANT PASS important_assessed"
    assert of(LINK, grant, important, **personal) == "IMPORTANT DROP no_assessment"
    assert of(LINK, grant, both, **personal) == "IMPORTANT PASS important_assessed"
    track = a_grant("eventId", PLATE, TIME, PORT)
    sensitive = a_paper("ASSESSMENT", classes=["IMPORTANT", "SPI"], fields=[])
    assert of(PLATE, track, both) == "IMPORTANT DROP no_assessment"
    assert of(PLATE, track, sensitive) == "IMPORTANT PASS important_assessed"
    assert of(PLATE, a_grant("eventId", PLATE), both) == "IMPORTANT PASS important_assessed"


def test_a_wildcard_opens_no_linking_key_however_personal_it_is_to_its_recipient() -> None:
    """A field that is COMMERCIAL stays so: the contract is a grant that names it by its own path (row 8)."""
    looks_up, whole = {"looks_up": [LINK]}, a_grant("eventId", "documents")

    assert said(LINK, whole) == "COMMERCIAL DROP commercial_not_named"
    assert said(LINK, whole, partner=looks_up, papers=(SMALL,)) == "PI DROP commercial_not_named"
    assert said(LINK, a_grant("eventId", LINK), partner=looks_up, papers=(SMALL,)) == "PI PASS few_people"


@pytest.mark.parametrize(
    ("grant", "path"),
    [
        (a_grant("eventId", when={"equipment.reference": "MSKU1234565"}), "equipment.reference"),
        (a_grant("documents[type in TRD].reference"), "documents[].type"),
    ],
)
def test_a_condition_on_a_key_that_a_partner_looks_people_up_by_is_one_on_personal_data(
    grant: dict[str, Any], path: str
) -> None:
    """LAW 8.4(6): who gets the event knows what was asked, and by that who it is about."""
    said = {"grants": [{**grant, "partners": ["bank", "terminal"]}]}
    looks_up = a_partner(partner={"looks_up": [path]})
    what = "a condition" if "when" in grant else "a filter"

    assert a_rule_set(parties=[a_publisher(), a_partner(), a_partner("bank")], **said)
    with pytest.raises(BadRules) as caught:
        a_rule_set(parties=[a_publisher(), looks_up, a_partner("bank")], **said)
    (mistake,) = caught.value.mistakes
    assert (
        f"{what} on {path} tells the partner something of it, and it is PI to terminal, who looks people up by it"
        in mistake.sentence
    )
    # One that somebody else looks up is none of this partner's
    other = a_partner("carrier", partner={"looks_up": [path]})
    assert a_rule_set(parties=[a_publisher(), a_partner(), a_partner("bank"), other], **said)


def test_a_key_that_is_no_field_is_a_mistake() -> None:
    with pytest.raises(BadRules, match=r"there is no field 'documents\[\].referenc'; did you mean"):
        a_rule_set(parties=[a_publisher(), a_partner(partner={"looks_up": ["documents[].referenc"]})])


def test_the_definition_of_a_track_in_itself() -> None:
    fine, hour = {""}, {"hour"}
    assert is_track({PLATE: fine, TIME: fine, PORT: fine})
    assert not is_track({PLATE: fine, TIME: hour, PORT: fine})
    assert not is_track({TIME: fine, "location.latitude": fine})
    assert is_track({"people[].phone": fine, TIME: fine, PORT: fine})
    assert not is_track({"people[].employer": fine, TIME: fine, PORT: fine})
    assert is_track({PLATE: fine, TIME: hour, "location.address": fine})
    assert not is_track({})


def test_a_track_goes_on_only_to_whom_the_paper_that_carries_it_lets_it() -> None:
    """The paper of the plate beside time and place is asked, not that of the plate alone: here there is none of it."""
    sensitive = a_paper("SCC", classes=["SPI"], onward=["bank"])
    plan = a_plan(
        parties=[a_publisher(), a_partner(), a_partner("bank")],
        grants=[a_grant("eventId", PLATE, TIME, PORT)],
        papers=[sensitive],
    )
    (views,) = (one for section in plan.sections for one in section.partners if one.counted)
    stamps = {view.stamp for leveled in views.counted.values() for view in leveled if view.counts}

    assert stamps == {("party:bank",)}


def test_a_paper_about_what_needs_none_makes_no_form_of_its_own() -> None:
    """Else many such papers, each with its dates, would be more views than a partner may have."""
    plan = a_plan(grants=[a_grant()], papers=[a_paper(fields=["eventType"], classes=[])])

    assert [group.facts for section in plan.sections for one in section.partners for group in one.groups] == [(), ()]
