"""Reference lists in the plan: named by content, and the same wherever it runs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from tests.builders import KEYRING, TODAY, a_plan, a_rule_set

from tidegate import rules
from tidegate.errors import BadSettings, ConfigError
from tidegate.events.builtin import NOTICE_SCHEMA, builtin, writer_schemas
from tidegate.events.checks import References
from tidegate.gate import Executor
from tidegate.rules import Plan
from tidegate.rules.activations import Ledger, plan_key, reference_key

LISTS = {"un-locode": "CNYTN 1-3-----\n", "liners": "TGL\n"}


def plan_with(lists: dict[str, str]) -> Plan:
    texts = a_rule_set().texts
    return rules.compile_plan(
        rules.load(texts, writer_schemas(), references=lists, today=TODAY), builtin(NOTICE_SCHEMA)
    )


def test_a_plan_names_its_lists_by_content() -> None:
    plan = plan_with(LISTS)

    assert plan.references == {name: hashlib.sha256(text.encode()).hexdigest() for name, text in LISTS.items()}
    assert Plan.from_bytes(plan.to_bytes()) == plan
    assert plan_with({**LISTS, "liners": "TGM\n"}).digest != plan.digest


@pytest.mark.parametrize("older", [2, 3])
def test_a_plan_of_a_format_without_lists_is_written_again_as_it_was(older: int) -> None:
    plan = replace(a_plan(), format=older)
    said = json.loads(plan.to_bytes())

    again = Plan.from_bytes(plan.to_bytes())

    assert "references" not in said
    assert (again.references, again.to_bytes()) == ({}, plan.to_bytes())


@pytest.mark.parametrize("there", [{}, {"liners": LISTS["liners"]}, {**LISTS, "liners": "TGM\n"}])
def test_nothing_runs_a_plan_with_other_lists_than_its_own(there: dict[str, str]) -> None:
    with pytest.raises(BadSettings, match="other reference lists"):
        Executor(plan_with(LISTS), KEYRING, references=References.of(there))


def test_the_ledger_has_what_a_plan_names() -> None:
    plan, ledger = plan_with(LISTS), Ledger()
    ledger.apply(plan_key(plan.digest), plan.to_bytes())
    for name, text in LISTS.items():
        ledger.apply(reference_key(plan.references[name]), text.encode())
    ledger.apply(reference_key(plan.references["liners"]), b"FORGED\n")  # not what its key says: void

    assert ledger.lists_of(plan) == LISTS
    assert Executor(plan, KEYRING, references=References.of(ledger.lists_of(plan))).references.missing() == (
        *("smdg", "bic", "scac"),
    )


def test_a_list_that_the_topic_lacks_is_named() -> None:
    with pytest.raises(ConfigError, match="un-locode"):
        Ledger().lists_of(plan_with(LISTS))
