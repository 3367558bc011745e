"""The quarantine: what lies there, what became of it, and orders about it.

Knows the topics ``quarantine``, ``orders`` and ``audit``; runs no lane and decides about no field. Nothing is imported
here: a hub needs the form of orders and what became of earlier ones, and none of the operator's side.
"""
