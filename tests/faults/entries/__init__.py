"""Entry modules of hubs that fault tests start. The product has no hook: what has to go wrong is wrapped here."""

POISON = b"POISON"
"""What is in a record that kills the process that inspects it."""
