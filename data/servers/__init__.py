"""The servers that a single machine brings along: PostgreSQL and an MQTT broker, both from wheels, both child processes."""
