"""Live pictures: which cameras and vehicle channels a viewer sees, where each comes from, and whether it comes.

A ``key`` names a picture in addresses: ``c12`` is the camera 12, ``v5-1`` channel 1 of the vehicle 5.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from data.choices import word
from data.choices.vehicles import COMMAND_STATES
from data.choices.video import CAMERA_STATES
from data.errors import NotFound
from data.media_fetch import why_not
from data.models import Camera, CameraState, Enterprise, Terminal, Vehicle, VehicleCommand
from data.query import get, visible
from data.rules.video import basic_of, http_address, params_of, stream_address, vehicle_stream
from data.settings import Settings, current_settings
from data.viewer import Viewer

MOST_CHANNELS = 8
MOST_ASKED = 36
RIGHT = "video.view"
PARK_GROUP = "0"  # the cameras of the park itself
LATE = timedelta(minutes=5)  # a state older than this is no news any more: the jobs role stands still
ASKED_FOR = timedelta(minutes=30)  # how long a request for a vehicle's picture is told of
_KEY = re.compile(r"c([0-9]{1,18})|v([0-9]{1,18})-([1-9][0-9]?)")
_GONE = "没有找到这路视频，它可能已删除，或不在您的数据范围内。"


class Source(NamedTuple):
    """Where a picture is fetched. What opens it (``params``, ``basic``) goes to that host only and never to a browser."""

    key: str
    address: str
    params: tuple[tuple[str, str], ...] = ()
    basic: str = ""

    def request(self, address: str) -> tuple[str, dict[str, str]]:
        """Address and headers with which ``address`` is asked for; credentials for the source's own host alone."""
        parts = urlsplit(address)
        if (parts.scheme, parts.netloc) != urlsplit(self.address)[:2]:
            return address, {}
        given = dict(parse_qsl(parts.query, keep_blank_values=True))
        missing = [one for one in self.params if one[0] not in given]
        query = "&".join(one for one in (parts.query, urlencode(missing)) if one)
        headers = {"Authorization": f"Basic {base64.b64encode(self.basic.encode()).decode()}"} if self.basic else {}
        return urlunsplit(parts._replace(query=query)), headers

    def shown(self, uri: str) -> str:
        """``uri`` of a playlist without the parameters that open the source, and without user and password."""
        parts = urlsplit(uri)
        kept = [one for one in parse_qsl(parts.query, keep_blank_values=True) if one not in self.params]
        query = parts.query if len(kept) == len(parse_qsl(parts.query, keep_blank_values=True)) else urlencode(kept)
        return urlunsplit(parts._replace(query=query, netloc=parts.netloc.rpartition("@")[2]))

    @property
    def digest(self) -> str:
        """What changes when the picture comes from elsewhere."""
        return hashlib.sha256(repr(self).encode()).hexdigest()


def address_of(camera: Camera, settings: Settings) -> str:
    """The HLS address of the camera; empty where none is set."""
    if camera.source == "hls":
        return camera.stream_url or ""
    return stream_address(settings.hls_template, camera.source, camera.stream or "")


def camera_source(camera: Camera, settings: Settings) -> Source | None:
    """Where the camera's stream is; None where none is set."""
    address = address_of(camera, settings)
    secret = camera.credential or ""
    return Source(f"c{camera.id}", address, params_of(secret), basic_of(secret)) if address else None


def picture_source(camera: Camera) -> Source | None:
    """Where the camera gives single pictures; None where nowhere."""
    secret = camera.credential or ""
    return Source(f"c{camera.id}", camera.snapshot_url, params_of(secret), basic_of(secret)) if camera.snapshot_url else None


def watched(camera: Camera, settings: Settings) -> Source | None:
    """What tells whether the camera works: its stream, else its address of pictures."""
    return camera_source(camera, settings) or picture_source(camera)


def picture_kind(camera: Camera, settings: Settings) -> str:
    """``stream``, ``picture`` for single pictures alone, or empty where nothing is set."""
    return "stream" if camera_source(camera, settings) else "picture" if camera.snapshot_url else ""


def has_vehicles(settings: Settings) -> bool:
    """Whether pictures of vehicles can be seen here: terminals know where to send, and the platform where to look."""
    return bool(settings.media_server and settings.hls_template)


def source_of(session: Session, viewer: Viewer, key: str, settings: Settings) -> Source:
    """Where the picture of that key is; NotFound for none, or none that the viewer sees. Keys come from browsers."""
    viewer.require(RIGHT)
    found = _KEY.fullmatch(key)
    if found is None:
        raise NotFound(_GONE)
    if found[1]:
        source = camera_source(get(session, Camera, int(found[1]), viewer), settings)
        if source is None:
            raise NotFound("没有配置视频源。")
        return source
    viewer.require("vehicle.view")
    return _vehicle_source(session, get(session, Vehicle, int(found[2]), viewer), int(found[3]), settings)


def _vehicle_source(session: Session, vehicle: Vehicle, channel: int, settings: Settings) -> Source:
    if not has_vehicles(settings):
        raise NotFound("没有配置流媒体服务器（PARK_MEDIA_SERVER、PARK_MEDIA_HLS），不能看车载视频。")
    statement = select(Terminal).options(lazyload("*")).where(Terminal.vehicle_id == vehicle.id, Terminal.deleted_at.is_(None))
    terminal = session.scalar(statement)
    if terminal is None:
        raise NotFound(f"{vehicle.plate}没有绑定车载终端。")
    stream = vehicle_stream(settings.media_jt1078, terminal.phone, channel)
    return Source(f"v{vehicle.id}-{channel}", stream_address(settings.hls_template, "jt1078", stream))


def faults(values: Mapping[str, Any], settings: Settings) -> dict[str, str]:
    """Why what was entered for a camera cannot be played here, by field: only hosts that the settings name are ever asked."""
    found = {}
    for name in ("stream_url", "snapshot_url"):
        reason = why_not(values[name], settings) if values.get(name) and not http_address(values[name]) else ""
        if reason:
            found[name] = f"{reason}，请联系系统管理员。"
    if values.get("source") not in (None, "hls") and values.get("stream") and not settings.hls_template:
        found["stream"] = "没有配置流媒体服务器（PARK_MEDIA_HLS），请联系系统管理员。"
    return found


def moved(camera: Camera, values: Mapping[str, Any]) -> bool:
    """Whether these values lead to another host, to which the credential of the old one must not go."""

    def host(address: str | None) -> str:
        return urlsplit(address or "").netloc

    return any(name in values and host(getattr(camera, name)) not in ("", host(values[name])) for name in ("stream_url", "snapshot_url"))


def row_faults(session: Session, viewer: Viewer, values: Mapping[str, Any]) -> dict[str, str]:
    """What stands against a row of a workbook: what a form refuses too, a camera of no office, and another host for a camera whose
    credential would go there."""
    found = faults(values, current_settings())
    if not values.get("department_id"):
        found["department_id"] = "请填写：只有该机构可以修改这台摄像机。"
    if values.get("code") and any(values.get(name) for name in ("stream_url", "snapshot_url")):
        known = session.scalars(visible(Camera, viewer).where(Camera.code == values["code"], Camera.credential.is_not(None))).unique().first()
        if known is not None and moved(known, values):
            found["code"] = "这台摄像机设有访问凭据，视频源换主机请在“视频配置”中修改，凭据随之清除。"
    return found


# What the page shows


def definition(session: Session, viewer: Viewer, settings: Settings) -> dict[str, Any]:
    """Cameras by enterprise, and vehicles, as the page of live pictures lists them."""
    viewer.require(RIGHT)
    cameras = list(session.scalars(visible(Camera, viewer).order_by(Camera.code, Camera.id)))
    names = {camera.enterprise.id: camera.enterprise.short_name for camera in cameras if camera.enterprise}
    groups = [{"id": str(identity), "name": name} for identity, name in sorted(names.items(), key=lambda one: one[1])]
    if any(camera.enterprise_id is None for camera in cameras):
        groups.insert(0, {"id": PARK_GROUP, "name": "园区公共"})
    return {
        "groups": groups,
        "cameras": [_camera(camera, settings) for camera in cameras],
        "vehicles": _vehicles(session, viewer) if has_vehicles(settings) and viewer.may("vehicle.view") else [],
        "states": states(session, viewer, settings),
        "snapshotEvery": settings.video_snapshot_s,
    }


def _camera(camera: Camera, settings: Settings) -> dict[str, Any]:
    return {
        "id": camera.id,
        "key": f"c{camera.id}",
        "code": camera.code,
        "name": camera.name,
        "group": str(camera.enterprise_id or PARK_GROUP),
        "kind": picture_kind(camera, settings),
        "lon": camera.lon,
        "lat": camera.lat,
    }


def _vehicles(session: Session, viewer: Viewer) -> list[dict[str, Any]]:
    statement = visible(Vehicle, viewer).options(lazyload("*")).order_by(Vehicle.plate)
    with_terminal = select(Terminal.vehicle_id).where(Terminal.deleted_at.is_(None))
    carriers: dict[int, str] = dict(session.execute(select(Enterprise.id, Enterprise.short_name)).all())
    rows = session.scalars(statement.where(Vehicle.id.in_(with_terminal)))
    return [{"id": row.id, "plate": row.plate, "carrier": carriers.get(row.carrier_id, "")} for row in rows]


def states(session: Session, viewer: Viewer, settings: Settings, now: datetime | None = None, only: Sequence[Camera] | None = None) -> dict[str, Any]:
    """What is known of every camera that the viewer sees, or of ``only`` these, by id, and the moment of the answer. Instants are milliseconds."""
    viewer.require(RIGHT)
    moment = now or datetime.now(UTC)
    cameras = list(session.scalars(visible(Camera, viewer)) if only is None else only)
    known = {one.camera_id: one for one in session.scalars(select(CameraState).where(CameraState.camera_id.in_([one.id for one in cameras])))}
    return {"at": _ms(moment), "cameras": {str(camera.id): _state(camera, known.get(camera.id), settings, moment) for camera in cameras}}


def _state(camera: Camera, known: CameraState | None, settings: Settings, now: datetime) -> dict[str, Any]:
    state, since, seen, reason = state_of(camera, known, settings, now)
    told = {"state": state, "word": word(CAMERA_STATES, state), "since": _ms(since), "seen": _ms(seen), "reason": reason}
    if known is not None and known.picture:
        told |= {"picture": known.picture[:16], "pictured": _ms(known.pictured_at)}
    return told | {"no_picture": (known.picture_reason if known else "") or ""}


def state_of(camera: Camera, known: CameraState | None, settings: Settings, now: datetime) -> tuple[str, datetime | None, datetime | None, str]:
    """(state, since, when the picture last came on, reason) of a camera, whatever the jobs role has got to by now."""
    source = watched(camera, settings)
    if source is None:
        lacks = camera.source != "hls" and camera.stream and not settings.hls_template
        return "unset", None, None, "没有配置流媒体服务器（PARK_MEDIA_HLS）" if lacks else ""
    if known is None or known.source != source.digest:
        return "checking", None, None, ""
    if now - known.checked_at > LATE:
        return "checking", known.checked_at, known.seen_at, "长时间没有检测，定时任务可能停止"
    return known.state, known.since, known.seen_at, known.reason or ""


def nearest(session: Session, viewer: Viewer, lon: float, lat: float, most: int = 4) -> list[str]:
    """Keys of the cameras next to a place, nearest first."""
    east = math.cos(math.radians(lat))
    cameras = session.scalars(visible(Camera, viewer))
    order = sorted(cameras, key=lambda one: (math.hypot((one.lon - lon) * east, one.lat - lat), one.id))
    return [f"c{one.id}" for one in order[:most]]


def requests_of(session: Session, viewer: Viewer, keys: Iterable[str], now: datetime | None = None) -> dict[str, dict[str, Any]]:
    """What became of the last request for the picture of each vehicle channel among ``keys``, by key."""
    wanted = [found for found in (_KEY.fullmatch(key) for key in list(keys)[:MOST_ASKED]) if found and found[2]]
    if not wanted or not viewer.may("vehicle.view"):
        return {}
    since = (now or datetime.now(UTC)) - ASKED_FOR
    statement = visible(VehicleCommand, viewer).options(lazyload("*")).where(
        VehicleCommand.vehicle_id.in_([int(found[2]) for found in wanted]),
        VehicleCommand.kind.in_(("video", "video_stop")),
        VehicleCommand.created_at > since,
    )
    newest: dict[str, VehicleCommand] = {}
    for command in session.scalars(statement.order_by(VehicleCommand.id)):
        newest[f"v{command.vehicle_id}-{command.values.get('channel')}"] = command
    return {key: _request(newest[key]) for key in (found[0] for found in wanted) if key in newest}


def _request(command: VehicleCommand) -> dict[str, Any]:
    is_stopped = command.kind == "video_stop" and str(command.values.get("control")) == "0" and command.state == "answered"
    return {
        "kind": command.kind,
        "state": "stopped" if is_stopped else command.state,
        "word": word(COMMAND_STATES, command.state),
        "result": command.result or "",
        "at": _ms(command.answered_at or command.sent_at or command.created_at),
    }


def _ms(at: datetime | None) -> int:
    return round(at.timestamp() * 1000) if at else 0
