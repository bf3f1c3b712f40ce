"""The types of unit with which a park begins, and what the file of each must hold beyond the rest."""

from __future__ import annotations

from typing import Any, NamedTuple

# 类 and its 子类, in the order in which they are shown.
_TREE: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "危险物品类",
        (
            "危险化学品生产单位",
            "危险化学品使用单位",
            "危险化学品经营单位",
            "危险化学品储存单位",
            "加油加气站",
            "烟花爆竹经营单位",
            "民用爆炸物品单位",
        ),
    ),
    (
        "冶金工贸类",
        ("冶金行业", "有色行业", "建材行业", "机械行业", "轻工行业", "纺织行业", "烟草行业", "商贸行业"),
    ),
    ("交通运输类", ("道路危险货物运输", "普通货物运输", "道路旅客运输", "水路运输", "仓储物流")),
    ("矿山类", ("煤矿", "金属非金属地下矿山", "金属非金属露天矿山", "尾矿库", "选矿厂")),
    ("城镇燃气类", ("燃气经营单位", "燃气充装单位", "燃气使用单位")),
    ("建筑施工类", ("房屋建筑施工", "市政工程施工", "公路工程施工", "水利工程施工")),
    ("公用事业类", ("供热供水", "电力", "污水处理", "环境卫生")),
    ("人员密集场所类", ("商场市场", "宾馆饭店", "学校", "医院", "养老机构", "公共娱乐场所")),
    ("特种设备类", ("特种设备生产单位", "特种设备使用单位", "气瓶充装单位")),
    ("其他类", ("其他单位",)),
)


class FirstType(NamedTuple):
    """``parent`` is the code of the 类; ``code`` has two digits a level."""

    code: str
    name: str
    parent: str | None
    position: int


def _types() -> tuple[FirstType, ...]:
    result = []
    for number, (top, below) in enumerate(_TREE, 1):
        code = f"{number:02d}"
        result.append(FirstType(code, top, None, number))
        result += [FirstType(f"{code}{place:02d}", name, code, place) for place, name in enumerate(below, 1)]
    return tuple(result)


FIRST_TYPES = _types()

_HAZARDOUS = ("safety_license_no", "safety_license_until", "chemical_in_use", "process", "file:safety_license")
_MINES = ("safety_license_no", "safety_license_until", "file:safety_license", "file:hazard_report", "occupational_hazard")
# What these types must hold though others need not: the code of the type and the items (``data.completeness``).
# The licence follows 《安全生产许可证条例》 article 2: mines, building firms, producers of dangerous goods.
FIRST_RULES: tuple[tuple[str, str], ...] = (
    *(("0101", item) for item in _HAZARDOUS),
    *(("01", item) for item in ("chemical_in_use", "file:hazard_report", "occupational_hazard")),
    *(("04", item) for item in _MINES),
    *(("06", item) for item in ("safety_license_no", "safety_license_until", "file:safety_license")),
)


def type_rows(level: int) -> list[dict[str, Any]]:
    """The columns of the types of a level, 1 or 2, with the code of the 类 as ``parent``."""
    return [one._asdict() for one in FIRST_TYPES if len(one.code) == 2 * level]


def type_words(code: str) -> str:
    """类-子类 of a first type."""
    names = {one.code: one.name for one in FIRST_TYPES}
    return names[code] if len(code) == 2 else f"{names[code[:2]]}-{names[code]}"
