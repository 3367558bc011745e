"""The hub's HTTP side: ``/metrics``, ``/livez``, ``/readyz``, and what other parts add.

``/livez`` is about this process: it stays good while a named dependency is away, since a restart would not bring that
back.
``/readyz`` says what is waited for.
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from tidegate.errors import ConfigError

Health = Callable[[], tuple[bool, Mapping[str, Any]]]


class HttpServer:
    """Serves until stopped."""

    def __init__(self, registry: CollectorRegistry, live: Health, ready: Health) -> None:
        application = web.Application()
        application.router.add_get("/metrics", self._metrics)
        application.router.add_get("/livez", _page(live))
        application.router.add_get("/readyz", _page(ready))
        self._routes = application.router
        self._registry = registry
        self._began = time.monotonic()
        self._runner = web.AppRunner(application, access_log=None)
        self.port = 0

    def add(self, routes: Iterable[web.AbstractRouteDef]) -> None:
        """More pages. Not after ``start``."""
        self._routes.add_routes(routes)

    async def start(self, host: str, port: int) -> None:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as exc:
            await self._runner.cleanup()
            raise ConfigError(
                f"nothing can listen on {host}:{port} (hub.host, hub.port): {exc.strerror}; 0 picks a free port"
            ) from exc
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _metrics(self, request: web.Request) -> web.Response:
        del request
        return web.Response(body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _page(health: Health) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        del request
        good, said = health()
        return web.Response(
            text=json.dumps(said, indent=2) + "\n", status=200 if good else 503, content_type="application/json"
        )

    return answer
