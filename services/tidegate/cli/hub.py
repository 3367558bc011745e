"""``tidegate hub``: one process of the hub."""

from __future__ import annotations

import asyncio
import signal

import click

from tidegate.cli.asking import settings_of
from tidegate.hub.process import Hub
from tidegate.provision.folders import read_keyring
from tidegate.telemetry import configure_logs


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="For /metrics, /livez, /readyz.  [default: hub.port, 9464]")
@click.pass_context
def hub(context: click.Context, port: int | None) -> None:
    """Run one hub process: many lanes, until SIGTERM or Ctrl-C.

    Start as many as you want, on as many machines; Kafka's consumer group shares the lanes among them. A process that
    is killed loses nothing and doubles nothing: another takes its lanes over. Logs are JSON lines on stderr.

    It waits, and says for what, while Redis or rules are not there. Before the first one, make topics and rules:
    see `tidegate topics apply --help`.

    SIGTERM and Ctrl-C both finish what is in flight and hand the lanes over; the exit code is then 0 or 130.
    """
    settings = settings_of(context)
    if port is not None:
        settings = settings.model_copy(update={"hub": settings.hub.model_copy(update={"port": port})})
    configure_logs(settings.hub.log_level)
    asyncio.run(_run(Hub(settings, read_keyring(settings.keyring))))


async def _run(process: Hub) -> None:
    loop = asyncio.get_running_loop()
    interrupted = asyncio.Event()

    def interrupt() -> None:
        interrupted.set()
        process.stop()

    loop.add_signal_handler(signal.SIGTERM, process.stop)
    loop.add_signal_handler(signal.SIGINT, interrupt)
    await process.run()
    if interrupted.is_set():
        raise KeyboardInterrupt
