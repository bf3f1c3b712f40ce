"""Departments, enterprises and people of the demo park. The companies named in no register are invented, as are all people."""

from __future__ import annotations

from functools import lru_cache
from random import Random
from typing import Any, NamedTuple

from data.demo.layout import SEED, Plot, plots
from data.demo.plane import inset, ring, to_lonlat
from data.rules.credit_code import check_sign

LIUCHENG, ERSHIJIAZI = "211321001", "211321104"

_HAZARDOUS, _METAL, _TRADE = "危险物品类-危险化学品", "冶金工贸类-冶金行业", "冶金工贸类-机械行业"

# code, name, short name, the parent's short name, division
_DEPARTMENTS = (
    ("朝阳柳城经济开发区管理委员会", "管委会", "", None),
    ("朝阳柳城经济开发区应急管理局", "应急管理局", "管委会", None),
    ("朝阳柳城经济开发区安全生产委员会办公室", "安委办", "管委会", None),
    ("朝阳柳城经济开发区应急值班室", "值班室", "应急管理局", None),
    ("朝阳柳城经济开发区经济发展局", "经济发展局", "管委会", None),
    ("朝阳柳城经济开发区规划建设局", "规划建设局", "管委会", None),
    ("朝阳市生态环境局开发区分局", "生态环境分局", "管委会", None),
    ("朝阳县交通运输局开发区分局", "交通运输分局", "管委会", None),
    ("朝阳县市场监督管理局开发区分局", "市场监管分局", "管委会", None),
    ("朝阳县消防救援大队柳城站", "消防救援站", "", None),
    ("柳城街道办事处", "柳城街道", "", LIUCHENG),
    ("二十家子镇人民政府", "二十家子镇", "", ERSHIJIAZI),
)


class _Row(NamedTuple):
    name: str
    short: str
    kind: str
    scale: str
    use: str  # the land use of its plot
    department: str = "应急管理局"


def _rows(kind: str, use: str, department: str, text: str) -> list[_Row]:
    """One row for each line ``name short scale`` of the text."""
    return [
        _Row(name, short, kind, scale, use, department)
        for name, short, scale in (line.split() for line in text.strip().splitlines())
    ]


# The first twelve have the major hazard installations, in the order of ``installations``.
_ROWS: list[_Row] = [
    _Row("朝阳华锦新材料有限公司", "华锦新材料", _HAZARDOUS + "生产单位", "large", "化工"),
    _Row("朝阳市鑫盛化工有限公司", "鑫盛化工", _HAZARDOUS + "生产单位", "large", "化工"),
    _Row("朝阳亿丰化工新材料有限公司", "亿丰化工", _HAZARDOUS + "生产单位", "large", "化工"),
    _Row("朝阳卡斯特化工有限公司", "卡斯特化工", _HAZARDOUS + "使用单位", "medium", "化工"),
    _Row("朝阳德美纳米材料有限公司", "德美纳米", _HAZARDOUS + "使用单位", "medium", "化工"),
    _Row("辽宁华祥新材料有限公司", "华祥新材料", _HAZARDOUS + "生产单位", "large", "化工"),
    _Row("朝阳市鑫化工有限公司", "朝阳鑫化工", _HAZARDOUS + "生产单位", "large", "化工"),
    _Row("朝阳三元佳源科技有限公司", "三元佳源", _HAZARDOUS + "使用单位", "medium", "化工"),
    _Row("朝阳市丰化工新材料有限公司", "朝阳丰化工", _HAZARDOUS + "生产单位", "medium", "化工"),
    _Row("朝阳华福新材料有限公司", "华福新材料", _HAZARDOUS + "生产单位", "medium", "化工"),
    _Row("朝阳柳城石油储运有限公司", "柳城油储", _HAZARDOUS + "储存单位", "medium", "化工"),
    _Row("朝阳柳城燃气有限公司", "柳城燃气", "城镇燃气类-燃气经营单位", "medium", "化工", "规划建设局"),
    *_rows(
        _HAZARDOUS + "生产单位",
        "化工",
        "应急管理局",
        """
        辽宁华锦新材料有限公司 辽宁华锦 large
        朝阳市铸新材料有限公司 铸新材料 medium
        朝阳凌河涂料有限公司 凌河涂料 small
        朝阳柏山农化有限公司 柏山农化 medium
        辽宁塔城医药中间体有限公司 塔城医药 medium
        朝阳红山气体有限公司 红山气体 small
        朝阳锦新树脂有限公司 锦新树脂 small
    """,
    ),
    *_rows(
        _HAZARDOUS + "使用单位",
        "化工",
        "应急管理局",
        """
        盛世嘉神科技发展有限公司 盛世嘉神 small
        朝阳瑞泽水处理剂有限公司 瑞泽水处理 small
        朝阳恒达橡塑制品有限公司 恒达橡塑 small
        朝阳新源电池材料有限公司 新源电池 medium
    """,
    ),
    *_rows(
        _HAZARDOUS + "经营单位",
        "物流",
        "应急管理局",
        """
        朝阳双塔化工商贸有限公司 双塔商贸 small
        朝阳北辰危化品仓储有限公司 北辰仓储 medium
    """,
    ),
    *_rows(
        "交通运输类-道路危险货物运输",
        "物流",
        "交通运输分局",
        """
        朝阳宏远危险货物运输有限公司 宏远危运 medium
        朝阳通达危险品物流有限公司 通达物流 medium
        辽西化运物流有限公司 辽西化运 medium
        朝阳顺安危货运输有限公司 顺安危运 small
        朝阳凌河危险品运输有限公司 凌河危运 small
    """,
    ),
    *_rows(
        "交通运输类-普通货物运输",
        "物流",
        "交通运输分局",
        """
        朝阳柳城货运站有限公司 柳城货运 small
        朝阳陆港供应链有限公司 陆港供应链 small
    """,
    ),
    *_rows(
        _METAL,
        "冶金",
        "经济发展局",
        """
        朝阳博通金属工业有限公司 博通金属 medium
        朝阳博达金属工业有限公司 博达金属 medium
        辽宁华泰金属工业有限公司 华泰金属 large
        辽宁佰农矿产资源有限责任公司 佰农矿产 medium
        辽宁恒泰矿产资源有限责任公司 恒泰矿产 small
        辽宁鲁亿联盛新材料有限公司 鲁亿联盛 medium
        辽宁博亿聚盛新材料有限公司 博亿聚盛 small
        朝阳市汇洋新材料有限公司 汇洋新材料 medium
        朝阳鑫成铝业有限公司 鑫成铝业 large
        朝阳市铝业股份有限公司 朝阳铝业 large
        辽宁众源科技有限公司 众源科技 small
        朝阳佳旺金属制品有限公司 佳旺金属 small
        朝阳恒旺金属制品有限公司 恒旺金属 small
    """,
    ),
    *_rows(
        _TRADE,
        "机械",
        "经济发展局",
        """
        朝阳市瑞隆重型机械有限公司 瑞隆重机 medium
        朝阳利源重型机械有限公司 利源重机 medium
        朝阳聚强轧辊有限公司 聚强轧辊 medium
        朝阳聚强机械有限公司 聚强机械 small
        辽宁一森金属科技有限公司 一森金属 small
        辽宁一奇金属科技有限公司 一奇金属 small
        朝阳瑞宝金属制品有限公司 瑞宝金属 small
        朝阳凌塔机床有限公司 凌塔机床 small
    """,
    ),
    *_rows(
        "冶金工贸类-建材行业",
        "机械",
        "经济发展局",
        """
        中科鑫园建筑材料科技有限公司 中科鑫园 small
        朝阳柏山水泥制品有限公司 柏山水泥 small
    """,
    ),
    *_rows(
        "冶金工贸类-轻工行业",
        "机械",
        "经济发展局",
        """
        朝阳兴园包装有限公司 兴园包装 small
        朝阳大枣食品有限公司 大枣食品 micro
    """,
    ),
    *_rows(
        "公用事业类-供热供水",
        "公用工程",
        "规划建设局",
        """
        朝阳柳城热电有限公司 柳城热电 medium
        朝阳柳城污水处理有限公司 柳城污水 small
        朝阳柳城供水有限公司 柳城供水 small
    """,
    ),
]

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN = (
    "志远",
    "建国",
    "海涛",
    "立军",
    "春梅",
    "晓东",
    "国强",
    "桂兰",
    "文博",
    "玉良",
    "永刚",
    "丽华",
    "明辉",
    "振宇",
    "秀英",
    "洪波",
    "长江",
    "雪峰",
    "凤山",
    "新民",
    "艳玲",
    "德海",
    "学军",
    "宏伟",
    "金龙",
    "淑芬",
    "占山",
    "庆丰",
    "铁成",
    "佳慧",
)


def person(random: Random) -> str:
    """A Chinese name."""
    return random.choice(_SURNAMES) + random.choice(_GIVEN)


def phone(random: Random) -> str:
    """A telephone number that is visibly invented: 138-0000-xxxx."""
    return f"138-0000-{random.randrange(10_000):04d}"


def credit_code(body: str) -> str:
    """A unified social credit code of 17 signs and the check sign of GB 32100-2015."""
    return body + check_sign(body)


def departments() -> list[dict[str, Any]]:
    """Departments, parents before their children; ``parent`` is a short name and ``division`` a code."""
    random = Random(f"{SEED}/departments")
    return [
        {
            "name": name,
            "short_name": short,
            "parent": parent,
            "division": division,
            "phone": f"0421-000-{random.randrange(10_000):04d}",
        }
        for name, short, parent, division in _DEPARTMENTS
    ]


@lru_cache
def homes() -> dict[str, Plot]:
    """The plot of each enterprise by its code: the wanted use first, the largest plots to those with installations."""
    free = sorted(plots(), key=lambda plot: (-plot.area_m2, plot.number))
    result: dict[str, Plot] = {}
    for index, row in enumerate(_ROWS):
        wanted = (
            [plot for plot in free if plot.use == row.use] or [plot for plot in free if plot.use != "公用工程"] or free
        )
        # The twelve take the largest of their kind; the others take the middle of what is left.
        chosen = wanted[0] if index < 12 else wanted[(index * 7) % len(wanted)]
        free.remove(chosen)
        result[f"E{index + 1:03d}"] = chosen
    return result


def _grade(random: Random, kind: str) -> str:
    return random.choice("BBCCD" if kind.startswith("危险物品类") else "AABBBC")


_EMPLOYEES = {"large": (300, 900), "medium": (80, 300), "small": (20, 80), "micro": (5, 10)}


@lru_cache
def enterprises() -> tuple[dict[str, Any], ...]:
    """All enterprises with their plot as outline; ``division`` is a code and ``department`` a short name."""
    random = Random(f"{SEED}/enterprises")
    result = []
    for index, row in enumerate(_ROWS):
        code = f"E{index + 1:03d}"
        plot = homes()[code]
        lon, lat = to_lonlat(plot.center)
        division = LIUCHENG if plot.center[0] < -1000 else ERSHIJIAZI
        stopped = row.short in {"恒泰矿产", "凌塔机床"}
        town = "柳城街道" if division == LIUCHENG else "二十家子镇"
        result.append(
            {
                "code": code,
                "name": row.name,
                "short_name": row.short,
                "credit_code": credit_code(
                    "91211321" + "".join(random.choice("ABCDEFGHJKMN0123456789") for _ in range(9))
                ),
                "kind": row.kind,
                "scale": row.scale,
                "state": "ordered_stop" if row.short == "大枣食品" else "stopped" if stopped else "running",
                "grade": _grade(random, row.kind),
                "division": division,
                "department": row.department,
                "address": f"朝阳县{town}柳城经济开发区{plot.number}地块",
                "legal_person": person(random),
                "contact": person(random),
                "phone": phone(random),
                "duty_phone": f"0421-000-{random.randrange(10_000):04d}",
                "employee_count": random.randint(*_EMPLOYEES[row.scale]),
                "lon": lon,
                "lat": lat,
                "outline": {"type": "Polygon", "coordinates": [ring(inset(plot.polygon, 3.0))]},
                "plot": plot.number,
            }
        )
    return tuple(result)


def carriers() -> list[str]:
    """Codes of the carriers of dangerous goods."""
    return [item["code"] for item in enterprises() if item["kind"] == "交通运输类-道路危险货物运输"]


# username, name, role, department
_USERS = (
    ("admin", "系统管理员", "admin", "管委会"),
    ("leader", "张立军", "leader", "管委会"),
    ("officer", "刘晓东", "officer", "应急管理局"),
    ("inspector", "赵明辉", "inspector", "应急管理局"),
    ("duty", "李志远", "duty", "值班室"),
    ("duty2", "周楠", "duty", "值班室"),
    ("leader2", "王建国", "leader", "应急管理局"),
    ("officer2", "孙海涛", "officer", "安委办"),
    ("inspector2", "陈玉良", "inspector", "经济发展局"),
    ("inspector3", "吴丽华", "inspector", "二十家子镇"),
    ("dept", "韩宏伟", "department", "应急管理局"),
    ("town", "冯艳玲", "town", "二十家子镇"),
)


def users() -> list[dict[str, Any]]:
    """A user of every role, and one for each enterprise, whose user name is the enterprise's name."""
    random = Random(f"{SEED}/users")
    divisions = {item["short_name"]: item["division"] for item in departments()}
    people = [
        {
            "username": username,
            "name": name,
            "role": role,
            "department": short,
            "division": divisions[short],
            "enterprise": None,
            "phone": phone(random),
        }
        for username, name, role, short in _USERS
    ]
    for item in enterprises():
        common = {"role": "enterprise", "department": None, "division": item["division"], "enterprise": item["code"]}
        people.append({"username": item["name"], "name": item["contact"], **common, "phone": item["phone"]})
    return people
