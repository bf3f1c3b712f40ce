"""The codec against real frames of six public projects and their issue threads."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ingest.jt808.frame import FrameError, Framer, parse, unescape
from ingest.jt808.messages import READABLE, between_delimiters, decode_body, describe
from ingest.jt808.parts import Parts
from tests.ingest.jt808.corpus import BY_ID, FURTHER, NAMED, REFUSED, ROWS, ids, rows, values, within

TAKEN = [row for row in rows("frame", "wrapped", "quirk") if row["id"] not in REFUSED]
READ = [row for row in TAKEN if row["msg_id"] in NAMED | FURTHER]


def read(row: dict[str, Any]) -> dict[str, Any]:
    answer = describe(bytes.fromhex(row["hex"]))
    assert "error" not in answer, f"{row['id']} ({row['source']}) is refused: {answer['error']}"
    return answer


@pytest.mark.parametrize("row", READ, ids=ids)
@pytest.mark.parametrize("part", ["expect", "derived_expect"])
def test_a_frame_decodes_to_the_values_that_its_source_names(row: dict[str, Any], part: str) -> None:
    answer = read(row)
    expected = values(row, part)
    found = within({**answer, **answer["body"]}, expected)
    assert found == expected, f"{row['id']} from {row['source']}"


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
    [row for row in READ if row["msg_id"] == "0x0100" and not row["header"]["sub"] and not row["header"]["encrypt"]],
    ids=ids,
)
def test_a_registration_tells_its_edition_by_its_layout(row: dict[str, Any]) -> None:
    assert read(row)["body"]["layout"] == row["version"], row["source"]


@pytest.mark.parametrize("row", [row for row in READ if "imei_from_packed_terminal" in row["expect"]], ids=ids)
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


def test_every_message_that_the_collection_expects_values_of_is_covered() -> None:
    readable = {f"0x{key:04X}" for key in READABLE}
    assert readable >= {name.replace("0x0a", "0x0A") for name in NAMED | FURTHER}, (
        "a message of the tests lost its reader"
    )


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
    ]
    command = [sys.executable, "-m", "ingest.jt808", "decode"]
    run = subprocess.run(
        command,
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        check=False,
    )
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert (run.returncode, run.stderr) == (0, ""), "no line may end the command"
    assert len(answers) == len(lines), "one answer a line"
    assert all("error" in answer or "body" in answer for answer in answers)
