"""A party's side of the hub, from the command line: check and publish events, look at topics.

Knows the standards, the topics and the schemas, and asks the gate; no lanes.
"""

from tidegate.client.checking import Checked, check, default_executor
from tidegate.client.publishing import Sent, Standard, publish
from tidegate.client.tailing import describer

__all__ = ["Checked", "Sent", "Standard", "check", "default_executor", "describer", "publish"]
