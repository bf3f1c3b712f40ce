"""What the alarm desk asks of the database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from data import alarm_views
from data.alarms import Edge, Source, acknowledge, apply_edges, resolve, start_handling
from data.db import engine
from data.errors import Forbidden
from data.models import Alarm, LatestPosition, LatestReading
from data.settings import Settings
from data.telemetry import Bucket
from tests.park import Park, make_park

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # 12:00 in the park
DAY = timedelta(days=1)


@pytest.fixture
def db(database: Settings) -> Iterator[Session]:
    with Session(engine()) as current:
        yield current
        current.rollback()


@pytest.fixture
def park(db: Session) -> Park:
    made = make_park(db)
    made.first.duty_phone, made.first.contact, made.first.phone = "0421-1000000", "王安全", "13900000000"
    made.vehicle.driver, made.vehicle.driver_phone = "赵师傅", "13700000000"
    db.flush()
    return made


def level(park: Park) -> Source:
    point = park.level
    return Source("point", point.id, point.code, point.name, "一号化工 · 甲醇罐区", park.first.id, park.tank.id, "m", 2)


def gas(park: Park) -> Source:
    point = park.gas
    return Source(
        "point", point.id, point.code, point.name, "一号化工 · 甲醇罐区", park.first.id, park.tank.id, "%LEL", 1
    )


def truck(park: Park) -> Source:
    return Source("vehicle", park.vehicle.id, park.vehicle.plate, park.vehicle.plate, "二号运输", park.second.id)


def gateway(park: Park) -> Source:
    return Source("gateway", park.gateway.id, "GW-01", "甲醇罐区网关", "一号化工", park.first.id)


def raised(
    db: Session, source: Source, kind: str = "high", at: datetime = NOON, condition: str = "", grade: int = 2
) -> Alarm:
    """A new open alarm of the source."""
    edge = Edge(source, condition or kind, kind, grade, True, at.timestamp(), 11.5, 11.3)
    apply_edges(db.connection().connection.cursor(), [edge])
    return db.query(Alarm).filter_by(source_id=source.id, source_type=source.source_type, closed_at=None).one()


def ended(db: Session, alarm: Alarm, at: datetime, by: int | None = None) -> Alarm:
    """The alarm, acknowledged after 30 seconds and closed at that time."""
    alarm.acknowledged_at, alarm.acknowledged_by_id = alarm.raised_at + timedelta(seconds=30), by
    alarm.cleared_at = alarm.closed_at = at
    db.flush()
    return alarm


def test_history_lists_closed_alarms_the_last_closed_first(db: Session, park: Park) -> None:
    earlier = ended(db, raised(db, level(park)), NOON + timedelta(minutes=10))
    later = ended(db, raised(db, gas(park)), NOON + timedelta(minutes=20))
    raised(db, truck(park), "overspeed")
    page = alarm_views.history(db, park.viewer("duty"), since=NOON)
    assert [row.id for row in page.rows] == [later.id, earlier.id]
    assert page.total == 2


def test_history_begins_at_the_given_time(db: Session, park: Park) -> None:
    ended(db, raised(db, level(park), at=NOON - DAY), NOON - DAY + timedelta(minutes=1))
    kept = ended(db, raised(db, level(park)), NOON)
    page = alarm_views.history(db, park.viewer("duty"), since=alarm_views.start_of_day(NOON))
    assert [row.id for row in page.rows] == [kept.id]


def test_history_comes_in_pages_and_a_page_too_far_is_the_last_one(db: Session, park: Park) -> None:
    closed = [ended(db, raised(db, level(park)), NOON + timedelta(minutes=n)) for n in range(5)]
    page = alarm_views.history(db, park.viewer("duty"), since=NOON, number=99, size=2)
    assert [row.id for row in page.rows] == [closed[0].id]
    assert page.total == 5


@pytest.mark.parametrize("keyword", ["V-101 甲", "LT", "一号", "高高报"])
def test_history_finds_object_code_place_and_kind(db: Session, park: Park, keyword: str) -> None:
    wanted = ended(db, raised(db, level(park), "high_high", condition="high"), NOON)
    ended(db, raised(db, truck(park), "overspeed"), NOON)
    page = alarm_views.history(db, park.viewer("duty"), since=NOON, keyword=keyword)
    assert [row.id for row in page.rows] == [wanted.id]


def test_a_percent_sign_in_the_keyword_is_looked_for_as_it_stands(db: Session, park: Park) -> None:
    ended(db, raised(db, level(park)), NOON)
    assert alarm_views.history(db, park.viewer("duty"), since=NOON, keyword="%").total == 0


def test_every_alarm_belongs_to_exactly_one_source(db: Session, park: Park) -> None:
    ended(db, raised(db, level(park)), NOON)
    ended(db, raised(db, level(park), "no_data", grade=4), NOON)
    ended(db, raised(db, gas(park)), NOON)
    ended(db, raised(db, truck(park), "overspeed"), NOON)
    ended(db, raised(db, gateway(park), "gateway_lost", grade=4), NOON)
    viewer = park.viewer("duty")
    found = {
        name: alarm_views.history(db, viewer, since=NOON, source=name).total
        for name in ("tank", "gas", "vehicle", "data")
    }
    assert found == {"tank": 1, "gas": 1, "vehicle": 1, "data": 2}


def test_history_keeps_to_the_level(db: Session, park: Park) -> None:
    wanted = ended(db, raised(db, level(park), "high_high", condition="high", grade=1), NOON)
    ended(db, raised(db, gas(park)), NOON)
    assert [row.id for row in alarm_views.history(db, park.viewer("duty"), since=NOON, level=1).rows] == [wanted.id]


def test_an_enterprise_sees_and_counts_its_own_alarms_only(db: Session, park: Park) -> None:
    own = ended(db, raised(db, level(park)), NOON)
    ended(db, raised(db, truck(park), "overspeed"), NOON)
    viewer = park.viewer("enterprise")
    now = NOON + timedelta(minutes=1)
    assert [row.id for row in alarm_views.history(db, viewer, since=NOON).rows] == [own.id]
    assert alarm_views.closed_count(db, viewer, NOON) == 1
    assert alarm_views.hourly(db, viewer, now)[-1][1] == 1
    assert alarm_views.answering(db, viewer, now).count == 1


def test_hours_are_the_last_24_with_the_present_one_last(db: Session, park: Park) -> None:
    raised(db, level(park), at=NOON + timedelta(minutes=5))
    raised(db, gas(park), at=NOON - timedelta(hours=2, minutes=50))
    raised(db, truck(park), "overspeed", at=NOON - timedelta(hours=24))
    hours = alarm_views.hourly(db, park.viewer("duty"), NOON + timedelta(minutes=30))
    assert len(hours) == 24
    assert hours[-1] == (NOON, 1)
    assert [count for _, count in hours if count] == [1, 1]
    assert hours[-4] == (NOON - timedelta(hours=3), 1)


def test_the_answering_time_is_the_mean_over_those_that_were_answered(db: Session, park: Park) -> None:
    ended(db, raised(db, level(park)), NOON + timedelta(minutes=1))
    slow = raised(db, gas(park))
    slow.acknowledged_at = slow.raised_at + timedelta(seconds=90)
    raised(db, truck(park), "overspeed")
    db.flush()
    assert alarm_views.answering(db, park.viewer("duty"), NOON + timedelta(minutes=5)) == (60.0, 2)


def test_without_answers_there_is_no_answering_time(db: Session, park: Park) -> None:
    raised(db, level(park))
    assert alarm_views.answering(db, park.viewer("duty"), NOON + timedelta(minutes=5)) == (None, 0)


def test_the_day_begins_at_midnight_of_the_park(db: Session) -> None:
    assert alarm_views.start_of_day(datetime(2026, 11, 23, 17, 30, tzinfo=UTC)) == datetime(
        2026, 11, 23, 16, tzinfo=UTC
    )


def test_the_story_names_every_step_and_who_took_it(db: Session, park: Park) -> None:
    alarm = raised(db, level(park))
    viewer = park.viewer("duty")
    acknowledge(db, alarm.id, viewer, "已通知企业")
    start_handling(db, alarm.id, viewer)
    resolve(db, alarm.id, viewer, "false_alarm", "仪表校准")
    steps = alarm_views.story(db, alarm)
    assert [step.word for step in steps] == ["发生", "确认", "开始处置", "处置完成", "关闭"]
    assert [step.who for step in steps] == ["", *[viewer.name] * 4]
    assert (steps[0].value, steps[1].note, steps[3].note) == (11.5, "已通知企业", "仪表校准")


def test_what_i_have_in_hand_is_mine_alone(db: Session, park: Park) -> None:
    alarm = raised(db, level(park))
    start_handling(db, alarm.id, park.viewer("duty"))
    assert alarm_views.handled_by(db, park.viewer("duty")) == [alarm.id]
    assert alarm_views.handled_by(db, park.viewer("admin")) == []


def test_a_card_of_a_closed_alarm_says_how_it_ended(db: Session, park: Park) -> None:
    alarm = raised(db, level(park))
    resolve(db, alarm.id, park.viewer("duty"), "drill", "季度演练")
    card = alarm_views.cards(db, [alarm])[0]
    assert (card["state"], card["cause_word"], card["note"]) == ("closed", "演练", "季度演练")
    assert card["closed"] == alarm_views.to_ms(alarm.closed_at)


def test_the_duty_room_is_called_first_and_for_a_truck_its_driver(db: Session, park: Park) -> None:
    viewer = park.viewer("duty")
    tank, road = raised(db, level(park)), raised(db, truck(park), "overspeed")
    assert [one.phone for one in alarm_views.contacts(db, tank, viewer)] == ["0421-1000000", "13900000000"]
    assert [(one.label, one.name) for one in alarm_views.contacts(db, road, viewer)] == [("驾驶员", "赵师傅")]


def test_repeats_count_the_other_alarms_of_the_same_source_with_their_causes(db: Session, park: Park) -> None:
    viewer = park.viewer("duty")
    for cause in ("process", "process", "false_alarm"):
        alarm = raised(db, level(park))
        ended(db, alarm, NOON).cause = cause
    ended(db, raised(db, level(park), at=NOON - 40 * DAY), NOON)
    ended(db, raised(db, gas(park)), NOON)
    last = raised(db, level(park), at=NOON + timedelta(hours=1))
    found = alarm_views.repeats(db, last, viewer, NOON + timedelta(hours=2))
    assert found == (3, [("工艺波动", 2), ("误报", 1)])


def test_limits_come_highest_first_and_only_those_that_are_set(db: Session, park: Park) -> None:
    assert [(limit.word, limit.value) for limit in alarm_views.limits_of(park.gas)] == [("高高", 50.0), ("高", 25.0)]


def bucket(second: int, value: float) -> Bucket:
    return Bucket(NOON + timedelta(seconds=second), value, value, value, 1)


def test_the_change_is_that_of_the_last_ten_minutes_as_if_it_went_on_for_an_hour() -> None:
    curve = [bucket(0, 3.0), bucket(3000, 10.0), bucket(3300, 10.5), bucket(3600, 11.0)]
    assert alarm_views.hourly_change(curve) == pytest.approx(6.0)


@pytest.mark.parametrize("curve", [[], [bucket(0, 1.0)], [bucket(0, 1.0), bucket(60, 2.0)]])
def test_too_short_a_curve_has_no_change(curve: list[Bucket]) -> None:
    assert alarm_views.hourly_change(curve) is None


def test_the_map_is_told_what_to_select(db: Session, park: Park) -> None:
    viewer = park.viewer("duty")
    assert alarm_views.place_of(db, raised(db, level(park)), park.level, viewer) == "tank:V-101"
    assert alarm_views.place_of(db, raised(db, truck(park), "overspeed"), None, viewer) == "truck:辽N·A1234"
    assert alarm_views.place_of(db, raised(db, gateway(park), "gateway_lost"), None, viewer) == "ent:E001"


def test_help_is_looked_for_where_the_alarm_is(db: Session, park: Park) -> None:
    viewer = park.viewer("duty")
    assert alarm_views.spot_of(db, raised(db, level(park)), park.level, viewer) == (120.43, 41.42)
    assert alarm_views.spot_of(db, raised(db, gateway(park), "gateway_lost"), None, viewer) == (120.43, 41.42), "of a gateway its enterprise"
    moving = raised(db, truck(park), "sos")
    assert alarm_views.spot_of(db, moving, None, viewer) is None, "a vehicle without a position is nowhere"
    db.add(LatestPosition(terminal_id=park.terminal.id, ts=NOON, received_at=NOON, lon=120.5, lat=41.5, speed_kmh=0, heading_deg=0, altitude_m=0, alarm_bits=0, status_bits=0, is_fixed=True, changed_at=NOON))
    db.flush()
    assert alarm_views.spot_of(db, moving, None, viewer) == (120.5, 41.5), "of a vehicle where it is now"


def test_points_tell_their_period_and_whether_they_watch_for_gas(db: Session, park: Park) -> None:
    facts = alarm_views.point_facts(db, park.viewer("duty"))
    assert facts == [(park.level.id, 10, False), (park.gas.id, 10, True)]


def test_phones_are_those_of_the_enterprises_the_viewer_may_see(db: Session, park: Park) -> None:
    assert alarm_views.duty_phones(db, park.viewer("enterprise")) == {park.first.id: "0421-1000000"}


def test_points_are_on_line_while_they_report_and_alarms_are_handled_when_closed(db: Session, park: Park) -> None:
    duty = park.viewer("duty")
    for point, age in ((park.level, 80), (park.gas, 100)):
        at = NOON - timedelta(seconds=age)
        db.add(LatestReading(point_id=point.id, ts=at, received_at=at, value=1.0, quality=192, changed_at=at))
    db.flush()
    assert alarm_views.online(db, duty, NOON) == (1, 2)
    before = alarm_views.handled(db, duty, NOON)
    open_one, closed_one = raised(db, level(park)), raised(db, gateway(park), "gateway_lost")
    for alarm in (open_one, closed_one):
        alarm.raised_at = NOON - timedelta(hours=1)
    closed_one.closed_at = NOON
    db.flush()
    assert alarm_views.handled(db, duty, NOON) == (before.part + 1, before.whole + 2)


def test_nobody_asks_without_the_right(db: Session, park: Park) -> None:
    viewer = park.viewer("duty", permissions=frozenset())
    with pytest.raises(Forbidden, match="查看报警"):
        alarm_views.history(db, viewer, since=NOON)
    with pytest.raises(Forbidden, match="查看报警"):
        alarm_views.hourly(db, viewer, NOON)
