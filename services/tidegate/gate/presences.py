"""Presences: whether a field of an event says anything, told from its bytes."""

from __future__ import annotations

from collections.abc import Callable

from tidegate.events.avro import Array, Enum, Map, Node, Primitive, Union
from tidegate.events.facts import Marks
from tidegate.events.slots import Slot
from tidegate.events.transforms import long_bytes


def presence(slot: Slot) -> Callable[[bytes, Marks], bool]:
    """Whether a slot says anything: no null, no empty text, array or map, no code UNKNOWN. A 0 and a false do."""
    first, after = slot.start, slot.end
    nothing = frozenset((b"", *_nothing(slot.node)))

    def there(b: bytes, m: Marks) -> bool:
        return b[m[first] : m[after]] not in nothing

    return there


def _nothing(node: Node) -> list[bytes]:
    """The bytes of a type that say nothing."""
    match node:
        case Union():
            inner = [(index, nothing) for index, branch in enumerate(node.branches) for nothing in _nothing(branch)]
            return [long_bytes(index) + nothing for index, nothing in inner]
        case Primitive(kind="null"):
            return [b""]
        case Primitive(kind="string" | "bytes") | Array() | Map():
            return [b"\0"]
        case Enum() if "UNKNOWN" in node.symbols:
            return [long_bytes(node.symbols.index("UNKNOWN"))]
        case _:
            return []
