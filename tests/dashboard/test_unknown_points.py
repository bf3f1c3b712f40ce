"""未登记测点: two clicks make a point of a key that a gateway reports."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from data import db
from data.models import Gateway, Point, Tank, UnknownPoint
from tests.dashboard.asking import Submitter, listed, one, opened, rows

Enter = Callable[..., FlaskClient]
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def unknown(key: str) -> UnknownPoint:
    """A key that the gateway of the first tank reports, counted once."""
    gateway = one(Gateway, Gateway.id == one(Point, Point.code == "V-101.LT").gateway_id)
    with db.session() as current:
        current.merge(Gateway(id=gateway.id, shape="tb_device"))
        found = UnknownPoint(gateway_id=gateway.id, enterprise_id=gateway.enterprise_id, key=key, value="4.2", topic="t", count=3, first_at=NOW, last_at=NOW)
        current.add(found)
    return one(UnknownPoint, UnknownPoint.key == key)


def prefilled(client: FlaskClient, found: UnknownPoint) -> dict[str, str]:
    """What the form of 登记 has in it, as the browser would send it."""
    text = opened(client, "unknown_point", open=str(found.id), do="register")
    names = ("installation_id", "tank_id", "code", "name", "quantity", "unit", "range_low", "range_high", "scale", "offset")
    specs = [json.loads(part) for part in _controls(json.loads(text))]
    assert [spec["name"] for spec in specs] == list(names)
    return {spec["name"]: spec["text"] for spec in specs}


def _controls(node: Any) -> list[str]:
    if isinstance(node, list):
        return [each for inner in node for each in _controls(inner)]
    if not isinstance(node, dict):
        return []
    own = [node["data-control"]] if isinstance(node.get("data-control"), str) else []
    return own + [each for inner in node.values() for each in _controls(inner)]


@pytest.fixture
def officer(person: Enter) -> FlaskClient:
    return person("officer")


def test_a_key_becomes_a_point_as_it_was_proposed(officer: FlaskClient, submit: Submitter) -> None:
    found = unknown("tank V-101/vapour.pressure")
    listing = rows(listed(officer, "unknown_point"), "unknown_point")
    assert "tank V-101/vapour.pressure" in json.dumps(listing, ensure_ascii=False)
    values = prefilled(officer, found)
    assert values["name"].startswith("V-101 ")
    assert (values["quantity"], values["unit"], values["scale"], values["code"]) == ("pressure", "MPa", "1", "V-101.PT2")
    assert "已登记测点 V-101.PT2" in submit(officer, "unknown_point", found.id, "register", values)
    point = one(Point, Point.code == "V-101.PT2")
    assert (point.key_path, point.gateway_id, point.tank_id) == (found.key, found.gateway_id, one(Tank, Tank.code == "V-101").id)
    assert rows(listed(officer, "unknown_point"), "unknown_point") == []


def test_what_does_not_fit_is_named_at_its_field_and_makes_nothing(officer: FlaskClient, submit: Submitter) -> None:
    found = unknown("tank V-101/level2")
    foreign = one(Tank, Tank.enterprise_id != found.enterprise_id)
    values = prefilled(officer, found) | {"code": "V-101.LT", "range_low": "x", "installation_id": str(foreign.installation_id)}
    said = submit(officer, "unknown_point", found.id, "register", values)
    for part in ("该测点编码已被使用。", "量程下限应为数字。", "应选择"):
        assert part in said, part
    assert one(UnknownPoint, UnknownPoint.id == found.id).count == 3


def test_an_ignored_key_is_out_of_sight_and_comes_back(officer: FlaskClient, submit: Submitter) -> None:
    found = unknown("uptime")
    assert "已忽略" in submit(officer, "unknown_point", found.id, "ignore", {})
    assert "uptime" not in json.dumps(rows(listed(officer, "unknown_point"), "unknown_point"))
    assert "uptime" in json.dumps(rows(listed(officer, "unknown_point", is_ignored="1"), "unknown_point"))
    assert "重新列入" in submit(officer, "unknown_point", found.id, "recall", {})


def test_who_may_not_edit_points_does_not_register_one(person: Enter, submit: Submitter) -> None:
    found = unknown("flow")
    assert "权限" in submit(person("leader"), "unknown_point", found.id, "register", {})
