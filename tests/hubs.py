"""Hub processes of a test or a bench: provisioned, started, asked over HTTP, killed and paused."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.approving import consent

from tidegate.broker.cluster import Cluster
from tidegate.broker.names import TopicNames
from tidegate.broker.topics import bring_about, compare, specs
from tidegate.local import Endpoints
from tidegate.provision.activation import activate, read_ledger
from tidegate.provision.admission import propose
from tidegate.provision.folders import compile_rules, read_rules
from tidegate.settings import KafkaSettings, RedisSettings, Settings

_ROOT = Path(__file__).parents[1]


def settings_for(endpoints: Endpoints, folder: Path, prefix: str) -> Settings:
    """Settings of this process. ``folder`` holds the keyring."""
    return Settings(
        kafka=KafkaSettings(bootstrap=endpoints.bootstrap, topic_prefix=prefix),
        redis=RedisSettings(url=endpoints.redis_url),
        keyring=folder / "keyring.toml",
    )


def environment_for(endpoints: Endpoints, folder: Path, prefix: str) -> dict[str, str]:
    """The same for a process of ours."""
    return {
        **os.environ,  # noqa: TID251 - a child needs PATH and the like
        "TIDEGATE_KAFKA__BOOTSTRAP": endpoints.bootstrap,
        "TIDEGATE_KAFKA__TOPIC_PREFIX": prefix,
        "TIDEGATE_REDIS__URL": endpoints.redis_url,
        "TIDEGATE_KEYRING": str(folder / "keyring.toml"),
    }


async def provision(settings: Settings, rules: Path, lanes: int) -> None:
    """Topics that a rule set needs, and the rules in force."""
    rule_set = read_rules(rules)
    wanted = specs(
        TopicNames(settings.kafka.topic_prefix), lanes, rule_set.publishers, dict.fromkeys(rule_set.partners, 86_400)
    )
    cluster = Cluster(settings.kafka)
    for difference in await compare(cluster, wanted):
        await bring_about(cluster, difference)
    await put_in_force(settings, rules)


async def put_in_force(settings: Settings, rules: Path) -> None:
    """The rules in force, whatever topics there are."""
    rule_set, ledger = read_rules(rules), await read_ledger(settings)
    proposal = propose(ledger, rule_set, compile_rules(rule_set))
    await activate(settings, ledger, proposal, "test", "", consent(proposal))


def hub_command(module: str = "tidegate") -> list[str]:
    """``module`` may be one that wraps a part of the product, and then runs the ``tidegate`` command."""
    return [sys.executable, "-m", module, "hub", "--port", "0"]


class HubProbe:
    """What a hub says of itself on its HTTP port."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._port = 0

    def port(self, timeout_s: float = 30) -> int:
        until = time.monotonic() + timeout_s
        while not self._port:
            found = re.search(r'"port": (\d+)', self._log.read_text() if self._log.exists() else "")
            if found:
                self._port = int(found[1])
            elif time.monotonic() > until:
                raise TimeoutError(self._log.read_text()[-2000:])
            else:
                time.sleep(0.1)
        return self._port

    def metric(self, name: str) -> dict[str, float]:
        """The values of a metric by their labels, as they are written."""
        text = urllib.request.urlopen(f"http://127.0.0.1:{self.port()}/metrics", timeout=10).read().decode()
        lines = (line.rpartition(" ") for line in text.splitlines() if line.startswith((f"{name}{{", f"{name} ")))
        return {labels: float(value) for labels, _, value in lines}

    def health(self, path: str) -> dict[str, Any]:
        """What ``/livez`` or ``/readyz`` says, good or bad."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port()}{path}", timeout=10) as said:
                return dict(json.loads(said.read()))
        except urllib.error.HTTPError as exc:
            return dict(json.loads(exc.read()))

    def _sum(self, metric: str) -> int:
        return int(sum(self.metric(metric).values()))

    def taken(self) -> int:
        """Records decided so far."""
        return self._sum("tidegate_records_total")

    def open_lanes(self) -> int:
        return self._sum("tidegate_lane_open")


class HubProcess:
    """One hub process of a test, with a log of its own."""

    def __init__(self, environment: dict[str, str], log: Path, command: Sequence[str] | None = None) -> None:
        self.log = log
        self.probe = HubProbe(log)
        with log.open("w") as errors:
            self.process = subprocess.Popen(
                list(command or hub_command()),
                env=environment,
                cwd=_ROOT,  # so that entry modules of tests are found
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
            )

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    @property
    def paused(self) -> bool:
        """Whether it stands still after a SIGSTOP, from us or from itself."""
        return Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.process.kill()
        self.process.wait(30)

    def pause(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def terminate(self, timeout_s: float = 30) -> int:
        """SIGTERM. Gives the exit code; raises when it does not end in time."""
        self.process.terminate()
        return self.process.wait(timeout_s)

    def end(self) -> None:
        """Whatever state it is in: gone."""
        if self.running:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()

    def lanes(self) -> frozenset[int]:
        """Lanes whose gate is open in this process."""
        said = self.probe.metric("tidegate_lane_open")
        return frozenset(int(re.findall(r"\d+", labels)[0]) for labels, value in said.items() if value)

    def events(self, *words: str) -> list[dict[str, Any]]:
        """Lines of its log whose event is one of some, or of all."""
        found = [line for line in self.log.read_text().splitlines() if line.startswith("{")]
        said = [json.loads(line) for line in found if line.endswith("}")]
        return [one for one in said if not words or one.get("event") in words]
