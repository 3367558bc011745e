"""``tidegate replay``: run a window again."""

from __future__ import annotations

import click


@click.command()
def replay() -> None:
    """Replay."""
