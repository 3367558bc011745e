"""Documents in themselves: durations, years, conditions, and what holds where nothing is said."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import Any

import pytest
from pydantic import ValidationError
from tests.builders import a_grant, a_partner, a_plan, a_publisher, a_rule_set, documents

from tidegate.rules.documents import ApproverDocument, GrantDocument, PartyDocument


def test_where_nothing_is_said_seven_days_and_fifty_million_claims_hold() -> None:
    plan = a_plan()

    assert plan.publishers["forwarder"].horizon_s == plan.partners["terminal"].retention_s == 7 * 24 * 3600
    assert plan.publishers["forwarder"].claims_quota == 50_000_000
    assert plan.partners["terminal"].heartbeat_s == 0


@pytest.mark.parametrize(("said", "seconds"), [("90s", 90), ("30m", 1_800), ("12h", 43_200), ("3d", 259_200)])
def test_a_duration_is_in_seconds_minutes_hours_or_days(said: str, seconds: int) -> None:
    parties = [
        a_publisher(publisher={"collected_in": "CN", "own_data": "yes", "duplicate_horizon": said}),
        a_partner(partner={"retention": said, "heartbeat": said}),
    ]

    plan = a_plan(parties=parties)

    assert plan.publishers["forwarder"].horizon_s == seconds
    assert plan.partners["terminal"].retention_s == plan.partners["terminal"].heartbeat_s == seconds


@pytest.mark.parametrize(("year", "fits"), [(1989, False), (1990, True), (2199, True), (2200, False)])
def test_documents_speak_of_the_years_in_which_an_end_can_be_worked_out(year: int, fits: bool) -> None:
    party = a_publisher(audited=date(year, 6, 1))
    if fits:
        assert PartyDocument.model_validate(party).audited == date(year, 6, 1)
        return
    with pytest.raises(ValidationError, match="is not in the years 1990 to 2199"):
        PartyDocument.model_validate(party)


@pytest.mark.parametrize(
    "condition",
    [
        {"begins": "HK"},
        {"prefix": ""},
        {"prefix": 7},
        {"prefix": "HK", "suffix": "X"},
        {},
        "",
        [],
        [""],
        ["HK", 7],
        ["HK", ""],
    ],
)
def test_what_asks_nothing_or_asks_it_otherwise_is_no_condition(condition: object) -> None:
    with pytest.raises(ValidationError, match="a condition is a text, a list of texts"):
        GrantDocument.model_validate(a_grant(when={"eventType": condition}))


@pytest.mark.parametrize("key", ["x", 7, "AAAA", "not base64!"])
def test_a_key_is_of_the_size_of_one(key: Any) -> None:
    said = {"id": "ada", "name": "Ada", "key": key}
    with pytest.raises(ValidationError, match="a key is 44 letters of base64"):
        ApproverDocument.model_validate(said)


def test_a_document_that_was_read_is_not_changed() -> None:
    party = a_rule_set().parties["forwarder"]

    with pytest.raises(ValidationError, match="frozen"):
        party.name = "other"  # type: ignore[misc]


def test_the_digest_of_a_rule_set_is_of_its_files_by_name_and_of_its_schemas() -> None:
    texts, schema = documents(), dict[str, Any](type="record", name="ShipmentEvent", namespace="logistics")
    schema["fields"] = [{"name": "eventId", "type": "string", "confluent:tags": ["GENERAL"]}]
    parties, *others = texts
    sets = [
        a_rule_set(texts),
        a_rule_set({**texts, parties: f"{texts[parties]}\n# a comment"}),
        a_rule_set({f"a-{parties}": texts[parties], **{name: texts[name] for name in others}}),
        a_rule_set(texts, {"own.avsc": schema}),
    ]

    assert len({one.digest for one in sets}) == 4
    assert a_rule_set(dict(reversed(texts.items()))).digest == sets[0].digest


def test_approvers_with_keys_of_their_own_are_different_people_in_any_order() -> None:
    keys = [f"{letter * 43}=" for letter in "QUS"]
    for order in permutations(keys):
        people = "\n".join(f'[[approver]]\nid = "a{key[0].lower()}"\nname = "x"\nkey = "{key}"' for key in order)
        assert len(a_rule_set({**documents(), "approvers.toml": people}).approvers) == 3
