"""One JSON value to one canonical value of a kind, or the reason why not.

Every function returns ``(value, remark)``. ``value`` is None when the JSON value cannot be taken without guessing; the
remark then says why. A remark beside a value says what was unusual about it. Remarks are sentences without their
subject.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from math import isfinite
from typing import TypeAlias

from tidegate.standards import times

Taken: TypeAlias = tuple[object | None, str | None]

INT32 = range(-(2**31), 2**31)
INT64 = range(-(2**63), 2**63)
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,9})")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")
_EXACT_DIGITS = 15
"""Decimal digits that survive a double unharmed (IEEE 754)."""

DIGITS_CUT = "has more digits than a number can hold; the full text is kept under extensions as well"


def text(value: object) -> Taken:
    """Text as it is. A whole number becomes its digits, which is exact; nothing else becomes text."""
    if type(value) is str:
        return value, None
    if type(value) is int and value in INT64:
        return str(value), "is a number where text is expected; its digits are taken as the text"
    return None, "is not text"


def whole(value: object) -> Taken:
    """A whole number of 32 bits; text only where it holds exactly the digits of one."""
    if type(value) is int:
        return (value, None) if value in INT32 else (None, "is too large")
    if type(value) is str and _WHOLE.fullmatch(value) and int(value) in INT32:
        return int(value), "is text where a number is expected; the number in it is taken"
    return None, "is not a whole number"


def number(value: object) -> Taken:
    """A finite double."""
    if type(value) is float and isfinite(value):
        return value, None
    if type(value) is int and value in INT64:
        return float(value), None if int(float(value)) == value else DIGITS_CUT
    return None, "is not a number"


def flag(value: object) -> Taken:
    """true or false."""
    return (value, None) if type(value) is bool else (None, "is neither true nor false")


def day(value: object) -> Taken:
    """Days since 1970-01-01: an ISO 8601 date, or that number itself."""
    if type(value) is int:
        return (value, None) if value in INT32 else (None, "is too large")
    if type(value) is not str:
        return None, "is not a date"
    taken = times.day(value)
    return (None, taken) if isinstance(taken, str) else (taken, None)


def degrees(limit: int) -> Callable[[object], Taken]:
    """A latitude or longitude up to ``limit``: text with decimal degrees as in DCSA 2.2, or a number."""

    def take(value: object) -> Taken:
        if type(value) in (int, float):
            taken, remark = number(value)
        elif type(value) is str and _DECIMAL.fullmatch(value):
            exact = len(value) <= _EXACT_DIGITS or sum(map(str.isdigit, value.lstrip("+-0."))) <= _EXACT_DIGITS
            taken, remark = float(value), None if exact else DIGITS_CUT
        else:
            taken, remark = None, "is not a number of degrees"
        if isinstance(taken, float) and not -limit <= taken <= limit:
            return None, f"is outside -{limit} to {limit} degrees"
        return taken, remark

    return take


def compact(value: object) -> str | None:
    """``value`` as JSON in its shortest form; text as it is. None when it is nested too deeply to be written."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (RecursionError, ValueError):
        return None
