"""JSON text to a document, strictly and within bounds: what two readers could understand differently is refused.

RFC 8259 leaves duplicate names, lone surrogates and huge numbers to the reader, and Python's ``json`` takes NaN
besides. Here they are errors with line and column. Before anything is parsed, size, number of values and depth are
checked on the bytes, so hostile text costs no more than a few passes over it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import NoReturn

import orjson

from tidegate.errors import BadInput
from tidegate.standards.names import shown

MAX_BYTES = 64 * 1024 * 1024
MAX_VALUES = 8_000_000
MAX_DEPTH = 64
MAX_TOKENS = 1_000_000
"""How many tokens are looked at to find the place of a mistake."""
MAX_DIGITS = 64
"""Characters of a number; a double needs no more than 25."""

MAX_LOOSE = 4 << 20
"""Bytes of a text that orjson reads for us: so many hold no more than ``MAX_VALUES``."""

_NUMBERS = bytes(ord("0") if chr(byte) in "0123456789.eE+-" else 0 for byte in range(256))
_TOO_LONG = b"0" * (MAX_DIGITS + 1)
_NO_MARK_OF_MEMBERS = bytes(set(range(256)) - set(b':"'))
_OTHER_BYTES = bytes(set(range(256)) - set(b'[]{}"'))
_TO_BRACES = bytes.maketrans(b"[]", b"{}")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\(u[dD][89a-fA-F])?.", re.DOTALL)
_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|([{}\[\]])|(-?[0-9][0-9.eE+-]*|-?Infinity|NaN)', re.DOTALL)


def parse(text: bytes, limit: int = MAX_BYTES) -> object:
    """The document that ``text`` (UTF-8) holds; BadInput says where and why there is none."""
    if len(text) > limit:
        raise BadInput(f"The file has {len(text):,} bytes; at most {limit:,} are read at once. Send it in parts")
    decoded = _decoded(text)
    if text.count(b",") + text.count(b"[") + text.count(b"{") > MAX_VALUES:
        raise BadInput(f"The file holds more than {MAX_VALUES:,} values. Send it in parts")
    if too_deep(text, MAX_DEPTH):
        raise BadInput(f"The file is nested more than {MAX_DEPTH} levels deep, which no shipment event is")
    try:
        document: object = _DECODER.decode(decoded)
    except json.JSONDecodeError as error:
        _refuse(decoded, error.pos, _sentence(error))
    except _Refused as refused:
        _refuse(decoded, _place(decoded, refused.literal), refused.reason)
    except RecursionError:
        raise BadInput("The brackets of the file do not match: many are opened and never closed") from None
    if _SURROGATE.search(text) and (at := _lone_surrogate(decoded)) is not None:
        _refuse(decoded, at, "half a character (a lone surrogate) is no text. Send the text as UTF-8")
    return document


def loosely(text: bytes) -> tuple[object] | None:
    """The document in ``text``, at a third of the cost of ``parse`` but not proven; None where only ``parse`` can tell.

    orjson keeps the last of several values of one name, and makes doubles of numbers that are too large or too long for
    ``parse``. So whoever uses the document has to count the members of its objects, take no number from 2**63 on, and
    ask ``proven``: then it is the very document that ``parse`` gives.
    """
    if len(text) > MAX_LOOSE or too_deep(text, MAX_DEPTH):
        return None
    try:
        return (orjson.loads(text),)
    except orjson.JSONDecodeError:
        return None


def proven(text: bytes, members: int) -> bool:
    """Whether the objects in ``text`` have so many members, so that no name is given twice, and no number is too long.

    ``text`` is valid JSON. Its members are its colons outside strings.
    """
    bare = _unescaped(text).translate(None, _NO_MARK_OF_MEMBERS).replace(b'""', b"")
    return sum(map(len, bare.split(b'"')[::2])) == members and _TOO_LONG not in text.translate(_NUMBERS)


def count_members(document: object, told: Mapping[int, int]) -> int:
    """How many members the objects in a document have. ``told`` are the counts of some values, by their ``id``."""
    members, found = 0, [document]
    for value in found:  # which grows on the way
        if type(value) not in (dict, list):
            continue
        if id(value) in told:
            members += told[id(value)]
        elif isinstance(value, dict):
            members += len(value)
            found.extend(value.values())
        elif isinstance(value, list):
            found.extend(value)
    return members


class Refused(Exception):
    """One value of a longer text that the parser would take, and that is refused nevertheless."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def parse_at(text: str, at: int) -> tuple[object, int]:
    """The value that begins at ``at``, and where it ends. The same is refused as by ``parse``.

    Raises ``Refused`` for a value with an end, ``json.JSONDecodeError`` where the text is no JSON or goes on elsewhere.
    """
    try:
        value, end = _DECODER.raw_decode(text, at)
    except _Refused as refused:
        raise Refused(refused.reason[0].upper() + refused.reason[1:]) from None
    part = text[at:end]
    if too_deep(part.encode(errors="replace"), MAX_DEPTH):
        raise Refused(f"This is nested more than {MAX_DEPTH} levels deep, which no shipment event is")
    if "\\u" in part and _lone_surrogate(part) is not None:
        raise Refused("Half a character (a lone surrogate) is no text. Send the text as UTF-8")
    return value, end


class _Refused(Exception):
    """JSON that the parser would take. ``literal`` is the number as written; None means a name that is given twice."""

    def __init__(self, reason: str, literal: str | None = None) -> None:
        super().__init__(reason)
        self.reason, self.literal = reason, literal


def _decoded(text: bytes) -> str:
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadInput("The file is written in UTF-16. Save it as UTF-8")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        column = error.start - text.rfind(b"\n", 0, error.start)
        raise BadInput(f"Line {line}, byte {column}: the file is not UTF-8. Save it as UTF-8") from None


def too_deep(text: bytes, limit: int) -> bool:
    """Whether brackets outside strings nest deeper than ``limit``; text whose brackets do not match may give either.

    Escaped backslashes and quotes are deleted, then everything but brackets and quotes, then pairs of quotes with
    nothing between them (which keeps inside and outside apart for all that follows), then strings. Each pass after that
    takes the innermost level away.
    """
    if text.count(b"[") + text.count(b"{") <= limit:
        return False
    bare = _unescaped(text).translate(None, _OTHER_BYTES).replace(b'""', b"")
    if b'"' in bare:
        bare = re.sub(rb'"[^"]*"', b"", bare)
    bare = bare.translate(_TO_BRACES)
    for _ in range(limit):
        shorter = bare.replace(b"{}", b"")
        if len(shorter) == len(bare):
            return False
        bare = shorter
    return bool(bare)


def _unescaped(text: bytes) -> bytes:
    """The text without escaped backslashes and quotes, so that every quote begins or ends a string."""
    return text.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in text else text


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        name = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise _Refused(f"{shown(name)} is given twice in one object, so nobody can tell which value counts")
    return made


def _integer(literal: str) -> int:
    if len(literal) <= 20 and -(2**63) <= (value := int(literal)) < 2**63:
        return value
    raise _Refused("the number is too large: at most 64 bits. Send identifiers as text, in quotes", literal)


def _float(literal: str) -> float:
    if len(literal) <= MAX_DIGITS and abs(value := float(literal)) != float("inf"):
        return value
    raise _Refused("the number is too long or too large", literal)


def _constant(literal: str) -> NoReturn:
    raise _Refused(f"{literal} is not a number in JSON", literal)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant)


def _place(text: str, literal: str | None) -> int | None:
    """Where the number ``literal`` stands, or the first name that is given twice; None when that is too far to look."""
    tokens = islice(_TOKEN.finditer(text), MAX_TOKENS)
    if literal is None:
        return next(_doubles(tokens), None)
    return next((match.start() for match in tokens if match[4] == literal), None)


def _doubles(tokens: Iterable[re.Match[str]]) -> Iterator[int]:
    """Where a name is given for the second time in its object."""
    open_objects: list[set[str]] = []
    for match in tokens:
        if match[3] in ("{", "["):
            open_objects.append(set())
        elif match[3] and open_objects:
            open_objects.pop()
        elif match[2] and open_objects:
            name = json.loads(match[1])
            if name in open_objects[-1]:
                yield match.start()
            open_objects[-1].add(name)


def _lone_surrogate(text: str) -> int | None:
    return next((match.start() for match in _ESCAPE.finditer(text) if match[1]), None)


def _sentence(error: json.JSONDecodeError) -> str:
    if error.msg == "Extra data":
        return "the JSON ends here, but the file goes on. Put all events into one array: [ {...}, {...} ]"
    if error.pos >= len(error.doc.rstrip()):
        return f"the file ends too early ({error.msg.lower()})"
    return f"this is not JSON: {error.msg[0].lower()}{error.msg[1:]}"


def _refuse(text: str, at: int | None, sentence: str) -> NoReturn:
    if at is None:
        raise BadInput(sentence[0].upper() + sentence[1:]) from None
    line = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    raise BadInput(f"Line {line}, column {column}: {sentence}") from None
