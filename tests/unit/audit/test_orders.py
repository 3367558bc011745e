"""Orders in the lane's log: their bytes, what they move, how each is found from the one after it."""

from __future__ import annotations

from array import array
from dataclasses import replace
from typing import Any

import pytest

from tidegate.audit import (
    DONE,
    CarriedOut,
    Columns,
    Entry,
    Head,
    Kind,
    LaneState,
    Position,
    SourceRange,
    from_bytes,
    replay_tail,
    seal,
    to_bytes,
)
from tidegate.events.builtin import EARLIER_AUDIT_SCHEMAS, builtin
from tidegate.events.encoding import encode_framed

ORDERS = SourceRange("orders", "id-orders", "", 4, 2, 6)
ZERO = bytes(16)


def an_order(number: int = 0, **said: Any) -> CarriedOut:
    told = CarriedOut(f"order-{number}", "redrive", "Ada", "mended", 7, 40 + number, "in.p", "id-p", 3, "p", "", DONE)
    return replace(told, **said)


def an_entry(records: int = 0, documents: int = 0, **said: Any) -> Entry:
    """An ORDER entry about records that came in long ago."""
    columns = Columns(
        offsets=array("I", range(records)),
        outcomes=bytes(records),
        verdicts=bytes([1] * records),
        schema_of=bytes(records),
        identities=ZERO * records,
        contents=ZERO * records,
        days=array("i", [-1] * records),
        event_refs=ZERO * records,
        equipment=ZERO * records,
        document_counts=bytes([documents] * records),
        documents=ZERO * (records * documents),
        set_of=array("H", [0] * records),
    )
    sources = (SourceRange("in.p", "id-p", "p", 3, records, 3 + records),) if records else ()
    said = {"taken": ORDERS, "orders": (an_order(),), "partner_sets": ((),), **said}
    return Entry(kind=Kind.ORDER, decided_us=9, process="a", sources=sources, columns=columns, schemas=(7,), **said)


def test_an_entry_with_orders_comes_back_as_it_was() -> None:
    entry = replace(an_entry(2, orders_at=17), sequence=3, previous=ZERO)

    assert from_bytes(to_bytes(entry)) == entry


def test_records_decided_again_move_no_position() -> None:
    before = LaneState(
        positions={"id-p": Position("in.p", "id-p", 900), "id-orders": Position("orders", "id-orders", 4)}
    )

    after = before.moved(an_entry(2), 50, 100, Head(1))

    assert after.positions["id-p"].next == 900
    assert after.positions["id-orders"].next == 6
    assert after.orders_at == 50
    assert after.progressed


def test_the_last_orders_are_found_from_any_entry_after_them() -> None:
    state = LaneState()
    log: list[tuple[int, bytes, Entry]] = []
    idle = Entry(kind=Kind.IDLE, decided_us=1, process="a")
    for entry in (replace(idle, positions=()), idle, an_entry(), idle, idle, an_entry(), idle):
        chained = replace(entry, vector_at=state.vector_at, orders_at=state.orders_at)
        values, head = seal(chained, 0, state.head)
        state = state.after(values, chained, len(log), head)
        log += [(len(log) + place, value, from_bytes(value)) for place, value in enumerate(values)]

    assert state.orders_at == 5
    assert replay_tail(log).orders_at == 5
    assert log[5][2].orders_at == 2
    assert log[2][2].orders_at == -1
    assert replay_tail(log[:5]).orders_at == 2


def test_a_split_entry_tells_of_its_orders_once_and_at_its_end() -> None:
    orders = tuple(an_order(number, record=number) for number in range(60))
    values, _ = seal(an_entry(60, documents=255, orders=orders, orders_at=2), 0, Head(), limit=100_000)

    parts = [from_bytes(value) for value in values]

    assert len(parts) > 1
    assert [len(part.orders) for part in parts] == [*[0] * (len(parts) - 1), 60]
    assert [part.taken for part in parts] == [*[None] * (len(parts) - 1), ORDERS]
    assert {part.orders_at for part in parts} == {2}
    state = LaneState()
    for place, part in enumerate(parts):
        state = state.moved(part, place, 1, Head(place + 1))
    assert state.orders_at == len(parts) - 1
    assert state.positions["id-orders"].next == 6


@pytest.mark.parametrize("name", EARLIER_AUDIT_SCHEMAS)
def test_entries_of_earlier_versions_stay_readable(name: str) -> None:
    schema = builtin(name)
    empty: dict[str, Any] = {"string": "", "bytes": b"", "int": 0, "long": 7}
    value = {one["name"]: one.get("default", empty.get(str(one["type"]), 7)) for one in schema.json["fields"]} | {
        "kind": "IDLE",
        "positions": [{"topic": "in.p", "topicId": "id-p", "next": 5}],
    }
    value |= {one["name"]: b"" for one in schema.json["fields"] if one["type"] == "bytes"}

    entry = from_bytes(encode_framed(schema, value))

    assert entry.kind is Kind.IDLE
    assert entry.positions == (Position("in.p", "id-p", 5),)
    assert (entry.orders_at, entry.taken, entry.orders) == (-1, None, ())
