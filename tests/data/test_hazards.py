"""What major hazard installations promise: snapshots that give the level, plans and drills with their days, what falls due."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from docx import Document
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data import reminders, timeline
from data.attachments import attachments_of, path_of
from data.calendar import park_day
from data.db import session
from data.documents.making import make_paper
from data.errors import Conflict, Forbidden, Invalid, NotFound
from data.hazard_assessments import conclude, save_assessment
from data.hazard_dues import dues
from data.hazard_plans import revise, save_drill, save_plan
from data.hazard_running import running
from data.hazards import ROWS, again, entered, identify, is_outdated, latest, media_of
from data.models import (
    AssessedEvent,
    Identification,
    Installation,
    InstallationPlan,
    LatestReading,
    Message,
    PlanDrill,
    Point,
    RiskMethod,
    Tank,
    User,
)
from data.query import get
from data.risk_methods import why_fixed
from data.rules.gb18218_tables import version
from data.save import create, update
from data.viewer import Viewer
from data.viewers import viewer_from

NOW = datetime.now(UTC)
TODAY = park_day(NOW)
AMMONIA = {"name": "液氨", "table_row": "1", "quantity_t": "40"}
Who = Callable[[str], Viewer]


@pytest.fixture
def current(grown_database: Any) -> Iterator[Session]:
    """A session whose changes nobody keeps."""
    with session() as made:
        yield made
        made.rollback()


@pytest.fixture
def who(current: Session) -> Who:
    return lambda name: viewer_from(current.scalars(select(User).where(User.username == name)).unique().one())


def place(current: Session, code: str) -> Installation:
    return current.scalars(select(Installation).where(Installation.code == code)).unique().one()


def own_user(current: Session, installation: Installation) -> Viewer:
    return viewer_from(current.scalars(select(User).where(User.enterprise_id == installation.enterprise_id)).unique().one())


def identified(current: Session, viewer: Viewer, installation: Installation, people: str = "35", *rows: dict[str, str], remark: str = "") -> Identification:
    given = rows or (AMMONIA,)
    parts = [(None, {"name": one["name"], "table_row": 1, "quantity_t": float(one["quantity_t"])}) for one in given]
    return identify(current, viewer, installation, entered(people, given), rows=parts, now=NOW, remark=remark)


def test_the_newest_snapshot_gives_the_level_and_the_media(current: Session, who: Who) -> None:
    one = place(current, "MHI-02")
    assert one.level == 1
    kept = identified(current, who("officer"), one, remark="减量后重新辨识")
    assert (kept.level, kept.result["S"], kept.result["R"], kept.standard) == (4, "4", "9.6", version())
    assert (one.level, one.identified_on, one.exposed_people) == (4, TODAY, 35)
    assert [(row.name, row.quantity_t) for row in media_of(current, one)] == [("液氨", 40.0)]
    assert latest(current, one.id) is kept


def test_a_snapshot_is_outdated_when_media_or_people_were_changed(current: Session, who: Who) -> None:
    one = place(current, "MHI-02")
    assert not is_outdated(current, one, identified(current, who("officer"), one))
    update(current, one, who("officer"), {"exposed_people": 36})
    assert is_outdated(current, one, identified_before(current, one))


def identified_before(current: Session, one: Installation) -> Identification:
    found = latest(current, one.id)
    assert found is not None
    return found


def test_a_unit_below_one_has_no_level(current: Session, who: Who) -> None:
    one = place(current, "MHI-02")
    kept = identified(current, who("officer"), one, "35", AMMONIA | {"quantity_t": "9.99"})
    assert (kept.level, kept.r, one.level) == (None, None, None)
    assert kept.result["working"][-1]["text"] == "S < 1，不构成重大危险源，不分级"


def test_every_snapshot_of_the_park_comes_out_the_same_again(current: Session) -> None:
    snapshots = current.scalars(select(Identification)).unique().all()
    assert len(snapshots) >= 24
    assert [one.id for one in snapshots if (again(one).level, float(again(one).s)) != (one.level, one.s)] == []


def test_the_level_of_every_installation_is_that_of_its_newest_snapshot(current: Session) -> None:
    places = current.scalars(select(Installation)).unique().all()
    assert {one.code: one.level for one in places} == {one.code: (latest(current, one.id) or one).level for one in places}
    assert sorted(one.level or 0 for one in places) == [0, 1, 1, 1, 1, 2, 2, 3, 3, 3, 4, 4]


def test_what_cannot_be_reckoned_stands_at_its_field_in_the_words_of_the_form(current: Session, who: Who) -> None:
    with pytest.raises(Invalid) as refused:
        identified(current, who("officer"), place(current, "MHI-01"), "x", {"name": "甲醇", "quantity_t": "800"}, {"name": "甲醛", "quantity_t": "1"})
    assert refused.value.fields == {"people": "应为整数（人）。"}
    with pytest.raises(Invalid) as refused:
        identified(current, who("officer"), place(current, "MHI-01"), "3", {"name": "甲醇", "quantity_t": "800"}, {"name": "甲醛", "quantity_t": "1"})
    assert "请选择“表4 类别”：W5.1、W5.2" in refused.value.fields[f"{ROWS}.0.beta_class"]
    assert "请选择“表1 品名”：第8行 甲醛(含量>90%)；都不是的，选择“表2 类别”" in refused.value.fields[f"{ROWS}.1.name"]


def test_an_enterprise_identifies_its_own_and_nobody_without_the_right_does(current: Session, who: Who) -> None:
    one = place(current, "MHI-02")
    own = own_user(current, one)
    assert identified(current, own, one).identified_by_id == own.id
    with pytest.raises(NotFound):
        get(current, Installation, place(current, "MHI-01").id, own)
    with pytest.raises(Forbidden, match="维护、辨识重大危险源"):
        identified(current, who("leader"), one)


def test_the_document_holds_the_figures_and_the_working(current: Session, who: Who) -> None:
    one = place(current, "MHI-02")
    kept = identified(current, who("officer"), one)
    paper = make_paper(current, who("officer"), "hazard_identification", kept, NOW)
    assert paper.number == f"危辨〔{TODAY.year}〕1号"
    found = Document(io.BytesIO(path_of(attachments_of(current, kept)["paper"][0]).read_bytes()))
    cells = {row.cells[0].text: row.cells[1].text for row in found.tables[0].rows}
    assert (cells["辨识指标 S"], cells["分级指标 R"], cells["辨识结果"], cells["厂外 500 m 常住人口"]) == ("4", "9.6", "四级重大危险源", "35 人（α = 1.2）")
    lines = [one.text for one in found.paragraphs]
    assert "1．液氨：设计最大量 q = 40 t，临界量 Q = 10 t，q/Q = 4，β = 2" in lines
    assert "7．R = 1.2 × (2 × 4) = 9.6（GB 18218-2018 4.3 式(2)）" in lines


def test_what_is_in_the_tanks_is_information_beside_the_legal_result(current: Session) -> None:
    one = place(current, "MHI-11")
    current.query(LatestReading).delete()
    unknown = running(current, one, NOW)
    assert unknown is not None and unknown.percent == 100 and all(held.is_assumed for held in unknown.holdings)
    _fill(current, one, 0.6)
    found = running(current, one, NOW)
    assert found is not None
    # 60 % of the volume is two thirds of the design maximum, which is 90 % of it.
    assert (found.percent, found.present.level, found.next_level, found.next_share, one.level) == (67, 3, 2, 86, 2)
    stale = running(current, one, NOW + timedelta(hours=1))
    assert stale is not None and stale.percent == 100


def _fill(current: Session, one: Installation, share: float) -> None:
    rows = current.execute(select(Point, Tank).join(Tank, Tank.id == Point.tank_id).where(Point.installation_id == one.id, Point.quantity == "level")).unique().all()
    for point, tank in rows:
        current.add(LatestReading(point_id=point.id, value=tank.height_m * share, quality=192, state="normal", ts=NOW, received_at=NOW, changed_at=NOW))
    current.flush()


def test_a_plan_knows_when_it_is_to_be_filed_reviewed_and_practised(current: Session, who: Who) -> None:
    officer, one = who("officer"), place(current, "MHI-01")
    values = {"installation_id": one.id, "name": "防汛现场处置方案", "kind": "onsite", "published_on": date(2026, 1, 5)}
    plan = save_plan(current, officer, None, values)
    assert (plan.enterprise_id, plan.filing_due_on, plan.review_due_on, plan.drill_due_on) == (one.enterprise_id, date(2026, 2, 2), date(2029, 1, 5), date(2026, 7, 5))
    save_plan(current, officer, plan, {"filed_on": date(2026, 1, 20), "reviewed_on": date(2026, 3, 1)})
    assert (plan.filing_due_on, plan.review_due_on) == (None, date(2029, 3, 1))
    with pytest.raises(Invalid) as refused:
        save_plan(current, officer, plan, {"filed_on": date(2025, 12, 31)})
    assert refused.value.fields == {"filed_on": "备案日期不能早于发布日期。"}


def test_a_drill_moves_the_next_one_and_a_drill_to_come_is_refused(current: Session, who: Who) -> None:
    officer = who("officer")
    plan = current.scalars(select(InstallationPlan).where(InstallationPlan.kind == "onsite", InstallationPlan.state == "current")).unique().first()
    assert plan is not None
    drill = save_drill(current, officer, None, {"plan_id": plan.id, "name": "泄漏演练", "way": "field", "held_on": TODAY}, TODAY)
    assert (plan.last_drilled_on, plan.drill_due_on, drill.enterprise_id) == (TODAY, _half_a_year_after(TODAY), plan.enterprise_id)
    with pytest.raises(Invalid) as refused:
        save_drill(current, officer, None, {"plan_id": plan.id, "name": "泄漏演练", "way": "field", "held_on": TODAY + timedelta(days=1)}, TODAY)
    assert refused.value.fields == {"held_on": "演练日期不能晚于今天，请在演练后登记。"}


def _half_a_year_after(day: date) -> date:
    from data.rules.plan_cycles import months_after

    return months_after(day, 6)


def test_a_revised_plan_replaces_the_edition_before(current: Session, who: Who) -> None:
    officer = who("officer")
    plan = current.scalars(select(InstallationPlan).where(InstallationPlan.state == "current")).unique().first()
    assert plan is not None
    with pytest.raises(Invalid, match="发布日期不对"):
        revise(current, officer, plan, plan.published_on)
    fresh = revise(current, officer, plan, TODAY)
    assert (fresh.edition, fresh.state, plan.state, plan.review_due_on, plan.drill_due_on) == (plan.edition + 1, "current", "superseded", None, None)
    with pytest.raises(Conflict, match="已废止，请在现行版本上修订"):
        revise(current, officer, plan, TODAY)


def test_a_risk_assessment_is_concluded_from_its_events(current: Session, who: Who) -> None:
    officer, one = who("officer"), place(current, "MHI-01")
    kept = save_assessment(current, officer, {"installation_id": one.id, "name": "年度评估", "assessed_on": TODAY, "assessor": "王建国"}, TODAY)
    with pytest.raises(Invalid, match="请至少添加一个风险事件。"):
        conclude(current, kept)
    create(current, AssessedEvent, officer, {"assessment_id": kept.id, "enterprise_id": kept.enterprise_id, "name": "冒罐", "likelihood": 3, "exposure": 6, "consequence": 40})
    conclude(current, kept)
    assert (kept.score, kept.level, kept.method) == (720, 1, "作业条件危险性分析法 D = L × E × C 第 1 版")
    edition = current.get_one(RiskMethod, kept.edition_id)
    assert "已有" in why_fixed(current, edition), "an edition that an assessment names is not changed any more"
    assert kept.working == ["冒罐：D = L × E × C = 3 × 6 × 40 = 720，重大风险", "取最高 D = 720，D > 320，为重大风险"]


def test_what_falls_due_is_computed_within_sight(current: Session, who: Who) -> None:
    found = dues(current, who("officer"), TODAY)
    assert {one.kind for one in found} == {"filing", "assessment", "plan_filing", "plan_review", "drill"}
    one = place(current, "MHI-04")
    own = dues(current, own_user(current, one), TODAY)
    assert {each.enterprise for each in own} == {one.enterprise.short_name}
    mine = next(each for each in own if each.kind == "filing")
    assert (mine.title, mine.standing.word, mine.is_over, mine.record_id) == ("苯罐区", "已过期 23 天", True, one.id)
    update(current, one, who("officer"), {"filing_expires_on": TODAY + timedelta(days=1000)})
    assert "filing" not in {each.kind for each in dues(current, own_user(current, one), TODAY)}


def test_people_are_reminded_once_a_week_and_when_something_changes(current: Session, who: Who) -> None:
    one = place(current, "MHI-04")
    own = own_user(current, one)
    monday = (NOW - timedelta(days=TODAY.weekday())).replace(hour=2)  # not near the end of a day

    def told() -> int:
        return current.scalar(select(func.count()).where(Message.user_id == own.id, Message.title.startswith("重大危险源到期事项"))) or 0

    reminders.remind_hazards(current, monday)
    assert told() == 1
    assert reminders.remind_hazards(current, monday + timedelta(hours=1)) == 0
    update(current, one, who("officer"), {"filing_expires_on": TODAY + timedelta(days=1000)})
    reminders.remind_hazards(current, monday + timedelta(hours=2))
    assert told() == 2


def test_the_timeline_of_the_enterprise_tells_of_its_installations(current: Session, who: Who) -> None:
    one = place(current, "MHI-05")
    found = timeline.events(current, who("officer"), one.enterprise, before=NOW, kinds=("hazard",))
    titles = [each.title for each in found]
    assert {"辨识：双氧水罐区", "重大危险源备案：双氧水罐区"} <= set(titles)
    assert any(title.startswith("应急演练：") for title in titles) and any(title.startswith("发布应急预案：") for title in titles)
    assert [each.at for each in found] == sorted((each.at for each in found), reverse=True)


def test_three_years_of_drills_stand_behind_the_plans(current: Session) -> None:
    first, last, number = current.execute(select(func.min(PlanDrill.held_on), func.max(PlanDrill.held_on), func.count())).one()
    assert (TODAY - first).days > 900 and last <= TODAY and number > 60
    plans = current.scalars(select(InstallationPlan).where(InstallationPlan.state == "current")).unique().all()
    newest = dict(current.execute(select(PlanDrill.plan_id, func.max(PlanDrill.held_on)).group_by(PlanDrill.plan_id)).all())
    assert {one.id: one.last_drilled_on for one in plans} == {one.id: newest.get(one.id) for one in plans}
