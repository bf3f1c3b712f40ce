"""What every park begins with for graded risk control: the methods of assessment, and the words for accidents.

Factors and bands are common practice, not the text of a standard: the park makes its own edition under 风险评价方法.
"""

from __future__ import annotations

from typing import Any, NamedTuple

ACCIDENTS_NAME = "accident_kind"

# GB 6441-2025, 基本事故类型.
ACCIDENTS = (
    "火灾",
    "可燃气体爆炸",
    "可燃液体蒸气爆炸",
    "粉尘爆炸",
    "容器爆炸",
    "管道爆炸",
    "中毒",
    "窒息",
    "泄漏",
    "灼烫",
    "触电",
    "机械致害",
    "起重致害",
    "物体打击",
    "高处坠落",
    "跌落",
    "厂(场)内车辆致害",
    "道路(轨道)车辆致害",
    "坍塌",
    "淹溺",
    "民用爆炸物品爆炸",
    "烟花爆竹爆炸",
    "其他可燃固体爆炸",
    "高温熔融物爆炸",
    "水害",
    "滑坡",
    "其他",
)


class FirstMethod(NamedTuple):
    """A method as a new park has it: ``factors`` are (factor, score, words), ``bands`` (floor, takes it, level, words)."""

    code: str
    name: str
    basis: str
    factors: tuple[tuple[str, float, str], ...]
    bands: tuple[tuple[float, bool, int, str], ...]


EDITION = "第 1 版"

METHODS = (
    FirstMethod(
        "LS",
        "风险矩阵法 R = L × S",
        "行业通行的 5 × 5 风险矩阵，分值和分级由园区确认后使用",
        (
            ("L", 1, "有充分、有效的防范措施，极不可能发生"),
            ("L", 2, "有防范措施且能有效执行，极少发生"),
            ("L", 3, "有防范措施但未严格执行，偶尔发生"),
            ("L", 4, "防范措施不当或未执行，曾经发生"),
            ("L", 5, "没有防范措施，经常发生"),
            ("S", 1, "无伤亡，不影响生产"),
            ("S", 2, "轻微受伤、间歇不舒服"),
            ("S", 3, "截肢、骨折、听力丧失、慢性病"),
            ("S", 4, "丧失劳动能力"),
            ("S", 5, "死亡"),
        ),
        ((20, True, 1, "不可容许，立即采取措施"), (15, True, 2, "制定措施限期整改"), (9, True, 3, "需要控制和整改"), (0, True, 4, "可以接受，保持措施")),
    ),
    FirstMethod(
        "LEC",
        "作业条件危险性分析法 D = L × E × C",
        "格雷厄姆—金尼法的经典分值，四级划分由园区确认后使用",
        (
            ("L", 0.1, "实际不可能"),
            ("L", 0.2, "极不可能"),
            ("L", 0.5, "很不可能，可以设想"),
            ("L", 1, "可能性小，完全意外"),
            ("L", 3, "可能，但不经常"),
            ("L", 6, "相当可能"),
            ("L", 10, "完全可以预料"),
            ("E", 0.5, "非常罕见地暴露"),
            ("E", 1, "每年几次暴露"),
            ("E", 2, "每月一次暴露"),
            ("E", 3, "每周一次或偶然暴露"),
            ("E", 6, "每天工作时间内暴露"),
            ("E", 10, "连续暴露"),
            ("C", 1, "引人注目，需要救护"),
            ("C", 3, "重大，致残或轻伤"),
            ("C", 7, "严重，重伤"),
            ("C", 15, "非常严重，1–2 人死亡"),
            ("C", 40, "灾难，3–9 人死亡"),
            ("C", 100, "大灾难，10 人以上死亡"),
        ),
        (
            (320, False, 1, "极其危险，不能继续作业"),
            (160, False, 2, "高度危险，要立即整改"),
            (70, False, 3, "显著危险，需要整改"),
            (20, False, 4, "一般危险，需要注意"),
            (0, True, 4, "稍有危险，可以接受"),
        ),
    ),
)


def method_row(one: FirstMethod) -> dict[str, Any]:
    """The method as a row of its table."""
    return {"code": one.code, "edition": EDITION, "name": one.name, "basis": one.basis, "is_active": True}
