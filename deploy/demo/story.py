"""The story of the demo, chapter by chapter. Everything is done by the real commands and read from the real topics."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from confluent_kafka import Producer

from . import crash, say, show, steady, troubles
from .journeys import CARRIER, FORWARDER, PARTNERS, TERMINAL, Journey, Told
from .stage import CONFIG, FOLDER, LANES, RULES, Stage, Trouble
from .topics import Topics
from .totals import Expected, checks

NONE: list[dict[str, Any]] = []


class Story:
    """Tells it once, from an empty folder to a proof."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._expected = Expected()
        self._journeys = [Journey(FORWARDER, 1), Journey(FORWARDER, 2), Journey(CARRIER, 3)]
        self._expected.journeys += self._journeys
        self._hero = self._journeys[0]
        self._gate = troubles.gate_in(self._hero)
        self._told = {journey.box: list(journey.told()) for journey in self._journeys}
        # The truck at the gate of Yantian is told in canonical JSON, with more in it than DCSA has room for.
        self._told[self._hero.box][1] = self._gate
        self._landed = troubles.discharge(self._hero)

    def begin(self) -> None:
        """From nothing to a running hub."""
        say.chapter("A hub from nothing")
        say.text(
            "Two publishers in the Mainland, four partners elsewhere, and rules that say who may see what. The "
            "companies are invented, everything else is real. To repeat a command of the demo while it runs:"
        )
        say.command(f'export PATH="$PWD/.venv/bin:$PATH" TIDEGATE_CONFIG={CONFIG}')
        show.parties()
        rules = str(RULES)
        self._stage.up()
        self._stage.tidegate("keyring", "new", f"{FOLDER}/keyring.toml")
        self._stage.tidegate("rules", "check", rules)
        self._stage.tidegate("topics", "apply", rules, "--lanes", str(LANES), shown=4)
        self._stage.start_hub()
        self._stage.start_hub()
        self._stage.tidegate("rules", "activate", rules, "--reason", "first rules", "--yes", notes=False)
        self._stage.await_lanes()

    def tell(self, topics: Topics) -> None:
        """All chapters that need the topics."""
        self._travel(topics)
        self._compare(topics)
        self._trouble(topics)
        self._correct(topics)
        say.chapter("A hub is killed")
        crash.crash(self._stage, topics, self._expected)

    def go_on(self, topics: Topics, stop: threading.Event) -> None:
        say.chapter("And so it goes on")
        say.text("A new hub joins, and the lanes are shared again.")
        self._stage.start_hub()
        self._stage.await_lanes()
        say.text("From here on a few boxes are always under way. End it with Ctrl-C: sums, replay, shutdown.")
        steady.run(self._stage, topics, self._expected, stop)

    def end(self, topics: Topics, begun: float) -> None:
        """The sums, the checks and the proof. Raises ``Trouble`` when something is not as it has to be."""
        say.chapter("The sums")
        topics.settle(self._expected.published)
        show.sums(self._expected, topics)
        found = checks(self._expected, topics, [hub.log for hub in self._stage.hubs])
        failed = [check.said for check in found if not check.holds]
        for said in failed:
            say.bad(said)
        if failed:
            raise Trouble(f"{len(failed)} of {len(found)} checks failed")
        say.good(f"all {len(found)} checks hold: every total, nothing twice, every notice, no withheld text anywhere")
        say.chapter("The proof")
        say.text(
            "Replay decides everything once more, under the rules of then, from the publishers' topics, and compares "
            "every delivery with the audit, byte for byte."
        )
        since = f"-{int(time.time() - begun) + 60}s"
        done = self._stage.tidegate("replay", "demo", "--from", since, "--rules", "then", shown=12)
        count = sum(self._expected.deliveries.values())
        if f"reproduced {count:,} of {count:,} deliveries" not in done.stdout:
            raise Trouble(f"the replay did not reproduce all {count:,} deliveries")

    def _publish(self, publisher: str, *files: tuple[str, list[Told]], refused: list[dict[str, Any]] = NONE) -> None:
        """Publishes files by the command. ``refused`` are bodies in the last one that it must not send."""
        paths = [crash.write(name, events) for name, events in files]
        events = [event for _, some in files for event in some]
        if refused:
            bodies = [*(event.body for event in files[-1][1]), *refused]
            paths[-1].write_text(json.dumps(bodies, ensure_ascii=False, indent=1))
        codes = (1,) if refused else (0,)
        done = self._stage.tidegate("publish", "--publisher", publisher, *map(str, paths), codes=codes, shown=3)
        if f"{len(events)} sent, {len(refused)} refused" not in done.stdout:
            raise Trouble(f"the events were not published as they should have been: {done.stdout}{done.stderr}")
        self._expected.add(events)

    def _travel(self, topics: Topics) -> None:
        say.chapter("Boxes on their way")
        say.text(
            "The forwarder tells of two boxes, the carrier of one: from Yantian by feeder to Hong Kong, on to "
            "Singapore, there over to another ship, and to Rotterdam. In DCSA Track & Trace 2.2; gates and customs in "
            "canonical JSON, with people and goods."
        )
        mine, other, carriers = (list(self._told[journey.box]) for journey in self._journeys)
        self._publish(FORWARDER, ("1-forwarder", mine + other), ("2-customs", [self._landed]))
        self._publish(CARRIER, ("3-carrier", carriers))
        topics.settle(self._expected.published)
        show.journey(self._hero, self._told[self._hero.box], topics)
        say.text(
            "The carrier's booking confirmation and bill of lading reach nobody, since no grant names them: "
            f"{topics.audited.outcome('withheld')} events withheld."
        )

    def _compare(self, topics: Topics) -> None:
        say.chapter("One event, five views")
        explained = self._explain("4-two-events", [self._gate, self._landed])
        say.text("The truck at the gate of Yantian, as each partner's topic holds it, and why the rest was kept back:")
        show.sides(self._gate, {partner: said[0] for partner, said in explained.items()}, topics)
        say.text("The same box in Rotterdam, inspected by customs:")
        show.sides(self._landed, {partner: said[1] for partner, said in explained.items()}, topics)

    def _explain(self, name: str, events: list[Told]) -> dict[str, list[dict[str, Any]]]:
        """What ``tidegate explain`` says for every partner, event by event."""
        file = crash.write(name, events)
        asked = ["explain", "--rules", str(RULES), "--publisher", FORWARDER, "--json", str(file), "--partner"]
        say.command(f"tidegate {' '.join(asked)} {PARTNERS[0]}    # and the others")

        def ask(partner: str) -> list[dict[str, Any]]:
            done = self._stage.tidegate(*asked, partner, shown=None, said=False)
            return [json.loads(line) for line in done.stdout.splitlines()]

        with ThreadPoolExecutor(len(PARTNERS)) as pool:
            return dict(zip(PARTNERS, pool.map(ask, PARTNERS), strict=True))

    def _trouble(self, topics: Topics) -> None:
        say.chapter("What goes wrong")
        plain = self._told[self._hero.box]
        repeated = troubles.again(plain[2:5])
        wrong = [*troubles.implausible(Journey(FORWARDER, 4)), troubles.conflict(plain[2])]
        say.text(
            "The forwarder's client repeats three messages, and uses the id of one for another box. A year is "
            "mistyped, a box not named, an id left out."
        )
        nameless = troubles.without_id(Journey(FORWARDER, 5))
        self._publish(FORWARDER, ("5-again", repeated), ("6-wrong", wrong), refused=[nameless])
        say.text(
            "The carrier names a ship's MMSI: whoever has it can follow the ship, and tracks may be important data. "
            "And somebody's own client writes rubbish."
        )
        self._publish(CARRIER, ("7-track", [troubles.suspect(self._journeys[2])]))
        self._send_raw(troubles.corrupt(plain[2]))
        topics.settle(self._expected.published)
        say.text(f"What {FORWARDER} is told of it (topic feedback.{FORWARDER}; never which partner got what):")
        show.feedback(FORWARDER, [event.event_id for event in [*repeated, *wrong]], topics)
        say.text("What lies in quarantine, for the operator:")
        show.quarantine(topics)

    def _send_raw(self, records: list[troubles.Raw]) -> None:
        """As a client of somebody else's, past ``tidegate publish``."""
        producer = Producer({"bootstrap.servers": self._stage.settings.kafka.bootstrap, "log_level": 0})
        for record in records:
            producer.produce(f"in.{record.publisher}", record.value, b"somebody")
        if producer.flush(20):
            raise Trouble("the broker did not take the raw records", 3)
        self._expected.add_raw(records)

    def _correct(self, topics: Topics) -> None:
        say.chapter("Second thoughts")
        say.text(
            "The scale at the gate was wrong: the same event comes again, updated, and goes out as a later version. "
            "The estimate for Rotterdam is taken back: every partner that a grant of the forwarder reaches is told."
        )
        later = troubles.correction(self._gate, self._hero)
        estimate = self._told[self._hero.box][13]
        taken_back = troubles.retraction(estimate, self._hero)
        self._publish(FORWARDER, ("8-correction", [later]), ("9-retraction", [taken_back]))
        topics.settle(self._expected.published)
        say.text(f"All versions of the gate-in at {TERMINAL}: one reference, an id for each.")
        show.versions(later, TERMINAL, topics)
        say.text("The retraction at every partner:")
        show.notices(estimate, topics)
