"""Routes: where raw events are before any rule was asked. Outside the Mainland they must not be once they were in it.

A filter in Hong Kong is too late for an event from Shenzhen: its arrival there is the export (PIPL 38). So is keeping
it in the Mainland where somebody outside can look it up: a log, a quarantine, an audit, a console (SCC filing guide).
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.law import Zone
from tidegate.rules.documents import HubDocument, PartyDocument

Wrong = Iterator[tuple[str, tuple[str | int, ...]]]
"""A sentence, and where inside the table of the party it belongs."""


def raw_exports(party: PartyDocument, hub: HubDocument) -> Wrong:
    """Where the raw events of a publisher would leave the Mainland."""
    if party.publisher is None:
        return
    places: list[tuple[Zone, str, tuple[str | int, ...]]] = [(party.zone, "", ("zone",))]
    places += [(zone, "a relay", ("publisher", "relays", at)) for at, zone in enumerate(party.publisher.relays)]
    places.append((hub.zone, "the hub", ("zone",)))
    inside = next((at for at, (zone, _, _) in enumerate(places) if zone.mainland), None)
    if inside is None:
        return
    start = f"publishes from {party.zone}" if inside == 0 else f"sends its events through {places[inside][0]}"
    out = next(((zone, what, inner) for zone, what, inner in places[inside:] if not zone.mainland), None)
    if out is not None:
        zone, what, inner = out
        mend = "run its hub" if what == "the hub" else "relay it"
        where = " (zone = 'CN-...' in [hub])" if what == "the hub" else ""
        yield (
            f"{party.id} {start}, and its raw events would reach {what} in {zone}: that is itself an export, before "
            f"any rule is asked; {mend} in the Mainland{where}",
            inner,
        )
    for zone in hub.readable_in:
        if not zone.mainland:
            yield (
                f"{party.id} {start}, and [hub] readable_in says that what the hub keeps can be read in {zone}: that "
                "is an export of raw events; keep logs, audit, quarantine, backups and consoles in the Mainland",
                ("zone",),
            )
