"""Pictures of terminals: the file where attachments lie, a row beside it, and the command that it answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import NamedTuple

from sqlalchemy import func, null, or_, select
from sqlalchemy.orm import Session, lazyload

from data.attachments import keep
from data.db import notify, session
from data.models import Attachment, Vehicle, VehicleCommand, VehicleMedia
from data.vehicle_commands import LIVE_CHANNEL

EXTENSIONS = {0: "jpg", 1: "tif", 2: "mp3", 3: "wav", 4: "wmv"}  # by the format of 0x0801
WITHOUT_NUMBER = timedelta(minutes=30)  # a picture this much younger than a command without ids answers it
WITH_NUMBER = timedelta(days=1)
ENDED = ("sent", "answered", "timed_out")


class Media(NamedTuple):
    """What a 0x0801 brought. ``place`` is longitude, latitude (WGS-84) and km/h, None without a fix; ``taken`` epoch s."""

    terminal_id: int
    vehicle_id: int
    media_id: int
    type: int
    format: int
    event: int
    channel: int
    taken: float
    place: tuple[float, float, float] | None
    data: bytes


def store_media(media: Media) -> int | None:
    """Keep it; the id of the command that it answers, if any. Invalid when the bytes are none that may be kept.

    A picture that comes again, because its answer was lost, is the one that is there.
    """
    taken = datetime.fromtimestamp(media.taken, UTC)
    local = taken + timedelta(hours=8)
    name = f"通道{media.channel}_{local:%Y%m%d_%H%M%S}_{media.media_id}.{EXTENSIONS.get(media.format, 'bin')}"
    digest, size, kind = keep(BytesIO(media.data), name)
    with session() as current:
        vehicle = current.scalar(select(Vehicle).options(lazyload("*")).where(Vehicle.id == media.vehicle_id).with_for_update(of=Vehicle))
        same = select(VehicleMedia).options(lazyload("*")).where(
            VehicleMedia.terminal_id == media.terminal_id, VehicleMedia.media_id == media.media_id, VehicleMedia.sha256 == digest
        )
        if vehicle is None or current.scalar(same) is not None:
            return None
        command = _command(current, media, datetime.now(UTC))
        lon, lat, speed = media.place or (None, None, None)
        row = VehicleMedia(
            vehicle_id=vehicle.id,
            terminal_id=media.terminal_id,
            enterprise_id=vehicle.carrier_id,
            command_id=command.id if command else None,
            media_id=media.media_id,
            type=str(media.type),
            event=str(media.event),
            channel=media.channel,
            taken_at=taken,
            lon=lon,
            lat=lat,
            speed_kmh=speed,
            size=size,
            sha256=digest,
        )
        current.add(row)
        current.flush()
        current.add(
            Attachment(
                table_name=VehicleMedia.__tablename__,
                record_id=row.id,
                slot="file",
                name=name,
                size=size,
                sha256=digest,
                content_type=kind.content_type,
            )
        )
        if command is not None:
            _answer(current, command)
        notify(current, LIVE_CHANNEL)
        return command.id if command else None


def _command(current: Session, media: Media, now: datetime) -> VehicleCommand | None:
    """The newest command that asked for this picture: by its number, else, for a picture that the platform caused, by its channel."""
    mine = (
        select(VehicleCommand)
        .options(lazyload("*"))
        .where(VehicleCommand.terminal_id == media.terminal_id, VehicleCommand.state.in_(ENDED))
        .order_by(VehicleCommand.id.desc())
        .limit(1)
        .with_for_update(of=VehicleCommand)
    )
    numbered = or_(
        (VehicleCommand.kind == "media_fetch") & VehicleCommand.values.contains({"media_id": media.media_id}),
        (VehicleCommand.kind == "photo") & VehicleCommand.answer.contains({"media_ids": [media.media_id]}),
    )
    found = current.scalar(mine.where(numbered, VehicleCommand.sent_at > now - WITH_NUMBER))
    if found is not None or media.event != 0:
        return found
    unnumbered = or_(VehicleCommand.answer.is_(null()), func.coalesce(func.jsonb_array_length(VehicleCommand.answer["media_ids"]), 0) == 0)
    return current.scalar(
        mine.where(
            VehicleCommand.kind == "photo",
            VehicleCommand.values.contains({"channel": media.channel}),
            VehicleCommand.sent_at > now - WITHOUT_NUMBER,
            unnumbered,
        )
    )


def _answer(current: Session, command: VehicleCommand) -> None:
    count = current.scalar(select(func.count()).select_from(VehicleMedia).where(VehicleMedia.command_id == command.id)) or 0
    command.state = "answered"
    command.answered_at = command.answered_at or datetime.now(UTC)
    command.result = f"已收到 {count} 张照片。"
