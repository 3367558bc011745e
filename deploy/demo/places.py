"""Ports, ships and boxes of the demo: codes with right check digits, terminals by their SMDG codes, times by the clock
of the port. Ships and companies are invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

_CHINA = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Port:
    """A port and the terminal in it that the boxes of the demo use."""

    code: str
    """UN/LOCODE."""
    terminal: str
    city: str

    def local(self, moment: datetime) -> str:
        """A moment by the clock on the quay, with its offset."""
        zone = _amsterdam(moment) if self.code.startswith("NL") else _CHINA
        return moment.astimezone(zone).isoformat(timespec="seconds")


def _amsterdam(moment: datetime) -> timezone:
    """Summer time is from the last Sunday of March to that of October, 01:00 UTC. Bare machines have no tzdata."""
    begin, end = (_last_sunday(moment.astimezone(UTC).year, month) for month in (3, 10))
    return timezone(timedelta(hours=2 if begin <= moment < end else 1))


def _last_sunday(year: int, month: int) -> datetime:
    last = datetime(year, month, 31, 1, tzinfo=UTC)
    return last - timedelta(days=(last.weekday() + 1) % 7)


YANTIAN = Port("CNYTN", "YICT", "Yantian")
HONG_KONG = Port("HKHKG", "HITHK", "Hong Kong")
SINGAPORE = Port("SGSIN", "PSATUA", "Singapore")
ROTTERDAM = Port("NLRTM", "RWG", "Rotterdam")
PORTS = {port.code: port for port in (YANTIAN, HONG_KONG, SINGAPORE, ROTTERDAM)}


@dataclass(frozen=True, slots=True)
class Vessel:
    name: str
    imo: str
    flag: str


def container(owner: str, serial: int) -> str:
    """A container number: owner code, six digits, check digit (ISO 6346)."""
    text = f"{owner}U{serial:06d}"
    return f"{text}{sum(_value(char) << place for place, char in enumerate(text)) % 11 % 10}"


def _value(char: str) -> int:
    """Digits count as they are, letters from A = 10 on, leaving out the multiples of 11."""
    if char.isdigit():
        return int(char)
    plain = ord(char) - ord("A") + 10
    return plain + (plain - 1) // 10


def imo(number: int) -> str:
    """A ship's number: six digits and a check digit."""
    text = f"{number:06d}"
    return f"{text}{sum(int(digit) * weight for digit, weight in zip(text, range(7, 1, -1), strict=True)) % 10}"


FEEDERS = (Vessel("PEARL HERON", imo(999981), "HK"), Vessel("REED WARBLER", imo(999971), "HK"))
MAINLINERS = (Vessel("HUANGPU AURORA", imo(999961), "CN"), Vessel("HUANGPU TIDE", imo(999951), "CN"))
TRANSSHIPPERS = (Vessel("STRAITS ENDEAVOUR", imo(999941), "SG"), Vessel("STRAITS MERIDIAN", imo(999931), "SG"))
