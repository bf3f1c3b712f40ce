"""The risks of the demo park's enterprises: objects, units, events and measures after the templates, each enterprise with its own shortcomings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from data import bulk
from data.demo.danger_ways import moment
from data.demo.enterprises import enterprises, person, phone
from data.demo.installations import FARMS, seeded, tanks
from data.demo.points import points
from data.demo.risk_places import Spot, farm_spot, spots
from data.models import (
    Installation,
    Point,
    Process,
    RiskEvent,
    RiskMeasure,
    RiskObject,
    RiskUnit,
    Tank,
    User,
    WorkflowCase,
    WorkflowStep,
)
from data.models.risk import OBJECT_TANKS
from data.risk_methods import editions
from data.risk_templates import Event, Measure, Template, event_scores, measure_values, templates
from data.workflow.steps import due_at
from data.workflows.risk_object import RISK_OBJECT

Row = dict[str, Any]
MOST_POINTS = 6  # of one kind that an event of a tank farm is watched by
LAX = {"A": 0.04, "B": 0.08, "C": 0.16, "D": 0.28}  # how often measures do not lower a risk, by grade
UNDER_REVIEW = {"E002": 6, "E003": 3, "E009": 1, "E001": 0}  # how many days ago it was handed over; 0: still a draft
LINES = {"large": ("一车间", "二车间", "三车间"), "medium": ("一车间", "二车间"), "small": ("生产车间",)}


class Wanted(NamedTuple):
    """An object that an enterprise has."""

    template: Template
    name: str
    farm: str = ""
    process: str = ""


@dataclass
class Tables:
    """The rows to enter, their ids given already."""

    objects: list[Row] = field(default_factory=list)
    units: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    measures: list[Row] = field(default_factory=list)
    tanks: list[Row] = field(default_factory=list)


class Known(NamedTuple):
    """What stands in the database already."""

    editions: dict[str, Any]
    enterprises: dict[str, int]
    installations: dict[str, int]
    tanks: dict[str, int]
    points: dict[str, int]
    processes: dict[tuple[int, str], int]


def enter_risks(session: Session, enterprise: dict[str, int]) -> Tables:
    """Enter all risks as accepted; the rows, with their ids."""
    known = _known(session, enterprise)
    made = Tables()
    for item in enterprises():
        random = seeded(f"risks/{item['code']}")
        people = [item["contact"], *(person(random) for _ in range(3))]
        places = iter(spots(item["code"]))
        for wanted in objects_of(item):
            _object(made, known, random, item, wanted, people, places)
    _insert(session, made)
    session.execute(insert(OBJECT_TANKS), made.tanks)
    return made


def enter_reviews(session: Session, enterprise: dict[str, int], today: date) -> None:
    """Enter what a few enterprises have handed over lately and nobody has looked at yet, and one draft. The users must be there."""
    known = _known(session, enterprise)
    users = {one.enterprise_id: one for one in session.scalars(select(User).where(User.enterprise_id.is_not(None)).order_by(User.id)).unique()}
    made = Tables()
    chosen = [one for one in enterprises() if one["code"] in UNDER_REVIEW]
    for item in chosen:
        random = seeded(f"risks/review/{item['code']}")
        _object(made, known, random, item, Wanted(templates()["warehouse"], "危废暂存库"), [item["contact"]], iter(spots(item["code"])[-1:]))
    ago = [UNDER_REVIEW[item["code"]] for item in chosen]
    for row, days in zip(made.objects, ago, strict=True):
        row |= {"state": "review" if days else "draft", "is_in_force": False}
    _insert(session, made)
    cases = [_case(row, users[row["enterprise_id"]], today - timedelta(days=days)) for row, days in zip(made.objects, ago, strict=True) if days]
    session.add_all(cases)
    session.flush()
    session.add_all(_step(case, users[case.enterprise_id]) for case in cases)
    session.flush()


def _case(row: Row, user: User, day: date) -> WorkflowCase:
    at = moment(day, 10.5)
    due = due_at(RISK_OBJECT.node("review"), RISK_OBJECT.node("review").due_days, None, at)
    people = {"started_by_id": user.id, "sent_by_id": user.id, "enterprise_id": row["enterprise_id"]}
    return WorkflowCase(workflow=RISK_OBJECT.key, table_name=RiskObject.__tablename__, record_id=row["id"], title=row["name"], node="review", since=at, started_at=at, due_at=due, version=2, **people)


def _step(case: WorkflowCase, user: User) -> WorkflowStep:
    way = {"number": 1, "kind": "start", "action": "submit", "label": "提交", "from_node": "draft", "to_node": "review"}
    return WorkflowStep(case_id=case.id, at=case.since, waited_s=0, user_id=user.id, user_name=user.name, values={}, **way)


def _insert(session: Session, made: Tables) -> None:
    _give_ids(session, made)
    for model, rows in ((RiskObject, made.objects), (RiskUnit, made.units), (RiskEvent, made.events), (RiskMeasure, made.measures)):
        bulk.insert_rows(session, model.__table__, rows)  # type: ignore[arg-type]


def _known(session: Session, enterprise: dict[str, int]) -> Known:
    return Known(
        editions(session),
        enterprise,
        dict(session.execute(select(Installation.code, Installation.id)).all()),
        dict(session.execute(select(Tank.code, Tank.id)).all()),
        dict(session.execute(select(Point.code, Point.id)).all()),
        {(firm, name): identity for firm, name, identity in session.execute(select(Process.enterprise_id, Process.name, Process.id))},
    )


def objects_of(item: Row) -> Iterator[Wanted]:
    """What an enterprise of this type and size has to analyse."""
    known, kind = templates(), item["kind"].partition("-")[2]
    for farm in (one for one in FARMS if f"E{one.enterprise:03d}" == item["code"]):
        yield Wanted(known["gas_filling" if "燃气" in kind else "tank_farm"], farm.name, farm.code)
    if kind == "危险化学品生产单位":
        lines = LINES[item["scale"]]
        yield from (Wanted(known["reactor"], f"{line}反应工段", process=str(place)) for place, line in enumerate(lines))
    if "危险化学品" in kind:
        yield Wanted(known["warehouse"], "甲类仓库" if item["scale"] != "small" else "危险化学品仓库")
        if item["scale"] == "large":
            yield Wanted(known["warehouse"], "乙类仓库")
    if kind == "危险化学品使用单位" and item["scale"] == "medium":
        yield Wanted(known["reactor"], "配料反应工段")
    for key, word, name in (("melting", "冶金", "熔炼浇注"), ("machining", "机械", "机械加工车间"), ("machining", "冶金", "机修车间"), ("spraying", "机械", "涂装打磨线")):
        if word in kind and item["scale"] != "micro":
            yield Wanted(known[key], name)
    for key, word, name in (
        ("transport", "道路危险货物运输", "危险货物运输"),
        ("freight", "普通货物运输", "货物运输与装卸"),
        ("building_materials", "建材", "搅拌与窑炉"),
        ("light_industry", "轻工", "烘干与包装"),
        ("heating", "供热", "锅炉与供热"),
        ("water", "供水", "供水与加氯"),
    ):
        if word in kind:
            yield Wanted(known[key], name)
    if item["scale"] != "micro":
        yield Wanted(known["utility"], "公用工程")
    if item["scale"] in ("large", "medium"):
        yield Wanted(known["special_work"], "特殊作业")


def _object(made: Tables, known: Known, random: Random, item: Row, wanted: Wanted, people: Sequence[str], places: Iterator[Spot]) -> None:
    firm = known.enterprises[item["code"]]
    spot = farm_spot(wanted.farm) if wanted.farm else next(places, None) if wanted.template.category != "activity" else None
    processes = [identity for (owner, _), identity in known.processes.items() if owner == firm]
    row = {
        "enterprise_id": firm,
        "name": wanted.name,
        "category": wanted.template.category,
        "department_name": wanted.template.department,
        "person": random.choice(people),
        "phone": phone(random),
        "place": f"{wanted.name}（{item['plot']} 地块）" if spot else "全厂",
        "lon": spot.lon if spot else None,
        "lat": spot.lat if spot else None,
        "polygon": spot.polygon if spot else None,
        "installation_id": known.installations[wanted.farm] if wanted.farm else None,
        "process_id": processes[int(wanted.process) % len(processes)] if wanted.process and processes else None,
        "state": "accepted",
        "is_in_force": True,
    }
    place = len(made.objects)
    made.objects.append(row)
    mine = [one for one in tanks() if wanted.farm and one["installation"] == wanted.farm]
    made.tanks += [{"risk_object_id": place, "tank_id": known.tanks[one["code"]]} for one in mine]
    for unit in wanted.template.units:
        responsible = random.choice(people)
        code = f"{random.getrandbits(64):016x}"
        above = {"enterprise_id": firm, "object_id": place, "unit_id": len(made.units)}
        made.units.append({"enterprise_id": firm, "object_id": place, "name": unit.name, "person": responsible, "place": unit.place, "place_code": code})
        for event in unit.events:
            _event(made, known, random, item, wanted, event, above, responsible)


def _event(made: Tables, known: Known, random: Random, item: Row, wanted: Wanted, event: Event, above: Row, responsible: str) -> None:
    given = event
    if random.random() < LAX[item["grade"]]:  # its measures do not hold yet: the risk is nearly what it was
        given = event._replace(present=event.inherent if random.random() < 0.35 else (_between(event), *event.inherent[1:]))
    scores = event_scores(known.editions[event.method], given)
    if scores["present_level"] == 1 and item["grade"] != "D":  # a park with a 重大 risk at every corner would have been closed
        scores = event_scores(known.editions[event.method], event)
    words = {"name": event.name, "accident": event.accident, "other_accidents": event.others or None, "consequence": event.consequence, "person": responsible}
    made.events.append(above | words | scores)
    below = above | {"event_id": len(made.events) - 1}
    for measure in event.measures:
        rows = list(_watched(known, wanted, measure)) if measure.quantity else []
        made.measures += [below | _blank(measure) | row for row in rows]
        if not rows:
            made.measures.append(below | {"point_id": None, "person": responsible} | _calm(random, measure_values(measure)))


def _between(event: Event) -> float:
    """A likelihood between that without measures and that with them, such as the method knows."""
    values = (1, 2, 3, 4, 5) if event.method == "LS" else (0.5, 1, 3, 6, 10)
    inside = [one for one in values if event.present[0] < one < event.inherent[0]]
    return float(inside[-1]) if inside else event.inherent[0]


def _watched(known: Known, wanted: Wanted, measure: Measure) -> Iterator[Row]:
    """A measure for each live point of that quantity in the farm, the first few."""
    quantities = ("combustible", "toxic") if measure.quantity == "combustible" else (measure.quantity,)
    mine = [one for one in points() if wanted.farm and one["installation"] == wanted.farm and one["quantity"] in quantities]
    for one in mine[: 12 if measure.quantity == "level" else MOST_POINTS]:
        yield {"name": f"{one['name']}：{measure.name}", "point_id": known.points[one["code"]]}


def _blank(measure: Measure) -> Row:
    nothing = dict.fromkeys(("content", "cycle_count", "cycle_unit", "person"))
    return {"kind": measure.kind, "category": measure.category, "way": "auto", **nothing}


def _calm(random: Random, values: Row) -> Row:
    """Most of what a template wants every day or shift, the park's enterprises look at once a week."""
    if values["cycle_unit"] in ("day", "hour") and random.random() < 0.72:
        return {**values, "cycle_count": 1, "cycle_unit": "week"}
    return {**values, "cycle_count": 1, "cycle_unit": "day"} if values["cycle_unit"] == "hour" else values


def _give_ids(session: Session, made: Tables) -> None:
    """Turn the places in the lists into ids of the tables."""
    kinds = ((RiskObject, made.objects), (RiskUnit, made.units), (RiskEvent, made.events), (RiskMeasure, made.measures))
    ids = [bulk.reserve_ids(session, model.__table__, len(rows)) for model, rows in kinds]  # type: ignore[arg-type]
    for (_, rows), own in zip(kinds, ids, strict=True):
        for row, identity in zip(rows, own, strict=True):
            row["id"] = identity
    for names, rows in ((("object_id",), made.units), (("object_id", "unit_id"), made.events), (("object_id", "unit_id", "event_id"), made.measures)):
        for row in rows:
            row.update({name: ids[place][row[name]] for place, name in enumerate(names)})
    for row in made.tanks:
        row["risk_object_id"] = ids[0][row["risk_object_id"]]
