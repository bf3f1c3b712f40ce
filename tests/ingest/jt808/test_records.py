"""Reports besides positions, from a socket into the database: each once, each in words, and only of approved terminals."""

from __future__ import annotations

import struct
import time

import pytest

from data.models import Alarm, TerminalRecord
from ingest.directory import TerminalInfo
from ingest.jt808.clock import bcd_time
from ingest.jt808.device import Device
from ingest.jt808.fixes import Clock
from ingest.jt808.frame import Frame, parse
from ingest.jt808.messages import between_delimiters
from ingest.jt808.records import readable_text, record
from tests.ingest.jt808.corpus import BY_ID
from tests.ingest.jt808.listening import Client
from tests.ingest.jt808.test_stored import client, eventually, here, park, rows  # noqa: F401
from tests.park import Park

NOW = 1_795_500_000.0
CLOCK = Clock(NOW, 300.0, 90 * 86_400.0)
INFO = TerminalInfo(1, 2, "approved", None, 480, "wgs84")


def corpus_body(name: str) -> bytes:
    return parse(between_delimiters(bytes.fromhex(BY_ID[name]["hex"]))).body


def frame(msg_id: int, body: bytes) -> Frame:
    return Frame(msg_id, 7, bytes(6), False, 0, False, 0, None, len(body), body, True)


def test_a_drivers_card_of_the_collection_is_in_the_table_once_though_sent_twice(client: Client, park: Park) -> None:  # noqa: F811
    body = corpus_body("sc-060")
    for _ in range(2):
        client.send(Device(park.terminal.phone, serial=514).send(0x0702, body))
        assert client.answer() == {"msg_id": 0x8001, "ack_seq": 514, "ack_id": "0x0702", "result": 0}
    (row,) = rows(TerminalRecord)
    expected = BY_ID["sc-060"]["expect"]
    assert (row.kind, row.serial, row.vehicle_id, row.enterprise_id) == ("driver", 514, park.vehicle.id, park.vehicle.carrier_id)
    assert {name: row.content[name] for name in ("driver", "certificate", "id_card", "expiry")} == {
        name: expected[name] for name in ("driver", "certificate", "id_card", "expiry")
    }
    assert row.summary == "插卡上班，你好，从业资格证 416756199006054349"


def test_waybill_can_and_passed_data_are_kept_also_in_sub_packages(client: Client, park: Park) -> None:  # noqa: F811
    device = Device(park.terminal.phone)
    text = ("运单号 2026112401；甲醇 UN1230；" * 60).encode("gbk")
    client.send(device.send(0x0701, struct.pack(">I", len(text)) + text))
    assert [client.answer()["result"] for _ in range(2)] == [0, 0], "each sub-package, after the commit"
    client.send(device.send(0x0705, corpus_body("yz-027")) + device.send(0x0900, corpus_body("tr-109")))
    assert [client.answer()["result"] for _ in range(2)] == [0, 0]
    found = {row.kind: row for row in rows(TerminalRecord)}
    assert found.keys() == {"waybill", "can", "transparent"}
    assert found["waybill"].summary.startswith("运单号 2026112401；甲醇 UN1230；")
    assert found["waybill"].content["text"].count("UN1230") == 60
    assert len(found["can"].content["frames"]) == 3
    assert found["transparent"].content["type"] == "0x53"


def test_a_stranger_and_a_broken_report_are_refused(client: Client, park: Park) -> None:  # noqa: F811
    client.send(Device("13911112222").send(0x0702, corpus_body("sc-060")))
    assert client.answer()["result"] == 1
    client.send(Device(park.terminal.phone).send(0x0702, b"\x01\x18"))
    assert client.answer()["result"] == 2
    assert rows(TerminalRecord) == []


def safety_item(alarm_id: int, flag: int, kind: int, level: int, at: float) -> str:
    """Item 0x65 (state of the driver)."""
    head = struct.pack(">IBBBB4x", alarm_id, flag, kind, level, 7)
    tail = struct.pack(">BHII", 63, 180, 41_420_000, 120_430_000) + bcd_time(at) + b"\0\1"
    return (head + tail + b"DSM0001" + bcd_time(at) + b"\0\2\0").hex()


def test_a_safety_alarm_is_one_alarm_of_its_vehicle_however_often_it_is_reported(client: Client, park: Park) -> None:  # noqa: F811
    now = float(int(time.time())) - 10
    device = Device(park.terminal.phone)
    reports = [(0, 9, 1, 2, 2), (1, 9, 1, 2, 2), (2, 9, 2, 2, 2), (3, 10, 0, 17, 1)]  # the last is an event, no alarm
    for after, alarm_id, flag, kind, level in reports:
        item = safety_item(alarm_id, flag, kind, level, now + after)
        client.send(device.locate(here(now + after, items={"0x65": item})))
        assert client.answer()["result"] == 0
    assert eventually(lambda: rows(Alarm) and rows(Alarm)[0].cleared_at)
    (alarm,) = rows(Alarm)
    assert (alarm.source_type, alarm.source_id, alarm.kind, alarm.level) == ("vehicle", park.vehicle.id, "phone_call", 2)
    assert (alarm.occurrences, alarm.value) == (1, 63.0)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("甲醇 UN1230".encode("gbk") + b"\0\0", "甲醇 UN1230"),
        ("甲醇 UN1230".encode(), "甲醇 UN1230"),
        (bytes.fromhex("0000014d000ababa736d616c6c636869"), None),
    ],
)
def test_a_waybill_is_read_as_text_when_it_is_text(data: bytes, text: str | None) -> None:
    assert readable_text(data) == text


@pytest.mark.parametrize(
    ("msg_id", "body", "expected"),
    [
        (0x0702, b"\x02" + bcd_time(NOW - 3600), NOW - 3600),
        (0x0702, corpus_body("wrap-20"), NOW),  # of 2018: not believed
        (0x0705, b"\0\0" + bcd_time(NOW - 60)[3:] + b"\0\0", NOW - 60),
        (0x0705, b"\0\0" + bcd_time(NOW + 7200)[3:] + b"\0\0", NOW + 7200 - 86_400),
        (0x0705, b"\0\0\xff\xff\xff\0\0", NOW),
        (0x0900, b"\x41abc", NOW),
    ],
)
def test_the_time_of_a_report_is_the_terminals_where_it_can_be_believed(msg_id: int, body: bytes, expected: float) -> None:
    assert record(frame(msg_id, body), INFO, CLOCK).ts == expected
