"""Documents of any size to mapped items, in memory that does not grow with them.

What fits into ``WHOLE`` bytes is parsed as one document. Longer text is read item by item: an array of events, a
response envelope around one, or JSON lines. Every item is parsed as strictly as a whole document, and one that is
refused stops none of those after it, where its end can be found.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Generator, Iterable, Iterator
from typing import TypeAlias

from tidegate.errors import BadInput
from tidegate.events.findings import Finding, Severity
from tidegate.standards import json_text, names
from tidegate.standards.mapped import Mapped, Paths
from tidegate.standards.reading import Wanted, read, read_item
from tidegate.standards.recognition import ENVELOPES, MAX_ENVELOPES

WHOLE = 4 << 20
"""Bytes up to which a document is parsed at once; above it, bytes that one item may have."""
RULE = "JSON"


def read_text(chunks: Iterable[bytes], standard: Wanted = "auto") -> Iterator[Mapped]:
    """Map every item of the text in ``chunks``. What cannot be read is an item with an ERROR of rule ``JSON``."""
    source = iter(chunks)
    head, over = _fill(source, b"")
    if not over:
        yield from _whole(head, standard)
    elif _is_lines(head):
        yield from _lines(head, source, standard)
    else:
        yield from _Stream(head, source, standard).items()


def _fill(source: Iterator[bytes], head: bytes) -> tuple[bytes, bool]:
    """The first bytes of the text, and whether there is more of it than is parsed at once."""
    parts, size = [head], len(head)
    for chunk in source:
        parts.append(chunk)
        size += len(chunk)
        if size > WHOLE:
            return b"".join(parts), True
    return b"".join(parts), False


def _whole(text: bytes, standard: Wanted) -> Iterator[Mapped]:
    if _is_lines(text):
        yield from _lines(text, iter(()), standard)
        return
    try:
        document = json_text.parse(text)
    except BadInput as exc:
        yield _unread(0, names.ROOT, str(exc))
        return
    yield from read(document, standard)


def _is_lines(text: bytes) -> bool:
    """JSON lines: the first line is an object by itself, and another one begins on the next."""
    line, _, rest = text.partition(b"\n")
    line, rest = line.strip(), rest.lstrip()
    return line.startswith(b"{") and line.endswith(b"}") and rest.startswith(b"{")


def _lines(head: bytes, source: Iterator[bytes], standard: Wanted) -> Iterator[Mapped]:
    index = 0
    for line in _split(head, source):
        if line is None:
            yield _unread(index, names.ROOT, f"This line has more than {WHOLE:,} bytes, which no shipment event has")
        elif line.strip():
            yield _one(index, line, standard)
        else:
            continue
        index += 1


def _split(head: bytes, source: Iterator[bytes]) -> Iterator[bytes | None]:
    """The lines of a text; None for one that is too long, the rest of which is not kept."""
    rest, skipping = head, False
    while True:
        *lines, rest = rest.split(b"\n")
        for line in lines:
            if not skipping:
                yield line if len(line) <= WHOLE else None
            skipping = False
        if len(rest) > WHOLE:
            if not skipping:
                yield None
            rest, skipping = b"", True
        chunk = next(source, None)
        if chunk is None:
            if not skipping:
                yield rest
            return
        rest += chunk


def _one(index: int, text: bytes, standard: Wanted) -> Mapped:
    try:
        return read_item(index, names.ROOT, json_text.parse(text), standard)
    except BadInput as exc:
        return _unread(index, names.ROOT, str(exc))


def _unread(index: int, path: str, sentence: str) -> Mapped:
    finding = Finding(RULE, Severity.ERROR, path, sentence)
    return Mapped(index, None, None, None, None, None, "", Paths(path, {}), (finding,))


class _End(Exception):
    """Nothing after this place can be read; the text says why."""


class _TooLong(Exception):
    """A value is longer than anything that is read; what follows it may be well."""


_Place: TypeAlias = tuple[tuple[object] | str, str]
"""What an item holds, or a sentence that says why it is refused; and its path."""


_TURNS = re.compile(r'["\[\]{},]')
"""Where a value that nobody reads may begin to nest, end, or hold text."""
_TEXT_END = re.compile(r'(?:[^"\\]|\\.)*+"', re.DOTALL)
_STRETCH = re.compile(r'(?:[^"\\]|\\.)*+', re.DOTALL)


class _Stream:
    """A long text, of which a stretch is held at a time."""

    def __init__(self, head: bytes, source: Iterator[bytes], standard: Wanted) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._source = source
        self._standard = standard
        self._text = ""
        self._at = 0
        self._ended = self._broken = False
        self._head: bytes | None = head

    def items(self) -> Iterator[Mapped]:
        """All items, and at the end one that says what could not be read."""
        index, path = 0, names.ROOT
        try:
            for found, path in self._places():
                if isinstance(found, str):
                    yield _unread(index, path, found)
                else:
                    yield read_item(index, path, found[0], self._standard)
                index += 1
        except (_End, BadInput) as end:
            yield _unread(index, path, str(end))

    def _places(self) -> Iterator[_Place]:
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

    def _envelope(self, base: str, depth: int) -> Generator[_Place, None, bool]:
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
                f"This object is too long for one event (the text has more than {WHOLE:,} bytes), and lists none",
                base,
            )
        if refused:
            yield refused
        return listed

    def _array(self, base: str) -> Iterator[_Place]:
        self._at += 1
        index = 0
        while self._next() != "]":
            path = names.element(base, index)
            yield self._item(), path
            index += 1
            if self._next() == ",":
                self._at += 1
            elif self._next() != "]":
                raise _End("This is not JSON: a comma or ] is expected after an event")
        self._at += 1

    def _item(self) -> tuple[object] | str:
        try:
            return (self._value(),)
        except BadInput as exc:
            return str(exc)

    def _value(self) -> object:
        """The next value. Raises ``BadInput`` when it is refused and its end is known, ``_End`` when it is not."""
        try:
            return self._parsed()
        except _TooLong:
            said = f"One value here has more than {WHOLE:,} characters"
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
            while at < len(text) and text[at] in " \t\r\n":
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
        if len(self._text) - self._at > WHOLE:
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
