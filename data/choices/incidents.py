"""Incidents (突发事件): what they are called, how grave they are, what is done about them."""

from __future__ import annotations

from data.choices import Choice

# What is at hand, in the words of a command room. The first six are accidents of production, to which 国务院令第493号 applies.
INCIDENT_KINDS = (
    Choice("leak", "泄漏"),
    Choice("fire", "火灾"),
    Choice("explosion", "爆炸"),
    Choice("poisoning", "中毒和窒息"),
    Choice("injury", "其他人身伤害"),
    Choice("traffic", "道路运输事故"),
    Choice("environment", "突发环境事件"),
    Choice("natural", "自然灾害"),
    Choice("health", "公共卫生事件"),
    Choice("security", "社会安全事件"),
    Choice("other", "其他"),
)

INCIDENT_STATES = (
    Choice("received", "待核实", "danger"),
    Choice("verified", "已核实", "warn"),
    Choice("responding", "处置中", "danger"),
    Choice("ended", "已结束", "primary"),
    Choice("archived", "已归档", "ok"),
    Choice("void", "已排除", "stale"),
)

# 国务院令第493号 art. 3; Roman figures as 突发事件应对法 counts levels.
INCIDENT_LEVELS = (
    Choice("1", "Ⅰ级 特别重大", "danger"),
    Choice("2", "Ⅱ级 重大", "danger"),
    Choice("3", "Ⅲ级 较大", "warn"),
    Choice("4", "Ⅳ级 一般", "primary"),
)

RESPONSE_LEVELS = (Choice("1", "Ⅰ级响应"), Choice("2", "Ⅱ级响应"), Choice("3", "Ⅲ级响应"), Choice("4", "Ⅳ级响应"))

INCIDENT_SOURCES = (
    Choice("phone", "电话报告"),
    Choice("enterprise", "企业上报"),
    Choice("alarm", "系统报警"),
    Choice("superior", "上级通知"),
    Choice("patrol", "巡查发现"),
)

# One line of the timeline. What the platform writes by itself comes first, what a person may add after it.
ENTRY_KINDS = (
    Choice("received", "接报", "danger"),
    Choice("edited", "更改基本信息"),
    Choice("verify", "核实属实", "warn"),
    Choice("dismiss", "排除", "stale"),
    Choice("respond", "启动响应", "danger"),
    Choice("end", "结束", "primary"),
    Choice("archive", "评估归档", "ok"),
    Choice("task", "下达任务", "primary"),
    Choice("accept", "接收任务", "primary"),
    Choice("feedback", "任务反馈", "primary"),
    Choice("done", "任务完成", "ok"),
    Choice("failed", "任务无法完成", "danger"),
    Choice("circle", "规划圈层", "warn"),
    Choice("report", "信息报告", "primary"),
    Choice("note", "情况记录"),
    Choice("order", "指令", "warn"),
    Choice("quick_call", "电话快报", "primary"),
    Choice("casualty", "伤亡情况", "danger"),
    Choice("wind", "现场气象"),
    Choice("correction", "更正", "warn"),
)
WRITTEN_KINDS = ("note", "order", "quick_call", "casualty", "wind")  # what a person enters by hand

TASK_STATES = (
    Choice("waiting", "待接收", "warn"),
    Choice("doing", "执行中", "primary"),
    Choice("done", "已完成", "ok"),
    Choice("failed", "无法完成", "danger"),
)

REPORT_KINDS = (Choice("first", "专报"), Choice("further", "续报"), Choice("final", "终报"))
