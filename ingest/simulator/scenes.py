"""What a simulated camera sees, drawn: tanks with somebody on his round, a gate, a crossing with a truck. Every picture says SIMULATED.

``python -m ingest.simulator.scenes FOLDER`` makes the films that the simulator plays (needs ffmpeg): pieces of two seconds, one after the
other in ``<scene>.ts``, their lengths in ``<scene>.txt``.
"""

from __future__ import annotations

import math
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FILMED = ("tanks", "gate")  # of the crossings there are single pictures only
ROUND_S = 40  # after so long a film begins anew, without a jump
RATE = 5
FILM = (480, 270)
PIECE_S = 2

_SKY, _GROUND, _ROAD, _LINE = (160, 180, 198), (112, 118, 108), (84, 86, 90), (222, 220, 208)
_ROOF, _STEEL, _SHADE, _DARK, _VEST, _TRUCK = (222, 225, 228), (196, 201, 206), (150, 157, 165), (58, 62, 68), (226, 112, 34), (206, 210, 216)


def drawn(scene: str, at_s: float, size: tuple[int, int], words: str, number: int = 0) -> Image.Image:
    """The scene ``at_s`` seconds after its beginning; ``number`` makes one camera's look differ from another's."""
    picture = Image.new("RGB", size, _SKY)
    draw = ImageDraw.Draw(picture)
    share = at_s % ROUND_S / ROUND_S
    {"tanks": _tanks, "gate": _gate, "crossing": _crossing}[scene](draw, size, share, number)
    width, height = size
    font = ImageFont.load_default(max(10, height // 22))
    draw.rectangle((0, 0, width, height // 13), fill=(20, 24, 30))
    draw.text((width // 80, height // 80), f"{words}  SIMULATED", fill=(235, 238, 242), font=font)
    return picture


def _tanks(draw: ImageDraw.ImageDraw, size: tuple[int, int], share: float, number: int) -> None:
    width, height = size
    draw.rectangle((0, height * 0.55, width, height), fill=_GROUND)
    count = 2 + number % 3
    for index in range(count):
        left = width * (0.06 + index * 0.9 / count)
        right, top, bottom = left + width * 0.72 / count, height * (0.24 + 0.05 * ((index + number) % 2)), height * 0.68
        draw.ellipse((left, bottom - height * 0.035, right, bottom + height * 0.035), fill=_SHADE)
        draw.rectangle((left, top, right, bottom), fill=_SHADE)
        draw.rectangle((left, top, right - (right - left) * 0.3, bottom), fill=_STEEL)
        draw.line((left + width * 0.01, bottom - height * 0.02, right - (right - left) * 0.35, top + height * 0.08), fill=_DARK, width=max(1, width // 240))
        draw.ellipse((left, top - height * 0.05, right, top + height * 0.05), fill=_ROOF)
    draw.rectangle((0, height * 0.76, width, height * 0.8), fill=_SHADE)  # the bund
    draw.line((0, height * 0.84, width, height * 0.84), fill=_LINE, width=max(1, height // 90))
    _walker(draw, size, (1 - math.cos(share * 2 * math.pi)) / 2, 0.84)


def _gate(draw: ImageDraw.ImageDraw, size: tuple[int, int], share: float, number: int) -> None:
    width, height = size
    draw.rectangle((0, height * 0.5, width, height), fill=_GROUND)
    draw.rectangle((0, height * 0.62, width, height * 0.9), fill=_ROAD)
    draw.line((0, height * 0.76, width, height * 0.76), fill=_LINE, width=max(1, height // 90))
    draw.rectangle((width * 0.62, height * 0.3, width * 0.78, height * 0.62), fill=_STEEL)
    draw.rectangle((width * 0.65, height * 0.38, width * 0.75, height * 0.48), fill=(74, 92, 110))
    _lorry(draw, size, -0.3 + 1.6 * share, 0.72)
    lift = max(0.0, min(1.0, 4 * (0.3 - abs(share - 0.5))))  # open while something passes
    foot, length = (width * 0.6, height * 0.6), width * 0.34
    draw.line((*foot, foot[0] - length * math.cos(lift * 1.3), foot[1] - length * math.sin(lift * 1.3)), fill=(200, 60, 50), width=max(2, height // 60))


def _crossing(draw: ImageDraw.ImageDraw, size: tuple[int, int], share: float, number: int) -> None:
    width, height = size
    draw.rectangle((0, height * 0.4, width, height), fill=_GROUND)
    draw.polygon([(width * 0.46, height * 0.4), (width * 0.54, height * 0.4), (width * 0.9, height), (width * 0.1, height)], fill=_ROAD)
    draw.rectangle((0, height * 0.6, width, height * 0.78), fill=_ROAD)
    for index in range(7):
        draw.rectangle((width * (0.26 + index * 0.075), height * 0.8, width * (0.3 + index * 0.075), height * 0.86), fill=_LINE)
    _lorry(draw, size, 1.3 - 1.6 * share, 0.66)


def _walker(draw: ImageDraw.ImageDraw, size: tuple[int, int], along: float, foot: float) -> None:
    width, height = size
    x, y, unit = width * (0.05 + 0.9 * along), height * foot, height * 0.028
    draw.rectangle((x - unit * 0.5, y - unit * 3, x + unit * 0.5, y), fill=_DARK)
    draw.rectangle((x - unit * 0.7, y - unit * 5, x + unit * 0.7, y - unit * 2.4), fill=_VEST)
    draw.ellipse((x - unit * 0.6, y - unit * 6.2, x + unit * 0.6, y - unit * 5), fill=(240, 220, 60))


def _lorry(draw: ImageDraw.ImageDraw, size: tuple[int, int], along: float, middle: float) -> None:
    width, height = size
    x, y, unit = width * along, height * middle, height * 0.045
    draw.rounded_rectangle((x - unit * 5, y - unit * 2.2, x + unit * 1.6, y + unit * 0.4), radius=unit, fill=_TRUCK)
    draw.rectangle((x - unit * 5, y - unit * 1.1, x + unit * 1.6, y - unit * 0.7), fill=(214, 120, 40))
    draw.rectangle((x + unit * 1.8, y - unit * 1.8, x + unit * 3.4, y + unit * 0.6), fill=(52, 92, 150))
    for wheel in (-4.2, -3, 0.6, 2.6):
        draw.ellipse((x + unit * (wheel - 0.5), y, x + unit * (wheel + 0.5), y + unit), fill=(30, 30, 32))


def film(scene: str) -> list[bytes]:
    """The scene as pieces of MPEG-TS with H.264, each of PIECE_S seconds."""
    frames = b"".join(drawn(scene, number / RATE, FILM, scene.upper()).tobytes() for number in range(ROUND_S * RATE))
    shape = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{FILM[0]}x{FILM[1]}", "-r", str(RATE), "-i", "-"]
    code = ["-c:v", "libx264", "-preset", "veryslow", "-crf", "30", "-profile:v", "main", "-pix_fmt", "yuv420p", "-bf", "0", "-g", str(RATE * PIECE_S), "-keyint_min", str(RATE * PIECE_S), "-sc_threshold", "0"]
    with tempfile.TemporaryDirectory() as folder:
        cut = ["-f", "hls", "-hls_time", str(PIECE_S), "-hls_list_size", "0", "-hls_segment_filename", f"{folder}/%d.ts", f"{folder}/index.m3u8"]
        subprocess.run(["ffmpeg", "-v", "error", *shape, *code, *cut], input=frames, check=True)
        return [(Path(folder) / f"{number}.ts").read_bytes() for number in range(ROUND_S // PIECE_S)]


if __name__ == "__main__":
    for each in FILMED:
        pieces = film(each)
        Path(sys.argv[1], f"{each}.ts").write_bytes(b"".join(pieces))
        Path(sys.argv[1], f"{each}.txt").write_text(" ".join(str(len(piece)) for piece in pieces) + "\n")
