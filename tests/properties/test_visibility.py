"""What partners get is what the documents say, leaf by leaf, worked out by somebody else (``visible``)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from tests.builders import (
    EVENT,
    KEYRING,
    NOW_US,
    a_batch,
    a_class,
    a_plan,
    a_record,
    a_rule_set,
    an_executor,
    documents,
    firsts,
    released,
)
from tests.properties import rule_sets, visible
from tests.properties.rule_sets import NOW, PARTNERS
from tests.properties.visible import Rules
from tests.reading import deliveries

from tidegate import gate
from tidegate.errors import BadRules
from tidegate.gate import Executor, Outcome
from tidegate.rules import Plan

SUSPECTED = [path for path in rule_sets.PLAIN if "[" not in path and path not in rule_sets.CONDITIONS]
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
often = settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=SLOW)


def texts(rules: Rules) -> dict[str, str]:
    return documents(hub=rules.hub, parties=rules.parties, grants=rules.grants, classes=rules.classes)


def executor_of(rules: Rules) -> Executor:
    """The executor of documents that agree with each other; others are left out."""
    try:
        plan = a_plan(a_rule_set(texts(rules)))
    except BadRules as exc:
        said = " ".join(one.sentence for one in exc.mistakes)
        expected = (
            "in two forms",
            "for different elements",
            "beside the port",
            "never lower",
            "would undo",
            "compare a field",
        )
        assert any(words in said for words in expected), said
        event("refused")
        assume(False)
        raise
    return an_executor(Plan.from_bytes(plan.to_bytes()))


@often
@given(st.data())
def test_every_leaf_of_every_delivery(data: st.DataObject) -> None:
    # Given rules, and events of two publishers
    rules = data.draw(rule_sets.rules())
    executor = executor_of(rules)
    said = data.draw(
        st.lists(st.tuples(rule_sets.events(), st.sampled_from(rule_sets.PUBLISHERS)), min_size=1, max_size=6)
    )
    records = [
        a_record({**one, "eventId": f"e-{number}"}, publisher=publisher) for number, (one, publisher) in enumerate(said)
    ]

    # When they are released
    done = released(executor, *records)

    # Then every partner got what the documents say, leaf by leaf, and nothing else
    got = {name: iter(found) for name, found in deliveries(done).items()}
    holds = {(hold.index, hold.partner) for hold in done.holds}
    for number, (one, publisher) in enumerate(said):
        source = {**one, "eventId": f"e-{number}"}
        assert done.outcomes[number] is _expected(rules, source, publisher), source
        for partner in PARTNERS:
            seen = _seen(rules, source, publisher, partner)
            assert ((number, partner) in holds) == seen.held
            if seen.value is None:
                continue
            delivery = next(got[partner])
            assert delivery.value == seen.value
            _check_beside(delivery, seen, source, records[number].key, partner)
            event("delivered")
    assert all(next(left, None) is None for left in got.values())


@often
@given(st.data())
def test_every_leaf_of_a_delivery_that_a_person_lets_go(data: st.DataObject) -> None:
    # Given an event that waits for some partners: some of what they are granted is suspect
    rules = data.draw(rule_sets.rules())
    granted = sorted({path for grant in rules.grants for path in grant["fields"]} & set(SUSPECTED))
    suspect = data.draw(st.lists(st.sampled_from(granted or SUSPECTED), min_size=1, max_size=3, unique=True))
    rules = replace(rules, classes=(*rules.classes, *(a_class(path, "SUSPECT_IMPORTANT") for path in suspect)))
    executor = executor_of(rules)
    source, publisher = data.draw(rule_sets.events()), data.draw(st.sampled_from(rule_sets.PUBLISHERS))
    inspected = gate.inspect(a_batch(a_record(source, publisher=publisher)), executor)
    live = gate.release(inspected, firsts(inspected), NOW_US)

    for hold in live.holds:
        # When a person lets the delivery for one of them go
        done = gate.release(inspected, firsts(inspected), NOW_US, freed={0: hold.partner})

        # Then that one gets what the documents say, leaf by leaf, and nobody else gets anything
        seen = _seen(rules, source, publisher, hold.partner, freed=True)
        got = {name: [one.value for one in some] for name, some in deliveries(done).items()}
        assert got == ({} if seen.value is None else {hold.partner: [seen.value]})
        lifted = gate.let_go(done, 0, hold.partner)
        assert done.outputs or not lifted
        event("let go, held field included" if lifted else "let go without it")


def _seen(rules: Rules, source: Any, publisher: str, partner: str, *, freed: bool = False) -> visible.Sees:
    if visible.blocked(rules, EVENT.json, source, publisher):
        return visible.Sees()
    secret = visible.partner_secret(KEYRING.secrets["k1"], partner)
    return visible.sees(rules, EVENT.json, source, visible.Situation(publisher, partner, NOW, secret, freed))


def _expected(rules: Rules, source: Any, publisher: str) -> Outcome:
    found = [_seen(rules, source, publisher, partner) for partner in PARTNERS]
    if any(seen.value is not None for seen in found):
        return Outcome.RELEASED
    return Outcome.HELD if any(seen.held for seen in found) else Outcome.WITHHELD


def _check_beside(delivery: Any, seen: visible.Sees, source: Any, key: bytes | None, partner: str) -> None:
    """Key and attributes say no more than the value does."""
    secret = visible.partner_secret(KEYRING.secrets["k1"], partner)
    kinds = ("equipment.reference", "documents[].reference", "transport.callReference", "eventId")
    if key is None or delivery.key != key:
        hidden = None if key is None else visible.pseudonym(secret, key.decode()).encode()
        assert delivery.key == hidden
        assert key is None or "equipment.reference" not in seen.shown or key.decode() != _reference(source)
    else:
        assert any(key.decode() in _values(delivery.value, path) for path in kinds if path in seen.shown)
    subject = delivery.headers.get("ce_subject")
    assert subject is None or subject == _reference(delivery.value)
    assert "ce_time" not in delivery.headers or "eventTime" in delivery.value


def _reference(value: Any) -> str | None:
    return (value.get("equipment") or {}).get("reference")


def _values(value: Any, path: str) -> list[Any]:
    name, _, rest = path.partition(".")
    inner = value.get(name.removesuffix("[]"))
    if not rest or inner is None:
        return [inner]
    return [item[rest] for item in inner] if name.endswith("[]") else [inner[rest]]
