"""RFC 3339 to microseconds: what is taken, what is refused, and that nothing is guessed."""

from __future__ import annotations

import pytest

from tidegate.standards import times
from tidegate.standards.times import Instant

NOON = 1_773_140_460_000_000
"""2026-03-10T11:01:00Z"""


@pytest.mark.parametrize(
    ("text", "micros", "offset"),
    [
        ("2026-03-10T11:01:00Z", NOON, 0),
        ("2026-03-10T19:01:00+08:00", NOON, 480),
        ("2026-03-10T06:01:00-05:00", NOON, -300),
        ("2026-03-10T16:31:00+05:30", NOON, 330),
        ("2026-03-11T01:01:00+14:00", NOON, 840),
        ("2026-03-09T23:01:00-12:00", NOON, -720),
        ("2026-03-10t11:01:00z", NOON, 0),  # RFC 3339 section 5.6: T and Z may be small
        ("2026-03-10 19:01:00+08:00", NOON, 480),  # ... and T may be a blank
        ("2026-03-10T19:01:00+0800", NOON, 480),  # ISO 8601 basic form of the offset
        ("2026-03-10T19:01:00+08", NOON, 480),
        ("2026-03-10T11:01:00.5Z", NOON + 500_000, 0),
        ("2026-03-10T11:01:00,5Z", NOON + 500_000, 0),  # ISO 8601 allows the comma
        ("2026-03-10T11:01:00.000001Z", NOON + 1, 0),
        ("2026-03-10T11:01:00.0000010Z", NOON + 1, 0),  # seven digits, but nothing is cut
        ("2026-03-10T11:01:00-00:00", NOON, None),  # section 4.3: the moment is known, the local time is not
        ("1970-01-01T00:00:00Z", 0, 0),
        ("1969-12-31T23:59:59.999999Z", -1, 0),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000_000, 0),
        ("0001-01-01T00:00:00Z", times.FIRST, 0),
        ("9999-12-31T23:59:59.999999Z", times.LAST, 0),
    ],
)
def test_moment(text: str, micros: int, offset: int | None) -> None:
    assert times.instant(text) == Instant(micros, offset)


@pytest.mark.parametrize(
    ("text", "micros", "remark"),
    [
        ("2026-03-10T11:01:00.1234567Z", NOON + 123_456, times.CUT),
        ("2026-03-10T11:01:00.9999999999Z", NOON + 999_999, times.CUT),  # cut, not rounded into the next second
        ("2026-03-10T19:01+08:00", NOON, times.NO_SECONDS),
    ],
)
def test_moment_with_a_remark(text: str, micros: int, remark: str) -> None:
    taken = times.instant(text)

    assert isinstance(taken, Instant)
    assert (taken.micros, taken.remark) == (micros, remark)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-03-10T19:01:00", times.NO_OFFSET),
        ("2026-03-10 19:01", times.NO_OFFSET),
        ("2026-03-10", times.NO_TIME),
        ("2026-02-29T00:00:00Z", times.NO_DAY),
        ("2026-13-01T00:00:00Z", times.NO_DAY),
        ("2026-00-10T00:00:00Z", times.NO_DAY),
        ("0000-01-01T00:00:00Z", times.NO_DAY),
        ("2026-03-10T24:00:00Z", times.NO_DAY),
        ("2026-03-10T11:60:00Z", times.NO_DAY),
        ("2016-12-31T23:59:60Z", times.NO_DAY),  # a leap second has no place among microseconds since 1970
        ("2026-03-10T11:01:00+14:01", times.NO_SUCH_OFFSET),
        ("2026-03-10T11:01:00-12:01", times.NO_SUCH_OFFSET),
        ("2026-03-10T11:01:00+25:00", times.NO_SUCH_OFFSET),
        ("2026-03-10T11:01:00+08:60", times.NO_SUCH_OFFSET),
        ("0001-01-01T00:00:00+01:00", times.NO_YEAR),
        ("9999-12-31T23:59:59-01:00", times.NO_YEAR),
        ("2026/03/10 11:01:00 Z", times.NO_FORM),
        ("10.03.2026 11:01", times.NO_FORM),
        ("2026-03-10T11:01:00+08:", times.NO_FORM),
        ("2026-03-10T11:01:00 +08:00", times.NO_FORM),
        ("2026-03-10T11:01:00.Z", times.NO_FORM),
        ("2026-03-10T11:01:00Z ", times.NO_FORM),
        ("2026-03-10T11:01:00Z\n", times.NO_FORM),
        ("٢٠٢٦-03-10T11:01:00Z", times.NO_FORM),
        ("2026-03-10T11:01:00." + "1" * 60 + "Z", times.NO_FORM),
        ("1773140460", times.NO_FORM),
        ("", times.NO_FORM),
    ],
)
def test_refused(text: str, reason: str) -> None:
    assert times.instant(text) == reason


def test_back_to_text() -> None:
    assert times.rfc3339(NOON) == "2026-03-10T11:01:00Z"
    assert times.rfc3339(NOON + 1) == "2026-03-10T11:01:00.000001Z"
    assert times.rfc3339(times.FIRST) == "0001-01-01T00:00:00Z"
    assert times.rfc3339(times.LAST) == "9999-12-31T23:59:59.999999Z"


def test_days() -> None:
    assert times.day("1970-01-02") == 1
    assert times.iso_day(-1) == "1969-12-31"
    assert times.day("2026-02-29") == times.NO_DAY
    assert isinstance(times.day("20260301"), str)
    assert not times.has_iso_day(10**7)
