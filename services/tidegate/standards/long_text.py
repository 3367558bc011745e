"""A text that is too long to be parsed at once: its items, found one after another."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from tidegate.errors import BadInput
from tidegate.standards import json_text, names
from tidegate.standards.making import Making, unread
from tidegate.standards.mapped import Mapped
from tidegate.standards.recognition import ENVELOPES, MAX_ENVELOPES

T = TypeVar("T")


class _End(Exception):
    """Nothing after this place can be read; the text says why."""


class _TooLong(Exception):
    """A value is longer than anything that is read; what follows it may be well."""


@dataclass(frozen=True, slots=True)
class _Parsed:
    """What an item holds."""

    value: object


MAX_GUESSED = 1 << 14
"""How far the next item is looked for: else a text in which none begins alike would be searched again and again."""
_BLANKS = " \t\r\n"
_NOTHING = "\0"
"""What stands nowhere in JSON."""
_BEGIN = re.compile(r'\{[ \t\r\n]*"[^"\\]*"')
_TURNS = re.compile(r'["\[\]{},]')
"""Where a value that nobody reads may begin to nest, end, or hold text."""
_TEXT_END = re.compile(r'(?:[^"\\]|\\.)*+"', re.DOTALL)
_STRETCH = re.compile(r'(?:[^"\\]|\\.)*+', re.DOTALL)


class LongText(Generic[T]):
    """A long text, of which a stretch is held at a time. ``limit``: characters that one value may have."""

    def __init__(self, head: bytes, source: Iterator[bytes], making: Making[T], limit: int) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._source = source
        self._making = making
        self._limit = limit
        self._text = ""
        self._at = 0
        self._ended = self._broken = False
        self._head: bytes | None = head
        self._index = 0
        self._begin = _NOTHING
        """How items begin: the first brace, and the first name with its quotes."""

    def items(self) -> Iterator[T | Mapped]:
        """All items, and at the end one that says what could not be read."""
        path = names.ROOT
        try:
            for found, path in self._places():
                if isinstance(found, str):
                    yield unread(self._index, path, found)
                elif isinstance(found, _Parsed):
                    yield self._making.item(self._index, path, found.value)
                else:
                    yield found
                self._index += 1
        except (_End, BadInput) as end:
            yield unread(self._index, path, str(end))

    def _places(self) -> Iterator[tuple[_Parsed | str | T, str]]:
        if self._next() == "[":
            yield from self._array(names.ROOT)
        elif self._next() == "{":
            listed = yield from self._envelope(names.ROOT, MAX_ENVELOPES)
            while not listed and self._next() == "{":  # JSON lines, of which the first is too long to be told as one
                yield self._item(), names.ROOT
        else:
            raise _End("This is no JSON that holds events: it begins neither with [ nor with {")
        if self._next():
            raise _End("The JSON ends here, but the file goes on. Put all events into one array: [ {...}, {...} ]")

    def _envelope(self, base: str, depth: int) -> Generator[tuple[_Parsed | str | T, str], None, bool]:
        """The items of an object that is too long to be one. At its end, what could not be read around them.

        Returns whether it has a place for items at all.
        """
        self._at += 1
        listed, refused = False, None
        while self._next() != "}":
            name = self._value()
            if not isinstance(name, str) or self._next() != ":":
                raise _End("This is not JSON: a name and a colon are expected in an object")
            self._at += 1
            path = names.child(base, name)
            begins = self._next() if name in ENVELOPES else ""
            if begins == "[":
                yield from self._array(path)
            elif begins == "{" and depth > 1:
                yield from self._envelope(path, depth - 1)
            else:
                around = self._item()
                refused = refused or ((around, path) if isinstance(around, str) else None)
                begins = ""
            listed = listed or bool(begins)
            if self._next() == ",":
                self._at += 1
        self._at += 1
        if not listed and not refused:
            refused = (
                f"This object is too long for one event (the text has more than {self._limit:,} bytes), and lists none",
                base,
            )
        if refused:
            yield refused
        return listed

    def _array(self, base: str) -> Iterator[tuple[_Parsed | str | T, str]]:
        self._at += 1
        index = 0
        while self._next() != "]":
            path = names.element(base, index)
            yield self._guessed(path) or self._item(), path
            index += 1
            if self._next() == ",":
                self._at += 1
            elif self._next() != "]":
                raise _End("This is not JSON: a comma or ] is expected after an event")
        self._at += 1

    def _guessed(self, path: str) -> T | None:
        """The item that ends where the next begins as it does itself, if ``making`` finds that it is one."""
        if not self._text.startswith(self._begin, self._at):
            found = _BEGIN.match(self._text, self._at)
            self._begin = found[0] if found else _NOTHING
        end = self._text.find(self._begin, self._at + 1, self._at + MAX_GUESSED)
        part = self._text[self._at : end].rstrip(_BLANKS) if end > 0 else ""
        if not part.endswith(","):
            return None
        made = self._making.part(self._index, path, part[:-1].encode())
        if made is not None:
            self._at += len(part) - 1
        return made

    def _item(self) -> _Parsed | str:
        """The next item, or a sentence that says why it is refused."""
        try:
            return _Parsed(self._value())
        except BadInput as exc:
            return str(exc)

    def _value(self) -> object:
        """The next value. Raises ``BadInput`` when it is refused and its end is known, ``_End`` when it is not."""
        try:
            return self._parsed()
        except _TooLong:
            said = f"One value here has more than {self._limit:,} characters"
            try:
                self._skip()
            except _End:
                raise _End(f"{said}, and no end that can be found") from None
            raise BadInput(f"{said}, which no shipment event has") from None

    def _parsed(self) -> object:
        if not self._next():
            raise _End("The file ends too early")
        while True:
            try:
                value, end = json_text.parse_at(self._text, self._at)
            except json_text.Refused as refused:
                self._skip()
                raise BadInput(refused.sentence) from None
            except json.JSONDecodeError as exc:
                self._more(f"this is not JSON: {exc.msg[0].lower()}{exc.msg[1:]}")
                continue
            except RecursionError:
                raise _End(f"The file is nested more than {json_text.MAX_DEPTH} levels deep") from None
            if end == len(self._text) and not self._ended:
                self._more("")
                continue
            self._at = end
            return value

    def _skip(self) -> None:
        """Passes over a value without keeping it. What is inside is not looked at, beyond where it ends."""
        depth = 0
        while True:
            found = _TURNS.search(self._text, self._at)
            self._at = found.start() if found else len(self._text)
            if found is None:
                self._more("a value never ends")
                continue
            turn = found[0]
            if not depth and turn in ",]}":
                return
            self._at += 1
            if turn == '"':
                self._skip_text()
            elif turn in "[{":
                depth += 1
            elif turn in "]}":
                depth -= 1
            if not depth and turn != ",":
                return

    def _skip_text(self) -> None:
        while (found := _TEXT_END.match(self._text, self._at)) is None:
            # An escape that is cut in two stays where it is, and is read with what follows it.
            stretch = _STRETCH.match(self._text, self._at)
            self._at = stretch.end() if stretch else self._at
            self._more("a text never ends")
        self._at = found.end()

    def _next(self) -> str:
        """The next character that is no blank; empty at the end of the text."""
        while True:
            text, at = self._text, self._at
            while at < len(text) and text[at] in _BLANKS:
                at += 1
            self._at = at
            if at < len(text):
                return text[at]
            if self._ended:
                return ""
            self._more("")

    def _more(self, otherwise: str) -> None:
        """Read on. ``otherwise`` is what is wrong when there is nothing more to read."""
        if self._ended:
            raise _End(f"The file ends too early, or {otherwise}" if otherwise else "The file ends too early")
        if len(self._text) - self._at > self._limit:
            raise _TooLong
        chunk, self._head = self._head, None
        if chunk is None:
            chunk = next(self._source, None)
        self._ended = chunk is None
        if self._broken:
            raise _End("From here on the file is not UTF-8. Save it as UTF-8")
        try:
            more = self._decode.decode(chunk or b"", final=self._ended)
        except UnicodeDecodeError as exc:
            # What stands before it is read first.
            more, self._broken, self._ended = exc.object[: exc.start].decode(), True, False
        self._text, self._at = self._text[self._at :] + more, 0
