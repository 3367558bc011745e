"""What a named person may let go, proved for all facts: what only waited leaves, and nothing that a row keeps back."""

from __future__ import annotations

import pytest
import z3
from hypothesis import given, settings
from tests.proof import asked, planted
from tests.proof.claims import Table, broken_by, difference, freed, leaves, proved, table, with_fact
from tests.proof.symbolic import FALSE, both, either
from tests.proof.test_proof import UNKNOWNS
from tests.properties.naive_table import naive_freed
from tests.properties.test_law import settled, situations

from tidegate import law
from tidegate.law import Action, Facts, FieldClass, Mechanism, Points, Tri, newest_law

CLASS, OTHERWISE = asked.CLASS, asked.OTHERWISE
PLAIN = [(one, OTHERWISE.variable == OTHERWISE.said(one)) for one in (FieldClass.GENERAL, FieldClass.COMMERCIAL)]
PERSONAL = either(*(CLASS.variable == CLASS.said(one) for one in law.PERSONAL))
second = Table(naive_freed)


def does(found: Table, *actions: Action) -> z3.BoolRef:
    return found.where(lambda decision: decision is not None and decision.action in actions)


GOES = does(freed(), Action.PASS)


def test_all_facts_have_one_answer_and_it_never_holds_again() -> None:
    whens = [when for when, decision in freed().outcomes if decision is not None]

    proved(z3.Not(freed().raises))
    proved(z3.Sum([z3.If(when, 1, 0) for when in whens]) == 1)
    proved(z3.Not(does(freed(), Action.HOLD)))


def test_a_person_opens_only_what_waits_and_never_what_a_row_drops_or_blocks() -> None:
    proved(z3.Implies(both(GOES, z3.Not(leaves())), does(table(), Action.HOLD)))
    proved(does(freed(), Action.BLOCK_EVENT) == does(table(), Action.BLOCK_EVENT))


def test_what_does_not_wait_is_decided_as_ever() -> None:
    said, as_ever = freed().verdicts(), table().verdicts()

    proved(z3.Implies(z3.Not(does(table(), Action.HOLD)), z3.Not(difference(said, as_ever))))


def test_of_what_was_suspect_leaves_what_would_leave_were_it_never_suspected() -> None:
    suspect = CLASS.variable == CLASS.said(FieldClass.SUSPECT_IMPORTANT)
    unsuspected = [both(is_it, with_fact(leaves(), CLASS.variable, CLASS.said(one))) for one, is_it in PLAIN]

    proved(z3.Implies(suspect, either(leaves(), both(does(table(), Action.HOLD), either(*unsuspected))) == GOES))


def test_important_data_leaves_under_a_paper_of_its_own_or_within_its_grace_and_no_longer() -> None:
    important = CLASS.variable == CLASS.said(FieldClass.IMPORTANT)
    papers = either(*(asked.USABLE.bits[one] for one in (Mechanism.ASSESSMENT, Mechanism.RISK_ASSESSMENT)))
    grace = asked.TRIS["grace"].variable == asked.TRIS["grace"].said(Tri.YES)

    proved(z3.Implies(both(important, GOES), either(papers, both(grace, either(*(is_it for _, is_it in PLAIN))))))


def test_personal_data_leaves_under_no_paper_whose_filing_is_late() -> None:
    without = leaves()
    for bit in asked.OVERDUE.bits.values():
        without = with_fact(without, bit, FALSE)

    proved(z3.Implies(both(PERSONAL, GOES), without))


@pytest.mark.parametrize("raised", [FieldClass.SUSPECT_IMPORTANT, FieldClass.IMPORTANT])
def test_to_raise_a_class_lets_a_person_open_no_more(raised: FieldClass) -> None:
    for one in FieldClass:
        was = OTHERWISE.variable == OTHERWISE.said(one)
        higher, plain = (with_fact(GOES, CLASS.variable, CLASS.said(what)) for what in (raised, one))

        proved(z3.Implies(both(was, higher), plain))


QUICK = ("class", "people", "lineage", "grace", "recipient zone", "evidence")


@pytest.mark.parametrize(
    "fact",
    ["otherwise", *(pytest.param(one, marks=[] if one in QUICK else [pytest.mark.soak]) for one in UNKNOWNS)],
)
def test_what_leaves_without_a_fact_or_a_tag_leaves_with_any(fact: str) -> None:
    nothing = (OTHERWISE.variable, OTHERWISE.said(FieldClass.UNCLASSIFIED))

    proved(z3.Implies(with_fact(GOES, *UNKNOWNS.get(fact, nothing)), GOES))


@pytest.mark.parametrize("paper", [Mechanism.SCC, Mechanism.GBA_SC_HK, Mechanism.ASSESSMENT, Mechanism.ART5_CONTRACT])
def test_what_leaves_without_a_paper_leaves_with_it(paper: Mechanism) -> None:
    proved(z3.Implies(with_fact(GOES, asked.USABLE.bits[paper], FALSE), GOES))


def test_each_thing_that_may_be_lifted_is_lifted_by_some_facts() -> None:
    for reason in ("suspicion_lifted", "grace_used"):
        proved_not = broken_by(z3.Not(freed().where(lambda one, said=reason: one is not None and one.reason == said)))
        assert proved_not is not None, reason
    late = table().where(lambda one: one is not None and one.reason == "filing_overdue")
    assert broken_by(z3.Not(both(late, GOES))) is not None


def test_a_second_transcription_says_the_same_of_all_facts() -> None:
    proved(z3.Not(second.raises))
    proved(z3.Not(difference(freed().verdicts(), second.verdicts())))


@settings(max_examples=400, deadline=None, derandomize=True)
@given(situations, settled)
def test_the_second_transcription_says_what_the_function_says(facts: Facts, points: Points) -> None:
    found = law.decide_freed(facts, newest_law(points))

    assert (found.row, found.action, found.mechanism) == naive_freed(facts, newest_law(points))


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(error, marks=[pytest.mark.soak] if n else [], id=str(error))
        for n, error in enumerate(planted.ERRORS_FREED)
    ],
)
def test_a_planted_error_is_found(error: planted.Error) -> None:
    wrong = Table(error.function, planted={error.where: (error.old, error.new)})

    model = broken_by(z3.Not(difference(wrong.verdicts(), second.verdicts())))

    assert model is not None
    found = asked.example(model)
    said = law.decide_freed(found.facts, found.law)
    assert (said.row, said.action, said.mechanism) == naive_freed(found.facts, found.law)
