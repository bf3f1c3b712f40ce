"""Hidden dangers, their reporting and the standards of self-checks."""

from __future__ import annotations

from data.choices import Choice

# Hidden dangers (隐患). The codes of HIDDEN_STATES are the nodes of their two workflows.
HIDDEN_LEVELS = (Choice("general", "一般"), Choice("major", "重大", "danger"))

HIDDEN_SOURCES = (
    Choice("self", "企业自查自报"),
    Choice("inspection", "监督检查"),
    Choice("enforcement", "行政执法检查"),
    Choice("town", "乡镇街道检查"),
    Choice("report", "举报"),
    Choice("expert", "专家检查"),
    Choice("superior", "上级督查"),
    Choice("patrol", "巡检"),
    Choice("monitor", "监测报警"),
)

HIDDEN_KINDS = (
    Choice("safety", "安全"),
    Choice("process", "工艺"),
    Choice("electrical", "电气"),
    Choice("instrument", "仪表"),
    Choice("fire", "消防"),
    Choice("layout", "总图"),
    Choice("equipment", "设备"),
    Choice("other", "其他"),
)

HIDDEN_TREATMENTS = (Choice("at_once", "即查即改"), Choice("by_deadline", "限期整改"))

HIDDEN_STATES = (
    Choice("draft", "草稿", "stale"),
    # 一般隐患
    Choice("rectify", "整改中", "primary"),
    Choice("check", "待复查", "primary"),
    Choice("rectified", "已整改", "ok"),
    # 重大隐患
    Choice("report", "待补正", "warn"),
    Choice("review", "待审核", "primary"),
    Choice("city", "待市级挂牌", "primary"),
    Choice("notice", "待下达通知", "primary"),
    Choice("plan", "待制定方案", "warn"),
    Choice("plan_review", "方案审核", "primary"),
    Choice("carry_out", "整改实施", "primary"),
    Choice("extension", "延期审批", "warn"),
    Choice("acceptance", "待验收", "primary"),
    Choice("lifting", "待销号", "primary"),
    Choice("lifted", "已销号", "ok"),
    Choice("downgraded", "已降级为一般隐患", "stale"),
)

SUPERVISION_LEVELS = (Choice("county", "县级挂牌督办", "danger"), Choice("city", "市级挂牌督办", "danger"))

# 隐患自查自报: how often an enterprise reports, and what became of one period.
REPORT_CYCLES = (Choice("month", "月报"), Choice("quarter", "季报"), Choice("half", "半年报"), Choice("year", "年报"))

REPORT_STATES = (
    Choice("open", "待上报", "primary"),
    Choice("submitted", "已上报", "ok"),
    Choice("late", "逾期上报", "warn"),
    Choice("missed", "未上报", "danger"),
    Choice("suspended", "暂不上报", "stale"),
)

STANDARD_STATES_OWN = (
    Choice("draft", "草稿", "stale"),
    Choice("review", "待审核", "primary"),
    Choice("approved", "已通过", "ok"),
)
