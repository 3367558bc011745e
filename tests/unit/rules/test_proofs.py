"""Proved facts: a small handler is one from a day to a day, with its document; never because of a count."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tests.builders import LEVELS, a_grant, a_paper, a_partner, a_plan, a_publisher, a_rule_set

from tidegate.errors import BadRules
from tidegate.gate.routing import _mask
from tidegate.law.calendars import Due
from tidegate.law.obligations import Kind
from tidegate.rules.obligations import obligations
from tidegate.rules.protections import lowered
from tidegate.rules.ruleset import RuleSet

DIGEST = f"sha256:{'0a' * 32}"
PROOF: dict[str, Any] = {"starts": date(2026, 10, 1), "until": date(2026, 12, 31), "document": DIGEST}
MANY = LEVELS.index((1, 0))


def plate(at: str, **said: Any) -> str:
    """What happens to a plate of many people under a statutory duty at a moment."""
    plan = a_plan(
        parties=[a_publisher(**said), a_partner()],
        grants=[a_grant("eventId", "truck.tractorPlate")],
        papers=[a_paper("STATUTORY_DUTY")],
    )
    (views,) = (one for section in plan.sections for one in section.partners if not one.any_group)
    mask = _mask(views, [], int(datetime.fromisoformat(at).timestamp()) * 1_000_000)
    table = plan.verdicts[views.counted[mask][MANY].verdicts]
    found = next(one for one in table if one.path == "truck.tractorPlate")
    return f"{found.action} {found.reason}"


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-09-30T23:59:59+08:00", "DROP no_contract_above_threshold"),
        ("2026-10-01T00:00:00+08:00", "PASS statutory_duty"),
        ("2026-12-31T23:59:59+08:00", "PASS statutory_duty"),
        ("2027-01-01T00:00:00+08:00", "DROP no_contract_above_threshold"),
    ],
)
def test_a_small_handler_is_one_while_it_is_proved(at: str, expected: str) -> None:
    assert plate(at, small_handler="yes", proofs={"small_handler": PROOF}) == expected


def test_without_it_the_duty_carries_nothing() -> None:
    assert plate("2026-11-01T00:00:00+08:00", small_handler="no") == "DROP no_contract_above_threshold"
    assert plate("2026-11-01T00:00:00+08:00", people_processed=5) == "DROP no_contract_above_threshold"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"small_handler": "yes"}, "small_handler = 'yes' counts only with its proof and its days; add proofs = {"),
        ({"proofs": {"small_handler": PROOF}}, "small_handler is proved and is not said; write small_handler = 'yes'"),
        (
            {"small_handler": "yes", "proofs": {"small_handler": {**PROOF, "until": date(2026, 9, 30)}}},
            "until is before starts, so the proof never holds",
        ),
        ({"small_handler": "yes", "proofs": {"small_handler": {**PROOF, "document": "letter.pdf"}}}, ""),
        ({"ciio": "unknown", "proofs": {"ciio": PROOF}}, "ciio is proved and is not said; write ciio = 'no', or take"),
        ({"ciio": "yes", "proofs": {"ciio": PROOF}}, "ciio is proved and is not said; write ciio = 'no', or take"),
        ({"proofs": {"sector": PROOF}}, ""),
    ],
)
def test_what_is_wrong_with_a_proof_is_said(said: dict[str, Any], expected: str) -> None:
    with pytest.raises(BadRules) as caught:
        a_rule_set(parties=[a_publisher(**said), a_partner()])

    assert str(caught.value.mistakes[0]).partition(": ")[2].startswith(expected)


def test_a_proof_of_one_day_is_one() -> None:
    proof = {**PROOF, "until": PROOF["starts"]}

    rules = a_rule_set(parties=[a_publisher(small_handler="yes", proofs={"small_handler": proof}), a_partner()])

    assert rules.parties["forwarder"].proofs["small_handler"].until == PROOF["starts"]


def test_a_proof_of_one_party_is_none_of_another() -> None:
    plan = a_plan(
        parties=[
            a_publisher(),
            a_publisher("sister", small_handler="yes", proofs={"small_handler": PROOF}),
            a_partner(),
        ],
        grants=[a_grant("eventId", "truck.tractorPlate", publishers=["forwarder", "sister"])],
        papers=[a_paper("STATUTORY_DUTY"), a_paper("STATUTORY_DUTY", id="theirs", number="N-2", exporter="sister")],
    )
    under = {
        section.publisher
        for section in plan.sections
        for partner in section.partners
        for leveled in partner.counted.values()
        for one in plan.verdicts[leveled[MANY].verdicts]
        if one.reason == "statutory_duty"
    }

    assert under == {"sister"}


FIRST, LAST = PROOF["starts"], PROOF["until"]
DAY = timedelta(days=1)


def reasons(today: date, **said: Any) -> set[str]:
    """Why fields stay, of people's plates and of what is GENERAL, under rules that are activated on a day."""
    given = {"parties": [a_publisher(**said), a_partner(**said)], "papers": [a_paper()]}
    plan = a_plan(a_rule_set(grants=[a_grant("eventId", "truck.tractorPlate")], **given, today=today))
    tables = (plan.verdicts[view.verdicts] for one in plan.sections for of in one.partners for _, view in of.every())
    return {one.reason for table in tables for one in table}


@pytest.mark.parametrize(
    ("fact", "strict"),
    [
        ("ciio", "ciio_no_assessment"),
        ("state_organ", "state_organ_personal_data"),
        ("foreign_authority", "foreign_authority"),
        ("restricted", "restricted_recipient"),
    ],
)
def test_a_fact_with_a_proof_counts_on_the_days_of_the_proof(fact: str, strict: str) -> None:
    """The day of checking and activating; without a proof a fact counts as it is said."""
    said = {fact: "no", "proofs": {fact: PROOF}}

    counts = [strict not in reasons(day, **said) for day in (FIRST - DAY, FIRST, LAST, LAST + DAY)]

    assert counts == [False, True, True, False]
    assert strict not in reasons(LAST + DAY, **{fact: "no"})
    endless = {key: value for key, value in PROOF.items() if key != "until"}
    assert strict not in reasons(LAST + 1000 * DAY, **{fact: "no", "proofs": {fact: endless}})


def notes(today: date) -> list[str]:
    rules = a_rule_set(parties=[a_publisher(ciio="no", proofs={"ciio": PROOF}), a_partner()], today=today)
    return [str(one) for one in rules.notes if "proof" in one.sentence]


def test_a_proof_of_other_days_is_said_where_it_stands() -> None:
    assert notes(FIRST) == notes(LAST) == []
    assert notes(LAST + DAY) == notes(FIRST - DAY)
    (said,) = notes(LAST + DAY)
    assert said.startswith("parties.toml:")
    assert said.endswith(
        "note: the proof of ciio of forwarder is of other days, so it is not known, which is the strict answer; "
        "prove it anew and activate again"
    )


def test_the_end_of_a_proof_is_an_obligation() -> None:
    endless = {key: value for key, value in PROOF.items() if key != "until"}
    proofs = {"state_organ": endless, "ciio": PROOF, "restricted": endless}
    rules = a_rule_set(parties=[a_publisher(state_organ="no", ciio="no", proofs=proofs), a_partner()], today=FIRST)

    states = {}
    for day in (date(2026, 11, 29), date(2026, 11, 30), LAST, LAST + DAY):
        (found,) = (one for one in obligations(rules, day) if one.kind is Kind.RENEW_PROOF)
        states[day] = str(found.state)

    assert [*states.values()] == ["ahead", "due", "due", "overdue"]
    assert (found.who, found.about, found.due) == ("forwarder", "ciio", Due(LAST))
    assert found.sentence == (
        "prove ciio of forwarder anew: after 2026-12-31 it is not known, which is the strict answer; then activate the "
        "rules again"
    )


def limited(fact: str = "ciio", **said: Any) -> RuleSet:
    proof = {"starts": date(2026, 9, 1), "until": date(2027, 8, 31), "document": DIGEST, **said}
    return a_rule_set(parties=[a_publisher(**{fact: "no", "proofs": {fact: proof}}), a_partner()], today=FIRST)


def sentences(old: RuleSet, new: RuleSet) -> list[str]:
    return [one.sentence for one in lowered(old, new)]


def test_to_take_the_limits_of_a_fact_away_is_lowered_and_to_set_some_is_not() -> None:
    free = a_rule_set(parties=[a_publisher(), a_partner()], today=FIRST)
    unknown = a_rule_set(parties=[a_publisher(ciio="unknown"), a_partner()], today=FIRST)
    about = "of the proof of ciio of forwarder"

    assert sentences(limited(), free) == [
        f"begin {about}: 2026-09-01 becomes none",
        f"end {about}: 2027-08-31 becomes none",
    ]
    assert sentences(limited(), limited(until=date(2027, 9, 1))) == [f"end {about}: 2027-08-31 becomes 2027-09-01"]
    assert sentences(limited(), limited(starts=date(2026, 8, 31))) == [f"begin {about}: 2026-09-01 becomes 2026-08-31"]
    assert sentences(unknown, limited()) == sentences(unknown, free) == ["ciio of forwarder: unknown becomes no"]
    for milder in (free, limited(until=date(2028, 1, 1)), limited(starts=date(2026, 1, 1))):
        assert sentences(milder, limited()) == sentences(milder, unknown) == []
    assert sentences(limited("state_organ"), limited("state_organ")) == []
