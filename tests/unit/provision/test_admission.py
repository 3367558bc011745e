"""Whether rules may be put in force: acknowledged field by field, approved by two, bound to one change."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.builders import COMMON, a_class, a_grant, a_partner, a_plan, a_publisher, a_rule_set, documents

from tidegate.errors import BadInput
from tidegate.provision.admission import Approval, Consent, Proposal, admit, approve, propose, public_text
from tidegate.rules import RuleSet, newly_expired
from tidegate.rules.activations import Activation, Ledger, documents_key, plan_key

PEOPLE = {name: Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32)) for name in ("chan", "wong", "li")}
APPROVERS = "\n".join(
    f'[[approver]]\nid = "{name}"\nname = "{name}"\nkey = "{public_text(key)}"' for name, key in PEOPLE.items()
)
BOX = "forwarder/terminal/equipment.reference"
ALL = ("all",)


def rules(*fields: str, approvers: str = APPROVERS, classed: str = "SUSPECT_IMPORTANT") -> RuleSet:
    texts = documents(grants=[a_grant(*COMMON, *fields)], classes=[a_class("transport.vesselMmsi", classed)])
    return a_rule_set({**texts, "approvers.toml": approvers})


def put_in_force(ledger: Ledger, rule_set: RuleSet, plan: bytes | None = None) -> Ledger:
    """As the topic would say it."""
    compiled = a_plan(rule_set)
    text = compiled.to_bytes() if plan is None else plan
    ledger.apply(documents_key(rule_set.digest), json.dumps(dict(rule_set.texts)).encode())
    ledger.apply(plan_key(compiled.digest), text)
    number = ledger.sequence + 1
    activation = Activation(number, ledger.sequence, compiled.digest, rule_set.digest, (), "me", "", 0, f"id-{number}")
    assert ledger.apply(activation.key, activation.to_bytes())
    return ledger


def proposal(old: RuleSet, new: RuleSet) -> Proposal:
    return propose(put_in_force(Ledger(), old), new, a_plan(new))


def lowering(**said: Any) -> Proposal:
    return proposal(rules(**said), rules(classed="COMMERCIAL", **said))


def test_the_first_rules_of_a_hub_need_nothing() -> None:
    new = rules("equipment.reference")

    first = propose(Ledger(), new, a_plan(new))

    assert admit(first, Consent()) == ()
    assert BOX in first.exposed


@pytest.mark.parametrize("said", [(BOX,), ALL])
def test_what_is_newly_exposed_has_to_be_acknowledged(said: tuple[str, ...]) -> None:
    wider = proposal(rules(), rules("equipment.reference"))

    with pytest.raises(BadInput, match="newly expose 1 fields"):
        admit(wider, Consent())
    assert admit(wider, Consent(said)) == ()


def test_one_field_of_two_is_not_enough() -> None:
    wider = proposal(rules(), rules("equipment.reference", "location.unLocode"))

    with pytest.raises(BadInput, match=r"forwarder/terminal/location\.unLocode") as caught:
        admit(wider, Consent((BOX,)))
    assert BOX not in str(caught.value)


def test_an_acknowledgement_of_what_is_not_exposed_is_a_slip() -> None:
    with pytest.raises(BadInput, match="did you mean"):
        admit(proposal(rules(), rules("equipment.reference")), Consent((BOX, BOX + "s")))


def test_rules_that_show_less_need_nothing() -> None:
    assert admit(proposal(rules("equipment.reference"), rules()), Consent()) == ()


def test_two_people_approve_what_protects_less() -> None:
    lower = lowering()
    given = [approve(lower, name, PEOPLE[name]) for name in ("wong", "chan")]

    kept = admit(lower, Consent(ALL, tuple(Approval.from_text(one.to_text(), "file") for one in given)))

    assert [one.split()[0] for one in kept] == ["chan", "wong"]


def test_one_person_is_not_two() -> None:
    lower = lowering()
    (one,) = [approve(lower, "chan", PEOPLE["chan"])]

    for given in ((), (one,), (one, one)):
        with pytest.raises(BadInput, match="needs the approval of two people"):
            admit(lower, Consent(ALL, given))


def test_a_signature_serves_one_person_one_rule_set_and_one_base() -> None:
    lower = lowering()
    chan, wong = (approve(lower, name, PEOPLE[name]) for name in ("chan", "wong"))
    other = proposal(rules(), rules("reason", classed="COMMERCIAL"))
    later = propose(put_in_force(put_in_force(Ledger(), rules()), rules()), lower.rule_set, lower.plan)
    forged = Approval("wong", chan.rule_set, chan.base, chan.signature)

    with pytest.raises(BadInput, match="not signed with the key of wong"):
        admit(lower, Consent(ALL, (chan, forged)))
    with pytest.raises(BadInput, match="ask for a new one"):
        admit(other, Consent(ALL, (chan, wong)))
    with pytest.raises(BadInput, match="ask for a new one"):
        admit(later, Consent(ALL, (chan, wong)))
    moved = Approval("wong", other.rule_set.digest, other.base, wong.signature)
    with pytest.raises(BadInput, match="not signed with the key of wong"):
        admit(other, Consent(ALL, (moved,)))


def test_only_approvers_of_the_rules_in_force_count_not_those_of_the_new_ones() -> None:
    stranger = Ed25519PrivateKey.from_private_bytes(b"stranger".ljust(32))
    block = f'\n[[approver]]\nid = "eve"\nname = "Eve"\nkey = "{public_text(stranger)}"'
    sneaky = proposal(rules(), rules(approvers=APPROVERS + block))

    with pytest.raises(BadInput, match="know no approver 'eve'"):
        approve(sneaky, "eve", stranger)
    with pytest.raises(BadInput, match="key of approver eve: none becomes"):
        admit(sneaky, Consent(ALL))


def test_without_two_approvers_nothing_can_be_lowered_and_the_way_on_is_said() -> None:
    with pytest.raises(BadInput, match="name 0 approvers; put rules in force first that name two"):
        admit(lowering(approvers=""), Consent(ALL))


def test_rules_in_force_that_cannot_be_read_count_as_nothing_shown_and_everything_lowered() -> None:
    ledger = put_in_force(Ledger(), rules())
    (digest,) = ledger.plans
    ledger.plans[digest] = b'{"format": 0, "executor": 0}'
    new = rules()

    found = propose(ledger, new, a_plan(new))

    assert "forwarder/terminal/eventId" in found.exposed
    with pytest.raises(BadInput, match="not readable by this program"):
        admit(found, Consent(ALL))
    given = tuple(approve(found, name, PEOPLE[name]) for name in ("chan", "li"))
    assert len(admit(found, Consent(ALL, given))) == 2


def test_an_activation_of_a_time_before_approvals_is_read() -> None:
    said = {"sequence": 0, "follows": -1, "plan": "p", "rule_set": "r", "suspended": ["bank"], "approver": "me"}

    found = Activation.from_bytes(json.dumps({**said, "reason": "", "at_us": 1, "id": "x"}).encode())

    assert (found.approvals, found.acknowledged, found.suspended) == ((), (), ("bank",))
    assert found.approved == "by me"


def test_a_rotated_key_is_noted() -> None:
    new = a_rule_set(
        {**dict(rules().texts), "hub.toml": '[hub]\nzone = "CN-GD-SZ"\ndigest_key = "k2"\npseudonym_key = "k1"\n'}
    )

    (note,) = proposal(rules(), new).notes

    assert note.sentence.startswith("digest_key was 'k1' and is 'k2' now")


def of_parties(*parties: dict[str, Any]) -> RuleSet:
    texts = documents(parties=[a_publisher("other"), a_partner(), *parties], grants=[a_grant(publishers=["other"])])
    return a_rule_set({**texts, "approvers.toml": APPROVERS})


STRICT, MILD = a_publisher(ciio="yes"), a_publisher(ciio="no")


def test_a_party_that_is_back_with_milder_facts_needs_two_people_however_long_it_was_gone() -> None:
    # Given a party that was left out, which lowers nothing, and rules since
    ledger = put_in_force(Ledger(), of_parties(STRICT))
    without, since = of_parties(), of_parties(a_partner("bank"))
    assert propose(ledger, without, a_plan(without)).lowered == ()
    put_in_force(put_in_force(ledger, without), since)

    # When it is back
    mild, same = (propose(ledger, new, a_plan(new)) for new in (of_parties(MILD), of_parties(STRICT)))

    # Then it is compared with what was last said of it
    assert [one.sentence for one in mild.lowered] == ["ciio of forwarder: yes becomes no"]
    assert same.lowered == ()
    with pytest.raises(BadInput, match="ciio of forwarder"):
        admit(mild, Consent(ALL))
    given = tuple(approve(mild, name, PEOPLE[name]) for name in ("chan", "wong"))
    assert len(admit(mild, Consent(ALL, given))) == 2


def test_the_last_that_was_said_of_a_party_counts_and_what_cannot_be_read_counts_as_strict() -> None:
    ledger = put_in_force(put_in_force(put_in_force(Ledger(), of_parties(STRICT)), of_parties(MILD)), of_parties())
    new = of_parties(MILD)
    assert propose(ledger, new, a_plan(new)).lowered == ()

    # A plan of its time that this program does not read
    ledger.plans[ledger.activations[1].plan] = b'{"format": 0, "executor": 0}'
    (found,) = propose(ledger, new, a_plan(new)).lowered
    assert found.sentence == "what was said of forwarder: not readable by this program becomes what is said now"


def test_what_ran_out_while_it_was_in_force_is_no_mistake_of_the_next_rules() -> None:
    gone = datetime(2026, 3, 1, tzinfo=UTC)
    texts = documents(grants=[a_grant(*COMMON, valid_to=gone)])
    in_force = a_rule_set(texts)
    wider = a_rule_set({**texts, "approvers.toml": APPROVERS})

    found = proposal(in_force, wider)

    assert found.old is not None
    assert found.old.digest == in_force.digest
    assert newly_expired(found.old, wider, gone) == ()
    assert len(newly_expired(propose(Ledger(), wider, a_plan(wider)).old, wider, gone)) == 1
