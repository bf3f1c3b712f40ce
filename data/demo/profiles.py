"""What is usual for each type of enterprise in the demo park: its business, processes, equipment, substances and hazards."""

from __future__ import annotations

from typing import NamedTuple


class Chemical(NamedTuple):
    """A substance with its CAS number (None: a mixture); ``is_key``: 重点监管的危险化学品名录 (2011, 2013)."""

    name: str
    cas: str | None
    use: str
    is_key: bool = False


class Profile(NamedTuple):
    """``processes``: name, whether it is a 重点监管的危险化工工艺 (2009, 2013), unit watched. ``equipment``: name, kind, model."""

    scope: str
    industry: str
    processes: tuple[tuple[str, bool, str], ...]
    equipment: tuple[tuple[str, str, str], ...]
    chemicals: tuple[Chemical, ...]
    hazards: tuple[tuple[str, str], ...]  # factor, workplace
    certificates: tuple[str, ...]


_GASES = (Chemical("氧气", "7782-44-7", "auxiliary"), Chemical("乙炔", "74-86-2", "auxiliary", True))
_PLANT = (
    ("反应釜", "反应设备", "K-6300"),
    ("列管换热器", "换热设备", "BEM600"),
    ("蒸汽锅炉", "锅炉", "SZS20-1.25-Q"),
    ("压缩空气储罐", "压力容器", "C-2.0/1.0"),
    ("导热油管道", "压力管道", "GC2"),
    ("防爆叉车", "场内机动车辆", "CPCD30EX"),
    ("消防泵", "消防设备", "XBD8/60"),
)
_WORKSHOP = (
    ("桥式起重机", "起重机械", "QD20/5"),
    ("空气压缩机", "动力设备", "LG-20/8"),
    ("储气罐", "压力容器", "C-1.0/0.8"),
    ("内燃叉车", "场内机动车辆", "CPCD30"),
    ("除尘风机", "动力设备", "4-72"),
)

_MAKER = Profile(
    "危险化学品生产（按许可证核定范围）；化工产品销售；货物进出口。",
    "化学原料和化学制品制造业",
    (("聚合工艺", True, "聚合反应釜"), ("氧化工艺", True, "氧化反应器"), ("精馏", False, "精馏塔")),
    _PLANT,
    (Chemical("甲醇", "67-56-1", "raw_material", True), Chemical("甲苯", "108-88-3", "raw_material", True), Chemical("乙醇", "64-17-5", "auxiliary")),
    (("甲苯", "合成车间"), ("噪声", "空压站"), ("高温", "锅炉房")),
    ("危险化学品登记证", "排污许可证", "消防验收意见书", "应急预案备案表"),
)
_USER = _MAKER._replace(
    scope="专用化学产品制造与销售（不含许可类）；新材料技术研发、技术服务。",
    processes=(("复配", False, "配料釜"), ("干燥", False, "闪蒸干燥机")),
    chemicals=(Chemical("盐酸", "7647-01-0", "raw_material"), Chemical("氢氧化钠溶液", "1310-73-2", "raw_material"), Chemical("乙醇", "64-17-5", "auxiliary")),
    hazards=(("粉尘", "包装间"), ("噪声", "干燥车间")),
    certificates=("危险化学品登记证", "排污许可证", "应急预案备案表"),
)
_SELLER = Profile(
    "危险化学品经营（按许可证核定范围）；仓储服务（按规定需许可的除外）。",
    "批发业",
    (("装卸", False, "装卸鹤管"),),
    (("装卸鹤管", "其他设备", "AL2503"), ("防爆叉车", "场内机动车辆", "CPD20EX"), ("消防泵", "消防设备", "XBD6/40")),
    (Chemical("甲醇", "67-56-1", "product", True), Chemical("乙酸乙酯", "141-78-6", "product", True)),
    (("噪声", "装卸区"),),
    ("危险化学品经营许可证", "消防验收意见书", "应急预案备案表"),
)
_CARRIER = Profile(
    "道路危险货物运输（按许可证核定类别）；普通货物道路运输；机动车停放服务。",
    "道路运输业",
    (("罐车清洗", False, "洗罐棚"),),
    (("移动式压力容器", "压力容器", "GC-42"), ("汽车举升机", "起重机械", "QJY4.0"), ("内燃叉车", "场内机动车辆", "CPCD30")),
    (Chemical("柴油", "68334-30-5", "auxiliary"),),
    (("噪声", "维修车间"),),
    ("道路运输经营许可证",),
)
_METAL = Profile(
    "有色及黑色金属冶炼、压延加工与销售；金属材料研发。",
    "有色金属冶炼和压延加工业",
    (("熔炼", False, "中频炉"), ("轧制", False, "热轧机组")),
    (("中频炉", "其他设备", "GW-5"), *_WORKSHOP),
    (Chemical("天然气（甲烷）", "74-82-8", "auxiliary", True), Chemical("氩气", "7440-37-1", "auxiliary"), *_GASES),
    (("粉尘", "熔炼车间"), ("高温", "熔炼车间"), ("噪声", "轧制车间")),
    ("排污许可证", "特种设备使用登记证", "应急预案备案表"),
)
_MACHINE = _METAL._replace(
    scope="重型机械、轧辊及机械零部件制造、加工与销售。",
    industry="专用设备制造业",
    processes=(("铸造", False, "浇注坑"), ("机械加工", False, "落地镗床"), ("喷涂", False, "喷漆房")),
    equipment=(("数控落地镗床", "其他设备", "TK6920"), *_WORKSHOP),
    chemicals=(*_GASES, Chemical("稀释剂（二甲苯）", "1330-20-7", "auxiliary")),
    hazards=(("电焊烟尘", "焊接车间"), ("噪声", "加工车间"), ("粉尘", "打磨工位")),
)

PROFILES: dict[str, Profile] = {
    "危险物品类-危险化学品生产单位": _MAKER,
    "危险物品类-危险化学品使用单位": _USER,
    "危险物品类-危险化学品经营单位": _SELLER,
    "危险物品类-危险化学品储存单位": _SELLER._replace(scope="成品油仓储、装卸（按许可证核定范围）。", industry="装卸搬运和仓储业"),
    "城镇燃气类-燃气经营单位": _SELLER._replace(
        scope="管道燃气、液化天然气经营；燃气设施维护。",
        industry="燃气生产和供应业",
        processes=(("气化", False, "空温式气化器"), ("加臭", False, "加臭装置")),
        equipment=(("空温式气化器", "换热设备", "VP-3000"), ("液化天然气储罐", "压力容器", "CFL-60/0.8"), ("消防泵", "消防设备", "XBD6/40")),
        chemicals=(Chemical("液化天然气", "8006-14-2", "product", True), Chemical("四氢噻吩", "110-01-0", "auxiliary")),
        certificates=("燃气经营许可证", "特种设备使用登记证", "应急预案备案表"),
    ),
    "交通运输类-道路危险货物运输": _CARRIER,
    "交通运输类-普通货物运输": _CARRIER._replace(scope="普通货物道路运输；仓储、装卸、供应链管理服务。"),
    "冶金工贸类-冶金行业": _METAL,
    "冶金工贸类-机械行业": _MACHINE,
    "冶金工贸类-建材行业": _MACHINE._replace(
        scope="水泥制品、新型墙体材料生产与销售。",
        industry="非金属矿物制品业",
        processes=(("搅拌", False, "搅拌楼"), ("蒸养", False, "蒸养窑")),
        equipment=(("搅拌站", "其他设备", "HZS120"), ("蒸汽发生器", "锅炉", "LHS1-0.7"), *_WORKSHOP),
        chemicals=(Chemical("聚羧酸减水剂", None, "raw_material"),),
        hazards=(("粉尘", "搅拌楼"), ("噪声", "成型车间")),
    ),
    "冶金工贸类-轻工行业": _MACHINE._replace(
        scope="包装制品、农副食品加工与销售。",
        industry="农副食品加工业",
        processes=(("烘干", False, "热风烘房"), ("包装", False, "包装线")),
        equipment=(("热风炉", "换热设备", "RFL-60"), ("包装线", "其他设备", "PK-40"), ("电动叉车", "场内机动车辆", "CPD15")),
        chemicals=(Chemical("油墨", None, "raw_material"),),
        hazards=(("噪声", "包装车间"),),
    ),
    "公用事业类-供热供水": Profile(
        "园区供热、供水及污水处理；市政设施维护。",
        "电力、热力生产和供应业",
        (("锅炉供热", False, "循环流化床锅炉"), ("加药消毒", False, "加药间")),
        (("循环流化床锅炉", "锅炉", "DHX58-1.6"), ("蒸汽管道", "压力管道", "GB2"), ("循环水泵", "动力设备", "S350"), ("鼓风机", "动力设备", "G9-19")),
        (Chemical("次氯酸钠溶液", "7681-52-9", "auxiliary"), Chemical("氨水", "1336-21-6", "auxiliary")),
        (("噪声", "风机房"), ("高温", "锅炉房"), ("硫化氢", "污水池")),
        ("排污许可证", "特种设备使用登记证", "应急预案备案表"),
    ),
}
