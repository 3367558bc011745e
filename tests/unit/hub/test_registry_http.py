"""What the registry answers over HTTP: Confluent's bodies, codes and content type."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from prometheus_client import CollectorRegistry
from tests.builders import EVENT, a_plan

from tidegate.broker.names import TopicNames
from tidegate.hub.http import HttpServer
from tidegate.hub.registry import SchemaBook
from tidegate.hub.registry_http import RegistryPages
from tidegate.rules.activations import Activation, Ledger, plan_key

PLAN = a_plan()


@dataclass
class Site:
    """A server, and the ledger behind it."""

    session: aiohttp.ClientSession
    ledger: Ledger

    def activate(self) -> None:
        self.ledger.apply(plan_key(PLAN.digest), PLAN.to_bytes())
        activation = Activation(0, -1, PLAN.digest, "r", (), "test", "", 0, "a")
        assert self.ledger.apply(activation.key, activation.to_bytes())

    async def get(self, path: str) -> tuple[int, Any]:
        async with self.session.get(path) as answer:
            assert answer.content_type == "application/vnd.schemaregistry.v1+json"
            return answer.status, await answer.json(content_type=None)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    ledger = Ledger()
    server = HttpServer(CollectorRegistry(), lambda: (True, {}), lambda: (True, {}))
    server.add(RegistryPages(SchemaBook(TopicNames(), lambda: ledger)).routes())
    await server.start("127.0.0.1", 0)
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as session:
            yield Site(session, ledger)
    finally:
        await server.stop()


async def test_without_rules_in_force_the_list_of_subjects_is_empty(site: Site) -> None:
    assert await site.get("/subjects") == (200, [])


async def test_rules_put_in_force_are_seen_by_the_next_question(site: Site) -> None:
    assert await site.get("/subjects") == (200, [])
    site.activate()
    assert await site.get("/subjects") == (200, ["in.forwarder-value", "out.terminal-value"])


async def test_a_schema_by_its_id_by_its_guid_and_by_its_versions(site: Site) -> None:
    site.activate()
    expected = {"schema": EVENT.text, "guid": str(EVENT.guid)}

    assert await site.get(f"/schemas/ids/{EVENT.schema_id}?subject=&format=") == (200, expected)
    assert await site.get(f"/schemas/guids/{EVENT.guid}") == (200, expected)
    _, versions = await site.get("/subjects/in.forwarder-value/versions")
    found = [(await site.get(f"/subjects/in.forwarder-value/versions/{one}"))[1] for one in versions]
    assert [one["version"] for one in found] == versions == [1, 2]
    ours = next(one for one in found if one["id"] == EVENT.schema_id)
    assert ours == {"subject": "in.forwarder-value", "version": ours["version"], "id": EVENT.schema_id, **expected}


async def test_latest_is_the_last_of_the_versions_under_the_first_rules(site: Site) -> None:
    site.activate()
    _, versions = await site.get("/subjects/out.terminal-value/versions")

    latest = await site.get("/subjects/out.terminal-value/versions/latest")

    assert latest == await site.get(f"/subjects/out.terminal-value/versions/{versions[-1]}")
    assert latest == await site.get("/subjects/out.terminal-value/versions/-1")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/subjects/out.nobody-value/versions", 404, 40401),
        ("/subjects/out.nobody-value/versions/latest", 404, 40401),
        ("/subjects/out.terminal-value/versions/99", 404, 40402),
        ("/schemas/ids/1", 404, 40403),
        ("/schemas/ids/one", 404, 40403),
        ("/schemas/ids/99999999999999999999", 404, 40403),
        ("/schemas/guids/1", 404, 40403),
        ("/subjects/out.terminal-value/versions/0", 422, 42202),
        ("/subjects/out.terminal-value/versions/newest", 422, 42202),
        ("/subjects/out.terminal-value/versions/2147483648", 422, 42202),
    ],
)
async def test_what_is_not_there_is_said_with_the_code_that_clients_know(
    site: Site, path: str, status: int, code: int
) -> None:
    site.activate()

    found, said = await site.get(path)

    assert (found, said["error_code"]) == (status, code)
    assert said["message"]


async def test_nothing_can_be_registered(site: Site) -> None:
    async with site.session.post("/subjects/out.terminal-value/versions", json={"schema": '"string"'}) as answer:
        assert answer.status == 405
