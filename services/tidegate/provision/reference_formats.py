"""Reference lists as those publish them who keep them: CSV to the lines of a list of ours.

The columns are found by the names in the header, so a release with one more column is still read. UN/LOCODE comes
without a header, in twelve columns (UN/CEFACT: change, country, location, name, name without diacritics, subdivision,
status, function, date, IATA, coordinates, remarks), in Latin-1 or UTF-8. A simple CSV of one's own works for each
list: a header with the first name of every column, ``unlocode,code`` or ``code,functions``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tidegate.errors import Mistake

MOST_MISTAKES = 20
"""How many mistakes of one file are said; a file of another kind would have a hundred thousand."""
_PLACE = re.compile(r"[A-Z]{2}[A-Z0-9]{3}")
_FUNCTIONS = re.compile(r"[0-9A-Z-]{1,8}")
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,11}")
_SCAC = re.compile(r"[A-Z]{2,4}")
_OFFICIAL = {"country": 1, "location": 2, "functions": 7}
_COUNTRY = ("country", "countrycode")


@dataclass(frozen=True, slots=True)
class _Form:
    """The columns of one list by what they are for, with the names that they have in headers, the first one ours."""

    needed: Mapping[str, tuple[str, ...]]
    other: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    code: re.Pattern[str] = _CODE


_PLACES = ("unlocode", "locode", "unlocationcode")
_FORMS = {
    "un-locode": _Form({"code": ("code", *_PLACES)}, {"functions": ("functions", "function")}, _PLACE),
    "smdg": _Form(
        {"place": _PLACES, "code": ("code", "terminalcode", "facilitycode")}, {"also": ("alternativeunlocodes",)}
    ),
    "bic": _Form({"place": _PLACES, "code": ("code", "facilitybiccode", "biccode", "facilitycode")}),
    "liners": _Form({"code": ("code", "linercode", "smdglinercode")}),
    "scac": _Form({"code": ("code", "scac", "scaccode")}, code=_SCAC),
}


def lines_of(name: str, file: str, raw: bytes, mistakes: list[Mistake]) -> list[str]:
    """The lines of a list, sorted, each once. ``mistakes`` gets what cannot be read, with its line."""
    found: set[str] = set()
    try:
        for line, values in _rows(name, file, _decoded(raw), mistakes):
            said = _line(name, values)
            if said is None:
                mistakes.append(Mistake(file, line, _wrong(name, values)))
            else:
                found.update(said)
            if len(mistakes) >= MOST_MISTAKES:
                mistakes.append(Mistake(file, line, "there is more; is this another kind of file?"))
                return []
    except csv.Error as exc:
        mistakes.append(Mistake(file, 1, f"this is not CSV: {exc}"))
    if not found and not mistakes:
        mistakes.append(Mistake(file, 1, "there is no code in this file; did the download end early?"))
    return sorted(found)


def _decoded(raw: bytes) -> str:
    """The official UN/LOCODE files are Latin-1; it takes any bytes, and codes are ASCII in either."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _rows(name: str, file: str, text: str, mistakes: list[Mistake]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows with their line numbers, as values by what a column is for. Rows without any value are passed over."""
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    columns: Mapping[str, int] | None = None
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        if columns is None:
            columns, headed = _columns(name, row)
            if not columns:
                mistakes.append(Mistake(file, reader.line_num, _no_header(name, row)))
                return
            if headed:
                continue
        if len(row) <= max(columns.values()):
            said = f"this row has {len(row)} columns, and column {max(columns.values()) + 1} is needed"
            mistakes.append(Mistake(file, reader.line_num, f"{said}; was the file cut off?"))
            continue
        yield reader.line_num, {what: row[place].strip() for what, place in columns.items()}


def _columns(name: str, row: list[str]) -> tuple[dict[str, int], bool]:
    """Where the columns are, and whether the row is a header. Nothing where it is neither a header nor official."""
    names = [re.sub(r"[^a-z]", "", cell.lower()) for cell in row]
    form = _FORMS[name]
    if name == "un-locode" and "location" in names and any(one in names for one in _COUNTRY):
        country = next(names.index(one) for one in _COUNTRY if one in names)
        function = {"functions": names.index("function")} if "function" in names else {}
        return {"country": country, "location": names.index("location"), **function}, True
    there = {
        what: next((names.index(one) for one in known if one in names), -1)
        for what, known in {**form.needed, **form.other}.items()
    }
    if all(there[what] >= 0 for what in form.needed):
        return {what: place for what, place in there.items() if place >= 0}, True
    official = name == "un-locode" and len(row) in (11, 12) and len(row[1].strip()) == 2
    return (dict(_OFFICIAL) if official else {}), False


def _no_header(name: str, row: list[str]) -> str:
    needed = " and ".join(f"{known[0]} (or {', '.join(known[1:])})" for known in _FORMS[name].needed.values())
    official = ", or the twelve columns of UN/CEFACT without one" if name == "un-locode" else ""
    shown = ", ".join(row)[:80]
    return f"a file for {name} begins with a header that names {needed}{official}; this one begins with: {shown}"


def _line(name: str, values: Mapping[str, str]) -> list[str] | None:
    """The lines that a row gives: none for the heading of a country. None where the row is wrong."""
    code = values.get("code", "")
    if "location" in values:
        if not values["location"]:
            return []  # the heading of a country, or a reference from a former name
        code = values["country"] + values["location"]
    if name == "bic" and _PLACE.fullmatch(values["place"]):
        code = code.removeprefix(values["place"])  # messages name the place beside the facility, and not again in it
    if not _FORMS[name].code.fullmatch(code):
        return None
    if name == "un-locode":
        functions = values.get("functions", "")
        if functions and not _FUNCTIONS.fullmatch(functions):
            return None
        return [f"{code} {functions}".strip()]
    if "place" not in values:
        return [code]
    places = [values["place"], *re.findall(r"[A-Z]{2}[A-Z0-9]{3}", values.get("also", ""))]
    return [f"{place} {code}" for place in places] if _PLACE.fullmatch(places[0]) else None


def _wrong(name: str, values: Mapping[str, str]) -> str:
    said = ", ".join(f"{what} {value!r}" for what, value in values.items() if what != "also")
    wanted = {
        "un-locode": "a country of two letters, a location of three letters or digits, functions as in 1-3-----",
        "scac": "two to four capital letters",
        "liners": "capital letters and digits",
    }
    return f"{said}: that is no row of {name}: {wanted.get(name, 'a UN/LOCODE, and a code of letters and digits')}"


_KEPT = {
    "un-locode": re.compile(rf"{_PLACE.pattern}( {_FUNCTIONS.pattern})?"),
    "smdg": re.compile(rf"{_PLACE.pattern} {_CODE.pattern}"),
    "bic": re.compile(rf"{_PLACE.pattern} {_CODE.pattern}"),
    "liners": _CODE,
    "scac": _SCAC,
}


def is_line(name: str, line: str) -> bool:
    """Whether a line is one of a list as it is kept."""
    return _KEPT[name].fullmatch(line) is not None
