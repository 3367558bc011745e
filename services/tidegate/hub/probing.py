"""Probing suspect records in a child process, with limits on memory and time.

A record that kills the process that inspects it must not kill hub after hub. When a lane got nowhere since its last
takeover its batches are small, and are tried here first; one that a child dies of is halved, until the record that
does it stands alone. Only a child that dies of a single record, twice, speaks against it; that the hub was killed never
does.

A child says when it has begun: its start is no work on a record. On a machine that has no memory or no processor for
it, or takes ten seconds to start Python, records would else go to quarantine one by one. Its time is processor time,
for the same reason.
"""

from __future__ import annotations

import asyncio
import math
import multiprocessing
import os
import resource
import signal
import sys
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

from tidegate import gate
from tidegate.events.checks import References
from tidegate.gate import Batch, Executor, Keyring, Verdict, Verdicts
from tidegate.rules import Plan

TRIES = 2
START_S = 120.0
"""How long a child may take to begin. One that does not has tried nothing."""
STANDSTILL_S = 60.0
"""How much longer than its processor time a child may take altogether: it may have to wait for a processor."""
_TOLD_TO_STOP = (-signal.SIGTERM, -signal.SIGINT)


@dataclass(frozen=True)
class Limits:
    """Of one child. ``seconds`` are of a processor, and rounded up: the system counts whole ones."""

    memory_mb: int
    seconds: float


@dataclass(frozen=True)
class _Task:
    plan: bytes
    suspended: frozenset[str]
    batch: Batch
    limits: Limits
    references: References = field(repr=False)
    keyring: Keyring = field(repr=False)


async def kills_its_process(batch: Batch, executor: Executor, keyring: Keyring, limits: Limits) -> bool:
    """Whether inspecting and releasing this batch ends a process; twice in a row where it is a single record.

    A child that does not begin, or is told to stop, leaves that open: the answer is no.
    """
    task = _Task(executor.plan.to_bytes(), executor.suspended, batch, limits, executor.references, keyring)
    for _ in range(TRIES if len(batch) == 1 else 1):
        if not await asyncio.to_thread(_dies, task):
            return False
    return True


def _dies(task: _Task) -> bool:
    """Runs the child. Spawned, not forked: this process has threads and open sockets."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_probe, args=(task, theirs), daemon=True)
    child.start()
    theirs.close()
    with ours:
        begun = _has_begun(ours)
    child.join(task.limits.seconds + STANDSTILL_S if begun else 0)
    if child.is_alive():
        child.kill()
        child.join()
    return begun and child.exitcode != 0 and child.exitcode not in _TOLD_TO_STOP


def _has_begun(child: Connection) -> bool:
    try:
        return child.poll(START_S) and bool(child.recv_bytes())
    except EOFError:
        return False


def _probe(task: _Task, begin: Connection) -> None:
    """The child: the whole pure path over the batch, whatever comes of it. Only its survival is of interest."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the hub
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stderr.fileno())
    memory = task.limits.memory_mb << 20
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    executor = Executor(Plan.from_bytes(task.plan), task.keyring, task.suspended, task.references)
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = math.ceil(used.ru_utime + used.ru_stime) + math.ceil(task.limits.seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    begin.send_bytes(b"begun")
    inspected = gate.inspect(task.batch, executor)
    verdicts = Verdicts([Verdict.FIRST] * len(inspected))
    newest_us = max(timestamp for run in task.batch.runs for timestamp in run.timestamps) * 1_000
    gate.persons(inspected, verdicts, newest_us)
    gate.release(inspected, verdicts, newest_us)
