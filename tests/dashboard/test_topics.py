"""Topics: what is chosen in one chart narrows the others, every number opens as many rows, and the address says it all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.blocks.topic_page import topic_page
from dashboard.resource_state import FilterRow, filter_rows, question_of, read_state
from dashboard.topic import Chart, Topic
from dashboard.topic_charts import MOST_BARS, Crossing, drawn, kept
from data.calendar import park_day
from data.db import read_session, session
from data.errors import Forbidden
from data.models import Division, Enterprise, HiddenDanger, InspectionTask, RiskMeasure
from data.query import answer, count
from data.statistics import Ratio, Result, compute
from data.statistics.crossing import cell, chips, crossed, is_chosen, read, toggled, without
from data.viewer import Viewer, system_viewer
from pages.topics import DANGER, ENTERPRISE, INSPECTION, RISK

TOPICS = (ENTERPRISE, DANGER, RISK, INSPECTION)
SEES_ALL = replace(system_viewer("tests"), permissions=frozenset({"*"}))
NOW = datetime(2026, 6, 15, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def world(app: Any) -> Any:
    """Dangers and inspections of the demo park at random: of every place, source, kind and state, some deleted."""
    chance = Random(21)
    with session() as current:
        for firm in current.scalars(select(Enterprise.id)).all():
            for _ in range(chance.randrange(5)):
                found = park_day(NOW) - timedelta(days=chance.randrange(700))
                given = {"level": chance.choice(["general", "general", "major"]), "kind": chance.choice(["fire", "safety", "process"]), "source": chance.choice(["self", "expert", "patrol", "town"])}
                closed = chance.choice([None, found + timedelta(days=5)])
                state = chance.choice(["rectify", "rectify", "draft"])
                current.add(HiddenDanger(enterprise_id=firm, name="随机隐患", found_on=found, closed_on=closed, state=state, deleted_at=chance.choice([None] * 7 + [NOW]), **given))
        measures = current.execute(select(RiskMeasure.enterprise_id, RiskMeasure.object_id, RiskMeasure.unit_id, RiskMeasure.id.label("measure_id")).order_by(RiskMeasure.id)).all()
        for number, measure in enumerate(chance.sample(measures, 250)):
            begins = NOW - timedelta(days=number % 200)
            current.add(InspectionTask(**measure._asdict(), begins_at=begins, due_at=begins + timedelta(days=1), state=chance.choice(["done", "done", "missed", "open"])))
    return app


@pytest.fixture
def reading(world: Any) -> Iterator[Session]:
    with read_session() as opened:
        yield opened


def viewers(reading: Session) -> list[Viewer]:
    """All, and the town that has the most enterprises."""
    firms = reading.scalars(select(Enterprise.division_id)).all()
    town = reading.get_one(Division, max(set(firms), key=firms.count))
    return [SEES_ALL, replace(SEES_ALL, scope="divisions", division_id=town.id)]


def rows_behind(reading: Session, viewer: Viewer, topic: Topic, filters: list[FilterRow], href: str) -> int:
    """As many as the list itself finds at that address; none where there is no address."""
    if not href:
        return 0
    assert urlsplit(href).path == topic.resource.path
    asked = question_of(topic.resource, filters, read_state(topic.resource, filters, dict(parse_qsl(urlsplit(href).query))))
    return count(reading, answer(topic.resource.model, viewer, asked), topic.resource.model, None)


def chosen_at_random(reading: Session, viewer: Viewer, topic: Topic, chance: Random, clicks: int) -> dict[str, str]:
    """What is chosen after some clicks on shapes that are there."""
    choices: dict[str, str] = {}
    for chart in chance.sample(topic.charts, clicks):
        result = crossed(reading, viewer, topic.statistic, choices, chart.by)
        used = [group.key for group in result.groups if result.value(group.key)]
        if used:
            group = chance.choice(used)
            parts = [one.key for one in topic.statistic.parts if result.value(group, measure=one.key)]
            choices = toggled(topic.statistic, choices, cell(result, group, chance.choice(["", *parts])))
    return choices


@pytest.mark.parametrize("topic", TOPICS, ids=lambda one: one.statistic.key)
def test_every_number_of_charts_that_follow_each_other_opens_as_many_rows(topic: Topic, reading: Session) -> None:
    chance, seen = Random(5), 0
    for viewer, rounds in zip(viewers(reading), ((0, 1, 2), (2,)), strict=True):
        filters = filter_rows(reading, viewer, topic.resource)
        for clicks in rounds:
            choices = chosen_at_random(reading, viewer, topic, chance, clicks)
            assert read(reading, topic.statistic, choices) == choices, "the address says what was clicked"
            for chart in topic.charts:
                result = crossed(reading, viewer, topic.statistic, choices, chart.by)
                shown = [one.key for one in result.groups if result.value(one.key)]
                for group in ("", *chance.sample(shown, min(1, len(shown)))):
                    for measure in (one.key for one in topic.statistic.measures if not isinstance(one, Ratio)):
                        told = result.value(group, measure=measure)
                        assert rows_behind(reading, viewer, topic, filters, result.address(group, measure=measure)) == told, (choices, chart.by, group, measure)
                        seen += bool(told)
    assert seen > 50, "numbers that are not nothing"


@pytest.mark.parametrize("topic", TOPICS, ids=lambda one: one.statistic.key)
def test_a_click_narrows_all_other_charts_and_not_its_own(topic: Topic, reading: Session) -> None:
    own, other = topic.charts[1], topic.charts[0]
    before = {one.by: crossed(reading, SEES_ALL, topic.statistic, {}, one.by) for one in topic.charts}
    group = next(one.key for one in before[own.by].groups if one.key != "none" and 0 < before[own.by].value(one.key) < before[own.by].value())
    choices = toggled(topic.statistic, {}, cell(before[own.by], group))
    after = crossed(reading, SEES_ALL, topic.statistic, choices, own.by)
    assert after.values == before[own.by].values
    assert crossed(reading, SEES_ALL, topic.statistic, choices, other.by).value() == before[own.by].value(group)
    assert compute(reading, SEES_ALL, topic.statistic, choices).value() == before[own.by].value(group), "and so does the list"
    assert toggled(topic.statistic, choices, cell(after, group)) == {}, "a second click takes it back"


def test_a_part_of_a_bar_chooses_its_group_and_its_state(reading: Session) -> None:
    result = crossed(reading, SEES_ALL, DANGER.statistic, {}, "kind")
    choices = toggled(DANGER.statistic, {}, cell(result, "fire", "open"))
    assert choices == {"kind": "fire", "closed_on": "none"}
    by_kind = {"kind": crossed(reading, SEES_ALL, DANGER.statistic, choices, "kind")}
    assert [(one.label, one.word) for one in chips(reading, DANGER.statistic, choices, by_kind)] == [("隐患类型", "消防"), ("情况", "未销号")]
    assert toggled(DANGER.statistic, choices, cell(result, "fire")) == {"closed_on": "none"}, "the bar takes its group back, the state stays"
    assert toggled(DANGER.statistic, choices, cell(result, "safety", "open")) == {"kind": "safety", "closed_on": "none"}


def words(component: Any) -> str:
    return json.dumps(component.to_plotly_json(), default=lambda part: part.to_plotly_json(), ensure_ascii=False)


def test_the_page_says_what_is_chosen_and_each_chip_takes_one_away(reading: Session) -> None:
    shown = words(topic_page(reading, SEES_ALL, DANGER, {"level": "major", "found_on_from": "2026-03-01", "found_on_to": "2026-03-31"}))
    assert "2026-03" in shown and "重大" in shown and "已选" in shown
    assert '"/decision/topics/dangers?level=major"' in shown and '"/decision/topics/dangers?found_on_from=2026-03-01&found_on_to=2026-03-31"' in shown
    assert '"清空"' in shown and '"/decision/topics/dangers"' in shown


@pytest.mark.parametrize(
    "query",
    [
        {"password_hash": "x", "level": "<script>", "enterprise.division_id": "1 or 1=1", "found_on_from": "gestern", "enterprise_id": "1"},
        {"found_on_from": "2026-05-01", "found_on_to": "2026-04-01"},
        {"enterprise.unit_type_id": "99999999999999999999", "level": "major\0", "kind": "any-fire,'", "enterprise.division_id": "only-x"},
    ],
)
def test_what_is_made_up_in_an_address_chooses_nothing(query: dict[str, str], reading: Session) -> None:
    assert read(reading, DANGER.statistic, query) == {}
    assert "点击图中的柱" in words(topic_page(reading, SEES_ALL, DANGER, query))


def test_a_record_out_of_sight_is_not_named(reading: Session) -> None:
    everybody, town = viewers(reading)
    other = next(one for one in crossed(reading, everybody, DANGER.statistic, {}, "enterprise.division_id").groups if one.key not in (str(town.division_id), "none"))
    shown = words(topic_page(reading, town, DANGER, {"enterprise.division_id": other.key}))
    assert "没有记录的一项" in shown and other.label not in shown and "没有符合条件的记录" in shown


def test_a_chosen_bar_is_shown_however_small_and_the_others_are_pale(reading: Session) -> None:
    chart = Chart("enterprise_id", "按企业")
    result = crossed(reading, SEES_ALL, RISK.statistic, {}, chart.by)
    last = [one for one in result.groups if result.value(one.key)][-1]
    one = Crossing(RISK.path, chart, result, cell(result, last.key))
    shown, rest = kept(one)
    assert last in shown and len(shown) == MOST_BARS and len(shown) + len(rest) == len([each for each in result.groups if result.value(each.key)])
    figure = drawn(one)
    assert [strength == 1 for strength in figure.data[0].marker.opacity] == [group is last for group in shown]
    assert all(urlsplit(href).path == RISK.path for trace in figure.data[:-1] for href in trace.customdata if href)


def test_the_workbook_has_the_numbers_of_every_chart(person: Any, world: Any) -> None:
    client = person("officer")
    with client.get("/topics/topic-danger.xlsx?level=major&nothing=1") as answered:
        book = CalamineWorkbook.from_filelike(BytesIO(answered.data))
    assert book.sheet_names == [*(one.title for one in DANGER.charts), "说明"]
    notes = dict(row[:2] for row in book.get_sheet_by_name("说明").to_python())
    assert notes["条件"] == "隐患级别 重大"
    with read_session() as reading:
        expected: Result = crossed(reading, SEES_ALL, DANGER.statistic, {"level": "major"}, "kind")
    table = book.get_sheet_by_name("按隐患类型").to_python()
    assert [row[1] for row in table[1:]] == [*(expected.value(one.key) for one in expected.groups), expected.value()]
    assert client.get("/topics/nothing.xlsx").status_code == 404


def test_who_may_not_see_the_rows_gets_no_workbook(person: Any, world: Any) -> None:
    client = person("admin")
    assert client.get("/topics/topic-risk.xlsx").status_code == 200
    client.post("/logout")
    assert client.get("/topics/topic-risk.xlsx").status_code == 302
    with read_session() as reading, pytest.raises(Forbidden):
        crossed(reading, replace(SEES_ALL, permissions=frozenset({"enterprise.view"})), RISK.statistic, {}, "accident")


def test_a_declaration_that_does_not_fit_is_an_error_at_the_start() -> None:
    with pytest.raises(ValueError, match="'phone' is no dimension"):
        replace(DANGER, charts=(Chart("phone", "按电话"),))
    with pytest.raises(ValueError, match="does not have the rows"):
        replace(DANGER, resource=RISK.resource, columns=())
    assert without(DANGER.statistic, {"found_on_from": "2026-01-01", "kind": "fire"}, "found_on") == {"kind": "fire"}
    assert not is_chosen({"kind": "fire"}, {})
