"""What the colours of zones promise: they follow what happens, every minute of the past keeps its reasons, nobody sees more than theirs."""

from __future__ import annotations

import select as sockets
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from data import risk_colours, risk_rules
from data.alarms import Edge, Source, apply_edges
from data.db import connection_raw, session
from data.errors import Forbidden
from data.models import (
    Alarm,
    HiddenDanger,
    InspectionRecord,
    InspectionTask,
    RiskEvent,
    RiskMeasure,
    RiskMethod,
    RiskObject,
    RiskRule,
    RiskUnit,
    RiskZone,
    ZoneColour,
)
from data.query import visible
from data.risk_watch import Watch
from data.save import create, delete, update
from data.settings import Settings
from data.timeline import events
from tests.park import MAKER, Park, make_park

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

Raise = Callable[..., None]


@pytest.fixture
def park(fresh_database: Settings) -> Park:
    with session() as current:
        made = make_park(current)
        risk_colours.recompute(current, NOON)
        return made


@pytest.fixture
def edge(park: Park) -> Iterator[Raise]:
    """Raise or clear an alarm of the tank's level at an instant."""

    def happen(at: datetime, *, level: int = 1, is_raised: bool = True, firm: int | None = None, condition: str = "high", source: str = "point") -> None:
        about = Source(source, park.level.id, "V-101.LT", "V-101 甲醇储罐 液位", "", firm or park.first.id, park.tank.id)
        kind = {1: "high_high", 2: "high", 4: "no_data"}[level]
        with session() as current:
            cursor: Any = current.connection().connection.cursor()
            apply_edges(cursor, [Edge(about, condition, kind, level, is_raised, at.timestamp(), 12.5, 12.4)])

    yield happen


def judge(at: datetime, enterprises: set[int] | None = None) -> list[int]:
    with session() as current:
        return risk_colours.recompute(current, at, enterprises)


def colours(at: datetime | None = None) -> dict[int, int]:
    """The level of every zone, now or then."""
    with session() as current:
        return {one.zone_id: one.level for one in risk_colours.states(current, at=at)}


def whole(current: Session, park: Park) -> RiskZone:
    return current.query(RiskZone).filter_by(enterprise_id=park.first.id, is_whole=True).one()


def danger(current: Session, park: Park, **values: Any) -> HiddenDanger:
    usual = {"enterprise_id": park.first.id, "name": "紧急切断阀拆除", "level": "major", "state": "carry_out", "found_on": date(2026, 11, 20)}
    return create(current, HiddenDanger, MAKER, usual | values)


def test_every_enterprise_begins_with_its_whole_plot_at_low(park: Park) -> None:
    with session() as current:
        zones = current.query(RiskZone).all()
        assert {(one.enterprise_id, one.name) for one in zones} == {(park.first.id, "全厂"), (park.second.id, "全厂")}
    assert set(colours().values()) == {4}


def test_an_alarm_raises_its_enterprise_until_it_is_cleared_and_no_other(park: Park, edge: Raise) -> None:
    edge(NOON + MINUTE)
    (zone,) = judge(NOON + MINUTE)
    assert colours()[zone] == 1 and sorted(colours().values()) == [1, 4]
    edge(NOON + 3 * MINUTE, is_raised=False)
    assert judge(NOON + 3 * MINUTE) == [zone]
    assert colours()[zone] == 4


def test_what_did_not_change_is_not_written_again(park: Park, edge: Raise) -> None:
    edge(NOON + MINUTE)
    judge(NOON + MINUTE)
    assert judge(NOON + 2 * MINUTE) == []
    assert judge(NOON + 2 * MINUTE, {park.first.id}) == []


def test_a_vehicle_colours_no_plot(park: Park, edge: Raise) -> None:
    edge(NOON + MINUTE, source="vehicle")
    assert judge(NOON + MINUTE) == []


def test_a_tank_belongs_to_the_zone_that_names_it_and_else_to_the_whole_plot(park: Park, edge: Raise) -> None:
    with session() as current:
        farm = create(current, RiskZone, MAKER, {"enterprise_id": park.first.id, "name": "甲醇罐区"})
        farm.tanks = [current.merge(park.tank)]
    edge(NOON + MINUTE)
    judge(NOON + MINUTE)
    with session() as current:
        assert colours()[whole(current, park).id] == 4
    assert colours()[farm.id] == 1


def test_the_zone_of_a_unit_has_its_events_and_that_of_the_object_the_rest(park: Park) -> None:
    own = park.viewer("enterprise")
    with session() as current:
        edition = current.query(RiskMethod).filter_by(code="LS", is_active=True).one().id
        firm = {"enterprise_id": park.first.id}
        object_ = create(current, RiskObject, MAKER, {**firm, "name": "罐区", "department_name": "储运部", "person": "李某", "is_in_force": True, "state": "accepted", "accepted_at": NOON})
        units = [create(current, RiskUnit, MAKER, {**firm, "object_id": object_.id, "name": name, "place_code": name}) for name in ("泵房", "罐体")]
        factors = {f"{aspect}_{part}": 3.0 for aspect in ("inherent", "present") for part in ("likelihood", "severity", "score")}
        for unit, level in zip(units, (1, 3), strict=True):
            given = {**firm, "object_id": object_.id, "unit_id": unit.id, "name": "泄漏", "accident": "泄漏", "edition_id": edition, **factors, "inherent_level": 1, "present_level": level}
            create(current, RiskEvent, MAKER, given)
        pumps = create(current, RiskZone, MAKER, {**firm, "name": "泵房"})
        pumps.units = [units[0]]
        farm = create(current, RiskZone, MAKER, {**firm, "name": "罐区"})
        farm.objects = [object_]
    judge(NOON + MINUTE)
    assert (colours()[pumps.id], colours()[farm.id]) == (1, 3)
    with session() as current:
        told = {one["zone"]: [reason["title"] for reason in one["reasons"]] for one in risk_colours.reasons(current, own, park.first.id)}
    assert (told[pumps.id], told[farm.id]) == (["泄漏"], ["泄漏"])


def test_a_deleted_zone_has_no_colour_any_more(park: Park) -> None:
    with session() as current:
        farm = create(current, RiskZone, MAKER, {"enterprise_id": park.first.id, "name": "甲醇罐区"})
    judge(NOON + MINUTE)
    assert farm.id in colours()
    with session() as current:
        delete(current, current.get_one(RiskZone, farm.id), MAKER, "画错")
    judge(NOON + 2 * MINUTE)
    assert farm.id not in colours() and farm.id in colours(NOON + MINUTE)


def test_dangers_raise_by_their_level_and_more_once_they_are_overdue(park: Park) -> None:
    with session() as current:
        found = danger(current, park, deadline_on=date(2026, 11, 24))
    judge(NOON)
    assert min(colours().values()) == 2
    judge(datetime(2026, 11, 24, 16, 0, tzinfo=UTC))  # midnight in the park
    assert min(colours().values()) == 1
    with session() as current:
        update(current, current.get_one(HiddenDanger, found.id), MAKER, {"closed_on": date(2026, 11, 25)})
    judge(datetime(2026, 11, 25, 4, 0, tzinfo=UTC))
    assert min(colours().values()) == 4


def test_a_draft_is_nobodys_business_yet(park: Park) -> None:
    with session() as current:
        danger(current, park, state="draft")
    assert judge(NOON) == []


SQUARE = {"type": "Polygon", "coordinates": [[[120.43, 41.42], [120.431, 41.42], [120.431, 41.421], [120.43, 41.42]]]}


def analysed(current: Session, park: Park, **values: Any) -> tuple[RiskObject, RiskMeasure]:
    """An object in force with one event at 一般 and a measure that the level of the tank watches."""
    firm = {"enterprise_id": park.first.id}
    edition = create(current, RiskMethod, MAKER, {"code": "LS", "edition": "1", "name": "LS"})
    people = {"department_name": "储运部", "person": "王某"}
    usual = {"name": "甲醇罐区", "state": "accepted", "is_in_force": True, "polygon": SQUARE, "accepted_at": NOON - 5 * MINUTE}
    about = create(current, RiskObject, MAKER, firm | people | usual | values)
    unit = create(current, RiskUnit, MAKER, firm | {"object_id": about.id, "name": "储罐", "place_code": f"P{about.id}"})
    scores = {f"{name}_{part}": 3.0 for name in ("inherent", "present") for part in ("likelihood", "severity", "score")}
    event = {"object_id": about.id, "unit_id": unit.id, "name": "储罐满溢", "accident": "fire", "edition_id": edition.id, "inherent_level": 2, "present_level": 3}
    happening = create(current, RiskEvent, MAKER, firm | event | scores)
    measure = {"object_id": about.id, "unit_id": unit.id, "event_id": happening.id, "name": "高高液位联锁", "way": "auto", "point_id": park.level.id}
    return about, create(current, RiskMeasure, MAKER, firm | measure)


def reasons_of(park: Park, name: str = "甲醇罐区") -> tuple[int, list[tuple[str, int]]]:
    """(level, (kind, level) of each reason) of a zone of the first enterprise, as it is now."""
    with session() as current:
        zone = current.query(RiskZone).filter_by(enterprise_id=park.first.id, name=name).one().id
        told = next(one for one in risk_colours.reasons(current, park.viewer("officer"), park.first.id) if one["zone"] == zone)
    return told["level"], [(one["kind"], one["level"]) for one in told["reasons"]]


def test_an_object_that_is_drawn_has_a_zone_with_the_level_of_its_gravest_event(park: Park) -> None:
    with session() as current:
        about, _ = analysed(current, park)
    judge(NOON)
    assert reasons_of(park) == (3, [("event", 3)])
    assert reasons_of(park, "全厂") == (4, [])
    with session() as current:
        update(current, current.get_one(RiskObject, about.id), MAKER, {"is_in_force": False})
    judge(NOON + MINUTE)
    assert len(colours()) == 2, "an object that is no longer in force takes its zone with it"


def test_a_measure_fails_with_the_point_that_watches_it(park: Park, edge: Raise) -> None:
    with session() as current:
        analysed(current, park, installation_id=park.level.installation_id)
    edge(NOON, level=4, condition="no_data")
    judge(NOON)
    # 数据停更 is a reason after ten minutes; what it watched has failed at once.
    assert reasons_of(park) == (2, [("measure", 2), ("event", 3), ("silent", 4)])


def test_a_missed_inspection_counts_until_somebody_looks(park: Park) -> None:
    with session() as current:
        about, measure = analysed(current, park)
        shared = {"enterprise_id": park.first.id, "object_id": about.id, "unit_id": measure.unit_id, "measure_id": measure.id}
        past = datetime.now(UTC) - timedelta(hours=3)
        create(current, InspectionTask, MAKER, shared | {"begins_at": past - timedelta(hours=8), "due_at": past, "state": "missed"})
    judge(past + MINUTE)
    assert ("missed", 3) in reasons_of(park)[1]
    with session() as current:
        create(current, InspectionRecord, MAKER, shared | {"checked_at": past + timedelta(hours=1), "checker": "王某"})
    judge(past + timedelta(hours=1))
    assert [kind for kind, _ in reasons_of(park)[1]] == ["event"]


def test_any_minute_of_the_past_is_told_with_the_reasons_of_then(park: Park, edge: Raise) -> None:
    edge(NOON + MINUTE, level=2)
    judge(NOON + MINUTE)
    edge(NOON + 2 * MINUTE, level=1)
    judge(NOON + 2 * MINUTE)
    edge(NOON + 5 * MINUTE, is_raised=False)
    judge(NOON + 5 * MINUTE)
    officer = park.viewer("officer")
    with session() as current:
        zone = whole(current, park).id
        told = {minute: risk_colours.reasons(current, officer, park.first.id, NOON + minute * MINUTE)[0] for minute in range(7)}
    assert [told[minute]["level"] for minute in range(7)] == [4, 3, 1, 1, 1, 4, 4]
    assert [[one["title"] for one in told[minute]["reasons"]] for minute in (1, 4, 6)] == [["V-101 甲醇储罐 液位 高报"], ["V-101 甲醇储罐 液位 高高报"], []]
    assert {told[minute]["zone"] for minute in range(7)} == {zone}
    assert told[2]["reasons"][0]["effect_word"] == "升至重大（红）"


def test_a_reason_opens_its_record_on_the_side_of_who_asks(park: Park, edge: Raise) -> None:
    edge(NOON + MINUTE)
    with session() as current:
        key = danger(current, park).id
    judge(NOON + MINUTE)
    with session() as current:
        alarm = current.query(Alarm).one().id
        links = {name: [one["href"] for one in risk_colours.reasons(current, park.viewer(name), park.first.id)[0]["reasons"]] for name in ("officer", "enterprise")}
    assert links["officer"] == [f"/alarms?id={alarm}", f"/dangers/{key}"]
    edge(NOON + 2 * MINUTE, is_raised=False)
    with session() as current:
        current.get_one(Alarm, alarm).closed_at = NOON + 2 * MINUTE
    with session() as current:
        past = risk_colours.reasons(current, park.viewer("officer"), park.first.id, NOON + MINUTE)[0]["reasons"]
    assert past[0]["href"] == f"/alarms?view=history&id={alarm}"
    assert links["enterprise"] == [f"/alarms?id={alarm}", f"/dangers/{key}"]


def test_an_enterprise_sees_its_own_zones_only(park: Park) -> None:
    firm = park.viewer("enterprise")
    with session() as current:
        assert {one.enterprise_id for one in risk_colours.states(current, firm)} == {park.first.id}
        assert risk_colours.reasons(current, firm, park.second.id) == []
        with pytest.raises(Forbidden, match="查看风险四色图"):
            risk_colours.reasons(current, park.viewer("enterprise", permissions=frozenset()), park.first.id)


def test_a_changed_rule_is_a_new_version_and_the_past_keeps_the_old_one(park: Park, edge: Raise) -> None:
    edge(NOON + MINUTE)
    judge(NOON + MINUTE)
    with session() as current:
        first, _ = risk_rules.in_force(current)
        urgent = current.query(RiskRule).filter_by(kind="alarm_1").one()
        update(current, urgent, MAKER, {"effect": "to_2"})
        second = risk_rules.keep_version(current, "系统管理员").id
        assert risk_rules.keep_version(current, "系统管理员").id == second > first
    judge(NOON + 2 * MINUTE)
    with session() as current:
        told = current.query(ZoneColour).filter_by(enterprise_id=park.first.id).order_by(ZoneColour.id)
        assert [(one.level, one.rule_version) for one in told] == [(4, first), (1, first), (2, second)]


def test_the_band_tells_the_worst_level_and_how_many_are_raised(park: Park, edge: Raise) -> None:
    edge(NOON + MINUTE)
    judge(NOON + MINUTE)
    edge(NOON + 3 * MINUTE, is_raised=False)
    judge(NOON + 3 * MINUTE)
    with session() as current:
        spans = risk_colours.band(current, park.viewer("officer"), NOON, NOON + 10 * MINUTE)
    assert [(one.begins, one.level, one.raised) for one in spans] == [(NOON, 4, 0), (NOON + MINUTE, 1, 1), (NOON + 3 * MINUTE, 4, 0)]


def test_a_past_that_is_made_up_from_the_records_is_as_it_would_have_been(park: Park, edge: Raise) -> None:
    edge(NOON + MINUTE, level=2)
    edge(NOON + 90 * MINUTE, is_raised=False)
    with session() as current:
        risk_colours.replay(current, NOON - MINUTE, NOON + 100 * MINUTE)
        told = current.query(ZoneColour).filter_by(enterprise_id=park.first.id).order_by(ZoneColour.begins_at).all()
        # 重要报警 raises by one, and to 较大 once it has lasted an hour.
        assert [(one.level, one.begins_at - NOON) for one in told] == [(4, -MINUTE), (3, MINUTE), (2, 61 * MINUTE), (4, 90 * MINUTE)]
        assert [one.ends_at for one in told[:-1]] == [one.begins_at for one in told[1:]]
    assert judge(NOON + 100 * MINUTE) == []


def test_the_watch_judges_an_alarm_for_its_enterprise_alone(park: Park, edge: Raise) -> None:
    watch = Watch()
    watch.round(set(), NOON)
    edge(NOON + MINUTE)
    watch.round({"live_alarms"}, NOON + MINUTE)
    assert sorted(colours().values()) == [1, 4]
    edge(NOON + 2 * MINUTE, is_raised=False)
    watch.round(set(), NOON + 2 * MINUTE)
    assert sorted(colours().values()) == [1, 4], "nobody spoke of it"
    watch.round({"live_alarms"}, NOON + 2 * MINUTE)
    assert sorted(colours().values()) == [4, 4]


def test_the_timeline_tells_when_a_zone_became_red_or_orange_and_nothing_else(park: Park, edge: Raise) -> None:
    edge(NOON + MINUTE)
    judge(NOON + MINUTE)
    with session() as current:
        danger(current, park)
    judge(NOON + 2 * MINUTE)  # a further reason, the same colour
    edge(NOON + 3 * MINUTE, is_raised=False)
    judge(NOON + 3 * MINUTE)  # milder, still orange
    with session() as current:
        found = events(current, park.viewer("officer"), current.merge(park.first), before=NOON + 60 * MINUTE, kinds=["zone"])
    assert [(one.at, one.title, one.detail) for one in found] == [(NOON + MINUTE, "全厂由低升为重大风险", "V-101 甲醇储罐 液位 高高报")]


def test_whoever_saves_a_danger_asks_for_new_colours(park: Park) -> None:
    listener = connection_raw()
    listener.autocommit = True
    listener.cursor().execute(f"LISTEN {risk_rules.ASK_CHANNEL}")
    with session() as current:
        danger(current, park)
    sockets.select([listener], [], [], 10)
    listener.poll()
    assert [one.channel for one in listener.notifies] == [risk_rules.ASK_CHANNEL]
    listener.close()


def test_zones_are_listed_within_the_scope(park: Park) -> None:
    with session() as current:
        assert {one.enterprise_id for one in current.scalars(visible(RiskZone, park.viewer("enterprise")))} == {park.first.id}
