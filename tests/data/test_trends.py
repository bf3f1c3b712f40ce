"""Promises of 趋势分析: which questions are taken, whose curves come in which fineness, what lies beside them, and the file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from data import alarms, rollups, telemetry, trends
from data.alarms import Edge, Source
from data.db import connection_raw
from data.db import session as database_session
from data.errors import Forbidden, Invalid
from data.models import AuditEntry, Task
from data.settings import Settings
from data.task_runner import run_next
from data.tasks import file_of
from data.telemetry import ReadingRow
from data.trend_files import aligned, ask
from data.trends import Wish, grain_words, trend
from tests.park import Park, make_park

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # 12:00 in the park
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture(scope="module")
def park(database: Settings) -> Park:
    """An hour of levels until noon, with ten minutes missing, the same hour of the day before one metre lower, and an alarm."""
    with database_session() as current:
        made = make_park(current)
    minutes = [minute for minute in range(60) if not 20 <= minute < 30]
    today = [ReadingRow(made.level.id, (NOON - (60 - minute) * MINUTE).timestamp(), 10.0 + minute * 0.05, 192) for minute in minutes]
    before = [ReadingRow(made.level.id, row.ts - 86_400, row.value - 1.0, 192) for row in today]
    source = Source("point", made.level.id, "V-101.LT", "V-101 甲醇储罐 液位", "甲醇罐区", made.first.id, made.tank.id, "m")
    raw = connection_raw()
    with raw, raw.cursor() as cursor:
        telemetry.ensure_partitions(cursor, {NOON.date(), (NOON - DAY).date()})
        telemetry.store_readings(cursor, [*today, *before], fresh=True)
        alarms.apply_edges(cursor, [Edge(source, "high", "high_high", 1, True, (NOON - 8 * MINUTE).timestamp(), 12.6, 12.4)])
    rollups.refresh(raw, NOON + MINUTE)
    raw.close()
    return made


@pytest.fixture
def session(park: Park) -> Iterator[Session]:
    with database_session() as current:
        yield current
        current.rollback()


def wish(**changes: Any) -> Wish:
    plain = {"points": ["V-101.LT"], "start": "2026-11-24T11:00", "end": "2026-11-24T12:00"} | changes
    return Wish.of(plain, NOON)


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"points": []}, "points", "请选择测点。"),
        ({"points": [7]}, "points", "请选择测点。"),
        ({"points": [f"P{n}" for n in range(7)]}, "points", "一次最多叠放 6 个测点，请先去掉一些。"),
        ({"shift": 400}, "shift", "对比的天数应为 1～366 的整数。"),
        ({"shift": True}, "shift", "对比的天数应为 1～366 的整数。"),
        ({"hours": 5}, "hours", "时段请从列表中选择。"),
        ({"start": "明天"}, "start", "请填写开始时间，如 2026-11-24 08:00。"),
        ({"start": "0001-01-01T00:00"}, "start", "请填写开始时间，如 2026-11-24 08:00。"),
        ({"end": "2026-11-24T10:00"}, "end", "结束时间应晚于开始时间。"),
        ({"start": "2026-12-24T10:00", "end": "2026-12-24T11:00"}, "start", "开始时间还没有到。"),
        ({"start": "2024-11-24T10:00"}, "end", "一次最长 366 天，请缩短时段。"),
    ],
)
def test_what_cannot_be_drawn_is_said_at_its_field(changes: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        wish(**changes)
    assert refused.value.fields == {field: message}


def test_a_fixed_period_is_in_the_parks_time_and_ends_now_at_the_latest() -> None:
    asked = wish(end="2026-11-24T15:00")
    assert (asked.start, asked.end) == (NOON - 60 * MINUTE, NOON)
    assert Wish.of(asked.plain(), NOON) == asked, "as a task keeps it"


def test_curves_come_with_the_hours_of_the_day_before_laid_over_them(session: Session, park: Park) -> None:
    found = trend(session, wish(shift=1), park.viewer("duty"), NOON)
    (level,) = found.curves
    assert len(level.curve) == 50 and len(level.before) == 50
    assert [one.ts for one in level.before] == [one.ts for one in level.curve], "at the time at which they are compared"
    assert {round(one.mean - other.mean, 6) for one, other in zip(level.curve, level.before, strict=True)} == {1.0}


def test_the_alarm_of_the_period_lies_on_the_curve_for_who_may_see_alarms(session: Session, park: Park) -> None:
    duty = park.viewer("duty")
    (level,) = trend(session, wish(), duty, NOON).curves
    assert [(alarm.kind, alarm.raised_at) for alarm in level.alarms] == [("high_high", NOON - 8 * MINUTE)]
    (before,) = trend(session, wish(start="2026-11-24T10:00", end="2026-11-24T11:30"), duty, NOON).curves
    assert before.alarms == [], "it had not begun"
    (blind,) = trend(session, wish(), park.viewer("duty", permissions=frozenset({"tank.view"})), NOON).curves
    assert blind.alarms == []


def test_a_code_that_is_not_there_or_not_for_the_viewer_is_named_and_the_others_are_drawn(session: Session, park: Park) -> None:
    asked = wish(points=["V-101.LT", "V-999.LT"])
    assert trend(session, asked, park.viewer("duty"), NOON).missing == ["V-999.LT"]
    foreign = park.viewer("enterprise", enterprise_id=park.second.id)
    assert trend(session, asked, foreign, NOON).missing == ["V-101.LT", "V-999.LT"], "nothing of another enterprise"
    with pytest.raises(Forbidden):
        trend(session, asked, park.viewer("duty", permissions=frozenset()), NOON)


def test_the_fineness_follows_the_length_of_the_period_and_is_said(session: Session, park: Park) -> None:
    def words(days: float) -> str:
        asked = wish(start=(NOON - days * DAY).isoformat(), end=NOON.isoformat())
        return grain_words(trend(session, asked, park.viewer("duty"), NOON).fineness, 10)

    assert words(1 / 24) == "原始数据 · 逐点"
    assert words(8 / 24) == "原始数据 · 每点 48 秒"
    assert words(1) == "分钟汇总 · 每点 2.4 分"
    assert words(30) == "小时汇总 · 每点 1.2 小时"


def test_every_sum_has_a_row_of_its_own_and_a_hole_has_none(session: Session, park: Park) -> None:
    rows = aligned(trend(session, wish(start=(NOON - DAY).isoformat(), end=NOON.isoformat(), shift=1), park.viewer("duty"), NOON))
    told = [row for row in rows if row[1][0] is not None]
    assert sum(1 for _ in told) >= 20, "an hour in buckets of 2.4 minutes, ten minutes missing"
    assert [at for at, _ in rows] == sorted({at for at, _ in rows}), "in order of time"
    assert not [at for at, values in told if NOON - 39 * MINUTE < at < NOON - 33 * MINUTE and values[0] is not None], "where nothing came there is nothing"


def test_the_points_are_chosen_by_names_that_people_use(session: Session, park: Park) -> None:
    rows = trends.choices(session, park.viewer("duty"))
    assert [(row["name"], row["label"], row["tank"], row["area"]) for row in rows] == [
        ("V-101 液位", "液位", "V-101 甲醇储罐", "甲醇罐区"),
        ("V-101 可燃气", "可燃气", "V-101 甲醇储罐", "甲醇罐区"),
    ]
    assert trends.choices(session, park.viewer("enterprise", enterprise_id=park.second.id)) == []


def test_what_is_shown_comes_as_a_workbook_and_stands_in_the_audit(park: Park, database: Settings) -> None:
    duty = park.viewer("duty")
    now = datetime.now(UTC).replace(second=0, microsecond=0)  # the task looks at what is kept today
    rows = [ReadingRow(park.gas.id, (now - day * DAY - minute * MINUTE).timestamp(), 5.0 - day, 192) for day in (0, 1) for minute in range(1, 31)]
    raw = connection_raw()
    with raw, raw.cursor() as cursor:
        telemetry.ensure_partitions(cursor, {telemetry.day_of(row.ts) for row in rows})
        telemetry.store_readings(cursor, rows, fresh=True)
    raw.close()
    with database_session() as current:
        asked = Wish.of({"points": ["V-101.GT1"], "start": (now - 30 * MINUTE).isoformat(), "end": now.isoformat(), "shift": 1}, now)
        task = ask(current, duty, asked, now).id
    assert run_next(database, lambda current, _: duty)
    with database_session() as current:
        done = current.get(Task, task)
        assert done is not None and (done.state, done.error) == ("done", None)
        book = CalamineWorkbook.from_path(str(file_of(done, database)))
        audited = current.scalars(select(AuditEntry).where(AuditEntry.verb == "export")).all()
    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    head, *told = sheets["曲线"]
    assert head == ["时间", "V-101 可燃气 %LEL 平均", "V-101 可燃气 %LEL 最小", "V-101 可燃气 %LEL 最大", "V-101 可燃气 %LEL 1 天前平均"]
    assert len(told) == 30 and told[0][1:] == [5.0, 5.0, 5.0, 4.0]
    assert sheets["测点"][1][:2] == ["V-101.GT1", "V-101 可燃气"] and sheets["测点"][1][5:9] == ["", "", 25.0, 50.0]
    assert ["对比", "1 天前同一时段"] in sheets["说明"]
    assert [entry.record_name for entry in audited] == ["V-101 可燃气 趋势"]


def test_nothing_to_export_is_said(session: Session, park: Park) -> None:
    with pytest.raises(Invalid, match="没有可导出的测点，请先选择测点。"):
        ask(session, park.viewer("duty"), wish(points=["V-999.LT"]), NOON)
