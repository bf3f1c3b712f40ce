"""大屏管理: the walls with their tokens; 大屏状态: which windows are alive."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dash import html
from dash.development.base_component import Component
from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.blocks.basic import facts, notice, state_tag, tag
from dashboard.blocks.checks import checks
from dashboard.callbacks import say
from dashboard.moments import full_words, moment_words
from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Fact, Figure, Filter, FormField
from dashboard.screens import version
from data import walls
from data.choices import Choice, word
from data.choices.monitoring import SCREENS
from data.models import Wall, WallBeat
from data.settings import current_settings
from data.viewer import Viewer

GROUP = "大屏"
INCIDENT = "incident"
STATES = (Choice("live", "正常", "ok"), Choice("stale", "数据中断", "danger"), Choice("connecting", "连接中", "warn"), Choice("gone", "无心跳", "stale"))


def state_of(wall: Wall, now: datetime) -> Choice:
    """Whether the wall's token opens anything now."""
    if wall.digest is None:
        return Choice("none", "未签发", "stale")
    if wall.revoked_at:
        return Choice("revoked", "已停用", "danger")
    if wall.expires_at and wall.expires_at <= now:
        return Choice("expired", "已过期", "warn")
    return Choice("valid", "有效", "ok")


def address_of(wall: Wall, token: str) -> str:
    """What is typed into the browser of the wall; with several screens they take turns. That of incidents comes by itself."""
    base = current_settings().public_url.rstrip("/") or request.host_url.rstrip("/")
    shown = [one.code for one in SCREENS if one.code in wall.screens and one.code != INCIDENT] or list(wall.screens)
    turns = f"&rotate={','.join(shown)}&every=30" if len(shown) > 1 else ""
    return f"{base}/screen/{shown[0]}?token={token}{turns}"


def _told(wall: Wall, token: str) -> str:
    return f"“{wall.name}”的大屏地址：{address_of(wall, token)} 。只显示这一次，请立即填入大屏电脑的浏览器。"


def _store(session: Session, viewer: Viewer, wall: Wall | None, values: dict[str, Any], version: int | None) -> Wall:
    saved, token = walls.save_wall(session, viewer, wall, values, version)
    if token:
        say("info", _told(saved, token), stays=True)
    return saved


def _issue(session: Session, viewer: Viewer, wall: Wall, values: Mapping[str, Any]) -> str:
    return _told(wall, walls.issue(session, wall, viewer))


def _revoke(session: Session, viewer: Viewer, wall: Wall, values: Mapping[str, Any]) -> str:
    walls.revoke(session, wall, viewer)
    return f"“{wall.name}”的令牌已停用，已打开的画面一分钟内停止。"


def _states(session: Session, viewer: Viewer, rows: Sequence[Wall]) -> Mapping[int, Figure | Choice]:
    now = datetime.now(UTC)
    return {wall.id: state_of(wall, now) for wall in rows}


def _beats(session: Session, viewer: Viewer, rows: Sequence[Wall]) -> Mapping[int, Figure | Choice]:
    now = datetime.now(UTC)
    alive = walls.last_beats(session, rows)
    return {key: Choice("on", "在线", "ok") if now - at <= walls.ALIVE else Choice("off", f"{moment_words(at, now)} 起无心跳", "stale") for key, at in alive.items()}


def _codes(text: str) -> list[str]:
    """The codes as a record holds them, or joined by commas as the boxes send them."""
    try:
        return [str(one) for one in json.loads(text)] if text.startswith("[") else text.split(",")
    except (ValueError, RecursionError):
        return []


def _boxes(session: Session, viewer: Viewer, text: str) -> Component:
    return checks("screens", [("", SCREENS)], _codes(text))


def _ticked(session: Session, viewer: Viewer, text: str) -> list[str]:
    return _known(text, SCREENS, "请选择列出的画面。")


def _known(text: str, choices: Iterable[Choice], otherwise: str) -> list[str]:
    codes = {code for code in text.split(",") if code}
    known = [one.code for one in choices]
    if codes - set(known):
        raise ValueError(otherwise)
    return [code for code in known if code in codes]


def _words(wall: Wall) -> str:
    return "、".join(word(SCREENS, code) for code in wall.screens)


def _guide(session: Session, viewer: Viewer) -> Component:
    links = [html.A(f"预览{one.word}", href=f"/screen/{one.code}", target="_blank", className="button", **{"data-plain": "1"}) for one in SCREENS]
    told = notice("每块大屏一个只读令牌：只能打开勾选的画面，不能登录，不能操作。地址参数 rotate 为轮播的画面，every 为每个画面的秒数，fit=contain 按 1920×1080 居中显示。有未确认的紧急报警时，大屏自动切换到最相关的画面并发声，确认后返回。")
    return html.Div([told, html.Div(links, className="row-line")], className="wall-guide")


WALLS = Resource(
    key="wall",
    model=Wall,
    path="/system/walls",
    title="大屏管理",
    permission=walls.EDIT,
    module="系统管理",
    group=GROUP,
    icon="display",
    sort="id",
    placeholder="名称、位置",
    columns=(
        Column("name", width=180, look="link"),
        Column("place", width=180),
        Column("screens", width=260, show=_words, is_sortable=False),
        Column("state", label="令牌", look="tag", width=90, figures=_states, is_sortable=False),
        Column("beat", label="画面", look="tag", width=190, figures=_beats, is_sortable=False),
        Column("expires_at", width=150),
        Column("last_used_at", look="muted", width=130),
    ),
    facts={
        "大屏": ("name", "place", Fact("screens", "可看画面", _words), "expires_at"),
        "令牌": (Fact("state", "状态", lambda wall: state_of(wall, datetime.now(UTC)).word), "issued_at", "last_used_at", "revoked_at"),
    },
    form={
        "大屏": (
            "name",
            "place",
            FormField(
                "screens",
                draw=_boxes,
                read=_ticked,
                is_long=True,
                is_required=False,
                begins=INCIDENT,
                help="至少一个；令牌打不开没有勾选的画面。勾选“突发事件”后，发生突发事件时无论大屏正显示什么都自动切换，事件结束后返回。",
            ),
            FormField("expires_at", help="留空即长期有效；到时已打开的画面一分钟内停止，延长后自动恢复"),
        )
    },
    edit_permission=walls.EDIT,
    can_add=True,
    can_edit=lambda viewer, wall: "" if viewer.scope == "all" else "大屏显示全园区的数据，只有数据范围为全部的人员可以修改。",
    store=_store,
    save_note="添加后显示大屏地址，只显示一次。",
    actions=(
        Action(
            "issue",
            "换发令牌",
            walls.EDIT,
            _issue,
            lambda wall: "签发新令牌并显示新地址，原地址立即失效，已打开的画面一分钟内停止。" if wall.digest else "签发令牌并显示大屏地址。",
            icon="key",
            stays=True,
        ),
        Action(
            "revoke",
            "停用令牌",
            walls.EDIT,
            _revoke,
            lambda wall: "停用后已打开的画面一分钟内停止，恢复须换发新令牌。",
            icon="slash-circle",
            is_dangerous=True,
            when=lambda wall: wall.digest is not None and wall.revoked_at is None,
        ),
    ),
    delete_permission=walls.EDIT,
    top=_guide,
    can_export=False,
    empty_title="还没有大屏",
    empty_text="为每块大屏添加一条：可看的画面、有效期。保存后得到它的地址，填入大屏电脑的浏览器即可。",
)


# Which windows are alive


def beat_state(beat: WallBeat, now: datetime) -> str:
    """One of STATES: what the window said of itself, as long as it says anything."""
    return beat.state if now - beat.at <= walls.ALIVE else "gone"


def _beat_states(session: Session, viewer: Viewer, rows: Sequence[WallBeat]) -> Mapping[int, Figure | Choice]:
    now = datetime.now(UTC)
    known = {one.code: one for one in STATES}
    states = {beat.id: beat_state(beat, now) for beat in rows}
    return {key: known.get(state, Choice(state, state)) for key, state in states.items()}


def _size(beat: WallBeat) -> str:
    return f"{beat.width}×{beat.height}"


def _version(beat: WallBeat) -> str:
    return f"{beat.app_version}（最新）" if beat.app_version == version() else f"{beat.app_version}（待更新）"


def _clock(beat: WallBeat) -> str:
    return "准确" if abs(beat.clock_off_s) < 5 else f"{'快' if beat.clock_off_s > 0 else '慢'} {abs(beat.clock_off_s):,} 秒"


MINIATURE = (("urgent", "紧急", "danger"), ("important", "重要", "warn"), ("minor", "一般", "note"), ("system", "系统", ""))


def miniature(beat: WallBeat, now: datetime) -> Component:
    """One window in little: its state, what it shows, and the figures that stand on it."""
    state, said = beat_state(beat, now), beat.figures
    counts = [tag(f"{label} {said[name]}", tone if said[name] else "") for name, label, tone in MINIATURE if name in said]
    lines: list[tuple[str, Any]] = [("画面", word(SCREENS, beat.showing)), ("心跳", moment_words(beat.at, now, seconds=True)), ("屏幕", _size(beat)), ("时钟", _clock(beat))]
    lines += [(label, f"{said[name]}/{said.get(f'{name}_all', '—')} 在线") for name, label in (("tanks", "储罐"), ("vehicles", "车辆")) if name in said]
    head = html.B([beat.wall.name, state_tag(STATES, state)])
    return html.Div([head, html.Div(counts, className="row-line") if state == "live" else None, facts(lines, columns=1)], className="panel wall-card")


def _miniatures(session: Session, viewer: Viewer) -> Component | None:
    now = datetime.now(UTC)
    if viewer.scope != "all":
        return None
    wanted = select(WallBeat).join(Wall, Wall.id == WallBeat.wall_id).where(Wall.deleted_at.is_(None)).order_by(WallBeat.wall_id, WallBeat.at.desc())
    beats = list(session.scalars(wanted).unique())
    newest = {beat.wall_id: beat for beat in reversed(beats)}  # a wall that is silent shows once, however often it was opened
    shown = [beat for beat in beats if now - beat.at <= walls.ALIVE or beat is newest[beat.wall_id]]
    return html.Section([miniature(beat, now) for beat in shown], className="wall-cards")


BEATS = Resource(
    key="wall_beat",
    model=WallBeat,
    path="/system/wall-beats",
    title="大屏状态",
    permission=walls.EDIT,
    module="系统管理",
    group=GROUP,
    sort="-at",
    placeholder="地址",
    columns=(
        Column("wall.name", label="大屏", width=170, look="link", is_sortable=False),
        Column("state", look="tag", width=110, figures=_beat_states, is_sortable=False),
        Column("showing", width=140),
        Column("at", width=140),
        Column("since", width=140),
        Column("size", label="屏幕", width=130, show=_size, is_sortable=False),
        Column("clock_off_s", width=120, show=_clock),
        Column("memory_mb", width=110),
        Column("app_version", width=190, show=_version),
        Column("address", look="muted", width=140),
    ),
    filters=(Filter("showing"), Filter("at", "最近心跳", kind="days")),
    heading=lambda beat: beat.wall.name,
    subtitle=lambda beat: (word(SCREENS, beat.showing), beat.address),
    facts={
        "窗口": (
            Fact("wall.name", "大屏"),
            Fact("state", "状态", lambda beat: word(STATES, beat_state(beat, datetime.now(UTC)))),
            Fact("showing"),
            Fact("at", show=lambda beat: full_words(beat.at)),
            Fact("since", show=lambda beat: full_words(beat.since)),
            Fact("width", "屏幕", _size),
            Fact("clock_off_s", "时钟", _clock),
            "memory_mb",
            Fact("app_version", "程序版本", _version),
            "address",
            "agent",
        )
    },
    top=_miniatures,
    can_export=False,
    empty_title="还没有打开过大屏",
    empty_text="大屏打开后每 10 秒报告一次心跳，显示在这里：画面、屏幕尺寸、版本、时钟偏差。",
)
