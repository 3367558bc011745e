"""Kafka's jars, and the programs that fetch and run them."""

from __future__ import annotations

import functools
import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tidegate.errors import Unavailable
from tidegate.local.lock import locked

_OLDEST_JAVA = 17
_FETCH_TIMEOUT_S = 900.0
_JAVA_HOMES = Path("/usr/lib/jvm")
_MARKER = ".complete"
_SAID_LINES = 3


@dataclass(frozen=True, slots=True)
class Java:
    """An installed Java."""

    program: Path
    major: int


@functools.cache
def recipe() -> Path:
    """The folder with pom, broker defaults and log settings: ``deploy/local`` of a checkout, else inside the wheel."""
    package = Path(__file__).resolve().parents[1]
    places = (package / "_local", package.parents[1] / "deploy" / "local")
    for place in places:
        if (place / "pom.xml").is_file():
            return place
    raise Unavailable(
        f"deploy/local is missing from this installation of Tidegate (looked in {places[0]}, {places[1]})"
    )


def kafka_version() -> str:
    """Which Kafka the pom pins."""
    found = re.search(r"<kafka\.version>([\w.-]+)</kafka\.version>", (recipe() / "pom.xml").read_text())
    if found is None:
        raise Unavailable(f"{recipe() / 'pom.xml'} does not name a kafka.version")
    return found[1]


def ensure_jars(folder: Path, say: Callable[[str], None] = lambda _: None) -> Path:
    """The folder with Kafka's jars, ``<folder>/<version>``; fetched with Maven when it is not there complete.

    Two who want them at once: one fetches, the other waits. ``Unavailable`` when Maven or Java is missing, or Maven
    fails.
    """
    version = kafka_version()
    target = folder.resolve() / version
    # What was fetched by another pom (another binding, say) is fetched anew.
    digest = hashlib.sha256((recipe() / "pom.xml").read_bytes()).hexdigest()
    if _is_complete(target, digest):
        return target
    maven, _ = find_maven(), find_java()
    with locked(folder / f"{version}.lock", _FETCH_TIMEOUT_S):
        if not _is_complete(target, digest):
            say(f"Kafka {version}: fetching its jars with Maven (43 MB)")
            shutil.rmtree(target, ignore_errors=True)
            _fetch(maven, target)
            (target / _MARKER).write_text(digest)
    return target


def find_maven() -> Path:
    """``Unavailable`` when there is none."""
    found = shutil.which("mvn")
    if found is None:
        raise Unavailable("Maven is missing, which fetches Kafka's jars (on Debian or Ubuntu: apt-get install maven)")
    return Path(found)


@functools.cache
def find_java() -> Java:
    """A Java that can run Kafka: the one on the path, else the newest under /usr/lib/jvm."""
    too_old = ""
    for program in _javas():
        java = _version_of(program)
        if java and java.major >= _OLDEST_JAVA:
            return java
        too_old = f"; {program} is {java.major if java else 'broken'}"
    raise Unavailable(
        f"Java {_OLDEST_JAVA} or newer is missing, which runs Kafka "
        f"(on Debian 12, Ubuntu 24.04 or newer: apt-get install default-jre-headless){too_old}"
    )


def _javas() -> Iterator[Path]:
    found = shutil.which("java")
    if found:
        yield Path(found)
    yield from sorted(_JAVA_HOMES.glob("*/bin/java"), reverse=True)


def _version_of(program: Path) -> Java | None:
    try:
        answer = subprocess.run([program, "-version"], capture_output=True, text=True, check=False, timeout=30)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    major = read_java_version(answer.stderr)
    return Java(program, major) if major else None


def read_java_version(text: str) -> int | None:
    """The major version in what ``java -version`` prints: 17 of ``"17.0.15"``, 8 of ``"1.8.0_402"``."""
    found = re.search(r'version "(?:1\.)?(\d+)', text)
    return int(found[1]) if found else None


def _is_complete(target: Path, digest: str) -> bool:
    marker = target / _MARKER
    return marker.is_file() and marker.read_text() == digest


def _fetch(maven: Path, target: Path) -> None:
    # By its full name: when Maven cannot fetch a plugin that is called by its short one, it does not say why.
    goal = "org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies"
    pom = recipe() / "pom.xml"
    command = [str(maven), "-q", "-B", "-Dstyle.color=never", "-f", str(pom), goal, f"-DoutputDirectory={target}"]
    try:
        answer = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=False, timeout=_FETCH_TIMEOUT_S, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"Maven did not bring Kafka's jars within {_FETCH_TIMEOUT_S:.0f} s") from error
    if answer.returncode:
        # The first lines name the trouble, the others how to ask for more of them.
        said = [line for line in (answer.stdout + answer.stderr).splitlines() if line.strip()][:_SAID_LINES]
        raise Unavailable("\n".join(["Maven could not bring Kafka's jars; it says:", *said]))
