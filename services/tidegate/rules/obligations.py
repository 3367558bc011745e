"""Obligations of a rule set: what its papers, registers and parties make due, overdue or foreseeable on a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from tidegate.law import THRESHOLDS, Bucket, Law, Mechanism
from tidegate.law import obligations as law
from tidegate.law.calendars import Calendar, Due, add_months, add_working_days, day_of
from tidegate.law.obligations import Kind, Obligation, State, state_on
from tidegate.law.parameters import changes_after
from tidegate.rules.documents import PartyDocument
from tidegate.rules.filings import filings
from tidegate.rules.levels import Window
from tidegate.rules.paper_documents import AuthorizationDocument, ImportantDocument, Status
from tidegate.rules.papers import Paper, end_of
from tidegate.rules.reviewing import reviews
from tidegate.rules.ruleset import RuleSet
from tidegate.rules.scales import Counted, scales

_NO_COUNTS: Counted = {}
_INSTANT = timedelta(microseconds=1)
_YEARLY = "NDSMR 33; Order 24"


def obligations(rules: RuleSet, day: date, counts: Counted = _NO_COUNTS) -> tuple[Obligation, ...]:
    """All that is overdue, due or ahead, in this order and then by date. What is done is not in it."""
    found = [
        *(one for paper in rules.papers for one in _of_paper(paper, rules, day)),
        *(_undated(Kind.REVIEW_PAPER, one.paper, one.sentence, one.article) for one in reviews(rules, day)),
        *(one for item in rules.register for one in _of_item(item, rules, day)),
        *_audits(rules, day),
        *_thresholds(rules, day, counts),
        *scales(rules.papers, rules.law, day, counts),
        *_law_changes(rules.law, day),
        *(one for party in rules.parties.values() for one in _proofs(party, day)),
    ]
    order = tuple(State)
    return tuple(
        sorted(found, key=lambda one: (order.index(one.state), one.due.day if one.due else day, one.who, one.about))
    )


def _law_changes(of: Law, day: date) -> Iterator[Obligation]:
    """From when on the rules decide by another law than that of the day: they do until they are activated again."""
    for since, names in changes_after(of.day).items():
        said = f"from {since} on the law is another than that of {of.day}, by which these rules decide"
        sentence = f"{said} ({', '.join(names)}); activate them again on that day"
        state = State.OVERDUE if day > since else State.DUE if day == since else State.AHEAD
        yield Obligation(Kind.LAW_CHANGES, "", str(since), sentence, "the law of the day", Due(since), state)


def _proofs(party: PartyDocument, day: date) -> Iterator[Obligation]:
    """Proofs of facts that end, from a month before on; after its last day a fact is not known."""
    for name, proof in party.proofs.items():
        if proof.until is None:
            continue
        due = Due(proof.until)
        said = f"prove {name} of {party.id} anew: after {proof.until} it is not known, which is the strict answer"
        sentence = f"{said}; then activate the rules again"
        state = state_on(day, due, opens=add_months(due.day, -1))
        yield Obligation(Kind.RENEW_PROOF, party.id, name, sentence, "the proof", due, state)


def _of_paper(paper: Paper, rules: RuleSet, day: date) -> Iterator[Obligation]:
    said = paper.said
    if said.status in (Status.ENDED, Status.DRAFT):
        return
    if said.status is Status.REVIEW or paper.review:
        why = "; ".join(paper.review) or "its status says so"
        sentence = f"{said.id} is in review and lets nothing out: {why}; assess anew, supplement or re-sign, and file"
        yield _undated(Kind.PAPER_IN_REVIEW, paper, sentence, "SCC Measures 8; Assessment Measures 14")
    yield from _filings(paper, rules, day)
    yield from _off_list(paper, rules, day)
    if not any(one.usable and one.said.extends == said.id for one in rules.papers):
        yield from _ends(paper, rules.law, day)
    yield from _records(paper, rules.law, day)
    if paper.undocumented:
        yield _undated(Kind.COMPLETE_RECORD, paper, paper.undocumented, "NDSMR 50; PIPL 56")


def _undated(kind: Kind, paper: Paper, sentence: str, article: str) -> Obligation:
    return Obligation(kind, paper.said.exporter, paper.said.id, sentence, article, None, State.DUE)


def _filings(paper: Paper, rules: RuleSet, day: date) -> Iterator[Obligation]:
    said = paper.said
    if said.effective is None or day_of(said.effective) > day:
        return
    about, filed_under = said.id, "SCC Measures 7; GBA guidelines 8"
    for one in filings(said, rules.law, rules.parties):
        if not one.missing(day):
            continue
        late = "; until it is filed its deliveries are held" if day > one.due.day else ""
        in_macao = rules.parties[one.who].zone.code == "MO"
        by = ", by the earlier of the calendars kept, as that of Macao is not" if in_macao else ""
        owed = f"file {said.mechanism} {about} with the authority of the exporter, and write the day as filed"
        if one.who != said.exporter:
            owed = f"the recipient files {said.mechanism} {about} on its side too; write the day as recipient_filed"
        state = state_on(day, one.due)
        yield Obligation(Kind.FILE_CONTRACT, one.who, about, f"{owed}{by}{late}", filed_under, one.due, state, one.side)


def _off_list(paper: Paper, rules: RuleSet, day: date) -> Iterator[Obligation]:
    """The report after the first transfer off a list. When that was, only the paper can say: no rule set knows."""
    said, in_force = paper.said, rules.law
    if said.mechanism is not Mechanism.FTZ_OFFLIST or said.reported is not None:
        return
    if "off_list_report_days" not in in_force.values:
        return
    days, kind, article = in_force["off_list_report_days"], Kind.REPORT_OFF_LIST, "Shanghai procedure"
    if said.first_transfer is not None:
        due = add_working_days(Calendar.MAINLAND, said.first_transfer, days)
        sentence = f"report the off-list transfers under {said.id} to the area's service centre"
        yield Obligation(kind, said.exporter, said.id, sentence, article, due, state_on(day, due))
    elif paper.usable and _reported_afterwards(paper, rules):
        sentence = (
            f"write first_transfer into {said.id} once the first transfer under it left; the report to the area's "
            f"service centre is due {days} working days after, and without that day nobody here knows when"
        )
        yield Obligation(kind, said.exporter, said.id, sentence, article, None, State.AHEAD)


def _reported_afterwards(paper: Paper, rules: RuleSet) -> bool:
    """Whether the exporter's area asks for a report after the first transfer."""
    zones = {name: party.zone for name, party in rules.parties.items()}
    found = (
        rules.law.edges.carrying(paper.said.mechanism, zones[paper.said.exporter], zones[recipient])
        for recipient in paper.said.recipients
    )
    return any(edge is not None and edge.report_afterwards for edge in found)


def _ends(paper: Paper, in_force: Law, day: date) -> Iterator[Obligation]:
    """The end of a paper that none extends. It has ended on the first day of which no moment is before its end."""
    said, end = paper.said, end_of(paper.said, in_force)
    if end is None:
        return
    who, about = said.exporter, said.id
    ends, last = day_of(end), day_of(end - _INSTANT)
    if day > last:
        sentence = f"{about} has ended; nothing leaves under it"
        yield Obligation(Kind.PAPER_ENDS, who, about, sentence, "the paper", Due(last), State.OVERDUE)
    elif said.mechanism is Mechanism.ASSESSMENT:
        opens = law.renewal_window(ends, in_force)
        percent = in_force.values.get("extension_percent")
        more = f", for at most {percent.value} % more people than approved" if percent else ""
        sentence, due = f"ask for the extension of {about}: from {opens} on{more}", Due(last)
        state, article = state_on(day, due, opens=opens.day), "CAC Provisions 9"
        yield Obligation(Kind.RENEW_ASSESSMENT, who, about, sentence, article, due, state, opens=opens)
    elif said.mechanism is Mechanism.CERT and "certificate_renewal_months" in in_force.values:
        due = Due(law.certificate_deadline(ends, in_force))
        sentence = f"apply for a new certificate in place of {about}, which ends on {last}"
        state = state_on(day, due, opens=add_months(due.day, -1))
        yield Obligation(Kind.RENEW_CERTIFICATE, who, about, sentence, "Certification Measures 8", due, state)


def _records(paper: Paper, in_force: Law, day: date) -> Iterator[Obligation]:
    """Basis, notice and PIPIA: what is missing, and when the PIPIA is looked at again. Domestic papers need one too."""
    said = paper.said
    if paper.incomplete:
        yield _undated(Kind.COMPLETE_RECORD, paper, paper.incomplete, "PDPO DPP1-DPP3; PIPL 23; GBA contract 2(2)")
        return
    if said.mechanism is Mechanism.RISK_ASSESSMENT:
        return
    domestic = said.mechanism in (Mechanism.DOMESTIC_ART23, Mechanism.ENTRUSTED)
    if domestic and not said.pipia:
        sentence = f"{said.id} names no impact assessment, and one comes before personal data is provided or entrusted"
        yield _undated(Kind.COMPLETE_RECORD, paper, sentence, "PIPL 55")
    elif not domestic and not said.evidence:
        missing = [name for name in ("basis", "notice", "pipia") if not getattr(said, name)]
        sentence = f"{said.id} lacks {', '.join(missing)}; personal data does not leave without (Art. 10)"
        yield _undated(Kind.COMPLETE_RECORD, paper, sentence, "CAC Provisions 10; PIPL 39, 55")
    elif said.pipia_on is not None:
        again = said.pipia_reviewed if said.pipia_reviewed is not None and said.pipia_reviewed <= day else None
        due = Due(add_months(again or said.pipia_on, 12 * in_force["pipia_review_years"]))
        state = state_on(day, due, opens=add_months(due.day, -1))
        sentence = f"look at the impact assessment {said.pipia} of {said.id} again"
        yield Obligation(Kind.REVIEW_PIPIA, said.exporter, said.id, sentence, "PIPL 55-56", due, state)


def _of_item(item: ImportantDocument, rules: RuleSet, day: date) -> Iterator[Obligation]:
    """A notified item: the assessment within its grace, and the report after each yearly one.

    It is asked for until it is filed or an assessment that holds names the item.
    """
    in_force = rules.law
    named = any(_names_item(one, item) and _holds(one.said, in_force, day, day) for one in rules.papers)
    if item.filed is None and not named and "important_grace_months" in in_force.values:
        due = Due(add_months(item.notified, in_force["important_grace_months"]))
        sentence = f"ask for a security assessment of {item.item}, notified on {item.notified}, or stop exporting it"
        state = state_on(day, due, opens=item.notified)
        yield Obligation(Kind.ASSESS_IMPORTANT, "", item.id, sentence, "CAC Provisions 7", due, state)
    assessed = item.assessed
    unreported = assessed is not None and (item.reported is None or item.reported < assessed)
    if assessed is not None and unreported and "important_report_days" in in_force.values:
        due = add_working_days(Calendar.MAINLAND, assessed, in_force["important_report_days"])
        sentence = f"report the risk assessment of {item.item}, exports among it"
        yield Obligation(Kind.REPORT_IMPORTANT, "", item.id, sentence, _YEARLY, due, state_on(day, due))
    elif "important_assessment_years" in in_force.values:
        due = Due(add_months(assessed or item.notified, 12 * in_force["important_assessment_years"]))
        state = state_on(day, due, opens=add_months(due.day, -1))
        sentence = f"assess the risk of handling {item.item} for the year"
        yield Obligation(Kind.ASSESS_IMPORTANT, "", item.id, sentence, _YEARLY, due, state)


def _names_item(paper: Paper, item: ImportantDocument) -> bool:
    """Whether a paper is a security assessment that names an item, and may be used."""
    return paper.said.mechanism is Mechanism.ASSESSMENT and paper.usable and item.id in paper.said.items


def _audits(rules: RuleSet, day: date) -> Iterator[Obligation]:
    """Compliance audits of Mainland exporters that have papers, by how many people they process."""
    for name in sorted({paper.said.exporter for paper in rules.papers}):
        if rules.parties[name].zone.mainland and "audit_years_small" in rules.law.values:
            yield _audit(rules.parties[name], rules.law, day)


def _audit(party: PartyDocument, in_force: Law, day: date) -> Obligation:
    name, article = party.id, "Compliance Audit Measures"
    if party.audited is None:
        said = f"no compliance audit of {name} is on record; write audited = DAY, or have one made"
        return Obligation(Kind.AUDIT, name, name, said, article, None, State.DUE)
    years = law.audit_years(party.people_processed, in_force)
    due = Due(add_months(party.audited, 12 * years))
    state = state_on(day, due, opens=add_months(due.day, -6))
    return Obligation(Kind.AUDIT, name, name, f"audit {name}, {years} years after the last", article, due, state)


def _thresholds(rules: RuleSet, day: date, counts: Counted) -> Iterator[Obligation]:
    """Thresholds ahead, and the assessment that a crossed one asks for."""
    for name in sorted(rules.publishers):
        for bucket, parameters in THRESHOLDS.items():
            people = counts.get((name, Window((bucket,))), 0)
            for parameter in parameters:
                threshold = rules.law[parameter]
                share = law.warned(people, threshold, rules.law)
                if share is None:
                    continue
                article = rules.law.values[parameter].article
                said = f"{name} has provided {people:,} people in {bucket} this year"
                if people < threshold:
                    ahead = f"{said}: at least {share} % of {threshold:,}"
                    yield Obligation(Kind.THRESHOLD, name, str(bucket), ahead, article, None, State.AHEAD)
                elif parameter != "pi_contract" and (left := _not_assessed(rules, name, bucket, day)) is not None:
                    since = law.assessment_scope(day.year)
                    among = f", what left under {' and '.join(left)} among it" if left else ""
                    crossed = f"{said}, and {threshold:,} need an assessment; it covers all that left since {since}"
                    said = f"{crossed}{among}"
                    yield Obligation(Kind.ASSESS_SINCE_JANUARY, name, str(bucket), said, article, None, State.DUE)


def _not_assessed(rules: RuleSet, exporter: str, bucket: Bucket, day: date) -> list[str] | None:
    """Papers of this year under which people of a bucket left that no assessment in force covers.

    None where there is an assessment in force and no such paper: then what the threshold asks for is done.
    """
    mine = [paper for paper in rules.papers if paper.said.exporter == exporter and _about(paper.said, bucket)]
    assessments = [
        paper.said
        for paper in mine
        if paper.said.mechanism is Mechanism.ASSESSMENT and paper.usable and _holds(paper.said, rules.law, day, day)
    ]
    left = [
        paper.said.id
        for paper in mine
        if paper.said.mechanism in _BELOW
        and _holds(paper.said, rules.law, law.assessment_scope(day.year), day)
        and not any(_assesses(one, paper.said) for one in assessments)
    ]
    return None if assessments and not left else left


_BELOW = (Mechanism.SCC, Mechanism.CERT, Mechanism.ART5_SMALL)
"""Under what people leave until a threshold asks for an assessment of them."""


def _about(said: AuthorizationDocument, bucket: Bucket) -> bool:
    """Whether a paper may be about people of a bucket: by its class, or by fields, whose classes depend on company."""
    return bool(said.fields) or str(bucket) in said.classes


def _holds(said: AuthorizationDocument, in_force: Law, since: date, until: date) -> bool:
    """Whether something can have left under a paper between two days."""
    end = end_of(said, in_force)
    return said.effective is not None and day_of(said.effective) <= until and (end is None or day_of(end) > since)


def _assesses(assessment: AuthorizationDocument, said: AuthorizationDocument) -> bool:
    """Whether an assessment covers all that another paper does."""
    everyone = {"PI", "SPI"} <= set(assessment.classes)
    return (
        set(said.recipients) <= set(assessment.recipients)
        and set(said.purposes) <= set(assessment.purposes)
        and set(said.classes) <= set(assessment.classes)
        and (everyone or set(said.fields) <= set(assessment.fields))
    )
