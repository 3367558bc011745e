"""The canonical event and its retraction as data: the same as ``schemas/*/v1.avsc``, which a test compares.

The readers and ``to_json`` walk these tables, so a field is mapped, read and written by the same line. Defaults are the
schema's own (null, UNKNOWN, an empty list), never a value that stands for something. The order is for people, a code
and its raw text side by side; the schema has another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from tidegate.standards import codes


class Kind(Enum):
    """What a plain value is."""

    TEXT = "string"
    INT = "int"
    DOUBLE = "double"
    FLAG = "boolean"
    TIME = "timestamp-micros"
    DAY = "date"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A plain value. Not required means null when absent (false for a flag)."""

    kind: Kind
    required: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """A code of a list. One outside it becomes ``default``, and the sender's text goes to ``raw`` if there is one."""

    symbols: frozenset[str]
    raw: str | None
    default: str = codes.UNKNOWN


@dataclass(frozen=True, slots=True)
class Items:
    """A list, empty when absent."""

    item: Leaf | Record


@dataclass(frozen=True, slots=True)
class Texts:
    """A map of text by text, empty when absent."""


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """Named fields. A record inside another is null when absent."""

    fields: Mapping[str, Shape]
    required: tuple[str, ...] = field(init=False)
    """Fields without which there is no value; all of them are text or times."""
    lowered: Mapping[str, str] = field(init=False, repr=False)
    """Name in small letters to the right spelling."""
    _defaults: dict[str, object] = field(init=False, repr=False)
    _lists: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        leaves = {name: shape for name, shape in self.fields.items() if isinstance(shape, Leaf)}
        object.__setattr__(self, "required", tuple(name for name, leaf in leaves.items() if leaf.required))
        object.__setattr__(self, "lowered", {name.lower(): name for name in self.fields})
        object.__setattr__(self, "_defaults", {name: _default(shape) for name, shape in self.fields.items()})
        lists = tuple(name for name, shape in self.fields.items() if isinstance(shape, Items))
        object.__setattr__(self, "_lists", lists)

    def blank(self) -> dict[str, object]:
        """All fields at the schema's defaults; required ones null until they are set."""
        value = dict(self._defaults)
        for name in self._lists:
            value[name] = []
        return value


Shape: TypeAlias = Leaf | Code | Items | Texts | Record


def plain(record: Record, path: str) -> Leaf | Code:
    """The plain field at ``path`` (``transport.mode``)."""
    name, _, rest = path.partition(".")
    shape = record.fields[name]
    if isinstance(shape, Record):
        return plain(shape, rest)
    if isinstance(shape, Leaf | Code):
        return shape
    raise TypeError(f"{path} is no plain field")


def record_of(record: Record, name: str) -> Record:
    """The record that ``name`` holds: itself, or as the element of a list."""
    shape = record.fields[name]
    inside = shape.item if isinstance(shape, Items) else shape
    if isinstance(inside, Record):
        return inside
    raise TypeError(f"{name} holds no record")


def _default(shape: Shape) -> object:
    if isinstance(shape, Code):
        return shape.default
    return False if isinstance(shape, Leaf) and shape.kind is Kind.FLAG else None


def _code(symbols: str, raw: str | None) -> Code:
    return Code(codes.code_list(symbols), raw)


_TEXT, _INT, _DOUBLE, _TIME = Leaf(Kind.TEXT), Leaf(Kind.INT), Leaf(Kind.DOUBLE), Leaf(Kind.TIME)
_NEEDED = Leaf(Kind.TEXT, required=True)

PARTY = Record({"code": _NEEDED, "codeListProvider": _TEXT, "codeListName": _TEXT, "function": _TEXT})

LOCATION = Record(
    {
        "name": _TEXT,
        "unLocode": _TEXT,
        "facilityCode": _TEXT,
        "facilityCodeListProvider": _code("BIC SMDG", "rawFacilityCodeListProvider"),
        "rawFacilityCodeListProvider": _TEXT,
        "facilityType": _code("BOCR CLOC COFS COYA OFFD DEPO INTE POTE RAMP WAYP BRTH", "rawFacilityType"),
        "rawFacilityType": _TEXT,
        "latitude": _DOUBLE,
        "longitude": _DOUBLE,
        "address": _TEXT,
    }
)

EQUIPMENT = Record(
    {
        "reference": _TEXT,
        "isoSizeType": _TEXT,
        "emptyIndicator": _code("EMPTY LADEN", "rawEmptyIndicator"),
        "rawEmptyIndicator": _TEXT,
        "transportPhase": _code("IMPORT EXPORT TRANSSHIPMENT", "rawTransportPhase"),
        "rawTransportPhase": _TEXT,
    }
)

SEAL = Record(
    {
        "number": _NEEDED,
        "source": _code("CAR SHI PHY VET CUS CNS CST TER", "rawSource"),
        "rawSource": _TEXT,
        "type": _code("KLP BLT WIR", "rawType"),
        "rawType": _TEXT,
    }
)

TRANSPORT = Record(
    {
        "mode": _code("VESSEL RAIL TRUCK BARGE MULTIMODAL AIR", "rawMode"),
        "rawMode": _TEXT,
        "callReference": _TEXT,
        "callSequence": _INT,
        "portVisitReference": _TEXT,
        "importVoyage": _TEXT,
        "exportVoyage": _TEXT,
        "vesselImo": _TEXT,
        "vesselMmsi": _TEXT,
        "vesselName": _TEXT,
        "vesselFlag": _TEXT,
        "operatorCode": _TEXT,
        "operatorCodeList": _TEXT,
        "serviceCode": _TEXT,
        "delayReasonCodes": Items(_TEXT),
    }
)

TRUCK = Record({"tractorPlate": _TEXT, "trailerPlate": _TEXT, "vin": _TEXT})

PERSON = Record(
    {
        "role": _code("DRIVER CREW CONTACT SHIPPER CONSIGNEE", "rawRole"),
        "rawRole": _TEXT,
        "name": _TEXT,
        "phone": _TEXT,
        "email": _TEXT,
        "idType": _TEXT,
        "idNumber": _TEXT,
        "licenceNumber": _TEXT,
        "employer": _TEXT,
        "birthDate": Leaf(Kind.DAY),
    }
)

DOCUMENT = Record(
    {
        "type": _code(
            "CBR BKG SHI SRM TRD ARN VGM CAS CUS DGD OOG "
            "AMF CEA CEO CQU CRO CUC DEI DEO FCE HCE ICE INV PCE PFD TRO VCE",
            "rawType",
        ),
        "rawType": _TEXT,
        "reference": _NEEDED,
    }
)

REFERENCE = Record(
    {
        "type": _code("FF SI PO CR AAO EQ ECR CSI BPR BID SAC AES CER DUE RUC", "rawType"),
        "rawType": _TEXT,
        "value": _NEEDED,
    }
)

REEFER = Record(
    {"setpoint": _DOUBLE, "ambient": _DOUBLE, "unit": _TEXT, "probes": Items(_DOUBLE), "alarms": Items(_TEXT)}
)

CARGO = Record({"hsCodes": Items(_TEXT), "dangerousGoodsClass": _TEXT, "packages": _INT, "grossMassKg": _DOUBLE})

EVENT = Record(
    {
        "eventId": _NEEDED,
        "eventType": _code("SHIPMENT TRANSPORT EQUIPMENT IOT REEFER PORT_CALL CUSTOMS", "rawEventType"),
        "rawEventType": _TEXT,
        "eventSubtype": Code(codes.SUBTYPES, "rawEventSubtype"),
        "rawEventSubtype": _TEXT,
        "classifier": _code("PLN EST ACT REQ", "rawClassifier"),
        "rawClassifier": _TEXT,
        "eventTime": Leaf(Kind.TIME, required=True),
        "eventTimeRaw": _TEXT,
        "utcOffsetMinutes": _INT,
        "offsetSource": Code(frozenset({"GIVEN", "FACILITY", "GUESSED"}), None, default="NONE"),
        "eventCreatedTime": _TIME,
        "eventUpdatedTime": _TIME,
        "correctsEventId": _TEXT,
        "partial": Leaf(Kind.FLAG),
        "location": LOCATION,
        "equipment": EQUIPMENT,
        "seals": Items(SEAL),
        "transport": TRANSPORT,
        "truck": TRUCK,
        "people": Items(PERSON),
        "documents": Items(DOCUMENT),
        "references": Items(REFERENCE),
        "originatingParties": Items(PARTY),
        "forwardingParties": Items(PARTY),
        "destinationParties": Items(PARTY),
        "reefer": REEFER,
        "cargo": CARGO,
        "reason": _TEXT,
        "extensions": Texts(),
    }
)

RETRACTION = Record(
    {"eventId": _NEEDED, "eventUpdatedTime": _TIME, "eventKey": _TEXT, "originatingParties": Items(PARTY)}
)

MAX_EVENT_ID = 500
"""Characters (schemas/shipment-event; DCSA 3.0 eventID)."""
