"""Enterprises and their files, divisions, emergency resources."""

from __future__ import annotations

from data.choices import Choice

ENTERPRISE_SCALES = (
    Choice("large", "大型"),
    Choice("medium", "中型"),
    Choice("small", "小型"),
    Choice("micro", "微型"),
)

ENTERPRISE_STATES = (
    Choice("running", "正常", "ok"),
    Choice("stopped", "停产", "stale"),
    Choice("ordered_stop", "停业整顿", "danger"),
)

ENTERPRISE_GRADES = (Choice("A", "A"), Choice("B", "B"), Choice("C", "C"), Choice("D", "D"))

# Whether the authority has confirmed what stands in the file of an enterprise.
CONFIRM_STATES = (
    Choice("pending", "待确认", "primary"),
    Choice("confirmed", "已确认", "ok"),
    Choice("returned", "已退回", "warn"),
)

# Whether the file is complete by the rules for its type when it is confirmed.
STANDARD_STATES = (
    Choice("unrated", "未评定", "stale"),
    Choice("met", "已达标", "ok"),
    Choice("unmet", "未达标", "warn"),
)

# What became of what an enterprise wants changed in its file.
CHANGE_STATES = (
    Choice("pending", "待确认", "primary"),
    Choice("confirmed", "已确认", "ok"),
    Choice("returned", "已退回", "warn"),
    Choice("withdrawn", "已撤回", "stale"),
)

CHEMICAL_USES = (
    Choice("raw_material", "原料"),
    Choice("product", "产品"),
    Choice("intermediate", "中间体"),
    Choice("auxiliary", "辅料"),
)

EXPOSURE_RESULTS = (Choice("within", "合格", "ok"), Choice("over", "超标", "danger"))

RESCUE_EQUIPMENT_STATES = (
    Choice("ready", "完好", "ok"),
    Choice("repair", "维修", "warn"),
    Choice("scrapped", "报废", "stale"),
)

SUPPORT_KINDS = (
    Choice("transport", "运输保障"),
    Choice("medical", "医疗保障"),
    Choice("communication", "通信保障"),
    Choice("technical", "技术支持"),
)

DIVISION_LEVELS = (
    Choice("province", "省"),
    Choice("city", "市"),
    Choice("county", "县区"),
    Choice("town", "乡镇街道"),
    Choice("village", "村社区"),
)
