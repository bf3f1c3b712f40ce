"""The doors of the walls: what a token opens, what it is refused in words, and that a refused wall has nothing to click."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app import create_app
from auth.wall_guard import MARK
from dashboard.screens import LIBRARIES, SCRIPTS, STYLES
from data import walls
from data.choices.monitoring import SCREENS
from data.db import read_session, session
from data.models import Wall, WallBeat
from data.settings import Settings
from data.viewer import system_viewer
from tests.dashboard.asking import listed, rows
from tests.platform import PASSWORD

ADMIN = system_viewer("tests")


@pytest.fixture(scope="module")
def server(demo_database: Settings) -> Any:
    return create_app(demo_database)


@pytest.fixture
def client(server: Any) -> FlaskClient:
    return server.test_client()


@pytest.fixture
def person(client: FlaskClient) -> Callable[[str], FlaskClient]:
    def enter(username: str) -> FlaskClient:
        assert client.post("/login", data={"username": username, "password": PASSWORD}).status_code == 302
        return client

    return enter


def put_up(*shown: str, **values: Any) -> str:
    with session() as current:
        return walls.save_wall(current, ADMIN, None, {"name": "北墙", "screens": list(shown)} | values, None)[1]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_token_opens_the_page_of_its_screen_and_its_files(client: FlaskClient) -> None:
    token = put_up("park")
    assert client.get("/assets/80-screen.js").status_code == 302
    page = client.get(f"/screen/park?token={token}")
    config = json.loads(re.search(r'id="park-config">(.*?)</script>', page.text)[1])  # type: ignore[index]
    assert page.status_code == 200
    assert (config["screen"]["wall"], [one["screen"] for one in config["screen"]["all"]]) == ("北墙", ["park"])
    assert token not in page.text
    bundles = re.findall(r'(?:href|src)="(/assets/bundle/screen[^"]+)"', page.text)
    sent = "".join(client.get(one, buffered=True).text for one in bundles)
    assert [name for name in (*STYLES, *SCRIPTS) if f"/* {name} */" not in sent] == []
    libraries = re.findall(r'<script src="(/_dash-component-suites/[^"]+)"', page.text)
    assert [client.get(one, buffered=True).status_code for one in libraries] == [200, 200, 200]


def test_walls_that_come_back_all_at_once_after_a_restart_get_their_files(client: FlaskClient, demo_database: Settings) -> None:
    client.get(f"/screen/park?token={put_up('park')}")
    mark = client.get_cookie(MARK)
    assert mark is not None
    server, start = create_app(demo_database), Barrier(8)

    def ask(number: int) -> int:
        wall = server.test_client()
        wall.set_cookie(MARK, mark.value)
        start.wait(30)
        return wall.get(LIBRARIES[number % len(LIBRARIES)], buffered=True).status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [200] * 8


def test_it_reads_what_its_screen_shows(client: FlaskClient) -> None:
    token = put_up("park")
    for path in ("/screen/park/facts", "/screen/park/figures", "/screen/park/snapshot", "/screen/park/push", "/screen/park/logo", "/map/base/ground.json", "/map/base/places.json"):
        assert client.get(path, headers=bearer(token), buffered=True).status_code == 200, path


def test_every_other_address_is_forbidden(client: FlaskClient, server: Any) -> None:
    token = put_up("tanks")
    kinds = {"int": "1", "path": "a/b"}
    paths = [re.sub(r"<(?:(\w+)[^:>]*:)?\w+>", lambda found: kinds.get(found[1], "a"), one.rule) for one in server.url_map.iter_rules()]
    free = ("/public/", "/login", "/enterprise/login", "/healthz", "/metrics", "/assets/", "/_dash-component-suites/", "/vendor/", "/_favicon.ico")
    closed = [path for path in paths if not path.startswith(free)]
    answers = {path: client.get(path, headers=bearer(token)).status_code for path in closed}
    assert {path: status for path, status in answers.items() if status != 403} == {}
    assert {"/api/v1/alarms", "/live/token", "/_dash-layout", "/map/base/ground.json"} <= answers.keys()
    assert client.post("/_dash-update-component", json={}, headers=bearer(token)).status_code == 403
    assert client.get(f"/tanks?token={token}").status_code == 403


def test_every_door_of_another_screen_is_refused(client: FlaskClient) -> None:
    token = put_up("tanks")
    others = [one.code for one in SCREENS if one.code != "tanks"]
    for path in [f"/screen/{screen}{door}" for screen in others for door in ("", "/facts", "/figures", "/push", "/snapshot", "/logo")]:
        answer = client.get(path, headers=bearer(token))
        assert answer.status_code == 403, path
        assert "“北墙”的大屏令牌不能打开这个画面。" in (answer.get_json()["error"] if answer.is_json else answer.text)
    assert client.post("/screen/park/beat", json=BEAT, headers=bearer(token)).status_code == 403


@pytest.mark.parametrize(
    ("screen", "facts", "live"),
    [
        ("park", {"map", "tanks"}, {"points", "vehicles", "alarms", "health"}),
        ("risk", {"map"}, {"risk", "alarms", "health"}),
        ("tanks", {"tanks"}, {"points", "alarms", "health"}),
        ("vehicles", {"map"}, {"vehicles", "alarms", "health"}),
    ],
)
def test_a_wall_is_told_what_stands_on_its_screen_and_nothing_else(client: FlaskClient, screen: str, facts: set[str], live: set[str]) -> None:
    header = bearer(put_up(screen))
    told = client.get(f"/screen/{screen}/facts", headers=header).get_json()
    assert told.keys() == facts
    assert client.get(f"/screen/{screen}/snapshot", headers=header).get_json().keys() == live
    firms = told["tanks"]["enterprises"].values() if screen == "tanks" else []
    assert {name for firm in firms for name in firm} <= {"name", "short", "code"}


def refused(client: FlaskClient, token: str) -> str:
    """The page for a wall that is not let in: calm, dark, nothing to click, and it asks again by itself."""
    answer = client.get(f"/screen/park?token={token}")
    assert answer.status_code in (401, 403)
    assert answer.headers["Refresh"] == "30"
    assert not re.findall(r"<(a|button|form|input|script)\b", answer.text)
    assert 'data-theme="dark"' in answer.text
    return answer.text


def test_two_revoked_tokens_an_expired_and_an_unknown_one_say_what_to_do(client: FlaskClient) -> None:
    expired, revoked, replaced = (put_up("park") for _ in range(3))
    with session() as current:
        walls.issue(current, current.scalars(select(Wall).where(Wall.digest == walls._digest(replaced))).one(), ADMIN)
        changed = {walls._digest(expired): {"expires_at": datetime.now(UTC) - timedelta(minutes=1)}, walls._digest(revoked): {"revoked_at": datetime.now(UTC)}}
        for digest, values in changed.items():
            current.execute(update(Wall).where(Wall.digest == digest).values(**values))
    assert "已过有效期" in (page := refused(client, expired)) and "延长有效期" in page
    assert "已停用" in (page := refused(client, revoked)) and "换发令牌" in page
    assert "已换发新令牌" in refused(client, replaced)
    assert "令牌无效" in refused(client, "wall_forged")
    assert "地址中没有大屏令牌" in refused(client, "")
    assert client.get("/screen/park/facts", headers=bearer(revoked)).get_json() == {"error": "“北墙”的大屏令牌已停用。", "reason": "revoked"}


def test_a_person_previews_with_the_right_and_is_told_otherwise(person: Callable[[str], FlaskClient]) -> None:
    client = person("leader")
    answer = client.get("/screen/park")
    assert answer.status_code == 403
    assert "没有“管理大屏”权限" in answer.text
    client = person("admin")
    assert '"isPreview": true' in client.get("/screen/park").text
    assert client.get("/screen/park/facts").status_code == 200


BEAT = {"seat": "c0ffee", "showing": "park", "state": "live", "width": 1920, "height": 1080, "version": "abc", "clock_off_s": 0, "memory_mb": None, "figures": {}}


def test_a_sign_of_life_is_kept_with_where_it_came_from(client: FlaskClient) -> None:
    token = put_up("park")
    answer = client.post("/screen/park/beat", json=BEAT, headers=bearer(token))
    assert answer.get_json().keys() == {"at", "version", "setting"}
    assert client.post("/screen/park/beat", json=BEAT | {"state": "?"}, headers=bearer(token)).status_code == 422
    assert client.post("/screen/park/beat", json=BEAT, headers=bearer(token) | {"Origin": "http://elsewhere.example"}).status_code == 403
    with read_session() as current:
        assert current.scalars(select(WallBeat).where(WallBeat.seat == "c0ffee")).one().address == "127.0.0.1"


def test_the_pages_of_walls_tell_who_is_alive(person: Callable[[str], FlaskClient]) -> None:
    token = put_up("park", place="指挥中心")
    client = person("admin")
    client.post("/screen/park/beat", json=BEAT | {"seat": "beef"}, headers=bearer(token))
    row = next(one for one in rows(listed(client, "wall"), "wall") if "指挥中心" in str(one))
    assert "有效" in str(row) and "在线" in str(row)
    assert any("1920×1080" in str(one) for one in rows(listed(client, "wall_beat"), "wall_beat"))


def test_a_preview_leaves_no_sign_of_life(person: Callable[[str], FlaskClient]) -> None:
    assert person("admin").post("/screen/park/beat", json=BEAT | {"seat": "0dd0"}).status_code == 200
    with read_session() as current:
        assert current.scalars(select(WallBeat).where(WallBeat.seat == "0dd0")).all() == []


def test_the_page_loads_only_what_is_there_and_the_frame_does_not_load_it(person: Callable[[str], FlaskClient]) -> None:
    assert not re.search(r"8\d-screen", person("admin").get("/tanks").text)
