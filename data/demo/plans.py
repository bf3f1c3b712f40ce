"""Plan pictures of two plants of the demo park, drawn from the same ground as the map, and laid on it by two corners."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw
from sqlalchemy.orm import Session

from data import attachments
from data.demo.enterprises import homes
from data.demo.installations import FARMS, bunds, tank_places, tanks
from data.demo.plane import Point, to_local, to_lonlat
from data.demo.risk_places import spots
from data.models import Attachment, RiskPlan

FIRMS = ("E011", "E003")
SCALE, MARGIN = 3.0, 12.0  # pixels a metre; metres around the plot
PAPER, WALL, BUILDING, ROAD, BUND, TANK = "#ffffff", "#39424e", "#d5dde6", "#eef1f4", "#f3e9d2", "#c9d9ea"


def picture(code: str) -> tuple[bytes, tuple[Point, Point], tuple[float, float, float, float]]:
    """A PNG, north at the top; two corners of its ground in the local plane, and (left, bottom, width, height) of it in metres."""
    plot = homes()[code]
    lefts, tops = [x for x, _ in plot.polygon], [y for _, y in plot.polygon]
    left, bottom = min(lefts) - MARGIN, min(tops) - MARGIN
    width, height = max(lefts) + MARGIN - left, max(tops) + MARGIN - bottom
    image = Image.new("RGB", (round(width * SCALE), round(height * SCALE)), PAPER)
    draw = ImageDraw.Draw(image)

    def at(point: Point) -> tuple[float, float]:
        return ((point[0] - left) * SCALE, (bottom + height - point[1]) * SCALE)

    draw.polygon([at(one) for one in plot.polygon], ROAD, WALL, 4)
    for spot in spots(code):
        draw.polygon([at(to_local(lon, lat)) for lon, lat in spot.polygon["coordinates"][0]], BUILDING, WALL, 2)
    for farm in (one for one in FARMS if f"E{one.enterprise:03d}" == code):
        west, south, east, north = bunds()[farm.code]
        draw.rectangle((*at((west, north)), *at((east, south))), BUND, WALL, 2)
    sizes = {one["code"]: one["diameter_m"] for one in tanks()}
    for name, (x, y) in tank_places().items():
        if left < x < left + width and bottom < y < bottom + height:
            radius = sizes[name] / 2
            draw.ellipse((*at((x - radius, y + radius)), *at((x + radius, y - radius))), TANK, WALL, 2)
    target = BytesIO()
    image.save(target, "PNG", optimize=True)
    return target.getvalue(), ((min(lefts), max(tops)), (max(lefts), min(tops))), (left, bottom, width, height)


def enter_plans(session: Session, enterprise: dict[str, int]) -> None:
    """Enter the plans with their pictures."""
    for code in FIRMS:
        content, corners, (left, bottom, width, height) = picture(code)
        (x1, y1), (x2, y2) = (((x - left) / width * 100, (bottom + height - y) / height * 100) for x, y in corners)
        (lon1, lat1), (lon2, lat2) = map(to_lonlat, corners)
        plan = RiskPlan(enterprise_id=enterprise[code], name="总平面布置图", first_x=x1, first_y=y1, lon=lon1, lat=lat1, second_x=x2, second_y=y2, second_lon=lon2, second_lat=lat2)
        session.add(plan)
        session.flush()
        digest, size, kind = attachments.keep(BytesIO(content), "总平面布置图.png")
        session.add(Attachment(table_name=RiskPlan.__tablename__, record_id=plan.id, slot="picture", name="总平面布置图.png", size=size, sha256=digest, content_type=kind.content_type))
    session.flush()
