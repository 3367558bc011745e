"""Entries of a lane's log: their bytes, their parts, their chain, and the state that a tail adds up to."""

from __future__ import annotations

from array import array
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.audit import (
    NO_LEVEL,
    NO_SCHEMA,
    BrokenChain,
    Columns,
    Counter,
    Delivery,
    Entry,
    Head,
    Kind,
    LaneState,
    Position,
    Remark,
    SourceRange,
    digest_of,
    from_bytes,
    replay_tail,
    seal,
    to_bytes,
    verify,
)
from tidegate.audit.chain import ENTRY_BYTES, GENESIS, VECTOR_BYTES, VECTOR_ENTRIES
from tidegate.errors import InvalidEvent
from tidegate.events.builtin import AUDIT_SCHEMA, EARLIER_AUDIT_SCHEMAS, builtin
from tidegate.events.encoding import decode, encode_framed
from tidegate.events.wire import PREFIX_SIZE

ZERO = bytes(16)
BETWEEN_VECTORS = 4 << 20


def an_entry(*sizes: int, gap: int = 0, documents: int = 1, at: int = 0, counted: bool = False, **said: Any) -> Entry:
    """An entry over so many records of so many sources, each with a partner set, a remark and digests of its own.

    ``counted``: people were counted for every second of them.
    """
    count = sum(sizes)
    levels = [n % 6 if n % 2 else NO_LEVEL for n in range(count)] if counted else []
    deltas = [n * (1 + gap) for size in sizes for n in range(size)]
    ranges = [
        SourceRange(f"in.{place}", f"id-{place}", f"p{place}", at, size, at + (size - 1) * (1 + gap) + 1)
        for place, size in enumerate(sizes)
    ]
    digests = b"".join(n.to_bytes(16, "big") for n in range(count))
    return Entry(
        **{
            "kind": Kind.TRANSACTION,
            "decided_us": 1,
            "process": "p",
            "sources": tuple(ranges),
            "schemas": (7, 8),
            "partner_sets": tuple((f"q{n}",) for n in range(count)),
            "columns": Columns(
                offsets=array("I", deltas),
                received=array("q", (1_764_000_000_000 + 7 * n for n in range(count))),
                outcomes=bytes(n % 6 for n in range(count)),
                verdicts=bytes(n % 5 for n in range(count)),
                schema_of=bytes(NO_SCHEMA if n % 3 == 2 else n % 3 for n in range(count)),
                identities=digests,
                contents=digests,
                days=array("i", (n - 1 for n in range(count))),
                event_refs=digests,
                equipment=digests,
                document_counts=bytes(n % (documents + 1) for n in range(count)),
                documents=b"".join(bytes([n % 256]) * 16 * (n % (documents + 1)) for n in range(count)),
                set_of=array("H", range(count)),
                levels=bytes(levels),
                people=array("I", [p for n, level in enumerate(levels) if level != NO_LEVEL for p in (n, 2 * n)]),
            ),
            "remarks": tuple(Remark(n, f"r{n}", ("V7 ERROR $",), b"w" * 16, (f"q{n} x",)) for n in range(0, count, 2)),
            "deliveries": (Delivery("q0", count, {7: 1, 8: count}, bytes(32)),),
            "counters": (Counter("p0", 2026, 2**33, 3, 2, 1),) if counted else (),
            **said,
        }
    )


def records_of(entries: list[Entry]) -> list[tuple[Any, ...]]:
    """All that entries say of every record, in order."""
    found = []
    for entry in entries:
        remarks = {one.record: replace(one, record=0) for one in entry.remarks}
        documents = list(entry.documents_of())
        counts = {place: said for place, *said in entry.counts()}
        for place, (source, offset) in enumerate(entry.records()):
            columns = entry.columns
            found.append(
                (
                    (source.topic_id, source.publisher, offset, columns.received[place]),
                    (columns.outcomes[place], columns.verdicts[place], columns.schema_of[place], columns.days[place]),
                    tuple(
                        entry.digest(place, column)
                        for column in (columns.identities, columns.contents, columns.event_refs, columns.equipment)
                    ),
                    documents[place],
                    entry.partner_sets[columns.set_of[place]],
                    remarks.get(place),
                    counts.get(place),
                )
            )
    return found


entries = st.builds(
    an_entry,
    st.integers(1, 40),
    st.integers(1, 40),
    gap=st.integers(0, 3),
    documents=st.integers(0, 3),
    at=st.sampled_from([0, 5, 2**40]),
    counted=st.booleans(),
    positions=st.sampled_from([None, (), (Position("in.0", "id-0", 9),)]),
)


class TestBytes:
    @settings(max_examples=50, deadline=None, derandomize=True)
    @given(entries)
    def test_an_entry_comes_back(self, entry: Entry) -> None:
        assert from_bytes(to_bytes(entry)) == entry

    @pytest.mark.parametrize("kind", list(Kind))
    def test_every_kind_comes_back(self, kind: Kind) -> None:
        told = (Delivery("q", 1, {7: 1}, bytes(32), up_to_us=4),)
        entry = Entry(
            kind=kind, decided_us=5, process="p", reason="start", suspended=("a", "b"), batch=64, deliveries=told
        )

        assert from_bytes(to_bytes(entry)) == entry

    @pytest.mark.parametrize("value", [b"", b"\0\0\0\0\1x", to_bytes(an_entry(2))[:-1], to_bytes(an_entry(2)) + b"!"])
    def test_anything_else_is_said_to_be_none(self, value: bytes) -> None:
        with pytest.raises(InvalidEvent):
            from_bytes(value)

    @pytest.mark.parametrize("earlier", EARLIER_AUDIT_SCHEMAS)
    def test_what_was_written_before_is_read(self, earlier: str) -> None:
        entry = an_entry(3, 2, documents=2)
        schema = builtin(earlier)
        known = {field.name for field in schema.record.fields}
        now: Any = decode(builtin(AUDIT_SCHEMA), to_bytes(entry)[PREFIX_SIZE:])
        for delivery in now["deliveries"]:
            del delivery["upTo"]
        old = encode_framed(schema, {name: value for name, value in now.items() if name in known})

        assert old[:PREFIX_SIZE] != to_bytes(entry)[:PREFIX_SIZE]
        before = replace(entry, columns=replace(entry.columns, received=array("q")))
        assert from_bytes(old) == (entry if "received" in known else before)

    def test_numbers_are_little_endian_whatever_the_machine(self) -> None:
        assert b"\1\0\0\0\2\0\0\0" in to_bytes(an_entry(3))


class TestParts:
    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(entries, st.integers(800, 6_000))
    def test_parts_say_together_what_the_whole_says(self, entry: Entry, limit: int) -> None:
        parts = entry.split(limit)

        assert records_of(parts) == records_of([entry])
        assert [(part.part, part.parts) for part in parts] == [(n, len(parts)) for n in range(len(parts))]
        assert [part.deliveries for part in parts] == [()] * (len(parts) - 1) + [entry.deliveries]
        assert [part.counters for part in parts] == [()] * (len(parts) - 1) + [entry.counters]
        assert [part.positions for part in parts] == [None] * (len(parts) - 1) + [entry.positions]
        # Where each source goes on is known after any part, and in the end it is what the whole says.
        state = LaneState()
        for part in parts:
            state = state.moved(replace(part, positions=None), 0, 1, Head())
        assert {one.topic_id: one.next for one in state.positions.values()} == {
            one.topic_id: one.next for one in entry.sources
        }

    @pytest.mark.parametrize("size", [100, 2_000, 10_000])
    def test_no_part_is_larger_than_its_limit(self, size: int) -> None:
        """The largest batch that settings allow, each record with remarks and partners of its own."""
        values, _ = seal(an_entry(size, documents=3, counted=True), 0, Head())

        assert max(map(len, values)) <= ENTRY_BYTES
        assert (len(values) > 1) == (size > 1_000)

    def test_one_record_is_not_cut(self) -> None:
        entry = an_entry(1)

        assert entry.split(1) == [entry]


class TestChain:
    def sealed(self) -> list[tuple[bytes, Entry]]:
        head, found = Head(), []
        for entry in (an_entry(3), an_entry(1_500, 1_500), Entry(kind=Kind.IDLE, decided_us=1, process="p")):
            values, head = seal(entry, 3, head)
            found += [(value, from_bytes(value)) for value in values]
        return found

    def test_each_names_the_one_before(self) -> None:
        found = self.sealed()

        assert len(found) > 3
        assert [entry.sequence for _, entry in found] == list(range(len(found)))
        assert {entry.lane for _, entry in found} == {3}
        assert found[0][1].previous == GENESIS
        for (before, _), (_, entry) in pairwise(found):
            assert entry.previous == digest_of(before)
        assert verify(found, Head()) == Head(len(found), digest_of(found[-1][0]))

    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_an_entry_that_was_altered_is_found(self, place: int) -> None:
        found = self.sealed()
        altered = to_bytes(replace(found[place][1], process="q"))
        found[place] = altered, from_bytes(altered)

        with pytest.raises(BrokenChain, match=f"entry {place + 1} does not follow entry {place}"):
            verify(found, Head())

    def test_an_entry_that_is_gone_or_doubled_is_found(self) -> None:
        found = self.sealed()

        for wrong in (found[:1] + found[2:], found[:1] + found, [found[1], found[0]]):
            with pytest.raises(BrokenChain):
                verify(wrong, Head())

    def test_a_chain_is_verified_from_any_entry_on(self) -> None:
        found = self.sealed()

        assert verify(found[2:]) == verify(found, Head())
        with pytest.raises(BrokenChain):
            verify(found[2:], Head())
        assert verify([]) is None


class TestTail:
    def log(self, count: int, size: int = 20) -> tuple[list[tuple[int, bytes, Entry]], LaneState]:
        """What a lane writes: a vector whenever one is wanted. Offsets have gaps, as markers make them."""
        state, offset, written = LaneState(), 0, []
        for n in range(count):
            entry = an_entry(size, at=n * size, batch=n + 1, activation=n // 50, vector_at=state.vector_at)
            if state.wants_vector:
                positions = {**state.positions, "id-0": Position("in.0", "id-0", (n + 1) * size)}
                entry = replace(entry, positions=tuple(positions.values()))
            values, head = seal(entry, 0, state.head)
            written += [(offset + place, value, from_bytes(value)) for place, value in enumerate(values)]
            state = state.after(values, entry, offset, head)
            offset += len(values) + 1
        return written, state

    @pytest.mark.parametrize(("count", "size"), [(1, 20), (3, 20), (150, 20), (5, 2_500)])
    def test_a_tail_adds_up_to_what_the_writer_knew(self, count: int, size: int) -> None:
        written, state = self.log(count, size)

        start = state.vector_at
        assert replay_tail([one for one in written if one[0] >= start]) == state
        assert state.positions["id-0"].next == count * size

    @pytest.mark.parametrize("size", [1, 20, 2_000, 10_000])
    def test_positions_are_never_far(self, size: int) -> None:
        """However large the batches: at least one entry in every four megabytes, and in every 64."""
        written, _ = self.log({1: 140, 20: 140, 2_000: 8, 10_000: 2}[size], size)

        gap, entries_since = 0, 0
        for _, value, entry in written:
            gap, entries_since = gap + len(value), entries_since + 1
            if entry.positions is not None:
                assert gap <= BETWEEN_VECTORS
                assert entries_since <= VECTOR_ENTRIES + entry.parts
                gap = entries_since = 0
        assert gap <= BETWEEN_VECTORS
        assert VECTOR_BYTES < BETWEEN_VECTORS

    def test_a_tail_without_positions_is_not_believed(self) -> None:
        written, _ = self.log(3)

        with pytest.raises(BrokenChain, match="no entry that has positions"):
            replay_tail(written[1:])

    def test_a_tail_that_was_altered_is_not_believed(self) -> None:
        written, _ = self.log(3)
        offset, _, entry = written[1]
        altered = to_bytes(replace(entry, batch=99))

        with pytest.raises(BrokenChain):
            replay_tail([written[0], (offset, altered, from_bytes(altered)), written[2]])

    def test_an_empty_tail_is_a_new_lane(self) -> None:
        assert replay_tail([]) == LaneState()
        assert LaneState().wants_vector

    def test_progress_is_a_transaction_since_the_takeover(self) -> None:
        state = LaneState()
        for kind, progressed in (
            (Kind.TAKEOVER, False),
            (Kind.GAP, False),
            (Kind.SWITCHED, False),
            (Kind.TRANSACTION, True),
            (Kind.IDLE, True),
            (Kind.TAKEOVER, False),
        ):
            state = state.moved(Entry(kind=kind, decided_us=1, process="p"), 0, 1, Head())
            assert state.progressed is progressed

    def test_a_gap_moves_its_source_and_nothing_else(self) -> None:
        state = LaneState(positions={one: Position(one, one, 5) for one in ("a", "b")})
        gap = Entry(kind=Kind.GAP, decided_us=1, process="p", sources=(SourceRange("a", "a", "p", 5, 0, 9),))

        moved = state.moved(gap, 0, 1, Head())

        assert {name: one.next for name, one in moved.positions.items()} == {"a": 9, "b": 5}
