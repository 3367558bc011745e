"""``python -m deploy.demo [--once]``, which scripts/demo runs when everything is installed."""

from __future__ import annotations

import signal
import sys
import threading
import time
from types import FrameType

from tidegate.errors import EXIT_INTERRUPTED, EXIT_OK, TidegateError

from . import say
from .stage import Stage, Trouble, alone
from .story import Story
from .topics import Topics


class _Interrupts:
    """What Ctrl-C (or SIGTERM) does: break the story off, end the steady state, and nothing while all is ended."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._breaks = True
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._handle)

    def only_stop(self) -> None:
        """From here on an interrupt is a wish."""
        self._breaks = False

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.stop.set()
        if self._breaks:
            self._breaks = False
            raise KeyboardInterrupt


def main(arguments: list[str]) -> int:
    interrupts = _Interrupts()
    stage = Stage()
    try:
        with alone():
            try:
                _run(stage, interrupts, once="--once" in arguments)
            finally:
                interrupts.only_stop()
                say.text("Stopping hubs, Kafka and Redis ...")
                stage.down()
    except KeyboardInterrupt:
        say.bad("broken off; nothing is left running")
        return EXIT_INTERRUPTED
    except Trouble as exc:
        say.bad(str(exc))
        return exc.code
    except TidegateError as exc:
        say.bad(str(exc))
        return exc.exit_code
    say.good("The demo is over. Nothing is left running.")
    return EXIT_OK


def _run(stage: Stage, interrupts: _Interrupts, *, once: bool) -> None:
    begun = time.time()
    story = Story(stage)
    story.begin()
    with Topics(stage.settings.kafka.bootstrap) as topics:
        story.tell(topics)
        if not once:
            interrupts.only_stop()
            story.go_on(topics, interrupts.stop)
        story.end(topics, begun)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
