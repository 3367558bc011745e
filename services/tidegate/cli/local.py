"""``tidegate local``: Kafka and Redis on this machine, for people at their desk and for the demo."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from tidegate.errors import EXIT_UNAVAILABLE
from tidegate.local import LocalStack, StackStatus, default_folder

_FOLDER = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where data, logs and state live.  [default: .local of the checkout, else of the current directory]",
)


@click.group()
def local() -> None:
    """Run real Apache Kafka and Redis on this machine, without containers.

    \b
    tidegate local up         start both, wait until clients can use them
    tidegate local status     what runs, and where
    tidegate local down       stop both; their data stays

    Needs Java 17 or newer, Maven (once, to fetch Kafka) and redis-server. The servers listen on 127.0.0.1 only, on free
    ports that stay the same over down and up. To begin from nothing: `down`, then delete the folder.

    Exit codes: 0 done, 2 bad input, 3 something is missing or does not run.
    """


@local.command()
@_FOLDER
@click.option("--heap-mb", type=click.IntRange(min=256), default=512, show_default=True, help="Memory of a new broker.")
@click.option("--short-lived", is_flag=True, help="Up sooner, and never as fast as it could be: for demos and tests.")
def up(folder: Path | None, heap_mb: int, *, short_lived: bool) -> None:
    """Start what does not run; leave alone what does.

    The last two lines set the addresses for other commands of this shell:

    \b
    eval "$(tidegate local up | tail -n 2)"
    """
    endpoints = _stack(folder, heap_mb=heap_mb, short_lived=short_lived).up(click.echo)
    click.echo(f"export TIDEGATE_KAFKA__BOOTSTRAP={endpoints.bootstrap}")
    click.echo(f"export TIDEGATE_REDIS__URL={endpoints.redis_url}")


@local.command()
@_FOLDER
def down(folder: Path | None) -> None:
    """Stop both servers. Data and ports are kept for the next `up`."""
    _stack(folder).down(click.echo)


@local.command()
@_FOLDER
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@click.pass_context
def status(context: click.Context, folder: Path | None, as_json: bool) -> None:
    """Say what runs, and where. Exits with 3 unless both servers run."""
    found = _stack(folder).status()
    click.echo(json.dumps(asdict(found), default=str) if as_json else _as_text(found))
    if not found.running:
        context.exit(EXIT_UNAVAILABLE)


def _stack(folder: Path | None, *, heap_mb: int = 512, short_lived: bool = False) -> LocalStack:
    """The stack of a folder. Kafka's jars are fetched once, for all stacks."""
    jars = default_folder() / "jars"
    return LocalStack(folder or default_folder(), jars=jars, heap_mb=heap_mb, short_lived=short_lived)


def _as_text(found: StackStatus) -> str:
    return "\n".join(
        (
            f"Kafka  {_line(found.kafka_version, found.bootstrap, found.kafka_pid)}",
            f"Redis  {_line(found.redis_version, found.redis_url, found.redis_pid)}",
            f"Folder {found.folder}",
        )
    )


def _line(version: str | None, address: str | None, pid: int | None) -> str:
    if address is None:
        return "was never started here (tidegate local up)"
    return f"{version} {'runs' if pid else 'does not run'}, {address}" + (f", process {pid}" if pid else "")
