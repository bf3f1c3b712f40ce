"""A number of a statistic is the number of rows that it opens: every statistic, every cell, every viewer, whatever is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from data.calendar import park_day
from data.db import engine, read_session, session
from data.errors import Forbidden, Invalid
from data.models import (
    Alarm,
    DangerReport,
    Enterprise,
    HazardMedium,
    HiddenDanger,
    Incident,
    InspectionTask,
    Installation,
    InstallationPlan,
    PlanDrill,
    RiskAssessment,
    RiskEvent,
)
from data.query import Question, answer, count
from data.rules.periods import period_of, preceding, recent
from data.save import create
from data.statistics import (
    Band,
    Bands,
    Cell,
    Count,
    Period,
    Ratio,
    Reference,
    Result,
    Statistic,
    Sum,
    Tree,
    Words,
    any_of,
    compute,
    merged,
    question,
)
from data.statistics.dangers import RATE_BY_PLACE
from data.statistics.enterprises import BY_SCALE, BY_TYPE
from data.statistics.registry import ALL
from data.viewer import Viewer, system_viewer
from tests.park import MAKER
from tests.spread import World, make_world

SEEN_BY_ALL = replace(system_viewer("tests"), permissions=frozenset({"*"}))
TODAY = park_day(datetime.now(UTC))
LAST_MONTH = preceding(period_of("month", TODAY)).key
STAFF = (Band("many", "300 人以上", start=300), Band("some", "50–300 人", 50, 300), Band("few", "50 人以下", end=50))

# What the declared statistics do not use: bands, months, years, references, sums, conditions on measures.
STAFFED = Statistic(
    key="staffed",
    title="从业人数",
    model=Enterprise,
    dimensions=(Bands("employee_count", bands=STAFF), Period("created_at"), Period("created_at", step="year"), Tree("division_id", level="county"), Tree("division_id")),
    series=Words("grade"),
    measures=(
        Count(unit="家"),
        Count("stopped", "停产", "家", where={"state": "stopped"}),
        Count("ungraded", "未定级", "家", where={"grade": "none"}),
        Count("large", "百人以上", "家", where={"employee_count_from": "100"}),
        Count("new", "新增", "家", where={"created_at_from": "2026-02-01", "created_at_to": "2026-02-28"}),
        Sum("staff", "从业人数", "employee_count", "人"),
        Ratio("stopped_rate", "停产率", "stopped", "count"),
    ),
    filters=("division_id", "scale", "created_at", "employee_count"),
    definition="测试。",
    records="/enterprises",
    permission="enterprise.view",
)
OWNED = Statistic(
    key="owned",
    title="重大危险源",
    model=Installation,
    dimensions=(Reference("enterprise_id"),),
    series=Words("level"),
    measures=(Count(unit="处"),),
    definition="测试。",
    records="/installations",
    permission="tank.view",
)
# Alarms are told by sources, inspections made by jobs: tests/dashboard/test_alarm_statistics.py and test_risks.py count them.
ELSEWHERE = (Alarm, InspectionTask, RiskEvent)
EVERY = [*(one for one in ALL.values() if one.model not in ELSEWHERE), STAFFED, *(replace(STAFFED, dimensions=(one,)) for one in STAFFED.dimensions[1:]), OWNED]


@pytest.fixture(scope="module")
def world(database: Any) -> World:
    with session() as current:
        made = make_world(current, Random(7))
        make_dangers(current, Random(8))
        make_reports(current, Random(9))
        make_hazards(current, Random(10))
        make_incidents(current, Random(11))
        return made


def make_dangers(current: Session, chance: Random) -> None:
    """Hidden dangers of every enterprise that is there, over three years, some deleted; deadlines are around today, some are closed."""
    for firm in current.scalars(select(Enterprise).where(Enterprise.deleted_at.is_(None))).unique().all():
        for _ in range(chance.randrange(4)):
            found, deadline = TODAY - timedelta(days=chance.randrange(1000)), TODAY + timedelta(days=chance.randrange(-15, 25))
            given = {"name": "随机隐患", "enterprise_id": firm.id, "level": chance.choice(["general", "general", "major"]), "state": chance.choice(["rectify", "rectify", "draft"]), "kind": chance.choice(["fire", "safety"])}
            given |= {"deadline_on": chance.choice([None, deadline]), "closed_on": chance.choice([None, None, TODAY - timedelta(days=chance.randrange(400))])}
            row = create(current, HiddenDanger, MAKER, given | {"found_on": found, "source": chance.choice(["self", "expert", "patrol"])})
            row.deleted_at = chance.choice([None] * 9 + [datetime.now(UTC)])
    current.flush()


def make_reports(current: Session, chance: Random) -> None:
    """What every enterprise that is there reported in the last months, and did not; some deleted."""
    for firm in current.scalars(select(Enterprise).where(Enterprise.deleted_at.is_(None))).unique().all():
        for one in recent(TODAY)[: chance.randrange(5)]:
            given = {"enterprise_id": firm.id, "cycle": "month", "period": one.key, "starts_on": one.starts_on, "ends_on": one.ends_on, "due_on": one.ends_on}
            row = create(current, DangerReport, MAKER, given | {"state": chance.choice(["submitted", "submitted", "late", "missed", "open", "suspended"])})
            row.deleted_at = chance.choice([None] * 9 + [datetime.now(UTC)])
    current.flush()


def make_hazards(current: Session, chance: Random) -> None:
    """Media, risk assessments, plans and drills of every installation that is there; some deleted."""
    for one in current.scalars(select(Installation).where(Installation.deleted_at.is_(None))).unique().all():
        own = {"enterprise_id": one.enterprise_id, "installation_id": one.id}
        plan = create(current, InstallationPlan, MAKER, own | {"name": "处置方案", "kind": "onsite", "published_on": TODAY})
        for number in range(chance.randrange(1, 5)):
            day = TODAY - timedelta(days=chance.randrange(900))
            rows = [
                create(current, HazardMedium, MAKER, own | {"name": "介质", "quantity_t": float(chance.randrange(900)), "table_row": chance.choice([1, 65, None]), "beta_class": chance.choice(["W2", None])}),
                create(current, RiskAssessment, MAKER, own | {"name": "评估", "assessed_on": day, "assessor": "某", "level": chance.choice([1, 3, 4])}),
                create(current, PlanDrill, MAKER, {"enterprise_id": one.enterprise_id, "plan_id": plan.id, "name": "演练", "way": chance.choice(["table", "field"]), "held_on": day, "people_count": chance.choice([None, 20])}),
            ]
            for row in rows if number else ():
                row.deleted_at = chance.choice([None] * 4 + [datetime.now(UTC)])
    current.flush()


def make_incidents(current: Session, chance: Random) -> None:
    """Incidents and drills of every enterprise that is there and of none, over three years, some deleted."""
    firms = current.scalars(select(Enterprise.id).where(Enterprise.deleted_at.is_(None))).all()
    for number, firm in enumerate([*firms, *firms, None, None, None]):
        at = datetime.now(UTC) - timedelta(days=chance.randrange(900))
        given = {"number": f"T-{number}", "title": "随机事件", "place": "某处", "kind": chance.choice(["leak", "fire", "other"]), "is_drill": number % 4 == 0, "state": chance.choice(["received", "archived", "void"])}
        row = create(current, Incident, MAKER, given | {"enterprise_id": firm, "level": chance.choice([None, 2, 4]), "occurred_at": at, "received_at": at, "dead_count": chance.choice([0, 0, 1])})
        row.deleted_at = chance.choice([None] * 9 + [datetime.now(UTC)])
    current.flush()


@pytest.fixture
def reading(world: World) -> Iterator[Session]:
    with read_session() as opened:
        yield opened


def viewers(world: World) -> list[Viewer]:
    """All, a town, a department, an enterprise, somebody without a place."""
    officer = replace(world.park.viewer("officer"), permissions=frozenset({"*"}))
    return [
        officer,
        replace(officer, scope="divisions", division_id=world.towns[1].id),
        replace(officer, scope="departments", department_id=world.office.id),
        replace(officer, scope="own_enterprise", enterprise_id=world.park.first.id),
        replace(officer, scope="divisions"),
    ]


def choices(world: World) -> list[dict[str, str]]:
    return [
        {},
        {"division_id": str(world.county.id)},
        {"division_id": str(world.towns[2].id)},
        {"division_id": str(world.villages[4].id)},
        {"scale": "small"},
        {"division_id": str(world.towns[0].id), "scale": "large"},
    ]


def dangers_of(world: World) -> list[dict[str, str]]:
    return [{}, {"enterprise.division_id": str(world.towns[2].id), "found_on_from": "2025-03-10"}, {"source": "self", "enterprise.department_id": str(world.office.id)}]


def reports_of(world: World) -> list[dict[str, str]]:
    return [{}, {"enterprise.division_id": str(world.towns[2].id), "period": LAST_MONTH}, {"state": any_of(["late", "open"])}]


def asked_of(world: World, statistic: Statistic, place: int) -> list[dict[str, str]]:
    """The conditions under which a statistic is tried by the viewer at that place. One with many measures is tried under fewer."""
    most = {True: (3, 1), False: (6, 2)}[len(statistic.measures) > 3][place > 1]
    return {Enterprise: choices(world)[:most], HiddenDanger: dangers_of(world), DangerReport: reports_of(world)}.get(statistic.model, [{}])


def faults(reading: Session, viewer: Viewer, result: Result) -> list[tuple[Cell, Any, Any]]:
    """Cells whose number is not that of their rows: (cell, number, rows)."""
    model = result.statistic.model
    found = []
    for cell in result.cells():
        rows = answer(model, viewer, result.question(*cell))
        measure = result.measure(cell.measure)
        match measure:
            case Count():
                told = count(reading, rows, model, None)
            case Sum():
                told = reading.scalar(rows.with_only_columns(func.coalesce(func.sum(getattr(model, measure.column)), 0), maintain_column_froms=True).order_by(None))
            case Ratio():
                part, whole = (result.value(cell.group, cell.series, key) for key in (measure.part, measure.whole))
                told = measure.factor * part / whole if whole else None
        if told != result.value(*cell):
            found.append((cell, result.value(*cell), told))
    return found


@pytest.mark.parametrize("statistic", EVERY, ids=lambda one: f"{one.key}-{type(one.dimensions[0]).__name__}-{one.dimensions[0].name}")
def test_every_number_is_the_number_of_its_rows(statistic: Statistic, world: World, reading: Session) -> None:
    asked = [(viewer, given) for place, viewer in enumerate(viewers(world)) for given in asked_of(world, statistic, place)]
    wrong = [(viewer.scope, given, fault) for viewer, given in asked for fault in faults(reading, viewer, compute(reading, viewer, statistic, given))]
    assert wrong == []


@pytest.mark.parametrize("statistic", EVERY, ids=lambda one: f"{one.key}-{type(one.dimensions[0]).__name__}-{one.dimensions[0].name}")
def test_the_groups_together_are_the_total(statistic: Statistic, world: World, reading: Session) -> None:
    result = compute(reading, SEEN_BY_ALL, statistic)
    assert result.value(), "there is something to count"
    for measure in (one.key for one in statistic.measures if not isinstance(one, Ratio)):
        assert sum(result.value(one.key, measure=measure) for one in result.groups) == result.value(measure=measure)
        assert statistic.series is None or sum(result.value(series=one.key, measure=measure) for one in result.series) == result.value(measure=measure)


@pytest.mark.parametrize(
    "given",
    [
        {"created_at_from": "2026-01-15", "created_at_to": "2026-02-10"},
        {"employee_count_from": "60", "employee_count_to": "300"},
        {"created_at_from": "2027-01-01"},
        {"grade": "none"},
    ],
)
def test_a_span_that_cuts_a_group_cuts_the_rows_it_opens(given: dict[str, str], world: World, reading: Session) -> None:
    for dimension in STAFFED.dimensions:
        assert faults(reading, SEEN_BY_ALL, compute(reading, SEEN_BY_ALL, replace(STAFFED, dimensions=(dimension,)), given)) == []


def test_one_query_does_it_whatever_the_number_of_rows(world: World, reading: Session) -> None:
    asked: list[str] = []

    def listen(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        asked.append(statement)

    event.listen(engine(), "before_cursor_execute", listen)
    compute(reading, SEEN_BY_ALL, BY_SCALE)
    event.remove(engine(), "before_cursor_execute", listen)
    assert len(asked) == 1, asked


def test_a_village_counts_in_its_town_and_a_county_for_itself(world: World, reading: Session) -> None:
    labels = [group.label for group in compute(reading, SEEN_BY_ALL, BY_SCALE).groups]
    assert sorted(labels) == ["0 号镇", "1 号镇", "2 号镇", "3 号镇", "朝阳县（本级）", "柳城街道"]


def test_under_a_chosen_town_its_villages_are_counted(world: World, reading: Session) -> None:
    result = compute(reading, SEEN_BY_ALL, BY_SCALE, {"division_id": str(world.towns[0].id)})
    assert {group.label for group in result.groups} == {"0 号村", "1 号村", "2 号村", "0 号镇（本级）"}


def test_what_has_no_order_of_its_own_begins_with_the_largest(world: World, reading: Session) -> None:
    result = compute(reading, SEEN_BY_ALL, BY_SCALE)
    sizes = [result.value(group.key) for group in result.groups]
    assert sizes == sorted(sizes, reverse=True)
    assert [part.label for part in result.series] == ["大型", "中型", "小型", "微型"], "a scale has its own order"


def test_what_is_not_filled_in_stands_last_and_opens_the_empty_ones(world: World, reading: Session) -> None:
    result = compute(reading, SEEN_BY_ALL, replace(STAFFED, dimensions=(Words("grade"),), series=None))
    assert result.groups[-1].label == "未填写"
    assert result.parameters("none") == {"grade": "none"}


def test_a_person_of_an_enterprise_counts_their_own_only(world: World, reading: Session) -> None:
    own = replace(world.park.viewer("enterprise"), permissions=frozenset({"enterprise.view"}))
    assert compute(reading, own, BY_TYPE).value() == 1


def test_without_the_right_there_is_no_number(world: World, reading: Session) -> None:
    with pytest.raises(Forbidden, match="没有“查看企业档案”权限"):
        compute(reading, world.park.viewer("enterprise"), BY_TYPE)


def test_an_address_carries_choice_and_cell(world: World, reading: Session) -> None:
    result = compute(reading, SEEN_BY_ALL, BY_SCALE, {"scale": "small"})
    town = next(group for group in result.groups if group.label == "2 号镇")
    assert result.address(town.key, "small") == f"/enterprises?scale=small&division_id={town.key}"
    assert result.address() == "/enterprises?scale=small"


def test_nothing_opens_nothing(world: World, reading: Session) -> None:
    result = compute(reading, SEEN_BY_ALL, STAFFED, {"state": "running"})
    assert result.value(measure="stopped") == 0
    assert result.address(measure="stopped") == ""
    assert result.question(measure="stopped") == Question(ids=(0,))
    assert compute(reading, SEEN_BY_ALL, STAFFED, {"grade": "X"}).value(measure="stopped_rate") is None, "of nothing there is no ratio"


def test_days_of_an_address_are_whole_days_of_the_park(world: World) -> None:
    asked = question(Enterprise, {"created_at_from": "2026-02-01", "created_at_to": "2026-02-28"})
    assert asked.filters == {"created_at": {"from": "2026-01-31T16:00:00+00:00", "to": "2026-02-28T16:00:00+00:00"}}


def test_spans_meet_in_what_both_have() -> None:
    assert merged(Enterprise, {"employee_count_from": "50"}, {"employee_count_from": "100", "employee_count_to": "200"}) == {"employee_count_from": "100", "employee_count_to": "200"}
    assert merged(Enterprise, {"employee_count_to": "49"}, {"employee_count_from": "50"}) is None
    assert merged(Enterprise, {"employee_count": "none"}, {"employee_count_from": "50"}) is None
    assert merged(Enterprise, {"employee_count": "filled"}, {"employee_count_from": "50"}) == {"employee_count_from": "50"}
    assert merged(Enterprise, {"employee_count": "filled"}, {"employee_count": "none"}) is None


def test_several_codes_meet_in_those_that_both_have() -> None:
    assert merged(DangerReport, {"state": "any-late,missed,submitted"}, {"state": "any-submitted,late"}) == {"state": "any-late,submitted"}
    assert merged(DangerReport, {"state": "any-late,missed"}, {"state": "missed"}) == {"state": "missed"}
    assert merged(DangerReport, {"state": "any-late,missed"}, {"state": "open"}) is None


def test_a_rate_counts_who_reported_of_who_had_to(world: World, reading: Session) -> None:
    given = {"period": LAST_MONTH}
    result = compute(reading, SEEN_BY_ALL, RATE_BY_PLACE, given)
    rows = reading.scalars(answer(DangerReport, SEEN_BY_ALL, question(DangerReport, given))).unique().all()
    in_time, late, missed = (sum(row.state == state for row in rows) for state in ("submitted", "late", "missed"))
    assert {"open", "suspended"} <= {row.state for row in rows}, "some are not due yet, some need not report"
    assert result.value() == in_time + late + missed
    assert result.value(measure="rate") == pytest.approx(100 * (in_time + late) / (in_time + late + missed))


@pytest.mark.parametrize("given", [{"password_hash": "x"}, {"nothing": "x"}, {"created_at_from": "gestern"}, {"division.name_from": "x"}])
def test_a_made_up_condition_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        question(Enterprise, given)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"dimensions": (Bands("area_m2", bands=STAFF),)}, "'area_m2' is no whole number"),
        ({"dimensions": (Words("colour"),)}, "Enterprise has no column 'colour'"),
        ({"dimensions": (Reference("division_id"),)}, "refers to a tree: use Tree"),
        ({"dimensions": (Tree("scale"),)}, "refers to no record"),
        ({"dimensions": (Bands("employee_count", bands=STAFF[:2]),)}, "leave out a number"),
        ({"series": Tree("division_id", level="town")}, "series: 'division_id' is a dimension too"),
        ({"filters": ("colour",)}, "filters: Enterprise has no column 'colour'"),
        ({"measures": (Count(where={"colour": "red"}),)}, "count: 不能按“colour”查询"),
        ({"measures": (Count(where={"division_id": "1"}),)}, r"a tree column \(division_id\)"),
        ({"measures": (Count(), Ratio("rate", "率", "part", "count"))}, "'part' is no count"),
        ({"measures": (Count(), Count())}, "'count' occurs twice"),
        ({"measures": ()}, "at least one"),
        ({"usual": {"grade": "all"}}, "'grade' is none of the filters"),
    ],
)
def test_a_mistake_in_a_declaration_is_an_error_at_the_start(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        replace(STAFFED, **change)
