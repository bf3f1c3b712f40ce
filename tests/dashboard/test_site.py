"""Pages are data: how they are found, and who sees which of them."""

from __future__ import annotations

from typing import Any

import pytest
from dash import html
from dash.development.base_component import Component

from dashboard.site import MODULES, Page, Site, address
from data.viewer import Viewer


def blank(viewer: Viewer) -> Component:
    return html.Div()


def tank(viewer: Viewer, code: str, tab: str = "") -> Component:
    return html.Div(f"{code} {tab}")


def page(path: str, title: str = "页", permission: str = "", **given: Any) -> Page:
    return Page(path, title, given.pop("layout", blank), permission, **{"module": "监测预警", **given})


SITE = Site(
    [
        page("/", "首页", module="首页", group="工作台"),
        page("/tanks", "储罐监测", "tank.view", shell="room", group="实时监测", icon="droplet"),
        page("/tanks/<code>", "储罐详情", "tank.view", shell="room", layout=tank),
        page("/tanks/print", "打印", "tank.view", in_menu=False),
        page("/users", "用户管理", "user.view", module="系统管理"),
    ]
)


def viewer(*permissions: str) -> Viewer:
    return Viewer(1, "somebody", "某人", permissions=frozenset(permissions))


def test_a_path_finds_its_page_with_or_without_a_last_slash() -> None:
    assert [SITE.page_for(path)[0].title for path in ("/", "/tanks", "/tanks/")] == ["首页", "储罐监测", "储罐监测"]


def test_a_parameter_of_the_path_is_decoded() -> None:
    found = SITE.page_for("/tanks/V-101%20%E7%94%B2")
    assert found is not None, "the page with the parameter answers"
    assert found[1] == {"code": "V-101 甲"}, "the layout gets what a person would read"


def test_a_fixed_path_wins_over_one_with_parameters() -> None:
    assert SITE.page_for("/tanks/print")[0].title == "打印"


@pytest.mark.parametrize("path", ["/nope", "/tanks/a/b", "tanks", "/tank"])
def test_an_unknown_path_finds_nothing(path: str) -> None:
    assert SITE.page_for(path) is None, f"{path} is no page"


def test_a_layout_gets_only_parameters_that_it_knows() -> None:
    found, params = SITE.page_for("/tanks/V-101")
    given = found.arguments(params, "?tab=log&viewer=admin&evil=1&code=V-999")
    assert given == {"code": "V-101", "tab": "log"}, "unknown names are dropped, the path wins, nobody names the viewer"


def test_the_menu_shows_a_person_only_what_they_may_open() -> None:
    shown = [
        (module.name, [page.title for group in module.groups for page in group.pages])
        for module in SITE.menu(viewer("tank.view"))
    ]
    assert shown == [("首页", ["首页"]), ("监测预警", ["储罐监测"])]


def test_the_menu_of_a_person_without_rights_is_the_home_page() -> None:
    assert [module.name for module in SITE.menu(viewer())] == ["首页"]


def test_pages_with_parameters_and_hidden_pages_are_in_no_menu() -> None:
    titles = {page.title for page in SITE.open_to(viewer("tank.view", "user.view"))}
    assert titles == {"首页", "储罐监测", "用户管理"}


def test_the_bar_of_the_room_has_the_room_pages_only() -> None:
    assert [page.path for page in SITE.room(viewer("tank.view", "user.view"))] == ["/tanks"]


def test_modules_stand_in_the_order_of_the_design() -> None:
    names = [module.name for module in SITE.menu(viewer("tank.view", "user.view"))]
    assert names == [name for name in MODULES if name in names]


def test_the_theme_is_dark_on_room_pages_only() -> None:
    assert [SITE.theme(path) for path in ("/tanks", "/tanks/V-101", "/", "/users", "/nope")] == [
        "dark",
        "dark",
        "light",
        "light",
        "light",
    ]


def test_the_breadcrumb_leads_from_home_over_the_list_to_the_record() -> None:
    found, _ = SITE.page_for("/tanks/V-101")
    trail = SITE.trail(found, viewer("tank.view"))
    assert trail == [("首页", "/"), ("监测预警", "/tanks"), ("储罐监测", "/tanks"), ("储罐详情", "")]


def test_the_breadcrumb_of_home_is_home() -> None:
    assert SITE.trail(SITE.page_for("/")[0], viewer()) == [("首页", ""), ("工作台", ""), ("首页", "")]


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ([page("tanks")], "begins with a slash"),
        ([page("/tanks/")], "ends without one"),
        ([page("/a"), page("/a")], "two pages"),
        ([page("/a/<x>"), page("/a/<y>")], "two pages"),
        ([page("/a", module="不存在")], "no module"),
        ([page("/a", module="")], "in which module"),
    ],
)
def test_a_mistake_in_a_declaration_is_an_error_at_the_start(wrong: list[Page], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Site(wrong)


def test_an_address_leaves_out_what_is_empty() -> None:
    assert address("/alarms", level=1, view="", q=None) == "/alarms?level=1"
    assert address("/alarms", view=None) == "/alarms"
