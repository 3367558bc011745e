"""``python -m tidegate.local``: fetch Kafka's jars now, so that ``up`` needs no network later (scripts/bootstrap)."""

from __future__ import annotations

import sys
from collections.abc import Callable

from tidegate.errors import EXIT_OK, EXIT_UNAVAILABLE, TidegateError
from tidegate.local.containers import ContainerStack
from tidegate.local.jars import ensure_jars, find_java
from tidegate.local.redis import find_redis
from tidegate.local.stack import default_folder


def main() -> int:
    # All that is missing at once: nobody wants to be sent away three times.
    steps: tuple[Callable[[], object], ...] = (find_redis, find_java, _fetch)
    missing = list(dict.fromkeys(filter(None, map(_trouble, steps))))
    if not missing:
        return EXIT_OK
    print("\n".join(missing), file=sys.stderr)  # noqa: T201  a command's output
    if ContainerStack.missing() is not None:
        return EXIT_UNAVAILABLE
    print("Containers are used instead; tests that break a broker will fail.", file=sys.stderr)  # noqa: T201
    return EXIT_OK


def _fetch() -> None:
    ensure_jars(default_folder() / "jars", lambda line: print(line, flush=True))  # noqa: T201


def _trouble(step: Callable[[], object]) -> str | None:
    try:
        step()
    except TidegateError as error:
        return str(error)
    return None


if __name__ == "__main__":
    sys.exit(main())
