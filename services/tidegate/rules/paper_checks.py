"""Checks of papers and registers: every name means something, every date follows the one before it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from tidegate.events.schemas import Schema
from tidegate.law import PERSONAL, Bucket, FieldClass, Law, Mechanism, Tri, Zone
from tidegate.law.calendars import day_of
from tidegate.rules.combining import forms, forms_of_minors
from tidegate.rules.documents import HubDocument, PartyDocument
from tidegate.rules.granting import Parties
from tidegate.rules.list_checks import wrong_list
from tidegate.rules.paper_dates import Wrong, dates, slips
from tidegate.rules.paper_documents import (
    AuthorizationDocument,
    Basis,
    ImportantDocument,
    NegativeListDocument,
    Status,
)
from tidegate.rules.papers import OF_IMPORTANT, Paper
from tidegate.rules.paths import Leaf, NoField, resolve
from tidegate.rules.reports import Placed, Report, nearest

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_NUMBERED = (Mechanism.ASSESSMENT, Mechanism.CERT, Mechanism.FTZ_OFFLIST)
"""Mechanisms that an authority grants: an effective paper has its number."""
_UNCOUNTED = (
    "is not counted in the buckets of the law as the open points are settled here, so nobody could keep its number of "
    "people; take people away, or settle exempt_counts or gba_counts as true"
)
_NO_VOLUME = (
    "says nothing of important data, which leaves under an assessment only (CAC Provisions 7); take volume away"
)
_NOTHING_IMPORTANT = "has a volume, which counts events with important data, and names none, so it limits nothing"
_GBA_SIDES = {Mechanism.GBA_SC_HK: "HK", Mechanism.GBA_SC_MO: "MO"}


class PaperChecker:
    """Checks papers against parties, schemas and the law. ``events`` are the event schemas, with their leaves."""

    def __init__(
        self,
        parties: Parties,
        events: Sequence[Schema],
        known: Mapping[int, Sequence[Leaf]],
        law: Law,
        report: Report,
        register: Iterable[ImportantDocument] = (),
    ) -> None:
        self._parties = parties
        self._events = events
        self._known = known
        self.law = law
        self._report = report
        self._items = {item.id: item for item in register}

    @property
    def sure(self) -> bool:
        """Whether every file could be read, so that what is not known is not there."""
        return self._parties.sure

    def paper(self, said: AuthorizationDocument, at: Placed, hub: HubDocument | None) -> Paper:
        """The paper, with what changed under it. What is wrong with it goes into the report."""
        for sentence, inner in (
            *self._names(said),
            *dates(said, self.law),
            *self._scope(said),
            *self._edges(said),
            *self._register(said),
        ):
            self._say(at, sentence, *inner)
        self._paths(said.fields, at, "fields")
        review = tuple(self._changed(said, hub))
        found = Paper(said, at, review, self._buckets(said, at))
        if said.people is not None and not found.counted(self.law.points):
            self._say(at, f"{said.mechanism} {_UNCOUNTED}", "people")
        for sentence, inner in (*self._earlier(said), *slips(said), *self._elsewhere(said, hub)):
            self._report.notes.append(at.note(sentence, *inner))
        if said.volume is not None and said.mechanism is not Mechanism.ASSESSMENT:
            self._say(at, f"{said.mechanism} {_NO_VOLUME}", "volume")
        elif said.volume is not None and not self._important(found):
            self._report.notes.append(at.note(f"{said.id} {_NOTHING_IMPORTANT}", "volume"))
        for sentence in review:
            self._report.notes.append(at.note(f"{said.id} is in review and lets nothing out: {sentence}", "id"))
        return found

    def _buckets(self, said: AuthorizationDocument, at: Placed) -> frozenset[Bucket]:
        """In which buckets the people are whom a paper may be about, by all that its fields may be in any company."""
        if said.people is None:
            return frozenset()
        asked = Paper(said, at)
        known = self._parties.known
        sides = [known[name] for name in (*said.recipients, *said.onward) if name in known]
        return frozenset(
            Bucket.SPI if leaf.plain is FieldClass.SPI else Bucket.PI
            for schema in self._events
            for one in self._known[schema.schema_id]
            for leaf in (one, *(form for side in sides for form in _forms(one, side, minors=said.minors)))
            if leaf.plain in PERSONAL and asked.covers(leaf, schema, self._known[schema.schema_id])
        )

    def _important(self, paper: Paper) -> bool:
        """Whether a paper names important data, or the class itself."""
        return FieldClass.IMPORTANT in paper.said.classes or any(
            leaf.field_class is FieldClass.IMPORTANT and paper.covers(leaf, schema, self._known[schema.schema_id])
            for schema in self._events
            for leaf in self._known[schema.schema_id]
        )

    def listed(self, said: NegativeListDocument, at: Placed) -> None:
        """Checks a negative list. One that is not verified is no mistake; it only permits nothing."""
        for sentence, inner in wrong_list(said, self.law):
            self._say(at, sentence, *inner)
        for index, item in enumerate(said.items):
            self._paths(item.fields, at, "items", index, "fields")
        if not said.verified:
            self._report.notes.append(at.note(f"{said.id} is not verified, so it permits nothing", "id"))

    def important(self, said: ImportantDocument, at: Placed) -> None:
        self._paths(said.fields, at, "fields")

    def _say(self, at: Placed, sentence: str, *inner: str | int) -> None:
        self._report.mistakes.append(at.mistake(sentence, *inner))

    def _names(self, said: AuthorizationDocument) -> Wrong:
        parties = self._parties
        for key, attribute in (("exporter", "publisher"), ("recipients", "partner"), ("onward", None)):
            found = getattr(said, key)
            for index, name in enumerate((found,) if isinstance(found, str) else found):
                inner = (key,) if isinstance(found, str) else (key, index)
                if name in parties.known:
                    if attribute and getattr(parties.known[name], attribute) is None:
                        yield f"{name} has no [party.{attribute}] table, so it is no {attribute}", inner
                elif name not in parties.broken and parties.sure:
                    yield f"there is no party {name!r}{nearest(name, parties.known)}", inner
        for index, name in enumerate(said.onward):
            if name == said.exporter or name in said.recipients:
                yield f"{name} is a side of this paper already, so nothing goes on to it", ("onward", index)
        if said.exporter in said.recipients:
            yield f"{said.exporter} is exporter and recipient of one paper", ("recipients",)

    def _scope(self, said: AuthorizationDocument) -> Wrong:
        if not said.fields and not said.classes:
            yield f"{said.id} names no field and no class, so it covers nothing; add fields = [...]", ()
        if not said.purposes:
            yield f"{said.id} names no purpose, so it covers nothing", ("purposes",)
        if said.status is Status.EFFECTIVE and said.effective is None:
            yield f"{said.id} is effective and does not say since when; add effective", ("status",)
        if said.status is Status.EFFECTIVE and said.mechanism in _NUMBERED and not said.number:
            yield f"an effective {said.mechanism} has a number from the authority; add number", ("status",)
        yield from _record(said)

    def _register(self, said: AuthorizationDocument) -> Wrong:
        """The items that a paper names are on the register, and it is one that is about important data."""
        if said.items and said.mechanism not in OF_IMPORTANT:
            yield f"items are of important data, and {said.mechanism} carries none; take items away", ("items",)
        for index, name in enumerate(said.items):
            if name not in self._items and name not in self._parties.broken and self._parties.sure:
                yield f"there is no important data {name!r}{nearest(name, self._items)}", ("items", index)

    def _earlier(self, said: AuthorizationDocument) -> Wrong:
        """Items that came on the register after the paper that names them: it may have been made without them."""
        made = said.issued or said.signed or (None if said.effective is None else day_of(said.effective))
        for index, name in enumerate(said.items):
            item = self._items.get(name)
            if item is not None and made is not None and made < item.notified:
                yield (
                    f"{said.id} is of {made} and names {name}, notified on {item.notified}: see that it was assessed "
                    "as important data, or have it assessed again",
                    ("items", index),
                )

    def _elsewhere(self, said: AuthorizationDocument, hub: HubDocument | None) -> Wrong:
        """A paper off a list beside a hub that is not in the list's area: what leaves, leaves from somewhere else."""
        exporter = self._parties.known.get(said.exporter)
        if said.mechanism is not Mechanism.FTZ_OFFLIST or exporter is None or hub is None or not hub.zone.mainland:
            return
        areas = [edge.start for edge in self.law.edges.all if Mechanism.FTZ_OFFLIST in edge.mechanisms]
        mine = [area for area in areas if self.law.edges.within(area, exporter.zone)]
        if mine and not any(self.law.edges.within(area, hub.zone) for area in mine):
            why = f"{said.id} carries nothing: the hub keeps data in {hub.zone}, outside of {' and '.join(mine)}"
            yield f"{why}, and data has to leave from there (CAC Provisions 6)", ("mechanism",)

    def _edges(self, said: AuthorizationDocument) -> Wrong:
        """A mechanism carries only what goes along an edge that has it."""
        if said.mechanism is Mechanism.ART5_SMALL or said.exporter not in self._parties.known:
            return
        exporter = self._parties.known[said.exporter]
        if exporter.ciio is Tri.YES and said.mechanism in (Mechanism.SCC, Mechanism.CERT, Mechanism.FTZ_OFFLIST):
            yield (
                f"{said.exporter} is a CIIO, and exports under an assessment only (CAC Provisions 7(1))",
                ("mechanism",),
            )
        for index, name in enumerate(said.recipients):
            party = self._parties.known.get(name)
            if party is not None and not self._carried(said.mechanism, exporter.zone, party.zone):
                why = f"no edge from {exporter.zone} to {party.zone} carries {said.mechanism} on {self.law.day}"
                yield f"{why}{self._edges_of(said.mechanism)}", ("recipients", index)
        side = _GBA_SIDES.get(said.mechanism)
        for index, name in enumerate(said.onward if side else ()):
            party = self._parties.known.get(name)
            if party is not None and not any(self._same_side(party.zone, one) for one in said.recipients):
                why = f"{name} is in {party.zone}, outside the recipient's own jurisdiction (GBA contract Art. 3(8))"
                yield why, ("onward", index)

    def _edges_of(self, mechanism: Mechanism) -> str:
        """From where to where a mechanism carries."""
        there = [f"{edge.start} to {edge.end}" for edge in self.law.edges.all if mechanism in edge.mechanisms]
        return f"; it carries from {', or from '.join(there)}" if there else ""

    def _carried(self, mechanism: Mechanism, start: Zone, end: Zone) -> bool:
        """Whether an edge has it. A publisher outside the Mainland may send through a hub in it."""
        if self.law.edges.carrying(mechanism, start, end):
            return True
        return not start.mainland and not end.mainland and mechanism not in (*_GBA_SIDES, Mechanism.DOMESTIC_ART23)

    def _same_side(self, zone: Zone, recipient: str) -> bool:
        party = self._parties.known.get(recipient)
        if party is None:
            return True
        both = self.law.edges.within("CN-GBA9", zone) and self.law.edges.within("CN-GBA9", party.zone)
        return both or zone == party.zone

    def _changed(self, said: AuthorizationDocument, hub: HubDocument | None) -> Iterator[str]:
        """Facts of the rule set that are no longer what was filed: a longer retention, another storage place.

        A relay keeps what passes it, if only until it is sent on, so it is one; what lies in the Mainland left nothing.
        """
        for name in said.recipients:
            party = self._parties.known.get(name)
            if party is None or party.partner is None:
                continue
            if said.retention is not None and party.partner.retention > said.retention:
                yield f"{name} keeps data {_days(party.partner.retention)}, and {_days(said.retention)} were filed"
            if said.storage and not any(_lies_in(party.zone, place) for place in said.storage):
                yield f"{name} is in {party.zone}, and storage in {_places(said)} was filed"
            for relay in party.partner.relays:
                if said.storage and not relay.mainland and not any(_lies_in(relay, place) for place in said.storage):
                    yield f"deliveries to {name} pass {relay}, and storage in {_places(said)} was filed"
        outside = hub is not None and bool(said.storage) and not hub.zone.mainland
        if hub is not None and outside and not any(_lies_in(hub.zone, place) for place in said.storage):
            yield f"the hub keeps data in {hub.zone}, which was not filed as storage place"

    def _paths(self, paths: Sequence[str], at: Placed, *inner: str | int) -> None:
        for index, path in enumerate(paths):
            wrong: list[ValueError] = []
            for schema in self._events:
                try:
                    resolve(path, schema, self._known[schema.schema_id])
                except ValueError as exc:
                    wrong.append(exc)
            if wrong and len(wrong) == len(self._events):
                said = next((exc for exc in wrong if not isinstance(exc, NoField)), wrong[0])
                self._say(at, str(said), *inner, index)


def _forms(leaf: Leaf, side: PartyDocument, *, minors: bool) -> Iterator[Leaf]:
    yield from forms(leaf, side)
    if minors:
        yield from forms_of_minors(leaf, side)


def _record(said: AuthorizationDocument) -> Wrong:
    """What has to be on record where consent is the basis, and for people under 14 whatever it is (PIPL 31)."""
    if said.basis is Basis.CONSENT and said.mechanism is Mechanism.ART5_HR:
        why = "what is needed to manage staff does not rest on their consent (PIPL 13(1)(2)); the basis is 'hr'"
        yield f"{why}, or this is another mechanism", ("basis",)
    if said.basis is Basis.CONSENT and not said.consent:
        yield "the basis is consent, and no consent is on record; add consent with its version", ("basis",)
    if said.minors and not said.guardian:
        yield "people under 14 are among them; add guardian with the version of the guardian's consent", ("minors",)
    for name, digest in said.documents.items():
        if _DIGEST.fullmatch(digest) is None:
            yield "a document is named by its digest: 'sha256:' and 64 hexadecimal digits", ("documents", name)


def _places(said: AuthorizationDocument) -> str:
    return ", ".join(map(str, said.storage))


def _days(span: timedelta) -> str:
    return f"{span.days} days" if span.days else f"{int(span.total_seconds())} s"


def _lies_in(zone: Zone, place: Zone) -> bool:
    return zone.code == place.code or zone.code.startswith(f"{place.code}-")
