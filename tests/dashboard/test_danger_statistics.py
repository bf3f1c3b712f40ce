"""Statistics of hidden dangers: a number opens as many rows of the list as it says."""

from __future__ import annotations

from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy.orm import Session

from dashboard.blocks.statistic_page import statistic_page
from dashboard.resource_state import filter_rows, question_of, read_state
from dashboard.shell import route
from dashboard.site import Site
from dashboard.statistic_charts import ring_slices
from data.danger_lists import spread
from data.db import read_session, session
from data.models import Enterprise, HiddenDanger
from data.query import answer, count, visible
from data.rules.deadlines import remaining
from data.settings import Settings
from data.statistics import Ratio, Statistic, compute
from data.statistics.danger_home import STATISTICS as HOME
from data.statistics.dangers import RATE_BY_INDUSTRY, STATISTICS
from data.viewer import Viewer
from pages import pages
from pages.danger_home import layout
from pages.danger_overview import DANGER_STATISTICS
from pages.danger_reporting.reports import REPORTS
from pages.dangers.ledger import LEDGER
from pages.dangers.unrectified import UNRECTIFIED
from tests.dashboard.test_statistics import links, numbers, parts_of, words
from tests.data.test_statistics import LAST_MONTH, SEEN_BY_ALL, TODAY, make_dangers, make_reports, viewers
from tests.spread import World, make_world


@pytest.fixture(scope="module")
def world(database: Any) -> World:
    with session() as current:
        made = make_world(current, Random(5))
        make_dangers(current, Random(6))
        make_reports(current, Random(7))
        return made


LISTS = {one.path: one for one in (LEDGER, REPORTS, UNRECTIFIED)}
SOME = {"/dangers/all": {"source": "self", "found_on_from": "2025-03-10"}, "/dangers/unrectified": {"kind": "fire"}, "/dangers/reports": {"period": LAST_MONTH, "cycle": "month"}}


def rows_behind(reading: Session, viewer: Viewer, href: str) -> int:
    """As many as the list itself finds at that address."""
    resource = LISTS[urlsplit(href).path]
    filters = filter_rows(reading, viewer, resource)
    asked = question_of(resource, filters, read_state(resource, filters, dict(parse_qsl(urlsplit(href).query))))
    return count(reading, answer(resource.model, viewer, asked), resource.model, None)


@pytest.mark.parametrize("statistic", [*STATISTICS, *HOME], ids=lambda one: one.key)
def test_the_list_shows_as_many_rows_as_the_number_says(statistic: Statistic, world: World) -> None:
    with read_session() as reading:
        wrong = []
        for given in ({}, SOME[statistic.records]):
            result = compute(reading, SEEN_BY_ALL, statistic, given)
            assert result.value(), "there is something to count"
            for cell in result.cells():
                measure, href = result.measure(cell.measure), result.address(*cell)
                number = result.value(cell.group, cell.series, measure.whole if isinstance(measure, Ratio) else measure.key)
                wrong += [(href, number)] if href and rows_behind(reading, SEEN_BY_ALL, href) != number else []
        assert wrong == []


@pytest.mark.parametrize("form", ["bar", "pie", "table"])
def test_every_form_is_drawn(form: str, world: World) -> None:
    with read_session() as reading:
        for one in STATISTICS:
            assert one.title in str(statistic_page(reading, SEEN_BY_ALL, DANGER_STATISTICS, {"of": one.key, "form": form}))


def test_the_pie_of_a_rate_shows_who_reported_and_who_did_not(world: World) -> None:
    with read_session() as reading:
        result = compute(reading, SEEN_BY_ALL, RATE_BY_INDUSTRY)
    slices = ring_slices(result)
    assert [one.label for one in slices] == ["已上报", "未上报"]
    assert [one.value for one in slices] == [result.value(measure="done"), result.value(measure="missed")]
    assert sum(one.share for one in slices) == pytest.approx(100)


def test_every_number_of_the_home_opens_as_many_rows(world: World) -> None:
    everything, town, department, *_ = viewers(world)
    place = {"division_id": str(world.towns[2].id)}
    shown = [(viewer, layout(viewer, **query)) for viewer, query in ((everything, {}), (everything, place), (town, {}), (department, {}))]
    with read_session() as reading:
        wrong, bars = [], 0
        for viewer, page in shown:
            found = [link for path in LISTS for link in links(page, path)]
            assert len(found) > 10
            wrong += [(text, href) for text, href in found if rows_behind(reading, viewer, href) not in numbers(text)]
            for trace in next(one.figure for one in parts_of(page) if one._type == "Graph").data:
                drawn = [(value, href) for value, href in zip(trace.y, trace.customdata, strict=True) if value]
                bars += len(drawn)
                wrong += [pair for pair in drawn if rows_behind(reading, viewer, pair[1]) != pair[0]]
        assert bars > 40
        assert wrong == []


def test_an_enterprise_on_the_map_has_the_colour_of_its_worst_open_danger(world: World) -> None:
    with read_session() as reading:
        for viewer in viewers(world)[:3]:
            found = {one.id: one.keys for one in spread(reading, viewer, {}, TODAY)}
            assert set(found) == {one.id for one in reading.scalars(visible(Enterprise, viewer)).unique()}
            dangers = [one for one in reading.scalars(visible(HiddenDanger, viewer)).unique() if one.closed_on is None and one.state != "draft"]
            told = {firm: worst([one for one in dangers if one.enterprise_id == firm]) for firm in found}
            assert found == told
    assert {keys[0] for keys in found.values()} == {"over", "near", "open", "none"}


def worst(dangers: list[HiddenDanger]) -> tuple[str, str]:
    """The keys of an enterprise that has these open."""
    states = [remaining(one.deadline_on, TODAY) for one in dangers]
    codes = {one.code if one else "far" for one in states}
    state = next((code for code in ("over", "near") if code in codes), "open" if dangers else "none")
    return state, "major" if any(one.level == "major" for one in dangers) else "general" if dangers else "none"


def test_the_home_of_somebody_who_sees_nothing_says_so(world: World) -> None:
    nobody = viewers(world)[-1]
    assert "没有隐患可统计" in words(layout(nobody))
    assert links(layout(nobody), "/dangers/unrectified") == []


def test_the_home_stands_first_in_its_menu_and_is_no_page_of_an_enterprise(world: World) -> None:
    officer = world.park.viewer("officer")
    module = next(one for one in Site(pages()).menu(officer) if one.name == "双重预防")
    group = next(one for one in module.groups if one.name == "隐患排查治理")
    assert group.pages[0].path == module.href == "/dangers"
    refused = route(Site(pages()), Settings(), world.park.viewer("enterprise"), "/dangers", "").content
    assert "这是管理端的页面，企业端不能打开。" in words(refused)
