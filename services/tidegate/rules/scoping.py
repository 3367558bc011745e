"""Scope: how much of a publisher's stream a grant may ever cover, by ports, service lanes and days.

Events that are harmless one by one become bulk statistics of a port when one partner gets them all (NDSMR 37, GB/T
43697 Annex G: importance by scale). A limit is a condition like others; it stands apart because it is about how much
leaves, and not about who may see what.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tidegate.rules.documents import GrantDocument, PartyDocument, Test

_PATHS = {"ports": "location.unLocode", "lanes": "transport.serviceCode"}
_STATIONARY = ("terminal", "port")
"""Words in the roles of who sees all that moves at a place."""
_EVERYWHERE = ("location.", "event", "classifier", "partial")
"""Beginnings of paths that tell no consignment from another at one port."""


def wrong_limits(said: GrantDocument) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """What is wrong with the limits of a grant, and where inside its table."""
    if said.limits is None:
        return
    for key, path in _PATHS.items():
        if getattr(said.limits, key) and path in said.when:
            yield f"{key} limits {path}, and so does when; write it once", ("when", path)
    days = said.limits.days
    if days is None:
        return
    if said.valid_from is None or said.valid_to is None:
        yield (
            f"the grant is for {days} days at most and does not say which; add valid_from and valid_to",
            ("limits", "days"),
        )
    elif said.valid_to - said.valid_from > timedelta(days=days):
        yield f"from valid_from to valid_to are more than the {days} days to which the grant is limited", ("valid_to",)


def limited(said: GrantDocument) -> GrantDocument:
    """The grant with its limits as conditions."""
    if said.limits is None:
        return said
    more = {
        path: Test(values=tuple(sorted(set(getattr(said.limits, key)))))
        for key, path in _PATHS.items()
        if getattr(said.limits, key)
    }
    return said.model_copy(update={"when": {**more, **said.when}})


def whole_stream(said: GrantDocument, publisher: PartyDocument) -> bool:
    """Whether a grant lets a partner see all that moves at the place of a terminal or a port."""
    at_a_place = any(word in _STATIONARY for role in publisher.roles for word in role.casefold().split())
    return at_a_place and all(path.startswith(_EVERYWHERE) for path in said.when)
