"""Probing a suspect record in a child process, with limits on memory and time.

A record that kills the process that inspects it must not kill hub after hub. When a lane got nowhere since its last
takeover, its batches shrink down to one record, and that record is tried here first. Only a child that dies, twice,
speaks against it; that the hub was killed never does. And where a child without the record dies too, the fault is this
machine's (no memory, no processes), and speaks against nothing.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import resource
import sys
from dataclasses import dataclass, field, replace

from tidegate import gate
from tidegate.gate import Batch, Executor, Keyring, Verdict, Verdicts
from tidegate.rules import Plan

TRIES = 2


@dataclass(frozen=True)
class Limits:
    memory_mb: int
    seconds: float


@dataclass(frozen=True)
class _Task:
    plan: bytes
    suspended: frozenset[str]
    batch: Batch
    limits: Limits
    keyring: Keyring = field(repr=False)


async def kills_its_process(batch: Batch, executor: Executor, keyring: Keyring, limits: Limits) -> bool:
    """Whether inspecting and releasing this batch ends a process, twice in a row."""
    task = _Task(executor.plan.to_bytes(), executor.suspended, batch, limits, keyring)
    for _ in range(TRIES):
        if await asyncio.to_thread(_survives, task):
            return False
    return await asyncio.to_thread(_survives, replace(task, batch=replace(batch, runs=[])))


def _survives(task: _Task) -> bool:
    """Runs the child. Spawned, not forked: this process has threads and open sockets."""
    child = multiprocessing.get_context("spawn").Process(target=_probe, args=(task,), daemon=True)
    child.start()
    child.join(task.limits.seconds)
    if child.is_alive():
        child.kill()
        child.join()
        return False
    return child.exitcode == 0


def _probe(task: _Task) -> None:
    """The child: the whole pure path over the record, whatever comes of it. Only its survival is of interest."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stderr.fileno())
    limit = task.limits.memory_mb << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    executor = Executor(Plan.from_bytes(task.plan), task.keyring, task.suspended)
    inspected = gate.inspect(task.batch, executor)
    gate.release(inspected, Verdicts([Verdict.FIRST] * len(inspected)), 0)
