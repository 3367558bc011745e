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
NAMES = tuple(one.name for one in fields(Points))
