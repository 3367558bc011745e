"""Classes that rule documents give: they raise the class of a field, and give a key of a map its first one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tidegate.events import avro
from tidegate.events.avro import Map
from tidegate.events.schemas import Schema
from tidegate.law import FieldClass, Points, strictest_class
from tidegate.rules.documents import ClassDocument
from tidegate.rules.paper_documents import ImportantDocument
from tidegate.rules.papers import targets
from tidegate.rules.paths import (
    Elements,
    Key,
    Leaf,
    Steps,
    Target,
    leaves,
    parse,
    show,
    unimportant,
    unknown_field,
)
from tidegate.rules.reports import Placed, Report

Classed = Sequence[tuple[Placed, ClassDocument]]


def classed_leaves(
    classed: Classed, events: Iterable[Schema], report: Report, points: Points
) -> dict[int, tuple[Leaf, ...]]:
    """The leaves of every event schema, by its id, with the classes that rule documents give, in whatever order."""
    keys = [show(steps) for _, rule in classed if (steps := _key(rule.field))]
    bare = {schema.schema_id: _settled(leaves(schema, dict.fromkeys(keys)), points) for schema in events}
    everywhere = [leaf for found in bare.values() for leaf in found]
    given: dict[str, list[FieldClass]] = {}
    for at, rule in classed:
        for path in _fields(at, rule, everywhere, report) if bare else ():
            given.setdefault(path, []).append(rule.field_class)
    return _secrets({schema_id: _raised(found, given) for schema_id, found in bare.items()})


def _secrets(known: Mapping[int, Sequence[Leaf]]) -> dict[int, tuple[Leaf, ...]]:
    """The leaves, each confidential that is so in any schema: another may call it personal and say no more of it."""
    paths = {leaf.path for found in known.values() for leaf in found if leaf.confidential}
    return {
        schema_id: tuple(replace(leaf, confidential=leaf.path in paths) for leaf in found)
        for schema_id, found in known.items()
    }


def _key(path: str) -> Steps | None:
    """The steps of a path that names a key of a map."""
    try:
        steps = parse(path)
    except ValueError:
        return None
    return steps if isinstance(steps[-1], Key) else None


def _fields(at: Placed, rule: ClassDocument, known: Sequence[Leaf], report: Report) -> list[str]:
    """The paths of the field that a document classes; none where there is something wrong with it."""

    def say(sentence: str, key: str) -> list[str]:
        report.mistakes.append(at.mistake(sentence, key))
        return []

    try:
        steps = parse(rule.field)
    except ValueError as exc:
        return say(str(exc), "field")
    if any(isinstance(step, Elements) and step.where for step in steps):
        plain = show(tuple(Elements() if isinstance(step, Elements) else step for step in steps))
        return say(f"a class is of a field in all elements; write {plain!r}", "field")
    target = Target(steps)
    covered = [leaf for leaf in known if target.covers(leaf)]
    owned = [leaf for leaf in covered if target.owns(leaf)]
    if not covered:
        return say(unknown_field(rule.field, known), "field")
    if not owned:
        each = ", ".join(dict.fromkeys(leaf.path for leaf in covered[:3]))
        return say(f"{rule.field!r} is more than one field; give each of them its class: {each} ...", "field")
    if all(_raised_to(leaf, rule.field_class) is None for leaf in owned):
        was = f"{owned[0].path} is {owned[0].field_class}"
        return say(f"{was}; a rule document may raise a class, never lower it", "class")
    return list(dict.fromkeys(leaf.path for leaf in owned))


def _raised_to(leaf: Leaf, *given: FieldClass) -> FieldClass | None:
    """The class of a leaf after documents gave it some; None where they would lower it."""
    wanted = strictest_class(*given)
    return wanted if _first(leaf) or wanted.strictness >= leaf.field_class.strictness else None


def _first(leaf: Leaf) -> bool:
    """Whether a document gives the field its first class."""
    return isinstance(leaf.steps[-1], Key) and leaf.field_class is FieldClass.UNCLASSIFIED


def _raised(found: Sequence[Leaf], given: Mapping[str, Sequence[FieldClass]]) -> tuple[Leaf, ...]:
    classed = [_given(leaf, given[leaf.path]) if leaf.path in given else leaf for leaf in found]
    return tuple(_with_keys(leaf, classed) for leaf in classed)


def _given(leaf: Leaf, given: Sequence[FieldClass]) -> Leaf:
    """A leaf with the classes that documents give it. What is important, or suspect, is told by the others what else
    it is.
    """
    otherwise = unimportant(*(() if _first(leaf) else (leaf.otherwise,)), *given)
    return replace(
        leaf,
        field_class=_raised_to(leaf, *given) or leaf.field_class,
        otherwise=otherwise,
        confidential=leaf.confidential or FieldClass.COMMERCIAL in given,
    )


def _with_keys(leaf: Leaf, known: Sequence[Leaf]) -> Leaf:
    """A map leaves as a whole, so it is at least what any of its keys is."""
    if not isinstance(avro.child(leaf.node), Map):
        return leaf
    keys = [one for one in known if one.steps[:-1] == leaf.steps and isinstance(one.steps[-1], Key)]
    return replace(
        leaf,
        field_class=strictest_class(leaf.field_class, *(one.field_class for one in keys)),
        otherwise=strictest_class(leaf.otherwise, *(one.otherwise for one in keys)),
        confidential=leaf.confidential or any(one.confidential for one in keys),
    )


ID_NUMBER = "people[].idNumber"
"""Sensitive by an open point of the law, and by our schema as long as the point stands at its strict answer."""


def _settled(found: Sequence[Leaf], points: Points) -> tuple[Leaf, ...]:
    """An identity number is sensitive unless the open point is settled otherwise; documents may raise it again."""
    return tuple(
        replace(leaf, field_class=FieldClass.PI, otherwise=FieldClass.PI)
        if leaf.path == ID_NUMBER and leaf.field_class is FieldClass.SPI and not points.id_number_spi
        else leaf
        for leaf in found
    )


def _notified(leaf: Leaf) -> Leaf:
    """A leaf that the register names."""
    found = strictest_class(leaf.field_class, FieldClass.IMPORTANT)
    return replace(leaf, field_class=found, by_notice=leaf.field_class is not found)


def registered(
    known: Mapping[int, Sequence[Leaf]], events: Sequence[Schema], register: Sequence[ImportantDocument]
) -> dict[int, tuple[Leaf, ...]]:
    """The leaves, those that the register names as important: each key of a map that it names, a map by its keys."""
    found = {}
    for schema in events:
        leaves_here = known[schema.schema_id]
        listed = [one for item in register for one in targets(item.fields, schema, leaves_here)]
        found[schema.schema_id] = tuple(
            _notified(leaf) if any(target.touches(leaf) for target in listed) else leaf for leaf in leaves_here
        )
    return found
