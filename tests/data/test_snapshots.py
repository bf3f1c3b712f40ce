"""A snapshot out of a stream: ffmpeg takes the newest piece, and is led nowhere by what it is given."""

from __future__ import annotations

import io
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from data.rules import hls
from data.settings import Settings
from data.snapshots import Snapshot, take
from data.video import Source
from tests.platform import ROOT, free_ports
from tests.streams import has_ffmpeg, media_server

FILMS = ROOT / "ingest" / "simulator" / "films"
NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
LIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n"


def of_stream(pieces: list[bytes]) -> Snapshot | str | None:
    if not has_ffmpeg():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("没有 ffmpeg：apt-get install -y --no-install-recommends ffmpeg")
    with media_server(free_ports(1)[0], pieces=pieces, number=0) as media:
        settings, address = Settings(media_hosts=f"127.0.0.1:{media.port}"), f"{media.url}/live/a/hls.m3u8"
        return take(None, (Source("c1", address), address, hls.read(media.playlist().decode())), settings, NOON)


def test_the_newest_piece_gives_a_picture() -> None:
    length = int((FILMS / "gate.txt").read_text().split()[0])
    found = of_stream([Path(FILMS / "gate.ts").read_bytes()[:length]])
    assert isinstance(found, Snapshot), found
    with Image.open(io.BytesIO(found.jpeg)) as picture:
        assert (picture.format, picture.size, found.at) == ("JPEG", (480, 270), NOON)


@pytest.mark.parametrize(("piece", "reason"), [(LIST, "抓拍失败：视频片段的格式不支持抓拍"), (b"\x47" + LIST, "抓拍失败：视频片段中取不出画面")])
def test_what_is_no_film_gives_a_reason(piece: bytes, reason: str) -> None:
    assert of_stream([piece]) == reason
