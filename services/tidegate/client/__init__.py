"""A party's side of the hub, from the command line: check and publish events, look at topics.

Knows the standards, the topics and the schemas, and asks the gate; no lanes. Callers import the module of what they do:
to check events takes no Kafka client, and loading one takes longer than checking a file.
"""
