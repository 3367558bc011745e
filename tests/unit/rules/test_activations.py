"""The ``rules`` topic read record by record: what puts a plan in force, and what is void for every reader alike."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from tests.builders import a_grant, a_plan

from tidegate.rules.activations import NONE_YET, Activation, Ledger, documents_key, plan_key, reference_key

ONE, OTHER = a_plan(), a_plan(grants=[a_grant("eventId")])
FIRST = Activation(0, NONE_YET, ONE.digest, "r", (), "chan", "start", 1, "a")
SECOND = replace(FIRST, sequence=1, follows=0, plan=OTHER.digest, id="b")


@pytest.fixture
def ledger() -> Ledger:
    """A ledger that has both plans, and none in force."""
    made = Ledger()
    for plan in (ONE, OTHER):
        assert not made.apply(plan_key(plan.digest), plan.to_bytes()), "a plan alone puts nothing in force"
    return made


def put(ledger: Ledger, activation: Activation) -> bool:
    return ledger.apply(activation.key, activation.to_bytes())


def test_activations_follow_one_another(ledger: Ledger) -> None:
    assert (ledger.sequence, ledger.current) == (NONE_YET, None)

    assert put(ledger, FIRST)
    assert put(ledger, SECOND)

    assert (ledger.sequence, ledger.current) == (1, SECOND)
    assert ledger.activations == [FIRST, SECOND]


@pytest.mark.parametrize("before", [(), (FIRST,), (FIRST, SECOND)], ids=["none", "one", "two"])
def test_only_that_which_names_the_one_in_force_and_the_next_number_counts(
    ledger: Ledger, before: tuple[Activation, ...]
) -> None:
    """Of two that were written at the same time the first in the log wins: nothing else decides."""
    for one in before:
        assert put(ledger, one)
    current = len(before) - 1

    for follows in range(-2, 4):
        for sequence in range(-2, 5):
            if (follows, sequence) == (current, current + 1):
                continue
            void = replace(FIRST, follows=follows, sequence=sequence, id="void")
            assert not put(ledger, void), (follows, sequence)
            assert ledger.sequence == current


def test_a_plan_that_the_topic_lacks_is_never_in_force() -> None:
    ledger = Ledger()

    assert not put(ledger, FIRST)
    assert ledger.current is None

    ledger.apply(plan_key(ONE.digest), ONE.to_bytes())
    assert put(ledger, FIRST), "it is the first still: what was void left nothing"


def test_a_list_that_is_no_text_is_void() -> None:
    ledger = Ledger()

    assert not ledger.apply(reference_key(hashlib.sha256(b"\xff").hexdigest()), b"\xff")
    assert ledger.references == {}


@pytest.mark.parametrize("digest", ["0" * 64, "f" * 64, ONE.digest])
def test_what_is_not_what_its_key_says_is_void(digest: str) -> None:
    ledger = Ledger()

    ledger.apply(plan_key(digest), b"forged")
    ledger.apply(reference_key(digest), b"forged")

    assert (ledger.plans, ledger.references) == ({}, {})


def test_each_kind_of_record_is_kept_where_it_belongs() -> None:
    ledger, plan, lines = Ledger(), ONE.to_bytes(), b"TGL\n"
    listed = hashlib.sha256(lines).hexdigest()

    said = [
        ledger.apply(plan_key(ONE.digest), plan),
        ledger.apply(reference_key(listed), lines),
        ledger.apply(documents_key("some"), b"{}"),
    ]

    assert said == [False, False, False]
    assert ledger.plans == {ONE.digest: plan}
    assert ledger.references == {listed: "TGL\n"}
    assert ledger.documents == {"some": b"{}"}


def test_records_of_other_kinds_and_deletions_are_void(ledger: Ledger) -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    # Names before, between and after those that are known.
    for kind in ("", "a", "b", "e", "o", "q", "s", "z", "plans", "activ"):
        assert not ledger.apply(f"{kind}/{digest}".encode(), b"x")
        assert not ledger.apply(f"{kind}/0/a".encode(), FIRST.to_bytes())
    assert not ledger.apply(None, FIRST.to_bytes())
    assert not ledger.apply(b"\xff/\xff", FIRST.to_bytes())
    assert not ledger.apply(FIRST.key, None)
    assert not ledger.apply(plan_key(ONE.digest), None)

    assert set(ledger.plans) == {ONE.digest, OTHER.digest}
    assert (ledger.references, ledger.documents, ledger.activations) == ({}, {}, [])


def other(**said: Any) -> bytes:
    return json.dumps({**json.loads(FIRST.to_bytes()), **said}).encode()


WITHOUT_A_PLAN = json.dumps({key: one for key, one in json.loads(FIRST.to_bytes()).items() if key != "plan"}).encode()
WRONG: tuple[dict[str, Any], ...] = (
    {"sequence": "0"},
    {"follows": None},
    {"plan": [1]},
    {"suspended": "bank"},
    {"other": 1},
)


@pytest.mark.parametrize(
    "value",
    [b"", b"{", b"\xff\xfe", b"[1]", b"7", b"null", b"{}", WITHOUT_A_PLAN, *(other(**one) for one in WRONG)],
)
def test_an_activation_that_cannot_be_read_is_void(ledger: Ledger, value: bytes) -> None:
    assert not ledger.apply(b"active/0/a", value)
    assert ledger.current is None
    assert put(ledger, FIRST)


def test_an_activation_is_read_as_it_was_written() -> None:
    said: dict[str, Any] = {
        "suspended": ("bank",),
        "acknowledged": ("a/b/c",),
        "lowered": ("x",),
        "approvals": ("陳大文 5f2e c2ln",),
        "approver": "陳大文",
    }
    one = replace(FIRST, **said)

    assert Activation.from_bytes(one.to_bytes()) == one
    assert list(json.loads(one.to_bytes())) == sorted(json.loads(one.to_bytes())), "the same bytes whoever writes"


def test_what_would_be_void_for_every_reader_is_not_written() -> None:
    """Half a character, as a command line may give it. Written, it would look as if somebody else had been first."""
    with pytest.raises(UnicodeEncodeError):
        replace(FIRST, reason="\udcff").to_bytes()


def test_who_approved_is_said_with_the_key_and_without_the_signature() -> None:
    signed = replace(FIRST, approvals=("wong 5f2e c2lnbmF0dXJl", "lee 77aa b3RoZXI="))

    assert FIRST.approved == "by chan"
    assert signed.approved == "by chan, approved by wong 5f2e, lee 77aa"
