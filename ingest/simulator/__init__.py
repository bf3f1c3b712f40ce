"""Devices that do not exist: gateways that publish over real MQTT and trucks that speak real JT/T 808 over TCP.

What they measure and where they drive is the script in ``data.demo``; here it only goes on the wire, as from devices: nothing
of this room touches the database, and every device finds its way back by itself when broker or gateway were away.
"""

from ingest.simulator.role import run

__all__ = ["run"]
