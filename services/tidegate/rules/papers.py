"""Papers at work: what each covers, from when to when it can be used, and what is on record for a field under them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from tidegate.events.schemas import Schema
from tidegate.law import IMPORTANCE, PERSONAL, Bucket, FieldClass, Law, Mechanism, Points, Zone
from tidegate.law.calendars import add_months, day_of, micros_of, start_of
from tidegate.rules.documents import PartyDocument
from tidegate.rules.filings import GBA, filings, late
from tidegate.rules.levels import Cap, Window
from tidegate.rules.paper_documents import ROLES, AuthorizationDocument, ImportantDocument, NegativeListDocument, Status
from tidegate.rules.paths import Leaf, Target, resolve
from tidegate.rules.reports import Placed

YEARS = {Mechanism.ASSESSMENT: "assessment_years", Mechanism.CERT: "certificate_years"}
"""Mechanisms that hold for some years from their issue, and the parameter that says how many."""


OF_IMPORTANT = (Mechanism.ASSESSMENT, Mechanism.RISK_ASSESSMENT)
"""Papers of important data: abroad, and inside the Mainland."""
_EXEMPT = (
    Mechanism.ART5_CONTRACT,
    Mechanism.ART5_HR,
    Mechanism.ART5_EMERGENCY,
    Mechanism.STATUTORY_DUTY,
    Mechanism.FTZ_OFFLIST,
)
_ALWAYS_COUNTED = (Mechanism.SCC, Mechanism.CERT, Mechanism.ASSESSMENT, Mechanism.ART5_SMALL)


_DOCUMENTS = {
    Mechanism.SCC: "the signed contract",
    Mechanism.CERT: "the certificate",
    Mechanism.ASSESSMENT: "the result of the assessment",
    Mechanism.GBA_SC_HK: "the signed contract",
    Mechanism.GBA_SC_MO: "the signed contract",
    Mechanism.FTZ_OFFLIST: "the filing",
    Mechanism.HK_DPP: "the contract",
    Mechanism.ENTRUSTED: "the contract",
    Mechanism.RISK_ASSESSMENT: "the report",
}
"""Mechanisms that are a document, and which. The others are facts of which basis, notice and PIPIA are the record."""


_ASKED_BY = {
    Mechanism.HK_DPP: "PDPO DPP1-DPP3",
    Mechanism.GBA_SC_HK: "GBA contract 2(2); PDPO DPP1, DPP3",
    Mechanism.DOMESTIC_ART23: "PIPL 23",
}
"""Mechanisms whose papers have to have some things on record themselves, and by what."""


@dataclass(frozen=True)
class Paper:
    """An authorization with its place. ``review`` are facts that changed under it; with any, it lets nothing out.

    ``buckets`` are those in which the people are that it may be about: with them its cap is compared.
    """

    said: AuthorizationDocument
    at: Placed
    review: tuple[str, ...] = ()
    buckets: frozenset[Bucket] = frozenset()

    @property
    def usable(self) -> bool:
        in_effect = self.said.status is Status.EFFECTIVE and self.said.effective is not None
        return in_effect and not self.review and not self.lacking

    @property
    def lacking(self) -> tuple[str, ...]:
        """What is not on record of a paper of a regime whose row asks for no record beside it.

        In Hong Kong data goes on by purpose and class of transferee of its notice, and is kept no longer than needed:
        so under a notice, and with a retention (PDPO DPP1-DPP3). A Greater Bay Area contract, which serves there too,
        has its retention in its notice (Art. 2(2)). Inside the Mainland another processor gets it after a
        notice and by separate consent (PIPL 23), or, strictly, by a basis that is on record and is not consent.
        """
        said = self.said
        match said.mechanism:
            case Mechanism.HK_DPP:
                there = {"notice": bool(said.notice), "retention": said.retention is not None}
            case Mechanism.GBA_SC_HK:
                there = {"notice": bool(said.notice)}
            case Mechanism.DOMESTIC_ART23:
                there = {"notice": bool(said.notice), "consent": bool(said.consent) or said.basis is not None}
            case _:
                there = {}
        return tuple(name for name, is_there in there.items() if not is_there)

    @property
    def incomplete(self) -> str:
        """What is said of a paper in effect that lacks a record, and so lets nothing out; else nothing."""
        if not self.lacking or self.said.status is not Status.EFFECTIVE:
            return ""
        article = _ASKED_BY[self.said.mechanism]
        return f"{self.said.id} lacks {', '.join(self.lacking)} and lets nothing out without ({article})"

    @cached_property
    def numbers(self) -> tuple[tuple[int, Window], ...]:
        """How many people it was approved for, and events with important data, and what each is compared with.

        One that holds for years was approved for all of them: so since the year in which it took effect, and not since
        the year of the decision alone.
        """
        said = self.said
        since = day_of(said.effective).year if said.mechanism in YEARS and said.effective is not None else None
        about = tuple(one for one in (Bucket.PI, Bucket.SPI) if one in self.buckets) or (Bucket.PI, Bucket.SPI)
        both = (said.people, Window(about, since)), (said.volume, Window((Bucket.IMPORTANT,), since))
        return tuple((number, window) for number, window in both if number is not None)

    @property
    def recorded(self) -> bool:
        """Whether it is the record of basis, notice and PIPIA. A risk assessment is about data, and about nobody."""
        return self.said.evidence and self.said.mechanism is not Mechanism.RISK_ASSESSMENT

    @property
    def guarded(self) -> bool:
        """Whether it is about people under 14 too, with a guardian's consent on record."""
        return self.said.minors and bool(self.said.guardian)

    @property
    def undocumented(self) -> str:
        """What is missing where a paper is in effect and no digest says which document it is; else nothing.

        The exporter has to be able to show it (NDSMR 50), and a digest says that it is still the one that was filed. It
        stops nothing: the document is there, only the rules do not name it.
        """
        wanted = _DOCUMENTS.get(self.said.mechanism)
        if wanted is None or self.said.documents or self.said.status is not Status.EFFECTIVE:
            return ""
        return (
            f"{self.said.id} is effective and names no document; add documents = {{ name = 'sha256:...' }} with the "
            f"digest of {wanted}, as sha256sum prints it"
        )

    def covers(self, leaf: Leaf, schema: Schema, known: Sequence[Leaf]) -> bool:
        """Whether it names a field: by its path, by a parent's, or by its class, and those whom the field is about."""
        if not self._of_whom(leaf):
            return False
        asked = self._asked(leaf)
        if asked and asked <= set(self.said.classes):
            return True
        return any(target.covers(leaf) for target in targets(self.said.fields, schema, known))

    def carries(self, items: Collection[str]) -> bool:
        """Whether it names all items of the register that name a field. Only assessments are asked.

        An assessment is of what it names (NDSMR 31, 37): one from before a notice was not made with it in view.
        """
        return self.said.mechanism not in OF_IMPORTANT or set(items) <= set(self.said.items)

    def _asked(self, leaf: Leaf) -> set[FieldClass]:
        """By which classes it would have to name a field: an assessment as important data and, where it is personal as
        well, as that too; a risk assessment as important data only, and all others as what it is otherwise.
        """
        if leaf.field_class not in IMPORTANCE:
            return {leaf.field_class}
        mechanism = self.said.mechanism
        found = {leaf.field_class} if mechanism in OF_IMPORTANT else set()
        if mechanism is not Mechanism.RISK_ASSESSMENT and leaf.plain in PERSONAL:
            found.add(leaf.plain)
        return found

    def _of_whom(self, leaf: Leaf) -> bool:
        """Whether everybody whom a field may be about has a role that it names; one that names none is about all.

        A field of the people of an event leaves for all of them: who is a driver and who a contact is not told apart.
        """
        if not self.said.roles or leaf.plain not in PERSONAL:
            return True
        about = ("DRIVER",) if leaf.path.startswith("truck.") else ROLES
        return set(about) <= set(self.said.roles)

    def counted(self, points: Points) -> bool:
        """Whether people who leave under it are counted in the buckets of the law, as the open points are settled."""
        mechanism = self.said.mechanism
        if mechanism in GBA:
            return points.gba_counts
        return mechanism in _ALWAYS_COUNTED or (mechanism in _EXEMPT and points.exempt_counts)

    def between(self, exporter: str, recipient: str) -> bool:
        return self.said.exporter == exporter and recipient in self.said.recipients


def targets(paths: Iterable[str], schema: Schema, known: Sequence[Leaf]) -> list[Target]:
    """What paths mean in a schema; those that it does not have left out."""
    found = []
    for path in paths:
        try:
            found.append(resolve(path, schema, known))
        except ValueError:
            continue
    return found


def end_of(said: AuthorizationDocument, law: Law) -> datetime | None:
    """When a paper ends: when it says so, else when the law does, if its mechanism holds for some years.

    They are counted from the day of its issue (CAC Provisions 9), and end with the beginning of that day some years
    later, in Asia/Shanghai. Without that day they run from the signature, or else from the day of effect.
    """
    return longest(said, law) if said.expires is None else said.expires


def longest(said: AuthorizationDocument, law: Law) -> datetime | None:
    """The latest end that the law has for a paper; None where it has none."""
    name = YEARS.get(said.mechanism)
    if said.effective is None or name is None or name not in law.values:
        return None
    begin = said.issued or said.signed or day_of(said.effective)
    return start_of(add_months(begin, 12 * law[name]))


def caps_of(paper: Paper, law: Law) -> tuple[Cap, ...]:
    """The numbers for which a paper was approved, while it can be used; none of one that cannot."""
    said = paper.said
    if not paper.usable or said.effective is None:
        return ()
    end = end_of(said, law)
    dates = micros_of(said.effective), None if end is None else micros_of(end)
    return tuple(Cap(said.id, number, window, *dates) for number, window in paper.numbers)


@dataclass(frozen=True, slots=True)
class Interval:
    """When a fact holds: ``paper:<id>``, ``overdue:<id>``, ``grace:<id>`` or ``small_handler:<party>``."""

    fact: str
    start: datetime | None
    end: datetime | None


def intervals(paper: Paper, law: Law, parties: Mapping[str, PartyDocument]) -> Iterator[Interval]:
    """When a paper can be used, and when a filing of it is late instead."""
    said = paper.said
    if not paper.usable:
        return
    begin, end = said.effective, end_of(said, law)
    for start, filed in late(filings(said, law, parties)):
        if end is not None and end <= start:
            break
        until = end if filed is None or (end is not None and end < filed) else filed
        yield Interval(f"paper:{said.id}", begin, start)
        yield Interval(f"overdue:{said.id}", start, until)
        begin = until
    if begin is not None and begin != end:
        yield Interval(f"paper:{said.id}", begin, end)


def grace_of(item: ImportantDocument, law: Law) -> Interval:
    """The two months after the notice of important data in which deliveries wait for a person."""
    end = start_of(add_months(item.notified, law["important_grace_months"]))
    return Interval(f"grace:{item.id}", start_of(item.notified), end)


def matters(leaf: Leaf) -> bool:
    """Whether papers say anything about a field of this class."""
    return leaf.field_class in (*PERSONAL, *IMPORTANCE)


def list_of(
    party: PartyDocument, hub: Zone, lists: Iterable[NegativeListDocument], law: Law
) -> NegativeListDocument | None:
    """The verified list of a party's area and sector on the day of the law: the newest of those that are published.

    One that nobody verified takes the place of an older one all the same, and permits nothing. Where the hub or a relay
    in the Mainland is outside its area, the party does not export from there, and it is for nothing (CAC Provisions 6).
    """
    found = [
        one
        for one in lists
        if one.kind == "negative"
        and one.published is not None
        and one.published <= law.day
        and party.sector in one.sectors
        and law.edges.within(one.area, party.zone)
    ]
    newest = max(found, key=lambda one: (one.published, not one.verified, one.id), default=None)
    if newest is None or not newest.verified:
        return None
    places = (hub, *(party.publisher.relays if party.publisher else ()))
    return newest if all(law.edges.within(newest.area, zone) for zone in places if zone.mainland) else None


def people_off_list(leaf: Leaf, found: NegativeListDocument, schema: Schema, known: Sequence[Leaf]) -> int | None:
    """Below how many people a field is off a list: any number (None) where no item names it, else the threshold of the
    items that do, the lowest of several. One without a threshold names it from the first person on (1)."""
    naming = [
        item for item in found.items if any(target.touches(leaf) for target in targets(item.fields, schema, known))
    ]
    return min((1 if item.threshold is None else item.threshold for item in naming), default=None)
