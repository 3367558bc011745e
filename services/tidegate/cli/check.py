"""``tidegate check``: what the hub would say of events, before they are sent."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from tidegate.cli.bars import counting
from tidegate.cli.shared import Moment, json_line
from tidegate.client.checking import Checked, default_executor
from tidegate.client.checking import check as ask
from tidegate.errors import EXIT_BAD_INPUT, EXIT_FINDINGS, BadInput
from tidegate.events.checks import References
from tidegate.events.findings import Severity
from tidegate.gate import Executor, Keyring
from tidegate.provision.folders import compile_rules, read_rules
from tidegate.provision.references import lists_in
from tidegate.standards.reading import Wanted

CHUNK = 1 << 20
AT_ONCE = 256
"""After so many events they are counted in the bar, and what was found is printed."""
COLLECT_AFTER = 100_000
"""After how many new objects the garbage collector looks for cycles. Those of a batch of events are as many."""


@click.command()
@click.option(
    "--standard",
    type=click.Choice(["auto", "dcsa-2.2", "dcsa-3.0", "canonical"]),
    default="auto",
    show_default=True,
    help="What the files hold; auto tells it by their shape.",
)
@click.option("--at", type=Moment(), default="now", help="When the hub would receive the events.  [default: now]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per event, for programs.")
@click.option(
    "--rules", "folder", type=click.Path(file_okay=False, path_type=Path), help="Check as under this rule set."
)
@click.option("--publisher", help="With --rules: whose settings count.")
@click.option(
    "--references",
    "lists",
    type=click.Path(file_okay=False, path_type=Path),
    help="Without --rules: a folder of lists that 'tidegate reference update' has made.",
)
@click.argument("files", nargs=-1, required=True, type=click.Path(allow_dash=True, path_type=str))
@click.pass_context
def check(  # noqa: PLR0917 - click passes all of them by name
    context: click.Context,
    standard: Wanted,
    at: int,
    as_json: bool,
    folder: Path | None,
    publisher: str | None,
    lists: Path | None,
    files: tuple[str, ...],
) -> None:
    """Say what the hub would say of the events in FILES (- for standard input), without sending them.

    FILES hold DCSA Track & Trace 2.2 or 3.0 (either draft) or canonical JSON: single events, arrays, JSON lines, or
    envelopes of requests and responses, of any size. No broker is needed. The same code checks as in the hub.

    \b
    Exit codes: 0 all accepted, 1 some rejected, 2 a file could not be read.
    """
    executor, name = _executor(folder, publisher, lists)
    for sentence in executor.references.not_checked():
        click.echo(sentence, err=True)
    run = _Run(as_json)
    with counting() as bar, _seldom_collecting():
        task = bar.add_task("events checked", total=None)
        for file in files:
            try:
                for one in ask(executor, name, file, _chunks(file), standard, at):
                    run.take(one)
                    if run.count % AT_ONCE == 0:
                        run.show()
                        bar.update(task, run.count)
                run.show()
            except BrokenPipeError:
                raise  # whoever read us has seen enough: no fault of the file
            except OSError as exc:
                run.show()
                run.unread = True
                click.echo(f"tidegate: {file} cannot be read: {exc.strerror}", err=True)
    run.summary()
    if run.unread or run.rejected:
        context.exit(EXIT_BAD_INPUT if run.unread else EXIT_FINDINGS)


def _executor(folder: Path | None, publisher: str | None, lists: Path | None) -> tuple[Executor, str]:
    if folder is None:
        if publisher is not None:
            raise BadInput("--publisher goes with --rules")
        executor = default_executor({} if lists is None else {one.name: one.text for one in lists_in(lists)})
        return executor, next(iter(executor.publishers))
    if lists is not None:
        raise BadInput("--references goes without --rules: a rule set has its own, in its folder reference")
    rule_set = read_rules(folder)
    if publisher not in rule_set.publishers:
        raise BadInput(
            f"--publisher has to be one of: {', '.join(sorted(rule_set.publishers)) or 'the rules have none'}"
        )
    keys = Keyring({rule_set.hub.digest_key: bytes(32), rule_set.hub.pseudonym_key: bytes(32)})
    return Executor(compile_rules(rule_set), keys, references=References.of(rule_set.references)), publisher


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Events make thousands of small objects and no cycles: to look for cycles among them costs a fifth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(COLLECT_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _chunks(file: str) -> Iterator[bytes]:
    if file == "-":
        yield from _read(sys.stdin.buffer)
        return
    with Path(file).open("rb") as opened:
        yield from _read(opened)


def _read(opened: BinaryIO) -> Iterator[bytes]:
    while chunk := opened.read(CHUNK):
        yield chunk


class _Run:
    """One call: what was found so far."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._began = time.monotonic()
        self.count = self.rejected = 0
        self.unread = False
        self._waiting: list[str] = []

    def take(self, one: Checked) -> None:
        """Counts one event, and keeps what there is to say of it until ``show``."""
        self.count += 1
        if one.findings and not one.accepted:
            self.rejected += 1
        if self._as_json:
            self._waiting.append(json_line(one.to_json()))
            return
        for finding in one.findings:
            said = (
                f"{one.source} event {one.index}: {finding.severity} {finding.rule} {finding.path}: {finding.message}"
            )
            self._waiting.append(click.style(said, fg="red") if finding.severity is Severity.ERROR else said)

    def show(self) -> None:
        """Prints what waits. One by one that would cost as much as to check the events."""
        if self._waiting:
            click.echo("\n".join(self._waiting))
            self._waiting.clear()

    def summary(self) -> None:
        seconds = max(time.monotonic() - self._began, 1e-6)
        said = (
            f"{self.count - self.rejected:,} accepted, {self.rejected:,} rejected; {self.count / seconds:,.0f} events/s"
        )
        click.echo(said, err=self._as_json)
