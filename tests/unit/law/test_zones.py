"""Zones: codes that are, and every kind of code that is not, with what to write instead."""

from __future__ import annotations

from string import ascii_uppercase

import pytest

from tidegate.law import parse_zone
from tidegate.law.zones import FREE_TRADE_ZONES, GBA_CITIES


@pytest.mark.parametrize(
    ("code", "mainland"),
    [
        *((code, True) for code in ("CN", "CN-SH", "CN-GD", "CN-XZ")),
        *((code, False) for code in ("HK", "MO", "TW", "SG", "NL", "US-CA", "GB-ENG")),
    ],
)
def test_zones(code: str, mainland: bool) -> None:
    zone = parse_zone(code)

    assert (zone.code, str(zone), zone.country, zone.mainland) == (code, code, code[:2], mainland)


@pytest.mark.parametrize("city", GBA_CITIES)
def test_cities_of_the_greater_bay_area(city: str) -> None:
    assert parse_zone(f"CN-GD-{city}").mainland


@pytest.mark.parametrize("code", FREE_TRADE_ZONES)
def test_a_free_trade_zone_is_inside_its_city_or_province(code: str) -> None:
    zone = parse_zone(code)

    assert zone.mainland
    assert parse_zone(zone.city).code == zone.city == code.rpartition("-")[0]
    assert zone.city.count("-") == code.count("-") - 1


@pytest.mark.parametrize("code", ["CN", "CN-SH", "CN-GD", "CN-GD-SZ", "HK", "US-CA"])
def test_what_is_no_free_trade_zone_is_a_city_by_itself(code: str) -> None:
    assert parse_zone(code).city == code


def test_there_are_nine_of_them() -> None:
    assert sorted(GBA_CITIES) == ["DG", "FS", "GZ", "HZ", "JM", "SZ", "ZH", "ZQ", "ZS"]


COUNTRY = "begins with no ISO 3166-1 country; write codes like 'CN-GD-SZ', 'CN-SH', 'HK', 'SG', in letters from A to Z"
WRONG = [
    ("CN-HK", "CN-HK is a zone of its own here; write 'HK'"),
    ("CN-MO", "CN-MO is a zone of its own here; write 'MO'"),
    ("CN-TW", "CN-TW is a zone of its own here; write 'TW'"),
    ("CN-HK-KLN", "CN-HK is a zone of its own here; write 'HK'"),
    ("CN-MO-1", "CN-MO is a zone of its own here; write 'MO'"),
    *((code, f"{code!r} {COUNTRY}") for code in ("", "XX", "ZZ", "UK", "cn", "hk", "Cn-SH", "C", "CHN")),
    *((code, f"{code!r} {COUNTRY}") for code in ("Hong Kong", "香港", "HK ", " HK", "CN_SH", "-", "--", "NO ", "ＨＫ")),
    ("H\u212a", f"{chr(39)}H\u212a{chr(39)} {COUNTRY}"),
    ("GD-SZ", "'GD-SZ': GD-SZ is no ISO 3166-2 subdivision; write one, or 'GD' alone"),
    ("CN-XX", "'CN-XX': CN-XX is no ISO 3166-2 subdivision; write one, or 'CN' alone"),
    ("CN-SZ", "'CN-SZ': CN-SZ is no ISO 3166-2 subdivision; write one, or 'CN' alone"),
    ("CN-XX-SZ", "'CN-XX-SZ': CN-XX is no ISO 3166-2 subdivision; write one, or 'CN' alone"),
    ("CN-", "'CN-': CN- is no ISO 3166-2 subdivision; write one, or 'CN' alone"),
    ("CN-gd", "'CN-gd': CN-gd is no ISO 3166-2 subdivision; write one, or 'CN' alone"),
    ("CN-SH ", "'CN-SH ': CN-SH  is no ISO 3166-2 subdivision; write one, or 'CN' alone"),
    ("HK-KLN", "'HK-KLN': HK-KLN is no ISO 3166-2 subdivision; write one, or 'HK' alone"),
    (
        "CN-SH-PD",
        "'CN-SH-PD': below CN-SH are known here CN-SH-FTZ (Shanghai free trade zone), CN-SH-LG (Lingang new area); "
        "write one, or 'CN-SH' alone",
    ),
    (
        "CN-BJ-CY",
        "'CN-BJ-CY': below CN-BJ are known here CN-BJ-FTZ (Beijing free trade zone); write one, or 'CN-BJ' alone",
    ),
    ("CN-SD-FTZ", "'CN-SD-FTZ': no city codes are known below CN-SD; write 'CN-SD'"),
    ("CN-AH-SZ", "'CN-AH-SZ': no city codes are known below CN-AH; write 'CN-AH'"),
    ("CN-SH-FTZ-LG", "'CN-SH-FTZ-LG': below CN-SH are known here CN-SH-FTZ (Shanghai"),
    ("US-CA-LA", "'US-CA-LA': no city codes are known below US-CA; write 'US-CA'"),
    *(
        (code, f"{code!r}: the Guangdong cities known here are GZ (Guangzhou), SZ (Shenzhen)")
        for code in ("CN-GD-XX", "CN-GD-sz", "CN-GD-ST", "CN-GD-", "CN-GD-SZ-", "CN-GD-SZ-YT")
    ),
]


@pytest.mark.parametrize(("code", "said"), WRONG, ids=[repr(code) for code, _ in WRONG])
def test_wrong_codes_say_what_to_write_instead(code: str, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_zone(code)

    assert str(caught.value).startswith(said)


def test_the_mainland_is_china_and_no_other_country() -> None:
    countries = [f"{one}{two}" for one in ascii_uppercase for two in ascii_uppercase]
    zones = [parse_zone(code) for code in countries if _is_zone(code)]

    assert len(zones) > 200
    assert [zone.code for zone in zones if zone.mainland] == ["CN"]
    assert parse_zone("CN-GD-SZ").mainland


def _is_zone(code: str) -> bool:
    try:
        parse_zone(code)
    except ValueError:
        return False
    return True
