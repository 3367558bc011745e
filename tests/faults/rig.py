"""The rig: topics, rules and hub processes of one fault test, with a flow running while things break."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from tests import hubs
from tests.faults.evidence import Progress, Reader, gather
from tests.faults.flow import LANES, LISTENER, PARTNERS, PUBLISHERS, Flow, write_rules
from tests.faults.judge import Verdict, judge
from tests.hubs import HubProcess, environment_for, hub_command, settings_for

from tidegate.local import Servers
from tidegate.settings import Settings

SESSION_S = 6.0
"""The session time of the hubs' group, the default."""
_numbers = itertools.count(1)


def until(condition: Callable[[], bool], what: str, timeout_s: float = 90, every_s: float = 0.2) -> float:
    """Waits until something is so. Gives how long it took; raises when it takes too long."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > timeout_s:
            raise TimeoutError(f"not within {timeout_s:.0f} s: {what}")
        time.sleep(every_s)
    return time.monotonic() - began


class Rig:
    """Everything of one test, under a prefix of its own."""

    def __init__(self, servers: Servers, folder: Path, *, bootstrap: str | None = None) -> None:
        """``bootstrap``: another door of the broker, for the hubs alone."""
        self.servers = servers
        self.folder = folder
        self.prefix = f"f{next(_numbers)}-"
        self.hubs: list[HubProcess] = []
        self.publishers = PUBLISHERS
        self.partners = PARTNERS
        self._hub_bootstrap = bootstrap
        self.bootstrap = servers.endpoints.bootstrap
        self.progress = Progress(self.bootstrap, self.prefix)
        self.flow = Flow(self.bootstrap, self.prefix)

    @property
    def settings(self) -> Settings:
        return settings_for(self.servers.endpoints, self.folder, self.prefix)

    @property
    def group(self) -> str:
        return f"{self.prefix}{self.settings.kafka.group}"

    def provision(self, publishers: Sequence[str] = PUBLISHERS, *, heartbeats: bool = False) -> None:
        """Topics and rules, for the first time or anew: with other publishers, with partners that want heartbeats."""
        self.publishers = tuple(publishers)
        self.partners = (*PARTNERS, LISTENER) if heartbeats else PARTNERS
        rules = write_rules(self.folder, self.publishers, heartbeats=heartbeats)
        asyncio.run(hubs.provision(self.settings, rules, LANES))

    def hub(self, module: str = "tidegate", **environment: str) -> HubProcess:
        """One more hub process."""
        said = environment_for(self.servers.endpoints, self.folder, self.prefix) | environment
        if self._hub_bootstrap is not None:
            said["TIDEGATE_KAFKA__BOOTSTRAP"] = self._hub_bootstrap
        found = HubProcess(said, self.folder / f"hub-{len(self.hubs)}.log", hub_command(module))
        self.hubs.append(found)
        return found

    @property
    def running(self) -> list[HubProcess]:
        return [hub for hub in self.hubs if hub.running]

    def open_lanes(self, among: Sequence[HubProcess] | None = None) -> list[int]:
        """Open lanes of processes that answer, each as often as it is open."""
        found: list[int] = []
        for hub in self.running if among is None else among:
            try:
                found += hub.lanes()
            except OSError:  # it has just ended, or is about to start
                continue
        return sorted(found)

    def await_open(self, among: Sequence[HubProcess] | None = None, timeout_s: float = 90) -> float:
        """Waits until every lane is open in exactly one process."""
        wanted = list(range(LANES))
        return until(lambda: self.open_lanes(among) == wanted, "every lane open once", timeout_s)

    def await_records(self, more: int, timeout_s: float = 90) -> None:
        """Waits until so many more records have an outcome."""
        goal = self.progress.look() + more
        until(lambda: self.progress.look() >= goal, f"{more} more records decided", timeout_s)

    def takeovers(self) -> int:
        """Takeovers so far, by the logs of the lanes."""
        self.progress.look()
        return sum(entry.kind == "TAKEOVER" for lane in self.progress.entries.values() for entry in lane)

    def assignments(self) -> int:
        """How often lanes were assigned, to any hub: grows with every rebalance."""
        return sum(len(hub.events("lanes assigned")) for hub in self.hubs)

    def assigned_at(self) -> float:
        """When lanes were last assigned to any hub, in seconds since 1970."""
        said = [one["timestamp"] for hub in self.hubs for one in hub.events("lanes assigned")]
        return max(datetime.fromisoformat(time).timestamp() for time in said)

    def sent(self) -> int:
        """Records in the source topics."""
        reader = Reader(self.bootstrap)
        topics = [f"{self.prefix}in.{name}" for name in self.publishers]
        return sum(len(some) for topic in topics for some in reader.read(topic).values())

    def settle(self, timeout_s: float = 120) -> None:
        """Ends the flow and waits until every record has an outcome."""
        self.flow.stop()
        sent = self.sent()
        until(lambda: self.progress.look() >= sent, f"{sent} records decided", timeout_s)

    def verdict(self, timeout_s: float = 120) -> Verdict:
        """Lets the flow end, stops the hubs, and judges."""
        self.settle(timeout_s)
        self.stop()
        return judge(gather(self.bootstrap, self.prefix, self.publishers, self.partners))

    def stop(self) -> None:
        """Ends the hubs politely, so that no transaction stays open."""
        for hub in self.hubs:
            hub.end()

    def close(self) -> None:
        """Nothing is left running."""
        for hub in self.hubs:
            if hub.running:
                hub.resume()
                hub.kill()


@contextmanager
def open_rig(servers: Servers, folder: Path, *, bootstrap: str | None = None) -> Iterator[Rig]:
    """A provisioned rig; a test that fails shows the ends of its hubs' logs."""
    rig = Rig(servers, folder, bootstrap=bootstrap)
    try:
        rig.provision()
        yield rig
    except BaseException:
        for hub in rig.hubs:
            print(f"--- {hub.log.name}", *hub.log.read_text().splitlines()[-40:], sep="\n")
        raise
    finally:
        rig.close()
