"""The duty room: exchanges of shifts, hand-overs, and the question whether somebody is there."""

from __future__ import annotations

from data.choices import Choice

EXCHANGE_STATES = (
    Choice("asked", "待对方同意", "primary"),
    Choice("agreed", "待批准", "primary"),
    Choice("done", "已换班", "ok"),
    Choice("refused", "对方不同意", "stale"),
    Choice("rejected", "未批准", "stale"),
    Choice("withdrawn", "已撤回", "stale"),
    Choice("lapsed", "已失效", "stale"),
)

HANDOVER_STATES = (
    Choice("draft", "待交班", "primary"),
    Choice("handed", "待接班", "warn"),
    Choice("signed", "已交接", "ok"),
    Choice("missing", "缺交接", "danger"),
)

CALL_KINDS = (Choice("hand", "人工查岗"), Choice("random", "随机查岗"))

CALL_STATES = (Choice("waiting", "待应答", "primary"), Choice("answered", "已应答", "ok"), Choice("missed", "未应答", "danger"))
