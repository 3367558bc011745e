"""What partners get is what the documents say, leaf by leaf, worked out by somebody else (``visible``)."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from tests.builders import EVENT, KEYRING, a_plan, a_record, a_rule_set, an_executor, documents, released
from tests.properties import rule_sets, visible
from tests.properties.rule_sets import NOW, PARTNERS
from tests.properties.visible import Rules
from tests.reading import deliveries

from tidegate.errors import BadRules
from tidegate.gate import Executor, Outcome
from tidegate.rules import Plan

SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
often = settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=SLOW)


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


def _seen(rules: Rules, source: Any, publisher: str, partner: str) -> visible.Sees:
    if visible.blocked(rules, EVENT.json, source, publisher):
        return visible.Sees()
    secret = visible.partner_secret(KEYRING.secrets["k1"], partner)
    return visible.sees(rules, EVENT.json, source, visible.Situation(publisher, partner, NOW, secret))


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
