"""What is filed of the demo park's major hazard installations: media, identifications, persons, filings, plans and drills.

All people and numbers are invented. Levels are what the rule makes of the tanks; days count from today, so that some are always near.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from random import Random
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from data.calendar import start_of
from data.demo.enterprises import person, phone
from data.demo.installations import FARMS, seeded
from data.demo.media import MEDIA
from data.hazard_assessments import METHOD
from data.hazard_plans import due_days
from data.hazards import filed, snapshot_of
from data.identifying import identified
from data.models import (
    AssessedEvent,
    Enterprise,
    HazardMedium,
    Identification,
    Installation,
    InstallationPlan,
    PlanDrill,
    RiskAssessment,
    RiskMethod,
    User,
)
from data.risk_methods import editions
from data.rules import risk

Row = dict[str, Any]
FILLING = Decimal("0.9")  # the share of a tank's volume that counts as its design maximum here


class Unit(NamedTuple):
    """People outside now and three years ago, days since filing and since the safety assessment."""

    people: int
    before: int
    filed: int
    assessed: int


UNITS: dict[str, Unit] = {
    "MHI-01": Unit(62, 46, 430, 400),
    "MHI-02": Unit(118, 96, 1010, 900),
    "MHI-03": Unit(40, 40, 220, 200),
    "MHI-04": Unit(54, 54, 1118, 1030),
    "MHI-05": Unit(24, 12, 300, 150),
    "MHI-06": Unit(0, 8, 1061, 1086),
    "MHI-07": Unit(84, 70, 1031, 600),
    "MHI-08": Unit(36, 30, 700, 1110),
    "MHI-09": Unit(0, 0, 560, 500),
    "MHI-10": Unit(44, 28, 800, 760),
    "MHI-11": Unit(57, 33, 210, 240),
    "MHI-12": Unit(18, 18, 1201, 640),
}
# Row of table 1, class of table 2, class of table 4. What has none of them is none of the standard's dangerous chemicals.
CLASSES: dict[str, tuple[int | None, str | None, str | None]] = {
    "甲醇": (65, None, "W5.3"),
    "液氨": (1, None, None),
    "苯": (57, None, "W5.3"),
    "甲苯": (64, None, "W5.3"),
    "过氧化氢溶液": (None, "W9.2", None),
    "液化石油气": (52, None, "W2"),
    "丙烯": (None, "W2", None),
    "环氧乙烷": (7, None, None),
    "液氯": (12, None, None),
    "二甲苯": (None, "W5.4", None),
    "丙酮": (59, None, "W5.3"),
    "乙醇": (67, None, "W5.3"),
    "乙酸乙酯": (69, None, "W5.3"),
    "苯乙烯": (58, None, "W5.4"),
    "丙烯腈": (60, None, "W5.3"),
    "汽油": (66, None, "W5.3"),
    "柴油": (None, "W5.4", None),
    "三氧化硫": (26, None, "J2"),
}
# Besides its tanks: a small vessel of which the installation's own tanks know nothing.
BESIDES = {"MHI-03": {"三氧化硫": Decimal(12)}}
TARGETS = (("二十家子村居民区", 1180.0), ("柳城街道中心小学", 2350.0), ("园区职工公寓", 860.0), ("姑营子村居民区", 1460.0))
EVENTS = (
    ("储罐超压破裂", 1, 6, 40, "安全阀、压力联锁，定期校验"),
    ("管线法兰泄漏", 3, 6, 7, "日巡检，可燃或有毒气体检测报警"),
    ("装卸作业软管脱落", 3, 3, 15, "万向管道，紧急切断，双人监护"),
    ("雷击引燃", 0.5, 1, 40, "防雷检测每半年一次，接地良好"),
    ("液位超高冒罐", 1, 6, 15, "高高液位联锁切断进料"),
)
FINDINGS = ("个别岗位人员报警程序不熟练", "疏散集合点标识不清", "正压式呼吸器佩戴超过规定时间", "应急通讯录未及时更新", "堵漏器材摆放位置偏远")


@lru_cache
def media() -> dict[str, list[Row]]:
    """The substances of each installation with their design maximum, by code."""
    result: dict[str, list[Row]] = {}
    for farm in FARMS:
        amounts = {one.medium: Decimal(one.size) * Decimal(str(one.volume)) * Decimal(str(MEDIA[one.medium].density)) * FILLING for one in farm.groups if one.medium in CLASSES}
        result[farm.code] = [_medium(name, quantity) for name, quantity in {**amounts, **BESIDES.get(farm.code, {})}.items()]
    return result


def _medium(name: str, quantity: Decimal) -> Row:
    row, hazard_class, beta_class = CLASSES[name]
    return {"name": name, "table_row": row, "hazard_class": hazard_class, "beta_class": beta_class, "quantity_t": float(round(quantity, 1)), "is_mixture": False}


def given(code: str, people: int, share: Decimal = Decimal(1)) -> Row:
    """What was entered for the identification of the installation, with a share of its design maximum."""
    substances = []
    for one in media()[code]:
        substance: Row = {"name": one["name"], "quantity_t": round(Decimal(str(one["quantity_t"])) * share, 1)}
        substance |= {key: one[column] for key, column in (("row", "table_row"), ("class", "hazard_class"), ("beta_class", "beta_class")) if one[column]}
        substances.append(substance)
    return {"people": people, "substances": substances}


def enter_hazards(session: Session, today: date) -> None:
    """Enter what each installation is filed with, its media, its newest identification and its plans in force."""
    places = _installations(session)
    addresses: dict[int, str | None] = dict(session.execute(select(Enterprise.id, Enterprise.address)).all())
    chance = seeded("hazards")
    rows, snapshots = [], []
    for code, (identity, firm, name, user) in places.items():
        unit = UNITS[code]
        snapshot = _snapshot(code, unit.people, today - timedelta(days=unit.assessed - 20 if unit.assessed > 60 else 5)) | {"installation_id": identity, "enterprise_id": firm, "name": name, "identified_by_id": user}
        snapshots.append(snapshot)
        rows.append({"key": identity, "level": snapshot["level"], "identified_on": snapshot["identified_at"].date(), "address": addresses[firm], **_filed(chance, code, unit, today)})
    columns: Row = {name: bindparam(name) for name in rows[0] if name != "key"}
    table = cast(Table, Installation.__table__)
    session.execute(update(table).where(table.c.id == bindparam("key")).values(columns), rows)
    session.execute(insert(HazardMedium), [{**row, "installation_id": places[code][0], "enterprise_id": places[code][1]} for code, mine in media().items() for row in mine])
    session.execute(insert(Identification), snapshots)
    session.execute(insert(InstallationPlan), [row for code, place in places.items() for row in _plans(chance, code, place, today)])


def _installations(session: Session) -> dict[str, tuple[int, int, str, int]]:
    """Id, enterprise, name and the enterprise's user of each installation by code."""
    mine = select(Installation.code, Installation.id, Installation.enterprise_id, Installation.name, User.id).join(User, User.enterprise_id == Installation.enterprise_id).order_by(Installation.code)
    return {code: (identity, firm, name, user) for code, identity, firm, name, user in session.execute(mine)}


def _snapshot(code: str, people: int, day: date, share: Decimal = Decimal(1), remark: str | None = None) -> Row:
    entered = given(code, people, share)
    return {"identified_at": start_of(day) + timedelta(hours=9, minutes=30), "remark": remark, **snapshot_of(entered, identified(entered))}


def _filed(chance: Random, code: str, unit: Unit, today: date) -> Row:
    target, distance = TARGETS[int(code[-2:]) % len(TARGETS)]
    number, filed_on = int(code[-2:]), today - timedelta(days=unit.filed)
    is_gas = any(one["name"] in ("液氨", "液化石油气", "丙烯", "环氧乙烷", "液氯") for one in media()[code])
    return {
        "unit_kind": "storage",
        "place": f"厂区{'东北西南'[number % 4]}侧储罐区",
        "commissioned_on": date(2014 + number % 6, 1 + number % 12, 8 + number),
        "exposed_people": unit.people,
        "nearest_target": target,
        "nearest_target_m": distance + number * 15,
        "is_key_process": False,
        "is_key_chemical": any(one["table_row"] is not None for one in media()[code]),
        **{f"{role}_{part}": value for role in ("main", "technical", "operating") for part, value in (("person", person(chance)), ("phone", phone(chance)))},
        "has_dcs": True,
        "has_sis": is_gas,
        "has_gds": True,
        "has_video": True,
        "filing_number": f"BA211321{filed_on.year}{number:03d}",
        "filed_on": filed_on,
        "filing_expires_on": _years_later(filed_on),
        **filed({"assessed_on": today - timedelta(days=unit.assessed)}),
    }


def _years_later(day: date) -> date:
    return day + timedelta(days=3 * 365)


def _plans(chance: Random, code: str, place: tuple[int, int, str, int], today: date) -> Iterator[Row]:
    identity, firm, name, _ = place
    number = int(code[-2:])
    own: Row = {"installation_id": identity, "enterprise_id": firm, "compiled_by": "安全环保部"}
    for step, (kind, words) in enumerate((("special", f"{name}泄漏、火灾专项应急预案"), ("onsite", f"{name}现场处置方案"))):
        published = today - timedelta(days=150 + 83 * ((number * 2 + step) % 11))
        is_filed = not (number == 5 and step == 1)
        if not is_filed:
            published = today - timedelta(days=18)
        yield _plan(own | {"name": words, "kind": kind, "edition": 2, "published_on": published, "filed_on": published + timedelta(days=12) if is_filed else None, "filing_number": f"YA211321{published.year}{number:02d}{step + 1}" if is_filed else None})
    if number in (2, 7, 12):
        published = today - timedelta(days=1060 + number)
        yield _plan(own | {"name": "生产安全事故综合应急预案", "kind": "comprehensive", "edition": 1, "published_on": published, "filed_on": published + timedelta(days=10), "filing_number": f"YA211321{published.year}{number:02d}0"})


def _plan(values: Row) -> Row:
    plain = {"state": "current", "reviewed_on": None, "last_drilled_on": None} | values
    return plain | due_days(plain)


def enter_hazard_history(session: Session, today: date) -> None:
    """Enter three years of it: earlier identifications, editions that were replaced, a risk assessment each, and the drills."""
    places = _installations(session)
    chance = seeded("hazard-history")
    session.execute(insert(Identification), [row for code, place in places.items() for row in _earlier(code, place, today)])
    session.execute(insert(InstallationPlan), [row for place in places.values() for row in _replaced(place, today)])
    _assessments(session, chance, places, today)
    _drills(session, chance, today)


def _earlier(code: str, place: tuple[int, int, str, int], today: date) -> Iterator[Row]:
    identity, firm, name, user = place
    unit = UNITS[code]
    own = {"installation_id": identity, "enterprise_id": firm, "name": name, "identified_by_id": user}
    yield _snapshot(code, unit.before, today - timedelta(days=1150), Decimal("0.8"), "建成投用后辨识") | own
    if unit.before != unit.people:
        yield _snapshot(code, unit.people, today - timedelta(days=1120), Decimal("0.8"), "周边常住人口变化后重新辨识") | own


def _replaced(place: tuple[int, int, str, int], today: date) -> Iterator[Row]:
    identity, firm, name, _ = place
    for kind, words in (("special", f"{name}泄漏、火灾专项应急预案"), ("onsite", f"{name}现场处置方案")):
        published = today - timedelta(days=1240)
        values = {"installation_id": identity, "enterprise_id": firm, "compiled_by": "安全环保部", "name": words, "kind": kind, "edition": 1, "state": "superseded"}
        yield _plan(values | {"published_on": published, "filed_on": published + timedelta(days=9), "filing_number": f"YA211321{published.year}{firm:03d}"})


def _assessments(session: Session, chance: Random, places: dict[str, tuple[int, int, str, int]], today: date) -> None:
    rows, events = [], []
    edition = editions(session)[METHOD]
    method = session.get_one(RiskMethod, edition.id)
    for identity, firm, name, _ in places.values():
        drawn = chance.sample(EVENTS, 4)
        found = risk.concluded(METHOD, edition.bands, [risk.Event(*one[:4]) for one in drawn])
        day = today - timedelta(days=chance.randint(40, 700))
        rows.append(
            {"installation_id": identity, "enterprise_id": firm, "name": f"{name}{day.year}年度风险评估", "assessed_on": day, "assessor": person(chance), "score": found.score, "level": found.level, "working": list(found.working)}
            | {"method": f"{method.name} {method.edition}", "edition_id": method.id, "conclusion": "现有措施有效，按等级落实管控，重点检查联锁和气体检测报警。"}
        )
        events.append((identity, firm, drawn))
    session.execute(insert(RiskAssessment), rows)
    ids = dict(session.execute(select(RiskAssessment.installation_id, RiskAssessment.id)).all())
    names = ("name", "likelihood", "exposure", "consequence", "measures")
    session.execute(insert(AssessedEvent), [{"assessment_id": ids[identity], "enterprise_id": firm, **dict(zip(names, one, strict=True))} for identity, firm, drawn in events for one in drawn])


def _drills(session: Session, chance: Random, today: date) -> None:
    """Drills of the plans in force and of the editions before them; a few plans wait for their next one."""
    columns = (InstallationPlan.id, InstallationPlan.enterprise_id, InstallationPlan.name, InstallationPlan.kind, InstallationPlan.state, InstallationPlan.published_on, InstallationPlan.filed_on)
    rows, last = [], []
    for identity, firm, name, kind, state, published, filed_on in session.execute(select(*columns).order_by(InstallationPlan.id)):
        months = 5 if kind == "onsite" else 11
        day, until = published + timedelta(days=30), today - timedelta(days=chance.randint(0, 45))
        until = min(until, published + timedelta(days=600)) if state == "superseded" else until
        held: date | None = None
        while day < until:
            rows.append(_drill(chance, identity, firm, name, day))
            held, day = day, day + timedelta(days=months * 30 + chance.randint(-12, 14))
        if held is not None and state == "current":
            plain = {"kind": kind, "state": state, "published_on": published, "filed_on": filed_on, "last_drilled_on": held}
            last.append({"key": identity, "held": held, "due": due_days(plain)["drill_due_on"]})
    session.execute(insert(PlanDrill), rows)
    table = cast(Table, InstallationPlan.__table__)
    session.execute(update(table).where(table.c.id == bindparam("key")).values(last_drilled_on=bindparam("held"), drill_due_on=bindparam("due")), last)


def _drill(chance: Random, plan: int, firm: int, name: str, day: date) -> Row:
    finding = chance.choice(FINDINGS) if chance.random() < 0.35 else None
    return {
        "plan_id": plan,
        "enterprise_id": firm,
        "name": f"{name.removesuffix('专项应急预案').removesuffix('现场处置方案').removesuffix('综合应急预案')}应急演练（{day:%Y-%m}）",
        "way": chance.choice(("table", "field", "field")),
        "held_on": day,
        "place": "储罐区",
        "people_count": chance.randint(12, 48),
        "evaluation": "响应及时，分工明确，达到演练目的。",
        "findings": finding,
        "rectified_on": day + timedelta(days=chance.randint(3, 20)) if finding and chance.random() < 0.85 else None,
    }
