"""What a person may do, and which role may do what at the beginning. The words are shown on the page of roles."""

from __future__ import annotations

from typing import NamedTuple

from data.choices import Choice


class PermissionGroup(NamedTuple):
    """Permissions that stand together on the page of roles."""

    title: str
    permissions: tuple[Choice, ...]


GROUPS: tuple[PermissionGroup, ...] = (
    PermissionGroup(
        "监测预警",
        (
            Choice("map.view", "查看园区一张图"),
            Choice("tank.view", "查看储罐监测"),
            Choice("vehicle.view", "查看车辆监控"),
            Choice("vehicle.command", "向车辆下发指令"),
            Choice("video.view", "查看实时视频"),
            Choice("video.edit", "维护摄像机视频源"),
            Choice("geofence.edit", "维护围栏、线路和关键点"),
            Choice("alarm.view", "查看报警"),
            Choice("alarm.acknowledge", "确认报警"),
            Choice("alarm.handle", "处置报警"),
            Choice("alarm.suspend", "抑制报警"),
            Choice("duty.edit", "维护值班表"),
            Choice("duty.view", "查看值班安排、换班、交接班"),
            Choice("duty.approve", "批准换班"),
            Choice("duty.call", "查岗"),
            Choice("point.edit", "维护测点"),
            Choice("terminal.approve", "审核车载终端"),
        ),
    ),
    PermissionGroup(
        "一企一档",
        (
            Choice("enterprise.view", "查看企业档案"),
            Choice("enterprise.edit", "维护企业档案"),
            Choice("enterprise.delete", "删除企业"),
            Choice("enterprise.confirm", "确认、退回企业档案"),
            Choice("enterprise.account", "重置企业密码"),
            Choice("enterprise.enter", "快速登录企业端"),
            Choice("unit_type.edit", "维护企业类型"),
        ),
    ),
    PermissionGroup(
        "隐患排查治理",
        (
            Choice("danger.view", "查看隐患"),
            Choice("danger.edit", "登记、维护隐患"),
            Choice("danger.handle", "审核、复查、验收隐患"),
            Choice("danger.decide", "市级督办、销号"),
            Choice("danger.report", "维护企业查报"),
            Choice("standard.edit", "维护自查标准"),
        ),
    ),
    PermissionGroup("重大危险源", (Choice("hazard.view", "查看重大危险源"), Choice("hazard.edit", "维护、辨识重大危险源"))),
    PermissionGroup(
        "风险分级管控",
        (
            Choice("risk.view", "查看风险与巡检"),
            Choice("risk.review", "审核企业风险清单"),
            Choice("risk.method", "维护风险评价方法"),
        ),
    ),
    PermissionGroup(
        "风险四色图",
        (
            Choice("risk_map.view", "查看风险四色图"),
            Choice("risk_map.zone", "维护风险区域、平面图"),
            Choice("risk_map.rule", "维护动态风险规则"),
        ),
    ),
    PermissionGroup("应急资源", (Choice("emergency.view", "查看应急资源"), Choice("emergency.edit", "维护应急资源"))),
    PermissionGroup(
        "突发事件",
        (
            Choice("incident.view", "查看突发事件"),
            Choice("incident.edit", "接报、记录突发事件"),
            Choice("incident.command", "核实、指挥、报告突发事件"),
            Choice("incident.field", "接收、反馈应急任务"),
        ),
    ),
    PermissionGroup(
        "行政办公",
        (
            Choice("notice.view", "查看通知"),
            Choice("notice.edit", "发布通知"),
        ),
    ),
    PermissionGroup("决策分析", (Choice("decision.view", "查看每日、每月看板"), Choice("decision.report", "生成、查看全园区月报"), Choice("duty.report", "查看、填写值班报告"), Choice("duty.sign", "签发值班报告"))),
    PermissionGroup("系统订阅", (Choice("subscription.use", "订阅统计、看板和列表"), Choice("subscription.group", "向群机器人推送订阅"))),
    PermissionGroup(
        "企业端",
        (
            Choice("own.file", "填报本企业档案"),
            Choice("own.danger", "上报、整改本企业隐患"),
            Choice("own.standard", "维护本企业自查标准"),
            Choice("own.hazard", "维护本企业重大危险源"),
            Choice("own.risk", "管控、巡检本企业风险"),
            Choice("own.notice", "接收通知"),
        ),
    ),
    PermissionGroup(
        "系统管理",
        (
            Choice("role.edit", "维护角色"),
            Choice("user.view", "查看用户"),
            Choice("user.edit", "维护用户"),
            Choice("log.view", "查看日志"),
            Choice("dictionary.edit", "维护数据字典"),
            Choice("field_rule.edit", "维护企业信息配置"),
            Choice("division.edit", "维护行政区域"),
            Choice("department.edit", "维护部门"),
            Choice("workflow.edit", "维护流程"),
            Choice("paper.edit", "维护文书模板"),
            Choice("ingest.view", "查看数据接入"),
            Choice("screen.edit", "管理大屏"),
            Choice("api.read", "读取数据接口"),
        ),
    ),
)

PERMISSIONS: tuple[Choice, ...] = tuple(one for group in GROUPS for one in group.permissions)
ALL_PERMISSIONS: frozenset[str] = frozenset(choice.code for choice in PERMISSIONS)


class RoleDefinition(NamedTuple):
    """A role as it is seeded; ``scope`` is one of ``choices.SCOPES``."""

    code: str
    name: str
    scope: str
    permissions: tuple[str, ...]


_MONITORING = ("map.view", "tank.view", "vehicle.view", "video.view", "alarm.view", "enterprise.view", "emergency.view", "danger.view", "risk.view", "risk_map.view", "hazard.view", "notice.view", "subscription.use", "duty.view", "incident.view")
_SUPERVISION = (*_MONITORING, "video.edit", "decision.view", "enterprise.edit", "enterprise.confirm", "enterprise.account", "enterprise.enter", "emergency.edit", "danger.edit", "danger.handle", "danger.report", "risk.review", "hazard.edit", "notice.edit", "subscription.group", "api.read", "incident.field")

ROLES: tuple[RoleDefinition, ...] = (
    RoleDefinition("admin", "系统管理员", "all", tuple(choice.code for choice in PERMISSIONS if not choice.code.startswith("own."))),
    RoleDefinition("leader", "园区领导", "all", (*_MONITORING, "decision.view", "decision.report", "duty.report", "duty.sign", "duty.approve", "duty.call", "danger.decide", "subscription.group", "incident.edit", "incident.command", "incident.field")),
    RoleDefinition("officer", "监管人员", "all", (*_SUPERVISION, "enterprise.delete", "unit_type.edit", "point.edit", "vehicle.command", "geofence.edit", "alarm.suspend", "duty.edit", "decision.report", "duty.report", "duty.sign", "duty.approve", "duty.call", "danger.decide", "standard.edit", "risk.method", "risk_map.zone", "incident.edit", "incident.command")),
    RoleDefinition("department", "部门监管人员", "departments", _SUPERVISION),
    RoleDefinition("town", "乡镇街道人员", "divisions", _SUPERVISION),
    RoleDefinition("inspector", "检查人员", "all", (*_MONITORING, "danger.edit", "danger.handle", "incident.field")),
    RoleDefinition("duty", "值班人员", "all", (*_MONITORING, "decision.view", "duty.report", "vehicle.command", "geofence.edit", "alarm.acknowledge", "alarm.handle", "alarm.suspend", "duty.edit", "incident.edit", "incident.command", "incident.field")),
    RoleDefinition("enterprise", "企业用户", "own_enterprise", ("map.view", "tank.view", "video.view", "alarm.view", "risk_map.view", "own.file", "own.danger", "own.standard", "own.risk", "own.hazard", "own.notice")),
)
