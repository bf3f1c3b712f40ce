"""What 趋势分析 shows as a workbook: the curves beside one another by time, the points with their limits, and the alarms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.orm import Session

from data import rollups
from data.audit import entry
from data.choices import word
from data.choices.monitoring import ALARM_CAUSES, ALARM_KINDS, ALARM_LEVELS, ALARM_STATES
from data.errors import Invalid
from data.models import AuditEntry, Point, Task
from data.tasks import Work, enqueue, file_name, handler
from data.telemetry import Bucket
from data.trends import Curve, Trend, Wish, ended_at, grain_words, limits_of, name_of, trend
from data.viewer import Viewer
from data.workbooks import Writer, workbook

KIND = "trend"


def ask(session: Session, viewer: Viewer, wish: Wish, now: datetime) -> Task:
    """The task that writes the curves of the wish; Invalid when the viewer sees none of its points."""
    found = trend(session, wish, viewer, now)
    if not found.curves:
        raise Invalid("没有可导出的测点，请先选择测点。", {"points": "请选择测点。"})
    names = "、".join(name_of(curve.point) for curve in found.curves)
    return enqueue(session, viewer, KIND, f"导出趋势 {names}", wish.plain())


@handler(KIND)
def export(work: Work) -> None:
    """Write the curves of a task into its file, and who exported which points into the audit."""
    now = datetime.now(UTC)
    zone = ZoneInfo(work.settings.time_zone)
    wish = Wish.of(work.params, now)
    with work.read_session() as session:
        found = trend(session, wish, work.viewer, now)
        rows = aligned(found)
        work.progress(0, len(rows))
        path = work.file(file_name(f"趋势_{'_'.join(curve.point.code for curve in found.curves)}_{now.astimezone(zone):%Y%m%d_%H%M}"))
        with workbook(path, is_long=False) as book:
            _sheet(book, "曲线", _labels(found), [[_local(at, zone), *values] for at, values in rows])
            _sheet(book, "测点", ("测点编码", "测点", "企业", "重大危险源", "单位", "低低限", "低限", "高限", "高高限", "最小", "平均", "最大", "采集数"), [_facts(curve) for curve in found.curves])
            _sheet(book, "报警", ("测点", "类型", "级别", "状态", "发生时间", "恢复时间", "限值", "次数", "原因", "处置说明"), [_alarm(curve, alarm, zone) for curve in found.curves for alarm in curve.alarms])
            _sheet(book, "说明", ("项目", "说明"), _about(found, work, now, zone))
        told = [_told(work.viewer, curve.point, wish, zone) for curve in found.curves]
    with work.session() as writing:
        writing.execute(insert(AuditEntry), told)
    work.progress(len(rows), len(rows))
    work.result.update(count=len(rows), message=f"已导出 {len(found.curves)} 个测点的 {len(rows):,} 行。")


def aligned(found: Trend) -> list[tuple[datetime, list[float | None]]]:
    """The curves in rows of equal spans, each row at the begin of its span: mean, least and most of every point, and its mean before
    where something is compared. A span without any value has no row."""
    width = found.fineness.width_s
    by_number: list[dict[int, Bucket]] = []
    for curve in found.curves:
        by_number.append(_numbered(curve.curve, found))
        if found.wish.shift_days:
            by_number.append(_numbered(curve.before, found))
    numbers = sorted(set().union(*by_number)) if by_number else []
    rows = []
    for number in numbers:
        values: list[float | None] = []
        for place, buckets in enumerate(by_number):
            bucket = buckets.get(number)
            is_before = bool(found.wish.shift_days) and place % 2 == 1
            wanted = ("mean",) if is_before else ("mean", "low", "high")
            values += [getattr(bucket, name) if bucket else None for name in wanted]
        rows.append((found.wish.start + timedelta(seconds=number * width), values))
    return rows


def _numbered(buckets: Iterable[Bucket], found: Trend) -> dict[int, Bucket]:
    """The buckets by the number of their span. A sum belongs where its minute or hour begins, though its newest value is later."""
    unit = rollups.unit_of(found.fineness.level)
    numbered: dict[int, Bucket] = {}
    for bucket in buckets:
        number = max(0, int((rollups.floor(bucket.ts, unit) - found.wish.start).total_seconds() // found.fineness.width_s))
        while number in numbered:  # the present minute is not summed up yet
            number += 1
        numbered[number] = bucket
    return numbered


def _labels(found: Trend) -> list[str]:
    labels = ["时间"]
    for curve in found.curves:
        name = f"{name_of(curve.point)} {curve.point.unit}"
        labels += [f"{name} 平均", f"{name} 最小", f"{name} 最大"]
        if found.wish.shift_days:
            labels.append(f"{name} {found.wish.shift_days} 天前平均")
    return labels


def _sheet(book: Any, name: str, labels: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    sheet = Writer(book, name)
    sheet.header(labels, [80 if label == "说明" else 20 if "时间" in label else 16 for label in labels])
    for number, row in enumerate(rows, 1):
        sheet.row(number, row)


def _local(at: datetime | None, zone: ZoneInfo) -> str | None:
    # Text: the cells of the workbook show no seconds.
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}" if at else None


def _facts(curve: Curve) -> list[Any]:
    point, limits = curve.point, limits_of(curve.point)
    samples = sum(bucket.samples for bucket in curve.curve)
    low, high = (min(one.low for one in curve.curve), max(one.high for one in curve.curve)) if samples else (None, None)
    mean = sum(one.mean * one.samples for one in curve.curve) / samples if samples else None
    bounds = [limits.get(kind) for kind in ("low_low", "low", "high", "high_high")]
    return [point.code, name_of(point), point.enterprise.name, point.installation.name, point.unit, *bounds, low, mean, high, samples]


def _alarm(curve: Curve, alarm: Any, zone: ZoneInfo) -> list[Any]:
    words = [word(ALARM_KINDS, alarm.kind), word(ALARM_LEVELS, str(alarm.level)), word(ALARM_STATES, alarm.state)]
    times = [_local(alarm.raised_at, zone), _local(ended_at(alarm), zone)]
    return [name_of(curve.point), *words, *times, alarm.limit, alarm.occurrences, word(ALARM_CAUSES, alarm.cause) if alarm.cause else None, alarm.note]


def _about(found: Trend, work: Work, now: datetime, zone: ZoneInfo) -> list[tuple[str, Any]]:
    wish = found.wish
    return [
        ("时段", f"{_local(wish.start, zone)} 至 {_local(wish.end, zone)}（{work.settings.time_zone}）"),
        ("精度", grain_words(found.fineness, 0.0)),
        ("对比", f"{wish.shift_days} 天前同一时段" if wish.shift_days else "无"),
        ("质量", "不含超出量程、网关标明无效的数值；没有数据的时间没有行"),
        ("数据时间", _local(now, zone)),
        ("导出人", f"{work.viewer.name}（{work.viewer.username}）"),
        ("来源", f"{work.settings.park_name}{work.settings.platform_name}"),
    ]


def _told(viewer: Viewer, point: Point, wish: Wish, zone: ZoneInfo) -> dict[str, Any]:
    changes = {"时段": [None, f"{_local(wish.start, zone)} 至 {_local(wish.end, zone)}"]}
    return entry(viewer, "export", Point, point.id, f"{name_of(point)} 趋势", changes)
