"""What the monitoring pages answer to a browser, and to somebody who forges one: curves, the plan, the sums, who takes an alarm."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from data.db import session
from data.errors import NotFound
from data.models import Alarm, Point, Terminal, User, Vehicle, VehicleMedia
from data.viewers import viewer_from
from pages.tank_trends import START, layout
from tests.dashboard.asking import listed, opened, rows

Person = Callable[..., FlaskClient]
LOOK = ("..trend-found.data...trend-box.children..", [("trend-found", "data"), ("trend-box", "children")], "trend-wish")
PLAN = ("..tanks-planned.data...tanks-plan-map.children..", [("tanks-planned", "data"), ("tanks-plan-map", "children")], "tanks-ask-plan")
SPARKS = ("tanks-sparks.data", [("tanks-sparks", "data")], "tanks-ask-sparks")


def told(client: FlaskClient, question: tuple[str, list[tuple[str, str]], str], value: Any) -> str:
    """The answer as text, whatever was asked."""
    output, outputs, source = question
    names = [{"id": one, "property": name} for one, name in outputs]
    body = {
        "output": output,
        "outputs": names if len(names) > 1 else names[0],
        "inputs": [{"id": source, "property": "data", "value": value}],
        "changedPropIds": [f"{source}.data"],
    }
    answer = client.post("/_dash-update-component", json=body)
    assert answer.status_code in {200, 204, 403}, answer.get_data(as_text=True)
    return json.dumps(answer.get_json(silent=True) or {}, ensure_ascii=False)


@pytest.fixture(scope="module")
def alarm(app: Any) -> int:
    with session() as current:
        point = current.scalars(select(Point).where(Point.code == "V-101.LT")).unique().one()
        now = datetime.now(UTC)
        place = {"source_type": "point", "source_id": point.id, "source_code": point.code, "source_name": point.name, "place": "甲醇罐区", "enterprise_id": point.enterprise_id}
        made = Alarm(**place, tank_id=point.tank_id, condition="high", kind="high_high", level=1, value=12.5, limit=12.4, raised_at=now, last_at=now)
        current.add(made)
        current.flush()
        return made.id


def test_curves_are_drawn_for_whose_points_they_are(person: Person, alarm: int) -> None:
    wish = {"points": ["V-101.LT", "V-201.LT"], "hours": 8, "shift": 1, "key": "1"}
    mine = told(person("duty"), LOOK, wish)
    assert "V-101 液位" in mine and "V-201 液位" in mine and '"missing": []' in mine
    assert "高高报" in mine, "with the alarm of the period"
    foreign = told(person("朝阳华锦新材料有限公司", "/enterprise/login"), LOOK, wish)
    assert '"missing": ["V-201.LT"]' in foreign and "V-101 液位" in foreign


@pytest.mark.parametrize("wish", [{}, {"points": "V-101.LT"}, {"points": [{"a": 1}]}, {"points": ["x" * 100]}])
def test_a_forged_wish_is_answered_in_words(person: Person, wish: dict[str, Any]) -> None:
    assert "请选择测点。" in told(person("duty"), LOOK, wish | {"hours": 8})


def test_a_page_opened_from_an_alarm_stands_around_it(app: Any, alarm: int) -> None:
    with session() as current:
        duty = viewer_from(current.scalars(select(User).where(User.username == "duty")).unique().one())
    stores = {part.id: part for part in layout(duty, alarm=str(alarm))._traverse() if getattr(part, "id", "")}
    state = stores[START].data["state"]
    assert (state["points"], state["hours"]) == (["V-101.LT"], 0)
    assert datetime.fromisoformat(state["start"]) < datetime.fromisoformat(state["end"]) <= datetime.now(UTC)
    with pytest.raises(NotFound):
        layout(duty, alarm="999999999")


def test_the_plan_and_the_quality_reach_as_far_as_the_viewer_sees(person: Person) -> None:
    whole = told(person("duty"), PLAN, {"key": 1})
    own = told(person("朝阳华锦新材料有限公司", "/enterprise/login"), PLAN, {"key": 1})
    assert "map-tank-plan" in whole and "map-tank-plan" in own
    assert len(json.loads(own)["response"]["tanks-planned"]["data"]["enterprises"]) == 1 < len(json.loads(whole)["response"]["tanks-planned"]["data"]["enterprises"])
    quality = json.loads(told(person("duty"), SPARKS, {"key": 1}))["response"]["tanks-sparks"]["data"]["quality"]
    assert set(map(tuple, quality.values())) == {("silent",)}, "nothing ever reported here"


def handle(client: FlaskClient, app: Any, value: Any) -> str:
    """The answer to 处置, 转交 or 关闭; its output stands in the map under a name that Dash made."""
    output = next(key for key, entry in app.callback_map.items() if any(one["id"] == "alarm-handle" for one in entry["inputs"]))
    return told(client, (output, [("alarm-answered", output.rpartition(".")[2])], "alarm-handle"), value)


def test_an_alarm_is_handed_to_a_colleague_and_to_nobody_else(person: Person, app: Any, alarm: int) -> None:
    with session() as current:
        ids = dict(current.execute(select(User.username, User.id)).all())
    wish = {"ids": [alarm], "step": "hand_over", "note": "请核实", "key": "1"}
    duty = person("duty")
    assert "请选择转交给谁。" in handle(duty, app, wish)
    assert "不能转交给此人" in handle(duty, app, wish | {"person": ids["leader"]})
    assert "不能转交给此人" in handle(duty, app, wish | {"person": 10**12})
    assert '"in_progress"' in handle(duty, app, wish | {"person": ids["admin"]})
    assert "没有“处置报警”权限" in handle(person("leader"), app, wish | {"person": ids["admin"]})


def test_a_picture_of_a_vehicle_tells_its_size_as_people_read_it(person: Person) -> None:
    with session() as current:
        vehicle, terminal = next(iter(current.execute(select(Vehicle, Terminal).join(Terminal, Terminal.vehicle_id == Vehicle.id).order_by(Vehicle.id)).unique()))
        place = {"vehicle_id": vehicle.id, "terminal_id": terminal.id, "enterprise_id": vehicle.carrier_id, "type": "0", "event": "0", "channel": 1, "taken_at": datetime.now(UTC), "sha256": "0" * 64}
        pictures = [VehicleMedia(**place, media_id=number, size=size) for number, size in enumerate((900, 87_040, 2_411_725))]
        current.add_all(pictures)
        current.flush()
        first = pictures[1].id
    client = person("duty")
    shown = str(rows(listed(client, "vehicle_media"), "vehicle_media"))
    assert [size for size in ("900 B", "85 KB", "2.3 MB") if f"'{size}'" not in shown] == [], shown
    assert "85 KB" in opened(client, "vehicle_media", open=str(first))
