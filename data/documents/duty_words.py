"""What stands in the document of a duty report: its sections as rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from data.duty_report_parts import NOT_FILLED, Line


class Row(NamedTuple):
    """One line of the table: what it is, the number with its unit, the change, and what is to be said of it."""

    label: str
    number: str
    change: str
    note: str


class Section(NamedTuple):
    """One of the eight sections with its lines."""

    title: str
    rows: tuple[Row, ...]


def sections(content: Iterable[Mapping[str, Any]]) -> tuple[Section, ...]:
    """The sections of the frozen lines, in their order."""
    lines = [Line(**{name: one[name] for name in Line._fields if name in one}) for one in content]
    names = dict.fromkeys(line.section for line in lines)
    return tuple(Section(name, tuple(_row(line) for line in lines if line.section == name)) for name in names)


def _row(line: Line) -> Row:
    said = "：".join(part for part in (line.by_hand, line.why) if part)
    is_number = line.value is not None or line.corrected is not None or line.shown == NOT_FILLED or bool(line.unit)
    if not is_number:  # names: they need the room of words
        return Row(line.label, "", "", "；".join(part for part in (line.shown, said) if part))
    unit = f" {line.unit}" if line.unit and line.shown != NOT_FILLED else ""
    return Row(line.label, f"{line.shown}{unit}", _change(line), said)


def _change(line: Line) -> str:
    if line.value is None or line.before is None:
        return ""
    changed = line.value - line.before
    return f"{changed:+,}" if changed else "持平"


def sample() -> tuple[Section, ...]:
    """What a template is tried with."""
    return (
        Section("封闭化管理", (Row("车辆报警", "10 条", "+9", ""), Row("危化品车辆进园", NOT_FILLED, "", "平台没有接入卡口和电子运单"))),
        Section("其他", (Row("值班员", "", "", "李志远、周楠"),)),
    )
