"""V9 codes outside their lists, V11 universal voyage and service references, V13 text that was decoded twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from tidegate.events import avro
from tidegate.events.avro import Array, Map, Primitive, Record
from tidegate.events.checks.parts import Found, Part, flags, lengths, spans
from tidegate.events.checks.reading import Fields, shown
from tidegate.events.facts import Marks, TextOf, text_reader, words_in
from tidegate.events.findings import Severity
from tidegate.events.scanner import varint
from tidegate.events.scanner_source import RAW_CODE, WIDE_TEXT
from tidegate.events.slots import Slot

_TWICE = re.compile(r"[ÂÃâ][\u0080-\u00ff\u0152-\u0192\u02c6-\u2122]")
"""UTF-8 that was read as Latin-1 or Windows-1252: a lead byte, then what became of a byte from 0x80 on."""
_SERVICE = re.compile(r"SR[0-9]{5}[A-Z]")
_VOYAGE = re.compile(r"[0-9]{2}[0-9A-Z]{2}[NEWSR]")
_UNIVERSAL = {
    "universalServiceReference": (_SERVICE, "a universal service reference: SR, five digits, a letter"),
    "universalVoyageReference": (_VOYAGE, "a universal voyage reference: year, two characters, N E W S or R"),
    "universalExportVoyageReference": (_VOYAGE, "a universal voyage reference: year, two characters, N E W S or R"),
    "universalImportVoyageReference": (_VOYAGE, "a universal voyage reference: year, two characters, N E W S or R"),
}

_Raws: TypeAlias = tuple[Slot, str, Callable[[bytes], list[bytes | None]]]


def parts(fields: Fields) -> list[Part]:
    """The parts of the schema that these rules apply to."""
    made, said = [], flags(fields.schema)
    raws = [slot for slot in fields.schema.slots if _is_raw(slot)]
    if raws:
        made.append(Part(lengths(raws, 1), lambda b, m: unknown_codes(fields, raws, b, m)))
    arrays = [(slot, name, words_in(slot, name)) for slot in fields.schema.slots for name in _raw_names(slot)]
    if arrays:
        made.append(
            Part(f"not {flags(fields.schema)} & {RAW_CODE}", lambda b, m: unknown_codes_in(fields, arrays, b, m))
        )
    extensions = fields.schema.slot.get("extensions")
    if extensions is not None and isinstance(extensions.node, Map) and extensions.node.values == Primitive("string"):
        span = spans([extensions])
        none = f"m[{extensions.end}] - m[{extensions.start}] <= 1"
        made.append(Part(f"{none} or b'universal' not in {span}", lambda b, m: universal(fields, extensions, b, m)))
    texts = [(slot, text_reader(slot)) for slot in fields.schema.slots if avro.child(slot.node) == Primitive("string")]
    made.append(Part(f"not {said} & {WIDE_TEXT}", lambda b, m: decoded_twice(fields, texts, b, m)))
    return made


def unknown_codes(fields: Fields, raws: list[Slot], b: bytes, m: Marks) -> Found:
    """V9. A code that is in no list was kept as the sender wrote it, and is in no field that partners match on."""
    found = []
    for slot in raws:
        word = fields.word(slot.path, b, m)
        if word:
            record, _, name = slot.path.rpartition(".")
            path = f"{record}.{_plain(name)}" if record else _plain(name)
            found.append(fields.finding("V9", path, _unknown(word)))
    return tuple(found)


def unknown_codes_in(fields: Fields, arrays: list[_Raws], b: bytes, m: Marks) -> Found:
    """V9, in the elements of arrays."""
    found = []
    for slot, name, words in arrays:
        for index, word in enumerate(words(b[m[slot.start] : m[slot.end]])):
            if word:
                said = _unknown(word.decode())
                found.append(fields.finding("V9", f"{slot.path}[{index}].{_plain(name)}", said))
    return tuple(found)


def universal(fields: Fields, slot: Slot, b: bytes, m: Marks) -> Found:
    """V11. References that are the same at all carriers have a form; a carrier's own voyage number has none."""
    found = []
    for key, value in _entries(b, m[slot.start]):
        known = _UNIVERSAL.get(key.rpartition(".")[2])
        if known is not None and not known[0].fullmatch(value):
            found.append(fields.finding("V11", f"extensions[{key}]", f"{shown(value)} is not {known[1]}"))
    return tuple(found)


def decoded_twice(fields: Fields, texts: list[tuple[Slot, TextOf]], b: bytes, m: Marks) -> Found:
    """V13. Text like "strasse" with two odd characters for one letter."""
    found = []
    for slot, read in texts:
        text = (read(b, m) or b"").decode()
        if not text.isascii() and _TWICE.search(text):
            said = f"{shown(text)} looks like UTF-8 that was decoded as another character set, and encoded again"
            found.append(fields.finding("V13", slot.path, said, Severity.INFO))
    return tuple(found)


def _unknown(word: str) -> str:
    return f"{shown(word)} is in no code list; it is kept as it is, but partners who match on codes do not see it"


def _is_raw(slot: Slot) -> bool:
    name = slot.path.rpartition(".")[2]
    return name.startswith("raw") and slot.null_index is not None and avro.child(slot.node) == Primitive("string")


def _raw_names(slot: Slot) -> list[str]:
    if not isinstance(slot.node, Array) or not isinstance(slot.node.items, Record):
        return []
    return [field.name for field in slot.node.items.fields if field.name.startswith("raw")]


def _plain(name: str) -> str:
    """``rawFacilityType`` to ``facilityType``: where the sender's code should have fitted."""
    return name[3:4].lower() + name[4:]


def _entries(b: bytes, p: int) -> Iterator[tuple[str, str]]:
    """The entries of a map of texts that the scanner has accepted."""
    while True:
        raw, p = varint(b, p)
        count = (raw >> 1) ^ -(raw & 1)
        if not count:
            return
        if count < 0:
            p = varint(b, p)[1]
        for _ in range(abs(count)):
            texts = []
            for _ in range(2):
                length, p = varint(b, p)
                texts.append(b[p : p + (length >> 1)].decode())
                p += length >> 1
            yield texts[0], texts[1]
