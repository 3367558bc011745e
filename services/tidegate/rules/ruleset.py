"""A rule set: rule documents in which every name means something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tidegate.events.schemas import Schema
from tidegate.law import Law
from tidegate.rules.documents import ApproverDocument, ClassDocument, HubDocument, PartyDocument
from tidegate.rules.granting import Grant
from tidegate.rules.paper_documents import ImportantDocument, NegativeListDocument
from tidegate.rules.papers import Paper
from tidegate.rules.paths import Leaf
from tidegate.rules.reports import Note, Placed


@dataclass(frozen=True)
class RuleSet:
    """Rules whose names all mean something.

    ``leaves`` are those of each event schema, by its id, with classes raised. ``placed`` says
    where each party stands.
    """

    digest: str
    texts: Mapping[str, str]
    hub: HubDocument
    law: Law = field(repr=False)
    parties: Mapping[str, PartyDocument]
    grants: tuple[Grant, ...]
    schemas: tuple[Schema, ...]
    leaves: Mapping[int, tuple[Leaf, ...]] = field(repr=False)
    placed: Mapping[str, Placed] = field(repr=False)
    classes: tuple[tuple[Placed, ClassDocument], ...] = field(repr=False)
    notes: tuple[Note, ...] = ()
    papers: tuple[Paper, ...] = ()
    lists: tuple[NegativeListDocument, ...] = ()
    register: tuple[ImportantDocument, ...] = ()
    approvers: tuple[ApproverDocument, ...] = ()
    references: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The texts of reference lists, by name; semantic checks ask them."""

    @property
    def publishers(self) -> dict[str, PartyDocument]:
        return {name: party for name, party in self.parties.items() if party.publisher is not None}

    @property
    def partners(self) -> dict[str, PartyDocument]:
        return {name: party for name, party in self.parties.items() if party.partner is not None}
