"""Provisioning: rule sets and reference lists from folders, topics, activations, the keyring.

Knows files and the ``rules`` topic; runs no lane. Callers import the module of what they do: to read a folder takes no
Kafka client, and loading one takes longer than reading the folder.
"""
