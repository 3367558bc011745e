"""Warning ahead of the thresholds of the law: at 80 and 95 percent and when one is passed, once each."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from tidegate.hub.thresholds import ThresholdWatch
from tidegate.law import Bucket, newest_law
from tidegate.rules.levels import Cap, Window
from tidegate.telemetry import Metrics

LAW = newest_law()


def told(watch: ThresholdWatch, count: int, bucket: Bucket = Bucket.PI, year: int = 2026) -> list[tuple[int, str]]:
    """Thresholds and shares that are warned of."""
    with capture_logs() as logs:
        watch.tell("forwarder", year, {Window((bucket,)): count}, LAW)
    return [(one["total"], one["usage"]) for one in logs if one["log_level"] == "warning"]


@pytest.mark.parametrize(
    ("bucket", "count", "expected"),
    [
        (Bucket.PI, 79_999, []),
        (Bucket.PI, 80_000, [(100_000, "80 %")]),
        (Bucket.PI, 94_999, [(100_000, "80 %")]),
        (Bucket.PI, 95_000, [(100_000, "95 %")]),
        (Bucket.PI, 99_999, [(100_000, "95 %")]),
        (Bucket.PI, 100_000, [(100_000, "100 %")]),
        (Bucket.PI, 800_000, [(100_000, "100 %"), (1_000_000, "80 %")]),
        (Bucket.SPI, 7_999, []),
        (Bucket.SPI, 9_500, [(10_000, "95 %")]),
        (Bucket.EXEMPT, 5_000_000, []),
        (Bucket.GBA, 5_000_000, []),
    ],
)
def test_each_threshold_at_its_shares(bucket: Bucket, count: int, expected: list[tuple[int, str]]) -> None:
    assert told(ThresholdWatch(Metrics()), count, bucket) == expected


def test_each_is_said_once_and_anew_in_another_year() -> None:
    watch = ThresholdWatch(Metrics())

    assert [told(watch, count) for count in (80_000, 80_001, 95_000, 99_000)] == [
        *([(100_000, "80 %")], [], [(100_000, "95 %")], []),
    ]
    assert told(watch, 80_000, year=2027) == [(100_000, "80 %")]


def test_the_metric_says_the_number_at_any_time() -> None:
    metrics = Metrics()

    told(ThresholdWatch(metrics), 17, Bucket.GBA)

    assert metrics.registry.get_sample_value("tidegate_people", {"exporter": "forwarder", "bucket": "GBA"}) == 17


def told_of_paper(watch: ThresholdWatch, count: int, window: Window, year: int = 2026) -> list[tuple[str, int, str]]:
    """What of a paper for 200 is warned of, and at which share."""
    with capture_logs() as logs:
        watch.tell_papers("forwarder", year, {window: count}, [Cap("paper", 200, window, 0)], LAW)
    return [(one["what"], one["count"], one["usage"]) for one in logs if one["log_level"] == "warning"]


@pytest.mark.parametrize(
    ("window", "unit"), [(Window((Bucket.PI,), 2025), "people"), (Window((Bucket.IMPORTANT,), 2025), "events")]
)
def test_of_a_paper_each_share_is_told_once(window: Window, unit: str) -> None:
    metrics = Metrics()
    watch = ThresholdWatch(metrics)

    found = [told_of_paper(watch, count, window) for count in (159, 160, 189, 190, 199, 200, 200)]

    about = f"{unit} of paper"
    expected = [[], [(about, 160, "80 %")], [], [(about, 190, "95 %")], [], [(about, 200, "100 %")], []]
    assert found == expected
    labels = {"exporter": "forwarder", "paper": "paper", "unit": unit}
    assert metrics.registry.get_sample_value("tidegate_paper_used", labels) == 200
    assert metrics.registry.get_sample_value("tidegate_paper_approved", labels) == 200


def test_a_paper_is_told_of_anew_in_another_year() -> None:
    watch, window = ThresholdWatch(Metrics()), Window((Bucket.PI,), 2025)

    assert told_of_paper(watch, 160, window) == told_of_paper(watch, 160, window, 2027) != []
