"""The ``tidegate`` command."""

from tidegate.cli.main import main

__all__ = ["main"]
