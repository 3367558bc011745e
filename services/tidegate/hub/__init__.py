"""The hub: lanes taken over, worked and handed on, many in a process, many processes.

Knows the gate, Kafka and Redis; decides nothing about fields.
"""

from tidegate.hub.process import Hub

__all__ = ["Hub"]
