"""The command by itself: help, settings, exit codes, a broker that is not there, the local stack."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from tests.e2e.conftest import NewSite
from tests.e2e.site import REPO, TIDEGATE, Site
from tests.e2e.world import the_rules

from tidegate.cli.main import COMMANDS, group
from tidegate.local import Endpoints

NOWHERE = Endpoints("127.0.0.1:1", "redis://127.0.0.1:1/0")
INNER = {
    "local": ("up", "down", "status"),
    "keyring": ("new", "add"),
    "rules": ("check", "activate", "approve", "new-key", "show", "diff", "who-sees"),
    "topics": ("apply",),
    "partner": ("suspend", "resume"),
    "schemas": ("list", "show", "export"),
}

OFFLINE = (
    ("--help",),
    ("check", "SAMPLE"),
    ("check", "--rules", "RULES", "--publisher", "forwarder", "SAMPLE"),
    ("explain", "--rules", "RULES", "--publisher", "forwarder", "--partner", "terminal", "SAMPLE"),
    ("law", "table"),
    ("schemas", "list"),
    ("keyring", "new", "another.toml"),
)
HEAVY = ("aiokafka", "confluent_kafka", "redis", "aiohttp", "holidays", "rich")
"""What takes longer to load than such a command to run."""


@pytest.fixture(scope="module")
def nowhere(new_site: NewSite) -> Site:
    """Settings that point at a broker that is not there."""
    site = new_site("nowhere", NOWHERE)
    site.write_rules(the_rules())
    site.tidegate("keyring", "new", "keyring.toml")
    return site


@pytest.mark.parametrize("name", [*COMMANDS, *(f"{outer} {inner}" for outer, all_ in INNER.items() for inner in all_)])
def test_every_command_explains_itself_and_its_options(name: str) -> None:
    said = CliRunner().invoke(group, [*name.split(), "--help"], catch_exceptions=False)

    assert said.exit_code == 0
    assert len(said.output.split("Options:")[0].split()) > 8
    command: click.Command = group
    for part in name.split():
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), part)
        assert found is not None
        command = found
    assert all(option.help for option in command.params if isinstance(option, click.Option))


def test_the_help_names_every_command_and_every_exit_code(nowhere: Site) -> None:
    said, unknown, version = nowhere.together(
        lambda: nowhere.tidegate("--help"),
        lambda: nowhere.tidegate("pubish", code=2),
        lambda: nowhere.tidegate("--version"),
    )

    assert all(f"  {name} " in said.out for name in COMMANDS)
    assert "Exit codes: 0 done, 1 findings or differences, 2 bad input" in said.out
    assert "No such command 'pubish'" in unknown.err
    assert "Did you mean 'publish'?" in unknown.err
    assert version.out.startswith("tidegate, version")


@pytest.mark.parametrize("arguments", OFFLINE, ids=" ".join)
def test_a_command_that_asks_no_broker_loads_no_client_of_one(arguments: tuple[str, ...], nowhere: Site) -> None:
    # Loading them would take longer than the command.
    places = {"SAMPLE": str(REPO / "tests/samples/journey.json"), "RULES": "rules"}
    asked = [places.get(one, one) for one in arguments]
    program = (
        "import sys\nfrom tidegate.cli.main import run\n"
        f"code = run({asked!r})\n"
        f"print('loaded:', *({{one.partition('.')[0] for one in sys.modules}} & {set(HEAVY)!r}), file=sys.stderr)\n"
        "sys.exit(code)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=nowhere.folder, capture_output=True, text=True, check=False
    )

    assert done.returncode in (0, 1), done.stderr
    assert done.stderr.splitlines()[-1] == "loaded:"


class TestSettings:
    def test_an_unknown_variable_is_refused_with_the_nearest_right_name(self, nowhere: Site) -> None:
        said = nowhere.tidegate("rules", "show", code=2, KAFKA__BOOTSRAP="x:1")

        assert "TIDEGATE_KAFKA__BOOTSRAP is not a setting; did you mean TIDEGATE_KAFKA__BOOTSTRAP?" in said.err

    def test_an_unknown_name_in_the_file_is_refused_with_the_nearest_right_name(self, nowhere: Site) -> None:
        file = nowhere.write("wrong.toml", b'[kafka]\nbootstrp = "x:1"\n')

        said = nowhere.tidegate("--config", file, "rules", "show", code=2)

        assert "kafka.bootstrp is not a setting; did you mean kafka.bootstrap?" in said.err

    def test_a_value_that_cannot_be_is_named_and_never_repeated(self, nowhere: Site) -> None:
        said = nowhere.tidegate("rules", "show", code=2, KAFKA__SECURITY_PROTOCOL="s3cret")

        assert "kafka.security_protocol: " in said.err
        assert "s3cret" not in said.err

    def test_a_file_that_is_not_there_is_said(self, nowhere: Site) -> None:
        assert "there is no settings file" in nowhere.tidegate("--config", "no.toml", "rules", "show", code=2).err


class TestNoBroker:
    def test_every_command_that_needs_one_says_so_within_ten_seconds_and_how_to_start_one(self, nowhere: Site) -> None:
        event = nowhere.write("event.json", [])
        commands: tuple[tuple[str | Path, ...], ...] = (
            ("topics", "apply", "rules"),
            ("rules", "activate", "rules"),
            ("hub", "--port", "0"),
            ("publish", "--publisher", "forwarder", event),
            ("tail", "audit"),
            ("replay", "case", "--from", "-1h", "--rules", "then"),
            ("rules", "diff", "rules", "rules", "--since", "7d"),
            ("report", "--from", "2026-01-01", "--to", "2026-01-31"),
        )

        for said in nowhere.together(*(lambda one=one: nowhere.tidegate(*one, code=3) for one in commands)):
            (sentence,) = [
                line for line in said.err.splitlines() if ": note: " not in line
            ]  # and not a byte of a progress bar
            assert sentence.startswith("tidegate: no Kafka broker answers at 127.0.0.1:1 (kafka.bootstrap)")
            assert "tidegate local up" in sentence
            assert said.seconds < 40, "8 s, and eight programs that start at once on a busy machine"


def test_ctrl_c_ends_a_tail_with_130(site: Site) -> None:
    process = subprocess.Popen(
        [TIDEGATE, "tail", "audit", "--from-beginning"],
        cwd=site.folder,
        env={**site.environment(), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline(), "it shows records, so it runs"
    process.send_signal(signal.SIGINT)

    _, err = process.communicate(timeout=30)

    assert process.returncode == 130
    assert err.decode().split() == ["interrupted"]


def test_the_local_stack_goes_up_twice_says_where_it_is_and_down(nowhere: Site, jars: Path) -> None:
    folder = nowhere.folder / "stack"
    assert nowhere.tidegate("local", "status", "--folder", folder, code=3).out.startswith("Kafka  was never started")
    began = time.monotonic()
    try:
        up = nowhere.tidegate("local", "up", "--folder", folder, "--heap-mb", "256", "--short-lived")
        again = nowhere.tidegate("local", "up", "--folder", folder)
        status = nowhere.tidegate("local", "status", "--folder", folder, "--json").json
    finally:
        down = nowhere.tidegate("local", "down", "--folder", folder)
    after = nowhere.tidegate("local", "status", "--folder", folder, code=3)

    assert time.monotonic() - began < 240
    exported = dict(line.removeprefix("export ").split("=", 1) for line in up.out.splitlines()[-2:])
    assert exported == {
        "TIDEGATE_KAFKA__BOOTSTRAP": status["bootstrap"],
        "TIDEGATE_REDIS__URL": status["redis_url"],
    }
    assert again.out.count("runs already") == 2
    assert status["running"] is True
    assert down.out.count("stopped") == 2
    assert "does not run" in after.out
