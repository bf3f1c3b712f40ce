"""采集网关 and 试解析, called as a browser calls them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from data.gateways import Presence
from data.models import Gateway, Point
from pages.system.gateways import state_of
from tests.dashboard.asking import Submitter, listed, one, opened, rows

Enter = Callable[..., FlaskClient]
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
ADD = {"name": "边缘网关", "shape": "tb_device", "topic": "", "status_topic": ""}


@pytest.fixture
def officer(person: Enter) -> FlaskClient:
    return person("officer")


@pytest.fixture
def gateway(app: Any) -> Gateway:
    """A gateway of the demo park, which sends in the platform's own shape."""
    return one(Gateway, Gateway.id == one(Point).gateway_id)


def tried(client: FlaskClient, gateway: Any, topic: Any, text: Any) -> str:
    """What the button 试解析 answers."""

    def name(part: str) -> str:
        return json.dumps({"k": "gateway", "t": part}, separators=(",", ":"))

    body = {
        "output": f"{name('trial-answer')}.children",
        "outputs": {"id": {"k": "gateway", "t": "trial-answer"}, "property": "children"},
        "inputs": [{"id": {"k": "gateway", "t": "trial-go"}, "property": "n_clicks", "value": 1}],
        "changedPropIds": [f"{name('trial-go')}.n_clicks"],
        "state": [
            {"id": {"k": "gateway", "t": f"trial-{part}"}, "property": prop, "value": value}
            for part, prop, value in (("of", "data", gateway), ("topic", "value", topic), ("text", "value", text))
        ],
    }
    answer = client.post("/_dash-update-component", json=body)
    assert answer.status_code in {200, 204}, answer.get_json(silent=True)
    return json.dumps(answer.get_json(silent=True) or {}, ensure_ascii=False)


def test_a_gateway_is_added_with_its_shape_and_topic_and_no_other_may_share_it(officer: FlaskClient, submit: Submitter, gateway: Gateway) -> None:
    firm = str(gateway.enterprise_id)
    said = submit(officer, "gateway", "", "add", ADD | {"enterprise_id": firm, "code": "EDGE-1", "topic": "edge/one/#"})
    assert "已添加" in said
    made = one(Gateway, Gateway.code == "EDGE-1")
    assert (made.shape, made.topic) == ("tb_device", "edge/one/#")
    said = submit(officer, "gateway", "", "add", ADD | {"enterprise_id": firm, "code": "EDGE-2", "topic": "edge/+/telemetry"})
    assert "与网关 EDGE-1（" in said
    assert "的主题重叠，无法分辨报文由谁发出。" in said
    said = submit(officer, "gateway", "", "add", ADD | {"enterprise_id": firm, "code": "EDGE 3", "topic": "park/liucheng/#"})
    assert "编码用作 MQTT 主题的一级" in said
    assert "park/ 开头的主题只能在本网关名下" in said
    listing = json.dumps(rows(listed(officer, "gateway"), "gateway"), ensure_ascii=False)
    assert "edge/one/#" in listing
    assert "从未上报" in listing


def test_the_drawer_tells_the_installer_what_to_set(officer: FlaskClient, gateway: Gateway) -> None:
    text = opened(officer, "gateway", open=str(gateway.id), tab="connection")
    for part in (f"park/liucheng/{gateway.enterprise.code}/{gateway.code}/telemetry", f"{gateway.code}/status", "offline（保留）"):
        assert part in text, part
    assert "trial-go" in opened(officer, "gateway", open=str(gateway.id), tab="trial")


def test_a_password_is_made_and_shown_once(officer: FlaskClient, submit: Submitter, gateway: Gateway) -> None:
    said = submit(officer, "gateway", gateway.id, "password", {}, gateway.version)
    assert "口令只显示这一次" in said
    renewed = one(Gateway, Gateway.id == gateway.id)
    assert renewed.password_hash
    assert renewed.password_hash not in said


def test_a_pasted_message_shows_what_is_taken_refused_and_unknown(officer: FlaskClient, gateway: Gateway) -> None:
    mine, other = one(Point, Point.gateway_id == gateway.id), one(Point, Point.enterprise_id != gateway.enterprise_id)
    values = [{"code": mine.code, "v": mine.range_low}, {"code": other.code, "v": 1}, {"code": "neu", "v": 3}]
    text = tried(officer, gateway.id, "", json.dumps({"ts": time.time() * 1000, "points": values}))
    assert "入库 1 个，拒收 1 个，未登记 1 个。" in text
    assert f"测点属于{other.enterprise.short_name}，不能由本网关上报。" in text
    assert "没有测点使用这个键，将列入未登记测点。" in text
    assert f"{mine.range_low:.10g} {mine.unit}" in text


def test_a_message_that_cannot_be_read_is_explained(officer: FlaskClient, gateway: Gateway) -> None:
    assert "JSON 无法解析" in tried(officer, gateway.id, "", "{")
    assert "主题不属于本网关" in tried(officer, gateway.id, "v1/devices/me/telemetry", '{"points": []}')
    assert "请粘贴一条报文。" in tried(officer, gateway.id, "", "  ")
    assert "没有找到" in tried(officer, 999_999, "", "1")
    assert "提交的内容不完整" in tried(officer, "1", "", "1")


def test_who_may_not_edit_points_tries_nothing(person: Enter, gateway: Gateway) -> None:
    assert "权限" in tried(person("duty"), gateway.id, "", "1")


def test_a_key_belongs_to_one_point_of_a_gateway(officer: FlaskClient, submit: Submitter, gateway: Gateway) -> None:
    first = one(Point, Point.gateway_id == gateway.id)
    second = one(Point, Point.gateway_id == gateway.id, Point.id != first.id)
    said = submit(officer, "point", second.id, "edit", {"key_path": first.code}, second.version)
    assert f"的键“{first.code}”已用于测点 {first.code}。" in said
    assert "已保存" in submit(officer, "point", second.id, "edit", {"key_path": "tank.level", "scale": "0.001"}, second.version)
    saved = one(Point, Point.id == second.id)
    assert (saved.key_path, saved.scale) == ("tank.level", 0.001)


@pytest.mark.parametrize(
    ("is_online", "since", "heard", "words"),
    [
        (True, 600, 5, "在线 · 11-24 15:50起"),
        (False, 600, 700, "离线 · 11-24 15:50起"),
        (False, 600, 5, "有数据，状态消息为离线"),
        (None, None, 5, "有数据"),
        (None, None, 600, "无数据 · 11-24 15:50起"),
        (None, None, None, "从未上报"),
    ],
)
def test_the_state_is_what_the_gateway_says_and_without_that_what_its_values_say(is_online: bool | None, since: int | None, heard: int | None, words: str) -> None:
    def ago(seconds: int | None) -> datetime | None:
        return None if seconds is None else NOW - timedelta(seconds=seconds)

    assert state_of(Presence(is_online, ago(since), ago(heard), 1, 0), NOW).word == words
