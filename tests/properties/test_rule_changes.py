"""What changes of rules do, and what they never do: less said is never more seen, and order means nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.builders import (
    NOW_US,
    a_batch,
    a_class,
    a_plan,
    a_record,
    a_rule_set,
    a_source,
    an_executor,
    documents,
    firsts,
    released,
)
from tests.properties import rule_sets
from tests.properties.visible import CLASSES, Rules
from tests.reading import Delivery, deliveries

from tidegate import gate
from tidegate.errors import BadRules
from tidegate.gate import Run
from tidegate.replay import Trial
from tidegate.rules import Plan
from tidegate.rules.exposure import compare, exposure
from tidegate.rules.protections import lowered, no_longer_held

SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
often = settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=SLOW)


def plan_of(rules: Rules) -> Plan:
    """The plan of documents that agree with each other; others are left out."""
    try:
        return a_plan(a_rule_set(texts(rules)))
    except BadRules:
        assume(False)
        raise


def texts(rules: Rules) -> dict[str, str]:
    return documents(hub=rules.hub, parties=rules.parties, grants=rules.grants, classes=rules.classes)


def got(plan: Plan, events: list[dict[str, Any]]) -> dict[str, dict[str, Delivery]]:
    """What every partner got of every event of two publishers, by ``ce_id``."""
    records = [
        a_record({**one, "eventId": f"e-{number}"}, publisher=publisher)
        for publisher in rule_sets.PUBLISHERS
        for number, one in enumerate(events)
    ]
    found = deliveries(released(an_executor(plan), *records))
    return {partner: {one.headers["ce_id"]: one for one in mine} for partner, mine in found.items()}


def let_go(plan: Plan, events: list[dict[str, Any]]) -> dict[str, dict[str, Delivery]]:
    """What every partner gets of every event when a person lets it go, should it wait for one."""
    found: dict[str, dict[str, Delivery]] = {}
    executor = an_executor(plan)
    for publisher in rule_sets.PUBLISHERS:
        for number, one in enumerate(events):
            record = a_record({**one, "eventId": f"e-{number}"}, publisher=publisher)
            inspected = gate.inspect(a_batch(record), executor)
            for partner in rule_sets.PARTNERS:
                done = gate.release(inspected, firsts(inspected), NOW_US, freed={0: partner})
                for delivery in deliveries(done).get(partner, ()):
                    found.setdefault(partner, {})[delivery.headers["ce_id"]] = delivery
    return found


def seen(value: Any, path: str = "") -> Counter[tuple[str, Any]]:
    """What a value says: every leaf of it, by path. Null and empty say nothing."""
    match value:
        case dict():
            return sum((seen(inner, f"{path}.{name}") for name, inner in value.items()), Counter())
        case list():
            return sum((seen(item, f"{path}[]") for item in value), Counter())
        case None | "UNKNOWN":
            return Counter()
        case _:
            return Counter([(path, value)])


def check_less_is_seen(before: dict[str, dict[str, Delivery]], after: dict[str, dict[str, Delivery]]) -> None:
    """All that is seen after was seen before."""
    for partner, mine in after.items():
        for event, one in mine.items():
            assert event in before.get(partner, {}), f"{partner} gets what it did not get"
            assert seen(one.value) <= seen(before[partner][event].value)


def forms_alike(rules: Rules) -> bool:
    """Whether no change can swap one form of a field for another, and nothing waits for a person."""
    waits = ("SUSPECT_IMPORTANT", "IMPORTANT", "CORE", "EXPORT_CONTROLLED")
    return not any(grant.get("required") for grant in rules.grants) and not any(
        rule["class"] in waits for rule in rules.classes
    )


@often
@given(rule_sets.rules(), st.lists(rule_sets.events(), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_documents_means_nothing(rules: Rules, events: list[dict[str, Any]], random: Random) -> None:
    # Given rules, and the same rules in another order, in other files
    plan = plan_of(rules)
    parties, grants, classes = map(list, (rules.parties, rules.grants, rules.classes))
    for part in (parties, grants, classes):
        random.shuffle(part)
    whole = documents(hub=rules.hub, parties=parties, grants=grants, classes=classes)
    again = a_plan(a_rule_set({f"{number}.toml": text for number, text in enumerate(reversed(whole.values()))}))

    # When the same events come, then everyone gets the same bytes, and sees the same for the same reasons
    one, two = got(plan, events), got(again, events)
    assert {name: [d.raw for d in mine.values()] for name, mine in one.items()} == {
        name: [d.raw for d in mine.values()] for name, mine in two.items()
    }
    assert compare(plan, again) == []


@often
@given(rule_sets.rules(), st.lists(rule_sets.events(), min_size=1, max_size=4), st.data())
def test_a_grant_less_is_never_more_seen(rules: Rules, events: list[dict[str, Any]], data: st.DataObject) -> None:
    # Given rules, and the same without one grant
    assume(forms_alike(rules))
    plan = plan_of(rules)
    left_out = data.draw(st.sampled_from(rules.grants))
    fewer = replace(rules, grants=tuple(grant for grant in rules.grants if grant is not left_out))

    # When the same events come, then nobody gets more
    check_less_is_seen(got(plan, events), got(plan_of(fewer), events))


@often
@given(rule_sets.rules(), st.lists(rule_sets.events(), min_size=1, max_size=4), st.data())
def test_a_stricter_class_is_never_more_seen(rules: Rules, events: list[dict[str, Any]], data: st.DataObject) -> None:
    # Given rules, and the same with one more class
    assume(forms_alike(rules))
    plan = plan_of(rules)
    field = data.draw(st.sampled_from(("eventSubtype", "location.unLocode", "cargo.hsCodes", "documents[].type")))
    stricter = replace(rules, classes=(*rules.classes, a_class(field, data.draw(st.sampled_from(CLASSES[1:])))))

    # When the same events come, then nobody gets more (but for conditions on the field, which are then refused)
    check_less_is_seen(got(plan, events), got(plan_of(stricter), events))


@often
@given(rule_sets.rules(), st.lists(rule_sets.events(), min_size=1, max_size=3), st.data())
def test_of_what_a_person_lets_go_a_grant_less_and_a_stricter_class_show_no_more(
    rules: Rules, events: list[dict[str, Any]], data: st.DataObject
) -> None:
    # Given rules under which deliveries may wait, and the same without one grant, and with one more class
    plan = plan_of(rules)
    left_out = data.draw(st.sampled_from(rules.grants))
    fewer = replace(rules, grants=tuple(grant for grant in rules.grants if grant is not left_out))
    field = data.draw(st.sampled_from(("eventSubtype", "eventTime", "cargo.hsCodes", "documents[].type")))
    stricter = replace(rules, classes=(*rules.classes, a_class(field, data.draw(st.sampled_from(CLASSES[1:])))))

    # When the same deliveries are let go, then nobody gets more; and whoever need not wait gets the same
    before = let_go(plan, events)
    check_less_is_seen(before, let_go(plan_of(fewer), events))
    check_less_is_seen(before, let_go(plan_of(stricter), events))
    for partner, mine in got(plan, events).items():
        assert all(before[partner][event].raw == one.raw for event, one in mine.items())


@often
@given(rule_sets.rules(), rule_sets.rules())
def test_what_changes_between_two_plans_is_the_difference_of_what_is_exposed(one: Rules, two: Rules) -> None:
    # Given two plans
    old, new = plan_of(one), plan_of(two)
    before, after = exposure(old), exposure(new)

    # When they are compared
    changes = compare(old, new)

    # Then each field that is seen otherwise is named once, with what is seen on both sides
    assert {change.seen for change in changes} == {
        place for place in {*before, *after} if before.get(place) != after.get(place)
    }
    for change in changes:
        assert change.before == before.get(change.seen, frozenset())
        assert change.after == after.get(change.seen, frozenset())
        assert change.exposes == bool(change.after - change.before)
    assert compare(new, new) == []
    assert all(change.exposes for change in compare(None, new))


@often
@given(rule_sets.rules())
def test_a_plan_survives_its_bytes(rules: Rules) -> None:
    # Given a plan
    plan = plan_of(rules)

    # When it is written and read
    again = Plan.from_bytes(plan.to_bytes())

    # Then it is the same, to the digest
    assert again == plan
    assert again.digest == plan.digest
    assert again.to_bytes() == plan.to_bytes()


@often
@given(rule_sets.rules(), st.lists(rule_sets.events(), min_size=1, max_size=3))
def test_what_is_delivered_is_exposed(rules: Rules, events: list[dict[str, Any]]) -> None:
    """`rules activate` shows the exposure: nothing may leave that it does not name."""
    # Given a plan and what it delivers
    plan = plan_of(rules)
    shown = exposure(plan)

    # Then every leaf that says something is named as seen by that partner
    for partner, mine in got(plan, events).items():
        paths = {place.path for place in shown if place.partner == partner}
        for one in mine.values():
            for path, _ in seen(one.value):
                plain = path.removeprefix(".")
                assert plain in paths or f'extensions["{plain.rpartition(".")[2]}"]' in paths, plain


@often
@given(rule_sets.rules(), rule_sets.rules(), st.lists(rule_sets.events(), min_size=1, max_size=4))
def test_what_events_show_of_a_change_is_what_is_delivered_otherwise(
    one: Rules, two: Rules, events: list[dict[str, Any]]
) -> None:
    # Given two plans, and how many events show each field then only, now only, or otherwise, by what was delivered
    assume(not any("pseudonym" in str(grant) for grant in (*one.grants, *two.grants)))
    old, new = plan_of(one), plan_of(two)
    before, after = got(old, events), got(new, events)
    expected: dict[tuple[str, str], Counter[str]] = {}
    for partner in {*before, *after}:
        sides = before.get(partner, {}), after.get(partner, {})
        for event in {*sides[0], *sides[1]}:
            then, now = (_by_path(side[event].value) if event in side else {} for side in sides)
            for path in {*then, *now}:
                if then.get(path) != now.get(path):
                    word = "changes" if path in then and path in now else "appears" if path in now else "disappears"
                    expected.setdefault((partner, path), Counter())[word] += 1

    # When the events are tried
    trial = Trial(old, new, NOW_US)
    for publisher in rule_sets.PUBLISHERS:
        records = [a_record({**said, "eventId": f"e-{number}"}) for number, said in enumerate(events)]
        run = Run(a_source(publisher))
        for number, record in enumerate(records):
            run.offsets.append(number)
            run.timestamps.append(NOW_US // 1_000)
            run.keys.append(record.key)
            run.values.append(record.value)
            run.headers.append(())
        trial.take(run, [f"e-{number}" for number in range(len(events))])

    # Then the counts are these, and what appears is exposed by the new plan
    found: dict[tuple[str, str], Counter[str]] = {}
    for seen, one_field in trial.fields.items():
        if seen.path.startswith("ce_"):
            continue
        words = {"appears": one_field.appears, "disappears": one_field.disappears, "changes": one_field.changes}
        found.setdefault((seen.partner, _plain(seen.path)), Counter()).update(words)
        assert not one_field.appears or seen in exposure(new)
        assert not one_field.disappears or seen in exposure(old)
    assert {key: +count for key, count in found.items()} == expected


def _by_path(value: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for (path, one), times in seen(value).items():
        found.setdefault(path.removeprefix("."), []).extend([one] * times)
    return {path: sorted(values, key=repr) for path, values in found.items()}


def _plain(path: str) -> str:
    return path.replace('["', ".").removesuffix('"]')


@often
@given(rule_sets.rules(), rule_sets.rules(), st.lists(rule_sets.events(), min_size=1, max_size=3))
def test_nothing_becomes_visible_that_is_neither_exposed_nor_lowered(
    one: Rules, two: Rules, events: list[dict[str, Any]]
) -> None:
    """`rules activate` asks for the one to be acknowledged and for the other to be approved; there is no third way."""
    # Given two rule sets, and what each delivers
    old, new = plan_of(one), plan_of(two)
    before, after = got(old, events), got(new, events)
    exposed = {(change.seen.partner, _plain(change.seen.path)) for change in compare(old, new) if change.exposes}
    less = lowered(a_rule_set(texts(one)), a_rule_set(texts(two))) + no_longer_held(old, new)

    # Then whatever a partner gets under the new and not under the old one is named
    for partner, mine in after.items():
        for event, delivery in mine.items():
            then = before.get(partner, {}).get(event)
            shown = {} if then is None else _by_path(then.value)
            for path, values in _by_path(delivery.value).items():
                if path not in shown and values:
                    assert (partner, path) in exposed or less, (partner, path)
