"""What is written is what was read: every message, every item, and the frames of the collection byte for byte."""

from __future__ import annotations

import json
import random
import struct
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ingest.jt808.frame import Frame, FrameError, Framer, checksum, escape, parse
from ingest.jt808.items import ITEMS, write_item
from ingest.jt808.layouts import LAYOUTS
from ingest.jt808.location import location_fields, position
from ingest.jt808.messages import decode, describe, encode
from ingest.jt808.parts import Parts
from ingest.jt808.reply import Voice, encode_message
from tests.ingest.jt808.corpus import FRAGMENTS, REFUSED, ROWS, rows

settings.register_profile("codec", deadline=None, derandomize=True)
settings.load_profile("codec")

READ_ONLY = {0x0100, 0x0102, 0x0801, 0x0802}
"""Messages whose fields do not tell all of their bytes: a picture is told by its length, an edition by its widths."""

PADDED = "padded by its sender with zeros where the standard wants none, or in front instead of behind"
REPEATED = "an item that comes twice (the first counts), or bytes at the end that are no whole item (dropped)"
NOT_THE_SAME = {
    **dict.fromkeys(("sc-060", "wrap-22", "frag-097", "frag-099", "yz-077", "yz-078", "yz-201", "sc-094"), PADDED),
    **dict.fromkeys(
        ("go-046", "go-052", "go-053", "sc-046", "sc-049", "sc-050", "sc-088", "sc-089", "sc-090", "sc-091", "sc-092"), REPEATED
    ),
    **dict.fromkeys(("frag-004", "frag-006", "frag-024", "frag-026", "frag-029"), REPEATED),
    **dict.fromkeys(("frag-037", "frag-057", "frag-103"), "no body of its message"),
}
"""Real bodies that are not written as they came, with the reason."""

# Bytes of which text, numbers and times are made; what is no text at all cannot be written again.
PIECES = [b"\0", b"\1", b"\2", b"\3", b"a", b"7", b"\x26\x11\x24", b"\x08\x30\x00", "甲".encode("gbk"), b"\0\0\0\1", b"\0\5hello"]
bodies = st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join)


def frame_of(msg_id: int, body: bytes, is_2019: bool = False) -> Frame:
    return Frame(msg_id, 1, bytes(10 if is_2019 else 6), is_2019, int(is_2019), is_2019, 0, None, len(body), body, True)


def written_as_it_came(msg_id: int, body: bytes, is_2019: bool) -> bool:
    try:
        return encode(msg_id, decode(frame_of(msg_id, body, is_2019)), is_2019) == body
    except FrameError:
        return False


def test_real_frames_and_bodies_are_written_byte_for_byte_as_they_came() -> None:
    frames = [(row["id"], parse(bytes.fromhex(row["hex"])[1:-1])) for row in rows("frame", "wrapped", "quirk") if row["id"] not in REFUSED]
    differ = {
        name
        for name, frame in frames
        if frame.msg_id in LAYOUTS.keys() | {0x0200, 0x0201, 0x0500, 0x0704}
        and not (frame.encryption or frame.parts)
        and not written_as_it_came(frame.msg_id, frame.body, frame.is_2019)
    }
    for row in FRAGMENTS:
        msg_id, body = int(row["msg_id"], 16), bytes.fromhex(row["hex"])
        if msg_id in LAYOUTS.keys() | {0x0200} and not any(written_as_it_came(msg_id, body, edition) for edition in (False, True)):
            differ.add(row["id"])
    assert differ == NOT_THE_SAME.keys()


@pytest.mark.parametrize("msg_id", sorted(LAYOUTS), ids=lambda key: f"0x{key:04X}")
@settings(max_examples=12)
@given(bodies, st.booleans())
def test_fields_that_are_written_are_read_again(msg_id: int, body: bytes, is_2019: bool) -> None:
    try:
        fields = decode(frame_of(msg_id, body, is_2019))
        written = encode(msg_id, fields, is_2019)
    except FrameError:
        return
    except UnicodeEncodeError:
        assert "\ufffd" in json.dumps(fields, ensure_ascii=False), "only what is no text cannot be written"
        return
    assert decode(frame_of(msg_id, written, is_2019)) == fields


@settings(max_examples=80)
@given(st.sampled_from(sorted(item for item in ITEMS if item[0] != 0x66)), st.data())
def test_every_item_of_a_location_is_written_as_it_is_read(item: tuple[int, int], data: st.DataObject) -> None:
    key, size = item
    value = data.draw(st.binary(min_size=size, max_size=size))
    name, read = ITEMS[item]
    said = read(value)
    assume("\ufffd" not in json.dumps(said, ensure_ascii=False))
    again = write_item(key, size, said)
    assert read(again[2:]) == said, name
    assert again[:2] == bytes(item)


def test_tyres_are_written_as_they_are_read() -> None:
    value = bytes.fromhex("0000000a01") + bytes(19) + b"TPM0001" + bytes(9) + b"\2" + struct.pack(">BHHHHBHHHH", 0, 4, 500, 30, 90, 3, 2, 900, 60, 80)
    said = ITEMS[0x66, 59][1](value)
    assert [wheel["pressure_kpa"] for wheel in said["wheels"]] == [500, 900]
    assert ITEMS[0x66, 59][1](write_item(0x66, 59, said)[2:]) == said


@settings(max_examples=60)
@given(
    st.binary(min_size=28, max_size=28),
    st.dictionaries(st.sampled_from([*{key for key, _ in ITEMS}, 0xEB, 0xFE]), st.binary(max_size=60), max_size=8),
)
def test_a_location_with_its_items_is_written_byte_for_byte(base: bytes, items: dict[int, bytes]) -> None:
    body = base + b"".join(bytes((key, len(value))) + value for key, value in items.items())
    assert encode(0x0200, location_fields(body)) == body
    assert position(body).items.keys() >= {f"0x{key:02x}" for key in items if not any(known == key for known, _ in ITEMS)}


@settings(max_examples=30)
@given(st.binary(min_size=1, max_size=4000), st.sampled_from(["2013", "2019"]), st.integers(0, 0xFFFF))
def test_a_downstream_message_of_any_length_is_joined_by_its_terminal(body: bytes, version: str, serial: int) -> None:
    is_2019 = version == "2019"
    voice, parts = Voice(bytes(10 if is_2019 else 6), is_2019, int(is_2019), is_2019), Parts()
    fields = {"type": "0x41", "data": body.hex()}
    frames = [parse(raw) for sent in encode_message(voice, 0x8900, serial, encode(0x8900, fields)) for raw in Framer().feed(sent)]
    whole = [frame if frame.parts is None else parts.add(frame, 0.0) for frame in frames][-1]
    assert whole is not None and (whole.serial, decode(whole)) == (serial, fields)


@pytest.mark.parametrize(("msg_id", "fields"), [(0x8300, {}), (0x8801, {"channel": 300}), (0x8300, {"flag": 1, "text": "\ufffd"}), (0x0801, {})])
def test_fields_that_make_no_message_are_refused_as_such(msg_id: int, fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"0x8|0x0|gbk"):
        encode(msg_id, fields)


def mutated(chance: random.Random, content: bytes) -> bytes:
    """``content`` with one to four bytes changed, lost, doubled or cut off, half the time with a checksum that fits again."""
    found = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(found)) if found else 0
        kind = chance.randrange(5)
        if kind == 0 and found:
            found[at] = chance.choice((0, 1, 0x7D, 0x7E, 0xFF, chance.randrange(256)))
        elif kind == 1:
            del found[at : at + chance.randint(1, 8)]
        elif kind == 2:
            found[at:at] = found[at : at + chance.randint(1, 30)]
        elif kind == 3:
            found[at:at] = chance.randbytes(chance.randint(1, 5))
        else:
            del found[at:]
    if chance.random() < 0.5:
        return bytes(found)
    declared = len(found) - 12
    if declared >= 0:
        found[2:4] = (found[2] & 0xFC | declared >> 8 & 3, declared & 0xFF)
    return bytes(found) + bytes((checksum(bytes(found)),))


def test_real_frames_in_any_state_are_read_or_refused_and_never_break_the_codec() -> None:
    chance, framer = random.Random(808), Framer()
    read = refused = 0
    for row in [row for row in ROWS if row["hex"]] * 6:
        content = mutated(chance, bytes.fromhex(row["hex"])[1:-2])
        answer = describe(escape(content))
        json.dumps(answer)
        read, refused = read + ("error" not in answer), refused + ("error" in answer)
        for raw in framer.feed(escape(content) + content):
            try:
                decode(parse(raw))
            except FrameError as error:
                assert str(error) and error.detail
    assert read > 500 and refused > 500, "both ways were gone"
