"""The demo: the whole product on real Kafka and Redis, with made-up companies and real rules. See ``scripts/demo``."""
