"""What the four-colour map answers to a browser, and how zones, plans and rules are kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.blocks.risk_map import risk_map
from data import risk_colours
from data.db import read_session, session
from data.errors import Forbidden
from data.models import Enterprise, RiskPlan, RiskRule, RiskRuleVersion, RiskZone, Tank
from data.viewer import system_viewer
from pages.risk_zones.plans import check
from tests.dashboard.asking import Submitter, listed, one, opened, rows

Enter = Callable[..., FlaskClient]
FIRM = "朝阳华锦新材料有限公司"
SQUARE = '{"type": "Polygon", "coordinates": [[[120.43, 41.42], [120.431, 41.42], [120.431, 41.421], [120.43, 41.42]]]}'


@pytest.fixture(scope="module", autouse=True)
def coloured(app: Any) -> None:
    with session() as current:
        risk_colours.recompute(current, datetime.now(UTC))


def firm(name: str = FIRM) -> Enterprise:
    return one(Enterprise, Enterprise.name == name)


def asked(client: FlaskClient, path: str) -> tuple[int, Any]:
    answer = client.get(path, headers={"Accept": "application/json"})
    return answer.status_code, answer.get_json(silent=True)


def test_the_colours_of_a_minute_are_those_that_the_viewer_sees(person: Enter) -> None:
    now = int(datetime.now(UTC).timestamp() * 1000)
    status, body = asked(person("officer"), f"/risk-map/then?at={now}")
    assert status == 200 and len(body["id"]) == len(body["l"]) >= 60
    status, body = asked(person(FIRM, "/enterprise/login"), f"/risk-map/then?at={now}")
    with session() as current:
        own = {zone.id for zone in current.query(RiskZone).filter_by(enterprise_id=firm().id)}
    assert status == 200 and set(body["id"]) == own


def test_an_enterprise_is_told_nothing_of_another(person: Enter) -> None:
    other = one(Enterprise, Enterprise.name != FIRM)
    client = person(FIRM, "/enterprise/login")
    assert asked(client, f"/risk-map/reasons?enterprise={other.id}") == (200, {"enterprise": other.id, "zones": []})
    assert asked(client, f"/risk-map/reasons?enterprise={firm().id}")[1]["zones"][0]["level"] in {1, 2, 3, 4}


@pytest.mark.parametrize("path", ["then?at=tomorrow", "then?at=1", "then?at=99999999999999", "reasons", "reasons?enterprise=a", "band?enterprise=-1"])
def test_an_address_that_nobody_understands_is_refused_with_words(person: Enter, path: str) -> None:
    status, body = asked(person("officer"), f"/risk-map/{path}")
    assert status == 422 and body["error"], body


def test_a_zone_is_drawn_and_has_what_belongs_to_its_enterprise_only(person: Enter, submit: Submitter) -> None:
    client = person("officer")
    mine, strange = one(Tank, Tank.enterprise_id == firm().id), one(Tank, Tank.enterprise_id != firm().id)
    given = {"enterprise_id": str(firm().id), "name": "卸车区", "outline": SQUARE, "tanks": str(mine.id)}
    assert "请在图上画出区域的范围。" in submit(client, "risk_zone", "", "add", {**given, "outline": ""})
    assert "不属于华锦新材料" in submit(client, "risk_zone", "", "add", {**given, "tanks": str(strange.id)})
    assert "已添加“卸车区”。" in submit(client, "risk_zone", "", "add", given)
    assert "卸车区" in {row["name"]["text"] if isinstance(row["name"], dict) else row["name"] for row in rows(listed(client, "risk_zone", kw="卸车区"), "risk_zone")}


def test_the_whole_plot_is_never_deleted(person: Enter) -> None:
    whole = one(RiskZone, RiskZone.is_whole)
    assert "每家企业都有全厂区域，不能删除。" in opened(person("officer"), "risk_zone", open=str(whole.id), do="delete")


def test_a_changed_rule_is_a_new_version_and_only_an_administrator_changes_it(person: Enter, submit: Submitter) -> None:
    rule = one(RiskRule, RiskRule.kind == "alarm_3")
    change = {"kind": "alarm_3", "threshold": "5", "effect": "to_3", "is_active": "1"}
    before = _versions()
    assert "没有" in submit(person("officer"), "risk_rule", str(rule.id), "edit", change) and _versions() == before
    client = person("admin")
    assert "只有风险事件自身有等级" in submit(client, "risk_rule", str(rule.id), "edit", {**change, "effect": "own"})
    assert "已保存" in submit(client, "risk_rule", str(rule.id), "edit", change)
    assert _versions() == before + 1


def _versions() -> int:
    with session() as current:
        return current.query(RiskRuleVersion).count()


def test_the_block_stands_anywhere_for_whoever_may_see_it(app: Any) -> None:
    everybody = system_viewer("screen")
    with read_session() as current:
        parts = risk_map(current, everybody, worst=5)
        with pytest.raises(Forbidden, match="查看风险四色图"):
            risk_map(current, replace(everybody, permissions=frozenset()))
    definition = next(one.data for one in parts if getattr(one, "id", "") == "risk-map-definition")
    assert definition["worst"] == 5 and len(definition["enterprises"]) >= 60
    assert {zone["enterprise_id"] for zone in definition["zones"] if zone["whole"]} == {one["id"] for one in definition["enterprises"]}


def test_two_points_that_lie_together_lay_no_plan() -> None:
    good = {"first_x": 5.0, "first_y": 5.0, "lon": 120.43, "lat": 41.42, "second_x": 95.0, "second_y": 90.0, "second_lon": 120.435, "second_lat": 41.423}
    assert check(None, good) == {}
    assert "second_x" in check(None, good | {"second_x": 9.0, "second_y": 8.0})
    assert "second_lon" in check(None, good | {"second_lon": 120.43001, "second_lat": 41.42})


def test_a_plan_has_both_points_or_none_and_only_then_lies_on_the_map() -> None:
    assert check(RiskPlan(), {"name": "总平面图"}) == {}
    assert check(RiskPlan(), {"first_x": 10.0, "first_y": 10.0}) == dict.fromkeys(("lon", "lat", "second_x", "second_y", "second_lon", "second_lat"), "两点在图片和地图上的位置请一并填写，都不填即待定位。")
    whole = RiskPlan(first_x=10, first_y=20, lon=120.43, lat=41.42, second_x=90, second_y=80, second_lon=120.44, second_lat=41.41)
    assert (whole.points, whole.is_located) == ([[0.1, 0.2, 120.43, 41.42], [0.9, 0.8, 120.44, 41.41]], True)
    whole.second_lat = None
    assert (whole.points, whole.is_located) == ([], False)
