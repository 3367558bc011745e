"""The decision table transcribed a second time, from the text and not from the code: one long function, no cleverness.

It says row, action and mechanism. A slip in one of the two transcriptions is found by comparing them.
"""

from __future__ import annotations

from dataclasses import replace

from tidegate.law import PURPOSES, Facts, Law

NINE = {"CN-GD-GZ", "CN-GD-SZ", "CN-GD-ZH", "CN-GD-FS", "CN-GD-HZ", "CN-GD-DG", "CN-GD-ZS", "CN-GD-JM", "CN-GD-ZQ"}
CITY_OF = {
    "CN-GD-SZ-QH": "CN-GD-SZ",
    "CN-GD-SZ-HT": "CN-GD-SZ",
    "CN-GD-GZ-NS": "CN-GD-GZ",
    "CN-GD-ZH-HQ": "CN-GD-ZH",
    "CN-SH-FTZ": "CN-SH",
    "CN-SH-LG": "CN-SH",
    "CN-BJ-FTZ": "CN-BJ",
    "CN-TJ-FTZ": "CN-TJ",
    "CN-ZJ-FTZ": "CN-ZJ",
    "CN-GX-FTZ": "CN-GX",
    "CN-JS-FTZ": "CN-JS",
    "CN-CQ-FTZ": "CN-CQ",
    "CN-FJ-FTZ": "CN-FJ",
    "CN-FJ-PT": "CN-FJ",
}
LIST_AREAS = (
    ("CN-TJ-FTZ",),
    ("CN-BJ", "CN-BJ-FTZ"),
    ("CN-SH", "CN-SH-FTZ", "CN-SH-LG"),
    ("CN-HI",),
    ("CN-ZJ-FTZ",),
    ("CN-GX-FTZ",),
    ("CN-JS-FTZ",),
    ("CN-CQ-FTZ",),
    ("CN-FJ-FTZ",),
    ("CN-GD-SZ-QH", "CN-GD-SZ-HT", "CN-GD-GZ-NS", "CN-GD-ZH-HQ"),
)
"""Where there is a negative list: Shanghai and Beijing as whole cities, elsewhere the free trade zone alone."""


def naive(f: Facts, law: Law) -> tuple[int, str, str]:
    """Row, action, mechanism, for the law from September 2026 on.

    Important data, or suspect, that would leave has to be let out as what it is otherwise as well.
    """
    said = once(f, law)
    if said[1] != "PASS" or f.field_class not in ("IMPORTANT", "SUSPECT_IMPORTANT"):
        return said
    if f.otherwise in ("IMPORTANT", "SUSPECT_IMPORTANT", "UNCLASSIFIED"):
        return 3, "HOLD" if f.mandatory else "DROP", "NONE"
    beside = once(replace(f, field_class=f.otherwise), law)
    return said if beside[1] == "PASS" else beside


def once(f: Facts, law: Law) -> tuple[int, str, str]:  # noqa: C901, PLR0911, PLR0912, PLR0915 - one long text, on purpose
    """The rows, asked once."""
    stay = "NONE"
    route = [None if zone is None else zone.code for zone in (f.exporter.zone, f.storage, *f.relays, f.recipient.zone)]
    personal = f.field_class in ("PI", "SPI")
    spi = f.field_class == "SPI"
    papers = f.papers

    if f.recipient.foreign_authority != "no" or f.recipient.restricted != "no":
        return 1, "BLOCK_EVENT", stay
    if f.field_class in ("CORE", "EXPORT_CONTROLLED"):
        return 2, "BLOCK_EVENT", stay
    raised = f.field_class in ("IMPORTANT", "SUSPECT_IMPORTANT") and f.otherwise in ("PI", "SPI")
    if (personal or raised) and f.exporter.state_organ != "no":
        return 2, "BLOCK_EVENT", stay
    nobody_knows = personal and f.origin == "unknown"
    if f.field_class == "UNCLASSIFIED" or None in route or not f.lineage_known or nobody_knows:
        return 3, "HOLD" if f.mandatory else "DROP", stay
    to = CITY_OF.get(str(route[-1]), str(route[-1]))
    towns = [CITY_OF.get(str(code), str(code)) for code in route]
    mainland = [str(code).startswith("CN") for code in route]
    if f.stamp is not None and to not in f.stamp:
        return 4, "DROP", stay

    out = any(mainland[i] and not mainland[j] for i in range(len(route)) for j in range(i, len(route)))
    if all(mainland):
        if f.field_class == "GENERAL":
            return 5, "PASS", "NONE_NEEDED"
        if f.field_class == "COMMERCIAL":
            return (5, "PASS", "NONE_NEEDED") if f.own_path else (5, "DROP", stay)
        if personal:
            if f.confidential and not f.own_path:
                return 5, "DROP", stay
            if "DOMESTIC_ART23" in papers:
                return 5, "PASS", "DOMESTIC_ART23"
            return (5, "PASS", "ENTRUSTED") if "ENTRUSTED" in papers else (5, "DROP", stay)
        return (5, "PASS", "RISK_ASSESSMENT") if "RISK_ASSESSMENT" in papers else (5, "HOLD", stay)
    if f.field_class == "IMPORTANT":
        if "ASSESSMENT" in papers:
            return 6, "PASS", "ASSESSMENT"
        return 6, "HOLD" if f.grace == "yes" else "DROP", stay
    if f.field_class == "SUSPECT_IMPORTANT":
        return 6, "HOLD", stay
    art3 = "ART3" if out else "NONE_NEEDED"
    if f.field_class == "GENERAL" and f.purpose in PURPOSES:
        return 7, "PASS", art3
    if f.field_class == "COMMERCIAL":
        return (8, "PASS", art3) if f.own_path else (8, "DROP", stay)
    if not personal:
        return 19, "DROP", stay
    if f.confidential and not f.own_path:
        return 8, "DROP", stay

    applies = out or f.stamp is not None
    if f.origin == "HK":
        if not ("HK_DPP" in papers or "GBA_SC_HK" in papers):
            return (9, "HOLD", stay) if "GBA_SC_HK" in f.overdue else (9, "DROP", stay)
        if not applies:
            return 9, "PASS", "HK_DPP"
    if not applies:
        return 19, "DROP", stay
    if f.evidence != "yes":
        return 10, "DROP", stay
    fresh = f.stamp is None
    if f.origin in ("HK", "overseas") and f.unmixed == "yes" and fresh:
        return 11, "PASS", "ART4_TRANSIT"
    abroad = not to.startswith("CN")
    from_mainland = mainland[0]
    if from_mainland and abroad and fresh:
        for scenario in ("ART5_CONTRACT", "ART5_HR", "ART5_EMERGENCY"):
            if scenario in papers:
                return 12, "PASS", scenario
        if "STATUTORY_DUTY" in papers and (f.exporter.small_handler == "yes" or f.counsel == "yes"):
            return 12, "PASS", "STATUTORY_DUTY"
    ciio = f.exporter.ciio != "no"
    area = next((one for one in LIST_AREAS if route[0] in one), ())
    from_there = all(route[i] in area for i in range(len(route)) if mainland[i])
    if from_there and mainland[0] and abroad and fresh and not ciio and f.off_list == "yes":
        asks = "CN-BJ" in area or ("CN-SH" in area and law.points.shanghai_reference)
        if not asks or f.list_reference == "yes":
            return 13, "PASS", "FTZ_OFFLIST"
    for contract, side in (("GBA_SC_HK", "HK"), ("GBA_SC_MO", "MO")):
        ends = (towns[0] in NINE and to == side) or (towns[0] == side and to in NINE)
        if (ends or not fresh) and all(code in NINE or code == side for code in towns):
            if contract in papers and (not ciio or law.points.gba_ciio):
                return 14, "PASS", contract
            if contract in f.overdue:
                return 14, "HOLD", stay
    assessed = "ASSESSMENT" in papers and abroad and fresh
    if ciio:
        return (15, "PASS", "ASSESSMENT") if assessed else (15, "DROP", stay)
    if f.people is None or f.people >= (10_000 if spi else 1_000_000):
        return (16, "PASS", "ASSESSMENT") if assessed else (16, "DROP", stay)
    many = spi or f.people >= 100_000
    if not many and from_mainland and fresh:
        return 18, "PASS", "ART5_SMALL"
    for contract in ("SCC", "CERT", "ASSESSMENT"):
        if contract in papers and abroad and fresh:
            return 17 if many else 18, "PASS", contract
    if "SCC" in f.overdue or "CERT" in f.overdue:
        return 17 if many else 18, "HOLD", stay
    return 17 if many else 19, "DROP", stay


def naive_freed(f: Facts, law: Law) -> tuple[int, str, str]:
    """The same, once a named person let the delivery go."""
    said = naive(f, law)
    if said[1] != "HOLD":
        return said
    if said[0] in (9, 14, 17, 18):
        return naive(replace(f, overdue=frozenset()), law)
    examined = said[0] != 3 and f.field_class == "SUSPECT_IMPORTANT"
    in_grace = said[0] == 6 and f.field_class == "IMPORTANT"
    if (examined or in_grace) and f.otherwise in ("GENERAL", "COMMERCIAL"):
        return naive(replace(f, field_class=f.otherwise), law)
    return said[0], "DROP", "NONE"
