"""Rule documents to a rule set: every name is looked up, every mistake found at once, with file, line and a sentence.

A rule set is never half loaded: with one mistake there is none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import ValidationError

from tidegate.errors import BadRules, BadSchema, Mistake
from tidegate.events.facts import EVENT, fields_of
from tidegate.events.schemas import Schema
from tidegate.law import Tri
from tidegate.rules import places
from tidegate.rules.documents import HubDocument, PartyDocument, RuleDocument
from tidegate.rules.granting import Grant, GrantChecker, classed_leaves
from tidegate.rules.paths import Leaf
from tidegate.rules.places import Document
from tidegate.rules.reports import Note, Placed, Report, place, sentence

_T = TypeVar("_T")


@dataclass(frozen=True)
class RuleSet:
    """Rules whose names all mean something. ``leaves`` are those of each event schema, with classes raised."""

    digest: str
    texts: Mapping[str, str]
    hub: HubDocument
    parties: Mapping[str, PartyDocument]
    grants: tuple[Grant, ...]
    schemas: tuple[Schema, ...]
    leaves: Mapping[int, tuple[Leaf, ...]] = field(repr=False)
    notes: tuple[Note, ...] = ()

    @property
    def publishers(self) -> dict[str, PartyDocument]:
        return {name: party for name, party in self.parties.items() if party.publisher is not None}

    @property
    def partners(self) -> dict[str, PartyDocument]:
        return {name: party for name, party in self.parties.items() if party.partner is not None}


def load(texts: Mapping[str, str], builtin: Sequence[Schema], extra: Mapping[str, Any] | None = None) -> RuleSet:
    """The rule set of some TOML files.

    ``builtin`` are the writer schemas of the hub, ``extra`` those of the rule set's own ``schemas`` folder, parsed, by
    file name. Raises ``BadRules`` with every mistake.
    """
    loader = _Loader()
    shapes = list(loader.shapes(texts))
    schemas = loader.schemas(builtin, extra or {})
    hub = loader.hub(shapes)
    parties = loader.parties(shapes, hub)
    events = [schema for schema in schemas if schema.name == EVENT]
    classed = [(at, rule) for document, shape in shapes for at, rule in _placed(document, "class", shape.field_class)]
    leaves = classed_leaves(classed, events, loader.report)
    grants = loader.grants(shapes, GrantChecker(parties, events, leaves, loader.report))
    if loader.report.mistakes or hub is None:
        raise BadRules(loader.report.sorted_mistakes())
    digest = digest_of(texts, schemas)
    return RuleSet(digest, dict(texts), hub, parties, grants, schemas, leaves, tuple(loader.report.notes))


def digest_of(texts: Mapping[str, str], schemas: Iterable[Schema]) -> str:
    """The digest of a rule set: of its files by name, and of all writer schemas."""
    state = hashlib.sha256()
    for name in sorted(texts):
        state.update(f"{len(name)}:{name}{len(texts[name].encode())}:".encode() + texts[name].encode())
    for text in sorted(schema.text for schema in schemas):
        state.update(f"{len(text.encode())}:{text}".encode())
    return state.hexdigest()


def _placed(document: Document, key: str, items: Sequence[_T]) -> list[tuple[Placed, _T]]:
    return [(Placed(document, (key, index)), item) for index, item in enumerate(items)]


class _Loader:
    def __init__(self) -> None:
        self.report = Report()

    def _say(self, mistake: Mistake) -> None:
        self.report.mistakes.append(mistake)

    def shapes(self, texts: Mapping[str, str]) -> Iterable[tuple[Document, RuleDocument]]:
        if not texts:
            self._say(Mistake(".", 1, "there is no .toml file here; a rule set has at least a [hub]"))
        for name, text in sorted(texts.items()):
            document = places.read(name, text)
            if isinstance(document, Mistake):
                self._say(document)
                continue
            try:
                yield document, RuleDocument.model_validate(document.values)
            except ValidationError as exc:
                for error in exc.errors():
                    self._say(document.mistake(place(error["loc"]), sentence(error)))

    def schemas(self, builtin: Sequence[Schema], extra: Mapping[str, Any]) -> tuple[Schema, ...]:
        found = {schema.schema_id: schema for schema in builtin}
        for name, json in extra.items():
            try:
                schema = Schema.of(json)
                fields_of(schema)
                found[schema.schema_id] = schema
            except BadSchema as exc:
                self._say(Mistake(name, 1, str(exc)))
        return tuple(found.values())

    def hub(self, shapes: Sequence[tuple[Document, RuleDocument]]) -> HubDocument | None:
        found = [(document, shape.hub) for document, shape in shapes if shape.hub is not None]
        if not found and not self.report.mistakes:
            name = shapes[0][0].name if shapes else "."
            self._say(
                Mistake(name, 1, "no file says where the hub keeps data; add [hub] with zone = 'CN-GD-SZ' or the like")
            )
        for document, _ in found[1:]:
            self._say(document.mistake(("hub",), f"[hub] stands in {found[0][0].name} already; keep one"))
        return found[0][1] if found else None

    def parties(
        self, shapes: Sequence[tuple[Document, RuleDocument]], hub: HubDocument | None
    ) -> dict[str, PartyDocument]:
        found: dict[str, PartyDocument] = {}
        for document, shape in shapes:
            for at, party in _placed(document, "party", shape.party):
                if party.id in found:
                    self._say(at.mistake(f"there is a party {party.id!r} already; ids are unique", "id"))
                    continue
                found[party.id] = party
                self._zone(party, hub, at)
                self.report.notes.extend(at.note(said, *inner) for said, inner in _party_notes(party))
        return found

    def _zone(self, party: PartyDocument, hub: HubDocument | None, at: Placed) -> None:
        """A filter in Hong Kong is too late for an event from Shenzhen: its arrival there is the export."""
        if party.publisher is None or hub is None or not party.zone.mainland or hub.zone.mainland:
            return
        why = (
            f"{party.id} publishes from {party.zone}, and its raw events would reach the hub in {hub.zone}: that is "
            "itself an export, before any rule is asked; run its hub in the Mainland (zone = 'CN-...' in [hub])"
        )
        self._say(at.mistake(why, "zone"))

    def grants(self, shapes: Sequence[tuple[Document, RuleDocument]], checker: GrantChecker) -> tuple[Grant, ...]:
        found: dict[str, Grant] = {}
        for document, shape in shapes:
            for at, grant in _placed(document, "grant", shape.grant):
                if grant.id in found:
                    self._say(at.mistake(f"there is a grant {grant.id!r} already; ids are unique", "id"))
                    continue
                found[grant.id] = Grant(grant, at)
                checker.check(grant, at)
        return tuple(found.values())


def _party_notes(party: PartyDocument) -> Iterable[tuple[str, tuple[str, ...]]]:
    """What the author of a party may not have meant."""
    if party.publisher is None and party.partner is None:
        yield f"{party.id} neither publishes nor receives; add [party.publisher] or [party.partner]", ()
    if party.publisher is not None and party.publisher.identity_adds:
        added = " and ".join(party.publisher.identity_adds)
        said = f"events of {party.id} that have one id are told apart by {added}: one id may stand for many events"
        yield said, ("publisher", "identity_adds")
    if party.publisher is not None and party.state_organ is Tri.UNKNOWN:
        yield f"{party.id} does not say state_organ = 'no'; unknown counts as yes: events with personal data stop", ()
    if party.partner is not None:
        for fact in ("foreign_authority", "restricted"):
            if getattr(party, fact) is Tri.UNKNOWN:
                yield f"{party.id} does not say {fact} = 'no'; unknown counts as yes: nothing is delivered to it", ()
