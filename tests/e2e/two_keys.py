"""A hub whose digests were first made with one key, then with another, and what was sent under each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tests.e2e.site import LANES, Site
from tests.e2e.topics import Record

FIRST, SECOND = "k1", "k2"
"""The ids of the keys in the keyring."""


def under_two_keys(
    site: Site,
    rules: Callable[[Site, str], str],
    first: Mapping[str, Sequence[Record]],
    second: Mapping[str, Sequence[Record]],
) -> Site:
    """The hub, once all is decided. ``rules`` writes the rule set for a key, and gives its folder.

    Each record is sent when the one before it is decided: some are on other lanes, and yet certainly come after it.
    """
    site.tidegate("keyring", "new", "keyring.toml")
    site.tidegate("keyring", "add", "keyring.toml", "--key", SECOND)
    site.tidegate("topics", "apply", rules(site, FIRST), "--lanes", str(LANES))
    site.tidegate("rules", "activate", rules(site, FIRST), "--wait", "0s", code=None)
    site.start_hub().await_ready()
    for publisher, records in first.items():
        _send(site, publisher, records, 0)
    site.tidegate("rules", "activate", rules(site, SECOND), "--wait", "60s", "--reason", "a new key", "--yes")
    for publisher, records in second.items():
        _send(site, publisher, records, len(first.get(publisher, ())))
    return site


def _send(site: Site, publisher: str, records: Sequence[Record], before: int) -> None:
    for count, record in enumerate(records, before + 1):
        site.send(publisher, record)
        site.settle(publisher, count)
