"""``tidegate check`` as a process: no broker, the same verdict as the hub's, exit codes, streams."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tidegate import gate, standards
from tidegate.client.checking import check, default_executor
from tidegate.events.builtin import EVENT_SCHEMA, builtin
from tidegate.events.encoding import encode_framed
from tidegate.gate import Batch, Run, Source

REPO = Path(__file__).parents[2]
GIVEN = os.environ.get("TIDEGATE_TEST_DATA")  # noqa: TID251 - where public data is
MESSAGES = (Path(GIVEN) if GIVEN else REPO / "../shared/data") / "dcsa/messages"
AT = "2026-11-01T00:00:00Z"


def run(*arguments: str, text: bytes = b"") -> tuple[int, list[dict[str, Any]], str]:
    """Exit code, lines of output, what was said on stderr."""
    command = [sys.executable, "-m", "tidegate", "check", "--json", "--at", AT, *arguments]
    done = subprocess.run(command, input=text, capture_output=True, timeout=120, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()


def public(name: str) -> str:
    path = MESSAGES / name
    if not path.exists():
        pytest.skip(f"public data is not there: {path} (set TIDEGATE_TEST_DATA to its folder)")
    return str(path)


def an_event(**said: Any) -> dict[str, Any]:
    times = dict.fromkeys(("eventDateTime", "eventCreatedDateTime"), "2026-03-10T09:41:00+08:00")
    kind = {"eventType": "EQUIPMENT", "eventClassifierCode": "ACT", "equipmentEventTypeCode": "GTIN"}
    return {"eventID": "e-1", **kind, **times, "equipmentReference": "MSKU1234565", **said}


def elements(line: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(one["severity"], one["code"], one["propertyPath"]) for one in line["feedbackElements"]}


@pytest.mark.parametrize(
    "name", ["tnt-220-response.json", "tnt-300-request-equipment.json", "tnt-300-request-transport.json"]
)
def test_every_good_public_sample_is_accepted(name: str) -> None:
    code, lines, _ = run(public(name))

    assert code == 0
    assert lines
    assert all(line["accepted"] for line in lines)


def test_every_wrong_public_sample_is_refused_with_the_path_of_the_faulty_property() -> None:
    code, lines, _ = run(public("tnt-220-response-wrong-date-times.json"))

    assert code == 1
    assert not any(line["accepted"] for line in lines)
    assert all(("ERROR", "V8", f"$[{line['index']}].eventID") in elements(line) for line in lines)
    expected = {
        1: ("WARN", "MAP", "$[1].eventCreatedDateTime"),
        2: ("ERROR", "V8", "$[2].eventDateTime"),
        3: ("ERROR", "MAP", "$[3].eventCreatedDateTime"),
        4: ("ERROR", "MAP", "$[4].eventDateTime"),
        5: ("ERROR", "V7", "$[5].eventCreatedDateTime"),
        6: ("ERROR", "V7", "$[6].eventCreatedDateTime"),
    }
    for index, element in expected.items():
        assert element in elements(lines[index])


@pytest.mark.parametrize(
    ("said", "element"),
    [
        # Faults of carriers' payloads in public code, rebuilt.
        (
            {"eventID": "ACT2026-03-10T04:00:00:00+09:00", "eventDateTime": "2026-03-10T04:00:00Z"},
            ("WARN", "V5", "$.eventDateTime"),
        ),
        (
            {
                "eventClassifierCode": "EST",
                "eventDateTime": "2026-03-10T04:00:00Z",
                "eventCreatedDateTime": "2026-03-10T04:00:00Z",
            },
            ("WARN", "V6", "$.eventCreatedDateTime"),
        ),
        ({"eventType": "GTOT", "equipmentEventTypeCode": "EMPTY"}, ("ERROR", "V8", "$.eventType")),
        ({"eventDateTime": "2027-01-14T09:00:00+08:00"}, ("WARN", "V6", "$.eventDateTime")),
        ({"eventCreatedDateTime": "2020-11-16T09:00:00Z"}, ("WARN", "V6", "$.eventDateTime")),
        ({"eventType": "Shipment"}, ("WARN", "V9", "$.eventType")),
        ({"emptyIndicatorCode": "Laden"}, ("WARN", "V9", "$.emptyIndicatorCode")),
        ({"transportCall": {"modeOfTransport": "Truck"}}, ("WARN", "V9", "$.transportCall.modeOfTransport")),
        ({"eventDateTime": "2026-03-10T09:41:00"}, ("ERROR", "V5", "$.eventDateTime")),
        ({"eventLocation": {"unLocationCode": "CNYTN"}}, ("WARN", "MAP", "$.eventLocation.unLocationCode")),
        ({"transportCall": {"UNLocationCode": "cnytn"}}, ("ERROR", "V3", "$.transportCall.UNLocationCode")),
        ({"equipmentReference": "HMMU5443121"}, ("WARN", "V1", "$.equipmentReference")),
        ({"equipmentReference": None}, ("ERROR", "V8", "$.equipmentReference")),
        (
            {"transportCall": {"vessel": {"vesselIMONumber": "7654321"}}},
            ("WARN", "V2", "$.transportCall.vessel.vesselIMONumber"),
        ),
    ],
)
def test_messy_payloads(said: dict[str, Any], element: tuple[str, str, str]) -> None:
    item = {name: value for name, value in an_event(**said).items() if value is not None}
    chunks = [json.dumps(item).encode()]

    (line,) = check(default_executor(), "sender", "-", chunks, "auto", 1_793_491_200_000)

    assert element in elements(line.to_json())
    assert line.accepted == (element[0] != "ERROR")


def test_what_cannot_be_read_gives_a_line_and_the_rest_goes_on(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps([an_event(), 7]))
    bad.write_bytes(b"\xff\xfe")

    code, lines, said = run(str(bad), str(good), "-", text=json.dumps(an_event()).encode())

    assert code == 1
    assert [(line["source"], line["index"], line["accepted"]) for line in lines] == [
        (str(bad), 0, False),
        (str(good), 0, True),
        (str(good), 1, False),
        ("-", 0, True),
    ]
    assert said.count("not checked: whether a UN/LOCODE exists") == 1
    assert "events/s" in said


def test_a_file_that_is_not_there_ends_with_2(tmp_path: Path) -> None:
    good = tmp_path / "good.json"
    good.write_text(json.dumps(an_event()))

    code, lines, said = run(str(tmp_path / "none.json"), str(good))

    assert code == 2
    assert [line["accepted"] for line in lines] == [True]
    assert "cannot be read" in said


def test_who_reads_only_the_first_lines_is_no_trouble_with_the_file(tmp_path: Path) -> None:
    file = tmp_path / "many.json"
    file.write_text("\n".join(json.dumps(an_event(eventID=f"e-{number}")) for number in range(2_000)))
    command = [sys.executable, "-m", "tidegate", "check", "--json", str(file)]

    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read().decode()
        code = process.wait(120)

    assert code == 0
    assert "cannot be read" not in said
    assert "Traceback" not in said


def test_the_hub_finds_the_same_with_the_same_paths() -> None:
    """A record of our publisher, with its header, against ``check`` of what was published."""
    sent = an_event(
        equipmentReference="HMMU5443121",
        transportCall={"UNLocationCode": "FRPAR", "modeOfTransport": "Truck", "vessel": {"vesselIMONumber": "7654321"}},
        eventDateTime="2027-01-14T09:00:00+08:30",
    )
    executor, now_ms = default_executor(), 1_793_491_200_000
    (line,) = check(executor, "sender", "-", [json.dumps(sent).encode()], "auto", now_ms)
    (mapped,) = standards.read(sent)
    assert mapped.event is not None
    assert mapped.key is not None
    record = Run(
        Source("", "", bytes(8), "sender"),
        [0],
        [now_ms],
        [mapped.key.encode()],
        [encode_framed(builtin(EVENT_SCHEMA), mapped.event)],
        [standards.header(mapped)],
    )

    inspected = gate.inspect(Batch(0, 1, [record]), executor)

    by_hub = {(one.rule, one.path) for one in inspected.findings[0]}
    assert by_hub == {(one.rule, one.path) for one in line.findings if one.rule != "MAP"}
    assert ("V9", "$.transportCall.modeOfTransport") in by_hub
    assert ("V5", "$.eventDateTime") in by_hub
