"""Values of which it is open what they are: objects, each with the condition of z3 under which it is this one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import z3

TRUE, FALSE = z3.BoolVal(True), z3.BoolVal(False)


def both(*conditions: z3.BoolRef) -> z3.BoolRef:
    """The conjunction, without what is always true."""
    left = [one for one in conditions if one is not TRUE]
    if any(one is FALSE for one in left):
        return FALSE
    return TRUE if not left else left[0] if len(left) == 1 else z3.And(left)


def either(*conditions: z3.BoolRef) -> z3.BoolRef:
    """The disjunction, without what is never true."""
    left = [one for one in conditions if one is not FALSE]
    if any(one is TRUE for one in left):
        return TRUE
    return FALSE if not left else left[0] if len(left) == 1 else z3.Or(left)


def never(condition: z3.BoolRef) -> z3.BoolRef:
    if condition is TRUE:
        return FALSE
    return TRUE if condition is FALSE else z3.Not(condition)


@dataclass(frozen=True, eq=False)
class Choice:
    """A value that is one of several: each with its condition; the conditions exclude each other."""

    options: tuple[tuple[z3.BoolRef, Any], ...]


@dataclass(frozen=True, eq=False)
class Members:
    """A set of which it is open what is in it: a condition for each thing that may be."""

    bits: Mapping[Any, z3.BoolRef]

    def __and__(self, other: Iterable[Any]) -> Members:
        return Members({one: bit for one, bit in self.bits.items() if one in other})


class Elements(list[tuple[z3.BoolRef, Any]]):
    """What a comprehension gives: elements, each with the condition under which it is one."""


def elements(found: Any) -> Elements:
    return found if isinstance(found, Elements) else Elements((TRUE, one) for one in found)


def options(value: Any) -> Sequence[tuple[z3.BoolRef, Any]]:
    return value.options if isinstance(value, Choice) else ((TRUE, value),)


def _key(value: Any) -> Any:
    if z3.is_expr(value):
        return "z3", value.get_id()
    try:
        hash(value)
    except TypeError:
        return "id", id(value)
    return type(value), value


def chosen(pairs: Iterable[tuple[z3.BoolRef, Any]]) -> Any:
    """One value of several: equal ones become one, and truth values become a formula."""
    merged: dict[Any, tuple[list[z3.BoolRef], Any]] = {}
    for condition, value in pairs:
        for inner, leaf in options(value):
            when = both(condition, inner)
            if when is not FALSE:
                merged.setdefault(_key(leaf), ([], leaf))[0].append(when)
    found = [(either(*conditions), leaf) for conditions, leaf in merged.values()]
    if found and all(isinstance(leaf, bool) or z3.is_bool(leaf) for _, leaf in found):
        return either(*(both(when, truth_of(leaf)) for when, leaf in found))
    return found[0][1] if len(found) == 1 else Choice(tuple(found))


def truth_of(leaf: Any) -> z3.BoolRef:
    if z3.is_bool(leaf):
        return leaf
    if isinstance(leaf, Members):
        return either(*leaf.bits.values())
    assert not z3.is_expr(leaf), "a number is no truth value"
    return TRUE if leaf else FALSE
