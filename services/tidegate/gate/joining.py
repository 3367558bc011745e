"""Joining: by what one person is told from another.

The law's order (LAW 8.4(3)): the number of the identity document, else the licence, else the telephone, else name and
employer; whom none of these tells is a new person each time. Counting too many is the strict side, so a text that
stands where there is none ("N/A", "000000", "unknown", "不详"), that is masked, or that is too short to tell anybody is
as if it were not there: three drivers whose number is "N/A" are three.

The list knows no plate. A truck is counted all the same, since its plate is personal data of whoever it is registered
to: the plate stands for that one person. Strictly, whoever drives is not told by it, and would be a new person in
every event; then each report of where a truck is would count somebody, the same driver a hundred times a day, and a
threshold would say nothing. Where drivers are to be counted, events name them in ``people``: they count beside the
plate.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from tidegate.events.memo import WIDEST

NUMBERS = ("idNumber", "licenceNumber", "phone")
NAME = "name"
"""Name and employer together are one key."""
PERSON = (*NUMBERS, NAME)
"""The kinds of keys of a person, the one that counts first."""
PLATES = ("tractorPlate", "vin", "trailerPlate")
"""Those of a truck."""

_SHORTEST = {NAME: 2, "employer": 2} | dict.fromkeys(PLATES, 3)
"""How many letters and digits tell somebody; numbers want more. Plates of Hong Kong may be as short."""
_SHORTEST_NUMBER = 5
REMEMBERED = 8_192
"""Of how many texts it is remembered whether they tell anybody: the same drivers come again and again."""

_WORDS = """
    na nan nil nill no not none null unknown unkown unknwon unk undefined unspecified undisclosed available
    applicable avail known given provided specified stated supplied recorded found set yet to be advised announced
    confirmed determined defined tba tbc tbd tbn blank empty missing pending hidden redacted withheld confidential
    masked deleted removed anonymous anon dummy fake test testing tester example sample placeholder default temp
    asdf qwerty foo bar abc abcde abcdef various several multiple many other others any anyone someone somebody nobody
    same as above see document documents id identity number licence license passport phone telephone tel mobile
    contact name first last full person people individual personal private self employed selfemployed freelance
    freelancer own owner driver drivers truckdriver lorry truck vehicle tractor trailer plate operator agent admin user
    customer client consignee shipper staff employee employer company ltd limited co inc llc corp mr mrs ms miss sir
    madam dr the and or of for
"""
_STANDS_FOR_NOTHING = frozenset(_WORDS.split())
"""Words that fields are filled with where there is nothing to say. What is left without them has to tell a person."""
_NOTHING = re.compile(
    r"\bn\s*[/\\.]\s*[ak]\b\.?|"
    "不详|不詳|不明|未知|未提供|未填写|未填寫|未填|未定|未登记|未登記|待定|待确认|待確認|待通知|没有|沒有|暂无|暫無|匿名|佚名|无名氏|無名氏|"
    "司机|司機|驾驶员|駕駛員|先生|女士|小姐|师傅|師傅|测试|測試|保密|其他|其它|同上|个体户|個體戶|个体|個體|个人|個人|自雇|自僱|某|无|無|空"
)
"""The same in Chinese, which is written without spaces; and "N/A", which has one word too many."""
_MASKED = re.compile(r"[*•●○■□█×?�]|x{3,}|#{2,}|_{2,}")
_PIECE = re.compile(r"[^\W\d_]+|\d+")
_COUNTRY = re.compile(r"^(?:00)?(?:86|852|853)(?=\d)")
"""Country codes of the Mainland, Hong Kong and Macao, before a telephone number."""
_IN_ORDER = ("01234567890123456789", "98765432109876543210")
_FAKE_PHONES = ("13800138000", "13800000000", "13900000000", "13000000000")
"""Numbers that forms in the Mainland are filled with: a service number of China Mobile, and round ones."""


def keys_of_person(said: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """The keys by which a person may be told, with their kinds, the one that counts first; none where nothing tells."""
    yield from _keys(NUMBERS, said)
    if _tells(NAME, _text(said.get("name"))) and _tells("employer", _text(said.get("employer"))):
        name = _plain(said["name"])
        yield NAME, f"name:{len(name)}:{name}{_plain(said['employer'])}".encode()


def keys_of_truck(said: Mapping[str, Any] | None) -> Iterator[tuple[str, bytes]]:
    """The keys by which the person of a truck may be told, with their kinds, the one that counts first."""
    return _keys(PLATES, said or {})


def same(one: Mapping[str, bytes], other: Mapping[str, bytes], kinds: tuple[str, ...]) -> bool:
    """Whether two descriptions are of one person: the first kind of key that both have decides.

    So who has the same telephone and another identity number is somebody else.
    """
    both = next((kind for kind in kinds if kind in one and kind in other), None)
    return both is not None and one[both] == other[both]


def _keys(kinds: tuple[str, ...], said: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    return ((kind, f"{kind}:{_plain(said[kind])}".encode()) for kind in kinds if _tells(kind, _text(said.get(kind))))


def _text(value: Any) -> str:
    """A value as text: in a schema of a publisher's own it need not be one."""
    return str(value) if value else ""


def _plain(value: Any) -> str:
    """A text as it is compared: without spaces and hyphens, whatever its case."""
    return "".join(_text(value).split()).replace("-", "").casefold()


def _tells(kind: str, value: str) -> bool:
    """Whether a text can tell a person. Of long ones nothing is remembered: a sender of them would fill the memory."""
    return (_remembered if len(value) <= WIDEST else _something_left)(kind, value)


def _something_left(kind: str, value: str) -> bool:
    """Whether enough is left of a text without words that stand for nothing."""
    text = unicodedata.normalize("NFKC", value).casefold()
    if _MASKED.search(text):
        return False
    pieces = _PIECE.findall(_NOTHING.sub(" ", text))
    left = "".join(one for one in pieces if one not in _STANDS_FOR_NOTHING and not (kind == NAME and one.isdigit()))
    if kind == "phone":
        left = _COUNTRY.sub("", left)
    if len(left) < _SHORTEST.get(kind, _SHORTEST_NUMBER) or "".join(pieces) in _STANDS_FOR_NOTHING:
        return False
    return len(set(left)) > 1 and left not in _FAKE_PHONES and not any(left in digits for digits in _IN_ORDER)


_remembered = lru_cache(maxsize=REMEMBERED)(_something_left)
