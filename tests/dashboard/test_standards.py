"""Standards for self-checks: the park's own, read by enterprises of their type; the enterprises' own, reviewed by the park."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from data import db
from data.models import CheckItem, CheckStandard, Enterprise, OwnItem, OwnStandard, Task, UnitType, User, WorkflowCase
from data.save import create, save_parts, update
from data.settings import current_settings
from data.tasks import file_of
from data.viewer import Viewer, system_viewer
from data.viewers import viewer_from
from data.workflow import steps
from tests.dashboard.asking import listed, one, opened, rows
from tests.sheets import read, work

MAKER = system_viewer("tests")
NOW = datetime.now(UTC)
ITEM = {"number": "1", "category": "储罐区", "name": "液位报警是否投用", "basis": "GB 50160", "method": "现场检查", "danger_level": "major"}


def standard(name: str, unit_type_id: int | None = None, items: int = 2) -> CheckStandard:
    with db.session() as current:
        made = create(current, CheckStandard, MAKER, {"name": name, "unit_type_id": unit_type_id})
        given = [(None, {"number": n, "category": "储罐区", "name": f"{name}第 {n} 项", "method": "现场检查", "danger_level": "general"}) for n in range(1, items + 1)]
        save_parts(current, made, MAKER, CheckItem, given)
        return made


@pytest.fixture
def firm() -> User:
    """The user of an enterprise."""
    found: User = one(User, User.enterprise_id.is_not(None))
    return found


@pytest.fixture
def own(person: Callable[..., FlaskClient], firm: User) -> Callable[[], FlaskClient]:
    return lambda: person(firm.username, "/enterprise/login")


def viewer(user: User) -> Viewer:
    with db.read_session() as current:
        return viewer_from(current.get_one(User, user.id))


def names(client: FlaskClient, key: str, **query: str) -> set[str]:
    return {row["name"] for row in rows(listed(client, key, **query), key)}


# The park's


def test_a_standard_is_kept_with_its_items_by_who_may_and_looked_at_by_all(person: Any, submit: Any) -> None:
    client = person("officer")
    given = {"name": "储罐自查标准", "edition": "2026 版", "is_active": "1", "rows:items": json.dumps([{"id": "", **ITEM}, {"id": "", **ITEM, "number": "2"}])}
    assert "已添加“储罐自查标准”。" in submit(client, "check_standard", "", "add", given)
    made = one(CheckStandard, CheckStandard.name == "储罐自查标准")
    row = rows(listed(client, "check_standard", q="储罐自查标准"), "check_standard")[0]
    assert [row["c1"], row["c2"]["w"]] == ["全部类型", "2 项"]
    looking = person("dept")
    assert "液位报警是否投用" in opened(looking, "check_standard", open=str(made.id), tab="items")
    assert "添加" not in json.dumps(listed(looking, "check_standard")[1], ensure_ascii=False)
    assert "权限" in submit(looking, "check_standard", made.id, "edit", given, made.version)


def test_all_items_of_a_standard_are_downloaded_as_a_workbook(person: Any, submit: Any) -> None:
    made = standard("下载的标准", items=3)
    standard("另一份标准", items=1)
    assert "正在生成文件，完成后自动下载。" in submit(person("dept"), "check_standard", made.id, "download", {})
    work()
    with db.read_session() as current:
        task = current.scalars(select(Task).order_by(Task.id.desc()).limit(1)).one()
        path = file_of(task, current_settings())
    assert path is not None, task.error
    lines = read(path)
    assert lines[0] == ["自查标准", "序号", "检查类别", "检查内容", "依据", "检查方式", "不符合时级别"]
    assert [line[:4] for line in lines[1:]] == [["下载的标准", float(n), "储罐区", f"下载的标准第 {n} 项"] for n in (1, 2, 3)]


# What an enterprise sees


def test_an_enterprise_reads_the_standards_of_its_type_and_no_others(own: Any, firm: User) -> None:
    with db.read_session() as current:
        kind = current.get_one(UnitType, current.get_one(Enterprise, firm.enterprise_id).unit_type_id)
        other = current.scalars(select(UnitType.id).where(UnitType.parent_id != kind.parent_id)).first()
    made = [standard("通用的"), standard("本类型的", kind.id), standard("本大类的", kind.parent_id), standard("停用的", kind.id), standard("别的类型的", other)]
    with db.session() as current:
        update(current, current.get_one(CheckStandard, made[3].id), MAKER, {"is_active": False})
    client = own()
    assert {"通用的", "本类型的", "本大类的"} <= names(client, "guiding_standard")
    assert not {"停用的", "别的类型的"} & names(client, "guiding_standard")
    assert "没有找到" in opened(client, "guiding_standard", open=str(made[4].id), tab="items")
    shown = json.dumps(listed(client, "guiding_standard")[1], ensure_ascii=False)
    assert "添加" not in shown
    assert "do=edit" not in shown


def test_a_page_of_the_authority_is_closed_to_enterprises(own: Any) -> None:
    client = own()
    assert "没有“查看隐患”权限" in json.dumps(listed(client, "check_standard")[1], ensure_ascii=False)
    assert "没有“查看隐患”权限" in json.dumps(listed(client, "own_standard")[1], ensure_ascii=False)


# What an enterprise makes


def test_an_enterprise_makes_its_own_of_a_guiding_one_and_hands_it_over(own: Any, person: Any, submit: Any, firm: User) -> None:
    guide = standard("参照的标准", items=3)
    client = own()
    assert "复制了 3 项" in submit(client, "guiding_standard", guide.id, "make_own", {"name": "本厂储罐自查标准"})
    made = one(OwnStandard, OwnStandard.name == "本厂储罐自查标准")
    items = [{"id": str(item.id), **{key: str(getattr(item, key) or "") for key in ("number", "category", "name", "method", "place", "danger_level")}} for item in items_of(made)]
    assert [item["name"] for item in items] == [f"参照的标准第 {n} 项" for n in (1, 2, 3)]
    items[0]["place"] = "T-101"
    added = {"id": "", "number": "4", "category": "装卸区", "name": "静电接地", "method": "", "place": "", "danger_level": "general"}
    told = submit(client, "my_standard", made.id, "edit", {"name": made.name, "remark": "", "rows:items": json.dumps([*items[:2], added])}, made.version)
    assert "已保存“本厂储罐自查标准”。" in told
    assert [(item.number, item.place, item.enterprise_id) for item in items_of(made)] == [(1, "T-101", firm.enterprise_id), (2, None, firm.enterprise_id), (4, None, firm.enterprise_id)]
    assert "本厂储罐自查标准" not in names(person("officer"), "own_standard")
    client = own()
    assert "等待监管部门审核" in submit(client, "my_standard", made.id, "submit", {})
    held = "已提交的标准不能修改或删除；审核退回后可以再改。"
    assert held in submit(client, "my_standard", made.id, "edit", {"name": "改名"})
    assert held in submit(client, "my_standard", made.id, "delete", {"reason": "不要了"})
    row = rows(listed(person("officer"), "own_standard", q="本厂储罐"), "own_standard")[0]
    assert (row["href"], row["c5"]["w"]) == (f"/dangers/own-standards/{made.id}", "待审核")


def items_of(made: OwnStandard) -> list[OwnItem]:
    with db.read_session() as current:
        rows_of = select(OwnItem).where(OwnItem.own_standard_id == made.id, OwnItem.deleted_at.is_(None))
        return list(current.scalars(rows_of.order_by(OwnItem.number)))


def test_one_that_was_returned_is_changed_and_handed_over_again(own: Any, submit: Any, firm: User) -> None:
    guide = standard("再次提交的参照")
    client = own()
    submit(client, "guiding_standard", guide.id, "make_own", {"name": "要退回的标准"})
    made = one(OwnStandard, OwnStandard.name == "要退回的标准")
    submit(client, "my_standard", made.id, "submit", {})
    with db.session() as current:
        officer = viewer_from(current.scalars(select(User).where(User.username == "officer")).one())
        case = current.scalars(select(WorkflowCase).where(WorkflowCase.table_name == "own_standard", WorkflowCase.record_id == made.id)).unique().one()
        steps.act(current, officer, case, "return", version=case.version, now=NOW, opinion="请补充装卸区")
    assert one(OwnStandard, OwnStandard.id == made.id).state == "draft"
    assert "等待监管部门审核" in submit(own(), "my_standard", made.id, "submit", {})
    with db.read_session() as current:
        cases = current.scalars(select(WorkflowCase.id).where(WorkflowCase.table_name == "own_standard", WorkflowCase.record_id == made.id)).all()
    assert (one(OwnStandard, OwnStandard.id == made.id).state, len(cases)) == ("review", 1)


def test_one_without_items_is_not_handed_over(own: Any, submit: Any) -> None:
    client = own()
    assert "已添加“空的标准”。" in submit(client, "my_standard", "", "add", {"name": "空的标准", "remark": "", "rows:items": "[]"})
    made = one(OwnStandard, OwnStandard.name == "空的标准")
    assert "标准还没有自查项，请先添加。" in submit(client, "my_standard", made.id, "submit", {})
    assert "已删除“空的标准”" in submit(client, "my_standard", made.id, "delete", {"reason": "不需要"})


def test_an_enterprise_touches_nobody_elses(own: Any, submit: Any, firm: User) -> None:
    with db.session() as current:
        other = current.scalars(select(Enterprise.id).where(Enterprise.id != firm.enterprise_id)).first()
        foreign = create(current, OwnStandard, MAKER, {"name": "别家的标准", "enterprise_id": other})
    client = own()
    assert "别家的标准" not in names(client, "my_standard")
    for do, values in (("edit", {"name": "我的"}), ("submit", {}), ("delete", {"reason": "伪造"})):
        assert "没有找到" in submit(client, "my_standard", foreign.id, do, values)
