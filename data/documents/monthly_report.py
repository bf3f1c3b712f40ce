"""What stands in the document of a month: words, tables and pictures out of the kept numbers of its report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from data import day_figures as of
from data import monthly, pictures
from data.documents.picture import Picture
from data.settings import current_settings

if TYPE_CHECKING:
    from data.documents.kinds import Occasion
    from data.monthly_reports import Content, Line, Numbers, Table

NOT_FILLED = "/"
MOST_ROWS, MOST_BARS = 15, 10
SECTIONS: tuple[tuple[str, tuple[of.DayFigure, ...]], ...] = (
    ("报警", (of.ALARMS, of.ALARMS_URGENT, of.ALARMS_OF_TANKS, of.ALARMS_OF_VEHICLES)),
    ("隐患", (of.FOUND, of.CLOSED, of.OPEN, of.LATE, of.OPEN_MAJOR)),
    ("巡检", (of.INSPECTED, of.MISSED)),
    ("风险", (of.ZONES[1],)),
)
SPANS = ("本月", "上月", "上年同月")
WHY = ("这个月没有记录", "上月还没有记录", "上年同月还没有记录")
FROZEN = "本报告的数字按数据截至时间的记录统计，生成后固定：此后登记、更正或删除记录，本报告不变，需要时另行生成，编号不同。"
MEANING = "以上说明中的“当日”在本报告中为统计时段内的每一日，“当日终了时”为统计时段最后一日终了时。"


class Chart(NamedTuple):
    """A picture and what stands below it."""

    picture: Picture
    caption: str


class Part(NamedTuple):
    """The rows of a month told apart by something: a table with its total, and a picture of the largest."""

    title: str
    caption: str
    by: str
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...]
    definition: str
    charts: tuple[Chart, ...]


def context(at: Occasion) -> Mapping[str, Any]:
    """The fields of the template."""
    from data.monthly_reports import Content

    report = at.record
    told = said(Content.of(report.content))
    maker = report.made_by.name if report.made_by is not None else at.viewer.name
    span = "" if report.is_whole else "（本月未结束，与上月、上年同月的相同天数比较）"
    period = f"{report.month}-01 至 {report.last_on.isoformat()}{span}"
    return told | {"issuer": at.issuer, "title": report.title, "period": period, "as_of": f"{_local(report.as_of):%Y-%m-%d %H:%M:%S}", "maker": maker, "date": f"{at.day.year}年{at.day.month}月{at.day.day}日"}


def _local(at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(current_settings().time_zone))


def said(content: Content) -> dict[str, Any]:
    """What is said of the numbers, whoever made the report: pictures and tables are numbered through the document."""
    of_picture, of_table = count(1), count(1)
    lines = {one.key: one for one in content.lines}
    first = f"表 {next(of_table)}　主要指标"
    trends = tuple(_trend(content, title, lines[one.key], lines[other.key], next(of_picture)) for title, one, other in monthly.TRENDS if one.key in lines and other.key in lines)
    drawn = [lines[figure.key] for _, *pair in monthly.TRENDS for figure in pair if figure.key in lines]
    return {
        "summary": tuple(_summary(lines)),
        "figures_caption": first,
        "figures": tuple((one.label, one.unit, *compared(one.numbers)) for one in content.lines),
        "reasons": tuple(_reasons(content.lines)),
        "trends": trends,
        "months_caption": f"表 {next(of_table)}　近 {len(content.months)} 个月",
        "heads": ("月份", *(f"{one.label}（{one.unit}）" for one in drawn)),
        "months": tuple((month, *(_plain(one.months[place]) for one in drawn)) for place, month in enumerate(content.months)),
        "parts": tuple(_part(one, next(of_table), of_picture) for one in content.tables),
        "definitions": (*(f"{one.label}：{one.definition}" for one in content.lines), MEANING),
        "frozen": FROZEN,
    }


# ---- Words -------------------------------------------------------------------------------------------------------------


def _summary(lines: Mapping[str, Line]) -> Iterator[str]:
    """One paragraph of each kind of figures."""
    for title, figures in SECTIONS:
        words = [_sentence(lines[one.key]) for one in figures if one.key in lines]
        if words:
            yield f"{title}方面，{'；'.join(words)}。"


def _sentence(line: Line) -> str:
    now, before, year_ago = line.numbers
    if now is None:
        return f"{line.label} {NOT_FILLED}（{WHY[0]}）"
    compared = [_difference(words, now, past) for words, past in (("上月", before), ("上年同月", year_ago)) if past is not None]
    return f"{line.label} {now:,} {line.unit}" + (f"（{'，'.join(compared)}）" if compared else "")


def _difference(words: str, now: int, past: int) -> str:
    if now == past:
        return f"与{words}持平"
    share = f"，{100 * (now - past) / past:+.1f} %" if past else ""
    return f"比{words}{'增加' if now > past else '减少'} {abs(now - past):,}{share}"


def _reasons(lines: Sequence[Line]) -> Iterator[str]:
    """Why a number is "/"."""
    for place, why in enumerate(WHY):
        names = [one.label for one in lines if one.numbers[place] is None]
        if names:
            yield f"“{NOT_FILLED}”：{why}（{'、'.join(names)}）。"


def compared(numbers: Numbers) -> tuple[str, ...]:
    """The number, the one before with the difference, last year's with the difference."""
    now, *past = numbers
    found = [_plain(now)]
    for one in past:
        found += [_plain(one), _change(now, one)]
    return tuple(found)


def _change(now: int | None, past: int | None) -> str:
    return NOT_FILLED if now is None or past is None else f"{now - past:+,}" if now != past else "0"


def _plain(value: int | None) -> str:
    return NOT_FILLED if value is None else f"{value:,}"


# ---- Tables and pictures -----------------------------------------------------------------------------------------------


def _trend(content: Content, title: str, one: Line, other: Line, number: int) -> Chart:
    drawn = pictures.lines("", content.months, {one.label: one.months, other.label: other.months}, one.unit)
    ends = [f"{line.label} {content.months[0]} 为 {_plain(line.months[0])}，{content.months[-1]} 为 {_plain(line.months[-1])}" for line in (one, other)]
    words = f"折线图：{title}，{content.months[0]} 至 {content.months[-1]}，单位{one.unit}。{'；'.join(ends)}。"
    return Chart(Picture(drawn, words), f"图 {number}　{title}（{one.unit}）")


def _part(table: Table, number: int, of_picture: Iterator[int]) -> Part:
    shown, rest = table.rows[:MOST_ROWS], table.rows[MOST_ROWS:]
    rows = [_row(name, numbers, table.total) for name, numbers in shown]
    if rest:
        rows.append(_row(f"其余 {len(rest)} 项", _sum(rest), table.total))
    unit = f"（{table.unit}）"
    return Part(
        title=table.title,
        caption=f"表 {number}　{table.title}{unit}",
        by=table.by,
        rows=tuple(rows),
        total=_row("合计", table.total, table.total),
        definition=f"口径：{table.definition}",
        charts=tuple(_bars(table, of_picture)),
    )


def _row(name: str, numbers: Numbers, total: Numbers) -> tuple[str, ...]:
    now, whole = numbers[0], total[0]
    share = f"{100 * now / whole:.1f} %" if now is not None and whole else NOT_FILLED
    return (name, *compared(numbers), share)


def _sum(rows: Sequence[tuple[str, Numbers]]) -> Numbers:
    first, second, third = (None if any(row[1][place] is None for row in rows) else sum(row[1][place] or 0 for row in rows) for place in range(3))
    return first, second, third


def _bars(table: Table, of_picture: Iterator[int]) -> Iterator[Chart]:
    """The largest of the month as bars; nothing to draw where there is one or none."""
    drawn = [(name, numbers[0]) for name, numbers in table.rows if numbers[0]][:MOST_BARS]
    if len(drawn) < 2:
        return
    content = pictures.bars("", [name for name, _ in drawn], [value for _, value in drawn], table.unit)
    most = "，前十位" if len(table.rows) > MOST_BARS else ""
    words = f"条形图：{table.title}{most}，单位{table.unit}。最多为{drawn[0][0]} {_plain(drawn[0][1])}。"
    yield Chart(Picture(content, words), f"图 {next(of_picture)}　{table.title}{most}（{table.unit}）")


# ---- A sample ----------------------------------------------------------------------------------------------------------


@lru_cache
def sample() -> Mapping[str, Any]:
    """What a template is tried with."""
    from data.monthly_reports import Content, Line, Table

    months = tuple(f"{2025 + (month + 9) // 12}-{(month + 9) % 12 + 1:02d}" for month in range(1, 14))
    numbers = [tuple(abs(month * 7 % 11 - shift) for month in range(13)) for shift in range(8)]
    drawn = [figure for _, *pair in monthly.TRENDS for figure in pair]
    lines = tuple(Line(one.key, one.label, one.unit, one.definition, one.good, (values[-1], values[-2], None), values) for one, values in zip(drawn, numbers, strict=True))
    table = Table("隐患按属地", "属地", "隐患数", "条", "按企业所在乡镇、街道归集。", (("柳城街道", (12, 9, None)), ("二十家子镇", (5, 7, None))), (17, 16, None))
    return said(Content((), months, lines, (table,)))
