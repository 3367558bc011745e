"""The command group: settings, errors as sentences, exit codes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from tidegate import __version__
from tidegate.cli.explain import explain
from tidegate.cli.hub import hub
from tidegate.cli.keyring import keyring
from tidegate.cli.local import local
from tidegate.cli.partner import partner
from tidegate.cli.publish import publish
from tidegate.cli.replay import replay
from tidegate.cli.rules import rules
from tidegate.cli.schemas import schemas
from tidegate.cli.tail import tail
from tidegate.cli.topics import topics
from tidegate.errors import EXIT_BAD_INPUT, EXIT_INTERRUPTED, TidegateError

_ORDER = ("local", "keyring", "rules", "topics", "hub", "publish", "tail", "explain", "replay", "partner", "schemas")


class _Ordered(click.Group):
    """Lists commands in the order in which one meets them."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [name for name in _ORDER if name in self.commands]


@click.group(cls=_Ordered, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
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


for _command in (local, keyring, rules, topics, hub, publish, tail, explain, replay, partner, schemas):
    group.add_command(_command)


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
    except BrokenPipeError:
        # Whoever read us (head, less) has seen enough.
        sys.stdout = None
        return 0
    return found if isinstance(found, int) else 0
