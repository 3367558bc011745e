"""The hub that the tests of this folder share: made once, by the commands that a first reader of the help types."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from tests.e2e.site import LANES, HubProcess, Said, Site
from tests.e2e.world import the_rules

from tidegate.local import Endpoints


@dataclass(frozen=True)
class Opening:
    """What the commands said on the way from nothing to rules in force that no hub runs yet."""

    keyring: Said
    check: Said
    nothing_there: Said
    dry_run: Said
    refused: Said
    """Activated before there are topics."""
    early_hub: Said
    applied: Said
    again: Said
    other_lanes: Said
    no_rules: Said
    activated: Said


class NewSite(Protocol):
    def __call__(self, name: str, endpoints: Endpoints | None = None, **settings: str) -> Site: ...


@contextmanager
def sites(stack: Endpoints, folders: pytest.TempPathFactory) -> Iterator[NewSite]:
    """Makes sites: a folder and a prefix each. In the end their hubs are stopped."""
    with ExitStack() as stopping:

        def make(name: str, endpoints: Endpoints | None = None, **settings: str) -> Site:
            folder: Path = folders.mktemp(name)
            made = Site(folder, endpoints or stack, f"{name}-{uuid.uuid4().hex[:8]}.", settings)
            stopping.callback(made.stop)
            return made

        yield make


@pytest.fixture(scope="module")
def new_site(stack: Endpoints, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewSite]:
    """Sites of one file of tests: a hub that nobody asks any more would take its share of the processor from others."""
    with sites(stack, tmp_path_factory) as make:
        yield make


@pytest.fixture(scope="session")
def opened(stack: Endpoints, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Opening]]:
    """A site with topics and rules, and no hub yet."""
    with sites(stack, tmp_path_factory) as make:
        yield _opened(make("shared"))


def _opened(site: Site) -> tuple[Site, Opening]:
    rules = site.write_rules(the_rules())
    apply = ("topics", "apply", rules)
    check, nothing_there, dry_run, refused, keyring = site.together(
        lambda: site.tidegate("rules", "check", rules),
        lambda: site.tidegate("rules", "show", code=2),
        lambda: site.tidegate(*apply, "--lanes", str(LANES), "--dry-run", code=1),
        lambda: site.tidegate("rules", "activate", rules, code=2),
        lambda: site.tidegate("keyring", "new", "keyring.toml"),
    )
    early_hub = site.tidegate("hub", "--port", "0", code=2)
    applied = site.tidegate(*apply, "--lanes", str(LANES))
    again, other_lanes, no_rules = site.together(
        lambda: site.tidegate(*apply),
        lambda: site.tidegate(*apply, "--lanes", str(LANES + 1), code=2),
        lambda: site.tidegate("rules", "show"),
    )
    activated = site.tidegate("rules", "activate", rules, "--wait", "1s", "--reason", "first rules", code=4)
    said = Opening(
        keyring, check, nothing_there, dry_run, refused, early_hub, applied, again, other_lanes, no_rules, activated
    )
    return site, said


@pytest.fixture(scope="session")
def opening(opened: tuple[Site, Opening]) -> Opening:
    return opened[1]


@pytest.fixture(scope="session")
def site(opened: tuple[Site, Opening]) -> Site:
    """The shared hub, running."""
    site = opened[0]
    if not site.hubs:
        site.start_hub().await_ready()
    return site


@pytest.fixture
def hub(site: Site) -> HubProcess:
    return site.hubs[0]
