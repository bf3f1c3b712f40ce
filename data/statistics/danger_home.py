"""What the home of 隐患排查治理 counts: what is not put right, what was found and closed, who reported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data.danger_lists import OPEN
from data.danger_reports import DONE, PROGRESS_WORDS, WAITING
from data.models import DangerReport, HiddenDanger
from data.statistics.dangers import DEPARTMENT, NO_DRAFTS_OF_ENTERPRISES, TOWN
from data.statistics.declaration import Count, Measure, Ratio, Statistic
from data.statistics.dimensions import Dimension, Period, Words
from data.statistics.parameters import FILLED, any_of

PLACE = "enterprise.division_id"
CLOSING_RATE, REPORT_PROGRESS = Ratio("rate", "整改率", "closed", "found"), Ratio("rate", "上报进度", "done", "due")
_UNRECTIFIED = "统计已提交、尚未整改销号的隐患，限于您的数据范围；"


def _statistic(key: str, title: str, definition: str, dimension: Dimension, *measures: Measure, only: Mapping[str, Any], records: str) -> Statistic:
    return Statistic(
        key=f"danger-home-{key}",
        title=title,
        model=HiddenDanger,
        dimensions=(dimension,),
        measures=measures or (Count(label="未整改", unit="条"),),
        filters=(PLACE, dimension.name) if isinstance(dimension, Period) else (PLACE,),
        definition=definition,
        only=only,
        records=records,
        permission="danger.view",
        noun="隐患",
    )


def _open(key: str, title: str, definition: str, dimension: Dimension) -> Statistic:
    return _statistic(key, title, _UNRECTIFIED + definition, dimension, only=OPEN, records="/dangers/unrectified")


OPEN_LEVELS = _open("levels", "未整改按级别", "按隐患级别划分。", Words("level"))
OPEN_KINDS = _open("kinds", "未整改按类型", "按隐患类型划分。", Words("kind"))
OPEN_TOWNS = _open("towns", "未整改按属地", "按企业所在乡镇、街道归集，村、社区的企业计入所属乡镇。", TOWN)
OPEN_DEPARTMENTS = _open("departments", "未整改按主管部门", "按企业的行业主管部门归集。", DEPARTMENT)

_ALL: dict[str, Any] = {"only": NO_DRAFTS_OF_ENTERPRISES, "records": "/dangers/all"}
FOUND = _statistic(
    "found",
    "月度发现",
    "统计已登记的隐患，企业草稿不计，限于您的数据范围；按发现日期所在月份归集。整改率 = 其中已整改销号 ÷ 发现数。",
    Period("found_on"),
    Count("found", "发现", "条"),
    Count("closed", "已销号", "条", where={"closed_on": FILLED}),
    CLOSING_RATE,
    **_ALL,
)
CLOSED = _statistic("closed", "月度销号", "统计已整改销号的隐患，限于您的数据范围；按销号日期所在月份归集。", Period("closed_on"), Count("closed", "销号", "条", where={"closed_on": FILLED}), **_ALL)

REPORTED = Statistic(
    key="danger-home-reported",
    title="本期上报",
    model=DangerReport,
    dimensions=(Words("state"),),
    measures=(
        Count("due", "应报", "家次", where={"state": any_of((*DONE, *WAITING))}),
        Count("done", "已报", "家次", where={"state": any_of(DONE)}),
        REPORT_PROGRESS,
    ),
    filters=("period", PLACE),
    definition=f"统计企业当期的隐患自查自报，限于您的数据范围；{PROGRESS_WORDS}",
    records="/dangers/reports",
    usual={"period": "all"},
    permission="danger.view",
    noun="上报记录",
)

STATISTICS: tuple[Statistic, ...] = (OPEN_LEVELS, OPEN_KINDS, OPEN_TOWNS, OPEN_DEPARTMENTS, FOUND, CLOSED, REPORTED)
