"""视频配置: where the picture of each camera comes from, and whether it comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.blocks.place import place
from dashboard.moments import moment_words
from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Fact, Figure, Filter, FormField
from data.choices import Choice
from data.choices.video import CAMERA_STATES
from data.errors import Invalid
from data.models import Camera, CameraState, Enterprise
from data.query import visible
from data.rules.video import credential
from data.save import update
from data.settings import current_settings
from data.validity import NOT_SAVED
from data.video import faults, moved, state_of
from data.viewer import Viewer

CLEAR = "无"
_BY_CODE = {one.code: one for one in CAMERA_STATES}


def camera_owners(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """The enterprises that have a camera the viewer sees."""
    used = visible(Camera, viewer).with_only_columns(Camera.enterprise_id)
    rows = session.execute(select(Enterprise.id, Enterprise.short_name).where(Enterprise.id.in_(used)).order_by(Enterprise.short_name))
    return [Choice(str(identity), name) for identity, name in rows]


def picture_state(session: Session, viewer: Viewer, cameras: Sequence[Camera]) -> Mapping[int, Figure | Choice]:
    """Whether the picture of each camera comes."""
    known = _known(session, [camera.id for camera in cameras])
    now, settings = datetime.now(UTC), current_settings()
    return {camera.id: _BY_CODE[state_of(camera, known.get(camera.id), settings, now)[0]] for camera in cameras}


def last_seen(session: Session, viewer: Viewer, cameras: Sequence[Camera]) -> Mapping[int, Figure | Choice]:
    """When the picture of each camera last came."""
    now = datetime.now(UTC)
    found = _known(session, [camera.id for camera in cameras])
    return {identity: Figure(moment_words(one.seen_at, now, seconds=True)) for identity, one in found.items() if one.seen_at}


def _known(session: Session, ids: Sequence[int]) -> dict[int, CameraState]:
    return {one.camera_id: one for one in session.scalars(select(CameraState).where(CameraState.camera_id.in_(ids)))}


def _above(session: Session, viewer: Viewer, camera: Camera) -> Component:
    """The newest snapshot, what is known of the stream, and the way to it."""
    known = session.get(CameraState, camera.id)
    state, since, _, reason = state_of(camera, known, current_settings(), datetime.now(UTC))
    choice = _BY_CODE[state]
    words = [choice.word, f"自 {moment_words(since, datetime.now(UTC), seconds=True)} 起" if since else "", reason]
    parts: list[Component] = []
    if known is not None and known.picture and known.pictured_at:
        at = moment_words(known.pictured_at, datetime.now(UTC), seconds=True)
        parts.append(html.Img(src=f"/video/snapshot/{camera.id}?v={known.picture[:16]}", alt=f"{camera.name} {at} 抓拍", className="drawer-picture"))
        parts.append(html.P(f"抓拍于 {at}", className="cap"))
    parts.append(html.P([html.Span(choice.word, className=f"tag {_TONES.get(choice.tone, '')}"), " ", " · ".join(one for one in words[1:] if one)], className="video-state-line"))
    parts.append(html.A("打开实时视频", href=f"/video?cam={camera.code}", className="button"))
    return html.Div(parts, className="video-above")


_TONES = {"ok": "green", "warn": "orange", "danger": "red"}


def _check(camera: Camera | None, values: dict[str, Any]) -> dict[str, str]:
    return faults(values, current_settings())


def _prepare(session: Session, viewer: Viewer, camera: Camera | None, values: dict[str, Any]) -> dict[str, Any]:
    """A credential of one host is not sent to another that somebody enters later."""
    return values | {"credential": None} if camera is not None and camera.credential and moved(camera, values) else values


def _set_credential(session: Session, viewer: Viewer, camera: Camera, values: Mapping[str, Any]) -> str:
    text = str(values.get("secret") or "").strip()
    fault = "" if text == CLEAR else credential(text)
    if fault:
        raise Invalid(NOT_SAVED, {"secret": fault})
    update(session, camera, viewer, {"credential": None if text == CLEAR else text})
    return f"已{'清除' if text == CLEAR else '设置'}“{camera.name}”的访问凭据。"


CAMERAS = Resource(
    key="video_camera",
    model=Camera,
    path="/video/cameras",
    title="视频配置",
    permission="video.view",
    module="监测预警",
    icon="camera-video",
    sort="code",
    placeholder="编码、名称",
    columns=(
        Column("code", width=120),
        Column("name", look="link", width=240),
        Column("enterprise.short_name", label="企业", width=150, hint=lambda one: one.enterprise.name if one.enterprise else "园区公共"),
        Column("state", label="画面", look="tag", width=130, figures=picture_state, is_sortable=False),
        Column("seen", label="最近有画面", width=150, figures=last_seen, is_sortable=False),
        Column("source", width=190),
        Column("stream_url", width=260, is_sortable=False, is_on_card=False),
        Column("stream", width=180, is_on_card=False),
        Column("snapshot_url", width=220, is_sortable=False, is_on_card=False, is_shown=False),
        Column("department.short_name", label="所属机构", width=120, hint=lambda one: one.department.name if one.department else ""),
    ),
    filters=(Filter("enterprise_id", options=camera_owners), Filter("source"), Filter("department_id", "所属机构")),
    subtitle=lambda one: (one.code, one.enterprise.name if one.enterprise else "园区公共"),
    above=_above,
    facts={"视频源": ("source", "stream_url", "stream", "snapshot_url", Fact("credential", "访问凭据", lambda one: "已设置" if one.credential else "未设置")), "归属": ("enterprise.name", "department.name")},
    rail=place,
    form={
        "摄像机": ("code", "name", FormField("enterprise_id", help="不填即园区公共")),
        "视频源": ("source", "stream_url", "stream", "snapshot_url"),
        "位置": ("lon",),
        "归属": (FormField("department_id", is_required=False, help="不填即您所在的机构；只有本机构可以修改"),),
    },
    sheet="camera",
    edit_permission="video.edit",
    delete_permission="video.edit",
    can_add=True,
    check=_check,
    prepare=_prepare,
    actions=(
        Action(
            "credential",
            "访问凭据",
            "video.edit",
            _set_credential,
            lambda camera: f"只用于从“{camera.name}”自己的主机取画面，保存后任何页面都不再显示。视频源换了主机时自动清除。",
            icon="key",
            fields=(FormField("secret", "访问凭据", is_required=True, help=f"用户名:密码，或 token=… 形式的参数；填“{CLEAR}”即清除"),),
        ),
    ),
    empty_title="还没有摄像机",
    empty_text="添加摄像机，或用 Excel 导入，填写视频源后，画面在“实时视频”中观看。",
)
