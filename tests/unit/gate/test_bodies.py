"""Record bodies, laid out as Kafka's record format says."""

from __future__ import annotations

from aiokafka.record.memory_records import MemoryRecords
from hypothesis import given
from hypothesis import strategies as st
from tests.reading import parts

from tidegate.broker.batches import batches_of
from tidegate.gate.bodies import body, read_body

datas = st.one_of(st.none(), st.binary(max_size=300))
bodies = st.tuples(datas, datas, st.lists(st.tuples(st.text(max_size=20), st.binary(max_size=200)), max_size=4))


@given(bodies)
def test_a_body_comes_back(said: tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]) -> None:
    assert read_body(body(*said)) == parts(body(*said)) == said


@given(st.lists(bodies, min_size=1, max_size=8), st.sampled_from([1, 100, 700, 10**6]), st.booleans())
def test_aiokafkas_own_reader_finds_the_same_in_batches(
    said: list[tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]], limit: int, transactional: bool
) -> None:
    made = batches_of([body(*one) for one in said], 77, limit, transactional=transactional)

    found = []
    for one in made:
        one._set_producer_state(9, 3, 5)
        records = MemoryRecords(one._build())
        batch = records.next_batch()
        assert batch.validate_crc()
        assert (batch.producer_id, batch.producer_epoch, batch.base_sequence) == (9, 3, 5)
        assert batch.is_transactional == transactional
        assert (batch.first_timestamp, batch.max_timestamp) == (77, 77)
        inside = list(batch)
        assert [record.offset for record in inside] == list(range(one.record_count()))
        assert batch.next_offset == one.record_count()
        assert one.size() <= limit + 61 or one.record_count() == 1  # 61: the head of a batch
        assert not records.has_next()
        found += [(record.key, record.value, list(record.headers)) for record in inside]
    assert found == said
