"""The emergency resources of the demo park, about 120 in all. All people are invented, as are their telephone numbers."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from data.demo.enterprises import enterprises, person, phone
from data.demo.installations import seeded
from data.demo.layout import plots
from data.demo.plane import to_lonlat

Rows = list[dict[str, Any]]

# name, kind, department's short name, duties
_ORGANIZATIONS = (
    ("柳城开发区生产安全事故应急指挥部", "应急指挥部", "管委会", "统一领导、指挥园区生产安全事故的应急处置。"),
    ("柳城开发区应急指挥部办公室", "应急管理部门", "应急管理局", "综合协调，预案管理，信息报告。"),
    ("柳城开发区应急值班室", "应急值班机构", "值班室", "24 小时值守，接报、核实、续报。"),
    ("危险化学品事故专项指挥部", "专项指挥部", "应急管理局", "危险化学品泄漏、火灾、爆炸事故的现场处置。"),
    ("突发环境事件专项指挥部", "专项指挥部", "生态环境分局", "事故次生环境污染的监测与处置。"),
    ("柳城街道应急管理站", "乡镇应急机构", "柳城街道", "辖区人员疏散、安置与秩序维护。"),
    ("二十家子镇应急管理站", "乡镇应急机构", "二十家子镇", "辖区人员疏散、安置与秩序维护。"),
)
_COMMITTEE = (
    ("朝阳柳城经济开发区管理委员会", "主任", "管委会", "管委会主任"),
    ("朝阳柳城经济开发区管理委员会", "副主任", "管委会", "管委会副主任"),
    ("朝阳柳城经济开发区应急管理局", "副主任", "应急管理局", "局长"),
    ("朝阳柳城经济开发区经济发展局", "成员", "经济发展局", "局长"),
    ("朝阳柳城经济开发区规划建设局", "成员", "规划建设局", "局长"),
    ("朝阳市生态环境局开发区分局", "成员", "生态环境分局", "分局长"),
    ("朝阳县交通运输局开发区分局", "成员", "交通运输分局", "分局长"),
    ("朝阳县市场监督管理局开发区分局", "成员", "市场监管分局", "分局长"),
    ("朝阳县消防救援大队柳城站", "成员", "消防救援站", "站长"),
    ("柳城街道办事处", "成员", "柳城街道", "街道办主任"),
    ("二十家子镇人民政府", "成员", "二十家子镇", "镇长"),
    ("朝阳柳城经济开发区安全生产委员会办公室", "联络员", "安委办", "科员"),
)
_GROUPS = (
    ("危险化学品专家组", "危险化学品", "应急管理局"),
    ("消防救援专家组", "消防救援", "消防救援站"),
    ("医疗救护专家组", "医疗救护", "应急管理局"),
    ("环境监测专家组", "环境保护", "生态环境分局"),
    ("特种设备专家组", "特种设备", "市场监管分局"),
)
_SPECIALITIES = {
    "危险化学品": ("化工工艺安全", "罐区泄漏处置", "氯、氨泄漏处置", "重大危险源评估"),
    "消防救援": ("油罐火灾扑救", "固定消防设施", "危化品侦检与堵漏", "泡沫灭火"),
    "医疗救护": ("化学灼伤", "中毒急救", "重症医学", "院前急救"),
    "环境保护": ("大气扩散模拟", "水体污染处置", "应急监测", "危险废物处置"),
    "特种设备": ("压力容器", "压力管道", "锅炉", "气瓶"),
}
_EXPERT_UNITS = ("某化工设计院", "某安全技术服务中心", "某石化企业（退休）", "某理工大学化工学院", "某市中心医院")
# name, kind, who keeps it, department, members, speciality, index of its plot
_TEAMS = (
    ("朝阳县消防救援大队柳城站", "综合性消防救援队", "朝阳县消防救援大队", "消防救援站", 32, "危化品火灾扑救、侦检、堵漏", 20),
    ("鑫盛化工专职消防队", "企业专职队", "朝阳市鑫盛化工有限公司", "应急管理局", 18, "液氨泄漏处置", 8),
    ("华祥新材料专职应急队", "企业专职队", "辽宁华祥新材料有限公司", "应急管理局", 16, "烯烃、环氧乙烷泄漏处置", 12),
    ("鑫化工氯气应急队", "专业救援队", "朝阳市鑫化工有限公司", "应急管理局", 12, "氯气泄漏捕消、钢瓶堵漏", 15),
    ("柳城燃气抢险抢修队", "工程抢险队", "朝阳柳城燃气有限公司", "规划建设局", 14, "燃气泄漏抢修、带压封堵", 25),
    ("柳城街道卫生服务中心急救组", "医疗救护队", "柳城街道卫生服务中心", "柳城街道", 8, "伤员分检、转运", 30),
    ("二十家子镇应急分队", "志愿救援队", "二十家子镇人民政府", "二十家子镇", 26, "人员疏散、交通管制", 5),
    ("园区环境应急监测组", "专业救援队", "朝阳市生态环境局开发区分局", "生态环境分局", 6, "大气、水质应急监测", 18),
)
# name, kind, model, count, unit, department, number of its team or None
_EQUIPMENT = (
    ("泡沫消防车", "消防车辆", "SG180/PM", 2, "辆", "消防救援站", 0),
    ("水罐消防车", "消防车辆", "SG120/SG", 2, "辆", "消防救援站", 0),
    ("举高喷射消防车", "消防车辆", "JP32", 1, "辆", "消防救援站", 0),
    ("化学事故抢险救援车", "消防车辆", "TXFFX120", 1, "辆", "消防救援站", 0),
    ("重型防化服", "个人防护", "RFH-01", 12, "套", "消防救援站", 0),
    ("正压式空气呼吸器", "个人防护", "RHZK6.8", 40, "具", "消防救援站", 0),
    ("便携式四合一气体检测仪", "侦检仪器", "XP-4", 10, "台", "应急管理局", None),
    ("有毒气体红外成像仪", "侦检仪器", "GF-300", 1, "台", "生态环境分局", 7),
    ("应急监测车", "侦检仪器", "YJ-5040", 1, "辆", "生态环境分局", 7),
    ("氨气堵漏工具", "堵漏器材", "A 型", 2, "套", "应急管理局", 1),
    ("氯气钢瓶堵漏工具", "堵漏器材", "B 型", 3, "套", "应急管理局", 3),
    ("注入式堵漏器", "堵漏器材", "KJ-15", 2, "套", "消防救援站", 0),
    ("防爆输转泵", "输转设备", "NYP-50", 3, "台", "应急管理局", 2),
    ("应急收容桶", "输转设备", "300 L", 20, "个", "应急管理局", None),
    ("单人洗消帐篷", "洗消设备", "XX-1", 4, "顶", "消防救援站", 0),
    ("公众洗消站", "洗消设备", "GX-12", 1, "套", "消防救援站", 0),
    ("防爆对讲机", "通信装备", "PT-680Ex", 30, "台", "值班室", None),
    ("卫星电话", "通信装备", "TT-2", 2, "部", "值班室", None),
    ("无人机侦察系统", "侦检仪器", "M-30T", 2, "架", "应急管理局", None),
    ("移动照明车", "照明发电", "SFW6110", 2, "台", "规划建设局", 4),
    ("应急发电机", "照明发电", "100 kW", 2, "台", "规划建设局", 4),
    ("挖掘机", "工程机械", "21 t", 2, "台", "规划建设局", 4),
    ("液压破拆工具组", "破拆工具", "BS-63", 3, "套", "消防救援站", 0),
    ("橡皮艇", "工程机械", "4.2 m", 2, "艘", "二十家子镇", 6),
)
# name, kind, model, stock, least, unit, department, days until it expires
_SUPPLIES = (
    ("抗溶性泡沫灭火剂", "灭火药剂", "AFFF/AR 3%", 24, 20, "t", "消防救援站", 720),
    ("水成膜泡沫灭火剂", "灭火药剂", "AFFF 6%", 18, 15, "t", "消防救援站", 410),
    ("干粉灭火剂", "灭火药剂", "ABC", 6, 5, "t", "消防救援站", 260),
    ("灭火器", "灭火药剂", "MFZ/ABC8", 120, 100, "具", "应急管理局", 330),
    ("消防沙", "吸附材料", "袋装 25 kg", 800, 500, "袋", "柳城街道", None),
    ("吸油毡", "吸附材料", "PP-2", 1500, 1000, "kg", "应急管理局", None),
    ("化学吸附棉", "吸附材料", "40×50 cm", 60, 80, "箱", "应急管理局", 900),
    ("围油栏", "吸附材料", "WGV-600", 400, 300, "m", "生态环境分局", None),
    ("活性炭", "吸附材料", "颗粒", 5, 4, "t", "生态环境分局", 600),
    ("氢氧化钙", "中和药剂", "25 kg", 12, 10, "t", "应急管理局", 540),
    ("碳酸氢钠", "中和药剂", "25 kg", 8, 6, "t", "应急管理局", 480),
    ("次氯酸钙", "中和药剂", "优氯净", 3, 3, "t", "生态环境分局", -20),
    ("过滤式防毒面具", "防护用品", "TF-1", 600, 500, "个", "应急管理局", 38),
    ("滤毒罐（氨）", "防护用品", "K 型", 400, 300, "个", "应急管理局", 210),
    ("滤毒罐（综合）", "防护用品", "ABEK", 500, 400, "个", "应急管理局", 190),
    ("轻型防化服", "防护用品", "FH-2", 80, 60, "套", "应急管理局", 800),
    ("医用氧气瓶", "医疗药品", "10 L", 30, 20, "瓶", "柳城街道", 150),
    ("六氟灵冲洗液", "医疗药品", "500 mL", 60, 40, "瓶", "应急管理局", 120),
    ("急救箱", "医疗药品", "通用型", 40, 30, "个", "二十家子镇", 95),
    ("棉被", "生活物资", "1.5 m", 500, 400, "床", "柳城街道", None),
    ("折叠床", "生活物资", "钢制", 300, 200, "张", "二十家子镇", None),
    ("瓶装饮用水", "生活物资", "550 mL×24", 400, 300, "箱", "柳城街道", 280),
    ("编织袋", "防汛物资", "PP", 5000, 3000, "条", "规划建设局", None),
    ("潜水泵", "防汛物资", "QW-100", 8, 6, "台", "规划建设局", None),
)
_SHELTERS = (
    ("园区管委会广场", "应急避难场所", 3000, 9000.0, "应急供水、供电、厕所", "管委会"),
    ("柳城街道中心小学操场", "应急避难场所", 2500, 7600.0, "应急供水、厕所", "柳城街道"),
    ("二十家子镇文化广场", "应急避难场所", 1800, 5400.0, "应急供电、广播", "二十家子镇"),
    ("二十家子镇中学体育馆", "室内安置点", 600, 1900.0, "床位、供暖、热水", "二十家子镇"),
    ("西门停车场", "紧急集合点", 800, 4200.0, "广播、指示牌", "应急管理局"),
    ("东门停车场", "紧急集合点", 800, 4000.0, "广播、指示牌", "应急管理局"),
    ("南门物流停车场", "紧急集合点", 1000, 6500.0, "广播、指示牌", "应急管理局"),
)
_SUPPORT = (
    ("朝阳宏远危险货物运输有限公司", "transport", "危化品槽车 12 辆，应急倒罐运输", "交通运输分局"),
    ("朝阳陆港供应链有限公司", "transport", "厢式货车 20 辆，物资转运", "交通运输分局"),
    ("朝阳县公共交通服务中心", "transport", "大客车 30 辆，人员转移", "交通运输分局"),
    ("朝阳市某综合医院急诊中心", "medical", "重症床位 24 张，高压氧舱 1 座", "应急管理局"),
    ("柳城街道卫生服务中心", "medical", "救护车 2 辆，观察床 20 张", "柳城街道"),
    ("二十家子镇中心卫生院", "medical", "救护车 1 辆，观察床 15 张", "二十家子镇"),
    ("某通信公司朝阳分公司应急通信队", "communication", "应急通信车 1 辆，卫星链路", "管委会"),
    ("某铁塔公司朝阳办事处", "communication", "基站应急发电、无人机基站", "管委会"),
    ("某化工设计院安全技术中心", "technical", "泄漏扩散模拟、工艺处置建议", "应急管理局"),
    ("某特种设备检验所朝阳站", "technical", "压力容器、管道检测", "市场监管分局"),
    ("朝阳市某环境监测站", "technical", "大气、水、土壤应急监测", "生态环境分局"),
)


def emergency(today: date) -> dict[str, Rows]:
    """All resources by table. ``department`` is a short name; ``organization``, ``group`` and ``team`` are names."""
    random = seeded("emergency")
    organizations = _organizations(random)
    return {
        "emergency_organization": organizations,
        "emergency_person": _people(organizations, random),
        "committee_member": [
            {"name": person(random), "unit_name": unit, "role": role, "post": post, "phone": phone(random), "department": department}
            for unit, role, department, post in _COMMITTEE
        ],
        "expert_group": [
            {"name": name, "kind": kind, "head": person(random), "phone": phone(random), "department": department}
            for name, kind, department in _GROUPS
        ],
        "expert": _experts(random),
        "rescue_team": _teams(random),
        "rescue_equipment": _equipment(random),
        "rescue_supply": _supplies(random, today),
        "shelter": [
            {
                "name": name,
                "kind": kind,
                "capacity": capacity,
                "area_m2": area,
                "facilities": facilities,
                "keeper": person(random),
                "phone": phone(random),
                "department": department,
                **_place(3 + 5 * number),
            }
            for number, (name, kind, capacity, area, facilities, department) in enumerate(_SHELTERS)
        ],
        "support_institution": [
            {
                "name": name,
                "kind": kind,
                "capability": capability,
                "contact": person(random),
                "phone": phone(random),
                "duty_phone": _duty_phone(random),
                "department": department,
                **_place(2 + 4 * number),
            }
            for number, (name, kind, capability, department) in enumerate(_SUPPORT)
        ],
    }


def _duty_phone(random: Random) -> str:
    return f"0421-000-{random.randrange(10_000):04d}"


def _place(index: int) -> dict[str, Any]:
    """Beside the plot of that number, counted round."""
    plot = plots()[index % len(plots())]
    lon, lat = to_lonlat((plot.center[0] + 20, plot.center[1] - 15))
    return {"address": f"柳城经济开发区{plot.number}地块", "lon": lon, "lat": lat}


def _organizations(random: Random) -> Rows:
    return [
        {
            "name": name,
            "kind": kind,
            "head": person(random),
            "phone": phone(random),
            "duty_phone": _duty_phone(random),
            "duties": duties,
            "department": department,
            **_place(1 + 6 * number),
        }
        for number, (name, kind, department, duties) in enumerate(_ORGANIZATIONS)
    ]


def _people(organizations: Rows, random: Random) -> Rows:
    rows = []
    for number, one in enumerate(organizations):
        for role in ("总指挥" if number == 0 else "组长", "联络员", "成员")[: 3 if number < 4 else 2]:
            row = {"organization": one["name"], "role": role, "department": one["department"], "phone": phone(random)}
            post = "科员" if role == "成员" else "科长" if role == "联络员" else "主要负责人"
            name = one["head"] if role in ("总指挥", "组长") else person(random)
            rows.append({**row, "name": name, "post": post, "office_phone": _duty_phone(random)})
    return rows


def _experts(random: Random) -> Rows:
    rows = []
    for group, kind, department in _GROUPS:
        for speciality in _SPECIALITIES[kind]:
            title = random.choice(("正高级工程师", "高级工程师")) if kind != "医疗救护" else random.choice(("主任医师", "副主任医师"))
            unit = _EXPERT_UNITS[-1] if kind == "医疗救护" else random.choice(_EXPERT_UNITS[:-1])
            row = {"name": person(random), "kind": kind, "group": group, "unit_name": unit, "phone": phone(random)}
            rows.append({**row, "title": title, "speciality": speciality, "department": department})
    return rows


def _teams(random: Random) -> Rows:
    return [
        {
            "name": name,
            "kind": kind,
            "unit_name": unit,
            "head": person(random),
            "phone": phone(random),
            "duty_phone": _duty_phone(random),
            "member_count": members,
            "speciality": speciality,
            "department": department,
            **(_at(unit) or _place(plot)),
        }
        for name, kind, unit, department, members, speciality, plot in _TEAMS
    ]


def _at(unit: str) -> dict[str, Any] | None:
    """The place of an enterprise of that name."""
    return next((_known(item) for item in enterprises() if item["name"] == unit), None)


def _known(item: dict[str, Any]) -> dict[str, Any]:
    return {"address": item["address"], "lon": item["lon"], "lat": item["lat"]}


def _equipment(random: Random) -> Rows:
    return [
        {
            "name": name,
            "kind": kind,
            "model": model,
            "count": count,
            "count_unit": unit,
            "state": "repair" if name in ("移动照明车", "有毒气体红外成像仪") else "ready",
            "team": _TEAMS[team][0] if team is not None else None,
            "keeper": person(random),
            "phone": phone(random),
            "department": department,
            **_place(number * 2),
        }
        for number, (name, kind, model, count, unit, department, team) in enumerate(_EQUIPMENT)
    ]


def _supplies(random: Random, today: date) -> Rows:
    return [
        {
            "name": name,
            "kind": kind,
            "model": model,
            "stock": float(stock),
            "least_stock": float(least),
            "stock_unit": unit,
            "expires_on": today + timedelta(days=days) if days is not None else None,
            "keeper": person(random),
            "phone": phone(random),
            "department": department,
            **_place(number * 3),
        }
        for number, (name, kind, model, stock, least, unit, department, days) in enumerate(_SUPPLIES)
    ]
