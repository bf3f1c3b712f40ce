"""企业信息统计: how the enterprises of the archive are spread over places, departments, types, scales and states."""

from __future__ import annotations

from data.choices import Choice
from data.models import Enterprise
from data.statistics.declaration import Count, Measure, Ratio, Statistic, Sum
from data.statistics.dimensions import Band, Bands, Dimension, Tree, Words

TOWN = Tree("division_id", level="town")
DEPARTMENT = Tree("department_id", word="short_name")
SCALE = Words("scale", is_graded=True)
GRADE = Words("grade", "监管等级", is_graded=True, choices=tuple(Choice(letter, f"{letter} 级") for letter in "ABCD"))
STATE = Words("state")
TYPE = Tree("unit_type_id", depth=1)
COMPLETENESS = (
    Band("high", "90 % 以上", start=90, tone="ok"),
    Band("middle", "70–90 %", start=70, end=90, tone="primary"),
    Band("low", "70 % 以下", end=70, tone="warn"),
)

FILTERS = ("division_id", "unit_type_id", "scale", "department_id", "grade", "state", "confirm_state", "standard_state")
COUNT = Count(label="企业数", unit="家")
_SCOPE = "统计档案中未删除的企业，限于您的数据范围；"


def _statistic(key: str, title: str, dimension: Dimension, series: Dimension | None, definition: str, *measures: Measure) -> Statistic:
    return Statistic(
        key=f"enterprise-{key}",
        title=title,
        model=Enterprise,
        dimensions=(dimension,),
        series=series,
        measures=(COUNT, *measures),
        filters=FILTERS,
        definition=_SCOPE + definition,
        records="/enterprises",
        permission="enterprise.view",
        noun="企业",
    )


_TOWN_WORDS = "按企业所在乡镇、街道归集，村、社区的企业计入所属乡镇"

BY_DEPARTMENT = _statistic("department", "属地隶属关系", TOWN, DEPARTMENT, f"{_TOWN_WORDS}，再按行业主管部门划分。")
BY_TYPE = _statistic("type", "属地企业类型", TOWN, TYPE, f"{_TOWN_WORDS}，再按主企业类型的大类划分。")
BY_SCALE = _statistic("scale", "属地企业规模", TOWN, SCALE, f"{_TOWN_WORDS}，再按档案中登记的企业规模划分。")
TYPE_BY_TOWN = _statistic("type-town", "企业类型属地", TYPE, TOWN, "按主企业类型的大类归集，再按企业所在乡镇、街道划分。")

CONFIRMATION = _statistic(
    "confirm",
    "属地确认情况",
    TOWN,
    Words("confirm_state"),
    f"{_TOWN_WORDS}，再按主管部门的确认状态划分。确认率 = 已确认 ÷ 企业数。",
    Ratio("confirm_rate", "确认率", "confirmed", "count"),
    Count("confirmed", "已确认", "家", where={"confirm_state": "confirmed"}, is_hidden=True),
)
STANDARD = _statistic(
    "standard",
    "属地达标情况",
    TOWN,
    Words("standard_state"),
    f"{_TOWN_WORDS}，再按档案达标状态划分。达标率 = 已达标 ÷ 企业数。",
    Ratio("standard_rate", "达标率", "met", "count"),
    Count("met", "已达标", "家", where={"standard_state": "met"}, is_hidden=True),
)

STATISTICS: tuple[Statistic, ...] = (BY_DEPARTMENT, BY_TYPE, BY_SCALE, TYPE_BY_TOWN, CONFIRMATION, STANDARD)

# The figures of the module's home.
OF_TYPES = _statistic("home-types", "按企业类型", TYPE, None, "按主企业类型的大类归集。")
OF_SCALES = _statistic("home-scales", "按企业规模", SCALE, None, "按档案中登记的企业规模划分。")
OF_GRADES = _statistic("home-grades", "按监管等级", GRADE, None, "按监管等级 A、B、C、D 划分。")
OF_STATES = _statistic("home-states", "按生产状态", STATE, None, "按档案中登记的生产状态划分。")
OF_TOWNS = _statistic("home-towns", "按属地", TOWN, None, f"{_TOWN_WORDS}。")
OF_CONFIRMATION = _statistic("home-confirm", "确认情况", Words("confirm_state"), None, "按主管部门的确认状态划分。")
OF_STANDARD = _statistic("home-standard", "达标情况", Words("standard_state"), None, "按档案达标状态划分。")
OF_COMPLETENESS = _statistic(
    "home-completeness",
    "档案完善度",
    Bands("completeness", bands=COMPLETENESS),
    None,
    "完善度 = 已填写的应填项 ÷ 应填项；平均完善度为各企业完善度的平均值。",
    Sum("completeness_sum", "完善度合计", "completeness", "%"),
    Ratio("completeness_mean", "平均完善度", "completeness_sum", "count", factor=1),
)
HOME: tuple[Statistic, ...] = (OF_TYPES, OF_SCALES, OF_GRADES, OF_STATES, OF_TOWNS, OF_CONFIRMATION, OF_STANDARD, OF_COMPLETENESS)
