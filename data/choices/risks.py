"""Major hazard installations, graded risks and their colours, measures and inspections."""

from __future__ import annotations

from data.choices import Choice

HAZARD_LEVELS = (Choice("1", "一级"), Choice("2", "二级"), Choice("3", "三级"), Choice("4", "四级"))

# GB 18218-2018 3.5, 3.6: what one installation is.
UNIT_KINDS = (Choice("storage", "储存单元"), Choice("production", "生产单元"))

# 生产安全事故应急预案管理办法 (令第88号, amended by 应急管理部令第2号).
PLAN_KINDS = (Choice("comprehensive", "综合应急预案"), Choice("special", "专项应急预案"), Choice("onsite", "现场处置方案"))

PLAN_STATES = (Choice("current", "现行", "ok"), Choice("superseded", "已废止", "stale"))

DRILL_WAYS = (Choice("table", "桌面推演"), Choice("field", "实战演练", "primary"))

# What of a major hazard installation runs out or falls due: data.hazard_dues.
HAZARD_DUES = (
    Choice("filing", "备案到期"),
    Choice("assessment", "安全评估"),
    Choice("plan_filing", "预案备案"),
    Choice("plan_review", "预案评估"),
    Choice("drill", "应急演练"),
)

# Graded risk control (风险分级管控). Levels are the four colours; they are not those of hidden dangers or alarms.
RISK_LEVELS = (Choice("1", "重大", "risk-1"), Choice("2", "较大", "risk-2"), Choice("3", "一般", "risk-3"), Choice("4", "低", "risk-4"))

RISK_METHODS = (Choice("LS", "LS 风险矩阵"), Choice("LEC", "LEC 作业条件危险性"))

RISK_FACTORS = (Choice("L", "可能性 L"), Choice("E", "暴露频率 E"), Choice("S", "严重性 S"), Choice("C", "后果 C"))

RISK_CATEGORIES = (Choice("equipment", "设备设施"), Choice("area", "区域场所"), Choice("activity", "作业活动"))

RISK_STATES = (Choice("draft", "编制中", "stale"), Choice("review", "待审核", "primary"), Choice("accepted", "已通过", "ok"))

MEASURE_KINDS = (Choice("engineering", "工程技术"), Choice("management", "管理措施"), Choice("training", "培训教育"), Choice("ppe", "个体防护"), Choice("emergency", "应急处置"))

# 管控措施分类 of the report format: the first digit is its first level (工程技术, 维护保养, 操作行为, 应急措施).
MEASURE_CATEGORIES = (
    Choice("1-1", "工艺控制"),
    Choice("1-2", "关键设备、部件"),
    Choice("1-3", "安全附件"),
    Choice("1-4", "安全仪表"),
    Choice("2-1", "动设备"),
    Choice("2-2", "静设备"),
    Choice("3-1", "人员资质"),
    Choice("3-2", "操作记录"),
    Choice("3-3", "交接班"),
    Choice("4-1", "应急设施"),
    Choice("4-2", "个体防护"),
    Choice("4-3", "消防设施"),
    Choice("4-4", "应急预案"),
)

MEASURE_WAYS = (Choice("auto", "自动化监控", "primary"), Choice("manual", "人工巡检"))

CYCLE_UNITS = (Choice("hour", "小时"), Choice("day", "天"), Choice("week", "周"), Choice("month", "月"), Choice("year", "年"))

INSPECTION_STATES = (Choice("open", "待巡检", "primary"), Choice("done", "已巡检", "ok"), Choice("missed", "漏检", "danger"), Choice("cancelled", "已取消", "stale"))

INSPECTION_RESULTS = (Choice("normal", "正常", "ok"), Choice("danger", "发现隐患", "danger"), Choice("unused", "停用未查", "stale"))

# What a rule of the four-colour map does to its zone.
RISK_EFFECTS = (
    Choice("own", "取事件等级"),
    Choice("to_1", "升至重大（红）"),
    Choice("to_2", "升至较大（橙）"),
    Choice("to_3", "升至一般（黄）"),
    Choice("by_1", "在事件等级上升一级"),
    Choice("by_2", "在事件等级上升两级"),
    Choice("by_3", "在事件等级上升三级"),
    Choice("none", "不影响"),
)
