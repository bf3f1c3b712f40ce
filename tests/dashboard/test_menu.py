"""The menu of every role leads to pages that open, and to no others."""

from __future__ import annotations

import json
from typing import Any

import pytest
from plotly.utils import PlotlyJSONEncoder
from sqlalchemy import select

from dashboard.shell import View, route
from dashboard.site import Site
from data import db
from data.models import User
from data.settings import Settings
from data.viewer import Viewer
from data.viewers import viewer_from
from pages import pages

SITE = Site(pages())
EMERGENCY = {
    "突发事件": ["事件列表", "我的应急任务", "演练列表", "应急任务", "信息报告", "事件统计", "演练统计", "规划半径"],
    "应急管理机构": ["应急机构", "应急人员", "安委会成员"],
    "应急专家队伍": ["应急救援专家组", "应急救援专家"],
    "应急物资装备": ["应急救援队伍", "应急救援装备", "应急救援物资", "应急避难场区", "监控摄像头"],
    "专业保障机构": ["运输保障机构", "医疗保障机构", "通信保障机构", "技术支持机构"],
    "": ["应急资源查询"],
}


def somebody(*where: Any) -> Viewer:
    with db.read_session() as current:
        return viewer_from(current.scalars(select(User).where(*where).order_by(User.id)).first(), "")


def menu(viewer: Viewer) -> dict[str, dict[str, list[str]]]:
    return {module.name: {group.name: [page.title for page in group.pages] for group in module.groups} for module in SITE.menu(viewer)}


def shown(viewer: Viewer, path: str) -> View:
    return route(SITE, Settings(), viewer, path, "")


@pytest.mark.parametrize("username", ["admin", "leader", "officer", "dept", "town", "inspector", "duty"])
def test_all_who_work_for_an_authority_find_the_resources_for_an_emergency(demo_database: Settings, username: str) -> None:
    assert menu(somebody(User.username == username))["应急指挥"] == EMERGENCY


@pytest.mark.parametrize(("username", "is_there"), [("admin", True), ("officer", True), ("dept", False), ("town", False), ("leader", False)])
def test_types_of_unit_are_for_those_who_keep_them(demo_database: Settings, username: str, is_there: bool) -> None:
    assert ("企业类型设置" in menu(somebody(User.username == username))["综合监管"]["一企一档"]) is is_there


def test_an_enterprise_finds_neither(demo_database: Settings) -> None:
    firm = somebody(User.enterprise_id.is_not(None))
    assert {"应急指挥", "综合监管"} & menu(firm).keys() == set()


@pytest.mark.parametrize("page", [one for one in SITE.pages if one.in_menu and one.module in ("应急指挥", "综合监管")], ids=lambda one: one.path)
def test_an_entry_opens_its_page_and_is_marked(app: Any, page: Any) -> None:
    with app.server.test_request_context():
        view = shown(somebody(User.username == "officer"), page.path)
    facts = view.content.to_plotly_json()["props"]
    assert facts["data-title"] == page.title
    side = json.dumps(view.side, cls=PlotlyJSONEncoder, ensure_ascii=False)
    assert side.count('"className": "on"') == 1
    assert f'{{"children": "{page.title}"}}' in side
