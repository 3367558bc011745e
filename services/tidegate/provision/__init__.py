"""Provisioning: rule sets and reference lists from folders, topics, activations, the keyring.

Knows files and the ``rules`` topic; runs no lane.
"""

from tidegate.provision.activation import (
    Confirmation,
    activate,
    check_topics,
    confirmation,
    plan_in_force,
    read_ledger,
    suspend,
)
from tidegate.provision.admission import NO_CONSENT, Approval, Consent, Proposal, approve, propose, public_text
from tidegate.provision.folders import compile_rules, read_keyring, read_rules, reader_schema, rules_in_force
from tidegate.provision.references import KeptList, list_of, lists_in, save_list

__all__ = [
    "NO_CONSENT",
    "Approval",
    "Confirmation",
    "Consent",
    "KeptList",
    "Proposal",
    "activate",
    "approve",
    "check_topics",
    "compile_rules",
    "confirmation",
    "list_of",
    "lists_in",
    "plan_in_force",
    "propose",
    "public_text",
    "read_keyring",
    "read_ledger",
    "read_rules",
    "reader_schema",
    "rules_in_force",
    "save_list",
    "suspend",
]
