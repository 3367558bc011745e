"""Late: what has to come of orders, by the orders topic and the records' own bytes alone.

Orders are given once the rules find wrong events wrong no more (``write_rules``, ``mended``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.faults.evidence import Aside, Evidence
from tests.faults.flow import HELD_SHIP, PARTNERS, EventId, Kind, granted

from tidegate.audit import DONE, REFUSED
from tidegate.quarantine.orders import Order, OrderKind


@dataclass
class Late:
    """Deliveries that orders lead to, what each order comes to, and how often a publisher is told of a redrive."""

    deliveries: set[tuple[EventId, str]] = field(default_factory=set)
    answers: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    """By lane the id and outcome of every order, in their order."""
    told: int = 0


def late(evidence: Evidence) -> Late:
    """Of the orders about one record the first that settles it counts, and those after it are refused."""
    found = Late()
    lying = {(one.lane, one.at): one for one in evidence.quarantine}
    for lane, orders in evidence.asked.items():
        settled: set[int] = set()
        answers = found.answers.setdefault(lane, [])
        for order in orders:
            done = order.quarantine not in settled and _one(evidence, order, lying[lane, order.quarantine], found)
            if done and order.kind is not OrderKind.LOOK and _settles(evidence, order, lying[lane, order.quarantine]):
                settled.add(order.quarantine)
            look = order.kind is OrderKind.LOOK
            answers.append((order.id, DONE if done or look else REFUSED))
    return found


def held_fields(evidence: Evidence, asked: Late, partner: str) -> Iterator[str]:
    """Deliveries that lack what made them wait although a person let them go, or have it although nobody did."""
    sent = [one for lanes in evidence.sent.values() for some in lanes.values() for one in some]
    waiting = {one.event for one in sent if one.event is not None and one.kind is Kind.HELD}
    for one in (one for some in evidence.out[partner].values() for one in some if one.event is not None):
        wanted = one.event in waiting and (one.event, partner) in asked.deliveries
        if (HELD_SHIP in one.body) is not wanted:
            yield f"{one.event} to {partner} has to be {'with' if wanted else 'without'} it"


def _one(evidence: Evidence, order: Order, aside: Aside, found: Late) -> bool:
    """Takes in what an order about an open record leads to. Tells whether it is done."""
    held = aside.reason == "held"
    sent = evidence.sent[aside.topic][aside.lane][aside.offset]
    if order.kind is OrderKind.RELEASE and held and sent.event is not None:
        found.deliveries.add((sent.event, PARTNERS[0]))
    if order.kind is OrderKind.REDRIVE and sent.kind is Kind.POISON:
        return False
    if order.kind is OrderKind.REDRIVE and not held:
        found.told += 1
        if sent.kind is Kind.WRONG and sent.event is not None:
            found.deliveries |= {(sent.event, partner) for partner in granted(sent.event, Kind.PLAIN)}
    return order.kind in (OrderKind.DISCARD, OrderKind.LOOK) or held == (order.kind is OrderKind.RELEASE)


def _settles(evidence: Evidence, order: Order, aside: Aside) -> bool:
    """Whether an order that is done settles its record: a redrive only of what is wrong no more."""
    wrong = evidence.sent[aside.topic][aside.lane][aside.offset].kind is Kind.WRONG
    return order.kind is not OrderKind.REDRIVE or wrong
