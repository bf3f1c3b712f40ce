"""The gateway over real sockets: who is answered what, and when."""

from __future__ import annotations

import time

import pytest

from ingest.jt808.device import SOS, Device, Report
from ingest.jt808.reply import Voice
from ingest.pipeline import CLOCK_REPLACED, LATE, NOT_FIXED
from tests.ingest.jt808.corpus import BY_ID
from tests.ingest.jt808.listening import (
    APPROVED,
    CODE,
    DISABLED,
    MARS,
    OK,
    PENDING,
    Listening,
    answer_to,
    approved,
    commit,
    here,
)

FAILED, NOT_SUPPORTED = 1, 3


# Positions


def test_a_position_is_answered_after_the_commit_and_not_before(gate: Listening) -> None:
    client = gate.connect()
    client.send(approved(7).locate(here()))
    taken = gate.take(lambda envelopes: len(envelopes) == 1)
    assert client.is_silent(), "nothing is promised before it is stored"
    commit(taken)
    assert client.answer() == answer_to(7, 0x0200)


def test_a_position_becomes_a_row_with_everything_the_device_said(gate: Listening) -> None:
    at = float(int(time.time()))
    gate.connect().send(
        approved(7).locate(here(at, alarm_bits=SOS, items={"mileage_km": 1234.5, "satellites": 14, "0xeb": "00ff"}))
    )
    (row,) = gate.fixes(1)
    assert (row.terminal_id, row.ts, row.serial, row.flags) == (1, at, 7, 0)
    assert (row.lon, row.lat, row.speed_kmh, row.heading_deg, row.altitude_m) == (120.43, 41.42, 43.2, 90, 180)
    assert (row.alarm_bits, row.status_bits, row.mileage_km) == (SOS, 3, 1234.5)
    assert row.items == {"satellites": 14, "0xeb": "00ff"}, "an unknown item stays visible"


def test_a_terminal_that_skips_registration_is_taken_when_it_is_approved(gate: Listening) -> None:
    client = gate.connect()
    client.send(approved().locate(here()))
    assert len(gate.fixes(1)) == 1
    assert client.answer()["result"] == OK


@pytest.mark.parametrize("version", ["2011", "2013", "2019"])
def test_every_edition_is_answered_in_kind(gate: Listening, version: str) -> None:
    client, device = gate.connect(), Device(APPROVED, version)
    client.send(device.heartbeat())
    frame = client.frame()
    assert Voice.of(frame) == device.voice, "same id bytes, same version byte, same flag"


def test_a_blind_area_batch_is_history_one_row_an_item_and_one_answer(gate: Listening) -> None:
    client, now = gate.connect(), int(time.time())
    client.send(approved(3).batch([here(now - 600 + n) for n in range(5)]))
    rows = gate.fixes(5)
    assert [row.ts for row in rows] == [now - 600 + n for n in range(5)]
    assert {row.flags for row in rows} == {LATE}
    assert len({(row.ts, row.serial) for row in rows}) == 5, "each item has a key of its own"
    assert client.answer() == answer_to(3, 0x0704)


def test_a_batch_in_sub_packages_is_stored_whole_and_every_part_is_answered(gate: Listening) -> None:
    client, now = gate.connect(), int(time.time())
    client.send(approved(10).batch([here(now - 600 + n, items={"mileage_km": n}) for n in range(70)], blind=False))
    rows = gate.fixes(70)
    assert {row.flags for row in rows} == {0}, "an ordinary batch is not late"
    assert sorted(client.answer()["ack_seq"] for _ in range(3)) == [10, 11, 12]


def test_the_same_message_sent_again_falls_on_the_same_key(gate: Listening) -> None:
    client, at = gate.connect(), time.time() - 5
    client.send(approved(4).locate(here(at)) + approved(4).locate(here(at)))
    first, second = gate.fixes(2)
    assert (first.terminal_id, first.ts, first.serial) == (second.terminal_id, second.ts, second.serial)


def test_a_real_frame_of_another_project_is_stored_for_an_approved_terminal(gate: Listening) -> None:
    row = BY_ID["tr-108"]
    gate.terminals.known["413051529609"] = gate.terminals.known[APPROVED]
    gate.connect().send(bytes.fromhex(row["hex"]))
    (fix,) = gate.fixes(1)
    assert fix.flags & NOT_FIXED and fix.items is not None and fix.items["0xf7"] == "00000e480234", row["source"]


# Clock, place


def test_a_clock_that_runs_ahead_is_replaced_flagged_and_told(gate: Listening) -> None:
    client = gate.connect()
    client.send(approved().locate(here(4_070_908_800)))
    taken = gate.take(lambda envelopes: len(envelopes) == 1)
    (row,), (refusal,) = taken[0].fixes, taken[0].refusals
    assert abs(row.ts - time.time()) < 5 and row.flags == CLOCK_REPLACED, "kept, at the time of arrival"
    assert refusal.reason == "clock_ahead" and "超前" in refusal.detail and APPROVED in refusal.peer
    commit(taken)
    assert client.answer()["result"] == OK


def test_a_clock_without_a_time_is_replaced_and_told(gate: Listening) -> None:
    body = here().body()[:22] + bytes(6)
    gate.connect().send(approved().send(0x0200, body))
    (envelope,) = gate.take(lambda envelopes: len(envelopes) == 1)
    assert envelope.fixes[0].flags == CLOCK_REPLACED and abs(envelope.fixes[0].ts - time.time()) < 5
    assert (envelope.refusals[0].reason, "无效" in envelope.refusals[0].detail) == ("clock_behind", True)


def test_a_late_position_without_a_believable_time_is_refused_and_the_others_kept(gate: Listening) -> None:
    client = gate.connect()
    client.send(approved(9).batch([here(1_168_654_841), here(time.time() - 60)]))
    (envelope,) = gate.take(lambda envelopes: len(envelopes) == 1)
    assert [row.flags for row in envelope.fixes] == [LATE]
    assert "未入库" in envelope.refusals[0].detail
    commit([envelope])
    assert client.answer() == answer_to(9, 0x0704)


def test_zone_and_coordinates_of_a_terminal_are_its_own(gate: Listening) -> None:
    at = float(int(time.time()))
    device = Device(MARS, offset_s=3600)
    gate.connect().send(device.locate(Report(120.435717, 41.4222581, at)))
    (row,) = gate.fixes(1)
    assert row.ts == at, "a clock on UTC+1"
    assert (row.lon, row.lat) == pytest.approx((120.43, 41.42), abs=1e-5), "GCJ-02 became WGS-84"


@pytest.mark.parametrize(
    ("lon", "lat", "status"), [(41.42, 120.43, 3), (0.0, 0.0, 3), (120.43, 41.42, 1), (120.43, 41.42, 0x23)]
)
def test_a_place_that_is_none_is_kept_and_flagged(gate: Listening, lon: float, lat: float, status: int) -> None:
    gate.connect().send(approved().locate(Report(lon, lat, time.time(), status_bits=status)))
    (row,) = gate.fixes(1)
    assert row.flags == NOT_FIXED and (row.lon, row.lat) == (lon, lat)


def test_numbers_that_no_column_holds_are_brought_into_range(gate: Listening) -> None:
    body = bytearray(here().body())
    body[16:22] = (0xFFF0).to_bytes(2, "big") + (0xFFFF).to_bytes(2, "big") + (725).to_bytes(2, "big")
    gate.connect().send(approved().send(0x0200, bytes(body)))
    (row,) = gate.fixes(1)
    assert (row.altitude_m, row.speed_kmh, row.heading_deg) == (-16, 6553.5, 5)


# Who may speak


def test_a_known_terminal_registers_and_gets_its_code_and_authenticates_with_it(gate: Listening) -> None:
    client, device = gate.connect(), approved(1)
    client.send(device.register("辽N00001", "北斗", "BD-1"))
    assert client.answer() == {"msg_id": 0x8100, "ack_seq": 1, "result": 0, "auth_code": CODE}
    client.send(device.authenticate(CODE))
    assert client.answer() == answer_to(2, 0x0102)
    assert gate.eventually(lambda: bool(gate.terminals.registrations)), "what it says of itself is written down"
    phone, said = gate.terminals.registrations[0]
    assert (phone, said["maker"], said["model"], said["plate"], said["protocol"]) == (
        APPROVED,
        "北斗",
        "BD-1",
        "辽N00001",
        "2013",
    )


def test_an_unknown_terminal_is_entered_for_approval_and_told_no(gate: Listening) -> None:
    client = gate.connect()
    client.send(Device("13911112222", "2019", 5).register("辽N99999"))
    assert client.answer() == {"msg_id": 0x8100, "ack_seq": 5, "result": 4}, "no such terminal"
    assert gate.terminals.known["13911112222"].state == "pending"
    (refusal,) = gate.refusals()
    assert (refusal.source, refusal.reason) == ("jt808", "unregistered")
    assert "13911112222" in refusal.detail and "辽N99999" in refusal.detail and "待审核" in refusal.detail


def test_a_registration_in_sub_packages_is_answered_when_it_is_whole(gate: Listening) -> None:
    client = gate.connect()
    for name in BY_ID["grp-03"]["parts"]:
        client.send(bytes.fromhex(BY_ID[name]["hex"]))
    assert client.answer() == {"msg_id": 0x8100, "ack_seq": 0, "result": 4}
    assert gate.terminals.registrations[0][1]["plate"] == "甘J-123459"


@pytest.mark.parametrize("phone", ["13911112222", PENDING, DISABLED])
def test_positions_of_a_terminal_that_is_not_approved_are_refused_and_told(gate: Listening, phone: str) -> None:
    client = gate.connect()
    client.send(Device(phone, serial=6).locate(here()))
    assert client.answer() == answer_to(6, 0x0200, FAILED)
    (refusal,) = gate.refusals()
    assert refusal.reason == "unregistered" and phone in refusal.detail and refusal.sample
    assert gate.gateway.metrics()["positions"] == 0


def test_an_approval_works_at_once_on_an_open_connection(gate: Listening) -> None:
    client, device = gate.connect(), Device(PENDING)
    client.send(device.locate(here()))
    assert client.answer()["result"] == FAILED
    gate.terminals.known[PENDING] = gate.terminals.known[MARS]
    client.send(device.locate(here()))
    gate.fixes(1)
    assert client.answer()["result"] == OK


def test_a_wrong_code_is_refused_and_so_are_positions_until_it_is_right(gate: Listening) -> None:
    client, device = gate.connect(), approved(1)
    client.send(device.authenticate("guess") + device.locate(here()))
    assert [client.answer()["result"], client.answer()["result"]] == [FAILED, FAILED]
    assert [refusal.reason for refusal in gate.refusals(2)] == ["bad_auth", "bad_auth"]
    client.send(device.authenticate(CODE) + device.locate(here()))
    assert client.answer()["result"] == OK
    gate.fixes(1)
    assert client.answer() == answer_to(4, 0x0200)


def test_after_one_terminal_has_proved_itself_no_other_speaks_on_its_connection(gate: Listening) -> None:
    client = gate.connect()
    client.send(approved(1).authenticate(CODE) + Device(MARS, serial=2).locate(here()))
    assert [client.answer()["result"], client.answer()["result"]] == [OK, FAILED]
    assert gate.refusals()[0].reason == "bad_auth"


def test_a_relay_may_carry_several_terminals_and_each_is_answered_in_its_own_voice(gate: Listening) -> None:
    client, one, two = gate.connect(), approved(1), Device(MARS, "2019", 2)
    client.send(one.locate(here()) + two.locate(here()) + one.locate(here()))
    gate.fixes(3)
    assert [client.frame().terminal for _ in range(3)] == [one.voice.terminal, two.voice.terminal, one.voice.terminal]
    assert gate.gateway.metrics()["terminals"] == 2


def test_heartbeat_log_out_and_answers_of_the_terminal(gate: Listening) -> None:
    client, device = gate.connect(), approved(1)
    client.send(device.heartbeat() + device.answer(1, 0x8100) + device.log_out())
    assert [client.answer(), client.answer()] == [answer_to(1, 0x0002), answer_to(3, 0x0003)], "0x0001 is not answered"


def test_a_real_heartbeat_with_a_body_is_answered(gate: Listening) -> None:
    client = gate.connect()
    client.send(bytes.fromhex(BY_ID["is-020"]["hex"]))
    assert client.answer() == answer_to(38, 0x0002)


def test_an_unknown_message_is_answered_as_not_supported_and_told(gate: Listening) -> None:
    client = gate.connect()
    client.send(approved(8).send(0x0F01, b"?"))
    assert client.answer() == answer_to(8, 0x0F01, NOT_SUPPORTED)
    (refusal,) = gate.refusals()
    assert refusal.reason == "not_supported" and "0x0F01" in refusal.detail


def test_a_body_that_does_not_fit_is_answered_as_bad(gate: Listening) -> None:
    client = gate.connect()
    client.send(approved(8).send(0x0200, b"short"))
    assert client.answer() == answer_to(8, 0x0200, 2)
    assert "5 字节" in gate.refusals()[0].detail


# One session a terminal


def test_a_new_connection_of_a_terminal_closes_the_old_one_and_keeps_the_new(gate: Listening) -> None:
    old, new = gate.connect(), gate.connect()
    old.send(approved().heartbeat())
    old.answer()
    new.send(approved().heartbeat())
    assert new.answer()["result"] == OK
    assert old.is_closed()
    assert gate.eventually(lambda: gate.gateway.metrics()["connections"] == 1)
    metrics = gate.gateway.metrics()
    assert (metrics["replaced"], metrics["terminals"]) == (1, 1), (
        "the late end of the old one does not take the new one along"
    )
    new.send(approved().heartbeat())
    assert new.answer()["result"] == OK


def test_a_connection_that_ends_leaves_nothing_behind(gate: Listening) -> None:
    client = gate.connect()
    client.send(approved().heartbeat())
    client.answer()
    client.close()
    assert gate.eventually(lambda: gate.gateway.metrics()["connections"] == 0)
    assert gate.gateway.metrics()["terminals"] == 0


def test_an_answer_for_a_connection_that_is_gone_is_dropped_quietly(gate: Listening) -> None:
    client = gate.connect()
    client.send(approved().locate(here()))
    taken = gate.take(lambda envelopes: len(envelopes) == 1)
    client.close()
    assert gate.eventually(lambda: gate.gateway.metrics()["connections"] == 0)
    commit(taken)
    other = gate.connect()
    other.send(approved().heartbeat())
    assert other.answer()["result"] == OK
