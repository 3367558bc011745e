"""The commit's answer is lost, or the commit comes late, with the audit sent after the outputs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.proxy import OF_A_PRODUCER, Harm, Proxy
from tests.faults.rig import Rig, open_rig, until

from tidegate.local import Servers

LATE_AUDIT = "tests.faults.entries.late_audit"


@pytest.fixture
def proxy(servers: Servers) -> Iterator[Proxy]:
    """Stands before the broker's second listener."""
    (listener,) = servers.kafka.extra_listeners
    assert listener.port is not None
    proxy = Proxy(listener.advertised_port, listener.port)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()


@pytest.fixture
def proxied(servers: Servers, proxy: Proxy, tmp_path: Path) -> Iterator[Rig]:
    """A rig whose hubs reach the broker through the proxy alone; the flow and the judge do not."""
    with open_rig(servers, tmp_path, bootstrap=proxy.address) as rig:
        yield rig


@pytest.mark.parametrize("harm", [Harm.ANSWER_LOST, Harm.LATE], ids=lambda harm: harm.value)
@pytest.mark.parametrize("harmed", [6, pytest.param(100, marks=[pytest.mark.soak, pytest.mark.timeout(1_200)])])
def test_a_commit_whose_answer_is_lost_or_that_comes_late(proxied: Rig, proxy: Proxy, harm: Harm, harmed: int) -> None:
    hub = proxied.hub(LATE_AUDIT)
    proxied.await_open()
    proxied.flow.start()
    before = proxied.takeovers()

    proxy.harm = harm
    until(lambda: proxy.harmed >= harmed, f"{harmed} commits are harmed", 10 * harmed)
    proxy.harm = Harm.NONE

    verdict = proxied.verdict()
    assert verdict.clean, str(verdict)
    assert proxied.takeovers() - before >= harmed // 2, "each is answered by a takeover, unless it hit one"
    assert hub.process.returncode == 0
    print(f"{proxy.harmed} of {proxy.seen} commits harmed, {proxied.takeovers() - before} takeovers")


@pytest.mark.soak
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("harm", [Harm.ANSWER_LOST, Harm.LATE], ids=lambda harm: harm.value)
def test_any_request_of_a_producer_may_be_lost_or_late(proxied: Rig, proxy: Proxy, harm: Harm) -> None:
    """aiokafka sends all but the commit again: sequence numbers, or the fence, have to tell the late one apart."""
    hub = proxied.hub(LATE_AUDIT)
    proxied.await_open()
    proxied.flow.start()

    proxy.keys, proxy.share, proxy.harm = OF_A_PRODUCER, 0.03, harm
    until(lambda: proxy.harmed >= 150, "150 requests are harmed", 900)
    proxy.harm = Harm.NONE

    verdict = proxied.verdict()
    assert verdict.clean, str(verdict)
    assert hub.process.returncode == 0
    print(f"{proxy.harmed} of {proxy.seen} requests harmed, {proxied.takeovers()} takeovers")


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_control_without_the_guard_the_judge_finds_what_late_commits_do(proxied: Rig, proxy: Proxy) -> None:
    proxied.hub(LATE_AUDIT, TIDEGATE_TEST_UNGUARDED="yes")
    proxied.await_open()
    proxied.flow.start()

    proxy.harm = Harm.LATE
    until(lambda: proxy.harmed >= 200, "200 commits come late", 600)
    proxy.harm = Harm.NONE

    verdict = proxied.verdict()
    assert verdict.count("doubled"), str(verdict)
    print("control:", {sort: len(some) for sort, some in verdict.faults.items()}, f"{proxy.harmed} late commits")
