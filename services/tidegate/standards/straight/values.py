"""Single values on the straight way: text of the sender's to the bytes of a field. What is not plain is refused.

Everything here raises one of ``UNFIT`` for a value about which ``draft`` would have something to say, or might.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from tidegate.events.encoder import SIZES, double_bytes, time_bytes
from tidegate.events.memo import Remembered
from tidegate.events.transforms import long_bytes
from tidegate.standards import times, values
from tidegate.standards.draft import MAX_EXTENSIONS

UNFIT = (LookupError, AttributeError, TypeError, ValueError, OverflowError)
"""What the way raises for an item that is not plain."""
SOME = long_bytes(1)
"""The branch of a nullable field that holds something; null is the first everywhere in the schemas of events."""
TEXTS = tuple(SOME + size for size in SIZES)
"""Branch and length of a nullable text, by its length in bytes. Longer texts are unfit."""
_SIXTY = [f"{number:02}" for number in range(60)]
_MINUTES = {f"{text}:": number * 60 * times.MICROS for number, text in enumerate(_SIXTY)}
_SECONDS = {text: number * times.MICROS for number, text in enumerate(_SIXTY)}
_PLAIN_YEARS = range(1900, 2200)
"""An hour of these, with any offset, lies well within all years that there are."""
_MICRO_DIGITS = 6
_SPELT = 32
"""Characters of a time with microseconds and an offset."""
_MAX_EXACT = 1 << 53
_TOO_LARGE = 2.0**63
"""From here on ``json_text.loosely`` may have made a double of a whole number."""
_MAX_NUMBER_TEXT = 64


def unfit() -> NoReturn:
    """Leaves the straight way."""
    raise ValueError("not for the straight way")


def _hour(spelt: str) -> tuple[int, int | None]:
    """The beginning of an hour and the offset: of ``2026-03-01T14:+08:00``."""
    taken = times.instant(f"{spelt[:14]}00:00{spelt[14:]}")
    if isinstance(taken, str) or taken.remark is not None or int(spelt[:4]) not in _PLAIN_YEARS:
        unfit()
    return taken.micros, taken.offset_minutes


_HOURS: Remembered[str, tuple[int, int | None]] = Remembered(_hour)


def moment(text: str) -> tuple[int, int | None]:
    """Microseconds since 1970 and the offset in minutes, of a time with seconds and with a fraction or none.

    Hours repeat: ``times.instant`` is asked once for each, and what is within the hour is added.
    """
    if len(text) > _SPELT:
        unfit()
    rest, fraction = text[19:], 0
    if rest[:1] == ".":
        rest, fraction = _fraction(rest)
    micros, offset = _HOURS[text[:14] + rest]
    return micros + _MINUTES[text[14:17]] + _SECONDS[text[17:19]] + fraction, offset


def _fraction(rest: str) -> tuple[str, int]:
    """The offset behind a fraction, and its microseconds."""
    offset = rest[-1:] if rest[-1] in "Zz" else rest[-6:]
    digits = rest[1 : -len(offset)]
    if len(digits) > _MICRO_DIGITS or not digits.isascii() or not digits.isdigit():
        unfit()
    return offset, int(digits.ljust(_MICRO_DIGITS, "0"))


def time(text: str) -> bytes:
    """The long of a moment."""
    return time_bytes(moment(text)[0])


def time_or_micros(value: str | int) -> bytes:
    """The long of a moment in the canonical form, which takes microseconds as well."""
    if type(value) is int:
        return time_bytes(value) if value in values.INT64 else unfit()
    return time(value)  # type: ignore[arg-type]  # whatever else it is, slicing it is unfit


def whole(value: object) -> bytes:
    """An int."""
    return long_bytes(value) if type(value) is int and value in values.INT32 else unfit()


def flag(value: object) -> bytes:
    """A boolean."""
    if type(value) is not bool:
        unfit()
    return b"\1" if value else b"\0"


def day(value: object) -> bytes:
    """A date."""
    taken, remark = values.day(value)
    return long_bytes(taken) if isinstance(taken, int) and remark is None else unfit()


def number(value: object) -> bytes:
    """A double."""
    if type(value) is int and -_MAX_EXACT <= value <= _MAX_EXACT:
        return double_bytes(float(value))
    return double_bytes(value) if type(value) is float and -_TOO_LARGE < value < _TOO_LARGE else unfit()


def degrees(take: Callable[[object], values.Taken]) -> Callable[[object], bytes]:
    """A double of degrees as ``take`` reads them. Text is remembered: ports repeat."""

    def taken(value: object) -> bytes:
        content, remark = take(value)
        return double_bytes(content) if isinstance(content, float) and remark is None else unfit()

    memo: Remembered[str, bytes] = Remembered(taken)
    return lambda value: memo[value] if type(value) is str and len(value) <= _MAX_NUMBER_TEXT else taken(value)


def plain(text: str) -> str:
    """Text that says something."""
    if text < "!" or text.isspace():
        unfit()
    return text


def _nullable(text: str) -> bytes:
    return SOME + sized(plain(text))


REPEATED: Remembered[str, bytes] = Remembered(_nullable, 1 << 13)
"""Nullable texts of fields that say the same in most events: ports, ships, services."""


def texts(value: object) -> bytes:
    """An array of texts, or of the only one."""
    return array([sized(plain(text)) for text in ([value] if type(value) is str else _list(value))])


def numbers(value: object) -> bytes:
    """An array of doubles."""
    return array([number(one) for one in _list(value)])


def _list(value: object) -> list[Any]:
    return value if type(value) is list else unfit()


def array(items: list[bytes]) -> bytes:
    """An array or a map, of its items: one block."""
    return b"".join([SIZES[len(items)], *items, b"\0"]) if items else b"\0"


def sized(text: str) -> bytes:
    """A text with its length."""
    said = text.encode()
    return SIZES[len(said)] + said


def entry(name: str, text: str) -> bytes:
    """An entry of a map of texts, of which the text says something."""
    return sized(name) + sized(plain(text))


def address(*groups: tuple[str | None, ...]) -> str | None:
    """The parts of an address in one line."""
    lines = [" ".join([plain(part) for part in group if part is not None]) for group in groups]
    return ", ".join(filter(None, lines)) or None


def with_lines(said: str | None, lines: object) -> str | None:
    """An address with further lines, of which one alone may be text."""
    more = [plain(line) for line in ([lines] if type(lines) is str else _list(lines))]
    return ", ".join([*([] if said is None else [said]), *more]) or None


def entries(value: object) -> bytes:
    """The map of texts that canonical JSON gives as such."""
    if type(value) is not dict or len(value) > MAX_EXTENSIONS or not all(type(text) is str for text in value.values()):
        unfit()
    return array([sized(name) + sized(text) for name, text in value.items()])
