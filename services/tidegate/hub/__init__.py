"""The hub: lanes taken over, worked and handed on, many in a process, many processes.

Knows the gate, Kafka and Redis; decides nothing about fields. Nothing is imported here: the child in which a record is
tried needs ``hub.probing`` alone, and would load every client with it.
"""
