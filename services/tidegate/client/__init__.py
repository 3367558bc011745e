"""A party's side of the hub, from the command line: publish events, look at topics.

Knows the standards, the topics and the schemas; no rules, no lanes.
"""

from tidegate.client.publishing import Sent, Standard, publish
from tidegate.client.tailing import describer

__all__ = ["Sent", "Standard", "describer", "publish"]
