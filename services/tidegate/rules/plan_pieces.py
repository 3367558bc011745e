"""The JSON of pieces and selections, as plans hold them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.events.avro import Json
from tidegate.events.projection import Changed, Fields, Items, Keys, Operation, Piece, Selection, Span, Whole
from tidegate.events.transforms import Transform


def piece_json(piece: Piece) -> Json:
    if isinstance(piece, Span):
        return [piece.start, piece.end]
    return {"slot": piece.path, "keep": selection_json(piece.selection)}


def piece_of(said: Json) -> Piece:
    return Span(*said) if isinstance(said, list) else Operation(said["slot"], selection_of(said["keep"]))


def selection_json(selection: Selection) -> Json:
    match selection:
        case Whole():
            return "whole"
        case Changed():
            return {"transform": selection.transform.kind, "size": selection.transform.size}
        case Fields():
            return {"fields": [[name, selection_json(inner)] for name, inner in selection.fields]}
        case Items():
            return {"items": selection_json(selection.item), "where": selection.where, "in": list(selection.values)}
        case Keys():
            return {"keys": list(selection.keys)}


def selection_of(said: Json) -> Selection:
    if said == "whole":
        return Whole()
    if "transform" in said:
        return Changed(Transform(said["transform"], said["size"]))
    if "fields" in said:
        return Fields(tuple((name, selection_of(inner)) for name, inner in said["fields"]))
    if "items" in said:
        return Items(selection_of(said["items"]), said["where"], tuple(said["in"]))
    return Keys(tuple(said["keys"]))


def said_by(one: Any) -> dict[str, Any]:
    """The fields of a flat dataclass with slots; ``asdict`` takes many times as long, and a plan has thousands."""
    return {name: getattr(one, name) for name in one.__slots__}


def test_json(test: Any) -> dict[str, Any]:
    """A condition. What it says of ages is left out where it says nothing, as before there was such a thing."""
    return {name: said for name, said in said_by(test).items() if said or name != "under"}


def tupled(value: Mapping[str, Any]) -> dict[str, Any]:
    """What was read from JSON, with tuples in the place of lists."""
    return {key: tuple(item) if isinstance(item, list) else item for key, item in value.items()}
