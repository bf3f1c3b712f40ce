"""The codec against real frames of six public projects and their issue threads."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ingest.jt808.frame import FrameError, Framer, parse, unescape
from ingest.jt808.messages import READABLE, between_delimiters, decode_body, describe
from ingest.jt808.parts import Parts
from ingest.jt808.reply import Voice, encode_frame
from tests.ingest.jt808.corpus import BY_ID, FRAGMENTS, NAMED, REFUSED, ROWS, expected, ids, rows, values, within

TAKEN = [row for row in rows("frame", "wrapped", "quirk") if row["id"] not in REFUSED]
MEASURED = rows("frame", "wrapped", "quirk")
UNEQUAL = {
    "tr-044": "a padlock's own message with a bare 7e inside, a length that does not fit and no checksum that proves it: refused",
}
"""Frames of which an expected value does not come out; the ten of ``REFUSED`` with a wrong checksum show theirs beside the error."""
UNREADABLE = {
    "frag-037": "six bytes 99 in a test of a parameter: no items behind the count of 153",
    "frag-057": "eleven to sixty-six: six bytes that are no location",
    "frag-103": "twelve thirty-four…: its name would be 137 bytes long",
}
"""Fragments that are no bodies of their message, with the reason."""


def read(row: dict[str, Any]) -> dict[str, Any]:
    answer = describe(bytes.fromhex(row["hex"]))
    assert "error" not in answer, f"{row['id']} ({row['source']}) is refused: {answer['error']}"
    return answer


def found_of(row: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    answer = describe(bytes.fromhex(row["hex"]))
    return within({**answer, **answer.get("body", {})}, wanted)


@pytest.mark.parametrize("row", TAKEN, ids=ids)
def test_a_frame_decodes_to_the_values_that_its_source_names(row: dict[str, Any]) -> None:
    read(row)
    for wanted in (values(row, "expect"), values(row, "derived_expect")):
        assert found_of(row, wanted) == wanted, f"{row['id']} from {row['source']}"


def test_of_all_frames_at_least_99_in_100_have_every_expected_value_and_the_others_are_known() -> None:
    unequal = {row["id"] for row in MEASURED if found_of(row, expected(row)) != expected(row)}
    assert unequal == UNEQUAL.keys(), "each exception is listed with its reason"
    assert len(unequal) <= len(MEASURED) / 100
    assert len(MEASURED) == 470, "the whole collection is measured"


@pytest.mark.parametrize("row", FRAGMENTS, ids=ids)
def test_a_body_without_a_header_is_read_in_one_edition_or_is_known_to_be_none(row: dict[str, Any]) -> None:
    body, voices = bytes.fromhex(row["hex"]), (Voice(bytes(6)), Voice(bytes(10), True, 1, True))
    answers = [describe(encode_frame(voice, int(row["msg_id"], 16), 1, body)) for voice in voices]
    assert any("error" not in answer for answer in answers) is (row["id"] not in UNREADABLE), (row["source"], answers)


@pytest.mark.parametrize("row", [row for row in TAKEN if row.get("header")], ids=ids)
def test_the_header_of_every_frame_is_read_whatever_its_message(row: dict[str, Any]) -> None:
    answer, header = read(row), row["header"]
    sub = {"total": header["sub_total"], "index": header["sub_no"]} if header["sub"] else None
    expected = (header["terminal"], header["seq"], header["checksum_ok"], sub)
    assert (answer["terminal"], answer["seq"], answer["checksum_ok"], answer["sub"]) == expected, row["source"]
    assert int(answer["msg_id"], 16) == int(row["msg_id"], 16), row["source"]


@pytest.mark.parametrize("row", [row for row in TAKEN if row["version"] in {"2011", "2013", "2019"}], ids=ids)
def test_the_version_is_told_from_the_header_that_fits(row: dict[str, Any]) -> None:
    # 2011 and 2013 have the same header: a frame says 2013 for both, and a registration names its layout.
    assert read(row)["version"] == row["version"].replace("2011", "2013"), row["source"]


@pytest.mark.parametrize(
    "row",
    [row for row in TAKEN if row["msg_id"] == "0x0100" and not row["header"]["sub"] and not row["header"]["encrypt"]],
    ids=ids,
)
def test_a_registration_tells_its_edition_by_its_layout(row: dict[str, Any]) -> None:
    assert read(row)["body"]["layout"] == row["version"], row["source"]


@pytest.mark.parametrize("row", [row for row in TAKEN if "imei_from_packed_terminal" in row["expect"]], ids=ids)
def test_an_imei_packed_into_the_id_field_is_recognised(row: dict[str, Any]) -> None:
    assert read(row)["imei_from_packed_terminal"] == row["expect"]["imei_from_packed_terminal"]


@pytest.mark.parametrize("row", rows("malformed", "negative"), ids=ids)
def test_a_malformed_frame_is_refused_with_a_reason(row: dict[str, Any]) -> None:
    answer = describe(bytes.fromhex(row["hex"]))
    assert answer.get("error"), f"{row['id']} must be refused: {row['expect_error']}"


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_an_exception_is_a_clear_refusal_and_not_of_a_message_that_the_gateway_acts_on(name: str) -> None:
    answer = describe(bytes.fromhex(BY_ID[name]["hex"]))
    assert answer["error"], REFUSED[name]
    assert BY_ID[name]["msg_id"] not in NAMED, "the promise of the gateway has no exceptions"


@pytest.mark.parametrize("row", [*rows("framing"), BY_ID["go-122"]], ids=ids)
def test_escapes_are_undone_in_header_body_and_checksum(row: dict[str, Any]) -> None:
    found = unescape(between_delimiters(bytes.fromhex(row["hex"])))
    stated = row["expect"]["unescaped_hex"]  # with its delimiters in one source
    assert found.hex() in {stated, stated[2:-2]}, row["source"]


@pytest.mark.parametrize("row", [row for row in rows("stream") if row["id"] != "go-071"], ids=ids)
@pytest.mark.parametrize("step", [1, 5, 1000])
def test_a_stream_gives_the_same_frames_however_it_is_cut(row: dict[str, Any], step: int) -> None:
    framer, stream = Framer(), bytes.fromhex(row["hex"])
    found = [piece for at in range(0, len(stream), step) for piece in framer.feed(stream[at : at + step])]
    assert [f"7e{piece.hex()}7e" for piece in found] == row["expect"]["frames_hex"], row["notes"]


def test_a_piece_that_is_no_frame_is_offered_by_the_framer_and_refused_by_the_parser() -> None:
    row = BY_ID["go-071"]
    pieces = Framer().feed(bytes.fromhex(row["hex"]))
    assert len(pieces) == 3, "the source filters in its parser, and so do we"
    with pytest.raises(FrameError):
        parse(pieces[1])
    assert [f"7e{pieces[0].hex()}7e", f"7e{pieces[2].hex()}7e"] == row["expect"]["frames_hex"]


@pytest.mark.parametrize("row", rows("group"), ids=ids)
def test_sub_packages_are_joined_to_the_message_that_was_sent(row: dict[str, Any]) -> None:
    parts = Parts()
    frames = [parse(between_delimiters(bytes.fromhex(BY_ID[name]["hex"]))) for name in row["parts"]]
    joined = [parts.add(frame, 0.0) for frame in frames]
    whole = joined[-1]
    assert whole is not None and joined[:-1] == [None] * (len(frames) - 1), "complete with the last part and not before"
    expected = row["expect"]
    assert hashlib.sha256(whole.body).hexdigest() == expected["body_sha256"], row["source"]
    assert parts.held == 0, "nothing stays behind"
    fields = decode_body(whole)
    known = {name: value for name, value in expected.items() if name in fields}
    assert within(fields, known) == known, row["source"]


@pytest.mark.parametrize("name", ["tr-018", "tr-056"])
def test_a_frame_cut_in_two_by_an_unescaped_delimiter_is_joined_again(name: str) -> None:
    stream = bytes.fromhex(BY_ID[name]["hex"])
    assert Framer().feed(stream)[-1] == stream[1:-1], BY_ID[name]["source"]


@pytest.mark.parametrize("row", [row for row in ROWS if row.get("already_unescaped")], ids=ids)
def test_a_frame_from_a_sender_that_does_not_escape_is_proven_by_length_and_checksum(row: dict[str, Any]) -> None:
    frame = parse(between_delimiters(bytes.fromhex(row["hex"])))
    assert frame.length_ok and frame.checksum_ok, row["source"]


def test_every_message_of_the_standards_has_a_reader() -> None:
    up = (
        "0001 0002 0003 0004 0005 0100 0102 0104 0107 0108 0200 0201 0301 0302 0303 0500 0608 0700 0701 0702 0704 0705 0800 0801 "
        "0802 0805 0900 0901 0A00 1003 1005 1205 1206 1210 1211 1212"
    )
    down = (
        "8001 8003 8004 8100 8103 8104 8105 8106 8107 8108 8201 8202 8203 8204 8300 8301 8302 8303 8304 8400 8401 8500 8600 8601 "
        "8602 8603 8604 8605 8606 8607 8608 8700 8701 8702 8800 8801 8802 8803 8804 8805 8900 8A00 9003 9101 9102 9105 9201 9202 "
        "9205 9206 9207 9208 9212 9301 9302 9303 9304 9305 9306"
    )
    assert {f"{key:04X}" for key in READABLE} == {*up.split(), *down.split()}


def test_the_command_answers_every_line_in_order_and_never_with_a_traceback() -> None:
    lines = [row["hex"] or "" for row in ROWS] + [
        "",
        "zz",
        "7e",
        "7e7e",
        "7e" * 5000,
        "7E0002000001234567890 17fff0a7e",
        "00",
        "你好",
        "\ufeff7e",
        *(row["hex"][:cut] for row in ROWS[::7] if row["hex"] for cut in (6, 31, -2)),
    ]
    command = [sys.executable, "-m", "ingest.jt808", "decode"]
    run = subprocess.run(
        command,
        input="\n".join(lines) + "\n",
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONIOENCODING": "ascii"},  # a terminal that cannot show Chinese
        cwd=Path(__file__).parents[3],
        check=False,
    )
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert (run.returncode, run.stderr) == (0, ""), "no line may end the command"
    assert len(answers) == len(lines), "one answer a line"
    assert all("error" in answer or "body" in answer for answer in answers)


def test_a_reader_that_goes_away_ends_the_command_quietly() -> None:
    frame = BY_ID["sc-060"]["hex"]
    run = subprocess.run(
        ["bash", "-c", f"yes {frame} | head -n 5000 | {sys.executable} -m ingest.jt808 decode | head -n 1"],
        capture_output=True,
        cwd=Path(__file__).parents[3],
        check=False,
    )
    assert b'"msg_id": "0x0702"' in run.stdout
    assert run.stderr == b""
