"""Walls: who may put one up, what its token opens, and until when.

A token is shown once; its digest is kept. It opens the screens that its wall names and nothing else, reads for the whole park,
and writes nothing but the wall's own signs of life.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, func, or_, select
from sqlalchemy import update as sql_update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from data import daily_screen
from data.choices.monitoring import SCREENS
from data.errors import Forbidden, Invalid
from data.models import Wall, WallBeat
from data.save import create, update
from data.viewer import Viewer

EDIT = "screen.edit"
PREFIX = "wall_"  # by which a wall's token is known wherever it is shown
USE_STEP = timedelta(minutes=1)
MOST_SEATS = 20  # windows of one wall that are remembered
KEPT = timedelta(days=30)  # and how long after their last sign of life
ALIVE = timedelta(seconds=40)  # four beats

# What each screen shows, and so what its wall may read.
RIGHTS: Mapping[str, tuple[str, ...]] = {
    "park": ("map.view", "tank.view", "vehicle.view", "alarm.view", "danger.view"),
    "risk": ("risk_map.view", "alarm.view"),
    "tanks": ("tank.view", "alarm.view"),
    "vehicles": ("vehicle.view", "alarm.view"),
    "daily": daily_screen.RIGHTS,
    "incident": ("incident.view", "map.view", "tank.view", "alarm.view", "emergency.view"),
}
WITH_MAP = frozenset({"park", "risk", "vehicles", "incident"})


class Refused(Forbidden):
    """Why a wall shows nothing: ``reason`` is missing, unknown, revoked, expired or screen."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Seat(NamedTuple):
    """A wall that is let in: whose it is, which screens, and as whom it reads. ``epoch`` changes with every new token.

    The preview of a person who manages screens has no ``wall_id``.
    """

    wall_id: int | None
    name: str
    place: str
    screens: tuple[str, ...]
    epoch: int
    viewer: Viewer


def rights_of(screens: Iterable[str]) -> frozenset[str]:
    """The permissions that these screens need; of a code that is no screen, none."""
    return frozenset(right for screen in screens for right in RIGHTS.get(screen, ()))


def save_wall(session: Session, viewer: Viewer, wall: Wall | None, values: dict[str, Any], version: int | None) -> tuple[Wall, str]:
    """The wall as entered, and the token of a new one. Invalid without a screen; Forbidden to whoever sees less than it will show."""
    require(viewer, values.get("screens") or (wall.screens if wall else ()))
    if "screens" in values and not values["screens"]:
        raise Invalid("请至少选择一个画面。", {"screens": "请至少选择一个画面。"})
    if wall is not None:
        return update(session, wall, viewer, values, version=version), ""
    made = create(session, Wall, viewer, values)
    return made, issue(session, made, viewer)


def require(viewer: Viewer, screens: Iterable[str]) -> None:
    """Forbidden unless the viewer may manage walls and sees all that these screens show: a token must not open more than its giver may see."""
    viewer.require(EDIT)
    if viewer.scope != "all":
        raise Forbidden("大屏显示全园区的数据，只有数据范围为全部的人员可以签发令牌。")
    for right in sorted(rights_of(screens)):
        viewer.require(right)


def issue(session: Session, wall: Wall, viewer: Viewer) -> str:
    """A new token of the wall, shown this once; the one before it opens nothing from now on."""
    require(viewer, wall.screens)
    token = PREFIX + secrets.token_urlsafe(32)
    now = datetime.now(UTC)
    update(session, wall, viewer, {"digest": _digest(token), "issued_at": now, "revoked_at": None, "last_used_at": None}, verb="token")
    return token


def revoke(session: Session, wall: Wall, viewer: Viewer) -> None:
    """Take the token back; open windows of the wall stop within a minute."""
    viewer.require(EDIT)
    update(session, wall, viewer, {"revoked_at": datetime.now(UTC)}, verb="revoke")


def admitted(session: Session, token: str, now: datetime) -> Seat:
    """The wall whose token this is. Refused, with what to do in words, when it opens nothing; the use is noted once a minute."""
    wall = session.scalar(select(Wall).where(Wall.digest == _digest(token)))
    if wall is None:
        raise Refused("unknown", "大屏令牌无效：地址不完整，或已换发新令牌。")
    seat = _seat(wall, now)
    if wall.last_used_at is None or now - wall.last_used_at > USE_STEP:
        session.execute(sql_update(Wall).where(Wall.id == wall.id).values(last_used_at=now, updated_at=wall.updated_at))
    return seat


def still(session: Session, wall_id: int, epoch: int, now: datetime) -> Seat | None:
    """The wall, if the token of that epoch is still good."""
    wall = session.get(Wall, wall_id)
    if wall is None or _epoch(wall) != epoch:
        return None
    try:
        return _seat(wall, now)
    except Refused:
        return None


def _seat(wall: Wall, now: datetime) -> Seat:
    if wall.revoked_at or wall.deleted_at:
        raise Refused("revoked", f"“{wall.name}”的大屏令牌已停用。")
    if wall.expires_at and wall.expires_at <= now:
        raise Refused("expired", f"“{wall.name}”的大屏令牌已过有效期。")
    viewer = Viewer(None, PREFIX.rstrip("_"), wall.name, role="wall", permissions=rights_of(wall.screens), scope="all")
    return Seat(wall.id, wall.name, wall.place or "", tuple(wall.screens), _epoch(wall), viewer)


def preview(viewer: Viewer) -> Seat:
    """The seat of a person who looks at the screens while composing them: their own rights and scope, and no more than a screen shows."""
    viewer.require(EDIT)
    allowed = tuple(one.code for one in SCREENS if all(viewer.may(right) for right in RIGHTS[one.code]))
    return Seat(None, "预览", "", allowed, 0, viewer)


def _epoch(wall: Wall) -> int:
    return int(wall.issued_at.timestamp() * 1000) if wall.issued_at else 0


def _digest(token: str) -> str:
    """SHA-256 in hexadecimal; a token has 256 random bits, so it needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


class Beat(NamedTuple):
    """What a window says of itself. ``figures``: what stands on it, for the miniature of the page of walls."""

    seat: str
    showing: str
    state: str
    width: int
    height: int
    app_version: str
    clock_off_s: int
    memory_mb: int | None
    figures: Mapping[str, int]


STATES = ("live", "stale", "connecting")
FIGURES = ("urgent", "important", "minor", "system", "waiting", "tanks", "tanks_all", "vehicles", "vehicles_all")


def beat_from(said: Any) -> Beat:
    """A beat out of what a browser sent; Invalid when it is none. Nothing of it is believed beyond its shape."""
    try:
        beat = Beat(
            seat=str(said["seat"])[:40],
            showing=str(said["showing"]),
            state=str(said["state"]),
            width=_count(said["width"]),
            height=_count(said["height"]),
            app_version=str(said["version"])[:20],
            clock_off_s=max(-(10**9), min(10**9, int(said["clock_off_s"]))),
            memory_mb=None if said.get("memory_mb") is None else _count(said["memory_mb"]),
            figures={name: _count(said["figures"][name]) for name in FIGURES if name in said["figures"]},
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise Invalid("心跳的内容无法理解。") from error
    if not beat.seat.isalnum() or beat.showing not in RIGHTS or beat.state not in STATES or not beat.app_version.isalnum():
        raise Invalid("心跳的内容无法理解。")
    return beat


def _count(value: Any) -> int:
    return max(0, min(10**6, int(value)))


def note_beat(session: Session, seat: Seat, beat: Beat, address: str, agent: str, now: datetime) -> None:
    """Remember the window's sign of life; of a wall opened in very many windows the newest MOST_SEATS are kept."""
    values = beat._asdict() | {"wall_id": seat.wall_id, "at": now, "since": now, "address": address, "agent": agent[:200]}
    added = insert(WallBeat).values(**values)
    renewed = {name: added.excluded[name] for name in values if name not in ("seat", "since", "wall_id")}
    session.execute(added.on_conflict_do_update(index_elements=["seat"], set_=renewed, where=WallBeat.wall_id == seat.wall_id))
    newest = select(WallBeat.id).where(WallBeat.wall_id == seat.wall_id).order_by(WallBeat.at.desc()).limit(MOST_SEATS)
    is_over = or_(WallBeat.id.not_in(newest), WallBeat.at < now - KEPT)
    session.execute(delete(WallBeat).where(WallBeat.wall_id == seat.wall_id, is_over))


def last_beats(session: Session, walls: Sequence[Wall]) -> dict[int, datetime]:
    """When each of the walls was last alive; without those that never were."""
    asked = select(WallBeat.wall_id, func.max(WallBeat.at)).where(WallBeat.wall_id.in_([wall.id for wall in walls]))
    return dict(session.execute(asked.group_by(WallBeat.wall_id)).all())
