"""Documents of any size to mapped items, in memory that does not grow with them.

What fits into ``WHOLE`` bytes is parsed as one document. Longer text is read item by item: an array of events, a
response envelope around one, or JSON lines. Every item is parsed as strictly as a whole document, and one that is
refused stops none of those after it, where its end can be found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from tidegate.errors import BadInput
from tidegate.standards import json_lines, json_text, names
from tidegate.standards.long_text import LongText
from tidegate.standards.making import Making, Mapping, unread
from tidegate.standards.mapped import Mapped
from tidegate.standards.reading import Wanted, check_wanted, places

T = TypeVar("T")

WHOLE = 4 << 20
"""Bytes up to which a document is parsed at once; above it, bytes that one item may have."""


def read_text(chunks: Iterable[bytes], standard: Wanted = "auto") -> Iterator[Mapped]:
    """Map every item of the text in ``chunks``. What cannot be read is an item with an ERROR of rule ``JSON``."""
    check_wanted(standard)
    return read_items(chunks, Mapping(standard))


def read_items(chunks: Iterable[bytes], making: Making[T]) -> Iterator[T | Mapped]:
    """What ``making`` makes of every item of the text in ``chunks``. What cannot be read is as in ``read_text``."""
    source = iter(chunks)
    head, over = _fill(source, b"")
    if json_lines.is_lines(head):
        yield from _lines(head, source, making)
    elif over:
        yield from LongText(head, source, making, WHOLE).items()
    else:
        yield from _whole(head, making)


def _fill(source: Iterator[bytes], head: bytes) -> tuple[bytes, bool]:
    """The first bytes of the text, and whether there is more of it than is parsed at once."""
    parts, size = [head], len(head)
    for chunk in source:
        parts.append(chunk)
        size += len(chunk)
        if size > WHOLE:
            return b"".join(parts), True
    return b"".join(parts), False


def _whole(text: bytes, making: Making[T]) -> Iterator[T | Mapped]:
    made = making.whole(text)
    if made is not None:
        yield from made
        return
    try:
        document = json_text.parse(text)
    except BadInput as exc:
        yield unread(0, names.ROOT, str(exc))
        return
    for place in places(document):
        yield making.item(*place)


def _lines(head: bytes, source: Iterator[bytes], making: Making[T]) -> Iterator[T | Mapped]:
    for index, line in enumerate(json_lines.split(head, source, WHOLE)):
        if line is None:
            yield unread(index, names.ROOT, f"This line has more than {WHOLE:,} bytes, which no shipment event has")
            continue
        made = making.part(index, names.ROOT, line)
        if made is not None:
            yield made
            continue
        try:
            yield making.item(index, names.ROOT, json_text.parse(line))
        except BadInput as exc:
            yield unread(index, names.ROOT, str(exc))
