"""The keyring: secrets by id, the same in all processes of a hub.

A secret is never in a rule document, a log or the audit; those name it by its id. Old ids stay while the audit does.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field

from tidegate.errors import BadSettings

SECRET_SIZE = 32


@dataclass(frozen=True)
class Keyring:
    secrets: Mapping[str, bytes] = field(repr=False)

    def secret(self, key_id: str) -> bytes:
        """Raises ``BadSettings`` for an id that is not there: a hub without a key it needs does not start."""
        try:
            return self.secrets[key_id]
        except KeyError:
            known = ", ".join(sorted(self.secrets)) or "none"
            raise BadSettings(
                f"the keyring has no key {key_id!r} (it has: {known}); add it, or use one it has"
            ) from None


def parse_keyring(text: str) -> Keyring:
    """The keyring of a TOML file: a table ``[keys]`` of ids and 64 hexadecimal digits each."""
    try:
        said = tomllib.loads(text).get("keys")
    except tomllib.TOMLDecodeError as exc:
        raise BadSettings(f"the keyring is not TOML: {exc}") from None
    except RecursionError:
        raise BadSettings("the keyring is nested too deep; it is a table [keys] and nothing else") from None
    if not isinstance(said, dict) or not said:
        raise BadSettings('the keyring has no keys; it needs a table [keys] with lines like k1 = "<64 hex digits>"')
    secrets = {}
    for key_id, secret in said.items():
        try:
            secrets[key_id] = bytes.fromhex(secret)
        except (TypeError, ValueError):
            raise BadSettings(f"the key {key_id!r} of the keyring is not hexadecimal") from None
        if len(secrets[key_id]) != SECRET_SIZE:
            raise BadSettings(
                f"the key {key_id!r} of the keyring has {len(secrets[key_id])} bytes; it needs {SECRET_SIZE}"
            )
    return Keyring(secrets)
