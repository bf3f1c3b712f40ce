"""The main job of the platform, from a device's bytes to what programs read; and that rubbish does not stop it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from ingest.jt808.device import Report
from tests.gateways import Gateway, Truck, query
from tests.platform import Platform, wait_for

TANK_POINT = "V-102.LT"


@pytest.fixture(scope="module")
def token(platform: Platform) -> str:
    return platform.token()


def items(platform: Platform, token: str, path: str) -> list[dict[str, Any]]:
    status, body = platform.get(f"/api/v1/{path}", token)
    assert status == 200, body
    return list(body["items"])


def alarms_of(platform: Platform, token: str, code: str) -> list[dict[str, Any]]:
    return [alarm for alarm in items(platform, token, "alarms?state=open") if code in str(alarm["source"])]


def terminal_of(platform: Platform) -> tuple[str, str]:
    """(phone, plate) of a truck that is approved."""
    found = query(
        platform,
        """SELECT t.phone, v.plate FROM terminal t JOIN vehicle v ON v.id = t.vehicle_id
        WHERE t.state = 'approved' ORDER BY v.plate LIMIT 1""",
    )
    return found[0]


def place_of(platform: Platform, token: str, plate: str) -> tuple[float, float, float, int]:
    """(lon, lat, km/h, heading) of a truck."""
    found = items(platform, token, f"vehicles?plate={quote(plate)}")[0]
    return found["lon"], found["lat"], found["speed_kmh"], found["heading_deg"]


def refusals(platform: Platform) -> dict[str, int]:
    """How many were refused, by reason."""
    return dict(query(platform, "SELECT reason, sum(count)::int FROM dead_letter GROUP BY reason"))


def test_a_published_value_is_read_and_raises_and_clears_its_alarm(platform: Platform, token: str) -> None:
    limit = float(query(platform, "SELECT high_high FROM point WHERE code = %s", (TANK_POINT,))[0][0])
    with Gateway(platform, TANK_POINT) as gateway:
        gateway.say(limit + 0.01, time.time() * 1000)
        # The point has a minimum duration; the value holds meanwhile.
        (alarm,) = wait_for(lambda: alarms_of(platform, token, TANK_POINT), 15, "the alarm")
        assert (alarm["kind"], alarm["level"], alarm["state"]) == ("high_high", 1, "unacknowledged")
        found = items(platform, token, f"points?code={TANK_POINT}")
        assert (found[0]["value"], found[0]["state"]) == (limit + 0.01, "high_high")
        gateway.say(limit / 2, time.time() * 1000)
        wait_for(lambda: alarms_of(platform, token, TANK_POINT)[0]["state"] == "recovered", 5, "the way back")


def test_a_raw_frame_moves_the_truck(platform: Platform, token: str) -> None:
    phone, plate = terminal_of(platform)
    with Truck(platform, phone) as truck:
        truck.send(
            truck.device.locate(Report(lon=120.4311, lat=41.4222, at=time.time(), speed_kmh=36.5, heading_deg=90))
        )
        assert truck.answer().startswith(b"\x7e\x80\x01")
    wanted = (120.4311, 41.4222, 36.5, 90)
    wait_for(lambda: place_of(platform, token, plate) == wanted, 5, f"the truck's place {wanted}")


def test_an_sos_is_an_urgent_alarm(platform: Platform, token: str) -> None:
    phone, plate = terminal_of(platform)
    with Truck(platform, phone) as truck:
        truck.send(truck.device.locate(Report(lon=120.4311, lat=41.4222, at=time.time() + 1, alarm_bits=1)))
        truck.answer()
        (alarm,) = wait_for(lambda: alarms_of(platform, token, plate), 5, "the SOS")
    assert (alarm["kind"], alarm["level"], alarm["state"]) == ("sos", 1, "unacknowledged")


def test_rubbish_is_counted_with_its_reason_and_stops_nothing(platform: Platform, token: str) -> None:
    ingest = platform.role("ingest")
    before = refusals(platform)
    high = float(query(platform, "SELECT range_high FROM point WHERE code = %s", (TANK_POINT,))[0][0])
    with Gateway(platform, TANK_POINT) as gateway:
        gateway.say_raw(b'{"ts": 1, "points": [')
        gateway.say_raw(b'{"points": "none"}')
        gateway.say(1.0, time.time() * 1000, code="NOBODY.LT")
        gateway.say(high * 10, time.time() * 1000)
        gateway.say(1.0, 4_070_908_800_000)
        wait_for(lambda: len(gateway.taken) == 5, 10, "the broker's answers")
    with Truck(platform, "19912345678") as stranger:
        stranger.send(stranger.device.locate(Report(lon=120.43, lat=41.42, at=time.time())))
        stranger.answer()
    phone, _ = terminal_of(platform)
    with Truck(platform, phone) as truck:
        frame = truck.device.locate(Report(lon=120.43, lat=41.42, at=time.time() + 2))
        truck.send(b"\x7e" + b"garbage" * 9 + b"\x7e" + frame[:20] + b"\x7e" + frame)
        assert b"\x80\x01" in truck.answer()
    expected = {"bad_json", "bad_shape", "unknown_point", "out_of_range", "clock_ahead", "unregistered"}

    def counted() -> bool:
        now = refusals(platform)
        return all(now.get(reason, 0) > before.get(reason, 0) for reason in expected) and len(now) > len(expected)

    wait_for(counted, 10, f"the refusals, of which there are {refusals(platform)}")
    assert platform.role("ingest") == ingest
    assert platform.healthy()


def test_ten_megabytes_without_a_delimiter_cost_no_memory(platform: Platform) -> None:
    ingest = platform.role("ingest")
    before = resident_mb(ingest)
    with Truck(platform, "19900000001") as stranger:
        stranger.socket.settimeout(10)
        try:
            for _ in range(160):
                stranger.send(b"\x55" * 65_536)
        except OSError:
            pass  # the platform may hang up on such a sender
    wait_for(lambda: refusals(platform).get("frame_too_long", 0) > 0, 10, "the refusal")
    assert platform.role("ingest") == ingest
    assert resident_mb(ingest) - before < 20


def test_everything_is_still_there_after_a_restart(platform: Platform, token: str) -> None:
    _, plate = terminal_of(platform)
    with Gateway(platform, TANK_POINT) as gateway:
        gateway.say(7.25, time.time() * 1000)
        wait_for(lambda: items(platform, token, f"points?code={TANK_POINT}")[0]["value"] == 7.25, 5, "the value")
    place = place_of(platform, token, plate)
    open_before = {alarm["id"] for alarm in items(platform, token, "alarms?state=open")}
    stopped = platform.stop()
    started = platform.start()
    assert items(platform, token, f"points?code={TANK_POINT}")[0]["value"] == 7.25
    assert place_of(platform, token, plate)[:2] == place[:2]
    assert open_before <= {alarm["id"] for alarm in items(platform, token, "alarms?state=open")}
    assert stopped < 10
    assert started < 60  # a bound for broken, not a figure of speed: that is in the benchmark


def resident_mb(process: int) -> float:
    """Megabytes of memory that the process holds."""
    status = Path(f"/proc/{process}/status").read_text()
    return float(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024
