"""The book of schemas that the registry answers from: what activations bring, what stays."""

from __future__ import annotations

from tests.builders import COMMON, EVENT, NOTICE, RETRACTION, a_class, a_grant, a_paper, a_partner, a_plan, a_publisher

from tidegate.broker.names import TopicNames
from tidegate.events.schemas import Schema
from tidegate.hub.registry import SchemaBook
from tidegate.rules import Plan, reader_schema
from tidegate.rules.activations import Activation, Ledger, plan_key
from tidegate.rules.plan import FORMAT, every_view

OUT, IN = "hk.out.terminal-value", "hk.in.forwarder-value"
NARROW = a_plan(grants=[a_grant(*COMMON)])
WIDE = a_plan(
    grants=[
        a_grant(*COMMON, "location.unLocode", when={"eventType": ["EQUIPMENT"]}),
        a_grant(id="all"),
        a_grant("location.name", "people[].role", id="some", when={"eventType": ["TRANSPORT"]}),
    ],
    classes=[a_class("location.name", "SUSPECT_IMPORTANT")],
    papers=[a_paper()],
)
"""Among it what leaves only once people are counted, and what leaves only once a person lets it go."""


def put_in_force(ledger: Ledger, plan: Plan) -> None:
    number = ledger.sequence + 1
    activation = Activation(number, number - 1, plan.digest, "r", (), "test", "", 0, f"a{number}")
    ledger.apply(plan_key(plan.digest), plan.to_bytes())
    assert ledger.apply(activation.key, activation.to_bytes())


def ids_sent(plan: Plan) -> set[int]:
    """Every schema id that the plan may put on the partner's topic."""
    views = [view for one in plan.sections for said in one.partners for view in every_view(said)]
    return {view.schema_id for view in views if view.pieces or view.notice}


async def test_without_activations_there_are_no_subjects() -> None:
    ledger = Ledger()
    ledger.apply(plan_key(NARROW.digest), NARROW.to_bytes())
    book = SchemaBook(TopicNames("hk."), lambda: ledger)

    await book.refresh()

    assert (book.subjects, book.by_id) == ({}, {})


async def test_subjects_are_the_topics_with_what_is_written_to_them() -> None:
    ledger = Ledger()
    put_in_force(ledger, WIDE)
    book = SchemaBook(TopicNames("hk."), lambda: ledger)

    await book.refresh()

    assert set(book.subjects) == {OUT, IN}
    assert {one.schema_id for one in book.subjects[IN].schemas} == {EVENT.schema_id, RETRACTION.schema_id}
    reader = Schema.of(reader_schema(WIDE, "terminal"))
    assert {one.schema_id for one in book.subjects[OUT].schemas} == ids_sent(WIDE) | {reader.schema_id}
    assert NOTICE.schema_id in ids_sent(WIDE)
    assert book.subjects[OUT].schemas[book.subjects[OUT].latest - 1] == reader


async def test_ids_of_earlier_rules_stay_and_versions_keep_their_numbers() -> None:
    ledger = Ledger()
    put_in_force(ledger, NARROW)
    book = SchemaBook(TopicNames("hk."), lambda: ledger)
    await book.refresh()
    before = list(book.subjects[OUT].schemas)

    put_in_force(ledger, WIDE)
    await book.refresh()

    assert ids_sent(NARROW) | ids_sent(WIDE) <= set(book.by_id)
    assert book.subjects[OUT].schemas[: len(before)] == before
    assert len(book.subjects[OUT].schemas) > len(before)


async def test_rules_put_in_force_again_bring_their_reader_back_as_the_latest_under_its_old_number() -> None:
    ledger = Ledger()
    put_in_force(ledger, NARROW)
    book = SchemaBook(TopicNames("hk."), lambda: ledger)
    await book.refresh()
    first = book.subjects[OUT].latest

    put_in_force(ledger, WIDE)
    put_in_force(ledger, NARROW)
    await book.refresh()

    assert book.subjects[OUT].latest == first < len(book.subjects[OUT].schemas)


async def test_who_asks_for_heartbeats_finds_their_schema_and_others_do_not() -> None:
    ledger = Ledger()
    put_in_force(ledger, a_plan(parties=[a_publisher(), a_partner(partner={"heartbeat": "30s"}), a_partner("bank")],
                                grants=[a_grant(partners=["terminal", "bank"])]))  # fmt: skip
    book = SchemaBook(TopicNames("hk."), lambda: ledger)

    await book.refresh()

    names = {subject: {one.name for one in said.schemas} for subject, said in book.subjects.items()}
    assert "logistics.Heartbeat" in names[OUT]
    assert "logistics.Heartbeat" not in names["hk.out.bank-value"]
    latest = book.subjects[OUT].latest
    assert book.subjects[OUT].schemas[latest - 1].name == EVENT.name


async def test_a_rules_topic_made_anew_takes_nothing_from_what_is_known() -> None:
    ledgers = [Ledger(), Ledger()]
    put_in_force(ledgers[0], NARROW)
    put_in_force(ledgers[1], WIDE)
    book = SchemaBook(TopicNames("hk."), lambda: ledgers[0])
    await book.refresh()

    ledgers.pop(0)
    await book.refresh()

    assert ids_sent(NARROW) | ids_sent(WIDE) <= set(book.by_id)


async def test_rules_of_another_version_of_the_program_do_not_stop_the_others() -> None:
    ledger = Ledger()
    put_in_force(ledger, NARROW)
    put_in_force(ledger, WIDE)
    ledger.plans[NARROW.digest] = NARROW.to_bytes().replace(b'"format":%d' % FORMAT, b'"format":0')
    assert ledger.plans[NARROW.digest] != NARROW.to_bytes()
    book = SchemaBook(TopicNames("hk."), lambda: ledger)

    await book.refresh()

    assert ids_sent(WIDE) <= set(book.by_id)
