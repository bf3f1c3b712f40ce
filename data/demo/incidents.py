"""Incidents of the demo park: two that are over and filed, and one drill, taken there by the functions that people use. All is invented."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from data import incident_desk, incident_reports, incident_tasks, incidents
from data.demo.danger_ways import moment
from data.models import Incident, Installation, Message, PlanningRadius, RescueTeam, User
from data.viewer import Viewer
from data.viewers import viewer_from

BASIS = "演示值，待核实：园区应在使用前按采用的标准或评估报告填写"
# kind, substance, name, metres, downwind only
RADII = (
    ("leak", None, "隔离", 150.0, False),
    ("leak", None, "疏散", 500.0, False),
    ("leak", "液氨", "下风向防护", 1300.0, True),
    ("leak", "液氯", "下风向防护", 1800.0, True),
    ("fire", None, "隔离", 100.0, False),
    ("fire", None, "疏散", 800.0, False),
    ("explosion", None, "警戒", 1000.0, False),
    ("traffic", None, "隔离", 100.0, False),
)


class Line(NamedTuple):
    """What somebody did so many minutes after the beginning."""

    minute: int
    who: str
    do: str
    text: str = ""
    facts: Mapping[str, Any] = {}


class Story(NamedTuple):
    """One incident with its lines; ``days`` ago, begun at ``hour``."""

    days: int
    hour: int
    minute: int
    values: Mapping[str, Any]
    lines: tuple[Line, ...]
    installation: str = ""
    is_drill: bool = False


FIRST, FURTHER, FINAL = "first", "further", "final"
STORIES = (
    Story(
        46,
        3,
        21,
        {"title": "鑫盛化工液氨罐区法兰泄漏", "kind": "leak", "source": "enterprise", "place": "鑫盛化工 液氨罐区 V-203 底部出料管法兰", "substance": "液氨", "reporter": "值班调度", "reporter_phone": "0421-0000203", "description": "巡检发现出料管法兰处有白雾和刺激性气味，现场已停止出料"},
        (
            Line(6, "duty", "verify", "企业调度和视频确认，泄漏属实", {"level": 4}),
            Line(8, "duty", "wind", "", {"direction_deg": 315.0, "speed_ms": 2.4}),
            Line(10, "officer", "respond", "", {"response_level": 4, "commander": "企业应急总指挥"}),
            Line(11, "officer", "circle", "隔离"),
            Line(12, "officer", "circle", "疏散"),
            Line(13, "officer", "task", "关闭紧急切断阀，倒罐至 V-205", {"unit": "鑫盛化工当班班组", "minutes": 30}),
            Line(14, "officer", "task", "水幕稀释，保护相邻球罐", {"team": "鑫盛化工专职消防队", "minutes": 40}),
            Line(15, "officer", "task", "疏散下风向厂区人员，清点人数", {"user": "inspector", "minutes": 30}),
            Line(18, "inspector", "accept", "2"),
            Line(31, "duty", "done", "0", {"text": "切断阀已关闭，倒罐完成"}),
            Line(36, "inspector", "done", "2", {"text": "已疏散 86 人，人数清点无误"}),
            Line(38, "duty", "casualty", "两名操作工轻微吸入，已送医观察", {"minor_count": 2, "evacuated_count": 86}),
            Line(44, "duty", "done", "1", {"text": "现场氨浓度降至检出限以下"}),
            Line(52, "officer", "report", FIRST),
            Line(98, "duty", "note", "环境监测组报告厂界氨浓度正常"),
            Line(132, "officer", "end", "泄漏已消除，厂界监测正常，人员返回"),
            Line(300, "officer", "report", FINAL),
            Line(60 * 24 * 6, "officer", "archive", "", {"cause": "法兰垫片老化，更换周期超出规程", "review": "接报到响应 10 分钟，切断及时；下风向企业通知稍迟", "lessons": "缩短液氨管线垫片更换周期；值班电话群呼名单补充下风向企业"}),
        ),
        "MHI-02",
    ),
    Story(
        17,
        16,
        5,
        {"title": "园区主干路危化品罐车刮碰渗漏", "kind": "traffic", "source": "phone", "place": "园区主干路与货运北路路口", "substance": "甲醇", "reporter": "过路司机", "reporter_phone": "0421-0000110", "description": "罐车与货车刮碰，罐体阀门处有液体滴漏，无人受伤", "near": "MHI-01"},
        (
            Line(9, "duty", "verify", "视频确认，罐车停在路边，阀门滴漏", {"level": 4}),
            Line(12, "duty", "respond", "", {"response_level": 4, "commander": "消防救援站站长"}),
            Line(13, "duty", "task", "封控路口，引导车辆绕行", {"unit": "交警大队", "minutes": 20}),
            Line(14, "duty", "task", "堵漏、围油，转移剩余物料", {"team": "朝阳县消防救援大队柳城站", "minutes": 90}),
            Line(27, "duty", "done", "0", {"text": "双向封控，绕行标志已设"}),
            Line(70, "duty", "done", "1", {"text": "堵漏成功，物料已转移，地面已清洗"}),
            Line(75, "officer", "report", FIRST),
            Line(95, "duty", "end", "路口恢复通行"),
            Line(180, "officer", "report", FINAL),
            Line(60 * 24 * 3, "officer", "archive", "", {"cause": "罐车转弯未让直行", "review": "到场及时，堵漏用时偏长", "lessons": "路口增设限速和提示，罐车停放区配堵漏工具"}),
        ),
    ),
    Story(
        9,
        9,
        30,
        {"title": "苯储罐火灾综合演练", "kind": "fire", "source": "phone", "place": "苯罐区 V-302", "substance": "苯", "reporter": "演练导调组", "description": "假定 V-302 浮盘密封处雷击着火"},
        (
            Line(3, "duty", "verify", "按演练脚本核实", {"level": 3}),
            Line(5, "duty", "quick_call", "向县应急管理局电话快报（演练）"),
            Line(6, "leader", "respond", "", {"response_level": 3, "commander": "带班领导"}),
            Line(7, "leader", "circle", "隔离"),
            Line(8, "leader", "task", "启动固定泡沫和喷淋，冷却邻罐", {"unit": "企业专职队", "minutes": 15}),
            Line(9, "leader", "task", "疏散罐区 800 m 内人员", {"user": "inspector", "minutes": 30}),
            Line(12, "inspector", "accept", "1"),
            Line(20, "duty", "done", "0", {"text": "泡沫覆盖完成，火势受控"}),
            Line(33, "inspector", "failed", "1", {"text": "一处临时施工点未接到通知，人员未撤出"}),
            Line(40, "leader", "report", FIRST),
            Line(65, "leader", "end", "演练科目完成"),
            Line(90, "leader", "archive", "", {"cause": "演练", "review": "响应用时 6 分钟，优于预案要求；疏散未覆盖临时施工点", "lessons": "临时施工点纳入广播和通知名单"}),
        ),
        "MHI-04",
        True,
    ),
)


def enter_radii(session: Session) -> None:
    """The park's table of planning radii."""
    names = ("kind", "substance", "name", "radius_m", "is_downwind")
    session.execute(insert(PlanningRadius), [{**dict(zip(names, row, strict=True)), "basis": BASIS} for row in RADII])


def enter_incidents(session: Session, today: date) -> int:
    """Enter the incidents with all that belongs to them; how many. Nobody is told of them any more."""
    people = {one.username: viewer_from(one) for one in session.scalars(select(User).where(User.enterprise_id.is_(None))).unique()}
    for story in STORIES:
        _Telling(session, people, story, moment(today - timedelta(days=story.days), story.hour) + timedelta(minutes=story.minute)).run()
    session.execute(update(Message).where(Message.kind == "incident").values(read_at=Message.created_at))
    return len(STORIES)


class _Telling:
    """Takes one story through its lines."""

    def __init__(self, session: Session, people: Mapping[str, Viewer], story: Story, begins: datetime) -> None:
        self.session, self.people, self.story, self.begins = session, people, story, begins
        self.incident: Incident
        self.tasks: list[int] = []

    def run(self) -> None:
        values = {name: value for name, value in self.story.values.items() if name != "near"}
        unit = self._installation(self.story.installation or self.story.values.get("near", ""))
        spot = {"lon": unit.lon, "lat": unit.lat} if unit.lon is not None else {}
        home = {"enterprise_id": unit.enterprise_id, "installation_id": unit.id} if self.story.installation else {"division_id": unit.enterprise.division_id}
        received = self.begins + timedelta(minutes=4)
        self.incident = incidents.receive(self.session, self.people["duty"], {**values, **spot, **home, "occurred_at": self.begins}, received, is_drill=self.story.is_drill)
        for line in self.story.lines:
            self._tell(line, self.people[line.who], received + timedelta(minutes=line.minute))

    def _installation(self, code: str) -> Installation:
        return self.session.scalars(select(Installation).where(Installation.code == code)).unique().one()

    def _tell(self, line: Line, who: Viewer, at: datetime) -> None:
        steps: dict[str, Callable[[Line, Viewer, datetime], object]] = {"task": self._task, "circle": self._circle, "report": self._report}
        if line.do in steps:
            steps[line.do](line, who, at)
        elif line.do in ("accept", "done", "failed"):
            self._answer(line, who, at)
        elif line.do in ("note", "wind", "casualty", "quick_call"):
            incidents.note(self.session, who, self.incident.id, line.do, line.text, at, line.facts)
        else:
            incidents.move(self.session, who, self.incident.id, line.do, self.incident.state, line.facts, at, line.text)

    def _task(self, line: Line, who: Viewer, at: datetime) -> None:
        given: dict[str, Any] = {"what": line.text, "unit": line.facts.get("unit"), "due_at": at + timedelta(minutes=line.facts["minutes"])}
        if "team" in line.facts:
            given["team_id"] = self.session.scalar(select(RescueTeam.id).where(RescueTeam.name == line.facts["team"]))
        if "user" in line.facts:
            given["user_id"] = self.people[line.facts["user"]].id
        self.tasks.append(incident_tasks.give(self.session, who, self.incident.id, given, at).id)

    def _answer(self, line: Line, who: Viewer, at: datetime) -> None:
        state = "doing" if line.do == "accept" else line.do
        seen = incident_tasks.state_of(self.session, self.tasks[int(line.text)])
        incident_tasks.answer(self.session, who, self.tasks[int(line.text)], state, line.facts.get("text", ""), seen, at)

    def _circle(self, line: Line, who: Viewer, at: datetime) -> None:
        row = next(one for one in incident_desk.radii_for(self.session, who, self.incident) if one.name == line.text)
        incident_desk.draw_circle(self.session, who, self.incident.id, {}, at, row.id)

    def _report(self, line: Line, who: Viewer, at: datetime) -> None:
        said = incident_reports.draft(self.session, who, self.incident, at) | {"recipient": "朝阳县应急管理局", "copied_to": "园区管委会办公室"}
        incident_reports.issue(self.session, who, self.incident.id, line.text, said, at)
