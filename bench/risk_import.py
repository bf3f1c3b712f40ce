"""How long a workbook of one enterprise's risks takes from the upload to the last row: 12 objects, 80 units, 400 events, 1,500 measures."""

from __future__ import annotations

import time
from io import BytesIO
from typing import Any

from sqlalchemy import func, select
from xlsxwriter import Workbook

from bench.stage import figure, stage

OBJECTS, UNITS, EVENTS, MEASURES = 12, 80, 400, 1_500
LIMIT_S = 20.0
HEADS = {
    "对象": ("对象名称", "对象类别", "责任部门", "责任人"),
    "单元": ("风险分析对象", "单元名称", "巡检点"),
    "事件": ("风险分析对象", "风险分析单元", "风险事件", "事故类型", "评价方法", "固有可能性 L", "固有严重性 S/C", "现状可能性 L", "现状严重性 S/C"),
    "措施": ("风险分析对象", "风险分析单元", "风险事件", "管控措施", "排查内容", "巡检周期", "周期单位"),
}


def risk_import() -> dict[str, Any]:
    """Seconds for the check and the commit together, in the process of the jobs role's tasks."""
    from data.db import session
    from data.imports.batches import ask_commit
    from data.models import RiskMeasure, User
    from data.viewers import viewer_from
    from tests.sheets import upload, work

    with stage():
        with session() as current:
            own = viewer_from(current.scalars(select(User).where(User.enterprise_id.is_not(None)).order_by(User.id).limit(1)).unique().one())
        content = workbook()
        began = time.perf_counter()
        found = upload(own, content, "risk_book")
        with session() as current:
            ask_commit(current, own, found.id)
        work()
        taken = time.perf_counter() - began
        with session() as current:
            written = current.scalar(select(func.count()).select_from(RiskMeasure).where(RiskMeasure.enterprise_id == own.enterprise_id, RiskMeasure.name.like("检查措施%")))
    if written != MEASURES:
        raise RuntimeError(f"{written} of {MEASURES} measures were written")
    return figure("risk.import", taken, f"s, {OBJECTS} objects, {UNITS} units, {EVENTS} events, {MEASURES:,} measures", "s, the limit", LIMIT_S)


def workbook() -> BytesIO:
    """The workbook; every row names the rows above it."""
    units = [(f"装置 {n % OBJECTS + 1}", f"单元 {n + 1}") for n in range(UNITS)]
    events = [(*units[n % UNITS], f"风险事件 {n + 1}") for n in range(EVENTS)]
    rows: dict[str, list[tuple[Any, ...]]] = {
        "对象": [(f"装置 {n + 1}", "区域场所", "生产部", "李建国") for n in range(OBJECTS)],
        "单元": [(*one, f"{one[1]}入口") for one in units],
        "事件": [(*one, "泄漏", "LS 风险矩阵", 4, 5, 1 + n % 4, 5) for n, one in enumerate(events)],
        "措施": [(*events[n % EVENTS], f"检查措施 {n + 1}", "有无异常", 1 + n % 3, "周") for n in range(MEASURES)],
    }
    content = BytesIO()
    with Workbook(content) as made:
        for name, heads in HEADS.items():
            sheet = made.add_worksheet(name)
            for number, row in enumerate([heads, *rows[name]]):
                sheet.write_row(number, 0, row)
    content.seek(0)
    return content
