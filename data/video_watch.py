"""Looks at every camera by the clock: does its picture come, and a snapshot of it now and then. Done by the jobs role."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urljoin

from sqlalchemy import delete, select
from sqlalchemy.orm import lazyload

from data.db import session
from data.media_fetch import NotFetched, fetch
from data.models import Camera, CameraState
from data.rules import hls
from data.rules.camera_watch import Known, Look, judge
from data.settings import Settings
from data.snapshots import Snapshot, forget, take
from data.video import Source, camera_source, picture_source

log = logging.getLogger(__name__)

EVERY_S = 20
AT_ONCE = 8
_SECONDS = 6.0


class Task(NamedTuple):
    """A camera to look at: with its stream, its address of pictures, what was known, and whether a snapshot is due."""

    camera_id: int
    stream: Source | None
    picture: Source | None
    before: Known | None
    wants_picture: bool


class Found(NamedTuple):
    """What the look found; ``picture`` is a snapshot or the reason why there is none."""

    known: Known | None
    picture: Snapshot | str | None


def run(settings: Settings, now: datetime | None = None) -> tuple[int, int]:
    """Look at all cameras; how many have a source, and how many of these are on line."""
    moment = now or datetime.now(UTC)
    tasks = _tasks(settings, moment)
    with ThreadPoolExecutor(AT_ONCE, "camera") as pool:
        found = list(pool.map(lambda task: _look(task, settings, now or datetime.now(UTC)), tasks))
    _write(tasks, found, moment)
    forget({task.camera_id for task in tasks})
    return len(tasks), sum(one.known is not None and one.known.state == "online" for one in found)


def _tasks(settings: Settings, now: datetime) -> list[Task]:
    with session() as current:
        cameras = list(current.scalars(select(Camera).options(lazyload("*")).where(Camera.deleted_at.is_(None)).order_by(Camera.id)))
        states = {one.camera_id: one for one in current.scalars(select(CameraState))}
        tasks = [_task(camera, states.get(camera.id), settings, now) for camera in cameras]
        kept = {task.camera_id for task in tasks if task.stream or task.picture}
        current.execute(delete(CameraState).where(CameraState.camera_id.not_in(kept)))
    return [task for task in tasks if task.camera_id in kept]


def _task(camera: Camera, known: CameraState | None, settings: Settings, now: datetime) -> Task:
    stream, picture = camera_source(camera, settings), picture_source(camera)
    is_same = known is not None and known.source == (stream or picture or Source("", "")).digest
    before = Known(known.state, known.since, known.seen_at, known.mark or "", known.reason or "") if known is not None and is_same else None
    return Task(camera.id, stream, picture, before, _is_due(known, settings, now, is_alone=stream is None))


def _is_due(known: CameraState | None, settings: Settings, now: datetime, *, is_alone: bool) -> bool:
    """Whether a snapshot is to be tried; one that alone tells whether the camera is there is tried at every look until it comes."""
    if known is None or known.picture_tried_at is None or (is_alone and known.picture_reason):
        return settings.video_snapshot_s > 0
    return settings.video_snapshot_s > 0 and now - known.picture_tried_at >= timedelta(seconds=settings.video_snapshot_s)


def _look(task: Task, settings: Settings, now: datetime) -> Found:
    """Never raises: one camera that goes wrong stops no other."""
    try:
        playlist, look = _playlist(task.stream, settings) if task.stream else (None, Look())
        known = judge(task.before, look, now) if task.stream else None
        if not task.wants_picture:
            return Found(known, None)
        return Found(known, take(task.picture, playlist, settings, now))
    except Exception as error:
        log.warning("camera %d: %s", task.camera_id, error, exc_info=True)
        return Found(judge(task.before, Look(reason="检测出错，见日志"), now), None)


def _playlist(source: Source, settings: Settings) -> tuple[tuple[Source, str, hls.Playlist] | None, Look]:
    """The media playlist (with its source and address), and the look at it."""
    try:
        address, playlist = media_playlist(source, settings)
    except NotFetched as error:
        return None, Look(reason=str(error)[:200])
    if not playlist.segments:
        return None, Look(reason="播放列表是空的")
    return (source, address, playlist), Look(playlist.mark, playlist.target_s, playlist.is_ended)


def media_playlist(source: Source, settings: Settings, seconds: float = _SECONDS) -> tuple[str, hls.Playlist]:
    """Address and content of the playlist that has the pieces: where the source is a master, that of its smallest variant."""
    address = source.address
    for _ in range(2):
        playlist = _read(source, address, settings, seconds)
        if not playlist.variants:
            return address, playlist
        address = urljoin(address, playlist.variants[0])
    raise NotFetched("播放列表层层嵌套")


def _read(source: Source, address: str, settings: Settings, seconds: float) -> hls.Playlist:
    target, headers = source.request(address)
    try:
        return hls.read(fetch(target, settings, headers=headers, most=hls.LONGEST, seconds=seconds).decode("utf-8", "replace"))
    except ValueError as error:
        raise NotFetched(str(error)) from error


def _write(tasks: list[Task], found: list[Found], now: datetime) -> None:
    with session() as current:
        there = {one.camera_id: one for one in current.scalars(select(CameraState).with_for_update())}
        alive = set(current.scalars(select(Camera.id).where(Camera.id.in_([task.camera_id for task in tasks]))))
        for task, one in zip(tasks, found, strict=True):
            if task.camera_id not in alive:
                continue
            row = there.get(task.camera_id) or CameraState(camera_id=task.camera_id, state="checking", since=now)
            row.source, row.checked_at = (task.stream or task.picture or Source("", "")).digest, now
            if one.known is not None:
                row.state, row.since, row.seen_at = one.known.state, one.known.since, one.known.seen_at
                row.mark, row.reason = one.known.mark or None, one.known.reason or None
            _keep_picture(row, one.picture, task, now)
            current.add(row)


def _keep_picture(row: CameraState, picture: Snapshot | str | None, task: Task, now: datetime) -> None:
    if task.wants_picture and (picture is not None or task.stream is None):
        row.picture_tried_at = now
    if isinstance(picture, Snapshot):
        picture.keep(task.camera_id)
        row.picture, row.pictured_at, row.picture_reason = picture.digest, picture.at, None
    elif isinstance(picture, str):
        row.picture_reason = picture[:200]
    if task.stream is None:  # a camera of single pictures: they tell whether it is there
        state = "offline" if isinstance(picture, str) else "online" if isinstance(picture, Snapshot) else row.state
        if state != row.state:
            row.state, row.since = state, now
        row.reason = picture if isinstance(picture, str) else row.reason if picture is None else None
        row.seen_at = now if isinstance(picture, Snapshot) else row.seen_at


