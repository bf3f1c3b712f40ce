"""Video on big screens: which cameras the park put on a screen, in how many panes. A wall sees these and no others, as long as they stand there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.errors import Forbidden, Invalid, NotFound
from data.models import Camera, ScreenSetting
from data.query import visible
from data.save import update
from data.settings import Settings
from data.video import RIGHT, Source, picture_kind, source_of, states
from data.viewer import Viewer

PANEL = "video"
PANES = (1, 4, 9)


class Shown(NamedTuple):
    """What stands in the panel: the cameras in their order, never more than ``panes``."""

    panes: int
    cameras: list[Camera]


def _looker(viewer: Viewer) -> Viewer:
    """As whom the cameras of a screen are read: a wall may see those that stand on its screen, a person by their own right."""
    return replace(viewer, permissions=viewer.permissions | {RIGHT}) if viewer.role == "wall" else viewer


def shown(session: Session, viewer: Viewer, screen: str) -> Shown | None:
    """The panel of ``screen``; None where it has none, or where the viewer may not see video."""
    setting = session.scalar(select(ScreenSetting).where(ScreenSetting.screen == screen, ScreenSetting.deleted_at.is_(None)))
    looker = _looker(viewer)
    if setting is None or PANEL not in setting.panels or not looker.may(RIGHT):
        return None
    found = {camera.id: camera for camera in session.scalars(visible(Camera, looker).where(Camera.id.in_(setting.cameras)))}
    return Shown(setting.panes, [found[identity] for identity in setting.cameras if identity in found][: setting.panes])


def facts(session: Session, viewer: Viewer, screen: str, settings: Settings) -> dict[str, Any] | None:
    """What the panel is built from."""
    panel = shown(session, viewer, screen)
    if panel is None:
        return None
    cameras = [
        {"id": camera.id, "key": f"c{camera.id}", "name": camera.name, "place": camera.enterprise.short_name if camera.enterprise else "", "kind": picture_kind(camera, settings)}
        for camera in panel.cameras
    ]
    return {"panes": panel.panes, "cameras": cameras, "snapshotEvery": settings.video_snapshot_s}


def figures(session: Session, viewer: Viewer, screen: str, settings: Settings) -> dict[str, Any] | None:
    """What is known of the cameras now, by id."""
    panel = shown(session, viewer, screen)
    return None if panel is None else states(session, _looker(viewer), settings, only=panel.cameras)["cameras"]


def camera_on(session: Session, viewer: Viewer, screen: str, key: str) -> Camera:
    """The camera of that key; NotFound when it does not stand on the screen. Keys come from browsers."""
    panel = shown(session, viewer, screen)
    found = next((camera for camera in (panel.cameras if panel else []) if f"c{camera.id}" == key), None)
    if found is None:
        raise NotFound("这个画面上没有这路视频。")
    return found


def source_on(session: Session, viewer: Viewer, screen: str, key: str, settings: Settings) -> Source:
    """Where the picture of that camera is; NotFound when it does not stand on the screen, or has no source."""
    return source_of(session, _looker(viewer), f"c{camera_on(session, viewer, screen, key).id}", settings)


def choose(session: Session, viewer: Viewer, setting: ScreenSetting, panes: int, wanted: Sequence[int]) -> None:
    """Put these cameras on the screen, or with none take its video away. Forbidden to whoever sees less than a wall; Invalid, at its
    field, when there are more than panes, or one that the viewer does not see."""
    viewer.require("screen.edit")
    viewer.require(RIGHT)
    if viewer.scope != "all":
        raise Forbidden("大屏显示全园区的数据，只有数据范围为全部的人员可以选择视频。")
    if panes not in PANES:
        raise Invalid("请选择画面数。", {"panes": "请选择画面数。"})
    if len(wanted) > panes:
        told = f"{panes} 画面最多选择 {panes} 路，已选 {len(wanted)} 路。"
        raise Invalid(told, {"cameras": told})
    known = list(session.scalars(visible(Camera, viewer).with_only_columns(Camera.id).where(Camera.id.in_(wanted)).order_by(Camera.code)))
    if set(known) != set(wanted):
        raise Invalid("请选择列出的摄像机。", {"cameras": "请选择列出的摄像机。"})
    others = [code for code in setting.panels if code != PANEL]
    if not (known or others):
        raise Invalid("画面至少要有一个栏目。", {"cameras": "画面至少要有一个栏目。"})
    update(session, setting, viewer, {"panes": panes, "cameras": known, "panels": [*others, PANEL] if known else others})
