"""What a committed batch is in metrics."""

from __future__ import annotations

from tidegate.gate import Outcome, Released
from tidegate.telemetry import Metrics


def tell(metrics: Metrics, lane: int, released: Released, seconds: float) -> None:
    """Counts the outcomes, deliveries and faults of a batch, and how long its transaction took."""
    for outcome, count in released.totals().items():
        if count:
            metrics.records.labels(lane, outcome.word).inc(count)
    for output in released.outputs:
        metrics.deliveries.labels(output.partner).inc(len(output.bodies))
    for index, fault in released.faults.items():
        if released.outcomes[index] in (Outcome.REJECTED, Outcome.QUARANTINED):
            metrics.faults.labels(fault.reason.value).inc()
    metrics.transaction.labels(lane).observe(seconds)
