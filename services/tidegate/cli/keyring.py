"""``tidegate keyring``: the secrets of a hub."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

import click

from tidegate.errors import BadInput
from tidegate.gate import parse_keyring


@click.group()
def keyring() -> None:
    """Make and extend the keyring: the secrets behind pseudonyms, digests and event references.

    All processes of a hub have the same keyring. Keys are never changed or removed as long as the audit names them: add
    a new one, and name it in the rules (digest_key, pseudonym_key in [hub]).
    """


@keyring.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--key", "key_id", default="k1", show_default=True, help="Id of the first key.")
def new(file: Path, key_id: str) -> None:
    """Make a keyring with one new key. An existing file is never touched."""
    text = (
        f"# Secrets of this hub, by id. Keep it as safe as the data, and as long as the audit.\n[keys]\n{_line(key_id)}"
    )
    try:
        _write(file, text)
    except FileExistsError:
        raise BadInput(f"{file} is there already; 'tidegate keyring add {file} --key k2' adds a key to it") from None
    click.echo(f"{file}: key {key_id}")


@keyring.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", "key_id", required=True, help="Id of the new key.")
def add(file: Path, key_id: str) -> None:
    """Add a new key. Rules name it when they are to use it."""
    text = file.read_text(encoding="utf-8")
    if key_id in parse_keyring(text).secrets:
        raise BadInput(f"{file} has a key {key_id} already; keys are never changed")
    extended = text.rstrip("\n") + "\n" + _line(key_id)
    if key_id not in parse_keyring(extended).secrets:
        raise BadInput(f"{file} has something after its [keys]; put that first, so that a key can be added at the end")
    aside = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    _write(aside, extended)
    aside.replace(file)
    click.echo(f"{file}: key {key_id}")


def _write(file: Path, text: str) -> None:
    """A new file that nobody else may read, from its first moment on."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise
    except OSError as exc:
        raise BadInput(f"{file} cannot be written: {exc.strerror}") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)


def _line(key_id: str) -> str:
    if not _ID.match(key_id):
        raise BadInput(f"{key_id!r} is no key id; it is letters, digits, hyphens and underscores, as in k2")
    return f'{key_id} = "{secrets.token_hex(32)}"\n'


_ID = re.compile(r"[A-Za-z0-9_-]+\Z")
