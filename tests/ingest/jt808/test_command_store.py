"""From what a person asks to what a terminal answers: table, gateway and a terminal on a real socket."""

from __future__ import annotations

import asyncio
import io
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import uvloop
from PIL import Image
from sqlalchemy import text

from data import alarms
from data.alarms import Edge, Source, apply_edges
from data.attachments import path_of
from data.db import connection_raw, read_session, session
from data.errors import Conflict, Forbidden, Invalid, NotFound
from data.models import AuditEntry, Geofence, RouteSection, VehicleCommand, VehicleMedia, VehicleRoute
from data.save import create, save_parts
from data.settings import Settings
from data.vehicle_commands import areas, ask, cancel, commands_of, confirm_alarm, pictures_of, routes
from ingest.commands import CommandStore
from ingest.directory import Directory
from ingest.jt808.device import Device, Report
from ingest.jt808.frame import Frame
from ingest.jt808.gateway import Gateway
from ingest.jt808.reply import encode_message
from ingest.pipeline import Pipeline
from ingest.writer import Writer
from tests.ingest.jt808.listening import Client
from tests.park import MAKER, make_park

TEXT = {"text": "前方堵车", "display": "1"}
PHOTO = {"channel": "1", "resolution": "2", "count": "1", "interval_s": "5"}


@pytest.fixture(scope="module")
def settings(database: Settings) -> Settings:
    with session() as current:
        make_park(current)
    return database.model_copy(update={"flush_ms": 20, "jt808_port": 0, "jt808_answer_s": 20, "jt808_repeats": 2})


@pytest.fixture
def park(settings: Settings) -> Iterator[Any]:
    """The park of the module, without commands."""
    with session() as current:
        current.execute(text("TRUNCATE vehicle_media, vehicle_command CASCADE"))
    yield _park()


def _park() -> Any:
    from types import SimpleNamespace

    from sqlalchemy import select

    from data.models import Terminal, User, Vehicle
    from data.permissions import ROLES
    from data.viewer import Viewer

    with read_session() as current:
        people = {}
        for role in ROLES:
            user = current.scalars(select(User).where(User.username == f"user-{role.code}")).unique().one()
            people[role.code] = Viewer(user.id, user.username, user.name, role.code, frozenset(role.permissions), role.scope, enterprise_id=user.enterprise_id)
        return SimpleNamespace(vehicle=current.scalars(select(Vehicle)).unique().one(), terminal=current.scalars(select(Terminal)).unique().one(), viewer=people.__getitem__)


@contextmanager
def gateway(settings: Settings) -> Iterator[Gateway]:
    """A gateway with its writer and its store of commands."""
    pipeline, directory = Pipeline(10_000), Directory()
    writer = Writer(settings, pipeline, directory)
    listening = Gateway(settings, pipeline, directory, CommandStore())
    writer.start()
    assert writer.is_ready.wait(10)
    loop = uvloop.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(listening.start(), loop).result(10)
    try:
        yield listening
    finally:
        asyncio.run_coroutine_threadsafe(listening.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
        writer.stop()
        writer.join(10)


class Truck:
    """A terminal that signs in and then hears commands."""

    def __init__(self, port: int, park: Any, version: str = "2013") -> None:
        self.client = Client(port)
        self.device = Device(park.terminal.phone, version)
        self.client.send(self.device.authenticate("code-1"))
        assert self.client.answer()["result"] == 0

    def hears(self) -> Frame:
        return self.client.frame()

    def says(self, frame: Frame, result: int = 0) -> None:
        self.client.send(self.device.answer(frame.serial, frame.msg_id, result))


@pytest.fixture
def port(settings: Settings, park: Any) -> Iterator[int]:
    with gateway(settings) as listening:
        yield listening.port


@pytest.fixture
def trucks(port: int, park: Any) -> Iterator[Callable[[], Truck]]:
    """Connects the park's truck, as often as it is called."""
    connected: list[Truck] = []

    def connect() -> Truck:
        connected.append(Truck(port, park))
        return connected[-1]

    yield connect
    for one in connected:
        one.client.close()


@pytest.fixture
def truck(trucks: Callable[[], Truck]) -> Truck:
    return trucks()


def asked(park: Any, kind: str, texts: dict[str, str], **more: Any) -> int:
    with session() as current:
        return ask(current, park.viewer("duty"), park.vehicle.id, kind, texts, **more).id


def row(identity: int) -> VehicleCommand:
    with read_session() as current:
        return current.get_one(VehicleCommand, identity)


def becomes(identity: int, state: str, result: str = "", seconds: float = 10.0) -> VehicleCommand:
    """The command when it has come to that state, and says that."""
    until = time.monotonic() + seconds
    while not ((found := row(identity)).state == state and result in (found.result or "")) and time.monotonic() < until:
        time.sleep(0.03)
    assert (found.state, found.result if result not in (found.result or "") else result) == (state, result)
    return found


def test_a_text_goes_out_at_once_and_its_answer_is_written_down(truck: Truck, park: Any) -> None:
    identity = asked(park, "text", TEXT)
    heard = truck.hears()
    assert (heard.msg_id, heard.body) == (0x8300, b"\x04" + "前方堵车".encode("gbk"))
    assert row(identity).state == "sent"
    truck.says(heard)
    done = becomes(identity, "answered", "终端已执行。")
    assert done.sent_at and done.answered_at and done.sent_at <= done.answered_at
    assert (done.asked_by, done.text, done.tries, done.serial) == ("值班人员某", "前方堵车（屏幕显示）", 1, heard.serial)


@pytest.mark.parametrize(("result", "words"), [(1, "终端执行失败。"), (3, "终端不支持这种指令。")])
def test_a_terminal_may_refuse(truck: Truck, park: Any, result: int, words: str) -> None:
    identity = asked(park, "text", TEXT)
    truck.says(truck.hears(), result)
    becomes(identity, "refused", words)


def test_a_silent_terminal_is_asked_three_times_each_time_longer_and_a_late_answer_counts(settings: Settings, park: Any) -> None:
    with gateway(settings.model_copy(update={"jt808_answer_s": 0.5})) as impatient:
        truck = Truck(impatient.port, park)
        identity = asked(park, "text", TEXT)
        heard, times = [], []
        for _ in range(3):
            heard.append(truck.hears())
            times.append(time.monotonic())
        assert len({frame.serial for frame in heard}) == 1, "the same message, not another"
        assert times[2] - times[1] > times[1] - times[0], "T(n+1) = T(n) × (n+1)"
        assert becomes(identity, "timed_out", "发送 3 次，终端没有应答。").tries == 3
        truck.says(heard[-1])
        becomes(identity, "answered", "终端已执行。（超时后应答）")
        truck.client.close()


def test_a_reset_is_never_sent_twice(truck: Truck, trucks: Callable[[], Truck], park: Any) -> None:
    identity = asked(park, "control", {"command": "4", "plate": park.vehicle.plate})
    assert truck.hears().body == b"\x04"
    truck.client.close()
    becomes(identity, "timed_out", "终端断开了连接，没有应答。")
    again = trucks()
    assert again.client.is_silent(0.5)


def test_a_command_waits_for_its_terminal_and_goes_to_the_gateway_that_has_it(settings: Settings, park: Any) -> None:
    with ExitStack() as stack:
        _, second = stack.enter_context(gateway(settings)), stack.enter_context(gateway(settings))
        first_id, second_id = asked(park, "text", TEXT), asked(park, "locate", {})
        time.sleep(0.3)
        assert row(first_id).state == "waiting", "nobody has the terminal"
        truck = Truck(second.port, park, "2019")
        heard = truck.hears()
        assert (heard.msg_id, heard.is_2019, heard.body[:2]) == (0x8300, True, b"\x07\x01")
        truck.says(heard)
        located = truck.hears()
        assert located.msg_id == 0x8201
        truck.client.send(truck.device.send(0x0201, struct.pack(">H", located.serial) + Report(120.43, 41.42, time.time(), 43.0).body()))
        becomes(first_id, "answered")
        done = becomes(second_id, "answered", "东经 120.430000°，北纬 41.420000°，43 km/h。")
        assert done.answer["longitude"] == 120.43
        truck.client.close()


def test_what_a_broken_connection_did_not_answer_is_sent_on_the_next(truck: Truck, trucks: Callable[[], Truck], park: Any) -> None:
    identity = asked(park, "text", TEXT)
    truck.hears()
    truck.client.close()
    again = trucks()
    again.says(again.hears())
    assert becomes(identity, "answered").tries == 2


def test_a_long_text_goes_in_parts_which_are_sent_again_on_request_and_any_serial_answers(truck: Truck, park: Any) -> None:
    identity = asked(park, "text", {"text": "汉" * 512, "speak": "1"})
    parts = [truck.hears(), truck.hears()]
    assert [part.parts for part in parts] == [(2, 1), (2, 2)]
    assert b"".join(part.body for part in parts)[1:].decode("gbk") == "汉" * 512
    truck.client.send(truck.device.send(0x0005, struct.pack(">HBH", parts[0].serial, 1, 2)))
    assert truck.hears() == parts[1], "byte for byte"
    truck.says(parts[1])
    becomes(identity, "answered")


def test_parameters_are_read_and_told_with_labels_and_units(truck: Truck, park: Any) -> None:
    identity = asked(park, "query", {"extent": "some"})
    heard = truck.hears()
    items = bytes.fromhex("0000005504" + "00000050") + bytes.fromhex("0000ff0102" + "abcd")
    truck.client.send(truck.device.send(0x0104, struct.pack(">HB", heard.serial, 2) + items))
    assert truck.client.answer()["ack_id"] == "0x0104"
    assert becomes(identity, "answered", "终端返回 2 项参数。").answer == {"parameters": {"0x0055": "80 km/h", "0xFF01": "abcd"}}


def picture() -> bytes:
    """A JPEG of some 20 kB: it needs many parts."""
    stream = io.BytesIO()
    Image.effect_noise((200, 150), 80).convert("RGB").save(stream, "JPEG", quality=90)
    return stream.getvalue()


def uploaded(media_id: int, data: bytes, channel: int = 1) -> bytes:
    """The body of 0x0801."""
    return struct.pack(">IBBBB", media_id, 0, 0, 0, channel) + Report(120.43, 41.42, time.time(), 30.0).body() + data


def test_a_photo_comes_in_parts_the_missing_ones_are_asked_for_and_it_answers_its_command(truck: Truck, park: Any) -> None:
    identity, data = asked(park, "photo", PHOTO), picture()
    heard = truck.hears()
    assert heard.msg_id == 0x8801
    truck.client.send(truck.device.send(0x0805, struct.pack(">HBHI", heard.serial, 0, 1, 77)))
    becomes(identity, "answered", "已拍摄 1 张，等待上传。")
    frames = encode_message(truck.device.voice, 0x0801, 100, uploaded(77, data))
    truck.client.send(b"".join(frames[:2] + frames[3:]))
    asked_again = truck.client.frame()
    while asked_again.msg_id != 0x8800:
        asked_again = truck.client.frame()
    assert asked_again.body == struct.pack(">IBH", 77, 1, 3)
    truck.client.send(frames[2])
    while (last := truck.client.frame()).msg_id != 0x8800:
        pass
    assert last.body == struct.pack(">I", 77)
    becomes(identity, "answered", "已收到 1 张照片。")
    with read_session() as current:
        ((media, file),) = pictures_of(current, park.viewer("duty"), park.vehicle.id)
        assert (media.command_id, media.media_id, media.channel, media.lon, media.speed_kmh) == (identity, 77, 1, 120.43, 30.0)
        assert path_of(file).read_bytes() == data
        assert path_of(file, thumbnail=True).is_file()


def test_a_photo_without_its_list_of_ids_answers_too_and_is_not_kept_twice(truck: Truck, park: Any) -> None:
    identity, data = asked(park, "photo", PHOTO), picture()
    truck.says(truck.hears())
    becomes(identity, "sent", "终端已收到指令，等待结果。")
    for _ in range(2):
        truck.client.send(truck.device.send(0x0801, uploaded(5, data)))
        while truck.client.frame().msg_id != 0x8800:
            pass
    becomes(identity, "answered", "已收到 1 张照片。")
    with read_session() as current:
        assert len(pictures_of(current, park.viewer("duty"), park.vehicle.id)) == 1


def test_what_is_no_picture_is_answered_and_told_and_kills_nothing(truck: Truck, park: Any) -> None:
    truck.client.send(truck.device.send(0x0801, uploaded(9, b"no picture at all")))
    assert truck.client.frame().msg_id == 0x8800, "or it would come for ever"
    identity = asked(park, "text", TEXT)
    truck.says(truck.hears())
    becomes(identity, "answered")
    with read_session() as current:
        assert current.query(VehicleMedia).count() == 0


def test_a_row_that_nobody_can_send_is_refused_and_the_next_one_goes_out(truck: Truck, park: Any) -> None:
    bad = asked(park, "text", TEXT, now=None)
    with session() as current:
        current.execute(text("UPDATE vehicle_command SET state = 'waiting', values = '{\"text\": 5}', serial = NULL WHERE id = :id"), {"id": bad})
    good = asked(park, "locate", {})
    while truck.hears().msg_id != 0x8201:
        pass
    becomes(bad, "refused", "平台无法生成这条指令的报文，没有发送。")
    assert row(good).state == "sent"


def test_the_store_of_commands_outlives_its_connection(truck: Truck, park: Any) -> None:
    killer = connection_raw()
    with killer, killer.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%vehicle_command%' AND pid <> pg_backend_pid() AND datname = current_database()")
    killer.close()
    identity = asked(park, "text", TEXT)
    truck.says(truck.hears())
    becomes(identity, "answered")


def test_an_area_is_sent_as_it_is_drawn_now(truck: Truck, park: Any) -> None:
    with session() as current:
        fence = create(current, Geofence, MAKER, {"code": f"F{time.time_ns()}", "name": "罐区", "shape": {"type": "Point", "coordinates": [120.43, 41.42]}, "radius_m": 300.0})
        line = create(current, Geofence, MAKER, {"code": f"L{time.time_ns()}", "name": "路线", "shape": {"type": "LineString", "coordinates": [[120.4, 41.4], [120.5, 41.5]]}})
        assert (str(fence.id), "罐区", "") in areas(current, park.viewer("duty"))
        with pytest.raises(Invalid) as refused:
            ask(current, park.viewer("duty"), park.vehicle.id, "area", {"area_id": str(line.id), "enter": "1"})
        assert refused.value.fields == {"area_id": "只能下发圆形或不超过 100 个角点的多边形。"}
    identity = asked(park, "area", {"area_id": str(fence.id), "enter": "1", "limit_kmh": "20"})
    heard = truck.hears()
    assert (heard.msg_id, heard.body[:6]) == (0x8600, struct.pack(">BBI", 1, 1, fence.id))
    truck.says(heard)
    assert becomes(identity, "answered").text == "罐区（进入报警、限速 20 km/h）"


def test_a_route_is_sent_with_what_holds_on_each_of_its_pieces(truck: Truck, park: Any) -> None:
    with session() as current:
        line = {"type": "LineString", "coordinates": [[120.43, 41.42], [120.44, 41.42], [120.44, 41.43]]}
        road = create(current, VehicleRoute, MAKER, {"name": f"线路 {time.time_ns()}", "shape": line, "width_m": 50, "speed_limit_kmh": 60})
        save_parts(current, road, MAKER, RouteSection, [(None, {"name": "西段", "first_corner": 1, "last_corner": 2, "width_m": 60, "longest_min": 5.0})])
        assert (str(road.id), road.name, "") in routes(current, park.viewer("duty"))
    identity = asked(park, "route", {"route_id": str(road.id), "leave": "1"})
    heard = truck.hears()
    assert (heard.msg_id, heard.body[:8]) == (0x8606, struct.pack(">IHH", road.id, 1 << 5, 3))
    truck.says(heard)
    assert becomes(identity, "answered").text == f"{road.name}（3 个拐点、离开报警）"


def test_video_is_asked_for_only_where_there_is_a_media_server(truck: Truck, park: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    wish = {"channel": "1", "data": "1", "stream": "1"}
    with session() as current, pytest.raises(Conflict, match="没有配置流媒体服务器"):
        ask(current, park.viewer("duty"), park.vehicle.id, "video", wish)
    monkeypatch.setattr("data.vehicle_commands.current_settings", lambda: Settings(media_server="192.0.2.7:1078"))
    identity = asked(park, "video", wish)
    heard = truck.hears()
    assert (heard.msg_id, heard.body[1:10]) == (0x9101, b"192.0.2.7")
    truck.says(heard)
    assert becomes(identity, "answered").text == "通道 1，视频，子码流 → 192.0.2.7:1078"


def test_who_may_ask_what_of_which_vehicle(park: Any) -> None:
    with pytest.raises(Forbidden, match="向车辆下发指令"), session() as current:
        ask(current, park.viewer("leader"), park.vehicle.id, "text", TEXT)
    with session() as current:
        with pytest.raises(NotFound):
            ask(current, park.viewer("duty"), park.vehicle.id + 99, "text", TEXT)
        with pytest.raises(Invalid) as refused:
            ask(current, park.viewer("duty"), park.vehicle.id, "control", {"command": "4", "plate": "辽N·B0000"})
        assert refused.value.fields == {"plate": "与这辆车的车牌号不一致，没有发送。"}
        with pytest.raises(Invalid, match="没有这种指令"):
            ask(current, park.viewer("duty"), park.vehicle.id, "sing", {})
    identity = asked(park, "text", TEXT)
    with session() as current:
        cancel(current, park.viewer("duty"), identity)
    with session() as current, pytest.raises(Conflict, match="已经结束"):
        cancel(current, park.viewer("duty"), identity)
    with read_session() as current:
        verbs = [one.verb for one in current.query(AuditEntry).filter_by(table_name="vehicle_command", record_id=identity).order_by(AuditEntry.id)]
        assert verbs == ["command", "cancel"]
        assert [one.state for one in commands_of(current, park.viewer("leader"), park.vehicle.id)] == ["cancelled"]
    for _ in range(20):
        asked(park, "locate", {})
    with pytest.raises(Conflict, match="已有 20 条指令等待发送"):
        asked(park, "locate", {})


def test_an_acknowledged_call_for_help_is_confirmed_to_the_truck_once(truck: Truck, park: Any) -> None:
    source = Source("vehicle", park.vehicle.id, park.vehicle.plate, park.vehicle.plate, "", park.vehicle.carrier_id)
    raw = connection_raw()
    with raw, raw.cursor() as cursor:
        apply_edges(cursor, [Edge(source, "sos", "sos", 1, True, time.time())])
    raw.close()
    with session() as current:
        (alarm,) = alarms.open_alarms(current, park.viewer("duty"))
        alarms.acknowledge(current, alarm.id, park.viewer("duty"))
    heard = truck.hears()
    assert (heard.msg_id, heard.body) == (0x8203, struct.pack(">HI", 0, 1))
    with session() as current:
        assert confirm_alarm(current, park.viewer("duty"), park.vehicle.id, "sos") is None, "it is under way"
        assert confirm_alarm(current, park.viewer("duty"), park.vehicle.id, "overspeed") is None, "nothing to be confirmed"
    truck.says(heard)
    with read_session() as current:
        (sent,) = commands_of(current, park.viewer("duty"), park.vehicle.id)
    assert becomes(sent.id, "answered").text == "SOS 人工报警（报警已确认）"


def test_what_nobody_fetches_in_time_runs_out(port: int, park: Any) -> None:
    from datetime import UTC, datetime, timedelta

    identity = asked(park, "locate", {}, now=datetime.now(UTC) - timedelta(hours=1))
    becomes(identity, "timed_out", "有效期内终端没有上线，没有发送。")


