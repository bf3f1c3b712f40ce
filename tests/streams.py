"""A media server of the tests: HLS that goes on for ever from a few pieces, pictures, and answers that must not be trusted."""

from __future__ import annotations

import io
import shutil
import subprocess
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from PIL import Image

WINDOW = 5  # pieces in a playlist


@dataclass
class MediaServer:
    """``pieces`` follow each other without end, ``seconds`` each; ``number`` holds the stream at one piece. Without ``is_up`` it answers
    503, and always for the streams called ``dead``. With ``token`` or ``basic`` only who shows it gets something."""

    port: int
    pieces: list[bytes] = field(default_factory=lambda: [b"G" * 188, b"H" * 188, b"I" * 188])
    seconds: float = 2.0
    number: int | None = None
    is_up: bool = True
    dead: tuple[str, ...] = ()
    token: str = ""
    basic: str = ""
    asked: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def playlist(self) -> bytes:
        """The newest pieces; at each beginning of the round the clock of the pieces starts anew."""
        newest = WINDOW + (int((time.monotonic() - self.began) / self.seconds) if self.number is None else self.number)
        first, count = newest - WINDOW + 1, len(self.pieces)
        lines = ["#EXTM3U", "#EXT-X-VERSION:3", f"#EXT-X-TARGETDURATION:{int(self.seconds + 0.5)}", f"#EXT-X-MEDIA-SEQUENCE:{first}", f"#EXT-X-DISCONTINUITY-SEQUENCE:{first // count}"]
        for one in range(first, newest + 1):
            lines += ["#EXT-X-DISCONTINUITY"] if one % count == 0 and one > first else []
            lines += [f"#EXTINF:{self.seconds:.3f},", f"piece{one}.ts{f'?token={self.token}&n={one}' if self.token else ''}"]
        return ("\n".join(lines) + "\n").encode()

    def answer(self, path: str, authorization: str) -> tuple[int, str, bytes]:
        """Status, type (of a redirect: where to) and body."""
        parts = urlsplit(path)
        name = parts.path.rpartition("/")[2]
        if not self.is_up or set(parts.path.split("/")) & set(self.dead):
            return 503, "text/plain", b""
        if (self.token and dict(parse_qsl(parts.query)).get("token") != self.token) or (self.basic and authorization != f"Basic {b64encode(self.basic.encode()).decode()}"):
            return 401, "text/plain", b""
        if name == "hls.m3u8":
            return 200, "text/html", self.playlist()
        if name == "master.m3u8":
            return 200, "text/html", b'#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=800000\nhls.m3u8\n#EXT-X-CONTENT-STEERING:SERVER-URI="http://192.0.2.1/"\n'
        if name.startswith("piece"):
            return 200, "text/html", self.pieces[int(name[5:].partition(".")[0]) % len(self.pieces)]
        if name == "picture.jpg":
            return 200, "text/html", _picture()
        if name == "page.html":
            return 200, "text/html", b"<script>alert(1)</script>"
        if name == "away":
            return 302, "http://169.254.169.254/latest/meta-data/", b""
        return (200, "video/mp2t", b"x" * 200_000) if name == "large" else (404, "text/plain", b"")


@contextmanager
def media_server(port: int, **given: Any) -> Iterator[MediaServer]:
    """A media server that listens on ``port`` of this machine."""
    media = MediaServer(port, **given)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            media.asked.append(self.path)
            status, kind, body = media.answer(self.path, self.headers.get("Authorization", ""))
            self.send_response(status)
            self.send_header("Location" if status == 302 else "Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: Any) -> None:
            """The tests look at ``asked``."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield media
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def has_ffmpeg() -> bool:
    return shutil.which("ffmpeg") is not None


def filmed(folder: Path, seconds: int = 40) -> list[bytes]:
    """Pieces of two seconds each of a moving test picture, H.264 in MPEG-TS, made by ffmpeg."""
    made = ["-f", "lavfi", "-i", f"testsrc2=size=320x180:rate=10:duration={seconds}", "-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "baseline", "-pix_fmt", "yuv420p"]
    cut = ["-g", "20", "-keyint_min", "20", "-sc_threshold", "0", "-f", "hls", "-hls_time", "2", "-hls_list_size", "0", "-hls_segment_filename", str(folder / "piece%d.ts"), str(folder / "index.m3u8")]
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", *made, *cut], check=True, timeout=120)
    return [(folder / f"piece{number}.ts").read_bytes() for number in range(seconds // 2)]


def _picture() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (640, 360), (40, 60, 90)).save(stream, "JPEG")
    return stream.getvalue()
