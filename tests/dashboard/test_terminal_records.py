"""终端上报记录: what a terminal said is read in words, by those who may look at vehicles, and old bulk data go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import select

from data import db
from data.models import Terminal, TerminalRecord, User
from data.terminal_records import RecordRow, drop_old_records, store_records
from ingest.directory import TerminalInfo
from ingest.jt808.fixes import Clock
from ingest.jt808.frame import Frame
from ingest.jt808.records import record
from tests.dashboard.asking import listed, opened, rows

NOW = 1_795_500_000.0
KEY = "terminal_record"
WAYBILL = "运单号：CY-2026-0001\n货物：甲醇（UN1230）30 t"
CAN = bytes.fromhex("00020830000000a000012a0102030405060708" + "18ff0017ffffffffffffffff")
CARD_LOCKED = bytes.fromhex("01261124083000") + b"\x02"
DRIVER = (
    bytes.fromhex("01261124083100") + b"\0\x06" + "王建国".encode("gbk") + b"211302198001011234".ljust(20, b"\0") + b"\x08"
    + "朝阳运管".encode("gbk") + bytes.fromhex("20281231")
)  # fmt: skip
BODIES = {
    0x0701: [len(WAYBILL.encode("gbk")).to_bytes(4, "big") + WAYBILL.encode("gbk"), b"\0\0\0\x02\xff\x00"],
    0x0702: [DRIVER, CARD_LOCKED],
    0x0705: [CAN],
    0x0900: [b"\x41HELLO", b"\xa5\x01"],
}


def keep(terminal: Terminal) -> None:
    clock, info = Clock(NOW, 300.0, 90 * 86_400.0), TerminalInfo(terminal.id, terminal.vehicle_id, "approved", None, 480, "wgs84")
    found = [
        record(Frame(msg_id, serial, bytes(6), False, 0, False, 0, None, len(body), body, True), info, clock)
        for msg_id, several in BODIES.items()
        for serial, body in enumerate(several)
    ]
    connection = db.connection_raw()
    with connection, connection.cursor() as cursor:
        store_records(cursor, [RecordRow(*one[:4], NOW, *one[4:]) for one in found])
        store_records(cursor, [RecordRow(*one[:4], NOW + 9, *one[4:]) for one in found])
    connection.close()


@pytest.fixture(scope="module")
def plate(demo_database: Any) -> str:
    with db.read_session() as current:
        terminal = current.scalars(select(Terminal).where(Terminal.vehicle_id.is_not(None)).order_by(Terminal.id)).first()
        assert terminal is not None and terminal.vehicle is not None
        keep(terminal)
        return terminal.vehicle.plate


def drawer(client: Any, keyword: str) -> str:
    (row,) = rows(listed(client, KEY, q=keyword, size="100"), KEY)
    return opened(client, KEY, open=row["id"], tab="content")


def test_each_report_stands_once_under_its_vehicle(person: Any, plate: str) -> None:
    found = rows(listed(person("duty"), KEY, q=plate, size="100"), KEY)
    assert len(found) == 7, "sent twice, kept once"
    kinds = rows(listed(person("duty"), KEY, kind="driver"), KEY)
    assert len(kinds) == 2
    assert any("插卡上班，王建国，从业资格证 211302198001011234" in str(row) for row in kinds)
    assert any("读卡失败：卡片已锁定" in str(row) for row in kinds)


@pytest.mark.parametrize(
    ("keyword", "words"),
    [
        ("CY-2026-0001", ["运单号：CY-2026-0001\\n货物：甲醇（UN1230）30 t"]),
        ("不是文本", ["运单内容不是文本", "FF 00"]),
        ("王建国", ["2026-11-24 08:31:00", "王建国", "211302198001011234", "朝阳运管", "2028-12-31", "读卡成功"]),
        ("2 帧", ["首帧 08:30:00", "0x12A", "CAN2", "0x18FF0017", "区间平均值", "01 02 03 04 05 06 07 08"]),
        ("类型 0x41", ["串口 1 透传（0x41）", "48 45 4C 4C 4F"]),
        ("类型 0xa5", ["0xa5"]),
    ],
)
def test_the_drawer_says_in_words_what_was_reported(person: Any, plate: str, keyword: str, words: list[str]) -> None:
    shown = drawer(person("duty"), keyword)
    assert [one for one in words if one not in shown] == []


def test_who_may_not_look_at_vehicles_sees_no_report(person: Any, plate: str) -> None:
    with db.read_session() as current:
        firm = current.scalars(select(User).where(User.enterprise_id.is_not(None)).order_by(User.id)).first()
        username = firm.username if firm else ""
    _, body = listed(person(username, "/enterprise/login"), KEY)
    assert "没有“查看车辆监控”权限" in str(body) and "王建国" not in str(body)


def test_bulk_data_go_with_the_raw_positions_and_papers_stay(demo_database: Any, plate: str) -> None:
    connection = db.connection_raw()
    with connection, connection.cursor() as cursor:
        assert drop_old_records(cursor, datetime.fromtimestamp(NOW, UTC)) == 0
        assert drop_old_records(cursor, datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=1)) == 3
        cursor.execute("SELECT DISTINCT kind FROM terminal_record ORDER BY kind")
        assert [kind for (kind,) in cursor.fetchall()] == ["driver", "waybill"]
        connection.rollback()
    connection.close()


def test_the_digest_tells_reports_with_the_same_serial_apart(plate: str) -> None:
    with db.read_session() as current:
        found = current.scalars(select(TerminalRecord).where(TerminalRecord.kind == "transparent")).unique().all()
    assert {one.digest for one in found} == {sha256(body).hexdigest() for body in BODIES[0x0900]}
