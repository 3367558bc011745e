"""Which events are about a person, and what each partner was given of that person: as delivered, and of nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builders import (
    COMMON,
    EVENT,
    LEVELS,
    NOW_US,
    RETRACTION,
    Sent,
    a_batch,
    a_class,
    a_grant,
    a_paper,
    a_partner,
    a_publisher,
    a_record,
    a_retraction,
    an_event,
    an_executor,
    firsts,
)

from tidegate import gate
from tidegate.errors import BadInput, InvalidEvent
from tidegate.events.encoding import encode_framed
from tidegate.events.wire import PREFIX_SIZE
from tidegate.gate import Counts, Executor, Given, Named, Sought
from tidegate.gate.joining import PERSON, same

FEW, MANY = LEVELS.index((0, 0)), LEVELS.index((1, 0))
CHAN = {"role": "DRIVER", "name": "Chan Tai Man", "licenceNumber": "HK-70001", "phone": "+852 9123 4567"}
LEE = {
    "role": "CONTACT",
    "name": "Lee",
    "idNumber": "440301199001011234",
    "phone": "+852 9123 4568",
    "employer": "Alpha",
}
PLATE = {"tractorPlate": "粤B12345"}
WHOLE = an_executor(
    parties=[a_publisher(), a_partner(), a_partner("bank"), a_partner("customs")],
    grants=[
        a_grant(*COMMON, "people[].name", "people[].licenceNumber", "people[].role"),
        a_grant("eventId", "people[].phone", id="b", partners=["bank"],
                transforms={"people[].phone": "pseudonym"}),
        a_grant("eventId", "equipment.reference", "truck.tractorPlate", id="c", partners=["customs"]),
    ],
    papers=[a_paper("SCC", recipients=["terminal", "bank", "customs"], classes=["PI", "SPI"])],
)  # fmt: skip


def seek(**said: str) -> Sought:
    return Sought.of(said)


def named(sought: Sought, **event: Any) -> Named:
    return gate.named_in(EVENT, encode_framed(EVENT, an_event(**event)), PREFIX_SIZE, sought)


def given(
    sought: Sought, record: Sent, executor: Executor = WHOLE, level: int = FEW, let_go: str = ""
) -> dict[str, Given]:
    (run,) = a_batch(record).runs
    return gate.given(executor, run, sought, NOW_US, level, let_go)


def delivered(record: Sent, executor: Executor = WHOLE, level: int = FEW) -> dict[str, dict[str, list[Any]]]:
    """What the one path sends: by partner, what each delivery says."""
    inspected = gate.inspect(a_batch(record), executor)
    released = gate.release(inspected, firsts(inspected), NOW_US, Counts({0: level}))
    return {one.partner: gate.said_by(one.bodies[0], executor.registry, "forwarder") for one in released.outputs}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"idNumber": b"1"}, {"idNumber": b"1"}, True),
        ({"idNumber": b"1", "phone": b"p"}, {"idNumber": b"2", "phone": b"p"}, False),
        ({"idNumber": b"1", "phone": b"p"}, {"phone": b"p"}, True),
        ({"licenceNumber": b"l", "phone": b"p"}, {"licenceNumber": b"l", "phone": b"q"}, True),
        ({"idNumber": b"1", "name": b"n"}, {"licenceNumber": b"l", "name": b"n"}, True),
        ({"idNumber": b"1"}, {"phone": b"1"}, False),
        ({}, {}, False),
    ],
)
def test_the_first_key_that_both_have_decides(one: dict[str, bytes], other: dict[str, bytes], expected: bool) -> None:
    assert same(one, other, PERSON) is expected
    assert same(other, one, PERSON) is expected


@pytest.mark.parametrize(
    ("said", "vain"),
    [
        ({"idNumber": "N/A"}, "idNumber"),
        ({"name": "Chan Tai Man"}, "name"),
        ({"employer": "Alpha", "phone": "91234567"}, "employer"),
        ({"phone": "0", "idNumber": "440301199001011234"}, "phone"),
        ({"tractorPlate": "unknown"}, "tractorPlate"),
    ],
)
def test_what_can_tell_nobody_is_refused_by_name_and_without_its_value(said: dict[str, str], vain: str) -> None:
    with pytest.raises(BadInput, match=f"^{vain}: such a text tells nobody") as caught:
        Sought.of(said)

    assert not any(value in str(caught.value) for value in said.values() if len(value) > 3)


def test_a_person_is_sought_by_the_kinds_in_their_order() -> None:
    sought = seek(tractorPlate="粤B12345", employer="Alpha", name="Lee", idNumber="440301199001011234")

    assert sought.kinds == ("idNumber", "name", "tractorPlate")


def test_an_event_names_a_person_at_each_place_and_by_each_key_that_it_has() -> None:
    found = named(seek(licenceNumber="hk 70001"), people=[LEE, CHAN, {"role": "CONTACT", "licenceNumber": "HK70001"}])

    assert (found.places, found.truck, found.where) == ((1, 2), False, ("people",))
    assert found.kinds == {"licenceNumber", "phone"}
    assert found.counted == (("licenceNumber", b"licenceNumber:hk70001"),)
    assert found.event_id == b"e-1"


def test_an_event_names_the_person_of_its_truck() -> None:
    found = named(seek(tractorPlate="粤B-12345", phone="+85291234567"), people=[LEE], truck=PLATE)

    assert (found.places, found.truck, found.where) == ((), True, ("truck",))
    assert found.counted == (("tractorPlate", "tractorPlate:粤b12345".encode()),)


@pytest.mark.parametrize(
    "event",
    [{}, {"people": [LEE]}, {"people": [{**CHAN, "phone": "N/A"}]}, {"truck": {"tractorPlate": "+85291234567"}}],
)
def test_other_events_do_not(event: dict[str, Any]) -> None:
    found = named(seek(phone="+852 9123 4567"), **event)

    assert not found
    assert found.where == ()


def test_a_retraction_names_nobody_and_what_is_no_event_is_refused() -> None:
    value = encode_framed(RETRACTION, a_retraction())

    assert not gate.named_in(RETRACTION, value, PREFIX_SIZE, seek(phone="+852 9123 4567"))
    with pytest.raises(InvalidEvent):
        gate.named_in(EVENT, value[:-1], PREFIX_SIZE, seek(phone="+852 9123 4567"))


@pytest.mark.parametrize(
    "event",
    [
        {"people": [CHAN]},
        {"people": [CHAN], "truck": PLATE},
        {"people": [{"role": "CONTACT", "phone": CHAN["phone"]}]},
        {"people": [CHAN], "equipment": None, "eventSubtype": "DISC"},
    ],
)
@pytest.mark.parametrize("level", [FEW, MANY])
def test_of_an_event_with_one_person_it_is_all_that_was_delivered(event: dict[str, Any], level: int) -> None:
    record = a_record(an_event(**event))

    found = given(seek(phone="+852 9123 4567"), record, level=level)

    sent = delivered(record, level=level)
    assert {name: {*one.fields, *one.beside} for name, one in found.items()} == {
        name: {*one} for name, one in sent.items()
    }
    assert all(path.startswith("people[].") for one in found.values() for path in one.fields)
    assert not any(path.startswith("people") for one in found.values() for path in one.beside)


def test_of_several_people_each_is_told_what_is_theirs() -> None:
    record = a_record(an_event(people=[LEE, CHAN], truck=PLATE))

    chan, lee = given(seek(licenceNumber="HK-70001"), record), given(seek(idNumber="440301199001011234"), record)

    assert set(chan["terminal"].fields) == {"people[].name", "people[].licenceNumber", "people[].role"}
    assert set(lee["terminal"].fields) == {"people[].name", "people[].role"}
    assert (chan["bank"].fields, chan["bank"].changed) == (("people[].phone",), ("people[].phone",))
    assert lee["bank"].changed == ("people[].phone",), "a pseudonym is less than was written"
    assert (chan["terminal"].grants, chan["terminal"].papers) == (("moves",), ()), "few people need no paper"
    assert chan["terminal"].changed == ()
    assert chan["customs"].fields == ()
    assert set(chan["customs"].beside) >= {"eventId", "equipment.reference", "truck.tractorPlate"}


def test_who_is_told_by_a_truck_is_told_its_fields_and_of_nobody_in_it() -> None:
    found = given(seek(tractorPlate="粤B12345"), a_record(an_event(people=[LEE], truck=PLATE)), level=MANY)

    assert found["customs"].fields == ("truck.tractorPlate",)
    assert found["customs"].papers == ("paper",)
    assert found["terminal"].fields == ()
    assert not any(path.startswith("people") for path in found["terminal"].beside)


def test_without_a_count_nothing_of_the_person_left() -> None:
    (run,) = a_batch(a_record(an_event(people=[CHAN]))).runs

    found = gate.given(WHOLE, run, seek(phone="+852 9123 4567"), NOW_US, None)

    assert {name: one.fields for name, one in found.items()} == dict.fromkeys(found, ())


def test_what_a_person_let_go_went_to_that_partner_alone() -> None:
    grants = [a_grant("eventId", "people[].name", "location.name", partners=["terminal", "bank"])]
    executor = an_executor(
        parties=[a_publisher(), a_partner(), a_partner("bank")],
        grants=grants,
        papers=[a_paper(recipients=["terminal", "bank"])],
        classes=[a_class("location.name", "SUSPECT_IMPORTANT")],
    )
    record, sought = a_record(an_event(people=[CHAN], location={"name": "berth 9"})), seek(phone="+852 9123 4567")

    held, freed = given(sought, record, executor), given(sought, record, executor, MANY, "bank")

    assert held == {}
    assert {name: one.fields for name, one in freed.items()} == {"bank": ("people[].name",)}
    assert "location.name" in freed["bank"].beside
    assert (freed["bank"].grants, freed["bank"].papers) == (("moves",), ("paper",))


def test_a_record_that_was_refused_gave_nobody_anything() -> None:
    assert given(seek(phone="+852 9123 4567"), a_record(an_event(people=[CHAN], eventTime=-1))) == {}
