"""Statistics of alarms: a number opens as many rows of the list as it says, rates and times are those of the rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import select

from dashboard.blocks.statistic_page import statistic_page
from dashboard.resource_state import filter_rows, question_of, read_state
from data import alarms
from data.alarms import Edge, Source, apply_edges
from data.db import connection_raw, read_session, session
from data.models import Alarm
from data.query import answer, count
from data.statistics import compute
from data.statistics.alarms import BY_ENTERPRISE, BY_SOURCE, STATISTICS
from pages.alarm_records import ALARM_STATISTICS, RECORDS
from tests.park import Park, make_park

START = datetime(2026, 10, 30, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def park(database: Any) -> Park:
    """Ten alarms of two enterprises: four of one point, the rest of one each; three acknowledged, two of these closed."""
    with session() as current:
        made = make_park(current)
    for number, name in enumerate(["A", "A", "A", "A", "B", "C", "D", "E", "F", "G"]):
        firm = made.first if number < 7 else made.second
        source = Source("point", 100 + number, name, f"测点 {name}", firm.short_name, firm.id)
        at = (START + timedelta(days=number)).timestamp()
        connection = connection_raw()
        with connection, connection.cursor() as cursor:
            apply_edges(cursor, [Edge(source, "high", "high_high" if number % 3 else "high", 1 + (not number % 3), True, at, 5.0, 4.0)])
        connection.close()
    with session() as current:
        for number, alarm in enumerate(current.scalars(select(Alarm).order_by(Alarm.id).limit(3))):
            alarm.acknowledged_at = alarm.raised_at + timedelta(seconds=60 * (number + 1))
            current.flush()
            if number:
                alarms.resolve(current, alarm.id, made.viewer("duty"), "drill")
    return made


def test_every_number_opens_its_rows(park: Park) -> None:
    viewer = park.viewer("duty")
    with read_session() as reading:
        filters = filter_rows(reading, viewer, RECORDS)
        wrong = []
        for statistic in STATISTICS:
            result = compute(reading, viewer, statistic, {})
            assert result.value() == 10
            counted = [cell for cell in result.cells() if cell[2] in ("", "count", "closed", "answered")]
            for cell in counted:
                href = result.address(*cell)
                if href:
                    state = read_state(RECORDS, filters, dict(parse_qsl(urlsplit(href).query)))
                    rows = count(reading, answer(Alarm, viewer, question_of(RECORDS, filters, state)), Alarm, None)
                    wrong += [(href, rows)] if rows != result.value(*cell) else []
        assert wrong == []


def test_rates_times_and_the_worst_source(park: Park) -> None:
    with read_session() as reading:
        result = compute(reading, park.viewer("duty"), BY_ENTERPRISE, {})
        assert (result.value(measure="closed_rate"), result.value(measure="answer_mean")) == (20.0, pytest.approx(2.0))
        worst = compute(reading, park.viewer("duty"), BY_SOURCE, {})
        assert (worst.groups[0].label, worst.value(worst.groups[0].key)) == ("测点 A", 4)


@pytest.mark.parametrize("form", ["bar", "table"])
def test_every_form_is_drawn(form: str, park: Park) -> None:
    with read_session() as reading:
        for one in STATISTICS:
            assert one.title in str(statistic_page(reading, park.viewer("duty"), ALARM_STATISTICS, {"of": one.key, "form": form}))
