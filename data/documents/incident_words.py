"""What stands in 专报, 续报, 终报 and in the reports of a drill. ``data.documents.kinds`` makes kinds of document of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from data.calendar import clock_words
from data.choices import word
from data.choices.incidents import INCIDENT_KINDS, INCIDENT_LEVELS

DRILL_MARK = "演练　演练　演练"

# key, name, pattern of the number
PAPERS = (
    ("incident_first", "突发事件专报", "应急专报〔{year}〕{number}号"),
    ("incident_further", "突发事件续报", "应急续报〔{year}〕{number}号"),
    ("incident_final", "突发事件终报", "应急终报〔{year}〕{number}号"),
    ("incident_drill", "演练信息报告", "演练报告〔{year}〕{number}号"),
)
FIELDS: Mapping[str, tuple[str, str | tuple[str, ...]]] = {
    "number": ("编号", "应急专报〔2026〕1号"),
    "issuer": ("报告单位", "应急管理局"),
    "title": ("标题", "关于某某化工 V-203 液氨泄漏的专报"),
    "mark": ("演练标记", ""),
    "issue": ("期数", "第 1 期"),
    "recipient": ("主送", "县应急管理局"),
    "copied": ("抄送", "管委会办公室"),
    "event": ("事件编号", "SJ-2026-0001"),
    "kind": ("事件类型", "泄漏"),
    "level": ("事件级别", "Ⅳ级 一般"),
    "place": ("地点", "某某化工 液氨罐区"),
    "occurred": ("发生时间", "11月24日 03:24"),
    "received": ("接报时间", "11月24日 03:26"),
    "parts": ("正文各部分（多条）", ("一、事故发生单位概况：某某化工有限公司。", "二、时间、地点及现场情况：11月24日 03:24 发生泄漏。")),
    "signer": ("签发人", "王建国"),
    "date": ("签发日期", "2026年11月24日"),
    "time": ("签发时间", "11月24日 04:10"),
    "phone": ("联系电话", "0421-0000000"),
}
NEEDED = ("number", "title", "recipient", "parts", "signer")
NEEDED_OF_DRILL = (*NEEDED, "mark")
_FIGURES = "一二三四五六七八九十"


def context(at: Any) -> dict[str, str | Sequence[str]]:
    """The fields of a report that is about to be signed (``data.documents.kinds.Occasion``)."""
    report = at.record
    incident = report.incident
    day = at.day
    return {
        "issuer": at.issuer,
        "title": report.title,
        "mark": DRILL_MARK if incident.is_drill else "",
        "issue": f"第 {report.issue} 期",
        "recipient": report.recipient,
        "copied": report.copied_to or "—",
        "event": incident.number,
        "kind": word(INCIDENT_KINDS, incident.kind),
        "level": word(INCIDENT_LEVELS, incident.level) if incident.level else "待定",
        "place": incident.place,
        "occurred": clock_words(incident.occurred_at),
        "received": clock_words(incident.received_at),
        "parts": [f"{_FIGURES[place]}、{part['head']}：{part['text']}" for place, part in enumerate(report.content)],
        "signer": at.viewer.name,
        "date": f"{day.year}年{day.month}月{day.day}日",
        "time": clock_words(report.signed_at),
        "phone": at.phone or "—",
    }
