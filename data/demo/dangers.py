"""Three years of hidden dangers of the demo park: found, put right, looked at again; fewer and quicker from year to year.

All days are counted back from ``today``; the same day gives the same rows.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from io import BytesIO
from random import Random

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from data import attachments
from data.calendar import park_day
from data.dangers import PREFIX
from data.demo.danger_texts import Finding, findings
from data.demo.danger_ways import Act, Row, Way, moment
from data.demo.enterprises import enterprises, phone
from data.demo.installations import FARMS, seeded, tanks
from data.demo.photos import photo
from data.models import Attachment, AuditEntry, Base, HiddenDanger, NumberSeries, User, WorkflowCase, WorkflowStep
from data.viewer import Viewer
from data.viewers import viewer_from
from data.workflows.general_danger import GENERAL_DANGER

YEARS = 3
AUDITED_DAYS = 400  # of older ones the trail is not kept; major ones keep all
SCALE = {"large": 1.5, "medium": 0.95, "small": 0.5, "micro": 0.25}  # a month
GRADE = {"A": 0.75, "B": 1.0, "C": 1.3, "D": 1.6}
SEASON = (1.05, 0.8, 1.0, 1.05, 1.1, 1.45, 1.3, 1.2, 0.95, 0.85, 1.1, 1.2)  # the month of safety is June; frost and thunder
BY_YEAR = (1.2, 1.0, 0.85)  # how many are found, the oldest year first
LATE = (0.24, 0.14, 0.07)  # how many are put right after the deadline
STUCK = 0.12  # of those found lately
SOURCES = (("self", 62), ("inspection", 16), ("expert", 8), ("town", 5), ("enforcement", 4), ("superior", 3), ("report", 2))
FUNDS = {"fire": 8_000, "electrical": 5_000, "equipment": 20_000, "instrument": 15_000, "process": 30_000, "layout": 60_000, "safety": 2_000, "other": 800}
PASSED = ("已整改到位，同意闭环。", "现场复查合格。", "资料齐全，复查通过。", "已按要求整改，同意销案。")
REFUSED = ("整改照片不能反映整改部位，请重新上传。", "只做了临时处理，请按措施整改到位。", "同类问题未排查，请举一反三后再报。")


class People:
    """Who acts for whom, by the roles and scopes of the seeded users."""

    def __init__(self, session: Session) -> None:
        found = [viewer_from(one) for one in session.scalars(select(User).order_by(User.id)).unique()]
        self.own = {one.enterprise_id: one for one in found if one.enterprise_id is not None}
        self.by_name = {one.username: one for one in found}

    def checkers(self, item: Row, department_id: int | None) -> list[Viewer]:
        """Officers and inspectors, the department's and the town's own people for those in their scope."""
        names = ["officer", "officer2", "inspector", "inspector2", "inspector3"]
        names += ["dept", "dept"] if self.by_name["dept"].department_id == department_id else []
        names += ["town"] if item["division"] == "211321104" else []
        return [self.by_name[name] for name in names]


def enter_dangers(session: Session, enterprise: dict[str, int], department: dict[str, int], today: date) -> list[Row]:
    """Enter all dangers that had happened when ``today`` began; their rows, with ids. The users must be there."""
    people = People(session)
    ways = sorted(general_ways(people, enterprise, department, today), key=lambda way: way.danger["created_at"])
    _number(ways, session)
    _insert(session, ways, today)
    return [way.danger for way in ways]


def general_ways(people: People, enterprise: dict[str, int], department: dict[str, int], today: date) -> Iterator[Way]:
    """The general dangers of every enterprise on their way as it stood at the beginning of ``today``."""
    until = moment(today, 0)
    for item in enterprises():
        random = seeded(f"dangers/{item['code']}")
        own = people.own[enterprise[item["code"]]]
        checkers = people.checkers(item, department[item["department"]])
        mine = [one for one in tanks() if one["enterprise"] == item["code"]]
        known = findings(item["kind"], bool(mine))
        for day, year in _days(random, item, today):
            finding = _filled(random, random.choice(known), mine)
            yield _way(random, item, enterprise[item["code"]], finding, day, year, own, checkers, until, today)


def _days(random: Random, item: Row, today: date) -> Iterator[tuple[date, int]]:
    """The days on which something was found, with the number of the year (0: the first)."""
    for year in range(YEARS):
        start = today - timedelta(days=365 * (YEARS - year))
        for month in range(12):
            first = start + timedelta(days=round(month * 365 / 12))
            rate = SCALE[item["scale"]] * GRADE[item["grade"]] * SEASON[first.month - 1] * BY_YEAR[year]
            rate *= 1.25 if item["kind"].startswith("危险物品类") else 1.0
            rate *= 0.2 if item["state"] != "running" and year == YEARS - 1 else 1.0
            for offset in sorted(random.randrange(30) for _ in range(_poisson(random, rate))):
                yield first + timedelta(days=offset), year


def _poisson(random: Random, mean: float) -> int:
    """How many events happen when ``mean`` are expected (Knuth)."""
    number, left, limit = 0, random.random(), math.exp(-mean)
    while left > limit:
        number, left = number + 1, left * random.random()
    return number


def _filled(random: Random, finding: Finding, mine: Sequence[Row]) -> Finding:
    tank = random.choice(mine) if mine else {"code": "", "name": "", "installation": ""}
    farms = {one.code: one.name for one in FARMS}
    number = str(random.randint(2, 6))
    words = {"{tank}": f"{tank['code']} {tank['name']}", "{farm}": farms.get(tank["installation"], ""), "{n}": number}

    def fill(text: str) -> str:
        for sign, word in words.items():
            text = text.replace(sign, word)
        return text

    return Finding(*map(fill, finding))


def _way(
    random: Random, item: Row, enterprise_id: int, finding: Finding, day: date, year: int, own: Viewer, checkers: Sequence[Viewer], until: datetime, today: date
) -> Way:
    source = random.choices([code for code, _ in SOURCES], [weight for _, weight in SOURCES])[0]
    is_own = source == "self"
    entered_by = own if is_own else random.choice(checkers)
    at_once = random.random() < (0.3 if is_own else 0.1)
    deadline = day + timedelta(days=random.choice((1, 2, 3) if at_once else (7, 10, 15, 15, 20, 30, 30, 45)))
    funds = round(FUNDS[finding.kind] * random.lognormvariate(0, 0.6), -2) or None
    danger: Row = {
        "enterprise_id": enterprise_id,
        "name": finding.name,
        "place": finding.place,
        "level": "general",
        "source": source,
        "kind": finding.kind,
        "treatment": "at_once" if at_once else "by_deadline",
        "found_on": day,
        "finder": entered_by.name if source != "expert" else f"专家组（{entered_by.name}登记）",
        "person": item["contact"],
        "phone": phone(random),
        "measures": finding.measure,
        "deadline_on": deadline,
    }
    way = Way(danger, until)
    found_at = moment(day, random.uniform(8.2, 17))
    way.enter(entered_by, found_at)
    way.open(GENERAL_DANGER, entered_by, "rectify", found_at)
    stuck = (today - day).days < 60 and random.random() < STUCK
    if stuck:
        return way
    _carry_out(random, way, finding, day, deadline, year, own, checkers, funds)
    return way


def _carry_out(random: Random, way: Way, finding: Finding, day: date, deadline: date, year: int, own: Viewer, checkers: Sequence[Viewer], funds: float | None) -> None:
    """The enterprise puts it right, the authority looks, sometimes twice."""
    is_late = random.random() < LATE[year]
    span = (deadline - day).days
    done = deadline + timedelta(days=random.randint(1, 25)) if is_late else day + timedelta(days=max(1, round(span * random.triangular(0.2, 1, 0.75))))
    at = moment(done, random.uniform(9, 17.5))
    for _ in range(3):
        values = {"rectified_on": park_day(at), "result": f"{finding.result}。", "measures": finding.measure, "funds": funds}
        if not way.act(Act(own, "submit", at, values)):
            return
        checker = random.choice(checkers)
        at = _office_hour(random, at + timedelta(days=random.randint(1, 7)))
        if random.random() < 0.07:
            if not way.act(Act(checker, "return", at, opinion=random.choice(REFUSED), target="rectify")):
                return
            at = moment(park_day(at) + timedelta(days=random.randint(2, 6)), random.uniform(9, 17))
            continue
        way.act(Act(checker, "pass", at, opinion=random.choice(PASSED)))
        return


def _office_hour(random: Random, at: datetime) -> datetime:
    """An hour of work on that day, or on the Monday after."""
    day = park_day(at)
    day += timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
    return moment(day, random.uniform(8.5, 16.8))


def _number(ways: Sequence[Way], session: Session) -> None:
    """Give the numbers of each level and year in the order of entering, and leave the series where the next one goes on."""
    last: dict[tuple[str, int], int] = defaultdict(int)
    for way in ways:
        level = "major" if way.cases[0]["workflow"] == "major_danger" else "general"
        year = park_day(way.danger["created_at"]).year
        last[level, year] += 1
        way.danger["number"] = f"{PREFIX[level]}-{year}-{last[level, year]:05}"
        way.entries[0]["changes"]["number"] = [None, way.danger["number"]]
    session.execute(insert(NumberSeries), [{"series": f"danger:{level}", "year": year, "last": number} for (level, year), number in last.items()])


def _enter(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    """Insert the rows in a few statements: with every column in every row, an empty one too, they are all alike."""
    blank = dict.fromkeys(name for row in rows for name in row)
    session.execute(insert(model), [blank | row for row in rows], execution_options={"render_nulls": True})


def _insert(session: Session, ways: Sequence[Way], today: date) -> None:
    _enter(session, HiddenDanger, [way.danger for way in ways])
    ids = {number: identity for number, identity in session.execute(select(HiddenDanger.number, HiddenDanger.id))}
    for way in ways:
        way.danger["id"] = ids[way.danger["number"]]
    _insert_cases(session, ways)
    _insert_photos(session, ways)
    oldest = moment(today - timedelta(days=AUDITED_DAYS), 0)
    kept = [entry | {"record_id": way.danger["id"]} for way in ways for entry in way.entries if way.cases[0]["workflow"] == "major_danger" or way.danger["created_at"] >= oldest]
    _enter(session, AuditEntry, sorted(kept, key=lambda one: one["at"]))


def _insert_cases(session: Session, ways: Sequence[Way]) -> None:
    cases = [(case | {"record_id": way.danger["id"]}, steps) for way in ways for case, steps in zip(way.cases, way.steps, strict=True)]
    cases.sort(key=lambda pair: pair[0]["started_at"])
    _enter(session, WorkflowCase, [case for case, _ in cases])
    known = select(WorkflowCase.record_id, WorkflowCase.workflow, WorkflowCase.id).where(WorkflowCase.table_name == HiddenDanger.__tablename__)
    ids = {(record, flow): identity for record, flow, identity in session.execute(known)}
    steps = [step | {"case_id": ids[case["record_id"], case["workflow"]]} for case, taken in cases for step in taken]
    _enter(session, WorkflowStep, sorted(steps, key=lambda step: step["at"]))


def _insert_photos(session: Session, ways: Sequence[Way]) -> None:
    """Pictures before and after; the bytes of each are kept once."""
    kept = {}
    for slot in ("before", "after"):
        digest, size, kind = attachments.keep(BytesIO(photo(slot)), f"{slot}.jpg")
        kept[slot] = {"sha256": digest, "size": size, "content_type": kind.content_type}
    rows = []
    for way in ways:
        danger = way.danger
        common = {"table_name": HiddenDanger.__tablename__, "record_id": danger["id"]}
        taken = [("before", "整改前.jpg", danger["created_at"], danger["created_by_id"])]
        done = next((step for steps in way.steps for step in steps if step["action"] in ("submit", "finish") and "rectified_on" in step["values"]), None)
        taken += [("after", "整改后.jpg", done["at"], done["user_id"])] if done else []
        rows += [common | kept[slot] | {"slot": slot, "name": name, "created_at": at, "updated_at": at, "created_by_id": by} for slot, name, at, by in taken]
    _enter(session, Attachment, rows)
