"""数据字典: which there are, what they begin with, and the words of one as the park keeps them now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.choices import Choice
from data.first_risks import ACCIDENTS, ACCIDENTS_NAME
from data.models.dictionary import DictionaryItem


class Dictionary(NamedTuple):
    """``name`` stands in ``field(dictionary=…)``, ``label`` on the screen; ``words`` are entered into a new database."""

    name: str
    label: str
    words: tuple[str, ...]


DICTIONARIES: tuple[Dictionary, ...] = (
    Dictionary(
        "industry",
        "国民经济行业",
        # GB/T 4754-2017, the divisions that a chemical park and its neighbours have.
        (
            "石油、煤炭及其他燃料加工业",
            "化学原料和化学制品制造业",
            "医药制造业",
            "化学纤维制造业",
            "橡胶和塑料制品业",
            "非金属矿物制品业",
            "黑色金属冶炼和压延加工业",
            "有色金属冶炼和压延加工业",
            "金属制品业",
            "通用设备制造业",
            "专用设备制造业",
            "电气机械和器材制造业",
            "农副食品加工业",
            "食品制造业",
            "造纸和纸制品业",
            "纺织业",
            "黑色金属矿采选业",
            "有色金属矿采选业",
            "非金属矿采选业",
            "电力、热力生产和供应业",
            "燃气生产和供应业",
            "水的生产和供应业",
            "生态保护和环境治理业",
            "房屋建筑业",
            "道路运输业",
            "装卸搬运和仓储业",
            "批发业",
            "零售业",
            "其他行业",
        ),
    ),
    Dictionary(
        "economic_type",
        "经济类型",
        ("有限责任公司", "股份有限公司", "国有企业", "集体企业", "私营企业", "外商投资企业", "港澳台投资企业", "个体工商户", "其他"),
    ),
    Dictionary("standardization_level", "标准化等级", ("一级", "二级", "三级", "小微", "未达标")),
    Dictionary(
        "safety_post", "安全管理岗位", ("主要负责人", "安全总监", "安全部门负责人", "专职安全员", "兼职安全员", "注册安全工程师")
    ),
    Dictionary(
        "equipment_kind",
        "设备类别",
        ("反应设备", "换热设备", "储存设备", "动力设备", "锅炉", "压力容器", "压力管道", "起重机械", "场内机动车辆", "电梯", "消防设备", "其他设备"),
    ),
    Dictionary(
        "certificate_kind",
        "证照类别",
        (
            "危险化学品登记证",
            "危险化学品经营许可证",
            "危险化学品安全使用许可证",
            "工业产品生产许可证",
            "道路运输经营许可证",
            "燃气经营许可证",
            "排污许可证",
            "消防验收意见书",
            "特种设备使用登记证",
            "重大危险源备案表",
            "应急预案备案表",
            "其他证照",
        ),
    ),
    Dictionary("insurance_kind", "险种", ("安全生产责任险", "工伤保险", "危险货物承运人责任险", "环境污染责任险", "财产一切险")),
    Dictionary(
        "hazard_factor",
        "职业病危害因素",
        ("噪声", "粉尘", "高温", "苯", "甲苯", "甲醇", "氨", "氯气", "硫化氢", "一氧化碳", "酸雾", "电焊烟尘", "工频电场"),
    ),
    Dictionary("emergency_organization_kind", "应急机构类别", ("应急指挥部", "应急管理部门", "应急值班机构", "专项指挥部", "乡镇应急机构")),
    Dictionary("emergency_role", "应急职务", ("总指挥", "副总指挥", "现场指挥", "组长", "联络员", "成员")),
    Dictionary("committee_role", "安委会职务", ("主任", "副主任", "成员", "联络员")),
    Dictionary(
        "expert_group_kind", "专家组类型", ("危险化学品", "消防救援", "医疗救护", "环境保护", "特种设备", "电气仪表", "冶金工贸", "交通运输")
    ),
    Dictionary("professional_title", "职称", ("正高级工程师", "高级工程师", "工程师", "主任医师", "副主任医师", "教授", "副教授")),
    Dictionary(
        "rescue_team_kind", "救援队伍类别", ("综合性消防救援队", "专业救援队", "企业专职队", "医疗救护队", "工程抢险队", "志愿救援队")
    ),
    Dictionary(
        "rescue_equipment_kind", "救援装备类别", ("消防车辆", "侦检仪器", "个人防护", "堵漏器材", "输转设备", "洗消设备", "通信装备", "破拆工具", "照明发电", "工程机械")
    ),
    Dictionary("rescue_supply_kind", "应急物资类别", ("灭火药剂", "吸附材料", "中和药剂", "防护用品", "医疗药品", "生活物资", "防汛物资")),
    Dictionary("shelter_kind", "避难场所类别", ("应急避难场所", "紧急集合点", "室内安置点")),
    Dictionary(ACCIDENTS_NAME, "事故类型", ACCIDENTS),
)

_KEPT = "dictionaries"  # in Session.info: one read a session, and a session lasts one request


def choices(session: Session, name: str, *, all_of_them: bool = False) -> Sequence[Choice]:
    """The words of a dictionary in their order; those no longer in use only when ``all_of_them`` is set."""
    kept = session.info.setdefault(_KEPT, {})
    if name not in kept:
        rows = select(DictionaryItem).where(DictionaryItem.dictionary == name, DictionaryItem.deleted_at.is_(None))
        kept[name] = list(session.scalars(rows.order_by(DictionaryItem.position, DictionaryItem.id)))
    return [Choice(item.code, item.name) for item in kept[name] if item.is_active or all_of_them]


def first_items() -> list[dict[str, object]]:
    """The rows of a new database: the word is its own code, so that an export can be read without the dictionary."""
    return [
        {"dictionary": one.name, "code": word, "name": word, "position": number}
        for one in DICTIONARIES
        for number, word in enumerate(one.words, 1)
    ]
