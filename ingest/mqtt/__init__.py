"""Telemetry over MQTT 3.1.1: park/<park>/<enterprise>/<gateway>/telemetry."""
