"""The programs in deploy/examples: each reads every topic of a partner as it is, and what a publisher is told."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.builders import NOW_US, RETRACTION, a_record, a_retraction, an_event
from tests.e2e.conftest import NewSite
from tests.e2e.site import LANES, REPO, Site, eventually
from tests.e2e.topics import Record, value_of
from tests.e2e.world import PARTNERS, the_rules

from tidegate.local import free_ports

EXAMPLES = REPO / "deploy/examples"
PROGRAMS = {
    "confluent": (sys.executable, str(EXAMPLES / "confluent_client.py")),
    "plain": (sys.executable, str(EXAMPLES / "plain_client.py")),
    "java": (str(EXAMPLES / "java/run"),),
}
PUBLISHER = "forwarder"
FIRST = an_event(eventId="x-first", documents=[{"type": "TRD", "reference": "BL-1"}], seals=[{"number": "S-鉛-1"}])
SHIP = {"mode": "VESSEL", "vesselImo": "9999981", "delayReasonCodes": ["WEA"]}
SENT = (
    a_record(FIRST),
    a_record(FIRST),
    a_record(an_event(eventId="x-first", partial=True, eventUpdatedTime=NOW_US)),
    a_record(an_event(eventId="x-call", eventType="TRANSPORT", eventSubtype="ARRI", equipment=None, transport=SHIP),
             key=b"call-1"),
    a_record(an_event(eventId="x-boxless", equipment=None), key=b"BL-1"),
    a_record(
        a_retraction(eventId="x-first", eventUpdatedTime=NOW_US + 1, eventKey="MSKU1234565"),
        schema=RETRACTION,
        key=b"MSKU1234565",
    ),
    *(a_record(an_event(eventId=f"x-{number}", equipment={"reference": f"MSKU{number:07}"})) for number in range(40)),
)  # fmt: skip


@pytest.fixture(scope="module")
def site(new_site: NewSite) -> Site:
    site = new_site("examples")
    rules = site.write_rules(the_rules())
    site.tidegate("keyring", "new", "keyring.toml")
    site.tidegate("topics", "apply", rules, "--lanes", str(LANES))
    site.tidegate("rules", "activate", rules, "--wait", "0s", code=None)
    site.start_hub().await_ready()
    site.send(PUBLISHER, *SENT)
    site.settle(PUBLISHER, len(SENT))
    return site


@contextmanager
def running(site: Site, name: str, topic: str, *more: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """An example that reads a topic, and the file that it prints to."""
    registry = f"http://127.0.0.1:{site.hubs[0].port}"
    arguments = (f"{site.prefix}{topic}", "--bootstrap", site.stack.bootstrap, "--registry", registry, *more)
    printed = site.folder / f"{name}-{topic}-{len(list(site.folder.iterdir()))}"
    with printed.open("wb") as out, subprocess.Popen([*PROGRAMS[name], *arguments], stdout=out, stderr=out) as process:
        try:
            yield process, printed
        finally:
            process.kill()


def what(program: Sequence[str], *arguments: str) -> tuple[int, str]:
    """Exit code of a call, and all that it said."""
    done = subprocess.run([*program, *arguments], capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


def read_by(site: Site, name: str, topic: str, count: int) -> list[dict[str, Any]]:
    """What an example prints of a topic until it is interrupted, once it has printed ``count`` records."""
    with running(site, name, topic) as (process, printed):

        def still_there() -> None:
            assert process.poll() is None, printed.read_text()

        eventually(
            f"{name} to read {topic}",
            lambda: printed.read_bytes().count(b"\n") >= count,
            still_there,
        )
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    *lines, last = printed.read_text().splitlines()
    assert last == "interrupted"
    return sorted(map(json.loads, lines), key=lambda one: (one["partition"], one["offset"]))


def expected(record: Record, value: Any) -> dict[str, Any]:
    return {
        "partition": record.lane,
        "offset": record.offset,
        "key": None if record.key is None else record.key.decode(),
        "headers": {name: content.decode() for name, content in record.headers},
        "value": value,
    }


def with_numbers(value: Any) -> Any:
    """A value with times as microseconds since 1970, as some clients have them."""
    match value:
        case dict():
            return {name: with_numbers(item) for name, item in value.items()}
        case list():
            return [with_numbers(item) for item in value]
        case datetime():
            return round(value.timestamp() * 1_000_000)
        case str() if value[4:5] == "-" and value.endswith("+00:00"):
            return with_numbers(datetime.fromisoformat(value))
        case _:
            return value


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_partner_topic_is_read_as_it_is(site: Site, name: str) -> None:
    registry = site.registry()
    for partner in PARTNERS:
        there = site.read(f"out.{partner}")
        found = read_by(site, name, f"out.{partner}", len(there))

        assert with_numbers(found) == [expected(record, with_numbers(value_of(record, registry))) for record in there]
        # Retractions are among them, and several projections: one schema would not do.
        assert {"kind": "RETRACTED"} in [one["value"] for one in found]
        assert len({one["headers"]["ce_dataschema"] for one in found}) > 1


@pytest.mark.parametrize("name", PROGRAMS)
def test_feedback_is_read_by_the_same_programs(site: Site, name: str) -> None:
    there = site.read(f"feedback.{PUBLISHER}")

    found = read_by(site, name, f"feedback.{PUBLISHER}", len(there))

    assert found == [expected(record, json.loads(record.value or b"")) for record in there]
    assert {"duplicate", "rejected"} <= {one["value"].get("outcome") for one in found}


@pytest.mark.soak
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_second_call_goes_on_where_the_first_stopped(site: Site, name: str) -> None:
    total = len(site.read("out.terminal"))
    found = []
    for count in (5, total - 5):
        with running(site, name, "out.terminal", "--group", f"{name}-twice", "--count", str(count)) as (process, out):
            assert process.wait(60) == 0, out.read_text()
        found += [json.loads(line) for line in out.read_text().splitlines()]

    assert len({(one["partition"], one["offset"]) for one in found}) == total == len(found)


@pytest.mark.parametrize("name", PROGRAMS)
def test_who_reads_only_the_first_lines_is_no_trouble_and_loses_nothing(site: Site, name: str) -> None:
    registry = f"http://127.0.0.1:{site.hubs[0].port}"
    topic = f"{site.prefix}out.{PARTNERS[0]}"
    asked = ("--bootstrap", site.stack.bootstrap, "--registry", registry, "--group", f"hasty-{name}")
    program = shlex.join([*map(str, PROGRAMS[name]), topic, *asked])

    code, said = what(("bash", "-o", "pipefail", "-c", f"{program} | true"))

    assert (code, said) == (0, "")
    again = what((*PROGRAMS[name], topic, *asked, "--count", "1"))
    assert again[0] == 0
    assert json.loads(again[1])["offset"] == 0, "what nobody read was not counted as read"


@pytest.mark.soak
@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_not_there_is_said_in_a_sentence(site: Site, name: str) -> None:
    program = PROGRAMS[name]
    registry = f"http://127.0.0.1:{site.hubs[0].port}"
    (nobody,) = free_ports(1)
    there, away = site.stack.bootstrap, f"127.0.0.1:{nobody}"

    helped = what(program, "--help")
    no_topic = what(program, f"{site.prefix}out.nobody", "--bootstrap", there, "--registry", registry)
    no_registry = what(program, "out.terminal", "--bootstrap", there, "--registry", f"http://{away}")
    no_broker = what(program, "out.terminal", "--bootstrap", away, "--registry", registry)
    no_url = what(program, "out.terminal", "--bootstrap", there, "--registry", "nonsense")
    no_arguments = what(program)

    assert helped[0] == 0
    assert "Exit codes: 0 done, 2 wrong arguments, 3 broker or registry away" in helped[1]
    assert (no_topic[0], no_registry[0], no_broker[0], no_arguments[0]) == (2, 3, 3, 2)
    assert f"{site.prefix}out.nobody" in no_topic[1]
    assert f"no schema registry answers at http://{away}" in no_registry[1]
    assert f"no broker answers at {away}" in no_broker[1]
    assert no_url[0] in (2, 3)
    for _, said in (helped, no_topic, no_registry, no_broker, no_url, no_arguments):
        assert "Traceback" not in said
        assert "Exception in" not in said
