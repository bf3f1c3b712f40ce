"""The real frames of ``tests/frames`` and where the codec may differ from what stands beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def _lines(name: str) -> list[dict[str, Any]]:
    content = (Path(__file__).parents[2] / "frames" / name).read_text("utf-8")
    return [json.loads(line) for line in content.splitlines()]


ROWS = _lines("jt808_frames.jsonl")
FRAGMENTS = _lines("jt808_fragments.jsonl")
BY_ID = {row["id"]: row for row in ROWS}

NAMED = {"0x0001", "0x0002", "0x0003", "0x0100", "0x0102", "0x0200", "0x0201", "0x0500", "0x0704"}
"""Messages that the gateway acts on."""

REFUSED = {
    row["id"]: "a sub-package with a wrong checksum would spoil the joined message"
    for row in ROWS
    if row["kind"] == "frame" and (row.get("header") or {}).get("checksum_ok") is False and row["header"]["sub"]
} | {
    "tr-044": "a padlock's own message with a bare 7e inside and a length that does not fit: nothing proves where it ends"
}
"""Frames that are refused although the collection, whose sources edited them, keeps them as frames."""

NOT_A_BODY_FIELD = {"unescaped_hex", "imei_from_packed_terminal"}


def rows(*kinds: str, messages: set[str] | None = None) -> list[dict[str, Any]]:
    """Rows of these kinds, of these messages or of all."""
    return [row for row in ROWS if row["kind"] in kinds and (messages is None or row["msg_id"] in messages)]


def ids(row: dict[str, Any]) -> str:
    return f"{row['id']}-{row['msg_id']}"


def values(row: dict[str, Any], part: str) -> dict[str, Any]:
    """What the row expects of the decoded frame, without the extensions of single vendors."""
    return {
        name: value
        for name, value in (row.get(part) or {}).items()
        if not name.startswith("vendor:") and name not in NOT_A_BODY_FIELD
    }


def within(found: Any, expected: Any) -> Any:
    """``found`` cut down to the names that ``expected`` has, at every depth, so that the two can be compared."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return {name: within(found[name], value) for name, value in expected.items() if name in found}
    if isinstance(expected, list) and isinstance(found, list) and len(found) == len(expected):
        return [within(one, other) for one, other in zip(found, expected, strict=True)]
    return found


def expected(row: dict[str, Any]) -> dict[str, Any]:
    """Everything that the row expects: of its source, of the independent decoder, and of the header."""
    header = row.get("header") or {}
    names = {"terminal": "terminal", "seq": "seq", "checksum_ok": "checksum_ok"}
    told = {name: header[key] for name, key in names.items() if key in header}
    if header.get("sub"):
        told["sub"] = {"total": header["sub_total"], "index": header["sub_no"]}
    return told | values(row, "derived_expect") | values(row, "expect")
