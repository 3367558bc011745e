"""Replay: a window of the past, decided again: under the rules of then, to prove what was sent; under those of now, to
send again what may still be sent.

Runs the gate over the source topics with claim verdicts from the audit; never touches live claims or live topics.
"""

from tidegate.replay.comparing import PartnerReport, Report, Window
from tidegate.replay.running import new_report, replay

__all__ = ["PartnerReport", "Report", "Window", "new_report", "replay"]
