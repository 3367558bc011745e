"""Zones: where a party is registered, where the hub keeps data. ``CN-GD-SZ``, ``CN-SH``, ``HK``, ``MO``, ``SG`` ...

A zone is an ISO 3166-1 country, an ISO 3166-2 subdivision of it, in the Mainland a city of two letters, and in there a
free trade zone by a code of our own (``CN-GD-SZ-QH``). What the law asks of a city it asks of the free trade zones in
it; what it gives to a free trade zone the city around it does not have. "Mainland" is all of CN as ISO 3166-1 has it:
Hong Kong, Macao and Taiwan are zones of their own, since a transfer from the Mainland to them is an export (PIPL Art.
38; CAC provisions of 22 March 2024).
"""

from __future__ import annotations

from dataclasses import dataclass

import pycountry

GBA_CITIES = {
    "GZ": "Guangzhou",
    "SZ": "Shenzhen",
    "ZH": "Zhuhai",
    "FS": "Foshan",
    "HZ": "Huizhou",
    "DG": "Dongguan",
    "ZS": "Zhongshan",
    "JM": "Jiangmen",
    "ZQ": "Zhaoqing",
}
"""The nine Guangdong cities of the Greater Bay Area standard contracts (announcements of 10 Dec 2023, 10 Sep 2024)."""

FREE_TRADE_ZONES = {
    "CN-SH-FTZ": "Shanghai free trade zone",
    "CN-SH-LG": "Lingang new area",
    "CN-TJ-FTZ": "Tianjin free trade zone",
    "CN-BJ-FTZ": "Beijing free trade zone",
    "CN-ZJ-FTZ": "Zhejiang free trade zone",
    "CN-GX-FTZ": "Guangxi free trade zone",
    "CN-JS-FTZ": "Jiangsu free trade zone",
    "CN-CQ-FTZ": "Chongqing free trade zone",
    "CN-FJ-FTZ": "Fujian free trade zone",
    "CN-FJ-PT": "Pingtan",
    "CN-GD-GZ-NS": "Nansha",
    "CN-GD-SZ-QH": "Qianhai and Shekou",
    "CN-GD-SZ-HT": "Hetao Shenzhen park",
    "CN-GD-ZH-HQ": "Hengqin",
}
"""Places with a list or a regime of their own inside a city or province. No standard has codes for them."""

_OWN_ZONES = {"CN-HK": "HK", "CN-MO": "MO", "CN-TW": "TW"}


@dataclass(frozen=True, slots=True)
class Zone:
    """A place as the law sees it."""

    code: str

    @property
    def country(self) -> str:
        return self.code[:2]

    @property
    def mainland(self) -> bool:
        return self.country == "CN"

    @property
    def city(self) -> str:
        """The code of the zone without its free trade zone: in Qianhai is in Shenzhen."""
        return self.code.rpartition("-")[0] if self.code in FREE_TRADE_ZONES else self.code

    def __str__(self) -> str:
        return self.code


def parse_zone(code: str) -> Zone:
    """The zone of a code. Raises ``ValueError`` with a sentence that says what to write instead."""
    country, *rest = code.split("-")
    own = f"{country}-{rest[0]}" if rest else ""
    if own in _OWN_ZONES:
        raise ValueError(f"{own} is a zone of its own here; write {_OWN_ZONES[own]!r}")
    if not _has_country(country):
        raise ValueError(
            f"{code!r} begins with no ISO 3166-1 country; write codes like 'CN-GD-SZ', 'CN-SH', 'HK', 'SG', in "
            "letters from A to Z"
        )
    if rest and not _has_subdivision(f"{country}-{rest[0]}"):
        raise ValueError(f"{code!r}: {country}-{rest[0]} is no ISO 3166-2 subdivision; write one, or {country!r} alone")
    if len(rest) > 1 and code not in FREE_TRADE_ZONES:
        _check_city(code, f"{country}-{rest[0]}", rest[1:])
    return Zone(code)


def _has_country(code: str) -> bool:
    found = pycountry.countries.get(alpha_2=code)
    return found is not None and found.alpha_2 == code  # it looks codes up whatever their case, and a kelvin sign as k


def _has_subdivision(code: str) -> bool:
    found = pycountry.subdivisions.get(code=code)  # type: ignore[no-untyped-call]
    return found is not None and found.code == code  # it looks codes up whatever their case


def _check_city(code: str, province: str, rest: list[str]) -> None:
    free = ", ".join(f"{one} ({name})" for one, name in FREE_TRADE_ZONES.items() if one.startswith(f"{province}-"))
    if province == "CN-GD" and (len(rest) != 1 or rest[0] not in GBA_CITIES):
        known = ", ".join(f"{letters} ({name})" for letters, name in GBA_CITIES.items())
        raise ValueError(
            f"{code!r}: the Guangdong cities known here are {known}; write one, a free trade zone there: {free}, or "
            "'CN-GD' alone"
        )
    if province != "CN-GD" and free:
        raise ValueError(f"{code!r}: below {province} are known here {free}; write one, or {province!r} alone")
    if province != "CN-GD":
        raise ValueError(f"{code!r}: no city codes are known below {province}; write {province!r}")
