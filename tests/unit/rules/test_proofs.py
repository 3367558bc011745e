"""Proved facts: a small handler is one from a day to a day, with its document; never because of a count."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from tests.builders import LEVELS, a_grant, a_paper, a_partner, a_plan, a_publisher, a_rule_set

from tidegate.errors import BadRules
from tidegate.gate.routing import _mask

DIGEST = f"sha256:{'0a' * 32}"
PROOF = {"starts": date(2026, 10, 1), "until": date(2026, 12, 31), "document": DIGEST}
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
        ({"proofs": {"ciio": PROOF}}, ""),
    ],
)
def test_what_is_wrong_with_a_proof_is_said(said: dict[str, Any], expected: str) -> None:
    with pytest.raises(BadRules) as caught:
        a_rule_set(parties=[a_publisher(**said), a_partner()])

    assert str(caught.value.mistakes[0]).partition(": ")[2].startswith(expected)


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
