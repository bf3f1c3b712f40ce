"""The interface for programs: /api/v1. Nothing is written by it. Each endpoint is declared once; routes and the OpenAPI document derive.

Who asks is the user of a Bearer token, or the person of a browser's session. Scope and rights are those of the pages.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import orjson
from flask import Blueprint, Flask, Response, g, request
from sqlalchemy.orm import Session

from auth.session import current_viewer
from dashboard import api_identify
from data import feeds
from data.db import read_session
from data.errors import Invalid
from data.feeds import Feed
from data.viewer import Viewer

BASE = "/api/v1"
MAX_LIMIT = 10_000
MAX_SPAN = timedelta(days=31)

Kind = Literal["string", "number", "integer", "instant", "boolean", "object"]


@dataclass(frozen=True)
class Parameter:
    """One value in the address: its name, kind, what it means and, where it is a code, its values."""

    name: str
    kind: Kind = "string"
    about: str = ""
    values: tuple[str, ...] = ()
    default: Any = None
    is_in_path: bool = False


@dataclass(frozen=True)
class Endpoint:
    """One address: ``read`` gets session, viewer and the checked parameters, and gives one page."""

    path: str
    title: str
    parameters: tuple[Parameter, ...]
    fields: dict[str, tuple[Kind, str]]
    read: Callable[..., Feed]
    cursor: Callable[[Any], Any]


LIMIT = Parameter("limit", "integer", f"每页条数，1–{MAX_LIMIT}", default=1000)
CURSOR = Parameter("next", "string", "上一页返回的 next，原样带回")
START = Parameter("start", "instant", "起始时间（含），ISO 8601，如 2026-11-23T01:00:00Z；缺省为结束前一小时")
END = Parameter("end", "instant", "结束时间（不含），缺省为现在")


def _points(session: Session, viewer: Viewer, *, after: Any, limit: int, code: str, enterprise: str) -> Feed:
    return feeds.points(session, viewer, now=datetime.now(UTC), after=after or 0, limit=limit, code=code, enterprise=enterprise)


def _vehicles(session: Session, viewer: Viewer, *, after: Any, limit: int, plate: str) -> Feed:
    return feeds.vehicles(session, viewer, now=datetime.now(UTC), after=after or 0, limit=limit, plate=plate)


def _alarms(session: Session, viewer: Viewer, *, after: Any, limit: int, state: str) -> Feed:
    return feeds.alarms(session, viewer, state=state, after=after or 0, limit=limit)


def _moment_and_serial(value: Any) -> tuple[datetime, int]:
    return instant(value[0]), int(value[1])


ENDPOINTS = (
    Endpoint(
        "/points",
        "测点及最新值",
        (Parameter("code", about="测点编码"), Parameter("enterprise", about="企业编码"), LIMIT, CURSOR),
        {
            "id": ("integer", "编号"),
            "code": ("string", "测点编码"),
            "name": ("string", "测点名称"),
            "enterprise": ("string", "企业名称"),
            "quantity": ("string", "监测量"),
            "unit": ("string", "单位"),
            "value": ("number", "最新值"),
            "ts": ("instant", "采集时间"),
            "quality": ("integer", "质量：192 好，64 存疑，0 坏"),
            "state": ("string", f"状态：{'、'.join(feeds.POINT_STATES)}"),
            "limits": ("object", "限值 low_low、low、high、high_high"),
            "is_simulated": ("boolean", "模拟数据"),
        },
        _points,
        int,
    ),
    Endpoint(
        "/points/<code>/readings",
        "测点历史值",
        (Parameter("code", about="测点编码", is_in_path=True), START, END, LIMIT, CURSOR),
        {"ts": ("instant", "采集时间"), "value": ("number", "数值"), "quality": ("integer", "质量：192 好，64 存疑，0 坏")},
        lambda session, viewer, *, code, **rest: feeds.point_readings(session, viewer, code, **rest),
        lambda value: instant(value),
    ),
    Endpoint(
        "/vehicles",
        "危化品车辆及最新位置",
        (Parameter("plate", about="车牌号"), LIMIT, CURSOR),
        {
            "id": ("integer", "编号"),
            "plate": ("string", "车牌号"),
            "terminal": ("string", "终端号"),
            "lon": ("number", "经度，WGS-84"),
            "lat": ("number", "纬度，WGS-84"),
            "speed_kmh": ("number", "速度，km/h"),
            "heading_deg": ("integer", "方向，正北为 0，顺时针"),
            "ts": ("instant", "设备时间"),
            "received_at": ("instant", "到达时间"),
            "state": ("string", f"状态：{'、'.join(feeds.VEHICLE_STATES)}"),
            "is_simulated": ("boolean", "模拟数据"),
        },
        _vehicles,
        int,
    ),
    Endpoint(
        "/vehicles/<plate>/track",
        "车辆轨迹",
        (Parameter("plate", about="车牌号", is_in_path=True), START, END, LIMIT, CURSOR),
        {
            "ts": ("instant", "设备时间"),
            "lon": ("number", "经度，WGS-84"),
            "lat": ("number", "纬度，WGS-84"),
            "speed_kmh": ("number", "速度，km/h"),
            "heading_deg": ("integer", "方向，正北为 0，顺时针"),
            "altitude_m": ("integer", "高程，m"),
            "flags": ("integer", "1 未定位，2 补传，4 时钟异常，可相加"),
        },
        lambda session, viewer, *, plate, **rest: feeds.vehicle_track(session, viewer, plate, **rest),
        _moment_and_serial,
    ),
    Endpoint(
        "/alarms",
        "报警",
        (Parameter("state", about="状态，缺省为全部", values=feeds.ALARM_STATES), LIMIT, CURSOR),
        {
            "id": ("integer", "编号"),
            "source": ("string", "对象编码：测点编码、车牌号或网关编码"),
            "source_type": ("string", "point、vehicle、gateway"),
            "name": ("string", "对象名称"),
            "place": ("string", "位置"),
            "kind": ("string", "类型"),
            "level": ("integer", "级别：1 紧急，2 重要，3 一般，4 系统"),
            "state": ("string", f"状态：{'、'.join(feeds.ALARM_STATES[1:])}"),
            "value": ("number", "数值"),
            "limit": ("number", "限值"),
            "unit": ("string", "单位"),
            "occurrences": ("integer", "次数"),
            "raised_at": ("instant", "发生时间"),
            "last_at": ("instant", "最近发生"),
            "cleared_at": ("instant", "恢复时间"),
            "acknowledged_at": ("instant", "确认时间"),
            "closed_at": ("instant", "关闭时间"),
            "is_simulated": ("boolean", "模拟数据"),
        },
        _alarms,
        int,
    ),
)


def register(server: Flask) -> None:
    """Add /api/v1 to ``server``; the guard before it has found out who asks."""
    pages = Blueprint("api", __name__, url_prefix=BASE)
    for endpoint in ENDPOINTS:
        pages.add_url_rule(endpoint.path, endpoint.path.strip("/").replace("/", "_"), _answerer(endpoint), methods=["GET"])
    api_identify.register(pages)
    pages.add_url_rule("/openapi.json", "openapi", lambda: _json(document()))
    pages.add_url_rule("/", "nothing", _nothing, defaults={"rest": ""})
    pages.add_url_rule("/<path:rest>", "nothing", _nothing)
    server.register_blueprint(pages)


def _answerer(endpoint: Endpoint) -> Callable[..., Response]:
    def answer(**path: str) -> Response:
        viewer = current_viewer()
        if getattr(g, "token_viewer", None) is not None:
            viewer.require("api.read")
        values = {one.name: path[one.name] if one.is_in_path else _value(one) for one in endpoint.parameters}
        after = values.pop("next")
        values["after"] = None if after is None else _opened(after, endpoint.cursor)
        _bound(values)
        with read_session() as session:
            feed = endpoint.read(session, viewer, **values)
        return _json({"items": feed.items, "next": None if feed.next is None else cursor_of(feed.next)})

    return answer


def _nothing(rest: str) -> Response:
    known = "、".join(f"{BASE}{path}" for path in (*(one.path for one in ENDPOINTS), api_identify.PATH))
    return _json({"error": f"没有 {BASE}/{rest} 这个接口。现有：{known}；说明见 {BASE}/openapi.json。"}, 404)


def _json(body: Any, status: int = 200) -> Response:
    content = orjson.dumps(body, default=str, option=orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC)
    return Response(content, status, mimetype="application/json")


def _value(parameter: Parameter) -> Any:
    """The parameter as the address has it, checked; Invalid says what was expected."""
    text = request.args.get(parameter.name, "").strip()
    if not text:
        return "" if parameter.kind == "string" and parameter.name != "next" else parameter.default
    if parameter.values and text not in parameter.values:
        raise Invalid(f"{parameter.name} 应为 {'、'.join(parameter.values)} 之一，收到的是“{text[:60]}”。")
    if parameter.kind == "integer":
        if not text.isdecimal() or not 1 <= int(text) <= MAX_LIMIT:
            raise Invalid(f"{parameter.name} 应为 1–{MAX_LIMIT} 的整数，收到的是“{text[:60]}”。")
        return int(text)
    return instant(text, parameter.name) if parameter.kind == "instant" else text


def instant(text: str, name: str = "时间") -> datetime:
    """The instant in ``text`` (ISO 8601; without a zone it is UTC)."""
    try:
        # A plus sign that was not escaped arrives as a space.
        found = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid(f"{name} 应为 ISO 8601 时间，如 2026-11-23T01:00:00Z，收到的是“{text[:60]}”。") from error


def _bound(values: dict[str, Any]) -> None:
    """Fill in the span of a history and keep it within reason."""
    if "start" not in values:
        return
    values["end"] = values["end"] or datetime.now(UTC)
    values["start"] = values["start"] or values["end"] - timedelta(hours=1)
    if values["start"] >= values["end"]:
        raise Invalid("start 应早于 end。")
    if values["end"] - values["start"] > MAX_SPAN:
        raise Invalid(f"一次最多查询 {MAX_SPAN.days} 天，请分段查询。")


def cursor_of(key: Any) -> str:
    """The key as text that a reader brings back."""
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def _opened(text: str, read: Callable[[Any], Any]) -> Any:
    try:
        return read(orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
    except (binascii.Error, ValueError, TypeError, IndexError, KeyError, OverflowError, Invalid) as error:
        raise Invalid("next 不是上一页返回的值。") from error


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 description of the interface."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "园区安全监管与应急指挥平台 数据接口", "version": "1", "description": "不写入数据。时间为 UTC 的 ISO 8601。按 next 翻页，直到为 null。"},
        "servers": [{"url": BASE}],
        "security": [{"token": []}, {"session": []}],
        "paths": {one.path.replace("<", "{").replace(">", "}"): {"get": _operation(one)} for one in ENDPOINTS} | {api_identify.PATH: {"post": api_identify.operation()}},
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "python app.py token --user 用户名"},
                "session": {"type": "apiKey", "in": "cookie", "name": "park_session"},
            },
            "schemas": {"Error": {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}},
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    item = {"type": "object", "properties": {name: {**_schema(kind, nullable=True), "description": about} for name, (kind, about) in endpoint.fields.items()}}
    page = {"type": "object", "required": ["items", "next"], "properties": {"items": {"type": "array", "items": item}, "next": {"type": ["string", "null"]}}}
    refusals = {"401": "没有登录或令牌无效", "403": "没有权限", "404": "没有找到", "422": "参数不正确", "503": "数据库暂时连不上"}
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {
        "summary": endpoint.title,
        "parameters": [_parameter(one) for one in endpoint.parameters],
        "responses": {
            "200": {"description": "一页数据", "content": {"application/json": {"schema": page}}},
            **{status: {"description": words, "content": error} for status, words in refusals.items()},
        },
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema = _schema(parameter.kind) | ({"enum": list(parameter.values)} if parameter.values else {})
    schema |= {"default": parameter.default, "minimum": 1, "maximum": MAX_LIMIT} if parameter.kind == "integer" else {}
    where = "path" if parameter.is_in_path else "query"
    return {"name": parameter.name, "in": where, "required": parameter.is_in_path, "description": parameter.about, "schema": schema}


def _schema(kind: Kind, *, nullable: bool = False) -> dict[str, Any]:
    plain = "string" if kind == "instant" else kind
    return {"type": [plain, "null"] if nullable else plain} | ({"format": "date-time"} if kind == "instant" else {})
