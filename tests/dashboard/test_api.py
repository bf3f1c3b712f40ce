"""The interface for programs: pages that neither skip nor repeat, rights and scope of the token's user, mistakes in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select

import auth
from auth.tokens import issue
from dashboard import api, health
from data import db, telemetry
from data.health import _Probe, beat
from data.models import Alarm, LatestPosition, LatestReading, Point, Terminal, User, Vehicle
from data.settings import Settings, current_settings
from data.telemetry import PositionRow, ReadingRow
from tests.platform import PASSWORD, free_ports

NOW = datetime.now(UTC).replace(microsecond=0)
Facts = dict[str, Any]


@pytest.fixture(scope="module")
def facts(demo_database: Settings) -> Facts:
    """A point with a hundred readings, a vehicle with sixty positions of which pairs share an instant, three alarms, tokens."""
    global NOW  # not at import: collecting all tests takes longer than a value stays fresh
    NOW = datetime.now(UTC).replace(microsecond=0)
    with db.session() as current:
        # The demo's own history would make the counts depend on the clock.
        for table in (LatestReading, LatestPosition):
            current.query(table).delete()
        current.query(Alarm).delete()
        point = current.scalars(select(Point).order_by(Point.id).limit(1)).one()
        vehicle, terminal = current.execute(
            select(Vehicle, Terminal).join(Terminal, Terminal.vehicle_id == Vehicle.id).order_by(Vehicle.id).limit(1)
        ).one()
        at = {"received_at": NOW, "changed_at": NOW, "ts": NOW}
        current.execute(insert(LatestReading).values(point_id=point.id, value=6.5, quality=192, state="high", **at))
        place = {
            "lon": 120.4,
            "lat": 41.4,
            "speed_kmh": 42.5,
            "heading_deg": 90,
            "altitude_m": 160,
            "alarm_bits": 0,
            "status_bits": 3,
            "is_fixed": True,
        }
        current.execute(insert(LatestPosition).values(terminal_id=terminal.id, **place, **at))
        source = {
            "source_type": "point",
            "source_id": point.id,
            "source_code": point.code,
            "source_name": point.name,
            "place": "罐区",
            "enterprise_id": point.enterprise_id,
        }
        for number, (kind, condition) in enumerate((("high", "high"), ("low", "low"), ("no_data", "no_data"))):
            moments = {
                "raised_at": NOW,
                "last_at": NOW,
                "closed_at": NOW if number == 0 else None,
                "acknowledged_at": NOW if number < 2 else None,
            }
            current.add(Alarm(kind=kind, condition=condition, level=2, **source, **moments))
        firm = current.scalars(select(User).where(User.enterprise_id == point.enterprise_id).limit(1)).one()
        other = current.scalars(select(User).where(User.enterprise_id != point.enterprise_id).limit(1)).one()
        tokens = {name: issue(current, name, "test") for name in ("admin", "officer", "duty")}
        tokens |= {"own": issue(current, firm.username, "test"), "other": issue(current, other.username, "test")}
        for user in (firm, other):
            user.role.permissions = [*user.role.permissions, "api.read"]
    _store(point.id, terminal.id)
    beat("jobs")
    return {"code": point.code, "plate": vehicle.plate, "terminal": terminal.phone, "tokens": tokens}


def _store(point_id: int, terminal_id: int) -> None:
    start = NOW.timestamp() - 100 * 20
    fixes = [
        PositionRow(
            terminal_id, start + step // 2 * 40, step, NOW.timestamp(), 120.4, 41.4, 40.0, 90, 160, 0, 3, 0, None
        )
        for step in range(60)
    ]
    raw = db.connection_raw()
    with raw, raw.cursor() as cursor:
        telemetry.ensure_partitions(cursor, {NOW.date(), (NOW - timedelta(days=1)).date()})
        cursor.execute("DELETE FROM reading WHERE point_id = %s", [point_id])
        cursor.execute("DELETE FROM position WHERE terminal_id = %s", [terminal_id])
        telemetry.store_readings(
            cursor,
            [ReadingRow(point_id, start + step * 20 + 0.123456, step / 10, 192) for step in range(100)],
            fresh=True,
        )
        telemetry.store_positions(cursor, fixes, fresh=True)
    raw.close()


@pytest.fixture(scope="module")
def server(demo_database: Settings, facts: Facts) -> Flask:
    server = Flask("park", static_folder=None)
    auth.init_app(server, demo_database)
    api.register(server)
    health.register(server)
    return server


@pytest.fixture
def client(server: Flask) -> FlaskClient:
    return server.test_client()


@pytest.fixture
def ask(client: FlaskClient, facts: Facts) -> Any:
    """The answer to a GET below /api/v1 in the name of a user."""

    def get(path: str, user: str = "admin", **query: Any) -> Any:
        return client.get(
            f"/api/v1{path}", query_string=query, headers={"Authorization": f"Bearer {facts['tokens'][user]}"}
        )

    return get


def walked(ask: Any, path: str, limit: int, **query: Any) -> Iterator[dict[str, Any]]:
    """All items, page by page."""
    following: dict[str, Any] = {}
    while True:
        page = ask(path, limit=limit, **query, **following).get_json()
        assert len(page["items"]) <= limit
        yield from page["items"]
        if page["next"] is None:
            return
        following = {"next": page["next"]}


def span() -> dict[str, str]:
    return {"start": (NOW - timedelta(hours=2)).isoformat(), "end": (NOW + timedelta(minutes=1)).isoformat()}


def test_a_point_is_given_with_its_newest_value(ask: Any, facts: Facts) -> None:
    (item,) = ask("/points", code=facts["code"]).get_json()["items"]
    assert (item["value"], item["state"], item["ts"]) == (6.5, "high", NOW.isoformat().replace("+00:00", "Z"))
    assert {"code", "name", "enterprise", "unit", "value", "ts", "state"} <= set(item)


def test_pages_of_points_neither_skip_nor_repeat(ask: Any) -> None:
    codes = [item["code"] for item in walked(ask, "/points", 37)]
    assert len(codes) > 100
    assert len(codes) == len(set(codes))
    assert codes == [item["code"] for item in walked(ask, "/points", 5000)]


def test_a_point_without_data_says_so(ask: Any) -> None:
    assert ask("/points").get_json()["items"][-1]["state"] == "no_data"


def test_readings_come_in_order_of_time_over_all_pages(ask: Any, facts: Facts) -> None:
    items = list(walked(ask, f"/points/{facts['code']}/readings", 7, **span()))
    assert [item["value"] for item in items] == [step / 10 for step in range(100)]
    assert items[0]["ts"].endswith(".123456Z")


def test_a_track_keeps_positions_of_the_same_instant_across_pages(ask: Any, facts: Facts) -> None:
    items = list(walked(ask, f"/vehicles/{facts['plate']}/track", 7, **span()))
    assert len(items) == 60
    assert {"ts", "lon", "lat", "speed_kmh", "heading_deg"} <= set(items[0])


def test_a_vehicle_is_given_with_terminal_and_position(ask: Any, facts: Facts) -> None:
    (item,) = ask("/vehicles", plate=facts["plate"]).get_json()["items"]
    assert (item["terminal"], item["lon"], item["speed_kmh"], item["heading_deg"], item["state"]) == (
        facts["terminal"],
        120.4,
        42.5,
        90,
        "online",
    )
    assert {item["state"] for item in ask("/vehicles").get_json()["items"]} == {"online", "never"}


@pytest.mark.parametrize(
    ("state", "kinds"),
    [
        ("", ["no_data", "low", "high"]),
        ("open", ["no_data", "low"]),
        ("closed", ["high"]),
        ("unacknowledged", ["no_data"]),
        ("acknowledged", ["low"]),
        ("in_progress", []),
    ],
)
def test_alarms_are_given_by_state_the_newest_first(ask: Any, state: str, kinds: list[str]) -> None:
    items = list(walked(ask, "/alarms", 1, state=state))
    assert [item["kind"] for item in items] == kinds
    assert all(
        {"id", "source", "level", "state", "raised_at", "acknowledged_at", "cleared_at"} <= set(item) for item in items
    )


def test_an_enterprise_reads_its_own_and_nothing_else(ask: Any, facts: Facts) -> None:
    own = ask("/points", "own").get_json()["items"]
    assert {item["enterprise"] for item in own} == {own[0]["enterprise"]}
    assert facts["code"] in [item["code"] for item in own]
    assert facts["code"] not in [item["code"] for item in ask("/points", "other").get_json()["items"]]
    refused = ask(f"/points/{facts['code']}/readings", "other")
    assert (refused.status_code, refused.get_json()["error"]) == (
        404,
        f"没有编码为“{facts['code']}”的测点，或它不在您的数据范围内。",
    )
    assert ask("/alarms", "other").get_json()["items"] == []
    assert ask("/vehicles", "own").status_code == 403


def test_a_token_without_the_right_to_read_is_refused_in_words(ask: Any) -> None:
    answer = ask("/points", "duty")
    assert answer.status_code == 403
    assert answer.get_json()["error"].endswith("没有“读取数据接口”权限，请联系系统管理员。")


def test_a_person_reads_with_the_session_of_the_browser(client: FlaskClient) -> None:
    client.post("/login", data={"username": "duty", "password": PASSWORD})
    assert client.get("/api/v1/alarms").status_code == 200


def test_nobody_and_a_wrong_token_are_refused(client: FlaskClient) -> None:
    assert client.get("/api/v1/points").status_code == 401
    answer = client.get("/api/v1/points", headers={"Authorization": "Bearer park_wrong"})
    assert (answer.status_code, answer.get_json()) == (401, {"error": "没有登录，或登录已失效。"})


@pytest.mark.parametrize(
    ("path", "query", "status", "message"),
    [
        ("/points", {"limit": "0"}, 422, "limit 应为 1–10000 的整数，收到的是“0”。"),
        ("/points", {"limit": "many"}, 422, "limit 应为 1–10000 的整数，收到的是“many”。"),
        ("/points", {"next": "***"}, 422, "next 不是上一页返回的值。"),
        ("/points", {"next": "WyJhIl0"}, 422, "next 不是上一页返回的值。"),
        (
            "/alarms",
            {"state": "broken"},
            422,
            "state 应为 open、unacknowledged、acknowledged、in_progress、recovered、closed 之一，收到的是“broken”。",
        ),
        (
            "/points/X-1/readings",
            {"start": "yesterday"},
            422,
            "start 应为 ISO 8601 时间，如 2026-11-23T01:00:00Z，收到的是“yesterday”。",
        ),
        (
            "/points/X-1/readings",
            {"start": "2026-11-23T02:00:00Z", "end": "2026-11-23T01:00:00Z"},
            422,
            "start 应早于 end。",
        ),
        ("/points/X-1/readings", {"start": "2025-11-23T02:00:00Z"}, 422, "一次最多查询 31 天，请分段查询。"),
        ("/points/X-1/readings", {}, 404, "没有编码为“X-1”的测点，或它不在您的数据范围内。"),
        ("/vehicles/辽N00000/track", {}, 404, "没有车牌号为“辽N00000”的车辆，或它不在您的数据范围内。"),
    ],
)
def test_a_mistake_is_answered_in_words(ask: Any, path: str, query: dict[str, str], status: int, message: str) -> None:
    answer = ask(path, **query)
    assert (answer.status_code, answer.get_json()["error"]) == (status, message)


@pytest.mark.parametrize("code", ["' OR 1=1 --", "x'; DROP TABLE point; --", "%", "_"])
def test_what_is_asked_for_is_a_value_never_a_statement(ask: Any, code: str) -> None:
    assert ask("/points", code=code).get_json() == {"items": [], "next": None}


def test_an_unknown_address_names_those_that_exist(ask: Any) -> None:
    answer = ask("/tanks")
    assert answer.status_code == 404
    assert "没有 /api/v1/tanks 这个接口。现有：/api/v1/points、" in answer.get_json()["error"]


def test_nothing_can_be_written(client: FlaskClient, facts: Facts) -> None:
    headers = {"Authorization": f"Bearer {facts['tokens']['admin']}"}
    assert client.post("/api/v1/points", json={}, headers=headers).status_code == 405


def test_an_offset_that_was_not_escaped_is_understood() -> None:
    assert api.instant("2026-11-23T09:00:00 08:00") == datetime(2026, 11, 23, 1, tzinfo=UTC)
    assert api.instant("2026-11-23T01:00:00") == datetime(2026, 11, 23, 1, tzinfo=UTC)


def test_the_description_names_every_endpoint_and_exactly_the_fields_given(ask: Any, facts: Facts) -> None:
    document = ask("/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"
    paths = {
        path: f"{path.replace('{code}', facts['code']).replace('{plate}', facts['plate'])}"
        for path, verbs in document["paths"].items()
        if "get" in verbs
    }
    assert len(paths) == 5
    assert set(document["paths"]) - set(paths) == {"/major-hazards/identify"}
    for path, real in paths.items():
        schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert set(schema["properties"]["items"]["items"]["properties"]) == set(ask(real).get_json()["items"][0])


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The broker's address is one where nobody listens, whatever other tests have started."""
    monkeypatch.setenv("PARK_MQTT_URL", f"mqtt://127.0.0.1:{free_ports(1)[0]}")
    monkeypatch.setattr("data.health._broker", _Probe())
    current_settings.cache_clear()
    yield
    monkeypatch.undo()
    current_settings.cache_clear()


def test_healthz_tells_each_part_and_503_when_one_is_down(client: FlaskClient, no_broker: None) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 503, "no broker and no ingest run in this test"
    assert answer.get_json() == {
        "status": "degraded",
        "database": "ok",
        "broker": "down",
        "ingest": "down",
        "jobs": "ok",
    }


def test_metrics_are_prometheus_text_for_the_machine_and_for_a_token_only(
    client: FlaskClient, facts: Facts, server: Flask
) -> None:
    text = client.get("/metrics").text
    assert 'park_up{part="database"} 1.0' in text
    assert 'park_alarms_open{level="2"} 2.0' in text
    assert 'park_role_heartbeat_age_seconds{role="jobs"}' in text
    far = {"REMOTE_ADDR": "192.0.2.7"}
    assert client.get("/metrics", environ_base=far).status_code == 401
    assert (
        client.get(
            "/metrics", environ_base=far, headers={"Authorization": f"Bearer {facts['tokens']['admin']}"}
        ).status_code
        == 200
    )
    assert (
        client.get(
            "/metrics", environ_base=far, headers={"Authorization": f"Bearer {facts['tokens']['officer']}"}
        ).status_code
        == 401
    )
    assert client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 401, (
        "a proxy on this machine is not this machine"
    )


EXAMPLE = {"people": 120, "substances": [{"row": 12, "quantity_t": 30}, {"name": "液氨", "quantity_t": 20}]}


@pytest.fixture
def identify(client: FlaskClient, facts: Facts) -> Any:
    """The answer to a unit that is sent to be identified."""

    def post(user: str = "admin", **given: Any) -> Any:
        return client.post("/api/v1/major-hazards/identify", headers={"Authorization": f"Bearer {facts['tokens'][user]}"}, **given)

    return post


def test_a_unit_is_identified_with_the_working(identify: Any) -> None:
    answer = identify(json=EXAMPLE).get_json()
    assert {name: answer[name] for name in ("S", "R", "level")} == {"S": 8, "R": 56, "level": "二级"}
    assert answer["working"][0] == {"text": "氯：Q = 5 t", "source": "GB 18218-2018 表1 第12行", "to_verify": False}
    assert answer["working"][-1]["text"] == "100 > R ≥ 50，二级重大危险源"


def test_numbers_keep_their_digits_on_the_way(identify: Any) -> None:
    answer = identify(data='{"people": 35, "substances": [{"name": "氨", "quantity_t": 40.1}]}')
    assert '"S":4.01,"R":9.624,' in answer.get_data(as_text=True)


def test_a_unit_below_one_has_no_r_and_no_level(identify: Any) -> None:
    answer = identify(json={"people": 0, "substances": [{"class": "W5.4", "quantity_t": 500}]}).get_json()
    assert (answer["S"], answer["R"], answer["level"]) == (0.1, None, None)


def test_what_is_missing_is_named_with_its_choices(identify: Any) -> None:
    answer = identify(json={"people": -1, "substances": [{"name": "甲醇", "quantity_t": 800}]})
    assert (answer.status_code, answer.get_json()["fields"]) == (422, {"people": "不能小于 0。"})
    fields = identify(json={"people": 1, "substances": [{"name": "甲醇", "quantity_t": 800}]}).get_json()["fields"]
    assert "请用 beta_class 选择表4 的危险类别符号：W5.1、W5.2" in fields["substances[0].beta_class"]


@pytest.mark.parametrize("body", ["", "{", "[1]", "7", '{"people": NaN, "substances": []}', "[" * 5000, '{"people": 1e99999999999999999999}', '{"people": 1, "substances": [{"name": "氨", "quantity_t": 1e-99999999999999999999}]}'])
def test_what_is_no_request_is_refused_in_words(identify: Any, body: str) -> None:
    answer = identify(data=body)
    assert answer.status_code == 422
    assert answer.get_json()["error"]


def test_identifying_needs_a_token_with_the_right_or_a_person_who_sees_installations(identify: Any, client: FlaskClient) -> None:
    assert identify("duty", json=EXAMPLE).status_code == 403
    assert client.post("/api/v1/major-hazards/identify", json=EXAMPLE).status_code == 401
    client.post("/login", data={"username": "duty", "password": PASSWORD})
    assert client.post("/api/v1/major-hazards/identify", json=EXAMPLE).status_code == 200
