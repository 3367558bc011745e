"""The DCSA milestone codes, by the type of event that they belong to. Case-exact; a code outside is kept as raw text.

The lists are those that the semantic checks know (``events.milestones``). The 3.0.0 draft of May 2026 writes words
(``ARRIVED``) for the same milestones (``dcsa30_words``); they are no codes here, because one milestone must not have
two names that a rule could match. Only what has no code elsewhere has its word.
"""

from __future__ import annotations

from tidegate.events.milestones import ALL as SUBTYPES
from tidegate.events.milestones import EQUIPMENT, IOT, REEFER, SHIPMENT, TRANSPORT, code_list

__all__ = ["EQUIPMENT", "IOT", "REEFER", "SHIPMENT", "SUBTYPES", "TRANSPORT", "UNKNOWN", "code_list"]

UNKNOWN = "UNKNOWN"
