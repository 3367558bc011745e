"""What a DCSA event says beside the known properties: entries of the map of extensions, in the sender's order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tidegate.events.memo import Remembered
from tidegate.standards import names, values
from tidegate.standards.draft import MAX_EXTENSIONS
from tidegate.standards.gather import Table
from tidegate.standards.straight.values import plain, sized, unfit

_KEYS = 1 << 10
"""How many names of one object are remembered as keys: more than any program invents."""


class Beside:
    """The other properties of one object, which stands in its usual place."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._keys: Remembered[str, bytes] = Remembered(self._key, _KEYS)
        self._inner = {name: Beside(node.inner) for name, node in table.nodes.items() if node.inner.nodes}

    def inner(self, name: str) -> Beside:
        """That of a known object inside."""
        return self._inner[name]

    def of_object(self, sent: dict[str, Any]) -> list[bytes]:
        """Those of the object alone."""
        return _bounded(self._own(sent))

    def of_all(self, sent: dict[str, Any]) -> list[bytes]:
        """Those of the object and of the known objects inside it, as they stand."""
        return _bounded(self.all_entries(sent))

    def _own(self, sent: Mapping[str, Any]) -> Iterator[bytes]:
        known = self._table.nodes
        return (self._entry(name, value) for name, value in sent.items() if name not in known and value is not None)

    def all_entries(self, sent: Mapping[str, Any]) -> Iterator[bytes]:
        """The entries of ``of_all``, one by one."""
        for name, value in sent.items():
            if name in self._inner:
                if value is not None:
                    yield from self._inner[name].all_entries(value)
            elif name not in self._table.nodes and value is not None:
                yield self._entry(name, value)

    def _entry(self, name: str, value: object) -> bytes:
        if type(value) is str:
            return self._keys[name] + sized(plain(value))
        if type(value) is not bool and (type(value) is not int or value not in values.INT64):
            unfit()
        return self._keys[name] + sized(json.dumps(value))

    def _key(self, name: str) -> bytes:
        if name.lower() in self._table.lowered:
            unfit()  # a known property, spelt in other capitals
        return sized(names.dotted(names.child(self._table.rel, name)))


def _bounded(entries: Iterator[bytes]) -> list[bytes]:
    found = list(entries)
    return found if len(found) < MAX_EXTENSIONS else unfit()
