"""The workbook of an enterprise's risks: four sheets, whose rows name one another, come in together or not at all, and go out again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select
from xlsxwriter import Workbook

from data import risks
from data.db import session
from data.documents.risk_list import risk_list
from data.imports.batches import ask_commit, ask_undo
from data.models import Enterprise, ImportBatch, RiskEvent, RiskMeasure, RiskObject, RiskUnit, User
from data.risk_sheets import BOOK, write_book
from data.viewer import Viewer
from data.viewers import viewer_from
from tests.sheets import batch, counts, messages, task, upload, work

HEADS = {
    "对象": ("对象名称", "对象类别", "责任部门", "责任人"),
    "单元": ("风险分析对象", "单元名称", "巡检点"),
    "事件": ("风险分析对象", "风险分析单元", "风险事件", "事故类型", "评价方法", "固有可能性 L", "固有严重性 S/C", "现状可能性 L", "现状严重性 S/C"),
    "措施": ("风险分析对象", "风险分析单元", "风险事件", "管控措施", "排查内容", "巡检周期", "周期单位"),
}
GOOD: dict[str, list[Sequence[Any]]] = {
    "对象": [("1 号罐区", "区域场所", "储运部", "李建国")],
    "单元": [("1 号罐区", "储罐", "罐区入口")],
    "事件": [("1 号罐区", "储罐", "储罐泄漏", "泄漏", "LS 风险矩阵", 4, 5, 2, 5)],
    "措施": [("1 号罐区", "储罐", "储罐泄漏", "阻火器投用", "阻火器有无堵塞", 1, "周"), ("1 号罐区", "储罐", "储罐泄漏", "呼吸阀校验", "校验标识", 1, "月")],
}


def workbook(pages: Mapping[str, Sequence[Sequence[Any]]]) -> BytesIO:
    """A workbook with these rows on its four sheets."""
    content = BytesIO()
    with Workbook(content) as made:
        for name, heads in HEADS.items():
            sheet = made.add_worksheet(name)
            for number, row in enumerate([heads, *pages.get(name, ())]):
                sheet.write_row(number, 0, row)
    content.seek(0)
    return content


@pytest.fixture
def own(fresh_demo_database: Any) -> Viewer:
    with session() as current:
        found = current.scalars(select(User).where(User.enterprise_id.is_not(None)).order_by(User.id)).unique().first()
        assert found is not None
        return viewer_from(found)


def commit(viewer: Viewer, found: ImportBatch) -> str:
    """Write the batch; the state of its task with what it said."""
    with session() as current:
        identity = ask_commit(current, viewer, found.id).id
    work()
    done = task(identity)
    return f"{done.state} {done.error or (done.result or {}).get('message', '')}"


def undo(viewer: Viewer, found: ImportBatch) -> str:
    """Take the batch back; its state then."""
    with session() as current:
        ask_undo(current, viewer, found.id, "传错文件")
    work()
    return batch(found.id).state


def drafts(viewer: Viewer) -> list[tuple[str, int]]:
    """Name of each draft of the enterprise, and how many measures it has."""
    with session() as current:
        rows = select(RiskObject.name, func.count(RiskMeasure.id)).outerjoin(RiskMeasure, (RiskMeasure.object_id == RiskObject.id) & RiskMeasure.deleted_at.is_(None))
        rows = rows.where(RiskObject.enterprise_id == viewer.enterprise_id, RiskObject.state == "draft", RiskObject.deleted_at.is_(None)).group_by(RiskObject.id)
        return [(name, number) for name, number in current.execute(rows.order_by(RiskObject.id))]


def test_four_sheets_come_in_as_a_draft_with_levels_computed_and_again_as_changes(own: Viewer) -> None:
    found = upload(own, workbook(GOOD), "risk_book")
    assert (messages(found), counts(found)) == ({}, (5, 0, 0, 0))
    assert commit(own, found).startswith("done 已导入 5 行")
    assert drafts(own) == [("1 号罐区", 2)]
    with session() as current:
        event = current.scalars(select(RiskEvent).where(RiskEvent.name == "储罐泄漏", RiskEvent.enterprise_id == own.enterprise_id)).unique().one()
        assert (event.inherent_level, event.present_score, event.present_level, event.unit.name) == (1, 10, 3, "储罐")
        assert len(event.unit.place_code) == 16
    again = dict(GOOD) | {"措施": [("1 号罐区", "储罐", "储罐泄漏", "阻火器投用", "拆检阻火芯", 2, "周")], "事件": [("1 号罐区", "储罐", "储罐泄漏", "泄漏", "LS 风险矩阵", 4, 5, 3, 5)]}
    second = upload(own, workbook(again), "risk_book")
    assert (messages(second), counts(second)) == ({}, (0, 2, 2, 0))
    assert commit(own, second).startswith("done")
    with session() as current:
        event = current.get_one(RiskEvent, event.id)
        assert (event.present_score, event.present_level) == (15, 2)
    assert undo(own, second) == "undone"
    with session() as current:
        event = current.get_one(RiskEvent, event.id)
        assert (event.present_score, event.present_level) == (10, 3)


def test_a_batch_is_taken_back_from_the_measures_up(own: Viewer) -> None:
    found = upload(own, workbook(GOOD), "risk_book")
    commit(own, found)
    assert undo(own, found) == "undone"
    assert drafts(own) == []


def test_every_wrong_cell_is_named_on_its_sheet(own: Viewer) -> None:
    wrong = {
        "对象": [("1 号罐区", "区域", "储运部", "李建国"), ("2 号罐区", "区域场所", "储运部", "")],
        "单元": [("3 号罐区", "储罐", ""), ("1 号罐区", "储罐", "")],
        "事件": [("1 号罐区", "储罐", "储罐泄漏", "泄漏", "LS 风险矩阵", 7, 5, 2, 5)],
        "措施": [("1 号罐区", "储罐", "储罐泄漏", "阻火器投用", "", 1, "周")],
    }
    told = messages(upload(own, workbook(wrong), "risk_book"))
    assert "区域场所" in told["对象 B2"]
    assert told["对象 D3"] == "责任人必须填写。"
    assert told["单元 A2"] == "“3 号罐区”不在前面的工作表中，也不是编制中的风险分析对象。"
    assert told["单元 A3"] == "“1 号罐区”在前面的工作表中有错，请先改好。"
    assert drafts(own) == []


def test_a_rule_is_told_at_the_cell_of_its_factor(own: Viewer) -> None:
    wrong = dict(GOOD) | {"事件": [("1 号罐区", "储罐", "储罐泄漏", "泄漏", "LS 风险矩阵", 7, 5, 2, 5)], "措施": [("1 号罐区", "储罐", "储罐泄漏", "阻火器投用", "", 1, "周")]}
    told = messages(upload(own, workbook(wrong), "risk_book"))
    assert told["事件 F2"] == "可能性 L没有 7，可选 1、2、3、4、5。"
    assert told["措施 C2"] == "“储罐泄漏”在前面的工作表中有错，请先改好。"


def test_what_is_in_force_is_not_changed_by_an_import(own: Viewer) -> None:
    with session() as current:
        name = current.scalars(select(RiskObject.name).where(RiskObject.enterprise_id == own.enterprise_id, RiskObject.is_in_force)).first()
    told = messages(upload(own, workbook({"对象": [(name, "区域场所", "储运部", "李建国")], "单元": [(name, "新单元", "")]}), "risk_book"))
    assert told["对象 A2"] == f"“{name}”已生效，请先在“风险分析对象”中“申请变更”，再导入到变更稿。"


def test_a_workbook_without_one_of_its_sheets_says_so(own: Viewer) -> None:
    content = BytesIO()
    with Workbook(content) as made:
        made.add_worksheet("对象").write_row(0, 0, HEADS["对象"])
    content.seek(0)
    assert "缺少工作表“单元”，请使用模板；没有内容的工作表留表头即可。" in str(upload(own, content, "risk_book").messages)


def test_an_export_comes_in_again_under_other_names(own: Viewer) -> None:
    content = BytesIO()
    with session() as current:
        write_book(current, own, content)
        expected = {model: current.scalar(select(func.count()).select_from(model).where(model.enterprise_id == own.enterprise_id)) for model in (RiskObject, RiskUnit, RiskEvent, RiskMeasure)}
        for one in current.scalars(select(RiskObject).where(RiskObject.enterprise_id == own.enterprise_id)).unique():
            one.name = f"旧 {one.name}"
    content.seek(0)
    found = upload(own, content, "risk_book")
    assert (messages(found), counts(found)) == ({}, (sum(filter(None, expected.values())), 0, 0, 0))


def test_the_template_explains_every_sheet(own: Viewer) -> None:
    from python_calamine import load_workbook

    from data.imports import template

    content = BytesIO()
    with session() as current:
        template(current, own, BOOK, content)
    content.seek(0)
    names = load_workbook(content).sheet_names
    assert [one for one in names if not one.endswith("选项")] == ["对象", "单元", "事件", "措施", "对象填写说明", "单元填写说明", "事件填写说明", "措施填写说明"]


def test_the_list_of_risks_is_a_document_of_what_counts(own: Viewer) -> None:
    from docx import Document

    with session() as current:
        firm = current.get_one(Enterprise, own.enterprise_id)
        risks.save_object(current, own, None, {"name": "还没有审核的", "department_name": "储运部", "person": "李建国"})
        written = Document(BytesIO(risk_list(current, own, firm, firm.created_at.date())))
        objects = current.scalars(select(RiskObject.name).where(RiskObject.enterprise_id == firm.id, RiskObject.is_in_force).order_by(RiskObject.id)).all()
    heads = [one.text for one in written.paragraphs if one.style is not None and one.style.name == "Heading 2"]
    assert [one.partition(". ")[2].partition("（")[0] for one in heads] == list(objects)
    assert [cell.text for cell in written.tables[0].rows[0].cells][:3] == ["分析单元", "风险事件", "事故类型"]
