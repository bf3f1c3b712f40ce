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
)
