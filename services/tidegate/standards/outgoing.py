"""One canonical value on its way to a document of a standard: what has found its property, and what is left.

Every value of the event is in ``left`` until a property takes it or a loss names it. What no table asks for is a loss
too, so nothing can go missing without being said. A reason holds no value of the event.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import TypeAlias

from tidegate.standards import names, values
from tidegate.standards.shape import Code, Items, Leaf, Record, Shape, Texts

Codes: TypeAlias = Mapping[str, str]
"""Canonical codes that a standard knows, to how it spells them."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A value of the event that the document does not hold: its canonical path, and why, as a sentence's end."""

    path: str
    reason: str


class Outgoing:
    """Collects one document. ``title`` is the standard's name for people."""

    def __init__(self, record: Record, value: Mapping[str, object], title: str) -> None:
        self.title = title
        self.document: dict[str, object] = {}
        self.left: dict[str, object] = dict(_leaves(record, value, ""))
        self._losses: list[Loss] = []

    def put(self, place: str, content: object) -> None:
        """Put ``content`` where ``place`` (``transportCall.vessel.vesselName``) says."""
        target = self.document
        *above, name = place.split(".")
        for step in above:
            inner = target.setdefault(step, {})
            if not isinstance(inner, dict):
                raise TypeError(f"{place} lies in a property that is no object")
            target = inner
        target[name] = content

    def lose(self, path: str, reason: str) -> None:
        """The document cannot hold the value at ``path``."""
        self.left.pop(path, None)
        self._losses.append(Loss(path, reason))

    def losses(self) -> tuple[Loss, ...]:
        """All losses; whatever nobody has taken is one of them."""
        for path in list(self.left):
            self.lose(path, f"{self.title} has no property for it")
        return tuple(self._losses)

    def plain(self, path: str) -> object | None:
        """The value at ``path``, taken; None where there is none or JSON cannot hold it, which is then a loss."""
        content = self.left.pop(path, None)
        if isinstance(content, str) and (not content.strip() or not names.encodable(content)):
            self.lose(path, "an empty text is no value" if names.encodable(content) else "it is no valid text")
            return None
        if isinstance(content, float) and not isfinite(content):
            self.lose(path, "JSON has no such number")
            return None
        return content

    def code(self, path: str, raw_path: str, known: Codes, misread: Collection[str]) -> str | None:
        """The code at ``path`` as the standard spells it, or what its sender wrote where that was no code.

        ``misread`` are texts that a reader takes for codes: raw text that is one of them would change its meaning.
        """
        symbol, raw = self.left.pop(path, None), self.plain(raw_path)
        if symbol is None:
            if isinstance(raw, str) and raw in misread:
                self.lose(raw_path, "it would be read as a code")
                return None
            return raw if isinstance(raw, str) else None
        if raw is not None:
            self.lose(raw_path, "it stands beside a code that is known")
        if str(symbol) not in known:
            self.lose(path, f"{self.title} has no such code")
            return None
        return known[str(symbol)]

    def degrees(self, path: str, limit: int) -> str | None:
        """A latitude or longitude as DCSA writes it, decimal text, where that gives the very same number again."""
        content = self.plain(path)
        if not isinstance(content, float):
            return None
        text = format(Decimal(repr(content)), "f")
        again, remark = values.degrees(limit)(text)
        if again != content or remark is not None:
            self.lose(path, "it is no number of degrees that decimal text can hold")
            return None
        return text

    def count(self, path: str) -> int:
        """How many elements the list at ``path`` has."""
        begins = f"{path}["
        numbers = {one[len(begins) :].partition("]")[0] for one in self.left if one.startswith(begins)}
        return 1 + max((int(number) for number in numbers), default=-1)

    def items(self, path: str) -> list[object]:
        """The plain values of a list, in their order, without those that JSON cannot hold."""
        found = (self.plain(f"{path}[{index}]") for index in range(self.count(path)))
        return [one for one in found if one is not None]


def _leaves(shape: Shape, value: object, path: str) -> Iterator[tuple[str, object]]:
    """All values that are not the schema's defaults, with their canonical paths."""
    match shape:
        case Record() if isinstance(value, Mapping):
            for name, inner in shape.fields.items():
                yield from _leaves(inner, value.get(name), f"{path}.{name}" if path else name)
        case Items() if isinstance(value, list):
            for index, inner in enumerate(value):
                yield from _leaves(shape.item, inner, f"{path}[{index}]")
        case Texts() if isinstance(value, Mapping):
            for name, inner in value.items():
                yield f"{path}[{name}]", inner
        case Code() if value != shape.default:
            yield path, value
        case Leaf() if value is not None and value is not False:
            yield path, value
