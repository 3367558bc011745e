"""JSON lines: one value per line, of a text of any length."""

from __future__ import annotations

from collections.abc import Iterator


def is_lines(text: bytes) -> bool:
    """Whether the first line is an object by itself, and another one begins on the next."""
    line, _, rest = text.partition(b"\n")
    line, rest = line.strip(), rest.lstrip()
    return line.startswith(b"{") and line.endswith(b"}") and rest.startswith(b"{")


def split(head: bytes, source: Iterator[bytes], limit: int) -> Iterator[bytes | None]:
    """The lines of a text, without blank ones; None for one of more than ``limit`` bytes, which is not kept."""
    rest, skipping = head, False
    while True:
        *lines, rest = rest.split(b"\n")
        for line in lines:
            if not skipping and len(line) > limit:
                yield None
            elif not skipping and line.strip():
                yield line
            skipping = False
        if len(rest) > limit:
            if not skipping:
                yield None
            rest, skipping = b"", True
        chunk = next(source, None)
        if chunk is None:
            if not skipping and rest.strip():
                yield rest
            return
        rest += chunk
