"""The pictures of the demo park's dangers: a drawn pipe that leaks, and the same pipe put right. Visibly no photographs."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw

SIZE = (640, 420)
GROUND, PIPE, RUST, PAINT, DROP = "#e8edf2", "#7d8b99", "#a8622d", "#2f6fb7", "#4a90c2"


def photo(slot: str) -> bytes:
    """A JPEG of the state ``before`` or ``after``."""
    image = Image.new("RGB", SIZE, GROUND)
    draw = ImageDraw.Draw(image)
    colour = PAINT if slot == "after" else PIPE
    draw.rectangle((0, 180, 640, 240), colour)
    draw.rectangle((300, 150, 340, 270), "#4b5966")
    draw.rectangle((312, 90, 328, 150), "#4b5966")
    draw.ellipse((270, 60, 370, 100), outline="#b3261e", width=12)
    if slot == "before":
        for place in (250, 290, 345, 392):
            draw.ellipse((place, 205, place + 46, 244), RUST)
        for place, height in ((306, 290), (322, 330), (310, 372)):
            draw.ellipse((place, height, place + 14, height + 24), DROP)
    target = BytesIO()
    image.save(target, "JPEG", quality=80)
    return target.getvalue()
