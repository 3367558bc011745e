"""The command group: settings, errors as sentences, exit codes."""

from __future__ import annotations

import difflib
import importlib
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from tidegate import __version__
from tidegate.errors import EXIT_BAD_INPUT, EXIT_INTERRUPTED, EXIT_OK, TidegateError

COMMANDS = {
    "local": "Run real Apache Kafka and Redis on this machine.",
    "keyring": "Make and extend the secrets behind pseudonyms and digests.",
    "rules": "Check rules, put them in force, see which are.",
    "reference": "Keep lists of codes that exist, for the checks that ask them.",
    "topics": "Make and verify the topics of a hub.",
    "hub": "Run one hub process, until SIGTERM or Ctrl-C.",
    "check": "Say what the hub would say of events, before they are sent.",
    "publish": "Send events to the hub.",
    "tail": "Show what arrives in a topic of the hub.",
    "law": "Read the decision table of the transfer law.",
    "obligations": "Say what is due: filings, renewals, reports, audits.",
    "report": "Say what left in a period, from the audit.",
    "explain": "Say what a partner would see of an event, and why.",
    "quarantine": "See what failed or waits, and have it decided again, let go or put aside.",
    "status": "Say what became of an event or a container, and who was sent it.",
    "replay": "Decide a window of the past again; prove what was sent.",
    "partner": "Suspend and resume a partner.",
    "schemas": "List, show and export Avro schemas.",
}
"""Each is a module beside this one, in the order in which one meets them."""


class _OnDemand(click.Group):
    """Loads a command when it is called: all of them together take seconds, and most need a part of the program."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        found: click.Command = getattr(importlib.import_module(f"tidegate.cli.{name}"), name)
        return found

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, with the nearest right name for one that is not there."""
        try:
            return super().resolve_command(context, arguments)
        except click.UsageError as exc:
            near = difflib.get_close_matches(arguments[0], COMMANDS, n=1)
            if not near:
                raise
            raise click.UsageError(f"{exc.message} Did you mean '{near[0]}'?", context) from None

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_OnDemand, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="tidegate")
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Settings file.  [default: TIDEGATE_CONFIG, else tidegate.toml here, if it is there]",
)
@click.pass_context
def group(context: click.Context, config: Path | None) -> None:
    """Logistics events across borders: each partner sees what a grant names and the law lets through, once, provably.

    \b
    A first hub, from nothing:
      tidegate local up                        Kafka and Redis on this machine
      tidegate keyring new keyring.toml        the secrets of this hub
      tidegate rules check rules/              are the rules sound?
      tidegate topics apply rules/ --lanes 4   make the topics
      tidegate rules activate rules/ --wait 0s put the rules in force
      tidegate hub                             run it; as many processes as you like
      tidegate publish --publisher P FILE      send events
      tidegate tail out.Q                      see what partner Q gets

    Settings come from a TOML file and from TIDEGATE_* variables, as in TIDEGATE_KAFKA__BOOTSTRAP=broker:9092.

    \b
    Exit codes: 0 done, 1 findings or differences, 2 bad input or configuration, 3 something is away,
    4 not confirmed or fenced, 130 Ctrl-C.
    """
    context.obj = config
    # What goes wrong is said by our errors, in sentences; libraries would say it first, and otherwise.
    logging.getLogger().addHandler(logging.NullHandler())


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command and ends the process with its exit code."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; gives its exit code. Errors of ours become a sentence on stderr."""
    try:
        found: Any = group.main(args=arguments, standalone_mode=False)
    except click.exceptions.Exit as exc:
        return exc.exit_code
    except click.ClickException as exc:
        exc.show()
        return EXIT_BAD_INPUT
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return EXIT_INTERRUPTED
    except TidegateError as exc:
        click.echo(f"tidegate: {exc}", err=True)
        return exc.exit_code
    except SystemExit:
        # So click ends when whoever read us (head, less) has seen enough.
        return EXIT_OK
    return found if isinstance(found, int) else 0
