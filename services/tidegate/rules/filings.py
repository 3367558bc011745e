"""Filings: what each side of a contract files within working days of its effect, and while one of them is late.

Both sides file a Greater Bay Area contract, each with its own authority (GBA guidelines with Hong Kong, Art. 8; with
Macao, Art. 7), and so each by its own working days; of a standard contract only the exporter does (SCC Measures 7).
An overdue one holds (LAW 8.4(9)), whichever side owes it. It counts from its day on: one that is written down for a
day to come is not there before, and one that came late does not undo that it was late.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tidegate.law import Law, Mechanism, Zone
from tidegate.law.calendars import Calendar, Due, add_working_days, day_of, start_of
from tidegate.rules.documents import PartyDocument
from tidegate.rules.paper_documents import AuthorizationDocument

GBA = (Mechanism.GBA_SC_HK, Mechanism.GBA_SC_MO)
_FILED = {Mechanism.SCC: "scc_filing_days", **dict.fromkeys(GBA, "gba_filing_days")}
"""Mechanisms whose contract is filed within working days of its effect, and the parameter that says how many."""
_DAY = timedelta(days=1)
_MACAO = "MO"


@dataclass(frozen=True, slots=True)
class Filing:
    """What one side of a contract files: who, by when, by whose working days, and on which day it did."""

    who: str
    due: Due
    side: Calendar
    filed: date | None

    def missing(self, day: date) -> bool:
        """Whether it is not there yet on a day."""
        return self.filed is None or day < self.filed

    @property
    def late(self) -> tuple[datetime, datetime | None] | None:
        """From when to when it is late; None for one that never is. Without an end it is not there at all."""
        start = start_of(self.due.day + _DAY)
        end = None if self.filed is None else start_of(self.filed)
        return (start, end) if end is None or start < end else None


def filings(said: AuthorizationDocument, law: Law, parties: Mapping[str, PartyDocument]) -> Iterator[Filing]:
    """What is filed of a paper that takes effect; nothing of one whose mechanism or law asks for none."""
    name = _FILED.get(said.mechanism)
    if name is None or said.effective is None or name not in law.values:
        return
    sides = [(said.exporter, said.filed)]
    sides += [(one, said.recipient_filed) for one in said.recipients] if said.mechanism in GBA else []
    start, count = day_of(said.effective), law[name]
    for who, filed in sides:
        calendars = _calendars(parties[who].zone) if said.mechanism in GBA else (Calendar.MAINLAND,)
        found = [(add_working_days(calendar, start, count), calendar) for calendar in calendars]
        due, side = min(found, key=lambda one: one[0].day)
        yield Filing(who, due, side, filed)


def unfiled(said: AuthorizationDocument) -> tuple[str, ...]:
    """The filings that its mechanism asks for and of which no day is on record, by their keys."""
    keys = (*(("filed",) if said.mechanism in _FILED else ()), *(("recipient_filed",) if said.mechanism in GBA else ()))
    return tuple(key for key in keys if getattr(said, key) is None)


def _calendars(zone: Zone) -> tuple[Calendar, ...]:
    """Whose working days count in a place. Those of Macao are not kept: the earlier of the two that are is strict."""
    if zone.code == Calendar.HONG_KONG:
        return (Calendar.HONG_KONG,)
    return tuple(Calendar) if zone.code == _MACAO else (Calendar.MAINLAND,)


def late(found: Iterable[Filing]) -> list[tuple[datetime, datetime | None]]:
    """When at least one of some filings is late, in order. Spans that meet are one."""
    spans: list[tuple[datetime, datetime | None]] = []
    for start, end in sorted((one.late for one in found if one.late is not None), key=lambda span: span[0]):
        before, until = spans[-1] if spans else (start, start)
        if spans and (until is None or start <= until):
            last = None if until is None or end is None else max(until, end)
            spans[-1] = (before, last)
        else:
            spans.append((start, end))
    return spans
