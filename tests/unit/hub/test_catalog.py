"""Which source topics are read."""

from __future__ import annotations

import pytest
from tests.builders import an_executor

from tidegate.broker.names import TopicNames
from tidegate.broker.topics import Difference, TopicSpec
from tidegate.hub.catalog import excluded_of, party_specs

SOURCES = {"in.forwarder": "forwarder"}


def difference(name: str = "in.forwarder", **said: object) -> Difference:
    return Difference(TopicSpec(name, 4, {}), **said)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["message.timestamp.type", "compression.type", "max.message.bytes"])
def test_a_source_on_which_decisions_cannot_stand_is_left_out(name: str) -> None:
    assert excluded_of([difference(settings={name: ("a", "b")})], SOURCES) == {"in.forwarder"}


@pytest.mark.parametrize("said", [{"missing": True}, {"refused": "it has 3 partitions"}])
def test_a_source_that_is_missing_or_cut_otherwise_is_left_out(said: dict[str, object]) -> None:
    assert excluded_of([difference(**said)], SOURCES) == {"in.forwarder"}


def test_a_source_that_keeps_too_little_is_read_all_the_sooner() -> None:
    assert excluded_of([difference(settings={"retention.ms": ("1", "2")})], SOURCES) == frozenset()


def test_a_topic_of_a_partner_is_no_source() -> None:
    assert excluded_of([difference("out.terminal", missing=True)], SOURCES) == frozenset()


def test_all_topics_of_parties_are_looked_at_and_of_the_hubs_own_the_orders() -> None:
    found = party_specs(TopicNames("x."), 4, an_executor())

    assert sorted(spec.name for spec in found) == [
        "x.feedback.forwarder",
        "x.in.forwarder",
        "x.orders",
        "x.out.terminal",
    ]
