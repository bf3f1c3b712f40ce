"""What a person may do, and which role may do what. The words are shown on the page of roles."""

from __future__ import annotations

from typing import NamedTuple

from data.choices import Choice

PERMISSIONS: tuple[Choice, ...] = (
    Choice("map.view", "查看园区一张图"),
    Choice("tank.view", "查看储罐监测"),
    Choice("vehicle.view", "查看车辆监控"),
    Choice("alarm.view", "查看报警"),
    Choice("alarm.acknowledge", "确认报警"),
    Choice("alarm.handle", "处置报警"),
    Choice("enterprise.view", "查看企业档案"),
    Choice("point.edit", "维护测点"),
    Choice("terminal.approve", "审核车载终端"),
    Choice("ingest.view", "查看数据接入"),
    Choice("log.view", "查看日志"),
    Choice("user.view", "查看用户"),
    Choice("user.edit", "维护用户"),
    Choice("api.read", "读取数据接口"),
)

ALL_PERMISSIONS: frozenset[str] = frozenset(choice.code for choice in PERMISSIONS)


class RoleDefinition(NamedTuple):
    """A role as it is seeded; ``scope`` is one of ``choices.SCOPES``."""

    code: str
    name: str
    scope: str
    permissions: tuple[str, ...]


_MONITORING = ("map.view", "tank.view", "vehicle.view", "alarm.view", "enterprise.view")
_OFFICER = (*_MONITORING, "point.edit", "api.read")

ROLES: tuple[RoleDefinition, ...] = (
    RoleDefinition("admin", "系统管理员", "all", tuple(choice.code for choice in PERMISSIONS)),
    RoleDefinition("leader", "园区领导", "all", _MONITORING),
    RoleDefinition("officer", "监管人员", "all", _OFFICER),
    RoleDefinition("department", "行业部门人员", "departments", _OFFICER),
    RoleDefinition("town", "属地监管人员", "divisions", _OFFICER),
    RoleDefinition("inspector", "检查人员", "all", _MONITORING),
    RoleDefinition("duty", "值班人员", "all", (*_MONITORING, "alarm.acknowledge", "alarm.handle")),
    RoleDefinition("enterprise", "企业用户", "own_enterprise", ("map.view", "tank.view", "alarm.view")),
)
