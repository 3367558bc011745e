"""Two people who approve, for tests whose rules protect less than those before them."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tidegate.provision.admission import Consent, Proposal, approve, public_text

PEOPLE = {name: Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32)) for name in ("chan", "wong")}
APPROVERS = "\n".join(
    f'[[approver]]\nid = "{name}"\nname = "{name}"\nkey = "{public_text(key)}"\n' for name, key in PEOPLE.items()
)
"""A file of a rule set that names them."""


def consent(proposal: Proposal) -> Consent:
    """All that a proposal asks for, where the rules in force name these two."""
    signed = [approve(proposal, name, key) for name, key in PEOPLE.items()] if proposal.lowered else []
    return Consent(("all",), tuple(signed))


def write_keys(folder: Path) -> list[Path]:
    """Their private keys as files, as 'tidegate rules new-key' writes them."""
    files = []
    for name, key in PEOPLE.items():
        files.append(folder / f"{name}.pem")
        files[-1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files
