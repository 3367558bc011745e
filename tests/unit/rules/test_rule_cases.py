"""Rule sets at work: the cases in ``tests/cases/rules.toml``, through documents, plan, gate and admission."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.builders import (
    KEYRING,
    a_grant,
    a_partner,
    a_plan,
    a_publisher,
    a_record,
    a_rule_set,
    an_event,
    an_executor,
    documents,
    released,
)
from tests.cases_as_data import read
from tests.reading import deliveries

from tidegate.errors import BadInput
from tidegate.gate import Executor, explain
from tidegate.provision.admission import ALL, Consent, admit, approve, propose, public_text
from tidegate.provision.folders import compile_rules, rules_of
from tidegate.rules import Plan, RuleSet
from tidegate.rules.activations import Activation, Ledger, documents_key, plan_key

CASES: dict[str, Any] = read(
    "rules.toml",
    "name article",
    "point at event grant gets versions came explained field approvals before after lowers admitted signed_by",
)
USUAL: dict[str, Any] = CASES["usual"]
PEOPLE = {name: Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32)) for name in ("chan", "wong")}
APPROVERS = "\n".join(
    f'[[approver]]\nid = "{name}"\nname = "{name}"\nkey = "{public_text(key)}"' for name, key in PEOPLE.items()
)


def of_kind(key: str) -> Any:
    kinds = ("versions", "approvals")
    mine = [case for case in CASES["case"] if (key in case if key else not any(one in case for one in kinds))]
    return pytest.mark.parametrize("case", mine, ids=[case["name"] for case in mine])


def at_us(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000


def rules(said: Mapping[str, Any]) -> RuleSet:
    grant = a_grant(**{**USUAL["grant"], **said.get("grant", {})})
    texts = documents(
        parties=[a_publisher(), a_partner(**said.get("partner", {}))],
        grants=[{**grant, "fields": said.get("grant", {}).get("fields", USUAL["grant"]["fields"])}],
        classes=said.get("classes", ()),
    )
    return a_rule_set({**texts, "approvers.toml": APPROVERS})


def event_of(case: Mapping[str, Any], moment: datetime) -> Any:
    return a_record(an_event(**case["event"], eventTime=at_us(moment) - 1_000_000), timestamp_ms=at_us(moment) // 1_000)


def gets(executor: Executor, record: Any, moment: datetime) -> list[str]:
    """The fields of a record that the terminal is sent at a moment, by their paths."""
    out = deliveries(released(executor, record, at_us=at_us(moment))).get("terminal", ())
    return [path for one in out for path in _paths(one.value)]


def _paths(value: Mapping[str, Any], prefix: str = "") -> list[str]:
    found = []
    for name, inner in value.items():
        if isinstance(inner, dict):
            found += _paths(inner, f"{prefix}{name}.")
        elif inner is not None:
            found.append(f"{prefix}{name}")
    return found


@of_kind("")
def test_how_much_a_grant_covers_and_when(case: dict[str, Any]) -> None:
    case = {**USUAL, **case}
    record = event_of(case, case["at"])

    got = gets(an_executor(compile_rules(rules(case))), record, case["at"])

    assert sorted(got) == sorted(case["gets"])


def in_force(ledger: Ledger, versions: list[dict[str, Any]], moment: datetime) -> Activation:
    """Puts those versions in force that are by a moment, and gives the activation that then is."""
    for version in versions[len(ledger.activations) :]:
        if version["since"] > moment:
            break
        rule_set = rules(version)
        plan = a_plan(rule_set)
        ledger.apply(documents_key(rule_set.digest), json.dumps(dict(rule_set.texts)).encode())
        ledger.apply(plan_key(plan.digest), plan.to_bytes())
        follows, since = ledger.sequence, at_us(version["since"])
        activation = Activation(follows + 1, follows, plan.digest, rule_set.digest, (), "me", "", since, f"v{follows}")
        assert ledger.apply(activation.key, activation.to_bytes())
    assert ledger.current is not None
    return ledger.current


@of_kind("versions")
def test_the_rules_of_now_decide_and_those_of_then_explain(case: dict[str, Any]) -> None:
    # Given the rules as they were put in force one after another
    case = {**USUAL, **case}
    ledger = Ledger()
    then = in_force(ledger, case["versions"], case["came"])
    now = in_force(ledger, case["versions"], case["at"])
    record = event_of(case, case["came"])

    # When an event of then is decided, and explained under the rules of then
    got = gets(Executor(Plan.from_bytes(ledger.plans[now.plan]), KEYRING), record, case["at"])
    rules_then = rules_of(ledger, then)
    assert rules_then is not None
    before = Executor(compile_rules(rules_then), KEYRING)
    told = explain(before, "forwarder", "terminal", (record.key, record.value or b""), at_us(case["came"]))

    # Then those of now alone say what is sent
    assert sorted(got) == sorted(case["gets"])
    (field,) = [one for one in told.fields if one.path == case["field"]]
    assert f"{field.action} {field.reason}" == case["explained"]


@of_kind("approvals")
def test_what_protects_less_needs_two_people(case: dict[str, Any]) -> None:
    ledger = Ledger()
    in_force(ledger, [{**case["before"], "since": USUAL["at"]}], USUAL["at"])
    new = rules(case["after"])
    proposal = propose(ledger, new, compile_rules(new))
    assert len(case.get("signed_by", ())) == case["approvals"]
    approvals = tuple(approve(proposal, name, PEOPLE[name]) for name in case.get("signed_by", ()))
    consent = Consent((ALL,), approvals)

    assert [one.sentence for one in proposal.lowered] == case["lowers"]
    if case["admitted"]:
        assert len(admit(proposal, consent)) == case["approvals"]
    else:
        with pytest.raises(BadInput, match="needs the approval of two people"):
            admit(proposal, consent)
