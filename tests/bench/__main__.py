"""``scripts/bench``: throughput beside the usual loop, latency, fairness, memory, check. Prints tables and saves JSON.

All cases of a run share one broker and one Redis, on core 0; the subject is alone on core 1. Figures of one run can be
compared with each other, not with those of another machine or hour: quote the ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from tests.bench.checking import checking
from tests.bench.checking import table as check_table
from tests.bench.latency import beside_backlog, steady
from tests.bench.memory import flat
from tests.bench.rig import SERVER_CORE, Rig
from tests.bench.throughput import HUB, checks_ratios, hub_case, table, usual_case

from tidegate.local import KafkaServer, RedisServer, Servers, default_folder, ensure_jars

QUOTED = """quoted, measured elsewhere on two such cores, flat 25-field events, no audit; events/s at 1, 5, 20 partners:
  usual Python loop 11.6 k, 5.2 k, 1.75 k (loses 1 % under kill -9)
  Bento with Redis dedupe 7.9 k, 3.9 k, 1.4 k (loses 3 to 4 %)
  Kafka Streams exactly_once_v2 61 k, 43 k, 15 k (loses nothing)
  bare aiokafka transactional pass-through 179 k, 106 k, 45 k"""

MOST_CHECKED = 40_000
"""Events that are checked: their texts lie in memory."""
_WARM_UP_EVENTS = 150_000


def main() -> int:
    options = _options()
    if options.only == "check":
        said = {"machine": _machine(), "commit": _commit()}
        print(f"machine: {said['machine']}\ncommit: {said['commit']}\n")
        _save(said | _check(options))
        return 0
    jars = ensure_jars(default_folder() / "jars")
    os.sched_setaffinity(0, SERVER_CORE)
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-", dir=default_folder()) as folder:
        kafka = KafkaServer(Path(folder) / "kafka", jars=jars, cpus=SERVER_CORE, heap_mb=1024)
        redis = RedisServer(Path(folder) / "redis", cpus=SERVER_CORE)
        try:
            redis.start()
            kafka.start()
            said = _run(Rig(Servers(kafka, redis), Path(folder)), options)
        finally:
            kafka.stop(10)
            redis.stop(10)
    _save(said)
    return 0


def _save(said: dict[str, object]) -> None:
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    file = results / f"{time.strftime('%Y%m%dT%H%M%S')}.json"
    file.write_text(json.dumps(said, indent=2) + "\n")
    print(f"saved {file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file.name}")


def _check(options: argparse.Namespace) -> dict[str, object]:
    rows = checking(min(options.events, MOST_CHECKED))
    print(check_table(rows) + "\n")
    return {"check": [asdict(row) for row in rows]}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="longest time of one throughput case (default 60)")
    parser.add_argument("--events", type=int, default=1_000_000, help="events preloaded per case (default 1,000,000)")
    parser.add_argument("--partners", default="1,5,20", help="numbers of partners (default 1,5,20)")
    parser.add_argument("--checks", action="store_true", help="beside every hub, one without semantic checks")
    parser.add_argument("--only", choices=["throughput", "latency", "memory", "check"], help="one part alone")
    return parser.parse_args()


def _run(rig: Rig, options: argparse.Namespace) -> dict[str, object]:
    said: dict[str, object] = {"machine": _machine(), "commit": _commit(), "seconds": options.seconds}
    print(f"machine: {said['machine']}\ncommit: {said['commit']}\n")
    if options.only in (None, "throughput"):
        rows = []
        # A broker that has just started compiles itself on the servers' core: whoever is measured first would pay.
        hub_case(rig, 5, _WARM_UP_EVENTS, options.seconds)
        for partners in map(int, options.partners.split(",")):
            rows.append(hub_case(rig, partners, options.events, options.seconds))
            if options.checks:
                rows.append(hub_case(rig, partners, options.events, options.seconds, checks=False))
            # The usual loop is slower by far: a part of the events keeps it busy for the whole time.
            rows.append(usual_case(rig, partners, min(options.events, int(options.seconds * 15_000)), options.seconds))
            print(f"... {partners} partners done", file=sys.stderr)
        print(table(rows))
        if options.checks:
            print(checks_ratios(rows))
        hub = {row.partners: row.cpu_us for row in rows if row.subject == HUB}
        if len(hub) > 1:
            few, many = min(hub), max(hub)
            more = (hub[many] - hub[few]) / (many - few)
            print(f"one more partner costs {more:.1f} us of processor time per event")
        print(
            f"limits: the hub's core, by {max(hub.values()):.0f} us per event and less; broker and Redis on the other\n"
        )
        print(QUOTED + "\n")
        said["throughput"] = [asdict(row) for row in rows]
    if options.only in (None, "latency"):
        found = [steady(rig, 1_000, 30), beside_backlog(rig, options.events, 20)]
        for one in found:
            print(f"{one.what}: p50 {one.p50_ms:.0f} ms, p99 {one.p99_ms:.0f} ms, worst {one.worst_ms:.0f} ms")
        said["latency"] = [asdict(one) for one in found]
    if options.only in (None, "memory"):
        growth = flat(rig, 2 * options.events)
        print(f"memory: {growth}")
        said["memory"] = asdict(growth)
    if options.only is None:
        said |= _check(options)
    return said


def _machine() -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    return f"{os.cpu_count()} x {model}, Python {platform.python_version()}"


def _commit() -> str:
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
