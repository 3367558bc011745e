"""V1 container numbers, V2 IMO numbers, V14 other numbers: form and check digit. None of them proves existence.

A check digit lets 1 in 10 random numbers pass, so these are filters for typing mistakes. python-stdnum computes the
digits (ISO 6346, IMO resolution A.1117(30), ISO 7064 mod 97-10); ILU codes of European rail (EN 13044) look like
containers and have the same digit, with another fourth letter.
"""

from __future__ import annotations

import re

from stdnum import imo, iso6346, lei

from tidegate.events.checks.parts import NONE, Found, Look, Part, joined, lengths, remembering, spans
from tidegate.events.checks.reading import Fields, shown
from tidegate.events.checks.references import References
from tidegate.events.facts import Marks, words_in
from tidegate.events.findings import Finding

_CONTAINER = re.compile(r"[A-Z]{4}[0-9]{7}")
_CATEGORIES, _ILU = frozenset("UJZ"), frozenset("ABDEK")
_IMO = re.compile(r"[0-9]{7}")
DUMMY_SHIPS = frozenset(("1234567", "7654321", "9999999", "1111111"))
"""Numbers that people type when they have none."""
_MMSI = re.compile(r"[2-7][0-9]{8}")
_SCAC = re.compile(r"[A-Z]{2,4}")
_PLATE = re.compile(r"[^\W_][\w ./·•-]{0,14}")
_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{11,17}")
_PARTIES = ("originatingParties", "forwardingParties", "destinationParties")
_SHIP = (
    "transport.vesselImo",
    "transport.vesselMmsi",
    # Read by no rule here; but they lie between the others, and one stretch of bytes is cheaper than two.
    "transport.vesselName",
    "transport.vesselFlag",
    "transport.operatorCode",
    "transport.operatorCodeList",
)
_TRUCK = ("truck.tractorPlate", "truck.trailerPlate", "truck.vin")


def parts(fields: Fields, references: References) -> list[Part]:
    """The parts of the schema that these rules apply to."""
    made = []
    if equipment := fields.slots("equipment.reference"):
        made.append(remembering(spans(equipment), lambda b, m: container(fields, b, m)))
    if ship := fields.slots(*_SHIP):
        made.append(
            remembering(
                spans(ship),
                lambda b, m: ship_number(fields, b, m) + mmsi(fields, b, m) + operator(fields, references, b, m),
            )
        )
    if truck := fields.slots(*_TRUCK):
        made.append(Part(lengths(truck, 1), lambda b, m: road_vehicle(fields, b, m)))
    parties = [name for name in _PARTIES if name in fields.schema.slot]
    if parties:
        looks = [_party_look(fields, references, name) for name in parties]
        none = lengths([fields.schema.slot[name] for name in parties], 1)
        made.append(Part(none, lambda b, m: tuple(one for look in looks for one in look(b, m))))
    return made


def container(fields: Fields, b: bytes, m: Marks) -> Found:
    """V1. ISO 6346: owner of three letters, U, J or Z (or an ILU letter), six digits and the check digit."""
    number = fields.word("equipment.reference", b, m)
    if not number:
        return NONE
    if not _CONTAINER.fullmatch(number):
        said = f"{shown(number)} is not a container number: four letters and seven digits, as in MSCU6639870"
    elif number[3] not in _CATEGORIES | _ILU:
        said = f"{number} is not a container number: the fourth letter is U (J, Z; in European rail A, B, D, E, K)"
    elif (digit := iso6346.calc_check_digit(number[:10])) != number[10]:
        said = f"{number} is mistyped: its check digit would be {digit}, not {number[10]}. Compare it with the box"
    else:
        return NONE
    return (fields.finding("V1", "equipment.reference", said),)


def ship_number(fields: Fields, b: bytes, m: Marks) -> Found:
    """V2. Seven digits, the check digit, no leading zero, none of the numbers that stand for no number."""
    number = fields.word("transport.vesselImo", b, m)
    if not number:
        return NONE
    if not _IMO.fullmatch(number) or number[0] == "0":
        said = f"{shown(number)} is not an IMO number: seven digits, the first of them not 0"
    elif number in DUMMY_SHIPS:
        said = f"{number} is no ship: it is a number that people fill in when they have none. Leave it out instead"
    elif not imo.is_valid(number):
        said = f"{number} is mistyped: its check digit would be {imo.calc_check_digit(number[:6])}, not {number[6]}"
    else:
        return NONE
    return (fields.finding("V2", "transport.vesselImo", said),)


def mmsi(fields: Fields, b: bytes, m: Marks) -> Found:
    """V14. Nine digits, beginning with a maritime identification digit of a ship (ITU-R M.585: 2 to 7)."""
    number = fields.word("transport.vesselMmsi", b, m)
    if not number or _MMSI.fullmatch(number):
        return NONE
    said = f"{shown(number)} is not the MMSI of a ship: nine digits, the first of them 2 to 7"
    return (fields.finding("V14", "transport.vesselMmsi", said),)


def operator(fields: Fields, references: References, b: bytes, m: Marks) -> Found:
    """V14. The code of who runs the ship: a SCAC where NMFTA keeps the list, a liner code where SMDG does."""
    said = _code(
        references, fields.word("transport.operatorCode", b, m), fields.word("transport.operatorCodeList", b, m), ""
    )
    return (fields.finding("V14", "transport.operatorCode", said),) if said else NONE


def road_vehicle(fields: Fields, b: bytes, m: Marks) -> Found:
    """V14. Number plates and the vehicle identification number, by form only. The message never holds the number."""
    found = []
    for path in _TRUCK[:2]:
        plate = fields.word(path, b, m)
        if plate and not _PLATE.fullmatch(plate):
            found.append(fields.finding("V14", path, "this is not a number plate: letters and digits, at most 15"))
    vin = fields.word("truck.vin", b, m)
    if vin and not _VIN.fullmatch(vin):
        said = "this is not a vehicle identification number: 17 capital letters and digits, without I, O and Q"
        found.append(fields.finding("V14", "truck.vin", said))
    return tuple(found)


def _party_look(fields: Fields, references: References, name: str) -> Look:
    slot = fields.schema.slot[name]
    readers = [words_in(slot, field) for field in ("code", "codeListProvider", "codeListName")]

    def look(b: bytes, m: Marks) -> Found:
        """V14. A party's code, by the list that it names."""
        rows = zip(*(read(b[m[slot.start] : m[slot.end]]) for read in readers), strict=True)
        found: list[Finding] = []
        for index, row in enumerate(rows):
            said = _code(references, *((text or b"").decode() for text in row))
            if said:
                found.append(fields.finding("V14", f"{name}[{index}].code", said))
        return tuple(found)

    return joined([remembering(spans([slot]), look)]).look


def _code(references: References, code: str, provider: str, listed: str) -> str:
    """What is wrong with the code of a company; nothing where its list has no form, or is not there."""
    if not code:
        return ""
    if provider == "GLEIF" or listed == "LEI":
        return "" if lei.is_valid(code) else f"{shown(code)} is not an LEI: 20 letters and digits with check digits"
    liners, carriers = references.liners, references.carriers
    if provider == "NMFTA" or listed == "SCAC":
        if not _SCAC.fullmatch(code):
            return f"{shown(code)} is not a SCAC: two to four capital letters"
        return "" if carriers is None or code in carriers else f"{shown(code)} is not in the list of SCACs"
    if provider == "SMDG" and listed in ("", "LCL") and liners is not None and code not in liners:
        return f"{shown(code)} is not in the SMDG list of liner codes"
    return ""
