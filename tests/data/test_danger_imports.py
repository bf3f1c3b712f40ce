"""Hidden dangers and items of standards out of workbooks."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from data.dangers import put_on_its_way
from data.db import session
from data.imports.batches import ask_commit
from data.models import CheckItem, CheckStandard, Enterprise, HiddenDanger, User
from data.save import create
from data.viewer import Viewer
from data.viewers import viewer_from
from tests.sheets import MAKER, batch, book, messages, task, upload, work

NOW = datetime.now(UTC)
HEADS = ("企业名称", "隐患描述", "隐患级别", "隐患来源", "发现日期", "整改期限")


@pytest.fixture
def officer(fresh_demo_database: Any) -> Viewer:
    with session() as current:
        return viewer_from(current.scalars(select(User).where(User.username == "officer")).one())


def firm() -> Enterprise:
    with session() as current:
        found = current.scalars(select(Enterprise).order_by(Enterprise.id)).first()
        assert found is not None
        return found


def dangers() -> list[HiddenDanger]:
    with session() as current:
        return list(current.scalars(select(HiddenDanger).where(HiddenDanger.deleted_at.is_(None)).order_by(HiddenDanger.id)).unique())


def test_imported_dangers_are_drafts_that_get_their_number_when_they_are_handed_over(officer: Viewer) -> None:
    name = firm().name
    lines = [(name, "配电室电缆沟封堵不严", "", "", "2026-11-01", "2026-12-05"), (name, "灭火器压力不足", "一般", "乡镇街道检查", "2026-11-02", "2026-12-05")]
    found = upload(officer, book(lines, HEADS), "hidden_danger")
    assert messages(found) == {}
    with session() as current:
        identity = ask_commit(current, officer, found.id).id
    work()
    assert task(identity).state == "done"
    made = dangers()
    assert [(one.name, one.state, one.level, one.source, one.number) for one in made] == [
        ("配电室电缆沟封堵不严", "draft", "general", "inspection", None),
        ("灭火器压力不足", "draft", "general", "town", None),
    ]
    with session() as current:
        for one in made:
            put_on_its_way(current, officer, current.get_one(HiddenDanger, one.id), now=NOW)
    year = NOW.year
    assert [one.number for one in dangers()] == [f"YBYH-{year}-00001", f"YBYH-{year}-00002"]


def test_what_a_rule_has_against_a_row_stands_at_its_cell(officer: Viewer) -> None:
    own = firm()
    with session() as current:
        values = {"enterprise_id": own.id, "name": "已经提交的", "found_on": date(2026, 11, 1), "deadline_on": date(2026, 12, 1), "source": "town"}
        put_on_its_way(current, officer, create(current, HiddenDanger, MAKER, values), now=NOW)
    lines = [
        (own.name, "未来发现的", "一般", "举报", "2099-01-01", ""),
        (own.name, "期限在前的", "一般", "举报", "2026-11-10", "2026-11-01"),
        (own.name, "企业自己报的", "一般", "企业自查自报", "2026-11-10", "2026-12-01"),
        (own.name, "已经提交的", "一般", "乡镇街道检查", "2026-11-01", "2026-12-20"),
    ]
    found = batch(upload(officer, book(lines, HEADS), "hidden_danger").id)
    told = " ".join(str(one) for one in messages(found).values())
    assert found.refused_count == 4
    for words in ("发现日期不能晚于今天。", "整改期限不能早于发现日期。", "企业自查自报、巡检发现的隐患由企业上报，监测报警的由系统登记，请填写其他来源。", "这条隐患已登记并提交"):
        assert words in told


def test_items_of_a_standard_are_added_and_changed_by_their_number(officer: Viewer) -> None:
    with session() as current:
        standard = create(current, CheckStandard, MAKER, {"name": "储罐自查标准"})
        create(current, CheckItem, MAKER, {"standard_id": standard.id, "number": 1, "category": "储罐区", "name": "旧的内容"})
    heads = ("自查标准", "序号", "检查类别", "检查内容", "不符合时级别")
    found = upload(officer, book([("储罐自查标准", "1", "储罐区", "新的内容", "重大"), ("储罐自查标准", "2", "装卸区", "静电接地", "一般")], heads), "check_item")
    assert messages(found) == {}
    with session() as current:
        ask_commit(current, officer, found.id)
    work()
    with session() as current:
        rows = current.execute(select(CheckItem.number, CheckItem.name, CheckItem.danger_level).order_by(CheckItem.number)).all()
    assert [tuple(row) for row in rows] == [(1, "新的内容", "major"), (2, "静电接地", "general")]
