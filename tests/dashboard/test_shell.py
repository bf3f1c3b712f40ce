"""The router: what the frame shows at an address, to whom."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dash import html
from dash.development.base_component import Component
from plotly.utils import PlotlyJSONEncoder
from sqlalchemy.exc import OperationalError

from dashboard.shell import View, frame, route
from dashboard.site import Page, Site
from data.errors import NotFound
from data.settings import Settings
from data.viewer import Viewer

SETTINGS = Settings(park_name="测试园区", platform_name="测试平台", demo=True)
SECRET = "只给有权限的人看"


def welcome(viewer: Viewer) -> Component:
    return html.Div(f"你好，{viewer.name}")


def secret(viewer: Viewer) -> Component:
    return html.Div(SECRET)


def broken(viewer: Viewer) -> Component:
    raise RuntimeError("a defect with an internal word")


def away(viewer: Viewer) -> Component:
    raise OperationalError("SELECT", {}, Exception("server closed the connection"))


def record(viewer: Viewer, code: str) -> Component:
    raise NotFound(f"没有找到储罐 {code}。")


SITE = Site(
    [
        Page("/", "首页", welcome, "", module="首页"),
        Page("/secret", "机密", secret, "log.view", module="系统管理", group="日志"),
        Page("/room", "大图", welcome, "", shell="room", module="监测预警", short="图"),
        Page("/broken", "坏页", broken, "", module="系统管理"),
        Page("/away", "数据页", away, "", module="系统管理"),
        Page("/tanks/<code>", "储罐", record, "", module="监测预警", shell="room"),
    ]
)
SOMEBODY = Viewer(1, "user", "李某", permissions=frozenset())
CLERK = Viewer(2, "clerk", "王某", permissions=frozenset({"log.view"}))


def words(part: Any) -> str:
    """Everything that the component would send to a browser, as text."""
    return json.dumps(part, cls=PlotlyJSONEncoder, ensure_ascii=False)


def at(path: str, viewer: Viewer = SOMEBODY) -> View:
    return route(SITE, SETTINGS, viewer, path, "")


def fact(view: View, name: str) -> str:
    return view.content.to_plotly_json()["props"][f"data-{name}"]


def test_a_page_is_shown_to_who_may_open_it() -> None:
    assert SECRET in words(at("/secret", CLERK).content)


def test_a_page_is_not_even_made_for_who_may_not_open_it() -> None:
    shown = words(at("/secret"))
    assert SECRET not in shown, "nothing of the page leaves the server"
    assert "查看日志" in shown, "the missing right is named"
    assert "联系系统管理员" in shown, "and whom to ask"


def test_what_a_person_may_not_open_is_in_none_of_their_menus() -> None:
    assert "/secret" not in words([at("/").modules, at("/").side, at("/").phone])
    assert "/secret" in words(at("/", CLERK).modules)


def test_an_unknown_address_says_so() -> None:
    view = at("/nope")
    assert fact(view, "title") == "页面不存在"
    assert "/nope" in words(view.content)


def test_a_record_that_is_not_there_is_no_fault() -> None:
    assert "没有找到储罐 V-9" in words(at("/tanks/V-9").content)


def test_a_fault_shows_a_number_that_stands_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    shown = words(at("/broken").content)
    number = next(part for part in caplog.text.split() if part.startswith("E-"))
    assert number in shown, "the person can name the fault"
    assert "internal word" not in shown, "but does not see inside"
    assert "internal word" in caplog.text, "the log does"


def test_a_database_that_is_away_is_said_in_words() -> None:
    assert "数据库暂时连不上" in words(at("/away").content)


def test_room_pages_are_dark_and_office_pages_light() -> None:
    assert [(fact(at(path), "theme"), fact(at(path), "shell")) for path in ("/room", "/")] == [
        ("dark", "room"),
        ("light", "office"),
    ]


def test_the_short_name_is_the_name_of_the_tab() -> None:
    assert fact(at("/room"), "tab") == "图"


def test_the_page_where_the_person_is_is_marked_in_the_menus() -> None:
    current = [link.to_plotly_json()["props"] for link in at("/secret", CLERK).modules]
    assert [link["children"] for link in current if link["className"] == "on"] == ["系统管理"]


def test_the_breadcrumb_ends_with_what_is_shown() -> None:
    assert words(at("/nope").crumb[-1]) == words(html.B("页面不存在"))
    assert words(at("/secret", CLERK).crumb[-1]) == words(html.B("机密"))


@pytest.mark.parametrize(
    "part", ["url", "page-content", "messages", "head-alarms", "head-sound", "head-clock", "banner"]
)
def test_the_frame_has_the_parts_that_others_fill(part: str) -> None:
    assert f'"id": "{part}"' in words(frame(SOMEBODY, SETTINGS))


def test_demo_data_are_marked_on_every_page_and_only_they() -> None:
    assert "演示数据" in words(frame(SOMEBODY, SETTINGS))
    assert "演示数据" not in words(frame(SOMEBODY, SETTINGS.model_copy(update={"demo": False})))


def test_the_frame_names_the_person_and_offers_the_way_out() -> None:
    shown = words(frame(SOMEBODY, SETTINGS))
    assert all(word in shown for word in ("李某", "修改密码", "退出"))
