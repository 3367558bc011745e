"""Obligations: what the law asks someone to do by a day, worked out from dates and the calendars.

Pure arithmetic over facts that others bring; what is due for a whole rule set is ``rules.obligations``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tidegate.law.calendars import Calendar, Due, add_months, add_working_days
from tidegate.law.parameters import Law


class Kind(StrEnum):
    """What is to be done. A bounded set: programs read it."""

    FILE_CONTRACT = "file_contract"
    RENEW_ASSESSMENT = "renew_assessment"
    RENEW_CERTIFICATE = "renew_certificate"
    PAPER_ENDS = "paper_ends"
    PAPER_IN_REVIEW = "paper_in_review"
    REVIEW_PAPER = "review_paper"
    COMPLETE_RECORD = "complete_record"
    ASSESS_IMPORTANT = "assess_important"
    REPORT_IMPORTANT = "report_important"
    REPORT_OFF_LIST = "report_off_list"
    AUDIT = "audit"
    REVIEW_PIPIA = "review_pipia"
    THRESHOLD = "threshold"
    SCALE = "scale"
    ASSESS_SINCE_JANUARY = "assess_since_january"
    LAW_CHANGES = "law_changes"
    RENEW_PROOF = "renew_proof"


class State(StrEnum):
    """How an obligation stands on a day."""

    OVERDUE = "overdue"
    DUE = "due"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something that somebody has to do. ``who`` is a party, ``about`` a paper, an item or a counter.

    ``opens`` is from when on it can be done, where the law says that too.
    """

    kind: Kind
    who: str
    about: str
    sentence: str
    article: str
    due: Due | None
    state: State
    side: Calendar = Calendar.MAINLAND
    opens: Due | None = None

    @property
    def certain(self) -> bool:
        """Whether its days can still move: those in a year whose calendar is not announced can."""
        return all(one is None or one.certain for one in (self.due, self.opens))


def state_on(day: date, due: Due, *, opens: date | None = None) -> State:
    """How something due on a day stands: not before ``opens`` it is due, and after its day overdue."""
    if day > due.day:
        return State.OVERDUE
    return State.AHEAD if opens is not None and day < opens else State.DUE


def renewal_window(expires: date, law: Law) -> Due:
    """From when the extension of an assessment may be asked for: 60 working days before its end."""
    return add_working_days(Calendar.MAINLAND, expires, -law["assessment_renewal_days"])


def certificate_deadline(expires: date, law: Law) -> date:
    """By when a certificate is applied for anew: six months before its end."""
    return add_months(expires, -law["certificate_renewal_months"])


def audit_years(people: int | None, law: Law) -> int:
    """How many years may lie between two audits of who handles so many people. Nobody knows: the shortest time."""
    if people is None or people > law["audit_people_large"]:
        return law["audit_years_large"]
    return law["audit_years_middle"] if people >= law["audit_people_middle"] else law["audit_years_small"]


def assessment_scope(year: int) -> date:
    """What an assessment that a crossed threshold asks for has to cover: all since the first day of the year."""
    return date(year, 1, 1)


def warned(people: int, threshold: int, law: Law) -> int | None:
    """The share of a threshold, in percent, of which people are warned: the later of two that were passed, or none."""
    for name in ("warn_percent_late", "warn_percent_early"):
        if people * 100 >= threshold * law[name]:
            return law[name]
    return None
