"""Subscribing on a page: who may, what the dialog says, what is refused, how the list and the personal home show it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from dash.development.base_component import Component
from flask.testing import FlaskClient
from plotly.utils import PlotlyJSONEncoder
from sqlalchemy import select, update

from dashboard.blocks.subscription_cards import cards
from data import db
from data.models import Role, Subscription, SubscriptionDelivery
from data.subscriptions import run
from pages import subscriptions
from pages.enterprises import ENTERPRISES
from pages.leaders import daily, monthly
from pages.todos import my_page
from pages.topics import ENTERPRISE as TOPIC
from tests.dashboard.asking import listed, opened, rows
from tests.dashboard.cases import viewer
from tests.dashboard.samples import stored

Enter = Callable[..., FlaskClient]
JSON = {"Accept": "application/json"}
STATISTIC = {"kind": "statistic", "key": "enterprise-scale", "search": "?of=enterprise-scale&form=pie&scale=large&page=9"}
LIST = {"kind": "list", "key": "enterprise", "search": "?state=running&page=3&open=7&sort=name"}
FIGURE = {"kind": "figure", "key": "alarm-open", "search": ""}


def words(component: Component | list[Any] | None) -> str:
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


def form(client: FlaskClient, **asked: str) -> Any:
    return client.get("/subscriptions/form", query_string=asked, headers=JSON)


def send(client: FlaskClient, **values: Any) -> Any:
    return client.post("/subscriptions", json={"title": "我的订阅项", "schedule": "daily", "hour": "8", "weekday": "1", "month_day": "1", **values})


def of(username: str) -> list[Subscription]:
    with db.read_session() as session:
        return list(session.scalars(select(Subscription).where(Subscription.user_id == viewer(username).id, Subscription.deleted_at.is_(None)).order_by(Subscription.position)).unique())


def test_the_dialog_says_what_is_meant_and_what_it_is_now(person: Enter) -> None:
    told = form(person("officer"), **STATISTIC).get_json()
    assert told["search"] == "of=enterprise-scale&form=pie&scale=large"
    assert told["place"] == "综合监管 / 一企一档 · 企业信息统计" and "企业规模 大型" in told["title"]
    assert told["now"].startswith("企业数 ") and told["scope"] == "全部"
    assert told["email"] == "平台没有配置邮件，请联系系统管理员。"
    assert form(person("officer"), **LIST).get_json()["search"] == "state=running&sort=name"


def test_a_statistic_a_list_and_a_figure_are_subscribed_to_and_listed_in_order(person: Enter) -> None:
    client = person("officer")
    for number, asked in enumerate((STATISTIC, LIST, FIGURE), 1):
        answer = send(client, **asked, title=f"第 {number} 项")
        assert answer.status_code == 200, answer.get_json()
        assert answer.get_json()["said"].startswith(f"已订阅“第 {number} 项”：每日 08:00，首次推送 ")
    shown = rows(listed(client, "subscription"), "subscription")
    assert [row["name"] for row in shown] == ["第 1 项", "第 2 项", "第 3 项"]
    assert [row["c3"] for row in shown] == ["统计·饼状图", "列表", "看板指标"]
    last = of("officer")[2]
    assert client.post(f"/subscriptions/{last.id}/move", json={"by": -1}).get_json() == {"moved": True}
    assert [one.title for one in of("officer")] == ["第 1 项", "第 3 项", "第 2 项"]


def test_boards_their_charts_and_topics_are_subscribed_to_as_they_stand(person: Enter) -> None:
    client = person("dept")
    board = form(client, kind="board", key="monthly", search="?month=2026-05").get_json()
    assert board["now"].startswith("比上月变差的指标（") and (board["unit"], board["search"]) == ("项", "")
    chart = form(client, kind="statistic", key="danger-place", search="?period=found_on").get_json()
    assert chart["search"] == "of=danger-place&period=found_on" and "发现" not in chart["title"], "its days move on"
    assert form(client, kind="statistic", key="danger-place", search="?period=nothing").get_json()["search"] == "of=danger-place"
    topic = form(client, kind="statistic", key="topic-enterprise", search="?by=scale&form=pie&state=running&month=1").get_json()
    assert topic["search"] == "form=pie&by=scale&state=running"
    assert topic["title"] == "企业专题 · 按企业规模 · 生产状态 正常" and topic["place"] == "决策分析 / 专题分析 · 企业专题"
    for asked in (board, chart, topic):
        assert send(client, **{name: asked[name] for name in ("kind", "key", "search", "title")}).status_code == 200
    with db.read_session() as session:
        shown = [words(one) for one in cards(session, viewer("dept"), datetime.now(UTC))]
    assert "新增报警" in shown[0] and "数据范围：" in shown[1] and "企业专题" in shown[2]
    assert [row["c3"] for row in rows(listed(client, "subscription"), "subscription")] == ["看板", "统计·柱状图", "统计·饼状图"]
    for username in ("inspector", "duty"):
        assert ("decision.view" in viewer(username).permissions) == (form(person(username), kind="board", key="daily").status_code == 200)


def test_a_threshold_is_refused_at_its_fields(person: Enter) -> None:
    client = person("officer")
    before = stored()
    answer = send(client, **FIGURE, schedule="change", rule="rise", bound="许多")
    assert (answer.status_code, answer.get_json()["fields"]) == (422, {"bound": "请输入数字。"})
    answer = send(client, **FIGURE, schedule="change", rule="", bound="")
    assert answer.get_json()["fields"] == {"rule": "请选择在什么条件下推送。", "bound": "请填写条件数值。"}
    answer = send(client, **FIGURE, title=" ")
    assert answer.get_json()["fields"] == {"title": "请填写订阅内容的名称。"}
    assert stored() == before


FORGED = (None, [], "x", {}, {"kind": [], "key": {}}, {**FIGURE, "kind": "list"}, {"kind": "list", "key": "subscription"}, {"kind": "statistic", "key": "../x"})


@pytest.mark.parametrize("body", FORGED, ids=str)
def test_what_no_page_sends_is_refused_in_words(person: Enter, body: Any) -> None:
    client = person("officer")
    before = stored()
    answer = client.post("/subscriptions", json=body)
    assert answer.status_code in {404, 422} and answer.get_json()["error"]
    for values in ({"hour": [1]}, {"schedule": {"a": 1}}, {"title": "\0" * 9}, {"hour": "99"}, {"month_day": "31"}, {"title": "长" * 101}):
        assert send(client, **FIGURE, **values).status_code == 422, values
    for number, by in ((2**70, 1), (99_999_999, 1), (1, "x"), (1, 5)):
        assert client.post(f"/subscriptions/{number}/move", json={"by": by}).status_code in {404, 422}
    assert stored() == before


def test_only_what_one_may_see_can_be_subscribed_to(person: Enter) -> None:
    offered = {(one["kind"], one["key"]) for one in person("inspector").get("/subscriptions/offers", headers=JSON).get_json()["items"]}
    assert ("statistic", "danger-month") in offered and ("list", "enterprise") in offered
    assert not any(kind == "figure" for kind, _ in offered), "the daily board is not theirs"
    assert not {("list", "audit"), ("list", "user"), ("list", "subscription")} & offered
    for kind, key in (("figure", "alarm-open"), ("list", "audit")):
        answer = send(person("inspector"), kind=kind, key=key, search="")
        assert (answer.status_code, answer.get_json()["error"]) == (404, "没有这项内容，或您没有查看权限。")


def test_an_enterprise_subscribes_to_nothing(person: Enter) -> None:
    client = person(viewer("own").username, "/enterprise/login")
    for answer in (client.get("/subscriptions/offers", headers=JSON), form(client, **FIGURE), send(client, **FIGURE)):
        assert answer.status_code == 403 and "权限" in answer.get_json()["error"]


def test_bells_stand_where_one_may_subscribe_and_nowhere_else(person: Enter) -> None:
    assert '"data-subscribe": "list"' in words(ENTERPRISES.page().layout(viewer("dept")))
    assert '"data-subscribe-key": "alarm-open"' in words(daily.layout(viewer("dept")))
    topic = words(TOPIC.page().layout(viewer("dept"), state="running"))
    for page, bells in (
        (words(daily.layout(viewer("dept"))), ('"data-subscribe": "board"', '"data-subscribe-key": "daily"')),
        (words(monthly.layout(viewer("dept"))), ('"data-subscribe": "board"', '"data-subscribe-key": "monthly"', '"data-subscribe-key": "alarm"', '"data-subscribe-search": "period=found_on"', '"data-subscribe-schedule": "monthly"')),
        (topic, ('"data-subscribe-search": "by=scale&form=pie&state=running"', '"data-subscribe-search": "state=running"')),
    ):
        for bell in bells:
            assert bell in page, bell
    with db.session() as session:
        session.execute(update(Role).where(Role.code == "duty").values(permissions=Role.permissions.op("-")("subscription.use")))
    for layout in (daily.layout, monthly.layout, TOPIC.page().layout):
        assert "data-subscribe" not in words(layout(viewer("duty")))
    assert "系统订阅" not in words(my_page(viewer("duty"))) and "我的订阅" not in words(my_page(viewer("duty")))


def test_the_home_shows_cards_as_they_are_now_and_says_why_one_is_not(person: Enter) -> None:
    client = person("leader")
    for asked in (STATISTIC, LIST, FIGURE, {"kind": "statistic", "key": "danger-month", "search": ""}, {"kind": "statistic", "key": "enterprise-confirm", "search": ""}):
        assert send(client, **asked, title=f"{asked['kind']} {asked['key']}").status_code == 200
    leader, now = viewer("leader"), datetime.now(UTC)
    assert "5 项，自动更新" in words(my_page(leader)), "the page does not wait for the charts"
    with db.session() as session:
        hidden = of("leader")[1]
        session.execute(update(Subscription).where(Subscription.id == hidden.id).values(query={"state": "none such"}))
    with db.read_session() as session:
        shown = [words(one) for one in cards(session, leader, now)]
    assert ["statistic enterprise-scale" in shown[0], "list enterprise" in shown[1], "figure alarm-open" in shown[2]] == [True, True, True]
    assert "已不可用" in shown[1] and "昨日" in shown[2] and "没有记录可统计" in shown[3]
    assert "与订阅时持平" in shown[0] and "数据范围：全部" in shown[0]
    assert 'className": "rank' in shown[4], "a rate is a ranking"


def test_the_drawer_shows_what_was_told_and_to_nobody_else(person: Enter) -> None:
    client = person("leader")
    mine = send(client, **STATISTIC, title="大型企业").get_json()["id"]
    assert run.run(datetime.now(UTC) + timedelta(days=2)) >= 1
    text = opened(client, "subscription", open=str(mine), tab="told")
    assert "与上次持平" in text and "个人首页" in text
    assert "没有找到" in opened(person("town"), "subscription", open=str(mine))
    with db.session() as session:
        session.execute(update(SubscriptionDelivery).where(SubscriptionDelivery.subscription_id == mine).values(rights="divisions:1:2:0"))
    assert "推送以后您的数据范围已变化" in opened(person("leader"), "subscription", open=str(mine), tab="told")


def test_it_is_changed_paused_and_dropped_in_the_list(person: Enter, submit: Any) -> None:
    client = person("town")
    mine = send(client, **LIST, title="在产企业").get_json()["id"]
    values = {"title": "在产企业", "schedule": "weekly", "hour": "10", "weekday": "5", "month_day": "1", "rule": "", "bound": "", "to_email": "0", "to_robot": "0"}
    assert "已保存“在产企业”。" in submit(client, "subscription", mine, "edit", values, of("town")[0].version)
    assert subscriptions.keeping.when_words(of("town")[0]) == "每周五 10:00"
    assert "请填写条件数值。" in submit(client, "subscription", mine, "edit", {**values, "schedule": "change", "rule": "rise"}, of("town")[0].version)
    assert "已暂停推送" in submit(client, "subscription", mine, "pause", {})
    assert "已恢复推送" in submit(client, "subscription", mine, "resume", {})
    assert "完成 1 条" in submit(client, "subscription", mine, "remove", {}, ids=[str(mine)])
    assert of("town") == []
