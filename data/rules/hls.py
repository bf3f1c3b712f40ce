"""HTTP Live Streaming playlists (RFC 8216): what is read of them, and how one is written anew for the browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

# What a browser is given; everything else is left out: low latency parts, which ask the server back, and whatever names other hosts.
_KEPT = frozenset(
    ["EXTM3U", "EXTINF", "EXT-X-VERSION", "EXT-X-BYTERANGE", "EXT-X-DISCONTINUITY", "EXT-X-KEY", "EXT-X-MAP", "EXT-X-PROGRAM-DATE-TIME", "EXT-X-GAP", "EXT-X-BITRATE", "EXT-X-TARGETDURATION", "EXT-X-MEDIA-SEQUENCE", "EXT-X-DISCONTINUITY-SEQUENCE", "EXT-X-ENDLIST", "EXT-X-PLAYLIST-TYPE", "EXT-X-INDEPENDENT-SEGMENTS", "EXT-X-START", "EXT-X-STREAM-INF", "EXT-X-MEDIA"]
)
_URI = re.compile(r'(?<![A-Z-])URI="([^"]*)"')
_TAG = re.compile(r"#([A-Z0-9-]+)")
LONGEST = 1024 * 1024
MOST_LINES = 20_000


class Playlist(NamedTuple):
    """``variants`` are playlists that a master names, best last; ``segments`` the pieces of a media playlist in their order."""

    variants: tuple[str, ...]
    segments: tuple[str, ...]
    target_s: float
    sequence: int
    is_ended: bool
    is_encrypted: bool
    map_uri: str
    newest_at: datetime | None

    @property
    def mark(self) -> str:
        """What changes whenever a further piece comes."""
        return f"{self.sequence + len(self.segments)} {self.segments[-1] if self.segments else ''}"[:400]


def read(text: str) -> Playlist:
    """The playlist; ValueError when the text is none."""
    lines = _lines(text)
    variants: list[tuple[int, str]] = []
    segments: list[str] = []
    found: dict[str, str] = {}
    newest_at: datetime | None = None
    bandwidth: int | None = None
    for line in lines[1:]:
        if not line.startswith("#"):
            if bandwidth is not None:
                variants.append((bandwidth, line))
                bandwidth = None
            else:
                segments.append(line)
            continue
        tag, _, value = line[1:].partition(":")
        if tag == "EXT-X-STREAM-INF":
            told = re.search(r"(?<![A-Z-])BANDWIDTH=(\d{1,12})", value)
            bandwidth = int(told[1]) if told else 0
        elif tag == "EXT-X-PROGRAM-DATE-TIME":
            newest_at = _instant(value) or newest_at
        else:
            found[tag] = value
    mapped = _URI.search(found.get("EXT-X-MAP", ""))
    return Playlist(
        variants=tuple(uri for _, uri in sorted(variants, key=lambda one: one[0])),
        segments=tuple(segments),
        target_s=_number(found.get("EXT-X-TARGETDURATION", ""), 10.0),
        sequence=int(_number(found.get("EXT-X-MEDIA-SEQUENCE", ""), 0)),
        is_ended="EXT-X-ENDLIST" in found,
        is_encrypted="EXT-X-KEY" in found and "METHOD=NONE" not in found["EXT-X-KEY"],
        map_uri=mapped[1] if mapped else "",
        newest_at=newest_at,
    )


def rewritten(text: str, name: Callable[[str, bool], str]) -> str:
    """The playlist with every address replaced by ``name(address, whether it is a playlist)``, and without what is not needed to play it."""
    lines = ["#EXTM3U"]
    is_variant = False
    for line in _lines(text)[1:]:
        if not line.startswith("#"):
            lines.append(name(line, is_variant))
            is_variant = False
            continue
        tag = _TAG.match(line)
        if tag is None or tag[1] not in _KEPT:
            continue
        is_variant = tag[1] == "EXT-X-STREAM-INF" or (is_variant and tag[1] != "EXTINF")
        is_playlist = tag[1] == "EXT-X-MEDIA"
        lines.append(_URI.sub(lambda found, is_playlist=is_playlist: f'URI="{name(found[1], is_playlist)}"', line))  # type: ignore[misc]
    return "\n".join(lines) + "\n"


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.lstrip("\ufeff").splitlines()]
    lines = [line for line in lines if line]
    if not lines or not lines[0].startswith("#EXTM3U"):
        raise ValueError("不是 HLS 播放列表")
    if len(lines) > MOST_LINES:
        raise ValueError("播放列表过长")
    return lines


def _number(text: str, usual: float) -> float:
    found = re.match(r"\d{1,15}(\.\d{1,6})?", text.strip())
    return float(found[0]) if found else usual


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return at if at.tzinfo else None
