"""The inspections of the last weeks of the demo park: most done in time, some missed, some that found a hidden danger.

Nothing later than the beginning of ``today``; the same day gives the same rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from data import bulk
from data.calendar import park_day
from data.dangers import PREFIX
from data.demo.danger_texts import Finding
from data.demo.danger_ways import Way, moment
from data.demo.dangers import People, _carry_out, _insert
from data.demo.enterprises import enterprises, phone
from data.demo.installations import seeded
from data.demo.risks import Tables
from data.models import InspectionRecord, InspectionTask, NumberSeries
from data.rules.risk import window
from data.workflows.general_danger import GENERAL_DANGER

Row = dict[str, Any]
ZONE = ZoneInfo("Asia/Shanghai")
WEEKS = 5
MISSED = {"A": 0.01, "B": 0.03, "C": 0.08, "D": 0.17}  # how often nobody looks, by grade
FOUND = 0.004  # how often something is found
UNUSED = 0.01
PROBLEMS = {
    "1-1": (("process", "联锁处于旁路，未办理审批"), ("instrument", "控制室示值与现场不一致")),
    "1-2": (("equipment", "部件破损，未及时更换"), ("equipment", "密封处渗漏"), ("safety", "保护装置被短接")),
    "1-3": (("equipment", "校验标识过期"), ("equipment", "根部阀未全开"), ("equipment", "铅封脱落")),
    "1-4": (("instrument", "报警未消除，无人确认"), ("instrument", "探头积灰，示值漂移")),
    "2-1": (("equipment", "轴承异响，润滑不足"), ("equipment", "制动间隙过大")),
    "2-2": (("equipment", "防腐层脱落，局部锈蚀"), ("equipment", "支架松动")),
    "3-1": (("safety", "一名人员证件过期"), ("safety", "新上岗人员未完成培训")),
    "3-2": (("safety", "记录漏签"), ("safety", "抽查记录与现场不符"), ("fire", "积尘、可燃物未清理")),
    "4-1": (("safety", "应急物资缺件"), ("safety", "应急照明不亮")),
    "4-2": (("safety", "防护用品超过有效期"), ("safety", "洗眼器出水浑浊")),
    "4-3": (("fire", "灭火器压力不足"), ("fire", "消火栓漏水")),
    "4-4": (("safety", "预案未按期演练"),),
}


def enter_inspections(session: Session, enterprise: dict[str, int], department: dict[str, int], made: Tables, today: date) -> None:
    """Enter tasks and records of the measures in ``made``, and the hidden dangers that were found. The users must be there."""
    people = People(session)
    until = moment(today, 0)
    tasks: list[Row] = []
    records: list[Row] = []
    found: list[tuple[Row, Row, Row]] = []  # enterprise, measure, record
    own: dict[int, list[Row]] = {}
    for measure in made.measures:
        if measure["way"] == "manual":
            own.setdefault(measure["enterprise_id"], []).append(measure)
    for item in enterprises():
        random = seeded(f"inspections/{item['code']}")
        user = people.own[enterprise[item["code"]]]
        for measure in own.get(enterprise[item["code"]], []) if item["state"] == "running" else []:
            for begin, end in _cycles(measure["cycle_count"], measure["cycle_unit"], today):
                _inspect(random, item, measure, user.id, begin, end, until, tasks, records, found)
    _insert_rows(session, tasks, records)
    units = {one["id"]: one for one in made.units}
    objects = {one["id"]: one for one in made.objects}
    ways = [_way(people, department, item, measure, record, objects[measure["object_id"]], units[measure["unit_id"]], until, today) for item, measure, record in found]
    ways.sort(key=lambda way: way.danger["created_at"])
    _number(session, ways)
    _insert(session, ways, today)


@lru_cache
def _cycles(count: int, unit: str, today: date) -> tuple[tuple[datetime, datetime], ...]:
    """The cycles of the last weeks that were over when ``today`` began, and the one that runs when it is longer than a day."""
    at, first = moment(today, 0), moment(today - timedelta(days=7 * WEEKS if unit in ("day", "week") else 100), 0)
    found: list[tuple[datetime, datetime]] = []
    while True:
        begin, end = window(count, unit, at, ZONE)
        if end <= first:
            return tuple(found)
        if (end - begin).days > 1 or end <= moment(today, 0):
            found.append((begin, end))
        at = begin - timedelta(microseconds=1)


def _inspect(random: Random, item: Row, measure: Row, user_id: int | None, begin: datetime, end: datetime, until: datetime, tasks: list[Row], records: list[Row], found: list[tuple[Row, Row, Row]]) -> None:
    days = max(1, (end - begin).days)
    at = moment(park_day(begin) + timedelta(days=int(days * random.betavariate(2, 3))), random.uniform(8.1, 17.2))
    is_over, luck = end <= until, random.random()
    is_missed = luck < MISSED[item["grade"]]
    links = {name: measure[name] for name in ("enterprise_id", "object_id", "unit_id")} | {"measure_id": measure["id"]}
    task = links | {"person": measure["person"], "begins_at": begin, "due_at": end, "state": "open", "record_id": None}
    tasks.append(task)
    if is_over and is_missed:
        task["state"] = "missed"
    elif not is_missed and at < until:
        result = "danger" if random.random() < FOUND else "unused" if random.random() < UNUSED else "normal"
        note = {"unused": "设备停用检修", "danger": random.choice(PROBLEMS[measure["category"]])[1]}.get(result) if result != "normal" else None
        record = links | {"result": result, "checked_at": at, "checker": measure["person"], "checked_by_id": user_id, "is_at_place": random.random() < 0.8, "note": note}
        task["state"], task["record_id"] = "done", len(records)
        records.append(record)
        if result == "danger":
            found.append((item, measure, record))


def _insert_rows(session: Session, tasks: Sequence[Row], records: Sequence[Row]) -> None:
    ids = bulk.reserve_ids(session, InspectionRecord.__table__, len(records))  # type: ignore[arg-type]
    for record, identity in zip(records, ids, strict=True):
        record["id"] = identity
    for task in tasks:
        task["record_id"] = ids[task["record_id"]] if task["record_id"] is not None else None
    bulk.insert_rows(session, InspectionRecord.__table__, records)  # type: ignore[arg-type]
    bulk.insert_rows(session, InspectionTask.__table__, tasks)  # type: ignore[arg-type]


def _way(people: People, department: dict[str, int], item: Row, measure: Row, record: Row, above: Row, unit: Row, until: datetime, today: date) -> Way:
    """The danger on its way: entered by the enterprise as it was found, put right, looked at."""
    random = seeded(f"inspections/{record['measure_id']}/{record['checked_at']:%Y%m%d}")
    own, day = people.own[record["enterprise_id"]], park_day(record["checked_at"])
    problem = record["note"]
    kind = next(code for code, words in PROBLEMS[measure["category"]] if words == problem)
    name, place = f"{unit['name']}：{problem}", f"{above['name']} {unit['name']}"
    finding = Finding(kind, place, name, "立即整改，举一反三排查同类问题", "已整改完毕，现场复核正常")
    deadline = day + timedelta(days=random.choice((3, 5, 7, 7, 10, 15)))
    danger: Row = {
        "enterprise_id": record["enterprise_id"],
        "name": name,
        "place": place,
        "level": "general",
        "source": "patrol",
        "kind": kind,
        "treatment": "by_deadline",
        "found_on": day,
        "finder": record["checker"],
        "person": above["person"],
        "phone": phone(random),
        "measures": finding.measure,
        "deadline_on": deadline,
        "measure_id": record["measure_id"],
        "inspection_id": record["id"],
    }
    way = Way(danger, until)
    way.enter(own, record["checked_at"])
    way.open(GENERAL_DANGER, own, "rectify", record["checked_at"])
    if random.random() > 0.15:
        _carry_out(random, way, finding, day, deadline, 2, own, people.checkers(item, department[item["department"]]), None)
    return way


def _number(session: Session, ways: Sequence[Way]) -> None:
    """Go on with the numbers where the dangers before ended."""
    series = {year: number for year, number in session.execute(select(NumberSeries.year, NumberSeries.last).where(NumberSeries.series == "danger:general"))}
    for way in ways:
        year = park_day(way.danger["created_at"]).year
        series[year] = series.get(year, 0) + 1
        way.danger["number"] = f"{PREFIX['general']}-{year}-{series[year]:05}"
        way.entries[0]["changes"]["number"] = [None, way.danger["number"]]
    for year, number in series.items():
        session.execute(update(NumberSeries).where(NumberSeries.series == "danger:general", NumberSeries.year == year).values(last=number))
