"""The names of the figures of a day: what forms offer before the figures themselves, which need the tables, are known."""

from __future__ import annotations

from data.choices import Choice

WORDS: tuple[Choice, ...] = (
    Choice("alarm", "新增报警"),
    Choice("alarm-urgent", "紧急报警"),
    Choice("alarm-closed", "关闭报警"),
    Choice("alarm-open", "未关闭报警"),
    Choice("alarm-tank", "储罐报警"),
    Choice("alarm-vehicle", "车辆报警"),
    Choice("alarm-speed", "车辆超速"),
    Choice("alarm-data", "数据停更"),
    Choice("danger-found", "新增隐患"),
    Choice("danger-closed", "销号隐患"),
    Choice("danger-open", "未整改隐患"),
    Choice("danger-late", "超期隐患"),
    Choice("danger-major", "未销号重大隐患"),
    Choice("patrol-done", "已巡检"),
    Choice("patrol-missed", "漏检"),
    Choice("incident", "突发事件"),
    Choice("incident-open", "未结束突发事件"),
    Choice("zone-1", "重大风险区域"),
    Choice("zone-2", "较大风险区域"),
    Choice("zone-3", "一般风险区域"),
    Choice("zone-4", "低风险区域"),
    Choice("call", "查岗"),
    Choice("call-missed", "查岗未应答"),
    Choice("handover-missing", "缺交接班记录"),
)

# What a duty report has a place for and the platform does not know: the duty officer fills it in by hand.
BY_HAND: tuple[Choice, ...] = (
    Choice("promise-due", "应公告安全承诺企业"),
    Choice("promise-made", "10:00 前已公告企业"),
    Choice("vehicle-in", "危化品车辆进园"),
    Choice("vehicle-out", "危化品车辆出园"),
    Choice("hazmat-tons", "进出园危化品"),
    Choice("waybill-checks", "运单与实载抽查"),
    Choice("work-promised", "承诺作业"),
    Choice("work-done", "实际作业"),
    Choice("work-fire", "特级、一级动火"),
    Choice("work-space", "受限空间作业"),
    Choice("work-checks", "作业抽查"),
    Choice("camera-off", "视频离线"),
    Choice("control-room", "中控室脱岗、睡岗"),
    Choice("people-in", "在园人数"),
    Choice("people-alarm", "人员报警"),
)
