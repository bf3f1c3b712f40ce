"""What may be entered for a camera, and how its address at the media server follows from that."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, urlsplit

APPS = {"rtsp": "live", "gb28181": "rtp", "jt1078": "jt1078"}  # where a media server usually offers what came in that way
_STREAM = re.compile(r"(?:([A-Za-z0-9._-]{1,60})/)?([A-Za-z0-9._-]{1,100})")
_SECRET_NAMES = re.compile(r"token|passw|pwd|secret|key|sign|auth|user", re.I)


def http_address(text: str) -> str:
    """Why the text is no http address of a stream or a picture; empty when it is one."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return "不是地址，应如 http://192.0.2.7:8080/live/cam1/hls.m3u8。"
    if parts.scheme in ("rtsp", "rtmp", "gb28181"):
        return f"浏览器不能直接播放 {parts.scheme}://。请先在流媒体服务器中接入，视频来源选对应的方式并填写流 ID。"
    if parts.scheme not in ("http", "https"):
        return "只能是 http:// 或 https:// 开头的地址。"
    if parts.username is not None or parts.password is not None:
        return "地址中不要写账号、密码，请保存后用“访问凭据”填写。"
    if not parts.hostname or port == 0 or re.search(r"[\s\\<>\"']", text):
        return "不是地址，应如 http://192.0.2.7:8080/live/cam1/hls.m3u8。"
    if any(_SECRET_NAMES.search(name) for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
        return "地址中不要写令牌、密码等参数，请保存后用“访问凭据”填写。"
    return ""


def stream_id(text: str) -> str:
    """Why the text is no stream of a media server; empty when it is one."""
    found = _STREAM.fullmatch(text)
    if found is None or set(found[2]) == {"."} or set(found[1] or "x") == {"."}:
        return "应如 cam01 或 live/cam01，只含字母、数字、点、横线和下划线。"
    return ""


def credential(text: str) -> str:
    """Why the text gives no access; empty when it does."""
    if len(text) > 300 or not text.isprintable():
        return "最多 300 个字，不含控制字符。"
    return "" if params_of(text) or basic_of(text) else "应为 用户名:密码，或 参数名=值（多个用 & 连接）。"


def params_of(text: str) -> tuple[tuple[str, str], ...]:
    """The parameters of a credential that is one; empty where it is user and password."""
    return tuple(parse_qsl(text)) if re.match(r"[A-Za-z0-9_.-]+=", text) else ()


def basic_of(text: str) -> str:
    """``user:password`` of a credential that is one; else empty."""
    return text if ":" in text and not params_of(text) and not text.startswith(":") else ""


def stream_address(template: str, source: str, stream: str) -> str:
    """The HLS address of a stream at the media server; empty without a template, or for what is no stream."""
    found = _STREAM.fullmatch(stream)
    if not template or found is None:
        return ""
    app, name = found[1] or APPS.get(source, "live"), found[2]
    return template.replace("{app}", quote(app)).replace("{stream}", quote(name))


def vehicle_stream(template: str, sim: str, channel: int) -> str:
    """app/stream under which the media server offers a channel of a terminal."""
    return template.replace("{sim}", sim).replace("{channel}", str(channel))
