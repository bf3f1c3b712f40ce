"""指令与照片: what a vehicle was asked and what it answered, on the card of 车辆监控 and as lists.

The card is drawn in the browser (``assets/66-vehicle-commands.js``), which asks anew when the stream says that something moved.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from sqlalchemy.orm import Session

from dashboard.blocks.basic import facts
from dashboard.blocks.state import empty
from dashboard.callbacks import guarded, say
from dashboard.moments import full_words, moment_words
from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Fact, Filter, Panel
from data.attachments import attachments_of, size_words
from data.choices import Choice, word
from data.choices.vehicles import COMMAND_KINDS, COMMAND_STATES, MEDIA_EVENTS
from data.command_kinds import KINDS, PLACES
from data.db import read_session, session
from data.errors import PlatformError
from data.models import VehicleCommand, VehicleMedia
from data.settings import current_settings
from data.terminal_parameters import BY_ID
from data.vehicle_commands import areas, ask, cancel, commands_of, pictures_of, routes
from data.viewer import Viewer

WISH = "vehicles-commands-wish"  # the browser writes {"id": …}
NEWS = "vehicles-commands-news"
ASK = "vehicles-commands-ask"  # the browser writes {"id": …, "kind": …, "texts": {…}}
TOLD = "vehicles-commands-told"
CANCEL = "vehicles-commands-cancel"  # the browser writes {"id": …}
CANCELLED = "vehicles-commands-cancelled"
ON_CARD = 10


def stores() -> list[Component]:
    """What carries wishes out of the browser and answers into it."""
    return [dcc.Store(id=name) for name in (WISH, NEWS, ASK, TOLD, CANCEL, CANCELLED)]


def definition(db: Session, viewer: Viewer) -> dict[str, Any]:
    """The kinds that the viewer may send, with their fields; none without the right."""
    has_video = bool(current_settings().media_server)
    kinds = [kind for kind in KINDS if has_video or not kind.code.startswith("video")] if viewer.may("vehicle.command") else []
    found = {"area": areas(db, viewer), "route": routes(db, viewer)} if kinds else {}
    return {
        "kinds": [
            {
                "code": kind.code,
                "title": kind.title,
                "icon": kind.icon,
                "note": kind.note,
                "keep": _span(kind.keep_minutes),
                "is_once": kind.is_once,
                "fields": [
                    {
                        **one._asdict(),
                        "kind": "choice" if one.kind in PLACES else one.kind,
                        "choices": [[choice.code, choice.word] for choice in found.get(one.kind, one.choices)],
                    }
                    for one in kind.fields
                ],
            }
            for kind in kinds
        ]
    }


def _span(minutes: int) -> str:
    for size, unit in ((1440, "天"), (60, "小时")):
        if minutes >= 2 * size or minutes == size:
            return f"{minutes // size} {unit}"
    return f"{minutes} 分钟"


def _identity(value: Any) -> int:
    if not isinstance(value, dict) or type(value.get("id")) is not int:
        raise PreventUpdate
    return int(value["id"])


def _line(command: VehicleCommand, viewer: Viewer, now: datetime) -> dict[str, Any]:
    state = next((one for one in COMMAND_STATES if one.code == command.state), Choice(command.state, command.state))
    return {
        "id": command.id,
        "title": word(COMMAND_KINDS, command.kind),
        "text": command.text,
        "state": command.state,
        "word": state.word,
        "tone": state.tone,
        "who": command.asked_by,
        "at": moment_words(command.created_at, now, seconds=True),
        "result": command.result or "",
        "until": moment_words(command.expires_at, now) if command.state == "waiting" else "",
        "details": details(command),
        "can_cancel": command.state == "waiting" and viewer.may("vehicle.command"),
    }


def details(command: VehicleCommand) -> list[list[str]]:
    """What the terminal sent back, as pairs of words."""
    answer = command.answer or {}
    parameters = answer.get("parameters")
    if isinstance(parameters, dict):
        return [[_parameter(code), str(value)] for code, value in parameters.items()]
    media = answer.get("media")
    if isinstance(media, list):
        return [[str(one.get("media_id", "")), f"通道 {one.get('channel', '')} · {one.get('event', '')} · {one.get('time', '')}"] for one in media]
    if isinstance(answer.get("data"), str):
        return [["数据块", answer["data"]]]
    return []


def _parameter(code: str) -> str:
    try:
        return f"{BY_ID[int(code, 16)].label}（{code}）"
    except (KeyError, ValueError):
        return code


def news(db: Session, viewer: Viewer, vehicle_id: int, now: datetime) -> dict[str, Any]:
    """The newest commands and pictures of a vehicle, as the card draws them."""
    return {
        "id": vehicle_id,
        "commands": [_line(one, viewer, now) for one in commands_of(db, viewer, vehicle_id, ON_CARD)],
        "pictures": [
            {
                "id": media.id,
                "url": f"/attachments/{file.id}",
                "at": moment_words(media.taken_at, now, seconds=True),
                "words": f"通道 {media.channel} · {word(MEDIA_EVENTS, media.event)}",
            }
            for media, file in pictures_of(db, viewer, vehicle_id)
        ],
    }


def register(app: Dash) -> None:
    """Answer the card: what there is, what is asked, what is taken back."""
    for source, function in ((NEWS, "vehicle_commands"), (TOLD, "vehicle_command_told")):
        app.clientside_callback(ClientsideFunction("park_pages", function), Input(source, "data"), prevent_initial_call=True)

    @guarded(app, Output(NEWS, "data"), Input(WISH, "data"), permission="vehicle.view", prevent_initial_call=True, quiet=True)
    def look(viewer: Viewer, wish: Any) -> dict[str, Any]:
        with read_session() as db:
            return news(db, viewer, _identity(wish), datetime.now(UTC))

    @guarded(app, Output(TOLD, "data"), Input(ASK, "data"), permission="vehicle.command", prevent_initial_call=True)
    def send(viewer: Viewer, wish: Any) -> dict[str, Any]:
        identity, texts = _identity(wish), wish.get("texts")
        told = {"id": identity, "key": wish.get("key")}
        try:
            with session() as db:
                command = ask(db, viewer, identity, str(wish.get("kind") or ""), texts if isinstance(texts, dict) else {})
        except PlatformError as error:
            faults = getattr(error, "fields", {})
            if not faults:
                say("error", str(error))
            return told | {"faults": faults, "text": str(error)}
        say("success", f"已提交：{word(COMMAND_KINDS, command.kind)}。")
        return told | {"faults": {}, "text": ""}

    @guarded(app, Output(CANCELLED, "data"), Input(CANCEL, "data"), permission="vehicle.command", prevent_initial_call=True)
    def take_back(viewer: Viewer, wish: Any) -> dict[str, Any]:
        with session() as db:
            command = cancel(db, viewer, _identity(wish))
        say("success", f"已撤销：{word(COMMAND_KINDS, command.kind)}。")
        return {"id": command.id}


# The lists


def _state(command: VehicleCommand) -> Choice | str:
    return next((one for one in COMMAND_STATES if one.code == command.state), command.state)


def _cancel(db: Session, viewer: Viewer, command: VehicleCommand, values: Any) -> str:
    cancel(db, viewer, command.id)
    return f"已撤销发给 {command.vehicle.plate} 的指令。"


def _answer(db: Session, viewer: Viewer, command: VehicleCommand) -> Component:
    pairs = details(command)
    if not pairs:
        return empty("没有更多应答内容", command.result or "终端还没有应答。")
    return facts([(name, value) for name, value in pairs], columns=1)


def _whole(at: datetime | None) -> str:
    return full_words(at) if at else ""


COMMANDS = Resource(
    key="vehicle_command",
    model=VehicleCommand,
    path="/vehicles/commands",
    title="指令记录",
    permission="vehicle.view",
    module="危化品车辆",
    icon="send",
    placeholder="车牌号、内容、应答、下发人",
    columns=(
        Column("vehicle.plate", label="车牌号", look="link", width=120),
        Column("kind", width=110),
        Column("text", hint=lambda command: command.text),
        Column("state", look="tag", width=90, show=_state),
        Column("result", width=220, hint=lambda command: command.result or ""),
        Column("asked_by", width=100),
        Column("created_at", width=130),
        Column("answered_at", look="muted", width=130),
    ),
    filters=(Filter("kind"), Filter("state"), Filter("created_at", kind="days")),
    heading=lambda command: f"{command.vehicle.plate} {word(COMMAND_KINDS, command.kind)}",
    tags=(Fact("state", show=_state),),
    subtitle=lambda command: (command.enterprise.short_name, f"终端 {command.terminal.phone}"),
    facts={
        "指令": ("text", "asked_by", Fact("created_at", "下发时间", lambda command: _whole(command.created_at)), "expires_at"),
        "执行": (Fact("sent_at", "发送时间", lambda command: _whole(command.sent_at)), "tries", "serial", Fact("answered_at", "应答时间", lambda command: _whole(command.answered_at)), "result"),
    },
    panels=(Panel("answer", "应答内容", _answer),),
    actions=(
        Action("cancel", "撤销", "vehicle.command", _cancel, lambda command: "终端上线前撤销，这条指令不再发送。", icon="x-circle", when=lambda command: command.state == "waiting", is_in_row=True),
    ),
    empty_title="还没有指令",
    empty_text="在车辆监控中选择一辆车，下发的指令记录在这里。",
)


def _place(media: VehicleMedia) -> str:
    return f"{media.lon:.6f}°，{media.lat:.6f}°" if media.lon is not None and media.lat is not None else "未定位"


def _whole_picture(db: Session, viewer: Viewer, media: VehicleMedia) -> Component | None:
    files = attachments_of(db, media)["file"]
    return html.Img(src=f"/attachments/{files[0].id}", alt=f"{media.vehicle.plate} 通道 {media.channel}", className="drawer-picture") if files else None


PICTURES = Resource(
    key="vehicle_media",
    model=VehicleMedia,
    path="/vehicles/pictures",
    title="车载照片",
    permission="vehicle.view",
    module="危化品车辆",
    icon="images",
    sort="-taken_at",
    placeholder="车牌号",
    columns=(
        Column("vehicle.plate", label="车牌号", look="link", width=130),
        Column("taken_at", width=150),
        Column("channel", width=90),
        Column("event", width=180),
        Column("speed_kmh", width=120),
        Column("lon", label="位置", show=_place, is_sortable=False),
        Column("size", label="大小", width=110, show=lambda media: size_words(media.size)),
    ),
    filters=(Filter("event"), Filter("taken_at", kind="days")),
    heading=lambda media: f"{media.vehicle.plate} 通道 {media.channel}",
    subtitle=lambda media: (media.enterprise.short_name, _whole(media.taken_at)),
    above=_whole_picture,
    facts={"照片": (Fact("taken_at", "拍摄时间", lambda media: _whole(media.taken_at)), "channel", "event", "type", Fact("size", "大小", lambda media: size_words(media.size)), Fact("lon", "位置", _place), "speed_kmh", "media_id", "sha256")},
    empty_title="还没有照片",
    empty_text="终端上传的照片保存在这里。",
)

PAGES = [*COMMANDS.pages(), *PICTURES.pages()]

