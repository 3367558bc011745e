from __future__ import annotations

import pytest

from tidegate.local.jars import kafka_version, read_java_version, recipe


@pytest.mark.parametrize(
    ("printed", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment', 17),
        ('openjdk version "21" 2023-09-19', 21),
        ('java version "1.8.0_402"', 8),
        ('openjdk version "25-ea" 2025-09-16', 25),
        ("The operation couldn't be completed. Unable to locate a Java Runtime.", None),
        ("", None),
    ],
)
def test_the_major_version_of_a_java(printed: str, major: int | None) -> None:
    assert read_java_version(printed) == major


def test_the_version_of_kafka_stands_in_the_pom_and_nowhere_else() -> None:
    pom = (recipe() / "pom.xml").read_text()

    assert pom.count(kafka_version()) == 1
