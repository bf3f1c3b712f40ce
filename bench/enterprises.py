"""A million enterprises for the lists: plausible, the same at every run, written by one COPY."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from bench.crowd import NONE, copy_in, mixed, skewed
from data.dictionaries import DICTIONARIES
from data.rules.credit_code import check_sign

COUNT = 1_000_000
# Enterprises of this type; the demo park has none, so an export of the type has exactly so many rows.
EXPORTED_TYPE, EXPORTED = "0208", 100_000

_PLACES = (
    "朝阳", "辽宁", "双塔", "龙城", "建平", "北票", "凌源", "喀左", "柳城", "凌河", "大凌河", "燕都", "慕容", "红山", "牛河梁", "凤凰山", "辽西", "北方", "东北", "渤海",
)  # fmt: skip
_SIGNS = "鑫瑞恒宏泰盛华锦丰源达通顺安康永利兴隆富祥和嘉德信诚博凯峰远飞腾龙凤金银铭卓越创新科捷联合众邦国民天地海江河山川林森木阳光明辉煌耀昌"
_TRADES = (
    "化工", "化工新材料", "精细化工", "新材料", "涂料", "树脂", "气体", "医药中间体", "农药化工", "橡塑制品", "机械", "机械制造", "铸造", "钢铁", "铁合金", "有色金属", "建材", "水泥", "耐火材料",
    "陶瓷", "食品", "粮油", "饲料", "乳业", "酒业", "纺织", "服装", "包装", "印刷", "家具", "商贸", "物流", "货物运输", "仓储", "加油站", "燃气", "热力", "供水", "污水处理", "矿业", "选矿", "建筑工程",
    "市政工程", "装饰工程", "电力设备", "新能源", "电池材料", "环保科技", "电子科技", "汽车配件",
)  # fmt: skip
_FORMS = ("有限公司", "有限责任公司", "股份有限公司", "集团有限公司", "厂")
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国志文海波晓春雪峰丹宁"
_NAMES = len(_PLACES) * len(_SIGNS) ** 2 * len(_TRADES) * len(_FORMS)
_STEP = 7_368_787  # a prime: stepping by it meets every name once before any comes again
_COLUMNS = (
    "code", "name", "short_name", "credit_code", "unit_type_id", "scale", "state", "grade", "division_id", "department_id", "founded_on", "registered_address", "address", "business_scope",
    "industry_code", "economic_type", "registered_capital", "employee_count", "legal_person", "principal", "principal_phone", "contact", "phone", "lon", "lat", "confirm_state", "standard_state",
    "completeness", "created_at", "updated_at",
)  # fmt: skip
_WORDS = {one.name: one.words for one in DICTIONARIES}
_INDUSTRIES, _ECONOMIES = _WORDS["industry"], _WORDS["economic_type"]


def fill(connection: Any, count: int = COUNT) -> None:
    """Add ``count`` enterprises to the demo park of the connection's database; the indexes are made again at the end."""
    cursor = connection.cursor()
    lines = rows(_places(cursor), _types(cursor), count)
    copy_in(connection, "enterprise", _COLUMNS, lines)


def rows(places: Sequence[tuple[int, str]], types: Sequence[tuple[int, str, int | None]], count: int) -> Iterator[str]:
    """One line of COPY text an enterprise. Every tenth is of the exported type, the first villages and types have the most."""
    exported = next(one for one in types if one[1] == EXPORTED_TYPE)
    others = [one for one in types if one[1] != EXPORTED_TYPE]
    for number in range(count):
        hashed = mixed(number)
        type_id, _, department_id = exported if number % (COUNT // EXPORTED) == 3 else others[skewed(hashed, len(others))]
        division_id, place = places[skewed(hashed * 31 % 4_294_967_296, len(places))]
        yield "\t".join(_values(number, hashed, type_id, department_id, division_id, place)) + "\n"


def _values(number: int, hashed: int, type_id: int, department_id: int | None, division_id: int, place: str) -> tuple[str, ...]:
    name, short = name_of(number)
    body = f"91{211302 + hashed % 7:06d}{number:09d}"
    boss, safety = _person(hashed), _person(hashed >> 7)
    founded = date(1990, 1, 1) + timedelta(days=hashed % 12_800)
    address = f"{place}{hashed % 97 + 1}组工业路{hashed % 399 + 1}号"
    made = hashed % 63_000_000
    return (
        f"L{number:07d}",
        name,
        short,
        body + check_sign(body),
        str(type_id),
        ("micro", "micro", "small", "small", "small", "medium", "micro", "small", "micro", "large")[hashed >> 3 & 7 if hashed % 50 else 9],
        "running" if hashed % 23 else "stopped" if hashed % 46 else "ordered_stop",
        "ABCD"[hashed >> 5 & 3] if hashed % 3 else NONE,
        str(division_id),
        str(department_id) if department_id else NONE,
        founded.isoformat(),
        address,
        address,
        f"{short}的生产、销售；货物运输代理；技术服务、技术开发、技术咨询（依法须经批准的项目，经批准后方可开展经营活动）",
        _INDUSTRIES[hashed % len(_INDUSTRIES)],
        _ECONOMIES[hashed % len(_ECONOMIES)],
        str(10 + hashed % 5000),
        str(1 + hashed % 480),
        boss,
        boss,
        f"139{hashed % 100_000_000:08d}",
        safety,
        f"138{(hashed >> 4) % 100_000_000:08d}",
        f"{119.0 + hashed % 20_000 / 10_000:.5f}",
        f"{41.0 + hashed % 14_000 / 10_000:.5f}",
        ("confirmed", "confirmed", "confirmed", "pending", "confirmed", "returned", "confirmed", "confirmed")[hashed >> 9 & 7],
        ("met", "unmet", "unrated", "met")[hashed >> 12 & 3],
        str(30 + (hashed >> 14) % 71),
        _instant(made + 5_000),
        _instant(made),
    )


def name_of(number: int) -> tuple[str, str]:
    """The whole and the short name of an enterprise; no two of a million have the same whole name."""
    rest, place = divmod(number * _STEP % _NAMES, len(_PLACES))
    rest, trade = divmod(rest, len(_TRADES))
    rest, first = divmod(rest, len(_SIGNS))
    form, second = divmod(rest, len(_SIGNS))
    short = f"{_SIGNS[first]}{_SIGNS[second]}{_TRADES[trade]}"
    return f"{_PLACES[place]}{short}{_FORMS[form]}", short


def _person(hashed: int) -> str:
    given = _GIVEN[hashed // 41 % len(_GIVEN)] + (_GIVEN[hashed // 1763 % len(_GIVEN)] if hashed % 3 else "")
    return _SURNAMES[hashed % len(_SURNAMES)] + given


def _instant(seconds_ago: int) -> str:
    day, second = divmod(63_072_000 - seconds_ago, 86_400)
    return f"{date(2024, 11, 1) + timedelta(days=day)} {second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}+00"


def _places(cursor: Any) -> list[tuple[int, str]]:
    cursor.execute(
        """SELECT own.id, concat(above.name, own.name) FROM division AS own JOIN division AS above ON above.id = own.parent_id
        WHERE own.level IN ('town', 'village') ORDER BY md5(own.code)"""
    )
    return list(cursor.fetchall())


def _types(cursor: Any) -> list[tuple[int, str, int | None]]:
    cursor.execute("SELECT id, code, department_id FROM unit_type WHERE parent_id IS NOT NULL ORDER BY code")
    return list(cursor.fetchall())
