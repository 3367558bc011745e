"""How far a command is, for people who watch it: on stderr, and gone when it is done.

Where that is no terminal, not a byte: a log has no use for it. What draws it is then not even loaded, which would take
longer than most commands.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Bar:
    """Tells how far one or several tasks are. ``progress`` is rich's; without it nobody is told."""

    def __init__(self, progress: Any = None) -> None:
        self._progress = progress

    def add_task(self, description: str, total: float | None) -> int:
        """Begins a task of ``total`` steps; None where nobody knows how many. Gives what it is called by below."""
        return 0 if self._progress is None else int(self._progress.add_task(description, total=total))

    def update(self, task: int, completed: float, total: float | None = None) -> None:
        """Says how many steps are done, and of how many where that was not known."""
        if self._progress is not None:
            self._progress.update(task, completed=completed, total=total)

    def advance(self, task: int, steps: float = 1) -> None:
        """Says that some more steps are done."""
        if self._progress is not None:
            self._progress.advance(task, steps)


@contextmanager
def counting() -> Iterator[Bar]:
    """A count that grows, of nobody knows how many."""
    if not sys.stderr.isatty():
        yield Bar()
        return
    from rich.progress import MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    with _drawn(TextColumn("{task.description}"), SpinnerColumn(), MofNCompleteColumn(), TimeElapsedColumn()) as bar:
        yield bar


@contextmanager
def filling() -> Iterator[Bar]:
    """A bar that fills."""
    if not sys.stderr.isatty():
        yield Bar()
        return
    from rich.progress import Progress  # noqa: PLC0415

    with _drawn(*Progress.get_default_columns()) as bar:
        yield bar


@contextmanager
def _drawn(*columns: Any) -> Iterator[Bar]:
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield Bar(progress)
