"""What may be asked of a terminal: its kinds, their fields, and what a person's texts mean. Messages stand at the field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from data.choices import Choice, word
from data.choices.vehicles import COMMAND_KINDS
from data.errors import Invalid
from data.terminal_parameters import PARAMETERS
from data.validity import NOT_SAVED
from data.values import whole

Values = dict[str, Any]

PLACES = ("area", "route")  # kinds of fields whose choices are records
TEXT_BYTES = 1024  # of GBK, JT/T 808 clause 8.24


class CommandField(NamedTuple):
    """A control of the form. ``low`` and ``high`` bound a number, ``most`` the signs of a text; ``area`` and ``route`` are one of the park's."""

    name: str
    label: str
    kind: Literal["text", "long", "number", "choice", "check", "area", "route"]
    unit: str = ""
    low: int = 0
    high: int = 0
    begins: str = ""
    choices: tuple[Choice, ...] = ()
    required: bool = True
    help: str = ""
    most: int = 0


@dataclass(frozen=True)
class CommandKind:
    """``keep_minutes``: how long it waits for a terminal that is off line. One that must not be carried out twice ``is_once``:
    it is neither sent again nor kept. ``says`` puts its values into words; ``check`` finds what no single field shows."""

    code: str
    icon: str
    fields: tuple[CommandField, ...]
    keep_minutes: int
    says: Callable[[Values], str]
    is_once: bool = False
    check: Callable[[Values], dict[str, str]] = lambda values: {}
    note: str = ""

    @property
    def title(self) -> str:
        return word(COMMAND_KINDS, self.code)

    def read(self, texts: Mapping[str, Any]) -> Values:
        """The values that the texts of a form mean; Invalid with a message at each field that cannot be taken."""
        values, mistakes = {}, {}
        for field in self.fields:
            given = texts.get(field.name)
            try:
                values[field.name] = _value(field, given.strip() if isinstance(given, str) else "")
            except ValueError as error:
                mistakes[field.name] = str(error)
        if not mistakes:
            mistakes = self.check(values)
        if mistakes:
            raise Invalid(NOT_SAVED, mistakes)
        return values


def _value(field: CommandField, text: str) -> Any:
    if field.kind == "check":
        return text == "1"
    if not text:
        if field.required:
            raise ValueError(f"请{'选择' if field.kind in ('choice', *PLACES) else '填写'}{field.label}。")
        return None
    if field.kind == "choice":
        if text not in {one.code for one in field.choices}:
            raise ValueError("请从列表中选择。")
        return text
    if field.kind in PLACES:
        if not text.isdecimal() or len(text) > 15:
            raise ValueError("请从列表中选择。")
        return int(text)
    if field.kind == "number":
        number = whole(text)
        if not field.low <= number <= field.high:
            raise ValueError(f"应在 {field.low:,}–{field.high:,}{f' {field.unit}' if field.unit else ''} 之间。")
        return number
    if field.most and len(text) > field.most:
        raise ValueError(f"最多 {field.most} 个字，现有 {len(text)} 个。")
    return text


def unreadable(text: str) -> str:
    """The first sign of ``text`` that a terminal cannot show, because GBK has none for it; empty when there is none."""
    for sign in text:
        try:
            sign.encode("gbk")
        except UnicodeEncodeError:
            return sign
    return ""


def _check_text(values: Values) -> dict[str, str]:
    text = values["text"]
    sign = unreadable(text)
    if sign:
        return {"text": f"终端不能显示“{sign}”，请改用汉字、字母、数字和常用符号。"}
    if len(text.encode("gbk")) > TEXT_BYTES:
        return {"text": f"最多 {TEXT_BYTES // 2} 个汉字。"}
    return {} if values["display"] or values["speak"] else {"display": "屏幕显示和语音播报至少选一项。"}


def _say_text(values: Values) -> str:
    ways = [name for key, name in (("is_urgent", "紧急"), ("display", "屏幕显示"), ("speak", "语音播报")) if values[key]]
    return f"{values['text']}（{'、'.join(ways)}）"


RESOLUTIONS = (
    Choice("1", "320×240"),
    Choice("2", "640×480"),
    Choice("3", "800×600"),
    Choice("4", "1024×768"),
)


def _say_photo(values: Values) -> str:
    many = f"，{values['count']} 张，间隔 {values['interval_s']} s" if values["count"] > 1 else ""
    return f"通道 {values['channel']}，{word(RESOLUTIONS, values['resolution'])}{many}"


def _say_track(values: Values) -> str:
    if not values["interval_s"]:
        return "停止临时跟踪"
    return f"每 {values['interval_s']} s 上报一次，持续 {values['minutes']} 分钟"


# The alarms that wait for a person's word: JT/T 808-2013 table 28, bits of the alarm word.
CONFIRMABLE = (
    Choice("0", "SOS 人工报警"),
    Choice("3", "危险预警"),
    Choice("20", "进出区域"),
    Choice("21", "进出路线"),
    Choice("22", "路段行驶时间不足或过长"),
    Choice("27", "车辆非法点火"),
    Choice("28", "车辆非法位移"),
)

SOME, ALL = "some", "all"
EXTENT = (Choice(SOME, "常用参数"), Choice(ALL, "全部参数"))


def parameter_field(code: int) -> str:
    """The name of a parameter's field: p0055."""
    return f"p{code:04x}"


_SETTABLE = tuple(
    CommandField(parameter_field(one.id), one.label, "choice" if one.choices else "number", one.unit, one.low, one.high, choices=one.choices, required=False)
    for one in PARAMETERS
)


def _check_set(values: Values) -> dict[str, str]:
    return {} if any(value is not None for value in values.values()) else {_SETTABLE[0].name: "请至少填写一项要修改的参数。"}


def _say_set(values: Values) -> str:
    said = []
    for one in PARAMETERS:
        value = values[parameter_field(one.id)]
        if value is not None:
            said.append(f"{one.label} {word(one.choices, value) if one.choices else f'{value:,}'}{f' {one.unit}' if one.unit else ''}")
    return "，".join(said)


CONTROLS = (
    Choice("4", "终端复位"),
    Choice("3", "终端关机"),
    Choice("6", "关闭数据通信"),
    Choice("7", "关闭所有无线通信"),
    Choice("5", "恢复出厂设置"),
)

CALLS = (Choice("0", "普通通话"), Choice("1", "监听"))


def _check_call(values: Values) -> dict[str, str]:
    number = values["number"]
    return {} if number.isascii() and number.isdecimal() else {"number": "只能填写数字，座机请连同区号。"}


MEDIA_EVENT_CHOICES = (
    Choice("0", "平台下发"),
    Choice("1", "定时"),
    Choice("2", "抢劫报警"),
    Choice("3", "碰撞、侧翻报警"),
)


def _say_search(values: Values) -> str:
    where = f"通道 {values['channel']}" if values["channel"] else "所有通道"
    return f"{where}，{word(MEDIA_EVENT_CHOICES, values['event'])}，最近 {values['hours']} 小时"


# GB/T 19056, table B.3: the blocks of a recorder that are short enough to be read at once.
RECORDER_BLOCKS = (
    Choice("0", "执行标准版本"),
    Choice("1", "驾驶人信息"),
    Choice("2", "实时时间"),
    Choice("3", "累计行驶里程"),
    Choice("4", "脉冲系数"),
    Choice("5", "车辆信息"),
    Choice("6", "状态信号配置"),
    Choice("7", "唯一性编号"),
)

_CHANNEL = CommandField("channel", "通道", "number", low=1, high=127, begins="1", help="摄像头接入的通道号")



def _check_area(values: Values) -> dict[str, str]:
    if values["limit_kmh"] is not None or values["enter"] or values["leave"]:
        return {}
    return {"enter": "进入报警、离开报警、限速至少选一项。"}


def _say_area(values: Values) -> str:
    rules = [words for name, words in (("enter", "进入报警"), ("leave", "离开报警")) if values["rules"][name]]
    limit = values["rules"]["limit_kmh"]
    rules += [f"限速 {limit} km/h"] if limit is not None else []
    return f"{values['name']}（{'、'.join(rules)}）"


def _say_route(values: Values) -> str:
    rules = [words for name, words in (("enter", "进入报警"), ("leave", "离开报警")) if values["rules"][name]]
    said = [f"{len(values['turns'])} 个拐点", *rules]
    return f"{values['name']}（{'、'.join(said)}）"


# JT/T 1078-2016, tables 17 and 18.
VIDEO_DATA = (Choice("0", "音视频"), Choice("1", "视频"), Choice("3", "监听"))
STREAMS = (Choice("0", "主码流"), Choice("1", "子码流"))
VIDEO_CONTROLS = (Choice("0", "关闭"), Choice("2", "暂停"), Choice("3", "恢复"))


def _say_video(values: Values) -> str:
    to = f" → {values['server']}" if values.get("server") else ""
    return f"通道 {values['channel']}，{word(VIDEO_DATA, values['data'])}，{word(STREAMS, values['stream'])}{to}"


_AREA = CommandField("area_id", "区域", "area", help="电子围栏中的圆形、矩形和多边形区域")
_ROUTE = CommandField("route_id", "线路", "route", help="行驶线路中的线路")

KINDS: tuple[CommandKind, ...] = (
    CommandKind(
        "text",
        "chat-left-text",
        (
            CommandField("text", "内容", "long", most=TEXT_BYTES // 2),
            CommandField("is_urgent", "紧急", "check"),
            CommandField("display", "屏幕显示", "check", begins="1"),
            CommandField("speak", "语音播报", "check", begins="1"),
        ),
        24 * 60,
        _say_text,
        check=_check_text,
    ),
    CommandKind(
        "photo",
        "camera",
        (
            _CHANNEL,
            CommandField("resolution", "分辨率", "choice", begins="2", choices=RESOLUTIONS),
            CommandField("count", "张数", "number", "张", 1, 10, "1"),
            CommandField("interval_s", "间隔", "number", "s", 1, 600, "5"),
        ),
        30,
        _say_photo,
    ),
    CommandKind("locate", "geo-alt", (), 10, lambda values: "查询当前位置", note="终端立即上报一次位置。"),
    CommandKind(
        "track",
        "broadcast-pin",
        (
            CommandField("interval_s", "上报间隔", "number", "s", 0, 3600, "5", help="0 为停止临时跟踪"),
            CommandField("minutes", "持续时间", "number", "分钟", 1, 1440, "30"),
        ),
        30,
        _say_track,
    ),
    CommandKind(
        "confirm",
        "shield-check",
        (CommandField("bit", "报警类型", "choice", begins="0", choices=CONFIRMABLE),),
        60,
        lambda values: word(CONFIRMABLE, values["bit"]),
        note="人工确认后，终端停止重复上报这类报警。",
    ),
    CommandKind("query", "list-check", (CommandField("extent", "范围", "choice", begins=SOME, choices=EXTENT),), 30, lambda values: word(EXTENT, values["extent"])),
    CommandKind("set", "sliders", _SETTABLE, 7 * 24 * 60, _say_set, check=_check_set, note="只修改填写了的参数，其余保持不变。"),
    CommandKind("callback", "telephone", (CommandField("mode", "方式", "choice", begins="0", choices=CALLS), CommandField("number", "电话号码", "text", most=20)), 10, lambda values: f"{word(CALLS, values['mode'])} {values['number']}", is_once=True, check=_check_call, note="终端拨打这个号码。"),
    CommandKind(
        "media_search",
        "images",
        (
            CommandField("channel", "通道", "number", low=0, high=127, begins="0", help="0 为所有通道"),
            CommandField("event", "触发事件", "choice", begins="0", choices=MEDIA_EVENT_CHOICES),
            CommandField("hours", "最近", "number", "小时", 1, 720, "24"),
        ),
        30,
        _say_search,
    ),
    CommandKind("media_fetch", "cloud-upload", (CommandField("media_id", "多媒体 ID", "number", low=1, high=2**31 - 1, help="检索照片的应答中列出"),), 30, lambda values: f"多媒体 ID {values['media_id']}"),
    CommandKind("recorder", "journal-text", (CommandField("block", "数据", "choice", begins="1", choices=RECORDER_BLOCKS),), 30, lambda values: word(RECORDER_BLOCKS, values["block"])),
    CommandKind(
        "area",
        "bounding-box-circles",
        (
            _AREA,
            CommandField("enter", "进入报警", "check", begins="1"),
            CommandField("leave", "离开报警", "check"),
            CommandField("limit_kmh", "限速", "number", "km/h", 5, 150, required=False),
        ),
        7 * 24 * 60,
        _say_area,
        check=_check_area,
        note="终端自行判断并报警；已有同一区域时以本次为准。",
    ),
    CommandKind("area_delete", "trash", (_AREA,), 7 * 24 * 60, lambda values: str(values["name"]), note="删除终端中保存的这个区域。"),
    CommandKind(
        "route",
        "signpost-split",
        (_ROUTE, CommandField("enter", "进入报警", "check"), CommandField("leave", "离开报警", "check", begins="1")),
        7 * 24 * 60,
        _say_route,
        note="连同各路段的宽度、限速和限时下发，终端自行判断并报警；已有同一线路时以本次为准。",
    ),
    CommandKind("route_delete", "trash", (_ROUTE,), 7 * 24 * 60, lambda values: str(values["name"]), note="删除终端中保存的这条线路。"),
    CommandKind(
        "video",
        "camera-video",
        (_CHANNEL, CommandField("data", "内容", "choice", begins="1", choices=VIDEO_DATA), CommandField("stream", "码流", "choice", begins="1", choices=STREAMS)),
        5,
        _say_video,
        is_once=True,
        note="终端向流媒体服务器发送，配置 PARK_MEDIA_HLS 后在“实时视频”中观看；应答只表示终端已受理。",
    ),
    CommandKind(
        "video_stop",
        "camera-video-off",
        (_CHANNEL, CommandField("control", "操作", "choice", begins="0", choices=VIDEO_CONTROLS)),
        5,
        lambda values: f"通道 {values['channel']}，{word(VIDEO_CONTROLS, values['control'])}",
        note="关闭、暂停或恢复该通道正在传输的音视频。",
    ),
    CommandKind(
        "control",
        "power",
        (CommandField("command", "操作", "choice", choices=CONTROLS), CommandField("plate", "车牌号", "text", most=20, help="请填写这辆车的车牌号，以免误操作")),
        10,
        lambda values: word(CONTROLS, values["command"]),
        is_once=True,
        note="关机、关闭通信或恢复出厂设置之后，平台可能再也联系不上这台终端。",
    ),
)
"""In the order of the buttons."""

ONCE = frozenset(one.code for one in KINDS if one.is_once)


def kind_named(code: Any) -> CommandKind:
    """The kind of that code; Invalid when there is none: codes come from browsers."""
    found = next((one for one in KINDS if one.code == code), None)
    if found is None:
        raise Invalid("没有这种指令，请刷新页面。")
    return found
