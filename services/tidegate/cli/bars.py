"""How far a command is, for people who watch it."""

from __future__ import annotations

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, ProgressColumn, SpinnerColumn, TextColumn, TimeElapsedColumn


def counting() -> Progress:
    """A count that grows, of nobody knows how many."""
    return _on_a_terminal(TextColumn("{task.description}"), SpinnerColumn(), MofNCompleteColumn(), TimeElapsedColumn())


def filling() -> Progress:
    """A bar that fills."""
    return _on_a_terminal(*Progress.get_default_columns())


def _on_a_terminal(*columns: str | ProgressColumn) -> Progress:
    """On stderr, gone when it is done; where that is no terminal, not a byte: a log has no use for it."""
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
