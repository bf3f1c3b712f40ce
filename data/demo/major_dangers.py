"""Major hidden dangers of the demo park, one at nearly every node of their way: taken there by the engine itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.attachments import attach
from data.dangers import put_on_its_way, register
from data.demo.photos import photo
from data.models import Enterprise, User
from data.viewer import Viewer
from data.viewers import viewer_from
from data.workflow import steps


class Story(NamedTuple):
    """What was found, how many days ago, until when (days from today), and how far it has come (a node of the workflow)."""

    name: str
    place: str
    kind: str
    criterion: int
    cause: str
    harm: str
    found: int
    until: int
    node: str
    measures: str = ""
    funds: float = 0


STORIES = (
    Story("罐区紧急切断功能未投用", "罐区二", "instrument", 5, "紧急切断阀气源管断开，回路未投用", "泄漏时不能远程切断，可能扩大为火灾爆炸", 2, 40, "review"),
    Story("可燃气体检测报警器未按要求设置", "装卸区", "instrument", 12, "装卸区两处检测点缺失，报警信号未进控制室", "泄漏不能及时发现，遇火源可能爆燃", 4, 35, "city"),
    Story("安全阀铅封缺失且超期未校验", "反应工段", "equipment", 15, "检修后未恢复铅封，校验已过期", "超压时不能可靠起跳，设备可能破裂", 6, 30, "notice"),
    Story("液氨充装未使用万向管道充装系统", "充装站", "process", 7, "仍用金属软管充装", "软管破裂时大量泄漏，危及周边人员", 9, 26, "plan"),
    Story("装置未设双重电源，控制系统无不间断电源", "中央控制室", "electrical", 14, "不间断电源电池失效后停用", "断电后失去监控和联锁", 14, 32, "plan_review", "更换电池组并做切换试验，增设第二路电源", 48),
    Story("相互禁配物质混存", "甲类仓库", "safety", 20, "氧化剂与有机溶剂同库存放，未设隔离", "接触后可能剧烈反应起火", 38, -4, "carry_out", "氧化剂移库，加设防火隔墙，重新标识", 12),
    Story("工艺联锁被旁路未恢复", "聚合工段", "process", 4, "检修旁路后无审批、无恢复记录", "超温时不能自动停车", 30, 8, "carry_out", "恢复联锁并测试，建立旁路审批台账", 6),
    Story("控制室面向装置一侧不满足防火防爆要求", "中央控制室", "layout", 13, "外墙开窗，未做抗爆加固", "爆炸冲击波可能伤及操作人员", 62, 75, "extension", "封堵外窗，完成抗爆加固", 165),
    Story("全压力式液化烃储罐未设注水措施", "球罐区", "process", 6, "注水管线未接通", "底部泄漏时不能用水封堵", 55, 5, "acceptance", "接通注水管线并试验", 38),
    Story("特种作业人员未持证上岗", "检修班组", "safety", 2, "两名焊工证件过期仍在作业", "作业失误可能引发火灾", 47, -2, "lifting", "停止无证作业，组织取证，完善上岗核查", 3),
    Story("架空电力线路穿越生产区", "厂区东侧", "electrical", 9, "旧线路未迁改", "断线落地可能引燃可燃物", 150, -60, "lifted", "完成线路迁改入地", 92),
    Story("操作规程和工艺控制指标缺失", "新建车间", "process", 17, "试生产后未更新规程", "操作无依据，易发生误操作", 20, 15, "downgraded"),
)
SAID = {"plan_review": "方案可行，按期整改", "review": "情况属实"}


def enter_major_dangers(session: Session, enterprise: dict[str, int], today: date) -> int:
    """Enter the dangers for enterprises that the first officer of a department supervises; how many."""
    people = {one.username: viewer_from(one) for one in session.scalars(select(User).where(User.username.in_(("officer", "dept", "leader", "inspector")))).unique()}
    office = people["dept"]
    firms = select(Enterprise).where(Enterprise.id.in_(enterprise.values()), Enterprise.department_id == office.department_id).order_by(Enterprise.id)
    owners = ((one, session.scalars(select(User).where(User.enterprise_id == one.id)).unique().first()) for one in session.scalars(firms).unique())
    chosen = [(firm, viewer_from(user)) for firm, user in islice(owners, len(STORIES)) if user is not None]
    for (firm, own), story in zip(chosen, STORIES, strict=False):
        _tell(session, people, firm, own, story, today)
    return min(len(chosen), len(STORIES))


def _tell(session: Session, people: dict[str, Viewer], firm: Enterprise, own: Viewer, story: Story, today: date) -> None:
    clock = _clock(today - timedelta(days=story.found))
    found = today - timedelta(days=story.found)
    values = {"name": story.name, "place": story.place, "level": "major", "kind": story.kind, "found_on": found, "criterion_id": story.criterion}
    values |= {"cause": story.cause, "harm": story.harm, "difficulty": "需停用相关设施整改", "interim": "停用相关设施，专人值守", "enterprise_id": firm.id}
    moment = next(clock)
    danger = register(session, own, values, now=moment)
    for slot in ("before", *(("after",) if story.node in ("acceptance", "lifting", "lifted") else ())):
        attach(session, own, danger, slot, "现场照片.jpg" if slot == "before" else "整改后照片.jpg", BytesIO(photo(slot)))
    case = put_on_its_way(session, own, danger, now=moment)
    for viewer, action, given in _way(people, own, story, firm, today):
        if case.node == story.node:
            return
        steps.act(session, viewer, case, action, version=case.version, now=next(clock), **given)


def _way(people: dict[str, Viewer], own: Viewer, story: Story, firm: Enterprise, today: date) -> Iterator[tuple[Viewer, str, dict[str, Any]]]:
    """The steps of the straight way, and those that lead aside for the stories that end there."""
    office, until = people["dept"], today + timedelta(days=story.until)
    supervisor = {"supervisor_id": office.department_id}
    if story.node == "downgraded":
        yield office, "downgrade", {"values": {"deadline_on": until, "person": firm.contact or "安全负责人"}, "opinion": "不符合重大隐患判定标准，按一般隐患整改"}
        return
    if story.node == "city":
        yield office, "city", {"opinion": "涉及重大危险源，建议市级挂牌督办"}
        return
    yield office, "county", {"values": supervisor, "opinion": "属实，同意县级挂牌督办"}
    yield office, "issue", {"values": {"deadline_on": until}}
    plan = {"leader": firm.principal or "厂长", "measures": story.measures, "funds": story.funds, "person": firm.contact or "安全负责人", "phone": firm.phone, "emergency_plan": "停用期间专人值守，配备应急器材"}
    yield own, "submit", {"values": plan | {"deadline_on": max(until, today - timedelta(days=story.found - 6))}}
    yield office, "pass", {"opinion": SAID["plan_review"]}
    if story.node == "extension":
        yield own, "extend", {"values": {"extended_until": until + timedelta(days=30), "extension_reason": "抗爆设计审查未完成，施工须推迟"}}
        return
    yield own, "finish", {"values": {"rectified_on": today - timedelta(days=story.found - 5), "result": f"{story.measures}，已完成"}}
    yield people["inspector"], "pass", {"values": {"acceptor": people["inspector"].name, "acceptance": "现场核查，整改到位"}}
    yield people["leader"], "lift", {"opinion": "同意销号"}


def _clock(day: date) -> Iterator[datetime]:
    """Moments of working days from the day on, two of them every day, never in the future."""
    moment = datetime.combine(day, time(1, 20), UTC)
    while True:
        yield min(moment, datetime.now(UTC))
        moment += timedelta(hours=26, minutes=17)

