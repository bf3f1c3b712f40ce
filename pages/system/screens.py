"""大屏配置: how the park composes its screens, with the cameras that stand on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.checks import checks
from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Fact, FormField
from data import screen_video, screens, walls
from data.choices import Choice
from data.models import Camera, ScreenSetting
from data.query import visible
from data.settings import current_settings
from data.video import picture_kind
from data.viewer import Viewer
from pages.system.walls import GROUP


def _panels_of(setting: ScreenSetting) -> str:
    return "、".join(screens.PANELS.get(setting.screen, {}).get(code, code) for code in setting.panels)


def _panel_boxes(session: Session, viewer: Viewer, text: str) -> Component:
    """The panels of the screen that the text begins with, as ``_starts`` wrote it."""
    screen, _, ticked = text.partition(":")
    return checks("panels", [("", screens.panel_choices(screen))], ticked.split(","))


def _panel_codes(session: Session, viewer: Viewer, text: str) -> list[str]:
    return [code for code in text.split(",") if code]


def _starts(session: Session, setting: ScreenSetting) -> Mapping[str, str]:
    return {"panels": f"{setting.screen}:{','.join(setting.panels)}"}


def _choose(session: Session, viewer: Viewer, setting: ScreenSetting, values: Mapping[str, Any]) -> str:
    screens.choose_panels(session, viewer, setting, values["panels"])
    return f"“{setting.title}”的栏目已保存，大屏五分钟内按新配置显示。"


def _camera_boxes(session: Session, viewer: Viewer, text: str) -> Component:
    """The cameras that the viewer sees, by enterprise; what has no source yet says so."""
    found = session.scalars(visible(Camera, viewer).order_by(Camera.enterprise_id.nulls_first(), Camera.code))
    settings = current_settings()
    groups: dict[str, list[Choice]] = {}
    for camera in found:
        words = camera.name if picture_kind(camera, settings) else f"{camera.name}（未配置视频源）"
        groups.setdefault(camera.enterprise.short_name if camera.enterprise else "园区公共", []).append(Choice(str(camera.id), words))
    return checks("cameras", groups.items(), text.split(","))


def _camera_ids(session: Session, viewer: Viewer, text: str) -> list[int]:
    codes = [code for code in text.split(",") if code]
    if not all(code.isdecimal() and len(code) < 19 for code in codes):
        raise ValueError("请选择列出的摄像机。")
    return [int(code) for code in codes]


def _video_starts(session: Session, setting: ScreenSetting) -> Mapping[str, str]:
    return {"panes": str(setting.panes), "cameras": ",".join(str(one) for one in setting.cameras)}


def _choose_video(session: Session, viewer: Viewer, setting: ScreenSetting, values: Mapping[str, Any]) -> str:
    screen_video.choose(session, viewer, setting, int(values["panes"]), values["cameras"])
    told = f"显示 {len(setting.cameras)} 路视频" if setting.cameras else "不再显示视频"
    return f"“{setting.title}”{told}，大屏五分钟内按新配置显示。"


def _video_of(setting: ScreenSetting) -> str:
    is_on = screen_video.PANEL in setting.panels
    return f"{setting.panes} 画面，{len(setting.cameras)} 路" if is_on else "—"


PANES = tuple(Choice(str(one), f"{one} 画面") for one in screen_video.PANES)
SETTINGS = Resource(
    key="screen_setting",
    model=ScreenSetting,
    path="/system/screens",
    title="大屏配置",
    permission=walls.EDIT,
    module="系统管理",
    group=GROUP,
    sort="position",
    placeholder="标题",
    columns=(
        Column("title", width=220, look="link"),
        Column("screen", width=120, show=lambda setting: f"/screen/{setting.screen}", is_sortable=False),
        Column("panels", show=_panels_of, is_sortable=False),
        Column("position", width=100),
        Column("updated_at", look="muted", width=130, is_on_card=False),
    ),
    heading=lambda setting: setting.title,
    facts={"画面": ("title", Fact("screen", "地址", lambda setting: f"/screen/{setting.screen}"), Fact("panels", "栏目", _panels_of), Fact("panes", "视频", _video_of), "position")},
    form={"画面": (FormField("title", help="显示在园区名称之后"), FormField("position", help="rotate=all 时按此顺序轮播"))},
    edit_permission=walls.EDIT,
    actions=(
        Action(
            "panels",
            "选择栏目",
            walls.EDIT,
            _choose,
            lambda setting: f"“{setting.title}”显示哪些栏目；地图总在中间。",
            icon="layout-three-columns",
            fields=(FormField("panels", "栏目", draw=_panel_boxes, read=_panel_codes, is_required=False),),
            starts=_starts,
        ),
        Action(
            "video",
            "选择视频",
            walls.EDIT,
            _choose_video,
            lambda setting: f"“{setting.title}”显示哪些摄像机的实时画面；一个都不选即不显示视频。大屏令牌只能看到这里选中的摄像机。",
            icon="camera-video",
            fields=(
                FormField("panes", "画面数", options=lambda session, viewer: PANES, is_required=True),
                FormField("cameras", "摄像机", draw=_camera_boxes, read=_camera_ids, is_required=False, is_long=True),
            ),
            starts=_video_starts,
            when=lambda setting: screen_video.PANEL in screens.PANELS.get(setting.screen, {}),
        ),
    ),
    save_note="大屏五分钟内、或夜间重新载入时按新配置显示。标志在“附件”中上传，不传即用平台标志。",
    can_export=False,
)
