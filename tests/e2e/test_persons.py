"""``tidegate status --person``: what a person who asks is answered, over versions, keys, lanes and lost records."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from tests.builders import (
    COMMON,
    NOW_US,
    RETRACTION,
    a_grant,
    a_hub,
    a_paper,
    a_partner,
    a_publisher,
    a_record,
    a_retraction,
    an_event,
    documents,
)
from tests.e2e.conftest import NewSite
from tests.e2e.site import TIDEGATE, Said, Site, eventually
from tests.e2e.two_keys import under_two_keys

OURS, THEIRS = "forwarder", "carrier"
BOX, OTHER_BOX = "MSKU1234565", "MSKU7654321"
ID, LICENCE, PHONE, NAME, PLATE = "440301199001011234", "HK-70001", "+852 9123 4567", "Chan Tai Man", "粤B12345"
VALUES = (ID, LICENCE, PHONE, NAME, PLATE, "9123", "Lee Siu Ming", BOX, "e-1")
CHAN = {"role": "DRIVER", "idNumber": ID, "licenceNumber": LICENCE, "name": NAME}
LEE = {"role": "CONTACT", "name": "Lee Siu Ming", "licenceNumber": "HK-70002"}
NOBODY = {"role": "DRIVER", "idNumber": "N/A", "phone": "unknown"}
TO_TERMINAL = a_grant(*COMMON, "people[].name", "people[].licenceNumber", publishers=[OURS, THEIRS])
TO_BANK = a_grant("eventId", "people[].licenceNumber", "truck.tractorPlate", id="gate", publishers=[OURS],
                  partners=["bank"], transforms={"people[].licenceNumber": "pseudonym"})  # fmt: skip
PAPERS = [a_paper("ART5_SMALL", id=f"paper-{name}", number="", exporter=name, recipients=["terminal", "bank"])
          for name in (OURS, THEIRS)]  # fmt: skip

UNDER_K1 = (
    a_record(an_event(people=[LEE, CHAN], truck={"tractorPlate": PLATE})),
    a_record(an_event(people=[LEE, CHAN], truck={"tractorPlate": PLATE})),
    a_record(an_event(people=[LEE], eventUpdatedTime=NOW_US)),
    a_record(
        an_event(eventId="e-2", people=[{**CHAN, "idNumber": None, "name": None}], equipment={"reference": OTHER_BOX})
    ),
    a_record(an_event(eventId="e-3", people=[CHAN], eventTime=-1)),
    a_record(an_event(eventId="e-4", people=[NOBODY])),
    a_record(value=b"\0\0\0\0\1x", key=BOX.encode()),
    a_record(a_retraction(eventUpdatedTime=NOW_US + 1, eventKey=BOX), schema=RETRACTION, key=BOX.encode()),
)
UNDER_K2 = (a_record(an_event(eventId="e-5", people=[{"role": "DRIVER", "phone": PHONE, "idNumber": ID}])),)


def rules(site: Site, key: str) -> str:
    texts = documents(
        hub=a_hub(digest_key=key),
        parties=(a_publisher(OURS, publisher={"collected_in": "CN", "own_data": "yes", "severities": {"V7": "ERROR"}}),
                 a_publisher(THEIRS), a_partner(), a_partner("bank")),
        grants=(TO_TERMINAL, TO_BANK),
        papers=PAPERS,
    )  # fmt: skip
    return str(site.write_rules(texts, f"rules-{key}"))


@pytest.fixture(scope="module")
def site(new_site: NewSite) -> Site:
    return under_two_keys(
        new_site("persons"), rules, {OURS: UNDER_K1, THEIRS: (a_record(an_event(people=[CHAN])),)}, {OURS: UNDER_K2}
    )


def ask(site: Site, code: int = 0, publisher: str = OURS, *more: str, **person: str) -> Said:
    file = site.write(f"person-{len(list(site.folder.glob('person-*')))}.json", person)
    return site.tidegate("status", "--person", file, "--publisher", publisher, *more, code=code)


def answer(site: Site, publisher: str = OURS, *more: str, **person: str) -> dict[str, Any]:
    found: dict[str, Any] = ask(site, 0, publisher, "--json", *more, **person).json
    return found


def told(found: dict[str, Any]) -> list[tuple[str, list[str] | None, bool]]:
    """Of every record: what became of it, where it names the person, and whether it takes the event back."""
    return [
        (one["outcome"], one["namedIn"], one["retraction"]) for event in found["events"] for one in event["records"]
    ]


def given(record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["partner"]: one for one in record["partners"]}


def test_every_version_is_told_with_whether_it_names_the_person(site: Site) -> None:
    found = answer(site, idNumber=ID)

    assert [len(event["records"]) for event in found["events"]] == [4, 1, 1]
    assert told(found) == [
        ("released", ["people"], False),
        ("duplicate", ["people"], False),
        ("released", [], False),
        ("released", [], True),
        ("rejected", ["people"], False),
        ("released", ["people"], False),
    ]
    assert found["asked"] == ["idNumber"]
    assert found["alsoNamedBy"] == [
        "licenceNumber",
        "phone",
    ]
    assert (found["records"], found["unread"], found["undecided"]) == (len(UNDER_K1) + len(UNDER_K2), 1, 0)
    assert found["gone"] == {"count": 0, "first": None, "last": None}


def test_which_partner_was_sent_which_of_the_persons_fields(site: Site) -> None:
    first, duplicate, later, retraction = answer(site, idNumber=ID)["events"][0]["records"]

    terminal, bank = given(first)["terminal"], given(first)["bank"]
    assert sorted(terminal["fields"]) == ["people[].licenceNumber", "people[].name"]
    assert (terminal["changed"], terminal["grants"]) == ([], ["moves"])
    assert set(terminal["beside"]) == {*COMMON}
    assert (bank["fields"], bank["changed"]) == (["people[].licenceNumber"], ["people[].licenceNumber"])
    assert set(bank["beside"]) == {"eventId", "truck.tractorPlate"}
    assert duplicate["partners"] == []
    assert [set(one) & {"fields"} for one in later["partners"]] == [set(), set()]
    assert {one["partner"]: one["notice"] for one in retraction["partners"]} == {"terminal": True, "bank": True}
    assert any(NAME.encode() in one.everything for one in site.read("out.terminal")), "so it was"


def test_the_first_key_that_file_and_event_both_have_decides(site: Site) -> None:
    by_licence = answer(site, licenceNumber=LICENCE)
    by_all = answer(site, idNumber=ID, licenceNumber=LICENCE, phone=PHONE)
    somebody_else = answer(site, idNumber="440301199001019999", licenceNumber=LICENCE)

    assert [named for _, named, _ in told(by_licence) if named] == [["people"]] * 4
    assert len(by_all["events"]) == 4
    assert by_all["alsoNamedBy"] == []
    assert [named for _, named, _ in told(somebody_else) if named] == [["people"]], "the event without a number"


def test_a_person_is_told_by_the_plate_of_a_truck(site: Site) -> None:
    found = answer(site, tractorPlate="粤B-12345")

    (event,) = found["events"]
    first = given(event["records"][0])
    assert (first["bank"]["fields"], first["terminal"]["fields"]) == (["truck.tractorPlate"], [])
    assert {one["by"][0] for one in found["counted"]} == {"tractorPlate"}


def test_in_which_years_and_buckets_the_person_is_counted_under_old_and_new_keys(site: Site) -> None:
    year = (datetime.now(UTC) + timedelta(hours=8)).year

    by_number, by_phone = answer(site, idNumber=ID), ask(site, 1, phone="+852 9999 1111")

    assert by_number["counted"] == [{"year": year, "bucket": "PI", "by": ["idNumber"]}]
    assert answer(site, licenceNumber=LICENCE)["counted"] == [
        {"year": year, "bucket": "PI", "by": ["idNumber", "licenceNumber"]}
    ], "as the events that it found name the person by their number"
    assert "nothing of forwarder is about a person of this phone" in by_phone.out
    digests = {record.key for record in site.read("subjects") if (record.key or b"").startswith(b"forwarder/")}
    assert len(digests) == 6, "Chan under two keys and by licence alone, Lee, the plate, and one whom nothing tells"


def test_nothing_of_another_publisher_is_told(site: Site) -> None:
    ours, theirs = answer(site, idNumber=ID), answer(site, THEIRS, idNumber=ID)

    sources = {one["source"]["topic"] for event in theirs["events"] for one in event["records"]}
    assert sources == {f"{site.prefix}in.{THEIRS}"}
    assert len(theirs["events"]) == 1
    assert not {event["eventRef"] for event in ours["events"]} & {event["eventRef"] for event in theirs["events"]}


def test_no_value_is_in_any_answer_and_a_clerk_can_read_it(site: Site) -> None:
    for more in ((), ("--json",)):
        said = ask(site, 0, OURS, *more, idNumber=ID, licenceNumber=LICENCE, tractorPlate=PLATE)
        assert not [value for value in VALUES if value in said.out + said.err]
    text = ask(site, idNumber=ID).out
    assert "names the person in people" in text
    assert re.search(r"sent to bank by gate( under \S+)?: people\[\]\.licenceNumber \(changed\)$", text, re.MULTILINE)
    assert "this version does not name the person" in text
    assert "sent to terminal: a notice" in text
    assert "PI by idNumber" in text
    assert "1 of them cannot be read" in text
    assert f"{len(UNDER_K1) + len(UNDER_K2)} records were looked at: all of in.forwarder" in text


def test_it_is_read_from_stdin_as_toml(site: Site) -> None:
    done = subprocess.run(
        [TIDEGATE, "status", "--person", "-", "--publisher", OURS, "--json"],
        cwd=site.folder,
        env=site.environment(),
        input=f'idNumber = "{ID}"\n',
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(done.stdout) == answer(site, idNumber=ID)


def test_a_time_may_be_asked_for(site: Site) -> None:
    last = answer(site, idNumber=ID)["events"][-1]["records"][0]["receivedAt"]

    since, until = answer(site, OURS, "--since", last, idNumber=ID), answer(site, OURS, "--until", last, idNumber=ID)

    assert len(told(since)) == 1
    assert len(told(until)) == len(told(answer(site, idNumber=ID))) - 1
    assert (since["records"], until["records"]) == (1, len(UNDER_K1) + len(UNDER_K2) - 1)


def test_what_cannot_be_asked_is_said_and_never_repeated(site: Site) -> None:
    files = {
        "vain.toml": f'phone = "0"\nidNumber = "{ID}"\n',
        "unknown.toml": f'idNumbr = "{ID}"\n',
        "value.toml": f'"{ID}" = "x"\n',
        "number.toml": f"idNumber = {ID}\n",
        "broken.toml": f"idNumber = {ID}X\n",
        "empty.toml": "",
        "list.json": f'["{ID}"]',
        "large.toml": f'idNumber = "{ID * 5_000}"',
    }
    for name, text in files.items():
        site.write(name, text.encode())
    site.write("person.toml", f'idNumber = "{ID}"\n'.encode())
    keys = (site.folder / "keyring.toml").read_text().splitlines()
    site.write("one-key.toml", "\n".join(["[keys]", *(one for one in keys if one.startswith("k2"))]).encode())

    def status(*arguments: str, **settings: str) -> Said:
        return site.tidegate("status", "--publisher", OURS, *arguments, code=2, **settings)

    said = site.together(*(lambda name=name: status("--person", name) for name in files))
    keyless, both, neither, missing, stranger = site.together(
        lambda: status("--person", "person.toml", KEYRING="one-key.toml"),
        lambda: status("e-1", "--person", "person.toml"),
        status,
        lambda: status("--person", "nowhere.toml"),
        lambda: site.tidegate("status", "--publisher", "forwarders", "--person", "person.toml", code=2),
    )

    wanted = (
        *("phone: such a text tells nobody", "did you mean 'idNumber'?", "by a field '...'", "has to be a text"),
        *("neither TOML nor JSON", "nothing tells the person", "one person, as", "at most 65,536 bytes"),
    )
    for text, one in zip(wanted, said, strict=True):
        assert text in one.err
        assert ID not in one.out + one.err
    assert "k1" in keyless.err
    assert "one of the two" in both.err
    assert "one of the two" in neither.err
    assert "nowhere.toml" in missing.err
    assert "did you mean 'forwarder'?" in stranger.err


def test_what_the_input_topic_has_no_longer_is_said(site: Site) -> None:
    """Last: it takes records away, as the retention of the topic does."""
    before = answer(site, idNumber=ID)
    first = before["events"][0]["records"][0]["source"]
    admin = AdminClient({"bootstrap.servers": site.stack.bootstrap})
    gone = TopicPartition(first["topic"], first["partition"], first["offset"] + 1)
    for future in admin.delete_records([gone]).values():
        future.result(30)

    def without_it() -> dict[str, Any] | None:
        found = answer(site, idNumber=ID)
        return found if found["gone"]["count"] else None

    found = eventually("the record to be gone", without_it)
    lost = found["gone"]
    assert lost["count"] == first["offset"] + 1
    assert lost["first"] <= lost["last"]
    assert found["records"] + lost["count"] == before["records"]
    assert told(found)[0] == ("released", None, False), "its duplicate still tells which event it was"
    assert all("no longer" in one["unknown"] for one in found["events"][0]["records"][0]["partners"])
    assert found["counted"] == before["counted"]
    assert "not all can be told: in.forwarder has" in ask(site, idNumber=ID).out
