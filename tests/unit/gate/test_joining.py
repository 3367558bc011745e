"""By what a person is told from another: the keys of the law in their order, and what stands where there is none."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.gate.joining import keys_of_person, keys_of_truck

PERSON = {
    "idNumber": "440301199001011234",
    "licenceNumber": "HK-70001",
    "phone": "+86 139 1234 5678",
    "name": "陈大文",
    "employer": "顺风物流",
}
NO_NUMBER = (
    *("", "-", "--", ".", "0", "000", "000000", "0000-0000", "1111111111", "ZZZZZZ", "xxxxx", "xxx12345678"),
    *("N/A", "n.a.", "NA", "nil", "none", "NULL", "unknown", "Unknown!", "not available", "NOT-AVAILABLE", "no data"),
    *(
        "TBA",
        "tbd",
        "to be advised",
        "test",
        "TEST 123",
        "various",
        "id number unknown",
        "Ｎ／Ａ",
        "ＵＮＫＮＯＷＮ",
        "see above",
    ),
    *("无", "無", "不详", "不詳", "未知", "暂无", "無 資料", "1234", "AB12", "123456", "0123456789", "987654321"),
    *("440301********1234", "440301XXXXXXXX1234", "44030●●●●●1234", "????????", "####123456"),
)
NO_PHONE = (*NO_NUMBER, "+852 0000 0000", "00852 00000000", "+86 111 1111 1111", "13800138000", "86-13800138000")
NO_NAME = (
    *("", "-", "X", "XX", "N/A", "driver", "Driver", "DRIVER 2", "driver unknown", "unknown", "Unknown Driver", "Mr."),
    *(
        "A. Driver",
        "test",
        "various",
        "Truck Driver",
        "司机",
        "司機",
        "驾驶员",
        "不详",
        "未知",
        "王先生",
        "李师傅",
        "张某某",
        "无名氏",
    ),
    *("王**", "王××", "Ch*n", "123456"),
)
NO_EMPLOYER = (
    "",
    "-",
    "A",
    "N/A",
    "self-employed",
    "Self employed",
    "Private Ltd.",
    "unknown",
    "个体",
    "個體戶",
    "自雇",
    "不详",
)
NO_PLATE = ("", "-", "N/A", "000", "0000000", "TBA", "unknown", "TRUCK 1", "plate unknown", "粤B*****", "无", "123")


@pytest.mark.parametrize("kind", ["idNumber", "licenceNumber"])
@pytest.mark.parametrize("text", NO_NUMBER)
def test_a_number_that_stands_for_none_is_no_key(kind: str, text: str) -> None:
    assert list(keys_of_person({kind: text})) == []


@pytest.mark.parametrize("text", NO_PHONE)
def test_a_telephone_that_stands_for_none_is_no_key(text: str) -> None:
    assert list(keys_of_person({"phone": text})) == []


@pytest.mark.parametrize("text", NO_NAME)
def test_a_name_that_names_nobody_is_no_key(text: str) -> None:
    assert list(keys_of_person({"name": text, "employer": "Alpha Haulage"})) == []


@pytest.mark.parametrize("text", NO_EMPLOYER)
def test_an_employer_that_is_none_makes_a_name_no_key(text: str) -> None:
    assert list(keys_of_person({"name": "Chan Tai Man", "employer": text})) == []


@pytest.mark.parametrize("text", NO_PLATE)
def test_a_plate_that_stands_for_none_is_no_key(text: str) -> None:
    assert list(keys_of_truck({"tractorPlate": text})) == []


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ({"idNumber": "440301 19900101 123x"}, b"idNumber:44030119900101123x"),
        ({"idNumber": "C668668(E)"}, b"idNumber:c668668(e)"),
        ({"idNumber": "A987651"}, b"idNumber:a987651"),
        ({"licenceNumber": "AB-123"}, b"licenceNumber:ab123"),
        ({"phone": "1390001"}, b"phone:1390001"),
        ({"phone": "+852 9123 4567"}, b"phone:+85291234567"),
        ({"phone": "110-22"}, b"phone:11022"),
        ({"name": "王伟", "employer": "3M"}, "name:2:王伟3m".encode()),
        ({"name": "Li Na", "employer": "SF"}, b"name:4:linasf"),
        ({"name": "张无忌", "employer": "广州司机运输公司"}, "name:3:张无忌广州司机运输公司".encode()),
    ],
)
def test_what_tells_a_person_is_one_key_however_it_is_written(said: dict[str, Any], key: bytes) -> None:
    assert [one for _, one in keys_of_person(said)] == [key]


@pytest.mark.parametrize("plate", ["粤B12345", "粤Z·1234港", "MA-12-34", "AB 12", "HK 1998"])
def test_plates_of_all_three_places_tell(plate: str) -> None:
    assert list(dict(keys_of_truck({"tractorPlate": plate}))) == ["tractorPlate"]


def test_the_keys_stand_in_the_order_of_the_law_and_the_first_counts() -> None:
    assert [kind for kind, _ in keys_of_person(PERSON)] == ["idNumber", "licenceNumber", "phone", "name"]
    plates = {"trailerPlate": "粤B1234挂", "vin": "WDB96340310123456", "tractorPlate": "粤B12345"}
    assert [kind for kind, _ in keys_of_truck(plates)] == ["tractorPlate", "vin", "trailerPlate"]
    assert list(keys_of_truck(None)) == []


def test_a_schema_of_a_publishers_own_may_have_other_values_than_texts() -> None:
    numbers = {"phone": 85291234567, "idNumber": ["440301199001011234"], "licenceNumber": None, "name": {"first": "Li"}}

    assert [kind for kind, _ in keys_of_person(numbers)] == ["idNumber", "phone"]


VALUES = {
    "idNumber": ["440301199001011234", "440301199001011235"],
    "licenceNumber": ["HK-70001", "HK-70002"],
    "phone": ["1390001", "1390002"],
    "name": ["Chan", "Lee"],
    "employer": ["Alpha", "Beta"],
}
FILLERS = {**dict.fromkeys(VALUES, NO_NUMBER[1:]), "name": NO_NAME[1:], "employer": NO_EMPLOYER[1:]}
a_person = st.fixed_dictionaries({}, optional={name: st.sampled_from(some) for name, some in VALUES.items()})


def count(people: list[dict[str, str]]) -> int:
    """How many persons they are, each in an event of its own."""
    return len({next((key for _, key in keys_of_person(one)), b"new:%d" % place) for place, one in enumerate(people)})


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(a_person, max_size=8), st.data())
def test_what_is_filled_in_for_want_of_anything_changes_no_count(
    people: list[dict[str, str]], data: st.DataObject
) -> None:
    filled = [
        {name: one.get(name) or data.draw(st.sampled_from(["", *FILLERS[name]])) for name in VALUES} for one in people
    ]

    assert [list(keys_of_person(one)) for one in filled] == [list(keys_of_person(one)) for one in people]
    assert count(filled) == count(people)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.fixed_dictionaries({name: st.sampled_from(some) for name, some in FILLERS.items()}), max_size=8))
def test_of_whom_only_fillers_are_said_each_is_a_new_person(people: list[dict[str, str]]) -> None:
    assert count(people) == len(people)


def test_long_texts_tell_as_short_ones_do_and_fill_no_memory() -> None:
    """Whoever sends names of a megabyte, each another, is not kept in the memory of the hub eight thousand times."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        told = [dict(keys_of_person({"idNumber": f"{n}{'7x' * 100_000}"})) for n in range(100, 130)]
        vain = [dict(keys_of_person({"idNumber": f"{n}{'*' * 200_000}"})) for n in range(100, 130)]
        found = [len(one) for one in told], [len(one) for one in vain]
        del told, vain
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert found == ([1] * 30, [0] * 30)
    assert after - before < 1_000_000
