"""A broker of one's own over mqtts://, whose certificate an authority of one's own has signed."""

from __future__ import annotations

import gc
import json
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.servers import broker as room
from data.servers import process
from data.settings import Settings
from ingest.mqtt.consumer import client_for, connect
from tests.platform import free_ports, wait_for


@pytest.fixture(scope="module")
def secured(folder: Path, environment: None) -> Iterator[tuple[str, Path]]:
    """(address, certificate) of a broker that speaks TLS only."""
    place = folder / "tls"
    place.mkdir()
    key, certificate = place / "key.pem", place / "certificate.pem"
    wanted = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2", "-nodes"]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-keyout", key, "-out", certificate, *wanted], check=True, capture_output=True)
    settings = Settings(data_dir=place, mqtt_port=free_ports(1)[0], host="127.0.0.1")
    path = room.write_config(settings, [])
    content = json.loads(path.read_text())
    content["mqtt"]["tls"] = {"cert_file": str(certificate), "key_file": str(key)}
    path.write_text(json.dumps(content))
    server = room.start(settings, place / "broker.log")
    try:
        room.wait(settings, server)
        yield settings.effective_mqtt_url.replace("mqtt://", "mqtts://"), certificate
    finally:
        process.stop(server, room.STOP_SIGNAL, 5)


def test_the_authority_in_the_settings_is_believed(secured: tuple[str, Path]) -> None:
    url, certificate = secured
    client = client_for(url, "tls", clean_session=True, ca_file=certificate)
    connect(client, url)
    wait_for(client.is_connected, 10, "connected over TLS")
    client.disconnect()
    client.loop_stop()


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_without_it_the_broker_is_not_believed(secured: tuple[str, Path]) -> None:
    url, _ = secured
    client = client_for(url, "tls-stranger", clean_session=True)
    with pytest.raises(ssl.SSLCertVerificationError, match="self-signed"):
        client.connect("127.0.0.1", int(url.rpartition(":")[2]))
    gc.collect()  # paho leaves the socket of a refused handshake open
