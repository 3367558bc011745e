"""What a file of a rule set may hold: one ``[hub]`` and one ``[law]`` in all of its files, any number of the others."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.rules.documents import ApproverDocument, ClassDocument, GrantDocument, HubDocument, Model, PartyDocument
from tidegate.rules.paper_documents import AuthorizationDocument, ImportantDocument, LawDocument, NegativeListDocument

TABLES: Mapping[str, type[Model]] = {
    "hub": HubDocument,
    "law": LawDocument,
    "party": PartyDocument,
    "grant": GrantDocument,
    "class": ClassDocument,
    "authorization": AuthorizationDocument,
    "negative_list": NegativeListDocument,
    "important": ImportantDocument,
    "approver": ApproverDocument,
}
SINGLE = ("hub", "law")


def what_a_file_holds() -> str:
    """The tables of a file, as they are written."""
    written = [f"[{name}]" if name in SINGLE else f"[[{name}]]" for name in TABLES]
    return f"{', '.join(written[:-1])} and {written[-1]}"
