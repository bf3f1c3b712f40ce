"""Video over HTTP: the relay gives what a playlist names to whoever may see the camera, and to nobody else; snapshots; states; rights."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

import auth
from app import create_app
from dashboard.app import create_dash
from dashboard.site import Site
from data import db, screen_video, screens, video_watch, walls
from data.errors import PlatformError
from data.models import AuditEntry, Camera, CameraState, ScreenSetting, Terminal, Vehicle, VehicleCommand
from data.save import create
from data.settings import Settings, current_settings
from data.viewer import system_viewer
from pages import pages
from tests.dashboard.asking import Submitter, listed, one, opened, rows
from tests.platform import free_ports
from tests.streams import MediaServer, media_server

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
ADMIN = system_viewer("tests")
SECRET = "s3cret-of-the-camera"


@pytest.fixture(scope="module")
def media() -> Iterator[MediaServer]:
    with media_server(free_ports(1)[0], number=0) as running:
        yield running


@pytest.fixture(scope="module")
def app(demo_database: Settings, media: MediaServer) -> Iterator[Any]:
    """The application of a park with a media server."""
    names = {"PARK_MEDIA_HLS": f"{media.url}/{{app}}/{{stream}}/hls.m3u8", "PARK_MEDIA_SERVER": "192.0.2.7:1078", "PARK_SIMULATE": "0"}
    os.environ.update(names)
    current_settings.cache_clear()
    server = Flask("park", static_folder=None)
    auth.init_app(server, current_settings())
    yield create_dash(server, Site(pages()), current_settings())
    for name in names:
        del os.environ[name]
    current_settings.cache_clear()


@pytest.fixture(autouse=True)
def up(media: MediaServer) -> None:
    media.is_up, media.token, media.number, media.asked = True, "", 0, []


def camera(code: str, **values: Any) -> int:
    """The demo camera of that code with these values, and nothing known of it."""
    nothing = {"source": "hls", "stream_url": None, "stream": None, "snapshot_url": None, "credential": None}
    with db.session() as current:
        identity = current.scalar(update(Camera).where(Camera.code == code).values(**nothing | values).returning(Camera.id))
        current.execute(CameraState.__table__.delete().where(CameraState.camera_id == identity))
    assert identity is not None
    return identity


def names_in(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def state_of(client: FlaskClient, identity: int) -> dict[str, Any]:
    return client.get("/video/states").get_json()["cameras"][str(identity)]


def test_a_playlist_comes_without_host_or_secret_and_its_pieces_through_the_platform(person: Any, media: MediaServer) -> None:
    media.token = SECRET
    identity = camera("CAM-001", stream_url=f"{media.url}/live/a/master.m3u8", credential=f"token={SECRET}")
    client = person("duty")
    master = client.get(f"/video/hls/c{identity}/live.m3u8")
    assert (master.status_code, master.mimetype) == (200, "application/vnd.apple.mpegurl")
    (variant,) = names_in(master.text)
    playlist = client.get(f"/video/hls/c{identity}/{variant}")
    pieces = names_in(playlist.text)
    assert len(pieces) == 5
    for shown in (master.text, playlist.text):
        assert [word for word in (SECRET, str(media.port), "127.0.0.1", "192.0.2.1") if word in shown] == []
    piece = client.get(f"/video/hls/c{identity}/{pieces[0]}", headers={"Range": "bytes=0-99"})
    assert (piece.status_code, piece.data, piece.mimetype) == (200, media.pieces[1], "video/mp2t")
    assert "sandbox" in piece.headers["Content-Security-Policy"]
    assert piece.headers["X-Content-Type-Options"] == "nosniff"
    assert media.asked[-1] == f"/live/a/piece1.ts?n=1&token={SECRET}"


def test_nothing_but_what_a_playlist_names_can_be_asked_for(person: Any, media: MediaServer) -> None:
    mine, other = (camera(code, stream_url=f"{media.url}/live/{code}/hls.m3u8") for code in ("CAM-001", "CAM-003"))
    client = person("duty")
    name = names_in(client.get(f"/video/hls/c{mine}/live.m3u8").text)[0]
    forged = [f"c{mine}/x.ts", f"c{mine}/{name[:-8]}AAAA.ts", f"c{other}/{name}", f"c{mine}/page.html"]
    media.asked.clear()
    assert [client.get(f"/video/hls/{one}").status_code for one in forged] == [404] * len(forged)
    assert [client.get(f"/video/hls/{one}/live.m3u8").status_code for one in ("c999999", "v999999-1", "v1-0", "x", "c", "c1 or 1=1")] == [404] * 6
    assert media.asked == []
    assert client.get(f"/video/hls/c{mine}/{name[: name.rindex('.')]}.html").mimetype == "application/octet-stream"


def test_a_camera_is_seen_by_right_and_scope_alone(person: Any, media: MediaServer) -> None:
    own, other, park = (camera(code, stream_url=f"{media.url}/live/a/hls.m3u8", snapshot_url=f"{media.url}/picture.jpg") for code in ("CAM-001", "CAM-023", "CAM-030"))
    video_watch.run(current_settings(), NOON)
    with db.session() as current:
        enterprise = current.get_one(Camera, own).enterprise.name
    client = person(enterprise, "/enterprise/login")
    paths = ("/video/hls/c{}/live.m3u8", "/video/snapshot/{}")
    assert [client.get(path.format(identity), buffered=True).status_code for path in paths for identity in (own, other, park)] == [200, 404, 404] * 2
    assert client.get(f"/video/check/c{other}").get_json() == {"live": False, "reason": "没有找到这条摄像机，它可能已删除，或不在您的数据范围内。"}
    assert {str(own)} <= client.get("/video/states").get_json()["cameras"].keys()
    assert not {str(other), str(park)} & client.get("/video/states").get_json()["cameras"].keys()
    assert client.get(f"/video/snapshot/{own}", buffered=True).mimetype == "image/jpeg"


def test_a_stream_that_does_not_come_says_why(person: Any, media: MediaServer) -> None:
    identity = camera("CAM-002", source="gb28181", stream="34020000001320000001")
    client = person("duty")
    assert client.get(f"/video/check/c{identity}").get_json() == {"live": True, "reason": ""}
    assert media.asked == ["/rtp/34020000001320000001/hls.m3u8"]
    media.is_up = False
    assert client.get(f"/video/check/c{identity}").get_json() == {"live": False, "reason": "127.0.0.1 应答 503"}
    answer = client.get(f"/video/hls/c{identity}/live.m3u8")
    assert (answer.status_code, answer.get_json()) == (502, {"error": "没有取到视频：127.0.0.1 应答 503"})


def test_the_watch_tells_on_line_no_signal_and_back_and_keeps_snapshots(person: Any, media: MediaServer) -> None:
    identity = camera("CAM-004", source="rtsp", stream="four", snapshot_url=f"{media.url}/picture.jpg")
    bare = camera("CAM-005", snapshot_url=f"{media.url}/page.html")
    client, settings = person("duty"), current_settings()
    assert state_of(client, identity)["state"] == "checking"
    for number, at in ((0, NOON), (1, NOON + timedelta(seconds=20))):
        media.number = number
        video_watch.run(settings, at)
    with db.read_session() as current:
        found = current.get_one(CameraState, identity)
        assert (found.state, found.since, found.seen_at, found.pictured_at) == ("online", NOON + timedelta(seconds=20), NOON + timedelta(seconds=20), NOON)
        wrong = current.get_one(CameraState, bare)
        assert (wrong.state, wrong.picture, wrong.picture_reason) == ("offline", None, "抓拍失败：应答不是图片")
    picture = client.get(f"/video/snapshot/{identity}", buffered=True)
    assert picture.data[:2] == b"\xff\xd8"
    media.is_up = False
    video_watch.run(settings, NOON + timedelta(seconds=40))
    with db.read_session() as current:
        found = current.get_one(CameraState, identity)
        assert (found.state, found.reason, found.seen_at) == ("offline", "127.0.0.1 应答 503", NOON + timedelta(seconds=20))
    shown = rows(listed(client, "video_camera", q="CAM-004"), "video_camera")[0]
    assert "正在检测" in json.dumps(shown, ensure_ascii=False)  # looked at months ago: nothing is known now
    camera("CAM-004")
    video_watch.run(settings, NOON + timedelta(seconds=60))
    assert client.get(f"/video/snapshot/{identity}", buffered=True).status_code == 404
    assert state_of(client, identity)["word"] == "未配置视频源"


def test_addresses_are_refused_at_their_field(person: Any, submit: Submitter, media: MediaServer) -> None:
    identity = camera("CAM-006")
    client = person("officer")
    typed = {"source": "hls", "stream_url": "http://10.9.9.9/a.m3u8", "snapshot_url": "rtsp://10.9.9.9/1"}
    answer = submit(client, "video_camera", identity, "edit", typed, one(Camera, Camera.id == identity).version)
    assert "10.9.9.9:80 不在允许的流媒体主机中（PARK_MEDIA_HOSTS），请联系系统管理员。" in answer
    typed = {"source": "hls", "stream_url": f"{media.url}/live/x/hls.m3u8", "snapshot_url": "rtsp://10.9.9.9/1"}
    assert "浏览器不能直接播放 rtsp://。" in submit(client, "video_camera", identity, "edit", typed, one(Camera, Camera.id == identity).version)
    typed["snapshot_url"] = ""
    assert "已保存" in submit(client, "video_camera", identity, "edit", typed, one(Camera, Camera.id == identity).version)


def test_a_credential_is_written_and_never_read_and_stays_with_its_host(person: Any, submit: Submitter, media: MediaServer) -> None:
    identity = camera("CAM-007", stream_url=f"{media.url}/live/x/hls.m3u8")
    client = person("officer")

    def send(do: str, **values: str) -> str:
        return submit(client, "video_camera", identity, do, values, one(Camera, Camera.id == identity).version)

    assert "应为 用户名:密码，或 参数名=值（多个用 \\u0026 连接）。" in send("credential", secret="abc").replace("&", "\\u0026")
    assert "的访问凭据。" in send("credential", secret=f"viewer:{SECRET}")
    assert one(Camera, Camera.id == identity).credential == f"viewer:{SECRET}"
    shown = opened(client, "video_camera", open=str(identity)) + opened(client, "video_camera", open=str(identity), do="edit") + opened(client, "video_camera", open=str(identity), tab="history")
    assert "已设置" in shown
    assert SECRET not in shown + client.get("/video/states").text
    with db.read_session() as current:
        assert SECRET not in json.dumps([entry.changes for entry in current.scalars(select(AuditEntry).where(AuditEntry.record_id == identity))])
    assert "已保存" in send("edit", source="hls", stream_url="", stream="", snapshot_url=f"{media.url}/picture.jpg")
    assert one(Camera, Camera.id == identity).credential is None


def test_a_vehicle_s_channel_is_seen_where_the_vehicle_is(person: Any, media: MediaServer) -> None:
    with db.session() as current:
        vehicle, terminal = next(iter(current.execute(select(Vehicle, Terminal).join(Terminal, Terminal.vehicle_id == Vehicle.id).order_by(Vehicle.id)).unique()))
        identity, phone, plate = vehicle.id, terminal.phone, vehicle.plate
        row = {"vehicle_id": identity, "terminal_id": terminal.id, "enterprise_id": vehicle.carrier_id, "kind": "video", "values": {"channel": 2}, "text": "通道 2", "asked_by": "值班员"}
        create(current, VehicleCommand, system_viewer("tests"), row | {"expires_at": datetime.now(UTC) + timedelta(minutes=5), "state": "answered", "answered_at": datetime.now(UTC), "result": "成功"})
    client = person("duty")
    assert client.get(f"/video/check/v{identity}-2").get_json()["live"] is True
    assert media.asked == [f"/jt1078/{phone}_2/hls.m3u8"]
    told = client.get(f"/video/states?requests=v{identity}-2,v{identity}-1,c1,nonsense").get_json()["requests"]
    assert {key: (one["state"], one["word"]) for key, one in told.items()} == {f"v{identity}-2": ("answered", "已应答")}
    page = client.get(f"/video/check/v{identity + 99999}-1").get_json()
    assert (page["live"], plate in page["reason"]) == (False, False)


def test_a_wall_sees_the_cameras_of_its_screen_and_no_others(app: Any, media: MediaServer) -> None:
    media.token = SECRET
    mine, other, still = camera("CAM-001", stream_url=f"{media.url}/live/a/hls.m3u8", credential=f"token={SECRET}"), camera("CAM-003", stream_url=f"{media.url}/live/b/hls.m3u8"), camera("CAM-004")
    with db.session() as current:
        tanks, park = (walls.save_wall(current, ADMIN, None, {"name": "北墙", "screens": [shown]}, None)[1] for shown in ("tanks", "park"))
        setting = current.scalars(select(ScreenSetting).where(ScreenSetting.screen == "tanks")).one()
        screen_video.choose(current, ADMIN, setting, 4, [mine, still])
    client = create_app(current_settings()).test_client()

    def ask(path: str, token: str = tanks) -> Any:
        return client.get(f"{path}{'&' if '?' in path else '?'}token={token}")

    facts = ask("/screen/tanks/facts")
    assert [(one["key"], one["kind"]) for one in facts.get_json()["video"]["cameras"]] == [(f"c{mine}", "stream"), (f"c{still}", "")]
    assert ask("/screen/tanks/figures").get_json()["video"].keys() == {str(mine), str(still)}
    playlist = ask(f"/screen/tanks/video/c{mine}/live.m3u8")
    name = names_in(playlist.text)[0]
    assert name.endswith(f"?token={tanks}")
    assert [word for word in (SECRET, str(media.port), "127.0.0.1") if word in playlist.text + facts.text] == []
    assert client.get(f"/screen/tanks/video/c{mine}/{name}").data in media.pieces
    assert ask(f"/screen/tanks/video/c{mine}/check").get_json() == {"live": True, "reason": ""}
    media.asked.clear()
    assert "这个画面上没有这路视频。" in ask(f"/screen/tanks/video/c{other}/live.m3u8").text
    assert [ask(path, token).status_code for path, token in ((f"/screen/park/video/c{mine}/live.m3u8", park), (f"/screen/tanks/video/c{mine}/live.m3u8", park), (f"/video/hls/c{mine}/live.m3u8", tanks), ("/video/states", tanks))] == [404, 403, 403, 403]
    with db.session() as current:
        screen_video.choose(current, ADMIN, current.get_one(ScreenSetting, setting.id), 4, [])
    assert ask(f"/screen/tanks/video/c{mine}/{name.partition('?')[0]}").status_code == 404
    assert media.asked == []


def test_what_stands_on_a_screen_is_chosen_in_its_drawer(person: Any, submit: Submitter) -> None:
    first, second = camera("CAM-001"), camera("CAM-003")
    with db.session() as current:
        identity = current.scalars(select(ScreenSetting.id).where(ScreenSetting.screen == "vehicles")).one()
    client = person("admin")

    def send(do: str, **values: str) -> str:
        return submit(client, "screen_setting", identity, do, values, one(ScreenSetting, ScreenSetting.id == identity).version)

    assert "显示 2 路视频" in send("video", panes="4", cameras=f"{first},{second}")
    assert "请选择列出的摄像机。" in send("video", panes="4", cameras="1;drop")
    assert "的栏目已保存" in send("panels", panels="states,video")
    found = one(ScreenSetting, ScreenSetting.id == identity)
    assert (found.panels, found.panes, found.cameras) == (["states", "video"], 4, [first, second])
    assert "不再显示视频" in send("video", panes="4", cameras="")


def test_who_chooses_the_cameras_of_a_screen_sees_them_all(app: Any) -> None:
    with db.session() as current:
        setting = current.scalars(select(ScreenSetting).where(ScreenSetting.screen == "park")).one()
        ids = list(current.scalars(select(Camera.id).order_by(Camera.code).limit(5)))
        blind = replace(ADMIN, permissions=frozenset({"screen.edit"}))
        for viewer, panes, wanted, told in (
            (ADMIN, 4, ids, "4 画面最多选择 4 路，已选 5 路。"),
            (ADMIN, 5, ids, "请选择画面数。"),
            (ADMIN, 9, [*ids, 10**9], "请选择列出的摄像机。"),
            (blind, 9, ids, "没有“查看实时视频”权限"),
            (replace(ADMIN, scope="own_enterprise"), 9, ids, "只有数据范围为全部的人员可以选择视频。"),
        ):
            with pytest.raises(PlatformError, match=told):
                screen_video.choose(current, viewer, setting, panes, wanted)
        with pytest.raises(PlatformError, match="请先用“选择视频”选择摄像机。"):
            screens.choose_panels(current, ADMIN, setting, ["levels", "video"])
