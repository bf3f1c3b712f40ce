"""Where the pictures of the demo park's cameras come from: the simulator plays the media server."""

from __future__ import annotations

from typing import Any

FILMED, PICTURED = 27, 37  # cameras up to these numbers have a stream, then single pictures; the rest have nothing yet


def sources(code: str, port: int) -> dict[str, Any]:
    """The source of the camera of that code, where the simulator listens on ``port``."""
    number = int(code.removeprefix("CAM-"))
    name = code.lower()
    found: dict[str, Any] = {"source": "rtsp", "stream": f"live/{name}"} if number <= FILMED else {"source": "hls", "stream": None}
    return found | {"snapshot_url": f"http://127.0.0.1:{port}/live/{name}/picture.jpg" if number <= PICTURED else None}


def scene_of(code: str) -> str:
    """What the camera looks at: ``tanks``, ``gate`` or ``crossing``."""
    number = int(code.removeprefix("CAM-"))
    return "tanks" if number <= 24 else "gate" if number <= FILMED else "crossing"
