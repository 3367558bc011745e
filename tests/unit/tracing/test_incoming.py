"""What came in and names a person: what is kept of it, what is no longer there, and where it ends."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from tests.builders import EVENT, an_event

from tidegate.errors import BadInput
from tidegate.events.encoding import encode_framed
from tidegate.events.schemas import Registry
from tidegate.events.wire import Frames
from tidegate.gate import Sought
from tidegate.tracing import incoming
from tidegate.tracing.incoming import Incoming

PHONE = "+852 9123 4567"
SOUGHT = Sought.of({"phone": PHONE})
FRAMES = Frames(Registry([EVENT]))


@dataclass
class Record:
    offset: int
    value: bytes | None
    timestamp: int = 1_000
    key: bytes | None = b"k"
    headers: tuple[tuple[str, bytes], ...] = (("h", b"x"),)


def about(phone: str) -> bytes:
    return encode_framed(EVENT, an_event(people=[{"role": "DRIVER", "phone": phone}]))


def looked_at(*values: bytes | None) -> Incoming:
    found = Incoming("forwarder", "id-1", bounds={0: (0, 9)})
    for offset, value in enumerate(values):
        found.look("in.forwarder", 0, Record(offset, value), FRAMES, SOUGHT)
    return found


def test_what_names_the_person_is_kept_as_it_came_in_and_what_nobody_can_read_is_counted() -> None:
    found = looked_at(about(PHONE), about("+852 9999 1111"), None, b"\0\0\0\0\1x", about(PHONE)[:-1], about(PHONE))

    assert (found.records, found.unread) == (6, 3)
    assert list(found.matches) == [("id-1", 0, 0), ("id-1", 0, 5)]
    run = found.matches["id-1", 0, 5].run
    assert (run.offsets, run.timestamps, run.keys, run.values) == ([5], [1_000], [b"k"], [about(PHONE)])
    assert run.headers == [(("h", b"x"),)]
    assert (run.source.topic, run.source.publisher) == ("in.forwarder", "forwarder")


@pytest.mark.parametrize(("name", "limit"), [("MOST_RECORDS", 2), ("MOST_BYTES", 2 * len(about(PHONE)))])
def test_more_than_can_be_answered_at_once_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, limit: int) -> None:
    monkeypatch.setattr(incoming, name, limit)

    assert len(looked_at(about(PHONE), about("+852 9999 1111"), about(PHONE)).matches) == 2
    with pytest.raises(BadInput, match=r"more than 2 records name this person.*--since"):
        looked_at(*[about(PHONE)] * 3)


@pytest.mark.parametrize(
    ("place", "gone", "later"),
    [
        (("id-1", 0, 4), True, False),
        (("id-1", 0, 5), False, False),
        (("id-1", 0, 8), False, False),
        (("id-1", 0, 9), False, True),
        (("id-1", 1, 5), True, False),
        (("id-0", 0, 5), True, False),
        (("id-0", 0, 9), True, False),
    ],
)
def test_what_is_there_no_longer_and_what_came_later(place: tuple[str, int, int], gone: bool, later: bool) -> None:
    found = Incoming("forwarder", "id-1", bounds={0: (5, 9)})

    assert (found.gone(place), found.later(place)) == (gone, later)
