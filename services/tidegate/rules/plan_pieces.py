"""The JSON of pieces and selections, as plans hold them."""

from __future__ import annotations

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
