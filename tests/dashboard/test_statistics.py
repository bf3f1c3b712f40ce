"""Pages of statistics: every number that is shown opens as many rows, and the address says everything else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from dash.development.base_component import Component
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

import auth
from auth.passwords import hash_password
from dashboard.app import create_dash
from dashboard.blocks.figures import Line, ranking, ring, share_bar
from dashboard.blocks.statistic_page import statistic_page
from dashboard.picks import field_target
from dashboard.resource import ResourceLayout
from dashboard.resource_state import filter_rows, question_of, read_state
from dashboard.shell import route
from dashboard.site import Site
from dashboard.statistic import StatisticLayout, StatisticPage
from dashboard.statistic_charts import bars, parts, ring_slices
from dashboard.statistic_charts import ring as ring_figure
from data.columns import referred
from data.db import read_session, session
from data.models import AuditEntry, Division, Enterprise, User
from data.query import answer, count
from data.save import create, update
from data.settings import Settings
from data.statistics import Count, Ratio, Statistic, Tree, Words, compute
from data.statistics.enterprises import BY_DEPARTMENT, BY_SCALE, STATISTICS
from data.statistics.parameters import is_tree_column
from data.statistics.registry import ALL
from data.statistics.workbook import workbook
from data.viewer import Viewer
from pages import pages
from pages.enterprise_home import layout as home
from pages.enterprise_statistics import ENTERPRISE_STATISTICS
from pages.enterprises import ENTERPRISES
from tests.park import MAKER
from tests.spread import World, make_world

PASSWORD = "Correct-horse-7"
RATED = Statistic(
    key="rated",
    title="停产率",
    model=Enterprise,
    dimensions=(Tree("division_id", level="town"), Tree("unit_type_id", depth=1)),
    measures=(
        Count(label="企业数", unit="家"),
        Count("running", "正常", "家", where={"state": "running"}, tone="ok", is_part=True),
        Count("stopped", "停产", "家", where={"state": "stopped"}, tone="danger", is_part=True),
        Ratio("rate", "停产率", "stopped", "count", limit=1, good="low"),
    ),
    filters=("division_id", "scale", "state", "employee_count", "created_at"),
    definition="停产率 = 停产 ÷ 企业数。",
    records="/enterprises",
    permission="enterprise.view",
)
RATED_PAGE = StatisticPage("/rated", "停产", (RATED, BY_SCALE), "enterprise.view", picks="enterprise")


@pytest.fixture(scope="module")
def world(database: Any) -> World:
    with session() as current:
        made = make_world(current, Random(11))
        update(current, current.get_one(Enterprise, made.park.first.id), MAKER, {"contact": "王建国"})
        duty = current.query(User).filter_by(username="user-duty").one()
        duty.password_hash = hash_password(PASSWORD)
        return made


@pytest.fixture
def reading(world: World) -> Iterator[Session]:
    with read_session() as opened:
        yield opened


@pytest.fixture
def officer(world: World) -> Viewer:
    return world.park.viewer("officer")


@pytest.fixture(scope="module")
def client(world: World) -> FlaskClient:
    server = Flask("park", static_folder=None)
    settings = Settings(demo=True)
    auth.init_app(server, settings)
    create_dash(server, Site(pages()), settings)
    return server.test_client()


def parts_of(component: Any) -> Iterator[Component]:
    """The component and everything in it."""
    if isinstance(component, Component):
        yield component
        yield from parts_of(getattr(component, "children", None))
    elif isinstance(component, (list, tuple)):
        for one in component:
            yield from parts_of(one)


def words(component: Any) -> str:
    """What a person reads."""
    if isinstance(component, Component):
        return words(getattr(component, "children", None))
    return "".join(words(one) for one in component) if isinstance(component, (list, tuple)) else "" if component is None else str(component)


def links(component: Any, path: str = "/enterprises") -> list[tuple[str, str]]:
    """(words, address) of the links to the list at ``path``, without those that open one record."""
    found = [(words(one), one.href) for one in parts_of(component) if getattr(one, "href", None)]
    return [(text, href) for text, href in found if urlsplit(href).path == path and "open=" not in href]


def rows_behind(reading: Session, viewer: Viewer, href: str) -> int:
    """As many as the list itself finds at that address."""
    filters = filter_rows(reading, viewer, ENTERPRISES)
    asked = question_of(ENTERPRISES, filters, read_state(ENTERPRISES, filters, dict(parse_qsl(urlsplit(href).query))))
    return count(reading, answer(Enterprise, viewer, asked), Enterprise, None)


def numbers(text: str) -> set[int]:
    """Every whole number in the words, thousands joined."""
    return {int(part) for part in "".join(letter if letter.isdecimal() else " " for letter in text.replace(",", "")).split()}


def wrong(reading: Session, viewer: Viewer, shown: Component) -> list[tuple[str, str, int]]:
    """Links whose words do not hold the number of rows behind them; a bare rate is not a number of rows."""
    counts = [(text, href) for text, href in links(shown) if "占" in text or not text.endswith(" %")]
    found = [(text, href, rows_behind(reading, viewer, href)) for text, href in counts]
    return [one for one in found if one[2] not in numbers(one[0])]


def queries(world: World) -> list[dict[str, str]]:
    return [{}, {"division_id": str(world.county.id)}, {"division_id": str(world.towns[0].id), "scale": "small"}, {"state": "stopped", "grade": "A"}]


@pytest.mark.parametrize("form", ["bar", "pie", "table"])
@pytest.mark.parametrize("statistic", STATISTICS, ids=lambda one: one.key)
def test_every_number_of_a_page_opens_as_many_rows(statistic: Statistic, form: str, world: World, reading: Session, officer: Viewer) -> None:
    viewers = [officer, replace(officer, scope="divisions", division_id=world.towns[1].id)]
    shown = [(viewer, statistic_page(reading, viewer, ENTERPRISE_STATISTICS, {"of": statistic.key, "form": form, **query})) for viewer in viewers for query in queries(world)]
    assert all(links(page) for _, page in shown[:1]), "there are numbers to click"
    assert [fault for viewer, page in shown for fault in wrong(reading, viewer, page)] == []


@pytest.mark.parametrize("statistic", [*STATISTICS, RATED], ids=lambda one: one.key)
def test_every_bar_and_slice_opens_as_many_rows(statistic: Statistic, world: World, reading: Session, officer: Viewer) -> None:
    result = compute(reading, officer, statistic)
    drawn = [(value, href) for trace in bars(result, rest_href="/rest").data[:-1] for value, href in zip(trace.y, trace.customdata, strict=True)]
    drawn += list(zip(ring_figure(result).data[0].values, ring_figure(result).data[0].customdata, strict=True))
    opened = [(value, rows_behind(reading, officer, href)) for value, href in drawn if href.startswith("/enterprises")]
    assert opened, "there are shapes to click"
    assert [pair for pair in opened if pair[0] != pair[1]] == []
    assert [href for value, href in drawn if not value and href not in ("", "/rest")] == [], "nothing opens nothing"


def test_a_ring_has_at_most_seven_parts_and_the_rest(reading: Session, officer: Viewer) -> None:
    by_place = replace(BY_SCALE, dimensions=(Tree("division_id"),), series=None)
    result = compute(reading, officer, by_place)
    slices = ring_slices(result, rest_href="/table")
    assert len(result.groups) > 8
    assert len(slices) == 8
    assert slices[-1].label == f"其他 {len(result.groups) - 7} 项"
    assert slices[-1].href == "/table", "what was put together is told apart in the table"
    assert sum(one.value for one in slices) == result.value()


def test_bars_have_at_most_five_parts_and_the_rest(reading: Session, officer: Viewer) -> None:
    result = compute(reading, officer, replace(BY_SCALE, dimensions=(Words("scale"),), series=Tree("division_id")))
    made = parts(result)
    assert len(made) == 6
    assert made[-1].label == f"其他 {len(result.series) - 5} 项"
    assert sum(result.value(series=one) for part in made for one in part.series) == result.value()


def test_a_ranking_begins_with_the_worst_and_names_the_limit(reading: Session, officer: Viewer) -> None:
    shown = statistic_page(reading, officer, RATED_PAGE, {})
    ranked = next(one for one in parts_of(shown) if "statistic-ranking" in str(getattr(one, "className", "")))
    rates = [float(words(one).removesuffix(" %")) for one in parts_of(ranked) if one._type == "B"]
    assert rates == sorted(rates, reverse=True), "of what should be low, the highest stands first"
    assert "由高到低" in words(ranked)
    assert "高于考核目标 1 %" in words(ranked)


def test_the_total_of_a_table_is_a_link_and_a_ratio_of_nothing_a_dash(reading: Session, officer: Viewer) -> None:
    shown = statistic_page(reading, officer, RATED_PAGE, {"form": "table", "scale": "small", "state": "running"})
    foot = next(one for one in parts_of(shown) if one._type == "Tfoot")
    cells = [words(one) for one in parts_of(foot) if one._type == "Td"]
    assert cells[1] == "合计"
    assert cells[4:] == ["0", "0.0 %"]
    assert next(href for _, href in links(foot)) == "/enterprises?scale=small&state=running"
    empty = statistic_page(reading, officer, RATED_PAGE, {"created_at_from": "2030-01-01"})
    assert "没有符合条件的记录" in words(empty)
    assert "—" in words(empty), "the card of the rate"


@pytest.mark.parametrize(
    "query",
    [
        {"of": "nothing", "form": "donut", "by": "password_hash", "scale": "<script>", "division_id": "1 or 1=1"},
        {"division_id": "999999999", "created_at_from": "gestern", "employee_count_to": "inf", "grade": "none"},
        {"of": "enterprise-department"},
    ],
)
def test_what_is_made_up_in_an_address_is_dropped(query: dict[str, str], reading: Session, officer: Viewer) -> None:
    shown = statistic_page(reading, officer, RATED_PAGE, query)
    assert links(shown)[0][1] == "/enterprises", "no condition is left"


def test_another_dimension_has_an_address_of_its_own(reading: Session, officer: Viewer) -> None:
    shown = statistic_page(reading, officer, RATED_PAGE, {"by": "unit_type_id", "form": "table", "scale": "small"})
    assert "企业类型" in words(next(one for one in parts_of(shown) if one._type == "Thead"))
    choices = [one.value for one in parts_of(shown) if one._type == "Option" and words(one).startswith("按")]
    assert choices == ["/rated?of=rated&form=table&scale=small", "/rated?of=rated&form=table&by=unit_type_id&scale=small"]


def test_who_sees_nothing_is_told_so(world: World, reading: Session, officer: Viewer) -> None:
    nobody = replace(officer, scope="divisions", division_id=None)
    assert "还没有企业可统计" in words(statistic_page(reading, nobody, ENTERPRISE_STATISTICS, {}))
    without = replace(officer, permissions=frozenset())
    assert "没有您可以查看的统计" in words(statistic_page(reading, without, ENTERPRISE_STATISTICS, {}))


def test_without_the_right_the_page_is_refused(world: World) -> None:
    person = world.park.viewer("enterprise")
    site = Site(pages())
    for path in ("/enterprises/statistics", "/enterprises/home"):
        assert "这是管理端的页面，企业端不能打开。" in words(route(site, Settings(), person, path, "").content)


def test_the_menu_marks_the_page_itself_and_not_the_one_above_it(world: World, officer: Viewer) -> None:
    side = route(Site(pages()), Settings(), officer, "/enterprises/statistics", "").side
    assert [words(one) for one in parts_of(side) if getattr(one, "className", "") == "on"] == ["企业信息统计"]


def test_the_list_understands_every_condition_of_the_statistics_that_lead_to_it() -> None:
    lists = {page.path: {one.name for one in page.layout.resource.filters} for page in pages() if isinstance(page.layout, ResourceLayout)}
    shown = {one.key: one for page in pages() if isinstance(page.layout, StatisticLayout) for one in page.layout.declared.statistics}
    missing = {one.key: one.columns() - lists[one.records] for one in {**ALL, **shown}.values() if one.records}
    assert {key: names for key, names in missing.items() if names} == {}


def test_places_and_types_are_chosen_where_a_list_offers_them(world: World, reading: Session, officer: Viewer) -> None:
    lists = {one.key: one for page in pages() if isinstance(page.layout, ResourceLayout) for one in page.layout.resources}
    shown = [page.layout.declared for page in pages() if isinstance(page.layout, StatisticLayout)]
    trees = {(one.picks, name, statistic.model) for one in shown for statistic in one.statistics for name in statistic.filters if is_tree_column(statistic.model, name)}
    assert len(trees) > 5
    assert [(key, name) for key, name, model in trees if field_target(lists[key], name) is not referred(model, name)] == []
    drawn = statistic_page(reading, officer, ENTERPRISE_STATISTICS, {"division_id": str(world.villages[0].id)})
    controls = [json.loads(getattr(one, "data-control")) for one in parts_of(drawn) if getattr(one, "data-control", None)]
    place = next(one for one in controls if one["name"] == "division_id")
    assert place["url"] == "/pick/enterprise/division_id"
    assert place["shown"][0]["word"] == "0 号村"
    assert [one for one in parts_of(drawn) if one._type == "Select"] == []


def test_the_workbook_holds_numbers_and_says_what_they_mean(reading: Session, officer: Viewer) -> None:
    result = compute(reading, officer, RATED, {"scale": "small"})
    book = CalamineWorkbook.from_filelike(BytesIO(workbook(result, officer, "企业规模 小型")))
    table, notes = (book.get_sheet_by_name(name).to_python() for name in ("统计", "说明"))
    assert table[0] == ["属地", "企业数（家）", "正常（家）", "停产（家）", "停产率（%）"]
    assert [row[1] for row in table[1:-1]] == [result.value(group.key) for group in result.groups]
    assert table[-1][:2] == ["合计", result.value()]
    assert table[-1][4] == pytest.approx(result.value(measure="rate"))
    told = dict(row[:2] for row in notes)
    assert told["口径"] == "停产率 = 停产 ÷ 企业数。"
    assert told["条件"] == "企业规模 小型"


def test_a_name_that_looks_like_a_formula_stays_a_name(world: World) -> None:
    with session() as current:
        place = create(current, Division, MAKER, {"code": "999999999", "name": "=1+1", "level": "town"})
        firm = current.get_one(Enterprise, world.park.second.id)
        before, firm.division_id = firm.division_id, place.id
        current.flush()
        result = compute(current, MAKER, BY_SCALE)
        firm.division_id = before
    book = CalamineWorkbook.from_filelike(BytesIO(workbook(result, MAKER, "")))
    assert "=1+1" in [row[0] for row in book.get_sheet_by_name("统计").to_python()]


def test_the_export_asks_who_is_there(client: FlaskClient, world: World) -> None:
    client.post("/logout")
    assert client.get("/statistics/enterprise-scale.xlsx").status_code == 302, "to the sign-in"
    client.post("/login", data={"username": "user-duty", "password": PASSWORD})
    found = client.get("/statistics/enterprise-scale.xlsx?scale=small&division_id=evil")
    assert found.status_code == 200
    assert found.mimetype.endswith("spreadsheetml.sheet")
    assert found.headers["Content-Disposition"].isascii(), "a server cannot send another header"
    told = dict(row[:2] for row in CalamineWorkbook.from_filelike(BytesIO(found.data)).get_sheet_by_name("说明").to_python())
    assert told["条件"] == "企业规模 小型", "the made-up place is dropped"
    with read_session() as reading:
        noted = reading.query(AuditEntry).filter_by(verb="export", record_name="属地企业规模").one()
    assert (noted.username, noted.table_name) == ("user-duty", "enterprise")
    assert noted.changes["条件"] == [None, "企业规模 小型"]
    assert client.get("/statistics/nothing.xlsx").status_code == 404
    client.post("/logout")


def test_the_export_is_refused_without_the_right(client: FlaskClient, world: World) -> None:
    with session() as current:
        person = current.query(User).filter_by(username="user-enterprise").one()
        person.password_hash = hash_password(PASSWORD)
    client.post("/enterprise/login", data={"username": "user-enterprise", "password": PASSWORD})
    found = client.get("/statistics/enterprise-scale.xlsx")
    client.post("/logout")
    assert found.status_code == 403
    assert "没有“查看企业档案”权限" in found.get_data(as_text=True)


def test_every_number_of_the_home_opens_as_many_rows(world: World, reading: Session, officer: Viewer) -> None:
    shown = [home(officer), home(officer, division_id=str(world.towns[2].id)), home(replace(officer, scope="departments", department_id=world.office.id))]
    viewers = [officer, officer, replace(officer, scope="departments", department_id=world.office.id)]
    assert all(len(links(page)) > 10 for page in shown)
    assert [fault for viewer, page in zip(viewers, shown, strict=True) for fault in wrong(reading, viewer, page)] == []


def test_the_home_tells_what_changed_within_the_scope_only(world: World, officer: Viewer) -> None:
    assert "修改朝阳一号化工有限公司" in words(home(officer))
    elsewhere = replace(officer, scope="divisions", division_id=world.towns[0].id)
    assert "朝阳一号化工有限公司" not in words(home(elsewhere))


def test_the_map_of_the_home_holds_the_enterprises_of_the_scope(world: World, reading: Session, officer: Viewer) -> None:
    place = {"division_id": str(world.towns[2].id)}
    definition = next(one.data for one in parts_of(home(officer, **place)) if getattr(one, "id", "") == "enterprise-map-definition")
    assert len(definition["spots"]) == rows_behind(reading, officer, f"/enterprises?division_id={world.towns[2].id}")
    for place_of, mode in enumerate(definition["modes"]):
        known = {group["key"] for group in mode["groups"]}
        assert {spot[4 + place_of] for spot in definition["spots"]} == known, "every dot has a colour"


def test_the_home_of_somebody_who_sees_nothing_says_so(officer: Viewer, world: World) -> None:
    assert "还没有企业可统计" in words(home(replace(officer, scope="divisions", division_id=None)))


def test_small_figures_are_links_where_there_are_rows() -> None:
    lines = [Line("大型", 1200, "/x", 75.0, "--b1"), Line("小型", 400, "", 25.0, "--b2"), Line("微型", None)]
    for shown in (ring(lines, "1,600", "家"), share_bar(lines), ranking(lines)):
        assert "1,200" in words(shown)
        assert "—" in words(shown)
        assert [one.href for one in parts_of(shown) if getattr(one, "href", None)] == ["/x"]


@pytest.mark.parametrize("wrong_statistics", [(), (BY_SCALE, BY_DEPARTMENT, BY_SCALE)])
def test_a_page_without_a_statistic_or_with_one_twice_is_an_error_at_the_start(wrong_statistics: tuple[Statistic, ...]) -> None:
    with pytest.raises(ValueError, match="at least one statistic, each of them once"):
        StatisticPage("/x", "x", wrong_statistics, "")
