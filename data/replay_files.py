"""Replayed tracks as files: a workbook with sums, stops, alarms and every position, or a GPX of tracks and waypoints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.orm import Session

from data.audit import entry
from data.choices import word
from data.choices.monitoring import ALARM_KINDS, ALARM_LEVELS, ALARM_STATES
from data.errors import Invalid
from data.models import Alarm, AuditEntry, Task, Vehicle
from data.replay import Replay, Wish, replay
from data.tasks import Work, enqueue, file_name, handler
from data.telemetry import TrackPoint
from data.vehicles import GAP_SECONDS, LATE, Stop
from data.viewer import Viewer
from data.workbooks import Writer, workbook

KIND = "replay"
FORMATS = {"xlsx": "工作簿", "gpx": "GPX"}


def ask(session: Session, viewer: Viewer, wish: Wish, ending: str) -> Task:
    """The task that writes the wish as xlsx or gpx; Invalid for another format, NotFound for a vehicle out of scope."""
    viewer.require("vehicle.view")
    if ending not in FORMATS:
        raise Invalid("没有这种导出格式，请刷新页面后再试。")
    plates = "、".join(part.vehicle.plate for part in replay(session, wish, viewer))
    return enqueue(session, viewer, KIND, f"导出轨迹 {plates}", wish.plain() | {"ending": ending})


@handler(KIND)
def export(work: Work) -> None:
    """Write the tracks of a task into its file, and who exported whose into the audit."""
    now = datetime.now(UTC)
    wish, ending = Wish.of(work.params, now), str(work.params["ending"])
    zone = ZoneInfo(work.settings.time_zone)
    with work.read_session() as session:
        parts = replay(session, wish, work.viewer)
        total = sum(len(part.points) for part in parts)
        work.progress(0, total)
        path = work.file(file_name(f"轨迹_{'_'.join(part.vehicle.plate for part in parts)}_{now.astimezone(zone):%Y%m%d_%H%M}", ending))
        if ending == "gpx":
            path.write_text("".join(gpx(parts)), encoding="utf-8")
        else:
            _workbook(path, parts, wish, zone)
        told = [_told(work.viewer, part, wish, zone, ending) for part in parts]
    with work.session() as writing:
        writing.execute(insert(AuditEntry), told)
    work.progress(total, total)
    work.result.update(count=total, message=f"已导出 {len(parts)} 辆车的 {total:,} 个轨迹点。")


def _told(viewer: Viewer, part: Replay, wish: Wish, zone: ZoneInfo, ending: str) -> dict[str, Any]:
    changes: Mapping[str, list[Any]] = {"时段": [None, span_words(wish, zone)], "轨迹点": [None, len(part.points)], "格式": [None, FORMATS[ending]]}
    return entry(viewer, "export", Vehicle, part.vehicle.id, f"{part.vehicle.plate} 轨迹", changes)


def span_words(wish: Wish, zone: ZoneInfo) -> str:
    """The span as a person reads it."""
    start, end = (one.astimezone(zone) for one in wish.span)
    return f"{start:%Y-%m-%d %H:%M} 至 {end:%Y-%m-%d %H:%M}"


def _workbook(path: Path, parts: Sequence[Replay], wish: Wish, zone: ZoneInfo) -> None:
    with workbook(path, is_long=False) as book:
        _sheet(book, "统计", ("车牌号", "运输企业", "时段", "里程 km", "行驶 分钟", "停车 次", "停车 分钟", "最高速度 km/h", "限速 km/h", "报警 条", "轨迹点", "补传点", "未定位点"), [_sums(part, wish, zone) for part in parts])
        _sheet(book, "停车", ("车牌号", "开始", "结束", "时长 分钟", "经度", "纬度"), [_stop(part.vehicle.plate, stop) for part in parts for stop in part.track.stops])
        _sheet(book, "报警", ("车牌号", "发生时间", "恢复时间", "类型", "级别", "状态", "当前值", "限值", "经度", "纬度"), [_alarm(part.vehicle.plate, alarm) for part in parts for alarm in part.alarms])
        _sheet(book, "轨迹点", ("车牌号", "时间", "经度", "纬度", "速度 km/h", "方向 °", "补传"), (_point(part.vehicle.plate, point, zone) for part in parts for point in part.points))


def _sheet(book: Any, name: str, labels: Sequence[str], rows: Any) -> None:
    sheet = Writer(book, name)
    sheet.header(labels, [36 if label == "时段" else 20 if "时间" in label or label in ("开始", "结束", "运输企业", "时间") else 12 for label in labels])
    for number, row in enumerate(rows, 1):
        sheet.row(number, row)


def _sums(part: Replay, wish: Wish, zone: ZoneInfo) -> list[Any]:
    track = part.track
    rest = sum(stop.seconds for stop in track.stops) / 60
    return [part.vehicle.plate, part.vehicle.carrier.name, span_words(wish, zone), round(track.length_km, 2), round(track.moving_s / 60, 1), len(track.stops), round(rest, 1), track.top_kmh, track.limit_kmh, len(part.alarms), len(part.points), track.late_count, track.dropped_count]


def _stop(plate: str, stop: Stop) -> list[Any]:
    return [plate, stop.start, stop.end, round(stop.seconds / 60, 1), stop.lon, stop.lat]


def _alarm(plate: str, alarm: Alarm) -> list[Any]:
    return [plate, alarm.raised_at, alarm.cleared_at, word(ALARM_KINDS, alarm.kind), word(ALARM_LEVELS, alarm.level), word(ALARM_STATES, alarm.state), alarm.value, alarm.limit, alarm.lon, alarm.lat]


def _point(plate: str, point: TrackPoint, zone: ZoneInfo) -> list[Any]:
    # Text: the cells of the workbook show no seconds.
    return [plate, f"{point.ts.astimezone(zone):%Y-%m-%d %H:%M:%S}", point.lon, point.lat, point.speed_kmh, point.heading_deg, "补传" if point.flags & LATE else None]


def gpx(parts: Sequence[Replay]) -> Iterator[str]:
    """A GPX 1.1 document (WGS-84, UTC): stops and alarms as waypoints, a track a vehicle, cut where it was silent."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" creator="park" xmlns="http://www.topografix.com/GPX/1/1">\n'
    for part in parts:
        plate = part.vehicle.plate
        for stop in part.track.stops:
            yield _waypoint(stop.lon, stop.lat, stop.start, f"{plate} 停车 {stop.seconds / 60:.0f} 分")
        for alarm in part.alarms:
            if alarm.lon is not None and alarm.lat is not None:
                yield _waypoint(alarm.lon, alarm.lat, alarm.raised_at, f"{plate} {word(ALARM_KINDS, alarm.kind)}")
    for part in parts:
        yield f"<trk><name>{escape(part.vehicle.plate)}</name>\n"
        for segment in _segments(part.points):
            yield "<trkseg>\n"
            yield from (f'<trkpt lat="{point.lat:.6f}" lon="{point.lon:.6f}"><time>{_utc(point.ts)}</time></trkpt>\n' for point in segment)
            yield "</trkseg>\n"
        yield "</trk>\n"
    yield "</gpx>\n"


def _segments(points: Sequence[TrackPoint]) -> Iterator[Sequence[TrackPoint]]:
    cuts = [number for number, (here, after) in enumerate(pairwise(points), 1) if (after.ts - here.ts).total_seconds() > GAP_SECONDS]
    for first, last in pairwise([0, *cuts, len(points)]):
        if first < last:
            yield points[first:last]


def _waypoint(lon: float, lat: float, at: datetime, name: str) -> str:
    return f'<wpt lat="{lat:.6f}" lon="{lon:.6f}"><time>{_utc(at)}</time><name>{escape(name)}</name></wpt>\n'


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
