"""How the demo speaks: chapters, commands as one would type them, what they print. Fits any width, and plain files."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

console = Console(highlight=False, soft_wrap=False)
_WIDEST = 150
_begun = time.monotonic()
_last = ""


def width() -> int:
    return min(console.width, _WIDEST)


def _begin(kind: str) -> None:
    """A blank line where something of another kind begins; paragraphs stand apart from each other too."""
    global _last  # noqa: PLW0603  one terminal, one thread that speaks
    if kind != _last or kind in ("text", "table"):
        console.print()
    _last = kind


def chapter(title: str) -> None:
    """A headline, with how long the demo has been running."""
    seconds = int(time.monotonic() - _begun)
    clock = f" {seconds // 60}:{seconds % 60:02d}"
    line = "─" * max(3, width() - len(title) - len(clock) - 1)
    _begin("chapter")
    console.print(Text.assemble((title, "bold"), (f" {line}{clock}", "cyan")), width=width())


def text(sentence: str) -> None:
    """Narration: a sentence or two."""
    _begin("text")
    console.print(sentence, width=min(width(), 100))


def table(rows: Table) -> None:
    _begin("table")
    console.print(rows, width=width())


def command(line: str) -> None:
    """Never cut into lines: it is there to be copied."""
    _begin("run")
    console.print(Text(f"$ {line}", style="bold cyan"), soft_wrap=True)


def output(said: str, most: int) -> None:
    """What a command printed, indented; the middle is left out where it is long."""
    lines = [line.rstrip() for line in said.splitlines() if line.strip()]
    if len(lines) > most:
        lines = [*lines[: most - 2], f"... {len(lines) - most + 1} more lines", lines[-1]]
    for line in lines:
        console.print(Padding(Text(line, style="dim"), (0, 0, 0, 2), expand=False), width=width())


def good(sentence: str) -> None:
    _begin("result")
    console.print(f"[green]✓[/] {escape(sentence)}", width=width())


def bad(sentence: str) -> None:
    _begin("result")
    console.print(f"[bold red]✗ {escape(sentence)}[/]", width=width())


def busy(what: str) -> AbstractContextManager[object]:
    """Something moves while one waits; nothing does in a file."""
    return console.status(what) if console.is_terminal else nullcontext()
