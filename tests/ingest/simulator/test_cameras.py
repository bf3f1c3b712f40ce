"""The simulated media server: live streams of the demo park's cameras that come on by the clock, and pictures."""

from __future__ import annotations

import io
from zoneinfo import ZoneInfo

from PIL import Image

from data.demo.cameras import FILMED, PICTURED, sources
from data.rules import hls
from ingest.simulator.cameras import PIECES, WINDOW, answer, pieces
from ingest.simulator.scenes import FILMED as SCENES
from ingest.simulator.scenes import PIECE_S

ZONE = ZoneInfo("Asia/Shanghai")
NOW = 1_772_337_600.0  # 2026-03-01 12:00 in the park
SYNC = 0x47  # with which every packet of MPEG-TS begins (ISO/IEC 13818-1)


def test_a_stream_comes_on_with_the_clock_and_says_the_time_of_its_pictures() -> None:
    status, kind, body = answer("/live/cam-001/hls.m3u8", NOW, ZONE)
    first, later = hls.read(body.decode()), hls.read(answer("/live/cam-001/hls.m3u8", NOW + 2 * PIECE_S, ZONE)[2].decode())
    assert (status, kind, len(first.segments)) == (200, "application/vnd.apple.mpegurl", WINDOW)
    assert first.segments[2:] == later.segments[:-2]
    assert first.newest_at is not None
    assert NOW - 2 * PIECE_S <= first.newest_at.timestamp() <= NOW
    assert [answer(f"/live/cam-001/{name}", NOW, ZONE)[2][0] for name in first.segments] == [SYNC] * WINDOW


def test_every_scene_has_its_film_whole() -> None:
    assert [len(pieces(scene)) for scene in SCENES] == [PIECES, PIECES]
    assert all(len(piece) % 188 == 0 and piece[0] == SYNC for piece in pieces("tanks") + pieces("gate"))


def test_pictures_are_drawn_and_the_rest_is_not_there() -> None:
    with Image.open(io.BytesIO(answer(f"/live/cam-{PICTURED:03d}/picture.jpg", NOW, ZONE)[2])) as picture:
        assert (picture.format, picture.size) == ("JPEG", (640, 360))
    wrong = [f"/live/cam-{FILMED + 1:03d}/hls.m3u8", f"/live/cam-{PICTURED + 1:03d}/picture.jpg", "/", "/live/cam-001/x.ts", "/live/../../etc/passwd", "/live/cam-001"]
    assert [answer(path, NOW, ZONE)[0] for path in wrong] == [404] * len(wrong)


def test_a_demo_camera_has_what_the_simulator_gives() -> None:
    assert sources("CAM-001", 8052) == {"source": "rtsp", "stream": "live/cam-001", "snapshot_url": "http://127.0.0.1:8052/live/cam-001/picture.jpg"}
    assert sources("CAM-030", 8052)["stream"] is None
    assert sources("CAM-046", 8052) == {"source": "hls", "stream": None, "snapshot_url": None}
