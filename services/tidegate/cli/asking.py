"""What commands share that ask a hub's broker or Redis: the settings of the call, and a loop to ask in."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import click

from tidegate.settings import Settings, load_settings

T = TypeVar("T")


def settings_of(context: click.Context) -> Settings:
    """The settings of this call. Raises ``BadSettings``."""
    config: Path | None = context.find_root().obj
    return load_settings(config)


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """The result of ``work``, done in a loop of its own."""
    return asyncio.run(work)
