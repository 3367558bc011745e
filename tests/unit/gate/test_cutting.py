"""What is put together from parts is what is joined field by field."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from tests.builders import (
    EVENT,
    NOW_US,
    RETRACTION,
    Sent,
    a_grant,
    a_partner,
    a_publisher,
    a_record,
    a_retraction,
    an_event,
    an_executor,
    released,
)

from tidegate.events.wire import PREFIX_SIZE
from tidegate.gate import Executor, cutting
from tidegate.gate.cutting import PRICE, Cutter
from tidegate.gate.views import Delivering

MARITIME = ("location.name", "transport.vesselName", "references[].value", "eventCreatedTime", "transport.vesselImo")
GRANTS = [
    a_grant("eventId", "eventTime", "equipment.reference", "location.unLocode", id="whole"),
    a_grant("eventId", "documents[].reference", "location.facilityCode", *MARITIME, id="parts", partners=["bank"]),
    a_grant(
        "eventId",
        "equipment.reference",
        "documents[type in BKG].reference",
        "eventTime",
        id="hidden",
        partners=["carrier"],
        transforms={"equipment.reference": "pseudonym", "eventTime": "hour"},
    ),
    a_grant("transport.vesselName", id="one", partners=["broker"]),
]
PARTIES = [a_publisher(), a_partner(), a_partner("bank"), a_partner("carrier"), a_partner("broker")]


def an_unlike_event(random: Random, number: int) -> dict[str, Any]:
    """Events of few shapes: a text has one of two lengths, a record and a list are there or not."""

    def text(*lengths: int) -> str:
        return "".join(random.choices("ABCDEFGH", k=random.choice(lengths)))

    return an_event(
        eventId=f"e-{number:06}",
        eventTime=1_790_000_000_000_000 + number * 7_000_000,
        location=random.choice([None, {"name": text(5, 9), "unLocode": "CNYTN"}, {"unLocode": "HKHKG"}]),
        transport=random.choice(
            [None, {"vesselName": random.choice([None, text(8), "\N{LATIN SMALL LETTER E WITH ACUTE}a"])}]
        ),
        documents=[{"type": random.choice(["BKG", "TRD"]), "reference": text(4)} for _ in range(random.choice([0, 2]))],
        equipment=random.choice([None, {"reference": "MSKU" + "".join(random.choices("0123456789", k=7))}]),
    )


def records(count: int, seed: int) -> list[Sent]:
    random, made = Random(seed), []
    for number in range(count):
        event = an_unlike_event(random, number)
        key = random.choice([None, b"another", event["eventId"].encode()])
        made.append(a_record(event, **({} if event["equipment"] else {"key": key})))
    return made


def outputs(executor: Executor, sent: list[Sent]) -> dict[str, list[bytes]]:
    return {output.partner: output.bodies for output in released(executor, *sent).outputs}


def cutters(executor: Executor) -> list[Cutter]:
    return [incoming.router.cutter for incoming in executor.publisher("forwarder").by_id.values()]


def deliveries(executor: Executor) -> list[Delivering]:
    """What the terminal gets of events."""
    router = executor.publisher("forwarder").by_id[EVENT.schema_id].router
    marks = EVENT.scan(a_record().value or b"", PREFIX_SIZE)
    return list(router.at(NOW_US)(a_record().value or b"", marks).deliveries)


@pytest.fixture
def never(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    return lambda: monkeypatch.setattr(Cutter, "plan", lambda *args: None)


@pytest.mark.parametrize("seed", range(3))
def test_the_same_bodies_as_without_plans(seed: int, never: Callable[[], None]) -> None:
    # Given events of few shapes for partners that see whole fields, parts, pseudonyms and single elements
    sent = records(3_000, seed)
    executor = an_executor(parties=PARTIES, grants=GRANTS)
    found = outputs(executor, sent)
    assert sum(len(cutter._plans) for cutter in cutters(executor)) > 20
    assert sorted(found) == ["bank", "broker", "carrier", "terminal"]

    never()
    assert outputs(an_executor(parties=PARTIES, grants=GRANTS), sent) == found


def test_notices(never: Callable[[], None]) -> None:
    sent = [a_record(a_retraction(eventId=f"e-{number:04}"), schema=RETRACTION) for number in range(300)]
    executor = an_executor(parties=PARTIES, grants=GRANTS)
    found = outputs(executor, sent)
    assert sum(len(cutter._plans) for cutter in cutters(executor))

    never()
    assert outputs(an_executor(parties=PARTIES, grants=GRANTS), sent) == found


def test_a_plan_is_made_at_the_second_sight_and_no_sooner_than_paid_for(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    plan_of = cutting.plan_of
    monkeypatch.setattr(cutting, "plan_of", lambda *args: made.append(len(args[0])) or plan_of(*args))
    views = deliveries(an_executor())
    cutter, marks = Cutter(), [tuple(range(number, number + 99)) for number in range(5_000)]
    cutter._paid = 0

    for one in marks:
        for _ in range(4):
            cutter.plan("route", views, one, (), -1)

    assert made
    assert sum(made) * PRICE <= 4 * len(marks) * len(views)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "CUTS", 50)
    monkeypatch.setattr(cutting, "PRICE", 0)
    executor = an_executor(parties=PARTIES, grants=GRANTS)

    outputs(executor, records(3_000, 1))

    for cutter in cutters(executor):
        assert sum(len(plan.choices) for plan in cutter._plans.values()) <= 50
        assert len(cutter._seen) <= 50
