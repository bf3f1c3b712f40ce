"""Subscriptions: of what, when, and how they stand."""

from __future__ import annotations

from data.choices import Choice

SUBSCRIBED = (Choice("board", "看板"), Choice("statistic", "统计"), Choice("figure", "看板指标"), Choice("list", "列表"))

SCHEDULES = (Choice("daily", "每日"), Choice("weekly", "每周"), Choice("monthly", "每月"), Choice("change", "达到条件时"))

WEEKDAYS = tuple(Choice(str(number), f"周{word}") for number, word in enumerate("一二三四五六日", 1))

HOURS = tuple(Choice(str(hour), f"{hour:02d}:00") for hour in range(24))

# When a number is worth telling: it gets beyond a bound, or moves away from what was told last.
RULES = (Choice("rise", "升到或超过"), Choice("fall", "降到或低于"), Choice("by", "变化达到"), Choice("percent", "变化达到（%）"))

SUBSCRIPTION_STATES = (Choice("active", "正常", "ok"), Choice("paused", "已暂停", "warn"))

# How what was told stands: on the personal home alone, on its way, arrived, or not everywhere.
SENT_STATES = (Choice("home", "个人首页", ""), Choice("waiting", "待发送", "primary"), Choice("sent", "已送达", "ok"), Choice("failed", "未送达", "danger"))
