"""Open legal points: questions that the texts do not settle, as named settings, each with its strict answer as default.

Whoever sets one otherwise has counsel for it; the setting stands in the plan and in every decision under it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Points:
    """``gba_ciio``: may a CIIO use a Greater Bay Area contract? The contracts' texts do not say.

    ``exempt_counts`` and ``gba_counts``: are people whose data leaves under an exemption (rows 12, 13) or under a GBA
    contract (row 14) counted towards the yearly thresholds? No official word was found. ``shanghai_reference``: does
    Shanghai's list ask for a filing before the first transfer? Sources disagree. ``id_number_spi``: is the number of an
    identity document sensitive by itself? GB/T 45574-2025 names the document's photo.
    """

    gba_ciio: bool = False
    exempt_counts: bool = True
    gba_counts: bool = True
    shanghai_reference: bool = True
    id_number_spi: bool = True


STRICT = Points()
ABOUT = {
    "gba_ciio": "a CIIO may use a Greater Bay Area contract (row 14)",
    "exempt_counts": "exempt flows count towards the yearly thresholds (rows 12 and 13)",
    "gba_counts": "flows under a Greater Bay Area contract count towards the yearly thresholds (row 14)",
    "shanghai_reference": "Shanghai asks for a filing reference before the first off-list transfer (row 13)",
    "id_number_spi": "the bare number of an identity document is sensitive personal information",
}
NAMES = tuple(one.name for one in fields(Points))
