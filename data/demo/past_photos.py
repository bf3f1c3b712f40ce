"""The pictures that the cameras of the demo park's trucks sent before the first start, as ingest would have kept them."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from data import attachments
from data.demo.installations import seeded
from data.demo.photos import road_photo
from data.demo.trips import plates, truck
from data.models import Attachment, Terminal, Vehicle, VehicleMedia

HOURS, TRUCKS, EVERY_MIN = 3, 16, 30
SIZE = (640, 480)
EVENTS = ("1", "1", "7", "0")


def past_photos(session: Session, now: datetime) -> int:
    """Enter a picture every half hour of the first trucks that were on line; how many."""
    bound = select(Vehicle.plate, Vehicle.id, Vehicle.carrier_id, Terminal.id).join(Terminal, Terminal.vehicle_id == Vehicle.id)
    known = {plate: ids for plate, *ids in session.execute(bound)}
    media, files = [], []
    for number, plate in enumerate(plates()[:TRUCKS]):
        vehicle, carrier, terminal = known[plate]
        random = seeded(f"photos/{plate}")
        for step in range(HOURS * 60 // EVERY_MIN):
            back = (step * EVERY_MIN + 3 + number * 1.7) * 60
            state, at = truck(plate, -back), now - timedelta(seconds=back)
            if not state.is_online:
                continue
            name = f"{plate}_{at:%Y%m%d_%H%M%S}.jpg"
            digest, size, kind = attachments.keep(BytesIO(road_photo(SIZE, at, state.speed_kmh, state.lon, state.lat)), name)
            place = {"lon": state.lon, "lat": state.lat, "speed_kmh": round(state.speed_kmh, 1)}
            owner = {"vehicle_id": vehicle, "enterprise_id": carrier, "terminal_id": terminal, "media_id": step + 1}
            media.append({**owner, **place, "type": "0", "event": random.choice(EVENTS), "channel": random.choice((1, 2)), "taken_at": at, "size": size, "sha256": digest})
            files.append({"table_name": VehicleMedia.__tablename__, "slot": "file", "name": name, "size": size, "sha256": digest, "content_type": kind.content_type})
    ids = session.scalars(insert(VehicleMedia).returning(VehicleMedia.id, sort_by_parameter_order=True), media).all()
    session.execute(insert(Attachment), [{**file, "record_id": identity} for identity, file in zip(ids, files, strict=True)])
    return len(media)
