"""Replay: a window of the past, decided again: under the rules of then, to prove what was sent; under those of now, to
send again what may still be sent; under rules that are not in force yet, to see what they would change.

Runs the gate over the source topics with claim verdicts from the audit; never touches live claims or live topics.
"""

from tidegate.replay.comparing import PartnerReport, Report, Window
from tidegate.replay.running import new_report, replay
from tidegate.replay.trying import Otherwise, Trial, try_text, try_topics

__all__ = [
    "Otherwise",
    "PartnerReport",
    "Report",
    "Trial",
    "Window",
    "new_report",
    "replay",
    "try_text",
    "try_topics",
]
