"""Snapshots of cameras: the newest of each, taken from its address of pictures, or by ffmpeg from the newest piece of its stream.

ffmpeg is given what was fetched by ``data.media_fetch`` through a pipe and may open nothing else, so no stream leads it elsewhere.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin

from PIL import Image, UnidentifiedImageError

from data.file_types import MOST_PIXELS
from data.media_fetch import NotFetched, fetch
from data.rules.hls import Playlist
from data.settings import Settings, current_settings
from data.video import Source

WIDTH_PX = 960
_MOST_PICTURE = 8 * 1024 * 1024
_MOST_PIECE = 48 * 1024 * 1024
_FFMPEG_S = 20
NO_WAY = "服务器没有安装 ffmpeg，该摄像机也没有抓拍地址"


class Snapshot(NamedTuple):
    """A JPEG, its SHA-256, and the moment that it shows (or came, where the stream does not say)."""

    jpeg: bytes
    digest: str
    at: datetime

    def keep(self, camera_id: int) -> None:
        """Put it where the web role finds it; the one before goes."""
        path = path_of(camera_id)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        fresh.write_bytes(self.jpeg)
        fresh.replace(path)


def path_of(camera_id: int) -> Path:
    """Where the newest snapshot of the camera lies."""
    return _folder() / f"{camera_id}.jpg"


def forget(kept: set[int]) -> None:
    """Remove the snapshots of cameras that are not among those."""
    folder = _folder()
    for path in folder.glob("*.jpg") if folder.is_dir() else ():
        if path.stem.isdecimal() and int(path.stem) not in kept:
            path.unlink(missing_ok=True)


def has_ffmpeg() -> bool:
    """Whether pictures can be taken out of streams on this machine."""
    return shutil.which("ffmpeg") is not None


def take(picture: Source | None, stream: tuple[Source, str, Playlist] | None, settings: Settings, now: datetime) -> Snapshot | str | None:
    """A snapshot, or why there is none; None where nothing is to be said, because the stream itself does not come."""
    try:
        if picture is not None:
            address, headers = picture.request(picture.address)
            return _snapshot(fetch(address, settings, headers=headers, most=_MOST_PICTURE), now)
        if not has_ffmpeg():
            return NO_WAY
        return _of_stream(*stream, settings, now) if stream is not None else None
    except NotFetched as error:
        return f"抓拍失败：{error}"


def _of_stream(source: Source, address: str, playlist: Playlist, settings: Settings, now: datetime) -> Snapshot | str:
    if playlist.is_encrypted:
        return "视频流已加密，不能抓拍"
    parts = ([playlist.map_uri] if playlist.map_uri else []) + [playlist.segments[-1]]
    piece = b""
    for uri in parts:
        target, headers = source.request(urljoin(address, uri))
        piece += fetch(target, settings, headers=headers, most=_MOST_PIECE, seconds=15)
    return _snapshot(_frame(piece), playlist.newest_at or now)


def _frame(piece: bytes) -> bytes:
    """The first whole picture of a piece as JPEG. What the piece is is told by its content and not left to ffmpeg, which would also
    take a list that names files of this machine."""
    kind = "mpegts" if piece[:1] == b"\x47" else "mov" if piece[4:8] in (b"ftyp", b"styp", b"moof", b"sidx") else ""
    if not kind:
        raise NotFetched("视频片段的格式不支持抓拍")
    command = ["ffmpeg", "-v", "error", "-protocol_whitelist", "pipe", "-f", kind, "-i", "pipe:0"]
    command += ["-frames:v", "1", "-vf", f"scale='min({WIDTH_PX},iw)':-2", "-q:v", "4", "-c:v", "mjpeg", "-f", "image2pipe", "pipe:1"]
    try:
        done = subprocess.run(command, input=piece, capture_output=True, timeout=_FFMPEG_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise NotFetched("取帧超时") from error
    if done.returncode or not done.stdout:
        raise NotFetched("视频片段中取不出画面")
    return done.stdout


def _snapshot(content: bytes, at: datetime) -> Snapshot:
    """What came, as a JPEG of our own making: nothing else that may be in it goes on to a browser."""
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as found:
            if found.width * found.height > MOST_PIXELS:
                raise NotFetched("图片过大")
            found.draft("RGB", (WIDTH_PX, WIDTH_PX))
            picture = found.convert("RGB")
            picture.thumbnail((WIDTH_PX, WIDTH_PX))
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise NotFetched("应答不是图片") from error
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=80)
    jpeg = stream.getvalue()
    return Snapshot(jpeg, hashlib.sha256(jpeg).hexdigest(), at)


def _folder() -> Path:
    return current_settings().data_dir.resolve() / "files" / "snapshots"
