"""What must hold for any bytes: no exception but the codec's own, nothing lost between encoding and decoding."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.jt808 import clock
from ingest.jt808.device import Device, Report
from ingest.jt808.frame import MAX_FRAME, Frame, FrameError, Framer, checksum, escape, parse, unescape
from ingest.jt808.items import ITEMS
from ingest.jt808.location import location_fields, position, read_position
from ingest.jt808.messages import READABLE, batch_positions, decode, decode_body, describe
from ingest.jt808.parts import MAX_BYTES, MAX_MESSAGES, Parts
from ingest.jt808.reply import Voice, encode_frame, encode_message, general_answer, registration_answer
from tests.ingest.jt808.corpus import ROWS, ids

settings.register_profile("codec", deadline=None, derandomize=True)  # the machine may be busy, and a run repeats itself
settings.load_profile("codec")

MESSAGES = sorted(READABLE)
VERSIONS = ["2011", "2013", "2019"]
KNOWN_KEYS = [key for key, _ in ITEMS]

bodies = st.binary(max_size=1023)
item_bodies = st.lists(
    st.tuples(st.sampled_from([*KNOWN_KEYS, 0xEB, 0x00, 0xFF]), st.binary(max_size=60)), max_size=12
).map(lambda items: b"".join(bytes((key, len(value))) + value for key, value in items))


def frames_of(stream: bytes) -> list[Frame]:
    return [parse(raw) for raw in Framer().feed(stream)]


@given(st.binary(max_size=3000))
def test_any_bytes_are_parsed_or_refused_and_never_break_the_reader(data: bytes) -> None:
    for raw in [data, *Framer().feed(data)]:
        try:
            decode(parse(raw))
        except FrameError as error:
            assert error.reason in {"bad_frame", "bad_checksum"}, "a refusal names its reason"


@given(st.sampled_from(MESSAGES), st.booleans(), bodies)
def test_any_body_of_any_message_is_decoded_or_refused(msg_id: int, is_2019: bool, body: bytes) -> None:
    voice = Voice(bytes(10 if is_2019 else 6), is_2019, 1, is_2019)
    (frame,) = frames_of(encode_frame(voice, msg_id, 7, body))
    try:
        assert isinstance(decode(frame), dict)
    except FrameError as error:
        assert str(error), "a refusal says what is wrong"


@given(
    st.sampled_from(MESSAGES),
    st.booleans(),
    st.lists(st.sampled_from([b"\0", b"a", b"\xb2\xe2", b"\x01", b" "]), max_size=120).map(b"".join),
)
def test_no_text_holds_a_nul_because_no_database_takes_one(msg_id: int, is_2019: bool, body: bytes) -> None:
    voice = Voice(bytes(10 if is_2019 else 6), is_2019, 1, is_2019)
    found = describe(encode_frame(voice, msg_id, 7, body))
    assert "\\u0000" not in json.dumps(found)


def test_a_label_with_a_nul_inside_is_text_all_the_same() -> None:
    item = bytes(5) + b"\x02" + bytes(19) + b"id\0\0007" + bytes(9)
    (name, read) = ITEMS[0x67, 41]
    assert "\\u0000" not in json.dumps({name: read(item.ljust(41, b"\0"))})


@given(st.binary(max_size=400))
def test_describing_anything_gives_fields_or_an_error(data: bytes) -> None:
    assert describe(data).keys() & {"error", "body"}
    assert describe(b"\x7e" + data + b"\x7e").keys() & {"error", "body"}


@given(st.binary(max_size=2000))
def test_escaping_is_undone_exactly_and_leaves_no_delimiter_inside(content: bytes) -> None:
    framed = escape(content)
    assert b"\x7e" not in framed[1:-1]
    assert unescape(framed[1:-1]) == content


@given(st.binary(min_size=1, max_size=1500))
def test_the_folded_checksum_equals_the_plain_one(content: bytes) -> None:
    plain = 0
    for byte in content:
        plain ^= byte
    assert checksum(content) == plain


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.booleans(), bodies)
def test_a_frame_that_is_encoded_is_decoded_to_the_same(msg_id: int, serial: int, is_2019: bool, body: bytes) -> None:
    voice = Voice(bytes(range(10 if is_2019 else 6)), is_2019, 1 if is_2019 else 0, is_2019)
    (frame,) = frames_of(encode_frame(voice, msg_id, serial, body))
    assert (frame.msg_id, frame.serial, frame.body, Voice.of(frame)) == (msg_id, serial, body, voice)
    assert frame.checksum_ok and frame.length_ok


@given(st.binary(min_size=1024, max_size=20_000), st.booleans())
def test_a_long_message_is_split_and_joined_again_in_any_order(body: bytes, is_2019: bool) -> None:
    voice = Voice(bytes(10 if is_2019 else 6), is_2019, 1, is_2019)
    frames = [frame for data in encode_message(voice, 0x0704, 65_530, body) for frame in frames_of(data)]
    parts = Parts()
    joined = [whole for frame in [frames[0], *reversed(frames[1:])] if (whole := parts.add(frame, 0.0))]
    assert [(whole.body, whole.serial, whole.parts) for whole in joined] == [(body, 65_530, None)]


@given(
    st.lists(st.binary(min_size=1, max_size=300).map(escape), max_size=8),
    st.lists(st.integers(1, 40), min_size=1, max_size=8),
)
def test_the_framer_gives_the_same_however_the_stream_is_cut(framed: list[bytes], sizes: list[int]) -> None:
    stream = b"".join(framed)
    framer, found, at = Framer(), [], 0
    while at < len(stream):
        step = sizes[at % len(sizes)]
        found += framer.feed(stream[at : at + step])
        at += step
    assert found == [one[1:-1] for one in framed]


@given(st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFFFFFF), item_bodies)
def test_the_fast_and_the_naming_reader_agree_on_every_location(alarm: int, status: int, items: bytes) -> None:
    body = (
        alarm.to_bytes(4, "big")
        + status.to_bytes(4, "big")
        + bytes.fromhex("0278f4d0072d9d3800b401c2005a261123190000")
        + items
    )
    fields, found, again = location_fields(body), position(body), position(body)
    named = {name: value for name, value in found.items.items() if not name.startswith("0x")}
    raw = {name: value for name, value in found.items.items() if name.startswith("0x")}
    assert (fields["alarm_bits"], fields["latitude"], fields["longitude"]) == (alarm, found.lat, found.lon)
    assert {name: fields[name] for name in named} == named, "named items"
    assert {name: fields["items"][name] for name in raw} == raw or set(raw) <= set(fields["items"]), (
        "unknown items stay visible"
    )
    assert again == found, "a remembered layout reads the same as the first walk"


@pytest.mark.parametrize("row", [row for row in ROWS if row["msg_id"] == "0x0200" and row["hex"]], ids=ids)
def test_the_hot_path_reads_a_real_frame_as_the_full_one_does_or_leaves_it(row: dict[str, Any]) -> None:
    for raw in Framer().feed(bytes.fromhex(row["hex"])):
        found = read_position(raw)
        if found is not None:
            frame = parse(raw)
            assert found == (frame.terminal, frame.serial, position(frame.body)), row["source"]


@pytest.mark.parametrize("version", VERSIONS)
@given(
    lon=st.floats(-180, 180),
    lat=st.floats(-90, 90),
    speed=st.integers(0, 6000),
    heading=st.integers(0, 359),
    at=st.integers(946_700_000, 4_000_000_000),
)
def test_a_position_that_a_device_sends_arrives_unchanged(
    version: str, lon: float, lat: float, speed: int, heading: int, at: int
) -> None:
    items = {"mileage_km": 1234.5, "signal": 25, "satellites": 14, "0xeb": "000c00b2"}
    report = Report(lon, lat, at, speed / 10, heading, 180, 3, items=items)
    (raw,) = Framer().feed(Device("13800138000", version).locate(report))
    found = read_position(raw)
    assert found is not None, "a plain frame takes the hot path"
    terminal, serial, place = found
    assert (terminal.hex().lstrip("0"), serial) == ("13800138000", 0)
    assert place.lon == pytest.approx(lon, abs=1e-6) and place.lat == pytest.approx(lat, abs=1e-6)
    assert (place.speed_kmh, place.heading_deg, place.altitude_m, place.alarm_bits) == (speed / 10, heading, 180, 3)
    assert place.local_s == at + 8 * 3600, "the clock of the device, eight hours ahead"
    assert place.items == items


@pytest.mark.parametrize("version", VERSIONS)
def test_registration_and_authentication_arrive_unchanged(version: str) -> None:
    device = Device("13800138000", version)
    sent = (
        device.register("辽N12345", "北斗", "BD-1", "A000001")
        + device.authenticate("代码c0de")
        + device.heartbeat()
        + device.log_out()
    )
    bodies_found = [decode(frame) for frame in frames_of(sent)]
    known = {
        "maker": "北斗",
        "model": "BD-1",
        "device_id": "A000001",
        "plate": "辽N12345",
        "plate_color": 2,
        "layout": version,
    }
    assert bodies_found[0] == known | {"province": 21, "city": 1300}
    assert bodies_found[1]["auth_code"] == "代码c0de"
    assert bodies_found[2:] == [{}, {}]


@settings(max_examples=20)
@given(st.integers(1, 60), st.booleans())
def test_a_batch_arrives_whole_even_when_it_needs_sub_packages(count: int, blind: bool) -> None:
    reports = [Report(120.4, 41.4, 1_780_000_000 + n, items={"mileage_km": n}) for n in range(count)]
    frames, parts = frames_of(Device("13800138000").batch(reports, blind)), Parts()
    whole = [frame if frame.parts is None else parts.add(frame, 0.0) for frame in frames][-1]
    assert whole is not None
    late, positions, short = batch_positions(whole.body)
    assert (late, short) == (blind, 0)
    assert [place.local_s for place in positions] == [1_780_000_000 + 28_800 + n for n in range(count)]
    assert decode_body(whole)["count"] == count


def test_one_bad_item_of_a_batch_does_not_cost_the_others() -> None:
    good = Report(120.4, 41.4, 1_780_000_000).body()
    body = b"\0\x03\x01" + b"".join(len(item).to_bytes(2, "big") + item for item in (good, b"short", good))
    assert len(batch_positions(body)[1]) == 2 and batch_positions(body)[2] == 1
    (frame,) = frames_of(encode_frame(Voice(bytes(6)), 0x0704, 0, body))
    assert ["error" in item for item in decode(frame)["positions"]] == [False, True, False]


@pytest.mark.parametrize("version", ["2013", "2019"])
def test_a_terminal_is_answered_in_the_version_that_it_speaks(version: str) -> None:
    voice = Device("13800138000", version).voice
    (frame,) = frames_of(general_answer(voice, 5, 77, 0x0200, 0))
    assert decode(frame) == {"ack_seq": 77, "ack_id": "0x0200", "result": 0}
    assert (frame.terminal, frame.is_2019, frame.has_flag) == (voice.terminal, voice.is_2019, voice.has_flag)
    (frame,) = frames_of(registration_answer(voice, 6, 1, 0, "c0de"))
    assert decode(frame) == {"ack_seq": 1, "result": 0, "auth_code": "c0de"}
    (frame,) = frames_of(registration_answer(voice, 7, 1, 4, "c0de"))
    assert decode(frame) == {"ack_seq": 1, "result": 4}, "no code with a refusal"


def test_an_empty_authentication_code_is_never_sent() -> None:
    with pytest.raises(ValueError, match="authentication code"):
        registration_answer(Voice(bytes(6)), 0, 0, 0, "")


@pytest.mark.parametrize(
    "digits", ["000000000000", "261301000000", "260230120000", "261123246000", "2611231a0000", "ffffffffffff"]
)
def test_a_time_that_is_none_is_told_apart(digits: str) -> None:
    bcd = bytes.fromhex(digits)
    assert clock.local_seconds(bcd) is None
    assert clock.iso_time(bcd) == f"bcd:{digits}"
    assert position(bytes(22) + bcd).local_s is None, "and the position is kept"


def test_the_table_of_days_does_not_grow_without_bound() -> None:
    for number in range(20_000):
        clock.local_seconds(number.to_bytes(3, "big") + bytes(3))
    assert len(clock.DAYS) <= 5001


def test_ten_megabytes_without_a_delimiter_are_dropped_and_the_next_frame_is_found() -> None:
    framer, chunk = Framer(), b"\x55" * 65_536
    assert framer.feed(b"\x7e") == []
    for _ in range(160):
        assert framer.feed(chunk) == []
        assert framer.held <= MAX_FRAME, "memory stays bounded"
    heartbeat = Device("13800138000").heartbeat()
    assert framer.feed(heartbeat) == [heartbeat[1:-1]]
    assert (framer.too_long, framer.junk_bytes) == (1, 160 * 65_536), "told once, counted whole"


def test_a_frame_that_is_too_long_is_skipped_within_one_read() -> None:
    heartbeat = Device("13800138000").heartbeat()
    framer = Framer()
    assert framer.feed(b"\x7e" + b"\x55" * 10_000 + heartbeat) == [heartbeat[1:-1]]
    assert framer.too_long == 1


def test_sub_packages_that_never_complete_are_given_up() -> None:
    parts, voice = Parts(), Voice(bytes(6))
    for serial in range(0, 2000, 10):
        (frame,) = frames_of(encode_frame(voice, 0x0801, serial, bytes(1000), (3, 1)))
        assert parts.add(frame, serial / 10) is None
        assert parts.held <= MAX_MESSAGES * 1000
    (frame,) = frames_of(encode_frame(voice, 0x0801, 9000, bytes(1000), (3, 1)))
    parts.add(frame, 10_000.0)
    assert parts.held == 1000 and parts.lost == 200, "the old ones are forgotten and counted"
    assert MAX_BYTES > 0


def test_an_impossible_part_number_is_refused() -> None:
    (frame,) = frames_of(encode_frame(Voice(bytes(6)), 0x0801, 1, b"x", (2, 3)))
    with pytest.raises(FrameError, match="3 of 2"):
        Parts().add(frame, 0.0)
