"""Classes and grants: do the names in them mean something in the schemas and among the parties?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from tidegate.errors import BadSchema
from tidegate.events import transforms
from tidegate.events.facts import word_reader
from tidegate.events.schemas import Schema
from tidegate.law import FieldClass
from tidegate.rules.documents import ClassDocument, GrantDocument, PartyDocument
from tidegate.rules.paths import Key, Leaf, leaves, parse, resolve, show
from tidegate.rules.reports import Placed, Report, nearest


@dataclass(frozen=True)
class Grant:
    """A grant with its place, for messages of later steps."""

    said: GrantDocument
    at: Placed


def classed_leaves(
    classed: Sequence[tuple[Placed, ClassDocument]], events: Sequence[Schema], report: Report
) -> dict[int, tuple[Leaf, ...]]:
    """The leaves of every event schema, with the classes that rule documents raise."""
    keys = [rule.field for _, rule in classed if _is_key(rule.field)]
    known = {schema.schema_id: leaves(schema, keys) for schema in events}
    for at, rule in classed:
        _raise_class(at, rule, known, report)
    return known


def _is_key(path: str) -> bool:
    try:
        return isinstance(parse(path)[-1], Key)
    except ValueError:
        return False


def _raise_class(at: Placed, rule: ClassDocument, known: dict[int, tuple[Leaf, ...]], report: Report) -> None:
    try:
        path = show(parse(rule.field))
    except ValueError as exc:
        report.mistakes.append(at.mistake(str(exc), "field"))
        return
    paths = [leaf.path for found in known.values() for leaf in found]
    if path not in paths:
        report.mistakes.append(at.mistake(f"there is no field {rule.field!r}{nearest(rule.field, paths)}", "field"))
    for schema_id, found in known.items():
        known[schema_id] = tuple(_reclassed(at, rule, leaf, report) if leaf.path == path else leaf for leaf in found)


def _reclassed(at: Placed, rule: ClassDocument, leaf: Leaf, report: Report) -> Leaf:
    first = isinstance(leaf.steps[-1], Key) and leaf.field_class is FieldClass.UNCLASSIFIED
    if not first and rule.field_class.strictness < leaf.field_class.strictness:
        why = f"{leaf.path} is {leaf.field_class}; a rule document may raise a class, never lower it"
        report.mistakes.append(at.mistake(why, "class"))
        return leaf
    return replace(leaf, field_class=rule.field_class)


class GrantChecker:
    """Checks one grant after another against parties and schemas."""

    def __init__(
        self,
        parties: Mapping[str, PartyDocument],
        events: Sequence[Schema],
        known: Mapping[int, tuple[Leaf, ...]],
        report: Report,
    ) -> None:
        self._parties = parties
        self._events = events
        self._known = known
        self._report = report

    def check(self, grant: GrantDocument, at: Placed) -> None:
        self._check_parties(grant, at)
        if grant.valid_from and grant.valid_to and grant.valid_from >= grant.valid_to:
            self._say(at, "valid_to is not after valid_from, so the grant never holds", "valid_to")
        for key in ("fields", "required"):
            for index, path in enumerate(getattr(grant, key)):
                self._in_some_schema(at, (key, index), self._resolves(path))
        for path, text in grant.transforms.items():
            self._in_some_schema(at, ("transforms", path), self._transforms(path, text, grant))
        for path in grant.when:
            self._in_some_schema(at, ("when", path), _compares(path))

    def _say(self, at: Placed, sentence: str, *inner: str | int) -> None:
        self._report.mistakes.append(at.mistake(sentence, *inner))

    def _check_parties(self, grant: GrantDocument, at: Placed) -> None:
        for key, attribute in (("publishers", "publisher"), ("partners", "partner")):
            able = [name for name, party in self._parties.items() if getattr(party, attribute) is not None]
            for index, name in enumerate(getattr(grant, key)):
                if name not in self._parties:
                    self._say(at, f"there is no party {name!r}{nearest(name, able)}", key, index)
                elif name not in able:
                    why = f"{name} has no [party.{attribute}] table, so it is no {attribute}; add one, or name another"
                    self._say(at, why, key, index)
        both = set(grant.publishers) & set(grant.partners)
        if both:
            self._say(at, f"{min(both)} is publisher and partner of one grant", "partners")

    def _in_some_schema(self, at: Placed, inner: tuple[str | int, ...], ask: Callable[[Schema], object]) -> None:
        """A path has to mean something in at least one event schema; what the first of them says is the message."""
        said: list[str] = []
        for schema in self._events:
            try:
                ask(schema)
            except (ValueError, BadSchema) as exc:
                said.append(str(exc))
            else:
                return
        if said:
            self._say(at, said[0], *inner)

    def _resolves(self, path: str) -> Callable[[Schema], object]:
        return lambda schema: resolve(path, schema, self._known[schema.schema_id])

    def _transforms(self, path: str, text: str, grant: GrantDocument) -> Callable[[Schema], object]:
        def ask(schema: Schema) -> None:
            known = self._known[schema.schema_id]
            target = resolve(path, schema, known)
            if text == "port":
                if path != "location":
                    raise ValueError("port is a transform of the whole location: transforms = { location = 'port' }")
                return
            if not target.own:
                raise ValueError(f"{path!r} is more than one field; a transform names one field by its own path")
            leaf = next(leaf for leaf in known if target.covers(leaf))
            if not any(resolve(named, schema, known).covers(leaf) for named in grant.fields):
                raise ValueError(f"{path!r} is transformed and not granted; add it to fields")
            transforms.parse(text, leaf.node)

        return ask


def _compares(path: str) -> Callable[[Schema], object]:
    def ask(schema: Schema) -> None:
        slot = schema.slot.get(path)
        if slot is None:
            near = nearest(path, schema.slot)
            raise ValueError(f"there is no field {path!r} to compare; it has to lie outside arrays{near}")
        word_reader(slot)

    return ask
