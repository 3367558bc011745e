"""Orders as they stand in their topic, and what became of records by those that were carried out."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tidegate.audit import DONE, REFUSED
from tidegate.errors import BadInput
from tidegate.quarantine.book import Book, State
from tidegate.quarantine.orders import MAX_REASON, Order, OrderKind


def an_order(kind: OrderKind = OrderKind.REDRIVE, **said: Any) -> Order:
    fields: dict[str, Any] = {
        "id": "order-0001", "quarantine": 40, "topic": "in.p", "topic_id": "id-p", "offset": 3, "by": "Ada",
        "reason": "mended", "asked_us": 7,
    }  # fmt: skip
    return Order(kind=kind, **{**fields, **said})


@pytest.mark.parametrize("kind", OrderKind)
def test_an_order_comes_back_as_it_was_given(kind: OrderKind) -> None:
    nothing = {"quarantine": -1, "offset": -1, "topic": "", "topic_id": ""} if kind is OrderKind.DRAIN else {}
    order = an_order(kind, wait_ms=30_000, **nothing)

    assert Order.from_bytes(order.to_bytes()) == order


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"kind": "drop"}, "kind"),
        ({"quarantine": -2}, "quarantine"),
        ({"quarantine": -1, "offset": -1}, "what it is about"),
        ({"kind": "drain"}, "what it is about"),
        ({"offset": -1}, "what it is about"),
        ({"for_s": 86_401}, "for_s"),
        ({"quarantine": "40"}, "quarantine"),
        ({"by": ""}, "by"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * (MAX_REASON + 1)}, "reason"),
        ({"id": "short"}, "id"),
        ({"more": 1}, "more"),
    ],
)
def test_what_is_no_order_says_where(changed: dict[str, Any], named: str) -> None:
    said = json.loads(an_order().to_bytes()) | changed

    with pytest.raises(BadInput, match=f"look at {named}"):
        Order.from_bytes(json.dumps(said).encode())


@pytest.mark.parametrize("value", [None, b"", b"\xff", b"[]", b"7"])
def test_what_is_no_json_object_is_no_order(value: bytes | None) -> None:
    with pytest.raises(BadInput, match="not an order"):
        Order.from_bytes(value)


def a_book(*told: tuple[OrderKind, str, str]) -> Book:
    """A book after orders about one record: kind, outcome, what was said."""
    book = Book()
    for at, (kind, outcome, said) in enumerate(told):
        book.apply(at, replace(an_order(kind).told(), outcome=outcome, said=said, by=f"person {at}"))
    return book


@pytest.mark.parametrize(
    ("told", "state", "attempts"),
    [
        ([], State.OPEN, 0),
        ([(OrderKind.LOOK, DONE, "")], State.OPEN, 0),
        ([(OrderKind.REDRIVE, REFUSED, "suspended")], State.OPEN, 0),
        ([(OrderKind.REDRIVE, DONE, "rejected"), (OrderKind.REDRIVE, DONE, "quarantined")], State.OPEN, 2),
        ([(OrderKind.REDRIVE, DONE, "rejected"), (OrderKind.REDRIVE, DONE, "released")], State.REDRIVEN, 2),
        ([(OrderKind.REDRIVE, DONE, "held")], State.REDRIVEN, 1),
        ([(OrderKind.REDRIVE, DONE, "duplicate")], State.REDRIVEN, 1),
        ([(OrderKind.RELEASE, DONE, "released")], State.RELEASED, 0),
        ([(OrderKind.DISCARD, DONE, ""), (OrderKind.REDRIVE, REFUSED, "already discarded")], State.DISCARDED, 0),
    ],
)
def test_the_state_of_a_record_follows_from_orders(
    told: list[tuple[OrderKind, str, str]], state: State, attempts: int
) -> None:
    standing = a_book(*told).of(40, "id-p", 3)

    assert (standing.state, standing.attempts) == (state, attempts)
    assert bool(standing.settled) == (state is not State.OPEN)


def test_it_is_settled_by_whoever_settled_it() -> None:
    standing = a_book((OrderKind.LOOK, DONE, ""), (OrderKind.DISCARD, DONE, ""), (OrderKind.DISCARD, REFUSED, "")).of(
        40, "id-p", 3
    )

    assert "discarded by person 1" in standing.settled


def test_a_quarantine_made_anew_begins_anew() -> None:
    book = a_book((OrderKind.DISCARD, DONE, ""))

    assert book.of(40, "id-p", 4).state is State.OPEN
    assert book.of(40, "id-other", 3).state is State.OPEN
