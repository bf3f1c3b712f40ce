"""An incident from its first report to the archive: steps, timeline, tasks, reports, circles, and what is refused."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from docx import Document
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from data import incident_desk, incident_reports, incident_tasks, incidents, screens, timeline, walls
from data.attachments import attachments_of, open_file
from data.db import read_session, session
from data.errors import Conflict, Forbidden, Invalid, NotFound
from data.models import (
    Alarm,
    Department,
    Division,
    Enterprise,
    Incident,
    IncidentEntry,
    IncidentReport,
    IncidentTask,
    Installation,
    Message,
    Paper,
    PlanningRadius,
    Point,
    RescueTeam,
    User,
)
from data.query import get, visible
from data.save import create
from data.settings import Settings
from data.tree import subtree
from data.viewer import Viewer, system_viewer
from data.viewers import viewer_from

NOW = datetime(2026, 11, 24, 3, 24, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MAKER = system_viewer("tests")


@pytest.fixture(scope="module", autouse=True)
def _park(demo_database: Settings) -> Iterator[None]:
    yield


def person(username: str) -> Viewer:
    with read_session() as current:
        return viewer_from(current.scalars(select(User).where(User.username == username)).unique().one())


@pytest.fixture(scope="module")
def duty() -> Viewer:
    return person("duty")


@pytest.fixture(scope="module")
def unit() -> Installation:
    with read_session() as current:
        return current.scalars(select(Installation).where(Installation.code == "MHI-02")).unique().one()


@pytest.fixture
def make(duty: Viewer, unit: Installation) -> Any:
    """An incident at the ammonia tanks, in the state that is asked for."""

    def report(state: str = "received", *, is_drill: bool = False, **values: Any) -> Incident:
        given = {"title": "液氨罐区法兰泄漏", "kind": "leak", "place": "液氨罐区", "substance": "液氨", "enterprise_id": unit.enterprise_id, "installation_id": unit.id, "lon": unit.lon, "lat": unit.lat, "occurred_at": NOW - 4 * MINUTE, **values}
        with session() as current:
            made = incidents.receive(current, duty, given, NOW, is_drill=is_drill)
            steps = {"received": (), "verified": ("verify",), "responding": ("verify", "respond"), "ended": ("verify", "respond", "end")}[state]
            for step in steps:
                incidents.move(current, duty, made.id, step, made.state, {"level": 4, "response_level": 4, "commander": "王队"}, NOW + MINUTE, "已核实")
            return made

    return report


def entries(incident: Incident) -> list[IncidentEntry]:
    with read_session() as current:
        return list(reversed(incident_desk.entries_of(current, incident)))


# The way


def test_from_the_first_report_to_the_archive_every_step_is_a_line_with_the_servers_time(make: Any, duty: Viewer) -> None:
    incident = make("ended")
    with session() as current:
        filed = incidents.move(current, duty, incident.id, "archive", "ended", {"cause": "垫片老化", "review": "及时", "lessons": "缩短周期"}, NOW + 9 * MINUTE)
        assert (filed.state, filed.archive_number) == ("archived", f"{incident.number}-GD")
    assert [one.kind for one in entries(incident)] == ["received", "verify", "respond", "end", "archive"]
    assert entries(incident)[2].text == "启动响应。Ⅳ级响应，现场指挥 王队。已核实"
    with session() as current, pytest.raises(Conflict, match="事件已归档，时间线不能再增加"):
        incidents.note(current, duty, incident.id, "note", "晚到的话", NOW)


def test_of_two_who_take_the_same_step_the_second_is_told_who_was_faster(make: Any, duty: Viewer) -> None:
    incident = make()
    with session() as current:
        incidents.move(current, duty, incident.id, "verify", "received", {"level": 4}, NOW)
    with session() as current, pytest.raises(Conflict, match="李志远刚刚办理了“核实属实”，事件现在“已核实”。您填写的内容仍保留"):
        incidents.move(current, person("officer"), incident.id, "dismiss", "received", {}, NOW, "误报")
    with session() as current, pytest.raises(Conflict, match="事件现在“已核实”，不能“评估归档”"):
        incidents.move(current, duty, incident.id, "archive", "verified", {"cause": "a", "review": "b", "lessons": "c"}, NOW)


def test_a_step_wants_what_it_needs_and_the_right(make: Any, duty: Viewer) -> None:
    incident = make()
    with session() as current, pytest.raises(Invalid) as caught:
        incidents.move(current, duty, incident.id, "verify", "received", {}, NOW)
    assert caught.value.fields == {"level": "必填。"}
    with session() as current, pytest.raises(Forbidden, match="没有“核实、指挥、报告突发事件”权限"):
        incidents.move(current, person("inspector"), incident.id, "verify", "received", {"level": 4}, NOW)
    with session() as current, pytest.raises(NotFound, match="没有找到这条突发事件"):
        incidents.move(current, replace(duty, scope="divisions", division_id=0), incident.id, "verify", "received", {"level": 4}, NOW)


def test_who_is_on_duty_is_told_once_and_a_drill_interrupts_nobody(make: Any, duty: Viewer) -> None:
    from data.models import DutyShift

    with session() as current:
        create(current, DutyShift, MAKER, {"user_id": duty.id, "tier": 1, "begins_at": NOW - MINUTE, "ends_at": NOW + 60 * MINUTE})
    real, drill = make(), make(is_drill=True)
    with read_session() as current:
        told = {one.href: one for one in current.scalars(select(Message).where(Message.kind == "incident", Message.user_id == duty.id))}
    assert told[f"/incidents/{real.id}"].is_urgent
    assert not told[f"/incidents/{drill.id}"].is_urgent
    assert told[f"/incidents/{drill.id}"].title.startswith("【演练】")


def test_real_incidents_and_drills_are_numbered_apart_without_a_gap(make: Any) -> None:
    first, drill, second = make(), make(is_drill=True), make()
    assert drill.number.startswith("YL-2026-")
    assert int(second.number[-4:]) == int(first.number[-4:]) + 1


# The timeline


def test_nothing_in_the_timeline_is_ever_changed_or_deleted(make: Any) -> None:
    line = entries(make())[0]
    for statement in ("UPDATE incident_entry SET text = '别的' WHERE id = :id", "UPDATE incident_entry SET at = now() WHERE id = :id", "DELETE FROM incident_entry WHERE id = :id"):
        with pytest.raises(DatabaseError, match="append-only"), session() as current:
            current.execute(text(statement), {"id": line.id})


def test_what_was_wrong_is_put_right_by_a_further_line(make: Any, duty: Viewer) -> None:
    incident = make()
    wrong = entries(incident)[0]
    with session() as current:
        incidents.note(current, duty, incident.id, "correction", "发生地点应为 V-205", NOW + MINUTE, corrects_id=wrong.id)
    assert [(one.kind, one.corrects_id) for one in entries(incident)] == [("received", None), ("correction", wrong.id)]
    other = make()
    with session() as current, pytest.raises(NotFound, match="没有找到要更正的记录"):
        incidents.note(current, duty, other.id, "correction", "不是这条", NOW, corrects_id=wrong.id)
    with session() as current, pytest.raises(Invalid, match="有的内容不能保存"):
        incidents.note(current, duty, incident.id, "archive", "伪造的步骤", NOW)


def test_casualties_are_whole_counts_and_decide_whether_it_is_grave(make: Any, duty: Viewer) -> None:
    incident = make("responding")
    with session() as current:
        incidents.note(current, duty, incident.id, "casualty", "送医", NOW, {"serious_count": 1, "trapped_count": 3})
        now = get(current, Incident, incident.id, duty)
        assert incidents.harm_of(now).words == "重伤 1 人、被困 3 人"
        assert "quick" in {one.rule.key for one in incident_desk.legal_clocks(current, now, NOW)}, "three trapped: by telephone within the hour"
    assert entries(incident)[-1].text == "累计：重伤 1 人、被困 3 人。送医"
    with session() as current, pytest.raises(Invalid):
        incidents.note(current, duty, incident.id, "casualty", "", NOW, {"dead_count": -1})


# Tasks


def test_a_task_is_told_accepted_answered_and_holds_the_end_until_it_is_closed(make: Any, duty: Viewer) -> None:
    incident, field = make("responding"), person("inspector")
    with session() as current:
        task = incident_tasks.give(current, duty, incident.id, {"what": "疏散下风向人员", "user_id": field.id, "due_at": NOW + 30 * MINUTE}, NOW)
        assert task.unit == field.name
    with read_session() as current:
        assert current.scalar(select(func.count()).where(Message.user_id == field.id, Message.href == f"/incidents/tasks?id={task.id}")) == 1
        assert [one.id for one in incident_tasks.mine(current, field, is_open=True)] == [task.id]
    with session() as current, pytest.raises(Conflict, match="还有 1 项任务没有办结"):
        incidents.move(current, duty, incident.id, "end", "responding", {}, NOW, "完了")
    with session() as current:
        incident_tasks.answer(current, field, task.id, "doing", "", "waiting", NOW + MINUTE)
    with session() as current, pytest.raises(Conflict, match="这项任务刚刚已变为“执行中”，您填写的内容仍保留"):
        incident_tasks.answer(current, duty, task.id, "done", "办完了", "waiting", NOW)
    with session() as current, pytest.raises(Invalid, match="请写下反馈"):
        incident_tasks.answer(current, field, task.id, "failed", " ", "doing", NOW)
    with session() as current:
        incident_tasks.answer(current, field, task.id, "done", "已疏散 88 人", "doing", NOW + 2 * MINUTE)
        assert incidents.move(current, duty, incident.id, "end", "responding", {}, NOW, "完了").state == "ended"
    assert [one.kind for one in entries(incident)][3:] == ["task", "accept", "done", "end"]


def test_a_task_of_a_team_is_that_of_its_office_and_of_nobody_else(make: Any, duty: Viewer) -> None:
    incident, other = make("verified"), person("town")
    with session() as current:
        team = current.scalars(select(RescueTeam).where(RescueTeam.department_id != other.department_id).order_by(RescueTeam.id)).unique().first()
        assert team is not None
        task = incident_tasks.give(current, duty, incident.id, {"what": "堵漏", "team_id": team.id}, NOW)
        assert task.unit == team.name
    with read_session() as current:
        assert incident_tasks.mine(current, other, is_open=True) == []
        assert incident_tasks.mine(current, replace(other, department_id=team.department_id), is_open=True)[0].id == task.id
    with session() as current, pytest.raises(Forbidden, match="这项任务下达给了别人"):
        incident_tasks.answer(current, person("inspector3"), task.id, "done", "", "waiting", NOW)
    with session() as current, pytest.raises(Invalid) as caught:
        incident_tasks.give(current, duty, incident.id, {"what": "堵漏", "unit": "某队", "due_at": NOW - MINUTE}, NOW)
    assert caught.value.fields == {"due_at": "完成时限应晚于现在。"}


# Reports


def document(current: Session, report: IncidentReport) -> str:
    (file,) = attachments_of(current, report)["paper"]
    with open_file(file) as opened:
        found = Document(io.BytesIO(opened.read()))
    return "\n".join([*(one.text for one in found.sections[0].header.paragraphs), *(one.text for one in found.paragraphs)])


def issued(incident: Incident, kind: str, viewer: Viewer, **said: str) -> IncidentReport:
    with session() as current:
        drafted = incident_reports.draft(current, viewer, get(current, Incident, incident.id, viewer), NOW)
        return incident_reports.issue(current, viewer, incident.id, kind, drafted | {"recipient": "县应急管理局"} | said, NOW)


def test_reports_go_out_in_their_order_numbered_and_frozen_as_word(make: Any, duty: Viewer) -> None:
    incident = make("responding")
    first = issued(incident, "first", duty, course="巡检发现法兰泄漏")
    with session() as current:
        whole = document(current, first)
    assert first.number and first.number in whole
    for words in ("关于液氨罐区法兰泄漏的专报", "县应急管理局", "三、简要经过：巡检发现法兰泄漏", incident.number, "签发人：李志远"):
        assert words in whole, words
    with session() as current, pytest.raises(Conflict, match="专报已经报出，请报续报或终报"):
        incident_reports.issue(current, duty, incident.id, "first", {}, NOW)
    with session() as current, pytest.raises(Conflict, match="事件结束后才能报终报"):
        incident_reports.issue(current, duty, incident.id, "final", {}, NOW)
    further = issued(incident, "further", duty)
    second = issued(make("responding"), "first", duty)
    assert (first.issue, further.issue) == (1, 2)
    serial = [int(one.number.partition("〕")[2].removesuffix("号")) for one in (first, second) if one.number]
    assert serial[1] == serial[0] + 1, "专报 has a series of its own, without a gap"
    with session() as current, pytest.raises(Invalid) as caught:
        incident_reports.issue(current, duty, incident.id, "further", {"scene": "x", "course": "y", "harm": "z"}, NOW)
    assert set(caught.value.fields) == {"measures", "recipient"}
    with read_session() as current:
        assert current.scalar(select(func.count()).where(Paper.kind == "incident_further")) == 1, "a refused report takes no number"


def test_a_drill_takes_no_number_of_real_reports_and_says_what_it_is(make: Any, duty: Viewer) -> None:
    report = issued(make("verified", is_drill=True), "first", duty)
    assert report.number and report.number.startswith("演练报告〔2026〕")
    with session() as current:
        whole = document(current, report)
    assert whole.count("演练　演练　演练") == 2, "in the head of every page and above the title"
    assert "不是真实事件" in whole


# Circles, plans, forces


def test_circles_say_what_they_are_and_none_is_drawn_downwind_of_an_old_wind(make: Any, duty: Viewer) -> None:
    incident = make("responding")
    with session() as current:
        rows = {one.name: one.id for one in incident_desk.radii_for(current, duty, incident)}
        assert incident_desk.circle_words(incident_desk.draw_circle(current, duty, incident.id, {}, NOW, rows["隔离"])) == "隔离 150 m 规划估算"
        with pytest.raises(Invalid) as caught:
            incident_desk.draw_circle(current, duty, incident.id, {}, NOW, rows["下风向防护"])
        assert caught.value.fields == {"is_downwind": "没有风向风速：请录入现场气象，或接入风向风速测点。"}
        incidents.note(current, duty, incident.id, "wind", "", NOW, {"direction_deg": 315.0, "speed_ms": 2.4})
        assert incident_desk.draw_circle(current, duty, incident.id, {}, NOW + 30 * MINUTE, rows["下风向防护"]).is_downwind
        with pytest.raises(Invalid) as caught:
            incident_desk.draw_circle(current, duty, incident.id, {"name": "下风向", "radius_m": 900.0, "is_downwind": True, "basis": "指挥部决定"}, NOW + 31 * MINUTE)
        assert "已过期（31 分钟前" in caught.value.fields["is_downwind"]
    with session() as current:
        circle = incident_desk.circles_of(current, incident)[0]
        incident_desk.drop_circle(current, duty, incident.id, circle.id, NOW)
        with pytest.raises(Conflict, match="不属于本事件"):
            incident_desk.drop_circle(current, duty, make().id, incident_desk.circles_of(current, incident)[0].id, NOW)
    assert entries(incident)[-1].text == "撤下隔离 150 m 规划估算"


def test_forces_are_near_first_and_plans_of_the_place_and_kind_come_first(make: Any, duty: Viewer, unit: Installation) -> None:
    from data.models import InstallationPlan

    plan = {"enterprise_id": unit.enterprise_id, "installation_id": unit.id, "kind": "special", "published_on": NOW.date()}
    with session() as current:
        for name in ("综合火灾预案", "液氨泄漏专项预案"):
            create(current, InstallationPlan, MAKER, {**plan, "name": name})
    incident = make()
    with read_session() as current:
        groups = incident_desk.nearest(current, duty, incident)
        found = incident_desk.plans_for(current, duty, incident)
    assert groups and all([one.distance_m for one in rows] == sorted(one.distance_m for one in rows) for _, rows in groups)
    reasons = {one.plan.name: one.why for one in found}
    assert reasons["液氨泄漏专项预案"] == "本危险源 · 类型相符：泄漏 · 专项应急预案"
    assert list(reasons).index("液氨泄漏专项预案") < list(reasons).index("综合火灾预案"), "that of this kind first"


# Where it comes from and where it shows


def test_one_click_makes_an_alarm_an_incident_and_a_second_leads_to_it(duty: Viewer) -> None:
    with session() as current:
        point = current.scalars(select(Point).where(Point.code == "V-203.GT1")).unique().one()
        alarm = Alarm(source_type="point", source_id=point.id, source_code=point.code, source_name=point.name, place="鑫盛化工 · 液氨罐区", enterprise_id=point.enterprise_id, condition="high", kind="high_high", level=1, value=46.0, unit="ppm", decimals=0, raised_at=NOW - MINUTE, last_at=NOW)
        current.add(alarm)
        current.flush()
        made, is_new = incidents.from_alarm(current, duty, alarm.id, NOW)
        again, is_again = incidents.from_alarm(current, duty, alarm.id, NOW)
    assert (is_new, is_again, again.id) == (True, False, made.id)
    assert (made.kind, made.source, made.point_id, made.substance, made.installation_id) == ("leak", "alarm", point.id, "液氨", point.installation_id)
    assert made.lon is not None
    with session() as current, pytest.raises(Forbidden, match="没有“接报、记录突发事件”权限"):
        incidents.from_alarm(current, person("inspector"), alarm.id, NOW)
    with session() as current, pytest.raises(NotFound):
        incidents.from_alarm(current, duty, 10**12, NOW)


def test_a_wall_shows_the_gravest_open_incident_and_only_a_real_one_interrupts(make: Any, duty: Viewer) -> None:
    seat = Viewer(None, "wall", "北墙", role="wall", permissions=walls.rights_of(["incident"]), scope="all")
    with session() as current:
        for one in current.scalars(select(Incident).where(Incident.state.in_(incident_desk.OPEN))).unique():
            current.execute(text("UPDATE incident SET state = 'ended' WHERE id = :id"), {"id": one.id})
    drill = make("responding", is_drill=True)
    with read_session() as current:
        shown = screens.figures(current, seat, "incident", NOW)
    assert (shown["incident"]["id"], shown["incident"]["drill"], shown["interrupts"]) == (drill.id, True, None)
    real = make("responding")
    with read_session() as current:
        shown = screens.figures(current, seat, "incident", NOW)
        blind = screens.figures(current, replace(seat, permissions=walls.rights_of(["risk"])), "risk", NOW)
    assert (shown["incident"]["id"], shown["interrupts"], blind["interrupts"]) == (real.id, real.id, None)
    assert not [word for word in ("phone", "0421-", "电话") if word in str(shown)], "no telephone number goes onto a wall"


def test_the_timeline_of_the_enterprise_tells_of_it(make: Any, duty: Viewer, unit: Installation) -> None:
    make("ended", title="写入企业时间轴的事件")
    with read_session() as current:
        firm = current.get(Enterprise, unit.enterprise_id)
        assert firm is not None
        told = timeline.events(current, duty, firm, before=NOW + timedelta(days=1), kinds=("incident",))
    assert [one.title for one in told if "写入企业时间轴" in one.title] == [f"{step}泄漏：写入企业时间轴的事件" for step in ("结束", "启动响应", "核实属实", "接报")]


def test_basics_are_put_right_until_it_is_filed(make: Any, duty: Viewer) -> None:
    incident = make()
    with session() as current:
        incidents.edit(current, duty, get(current, Incident, incident.id, duty), {"place": "液氨罐区 V-205"}, NOW, incident.version)
    assert entries(incident)[-1].text == "更改：地点"
    with session() as current, pytest.raises(Invalid) as caught:
        incidents.receive(current, duty, {"title": "x", "kind": "leak", "place": "y", "occurred_at": NOW + 10 * MINUTE}, NOW)
    assert caught.value.fields == {"occurred_at": "发生时间不能晚于现在。"}
    with session() as current:
        incidents.move(current, duty, incident.id, "dismiss", "received", {}, NOW, "重复报告")
    with session() as current, pytest.raises(Conflict, match="事件已排除，不能再修改"):
        incidents.edit(current, duty, get(current, Incident, incident.id, duty), {"place": "z"}, NOW)


def test_an_incident_in_no_enterprise_is_seen_by_its_place_and_by_the_offices_that_are_asked(make: Any, duty: Viewer) -> None:
    def sees(who: Viewer, incident: Incident) -> bool:
        with read_session() as current:
            return current.scalar(visible(Incident, who).where(Incident.id == incident.id)) is not None

    town, office = person("town"), person("dept")
    nowhere = {"enterprise_id": None, "installation_id": None}
    here, elsewhere = make("verified", **nowhere, division_id=town.division_id), make("verified", **nowhere)
    with read_session() as current:
        above = current.get_one(Division, town.division_id).parent_id
        firm = current.scalars(select(User.id).where(User.enterprise_id.is_not(None))).first()
        strange = current.scalars(select(Division.id).where(Division.parent_id == above, Division.id != town.division_id)).first()
    assert sees(town, here) and sees(replace(town, division_id=above), here), "the place, and those above it"
    assert not sees(replace(town, division_id=strange), here) and not sees(town, elsewhere) and not sees(office, here)
    with session() as current:
        task = incident_tasks.give(current, duty, elsewhere.id, {"what": "封路", "user_id": town.id}, NOW)
    assert sees(town, elsewhere), "whoever is asked sees for what"
    colleague = replace(town, id=duty.id + 10**6, scope="own_organisation")
    assert sees(colleague, elsewhere) and not sees(replace(colleague, department_id=None), elsewhere), "and the office of whoever is asked"
    with read_session() as current:
        team = current.scalars(select(RescueTeam).where(RescueTeam.department_id.in_(subtree(Department, office.department_id)))).unique().first()
        assert team is not None
    with session() as current:
        incident_tasks.give(current, duty, here.id, {"what": "堵漏", "team_id": team.id}, NOW)
        assert get(current, IncidentTask, task.id, colleague).incident.id == elsewhere.id
    assert sees(office, here), "a team of the office is asked"
    seller = Viewer(firm, "x", "某", permissions=duty.permissions, scope="own_enterprise", enterprise_id=1)
    assert not [one for one in (here, elsewhere) if sees(seller, one) or sees(replace(town, scope="own"), one) or sees(replace(office, scope="nonsense"), one)], "nobody else"


def test_what_a_town_takes_in_lies_in_it_and_stays_in_sight_of_who_took_it_in() -> None:
    town = replace(person("town"), permissions=frozenset({"*"}))
    office = replace(person("dept"), permissions=frozenset({"*"}))
    said = {"title": "乡道罐车侧翻", "kind": "traffic", "place": "二十家子镇乡道"}
    with session() as current:
        assert incidents.receive(current, town, said, NOW).division_id == town.division_id
        made = incidents.receive(current, office, said, NOW)
        assert made.division_id is None and get(current, Incident, made.id, office).id == made.id
    with read_session() as current, pytest.raises(NotFound):
        get(current, Incident, made.id, replace(office, id=office.id + 10**6))


def test_the_parks_table_of_radii_and_the_tasks_of_others_are_within_reach_as_they_should_be(make: Any, duty: Viewer) -> None:
    incident = make("verified")
    town = replace(person("town"), division_id=0)
    with session() as current:
        task = incident_tasks.give(current, duty, incident.id, {"what": "封路", "user_id": town.id}, NOW)
        strange = incident_tasks.give(current, duty, incident.id, {"what": "取样", "unit": "监测组"}, NOW)
    with read_session() as current:
        assert get(current, IncidentTask, task.id, town).id == task.id, "one's own task, though its incident lies outside one's scope"
        with pytest.raises(NotFound):
            get(current, IncidentTask, strange.id, town)
        assert current.scalar(select(func.count(PlanningRadius.id))) == 8
