"""Kafka: lease, lane reader and writer, lane log, topics, the rules topic.

The only importer of the Kafka clients. Knows no rules, no claims, and nothing of what is inside a value.
"""
