"""The pictures of the demo park: a drawn pipe that leaks and the same pipe put right, a road before a truck. Visibly no photographs."""

from __future__ import annotations

from datetime import datetime, timedelta
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


def road_photo(size: tuple[int, int], at: datetime, speed_kmh: float, lon: float, lat: float) -> bytes:
    """A JPEG of a road as a camera on the dashboard would see it, with time (UTC+8), speed and place written on it."""
    width, height = size
    picture = Image.new("RGB", size, (148, 170, 190))
    draw = ImageDraw.Draw(picture)
    horizon = height * 45 // 100
    draw.rectangle((0, horizon, width, height), fill=(92, 104, 88))
    draw.polygon([(width * 46 // 100, horizon), (width * 54 // 100, horizon), (width * 95 // 100, height), (width * 5 // 100, height)], fill=(78, 80, 84))
    for step in range(1, 6):
        y = horizon + (height - horizon) * step * step // 30
        half = max(1, step * width // 500)
        draw.rectangle((width // 2 - half, y, width // 2 + half, y + height * step // 100), fill=(225, 225, 215))
    local = at + timedelta(hours=8)
    draw.text((10, 8), f"{local:%Y-%m-%d %H:%M:%S}  {speed_kmh:.0f} km/h  {lon:.5f} {lat:.5f}  SIMULATED", fill=(255, 255, 255))
    target = BytesIO()
    picture.save(target, "JPEG", quality=82)
    return target.getvalue()
