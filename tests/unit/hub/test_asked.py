"""Which orders a lane refuses, and which it carries out together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.builders import Sent, a_record, an_event, an_executor, released
from tests.reading import parts

from tidegate import gate
from tidegate.audit import DONE
from tidegate.gate import Quarantined, Reason
from tidegate.hub.asked import TOGETHER, Asked, Chunk, refusal
from tidegate.quarantine.book import Book, Standing
from tidegate.quarantine.orders import Order, OrderKind

EXECUTOR = an_executor()


def a_failed(value: bytes = b"no Avro") -> Quarantined:
    (body,) = gate.quarantine_of(released(EXECUTOR, Sent(value)))
    _, value_, headers = parts(body)
    return gate.read_quarantined(value_, headers)


FAILED = a_failed()
HELD = replace(FAILED, reason=Reason.HELD, partner="terminal")


def an_order(kind: OrderKind, quarantine: int = 40) -> Order:
    said: dict[str, Any] = {"id": "order-0001", "topic": FAILED.topic, "topic_id": FAILED.topic_id, "by": "Ada"}
    return Order(kind=kind, quarantine=quarantine, offset=FAILED.offset, reason="why", asked_us=1, **said)


@pytest.mark.parametrize(
    ("kind", "found", "said"),
    [
        (OrderKind.REDRIVE, FAILED, ""),
        (OrderKind.DISCARD, FAILED, ""),
        (OrderKind.DISCARD, HELD, ""),
        (OrderKind.RELEASE, HELD, ""),
        (OrderKind.REDRIVE, HELD, "never redriven"),
        (OrderKind.RELEASE, FAILED, "nothing of this record is held"),
        (OrderKind.REDRIVE, replace(FAILED, complete=False), "too large"),
        (OrderKind.REDRIVE, replace(FAILED, publisher="stranger"), "know no publisher 'stranger'"),
    ],
)
def test_what_can_be_done_with_an_open_record(kind: OrderKind, found: Quarantined, said: str) -> None:
    why = refusal(an_order(kind), found, Standing(), EXECUTOR)

    assert (said in why) if said else why == ""


def test_a_suspended_partner_gets_nothing_let_go() -> None:
    executor = an_executor(suspended=["terminal"])

    assert refusal(an_order(OrderKind.RELEASE), HELD, Standing(), executor) == "terminal is suspended"


@pytest.mark.parametrize("kind", [OrderKind.REDRIVE, OrderKind.RELEASE, OrderKind.DISCARD])
def test_what_is_settled_stays_settled(kind: OrderKind) -> None:
    book = Book()
    book.apply(1, an_order(OrderKind.DISCARD).told(FAILED, outcome=DONE))
    standing = book.of(40, FAILED.topic_id, FAILED.offset)

    for found in (FAILED, HELD):
        assert refusal(an_order(kind), found, standing, EXECUTOR).startswith("already discarded by Ada")


def asked(kind: OrderKind, quarantine: int, found: Quarantined = FAILED, refused: str = "") -> Asked:
    return Asked(an_order(kind, quarantine), found, refused)


def test_orders_go_together_while_they_are_about_other_records_and_take_the_path_alike() -> None:
    chunk = Chunk()
    for number, kind in enumerate((OrderKind.LOOK, OrderKind.REDRIVE, OrderKind.DISCARD)):
        one = asked(kind, number)
        assert chunk.takes(one, TOGETHER, 100)
        chunk.add(number, one)

    assert chunk.takes(asked(OrderKind.REDRIVE, 3), TOGETHER, 100)
    assert not chunk.takes(asked(OrderKind.REDRIVE, 1), TOGETHER, 100), "the second about a record has to see the first"
    assert not chunk.takes(asked(OrderKind.RELEASE, 3, HELD), TOGETHER, 100)
    assert chunk.takes(asked(OrderKind.RELEASE, 3, HELD, "refused"), TOGETHER, 100)
    assert chunk.takes(Asked(None, refused="not an order"), TOGETHER, 100)
    assert not chunk.takes(Asked(None, refused="not an order"), 3, 100)
    assert not chunk.takes(asked(OrderKind.REDRIVE, 3), TOGETHER, 10), "its bytes are too many"


def test_a_large_record_goes_alone() -> None:
    event = a_record(an_event()).value or b""

    assert Chunk().takes(asked(OrderKind.REDRIVE, 1, replace(FAILED, value=event)), TOGETHER, 1)
