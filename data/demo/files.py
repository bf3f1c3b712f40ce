"""The files of the demo park's enterprises, with gaps and expired papers on purpose. All people and numbers are invented."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any

from data.demo.enterprises import ERSHIJIAZI, LIUCHENG, enterprises, homes, person, phone
from data.demo.installations import seeded, tanks
from data.demo.media import MEDIA
from data.demo.profiles import PROFILES, Chemical

Rows = dict[str, list[dict[str, Any]]]

_KEY_MEDIA = {"甲醇", "液氨", "苯", "甲苯", "液化石油气", "丙烯", "环氧乙烷", "液氯", "乙酸乙酯", "苯乙烯", "丙烯腈", "汽油", "液化天然气"}
_CAPITAL = {"large": (20_000, 80_000), "medium": (3_000, 15_000), "small": (300, 2_000), "micro": (20, 100)}
_INSURERS = ("人保财险朝阳分公司", "平安产险朝阳中心支公司", "太平洋产险朝阳中心支公司")
# What a file may lack, from what is most often forgotten; "!" marks what has run out.
_GAPS = (
    "!certificate",
    "standardization_level",
    "equipment",
    "registered_capital",
    "!safety_person",
    "economic_type",
    "insurance",
    "business_scope",
    "area_m2",
    "!insurance",
    "duty_phone",
    "founded_on",
    "principal_phone",
    "safety_person",
    "certificate",
    "registered_address",
    "industry_code",
    "safety_staff_count",
    "file:emergency_card",
    "file:injury_insurance",
    "file:site_plan",
)


@lru_cache
def gaps() -> dict[str, tuple[str, ...]]:
    """What the file of each enterprise lacks, by its code: nothing in four of ten, up to eight things in the worst."""
    random = seeded("gaps")
    result = {}
    for item in enterprises():
        number = random.choice((0, 0, 0, 0, 1, 1, 2, 3, 4, 8))
        result[item["code"]] = tuple(random.sample(_GAPS, number))
    return result | {"E001": ("!certificate", "equipment", "file:injury_insurance", "file:emergency_card"), "E002": ()}


def files(today: date) -> dict[str, dict[str, Any]]:
    """The further columns of each enterprise, by its code; what lies in the future does so from ``today``."""
    return {item["code"]: _file(item, today) for item in enterprises()}


def _file(item: dict[str, Any], today: date) -> dict[str, Any]:
    random = seeded(f"file/{item['code']}")
    profile, plot = PROFILES[item["kind"]], homes()[item["code"]]
    town = "柳城街道" if item["division"] == LIUCHENG else "二十家子镇"
    staff = max(1, round((item["employee_count"] or 10) * (0.02 if item["kind"].startswith("危险物品类") else 0.01)))
    is_maker, capital = item["kind"].endswith("生产单位"), random.randint(*_CAPITAL[item["scale"]])
    values: dict[str, Any] = {
        "founded_on": date(random.randint(1998, 2021), random.randint(1, 12), random.randint(1, 28)),
        "registered_address": f"辽宁省朝阳市朝阳县{town}柳城经济开发区{plot.number}地块",
        "business_scope": profile.scope,
        "industry_code": profile.industry,
        "economic_type": random.choice(("有限责任公司", "有限责任公司", "私营企业", "股份有限公司")),
        "registered_capital": float(capital),
        "annual_output": round(capital * random.uniform(0.8, 2.5), 1),
        "area_m2": float(round(plot.area_m2)),
        "email": f"{item['code'].lower()}@example.com",
        "postcode": "122629" if item["division"] == LIUCHENG else "122613",
        "principal": item["legal_person"],
        "principal_phone": phone(random),
        "safety_staff_count": staff,
        "certified_engineer_count": max(1, staff // 3) if item["scale"] in ("large", "medium") else 0,
        "standardization_level": "二级" if item["scale"] == "large" else "三级" if item["scale"] == "medium" else "小微",
        "standardization_until": today + timedelta(days=random.randint(60, 900)),
        "key_processes": "、".join(name for name, is_key, _ in profile.processes if is_key) or None,
        "key_chemicals": "、".join(one.name for one in _chemicals(item) if one.is_key) or None,
        "remark": "停产检修期间保留值守。" if item["state"] == "stopped" else None,
    }
    if is_maker:
        number = f"（辽）WH安许证字〔{today.year - 2}〕{random.randint(1000, 1999)}"
        values |= {"safety_license_no": number, "safety_license_until": today + timedelta(days=random.randint(38, 700))}
    return values | {name: None for name in gaps()[item["code"]] if name in values or name in ("duty_phone",)}


def _chemicals(item: dict[str, Any]) -> tuple[Chemical, ...]:
    """What stands in its tanks, or else what is usual for its type."""
    stored = dict.fromkeys(tank["medium"] for tank in tanks() if tank["enterprise"] == item["code"])
    use = "product" if item["kind"].endswith(("储存单位", "经营单位")) else "raw_material"
    mine = tuple(Chemical(name, MEDIA[name].cas, use, name in _KEY_MEDIA) for name in stored)
    return mine or PROFILES[item["kind"]].chemicals


def file_rows(today: date) -> Rows:
    """The lists of all files by table; ``enterprise`` is a code."""
    result: Rows = {}
    for item in enterprises():
        lacking = gaps()[item["code"]]
        for name, rows in _lists(item, today).items():
            kept = [] if name in lacking else rows
            if f"!{name}" in lacking and kept:
                column = "certificate_until" if name == "safety_person" else "valid_until"
                kept[0][column] = today - timedelta(days=55)
            result.setdefault(name, []).extend({"enterprise": item["code"], **row} for row in kept)
    return result


def _lists(item: dict[str, Any], today: date) -> Rows:
    random = seeded(f"lists/{item['code']}")
    profile = PROFILES[item["kind"]]
    return {
        "safety_person": _people(item, today, random),
        "equipment": _equipment(item, today, random),
        "chemical_in_use": _stock(item, random),
        "process": [
            {"name": name, "is_key": is_key, "key_unit": unit, "description": f"{unit}设温度、压力、液位联锁。" if is_key else None}
            for name, is_key, unit in profile.processes
        ],
        "certificate": [
            {
                "kind": kind,
                "number": f"{today.year - 1}-{item['code']}-{random.randint(1000, 9999)}",
                "issuer": "朝阳市生态环境局" if kind == "排污许可证" else "朝阳县应急管理局",
                "issued_on": today - timedelta(days=random.randint(200, 700)),
                "valid_until": today + timedelta(days=random.randint(40, 1000)),
            }
            for kind in profile.certificates
        ],
        "insurance": [
            {
                "kind": kind,
                "insurer": random.choice(_INSURERS),
                "policy_no": f"PZ{today.year}{random.randint(10**7, 10**8 - 1)}",
                "amount": float(random.choice((200, 300, 500, 1000))),
                "valid_from": today - timedelta(days=300),
                "valid_until": today + timedelta(days=65),
                "insured_count": item["employee_count"],
            }
            for kind in ("安全生产责任险", "工伤保险")
        ],
        "occupational_hazard": [
            {
                "factor": factor,
                "workplace": place,
                "exposed_count": random.randint(3, 40),
                "measured_on": today - timedelta(days=random.randint(60, 360)),
                "result": "over" if random.random() < 0.06 else "within",
            }
            for factor, place in profile.hazards
        ],
    }


def _people(item: dict[str, Any], today: date, random: Random) -> list[dict[str, Any]]:
    posts = ("安全总监", "安全部门负责人", "专职安全员", "专职安全员", "注册安全工程师")
    number = {"large": 5, "medium": 3, "small": 2, "micro": 1}[item["scale"]]
    rows: list[dict[str, Any]] = []
    for post in posts[:number] if number > 2 else ("专职安全员", "兼职安全员")[:number]:
        name = item["contact"] if not rows else person(random)
        while any(row["name"] == name for row in rows):
            name = person(random)
        rows.append(
            {
                "name": name,
                "post": post,
                "certificate_no": f"辽AQ{today.year - 1}{random.randint(1, 12):02d}{random.randint(1000, 9999)}",
                "certificate_until": today + timedelta(days=random.randint(45, 900)),
                "phone": item["phone"] if not rows else phone(random),
            }
        )
    return rows


_SPECIAL = {"锅炉", "压力容器", "压力管道", "起重机械", "场内机动车辆", "电梯"}


def _equipment(item: dict[str, Any], today: date, random: Random) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "model": model,
            "kind": kind,
            "count": random.randint(1, 6),
            "registered_no": f"辽N{random.randint(10**5, 10**6 - 1)}" if kind in _SPECIAL else None,
            "next_inspection_on": today + timedelta(days=random.randint(30, 700)) if kind in _SPECIAL else None,
        }
        for name, kind, model in PROFILES[item["kind"]].equipment
    ]


def _stock(item: dict[str, Any], random: Random) -> list[dict[str, Any]]:
    rows = []
    for one in _chemicals(item):
        mine = [tank for tank in tanks() if tank["enterprise"] == item["code"] and tank["medium"] == one.name]
        # A tank is filled to 85 % at most.
        stored = sum(tank["volume_m3"] * (tank["density"] or 1.0) for tank in mine) * 0.85 if mine else random.uniform(0.5, 20)
        rows.append({**one._asdict(), "max_stock_t": round(stored, 1), "annual_t": round(stored * random.randint(8, 20), 0)})
    return rows


def confirmations(today: date) -> dict[str, dict[str, Any]]:
    """Whether each file is confirmed, by the enterprise's code: seven of ten are, some wait, some were returned."""
    random = seeded("confirmations")
    result: dict[str, dict[str, Any]] = {}
    for item in enterprises():
        drawn = random.random()
        at = datetime(today.year, today.month, today.day, 2, 16, tzinfo=UTC) - timedelta(days=random.randint(3, 120))
        if item["code"] == "E001" or drawn < 0.7:
            result[item["code"]] = {"confirm_state": "confirmed", "confirmed_at": at, "return_reason": None}
        elif drawn < 0.92:
            result[item["code"]] = {"confirm_state": "pending", "confirmed_at": None, "return_reason": None}
        else:
            words = "安全管理人员证书编号与原件不符，请核对后重新提交。"
            result[item["code"]] = {"confirm_state": "returned", "confirmed_at": None, "return_reason": words}
    return result


def changes(today: date) -> list[dict[str, Any]]:
    """What three enterprises whose files wait for confirmation want changed; ``enterprise`` is a code."""
    random, waiting = seeded("changes"), [code for code, one in confirmations(today).items() if one["confirm_state"] == "pending"]
    firms, result = {item["code"]: item for item in enterprises()}, []
    for number, code in enumerate(waiting[:3]):
        firm = firms[code]
        values: dict[str, Any] = {"employee_count": [firm["employee_count"], firm["employee_count"] + random.randint(3, 20)]}
        if number:
            values |= {"contact": [firm["contact"], person(random)], "phone": [firm["phone"], phone(random)]}
        else:
            values["remark"] = [firm.get("remark"), "厂区东侧新增值班室一处。"]
        at = datetime(today.year, today.month, today.day, 1, 40, tzinfo=UTC) - timedelta(days=1 + number)
        result.append({"enterprise": code, "values": values, "submitted_at": at})
    return result


# enterprise, name, type, department, what is said of it
_SECONDARY = (
    ("E001", "华锦新材料运输车队", "交通运输类-道路危险货物运输", "交通运输分局", "自有槽车 6 辆"),
    ("E002", "鑫盛化工自备热力站", "公用事业类-供热供水", "规划建设局", "供厂区蒸汽"),
    ("E003", "亿丰化工苯类装卸站", "危险物品类-危险化学品储存单位", "应急管理局", "汽车装卸鹤管 8 台"),
    ("E007", "鑫化工气瓶充装站", "特种设备类-气瓶充装单位", "市场监管分局", "液氯钢瓶充装"),
    ("E011", "柳城油储铁路卸油台", "危险物品类-危险化学品储存单位", "应急管理局", "铁路专用线卸车位 12 个"),
    ("E012", "柳城燃气二十家子门站", "城镇燃气类-燃气经营单位", "规划建设局", "调压、计量"),
    ("E036", "佰农矿产一号矿井", "矿山类-金属非金属地下矿山", "应急管理局", "地下开采"),
    ("E037", "恒泰矿产尾矿库", "矿山类-尾矿库", "应急管理局", "四等库"),
)


def secondary_units() -> list[dict[str, Any]]:
    """Parts of enterprises with a type and an authority of their own; the others are codes, words and short names."""
    random, homes_ = seeded("secondary"), {item["code"]: item for item in enterprises()}
    result = []
    for code, name, kind, department, remark in _SECONDARY:
        owner = homes_[code]
        division = ERSHIJIAZI if "二十家子" in name else owner["division"]
        result.append(
            {
                "enterprise": code,
                "name": name,
                "kind": kind,
                "department": department,
                "division": division,
                "address": owner["address"],
                "principal": person(random),
                "phone": phone(random),
                "lon": round(owner["lon"] + 0.0012, 6),
                "lat": round(owner["lat"] - 0.0008, 6),
                "remark": remark,
            }
        )
    return result
