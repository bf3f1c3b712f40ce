"""The boards of leaders: a number opens as many rows as it says, the kept counts are what the rows are, and every day of the past opens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dashboard.resource_state import filter_rows, question_of, read_state
from data import day_counts, day_figures
from data import monthly as months
from data.calendar import park_day
from data.day_figures import ALL, DayFigure
from data.db import read_session, session
from data.models import DayCount, Division, DutyShift, HiddenDanger
from data.query import answer, count
from data.rules.priorities import Candidate, first_of
from data.viewer import Viewer, system_viewer
from pages.alarm_records import RECORDS
from pages.dangers.ledger import LEDGER
from pages.duty.calls import CALLS
from pages.duty.handovers import HANDOVERS
from pages.duty_roster import DUTY
from pages.incidents.lists import INCIDENTS
from pages.leaders import daily, monthly
from pages.risk_zones.colours import COLOURS
from pages.risks.inspections import DONE

LISTS = {one.path: one for one in (RECORDS, LEDGER, DONE, COLOURS, DUTY, CALLS, HANDOVERS, INCIDENTS)}
NOW = datetime.now(UTC)
TODAY = park_day(NOW)
SEES_ALL = replace(system_viewer("tests"), permissions=frozenset({"*"}))
DAYS = [TODAY - timedelta(days=back) for back in (0, 1, 2, 7, 30, 200, 700)]


@pytest.fixture(scope="module")
def counted(grown_database: Any) -> Any:
    with session() as current:
        day_counts.refresh(current, NOW)
    return grown_database


def rows_behind(reading: Session, viewer: Viewer, href: str) -> int:
    """As many as the list itself finds at that address."""
    resource = LISTS[urlsplit(href).path]
    filters = filter_rows(reading, viewer, resource)
    asked = question_of(resource, filters, read_state(resource, filters, dict(parse_qsl(urlsplit(href).query))))
    return count(reading, answer(resource.model, viewer, asked), resource.model, None)


def viewers(reading: Session) -> list[Viewer]:
    """All, and a town."""
    town = reading.scalar(select(Division.id).where(Division.level == "town").order_by(Division.id).offset(2).limit(1))
    return [SEES_ALL, replace(SEES_ALL, scope="divisions", division_id=town)]


@pytest.mark.parametrize("figure", ALL, ids=lambda one: one.key)
def test_a_figure_its_list_and_the_kept_count_are_the_same_number(figure: DayFigure, counted: Any) -> None:
    with read_session() as reading:
        for viewer in viewers(reading):
            kept = day_counts.series(reading, viewer, [figure.key], TODAY, DAYS[-1])[figure.key]
            for day in DAYS:
                number = count(reading, figure.rows(viewer, day), figure.model, None)
                assert (kept.on(day) or 0) == number, f"{figure.label} of {day}: kept and rows"
                assert rows_behind(reading, viewer, figure.address(day)) == number, f"{figure.label} of {day}: the list"


@pytest.mark.parametrize("figure", ALL, ids=lambda one: one.key)
def test_a_month_opens_its_rows_too(figure: DayFigure, counted: Any) -> None:
    first, last = TODAY - timedelta(days=40), TODAY - timedelta(days=11)
    with read_session() as reading:
        assert rows_behind(reading, SEES_ALL, figure.address(first, last)) == count(reading, figure.rows(SEES_ALL, first, last), figure.model, None)


def test_a_count_that_is_wrong_is_found_and_put_right(counted: Any) -> None:
    figure = day_figures.FOUND
    with session() as current:
        one = current.scalars(select(DayCount).where(DayCount.figure == figure.key, DayCount.day < TODAY - timedelta(days=30)).limit(1)).one()
        changed = update(DayCount).where(DayCount.figure == one.figure, DayCount.day == one.day, DayCount.enterprise_id == one.enterprise_id)
        current.execute(changed.values(count=one.count + 3))
        assert day_counts.differences(current, figure) == [one.day]
        assert day_counts.refresh(current, NOW) == day_counts.Kept(1, 1, 1), "no row was changed meanwhile that would tell why"
        assert day_counts.differences(current, figure) == []
        assert day_counts.checked(current).corrected == 1, "the board says that something was put right"
        assert day_counts.refresh(current, NOW) == day_counts.Kept(0, 0)


def test_a_danger_that_is_entered_late_counts_on_the_day_on_which_it_was_found(counted: Any) -> None:
    day = TODAY - timedelta(days=100)
    with session() as current:
        before = day_counts.series(current, SEES_ALL, ["danger-open"], TODAY, day)["danger-open"]
        firm = current.scalar(select(HiddenDanger.enterprise_id).limit(1))
        current.add(HiddenDanger(enterprise_id=firm, name="补录", state="rectify", source="check", found_on=day))
        current.flush()
        day_counts.refresh(current, NOW)
        after = day_counts.series(current, SEES_ALL, ["danger-open"], TODAY, day)["danger-open"]
        assert after.on(day) == (before.on(day) or 0) + 1
        assert after.on(TODAY) == (before.on(TODAY) or 0) + 1
        current.rollback()


def test_the_usual_is_the_mean_of_the_last_eight_of_the_same_weekday() -> None:
    days = {TODAY - timedelta(days=7 * week): week for week in range(1, 12)}
    assert day_counts.Series(days, TODAY - timedelta(days=400)).usual(TODAY) == (4.5, 8)
    assert day_counts.Series(days, TODAY - timedelta(days=15)).usual(TODAY) == (1.5, 2), "only days of which something is known"
    assert day_counts.Series({}, None).usual(TODAY) is None


@pytest.mark.parametrize("given", ["", "2026-02-30", "9999-01-01", "1000-01-01", "gestern", "../../x"])
def test_an_address_without_a_day_is_today(given: str) -> None:
    assert daily.day_of(given, TODAY) == TODAY


@pytest.mark.parametrize("back", [0, 1, 40, 900])
def test_every_day_is_drawn(back: int, counted: Any) -> None:
    shown = str(daily.layout(SEES_ALL, (TODAY - timedelta(days=back)).isoformat()))
    assert "最重要的三件事" in shown
    assert all(one.label in shown for one in day_figures.ALL[:1])


def test_nobody_sees_figures_without_their_right(counted: Any) -> None:
    shown = str(daily.layout(replace(SEES_ALL, permissions=frozenset({"decision.view", "alarm.view"}))))
    assert "新增报警" in shown
    assert "未整改隐患" not in shown
    assert "事项过期" not in shown


def test_the_roster_opens_at_the_shifts_of_the_day_and_somebody_is_on_duty(counted: Any) -> None:
    with read_session() as reading:
        assert rows_behind(reading, SEES_ALL, daily.roster(TODAY)) >= 4
        last = reading.scalar(select(DutyShift.ends_at).order_by(DutyShift.ends_at.desc()).limit(1))
    assert last is not None
    assert last > NOW + timedelta(days=40)


def test_consequence_comes_first_then_duration_and_each_kind_once() -> None:
    def one(kind: str, hours: float) -> Candidate:
        return Candidate(kind, hours, f"{kind} {hours}", "", "/x", "看")

    found = first_of([one("danger", 900), one("major", 48), one("major", 20), one("alarm", 1), one("zone", 5), one("missed", 99)])
    assert [(each.kind, each.hours) for each in found] == [("major", 48), ("alarm", 1), ("zone", 5)]
    assert [each.hours for each in first_of([one("major", 1), one("major", 3), one("major", 2)])] == [3, 2, 1], "of one kind only: more of it"
    assert first_of([]) == []


def test_the_day_of_the_park_ends_at_its_own_midnight(counted: Any) -> None:
    day = date(2026, 3, 10)
    tree = str(day_figures.MISSED.conditions(day, day))
    assert "2026-03-09T16:00:00.000001+00:00" in tree, "a task until midnight belongs to the day before"
    assert "2026-03-10T16:00:00+00:00" in tree


def test_a_month_is_compared_with_as_many_days() -> None:
    running = months.month_of("", date(2026, 3, 30))
    assert running == (date(2026, 3, 1), date(2026, 3, 30))
    assert months.same_days(running, 1) == (date(2026, 2, 1), date(2026, 2, 28)), "February has no more"
    assert months.same_days(running, 12) == (date(2025, 3, 1), date(2025, 3, 30))
    over = months.month_of("2026-02", date(2026, 3, 30))
    assert months.same_days(over, 1) == (date(2026, 1, 1), date(2026, 1, 31)), "a month that is over is compared with whole months"


@pytest.mark.parametrize("given", ["", "2026-13", "9999-01", "0001-01", "2026-1x", "2026-011"])
def test_an_address_without_a_month_is_the_one_that_runs(given: str) -> None:
    assert months.month_of(given, TODAY) == (TODAY.replace(day=1), TODAY)


def test_the_figures_of_a_month_and_of_the_twelve_before_open_as_many_rows(counted: Any) -> None:
    month = months.month_of("", TODAY)
    with read_session() as reading:
        for viewer in viewers(reading):
            for one in months.figures(reading, viewer, month).values():
                assert not one.value or rows_behind(reading, viewer, one.href) == one.value, one.figure.label
                assert len(one.months) == months.MONTHS
                for back, value in zip((12, 5, 1), (one.months[0], one.months[7], one.months[11]), strict=True):
                    there = months.until(months.months_before(month.first, back), TODAY)
                    assert value is None or rows_behind(reading, viewer, one.figure.address(*there)) == value, f"{one.figure.label} {there.key}"


@pytest.mark.parametrize("back", [0, 3, 40])
def test_every_month_is_drawn(back: int, counted: Any) -> None:
    shown = str(monthly.layout(SEES_ALL, f"{months.months_before(TODAY.replace(day=1), back):%Y-%m}"))
    assert "隐患存量（月末）" in shown
    assert "打印" in shown
