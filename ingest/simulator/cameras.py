"""Simulated cameras behind a simulated media server: live HLS from short films, and single pictures, over real HTTP."""

from __future__ import annotations

import io
import logging
import threading
import time
from datetime import datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from data.demo.cameras import FILMED, PICTURED, scene_of
from data.settings import Settings
from ingest.simulator.scenes import PIECE_S, ROUND_S, drawn

log = logging.getLogger(__name__)

FILMS = Path(__file__).parent / "films"
WINDOW = 5  # pieces in a playlist
PIECES = ROUND_S // PIECE_S
APART = 7  # pieces between the films of two cameras: not everybody walks at once
_SIZE = (640, 360)


class Cameras:
    """The media server of the simulator, in a thread of its own. A port that is taken is no reason to simulate nothing at all."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        """Listen on ``simulate_media_port`` of this machine."""
        zone = ZoneInfo(self.settings.time_zone)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, kind, body = answer(self.path, time.time(), zone)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words: Any) -> None:
                """A line for every piece would fill the log."""

        try:
            self._server = ThreadingHTTPServer(("127.0.0.1", self.settings.simulate_media_port), Handler)
        except OSError as error:
            log.warning("no cameras are simulated, port %d: %s", self.settings.simulate_media_port, error)
            return
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name="cameras", daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()


def answer(path: str, now: float, zone: ZoneInfo) -> tuple[int, str, bytes]:
    """Status, type and body for ``/live/cam-001/hls.m3u8``, ``…/17.ts`` or ``…/picture.jpg``."""
    parts = path.partition("?")[0].strip("/").split("/")
    number = int(parts[1][4:]) if len(parts) == 3 and parts[1].startswith("cam-") and parts[1][4:].isdecimal() else 0
    name = parts[-1]
    stem = name.removesuffix(".ts")
    if name == "hls.m3u8" and 1 <= number <= FILMED:
        return 200, "application/vnd.apple.mpegurl", playlist(now, zone, number)
    if name.endswith(".ts") and stem.isdecimal() and len(stem) < 12 and 1 <= number <= FILMED:
        return 200, "video/mp2t", pieces(scene_of(f"CAM-{number:03d}"))[(int(stem) + number * APART) % PIECES]
    if name == "picture.jpg" and 1 <= number <= PICTURED:
        return 200, "image/jpeg", picture(number, now, zone)
    return 404, "text/plain", b""


def playlist(now: float, zone: ZoneInfo, number: int) -> bytes:
    """The pieces of camera ``number`` that are live now. Where the film begins anew its clock does too."""
    newest = int(now / PIECE_S) - 1
    first = newest - WINDOW + 1
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", f"#EXT-X-TARGETDURATION:{PIECE_S}", f"#EXT-X-MEDIA-SEQUENCE:{first}", f"#EXT-X-DISCONTINUITY-SEQUENCE:{(first + number * APART) // PIECES}"]
    for one in range(first, newest + 1):
        at = datetime.fromtimestamp(one * PIECE_S, zone).isoformat(timespec="milliseconds")
        lines += ["#EXT-X-DISCONTINUITY"] if (one + number * APART) % PIECES == 0 and one > first else []
        lines += [f"#EXT-X-PROGRAM-DATE-TIME:{at}", f"#EXTINF:{PIECE_S:.3f},", f"{one}.ts"]
    return ("\n".join(lines) + "\n").encode()


@cache
def pieces(scene: str) -> list[bytes]:
    """The film of the scene, cut where it was coded to be."""
    whole, found, at = (FILMS / f"{scene}.ts").read_bytes(), [], 0
    for length in map(int, (FILMS / f"{scene}.txt").read_text().split()):
        found.append(whole[at : at + length])
        at += length
    return found


def picture(number: int, now: float, zone: ZoneInfo) -> bytes:
    """What the camera sees now, as JPEG."""
    words = f"CAM-{number:03d}  {datetime.fromtimestamp(now, zone):%Y-%m-%d %H:%M:%S}"
    stream = io.BytesIO()
    drawn(scene_of(f"CAM-{number:03d}"), now, _SIZE, words, number).save(stream, "JPEG", quality=82)
    return stream.getvalue()
