"""The lists of hidden dangers: deadlines in colours and words, figures that are conditions, who enters, urges and deletes what."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from data import db
from data.calendar import park_day
from data.danger_lists import OPEN
from data.dangers import put_on_its_way, register
from data.models import AuditEntry, Department, Division, Enterprise, HiddenDanger, Task, User, WorkflowCase
from data.query import Question, answer
from data.settings import current_settings
from data.tasks import file_of
from data.viewer import Viewer
from data.viewers import viewer_from
from tests.dashboard.asking import asked, listed, one, opened, rows
from tests.sheets import read, work

KEY = "dangers_unrectified"
NOW = datetime.now(UTC)
TODAY = park_day(NOW)
Entered = Callable[..., HiddenDanger]


def who(username: str) -> Viewer:
    return viewer_from(one(User, User.username == username))


def enter(name: str, days: int | None = 5, firm: int | None = None, *, submitted: bool = True, **values: Any) -> HiddenDanger:
    """A danger that an officer entered, with so many days until its deadline."""
    given = {"name": name, "source": "inspection", "enterprise_id": firm or one(Enterprise).id, "found_on": TODAY - timedelta(days=60)}
    given |= {"deadline_on": TODAY + timedelta(days=days)} if days is not None else {}
    with db.session() as current:
        made = register(current, who("officer"), given | values, now=NOW)
        if submitted:
            put_on_its_way(current, who("officer"), made, now=NOW)
        return made


def cells(row: dict[str, Any]) -> list[Any]:
    return [row[f"c{number}"] for number in range(len([name for name in row if re.fullmatch(r"c\d+", name)]))]


def heads(client: Any, **query: str) -> list[int]:
    """The numbers above the list."""
    _, body = listed(client, KEY, **query)
    shown = body["response"][json.dumps({"k": KEY, "t": "list-heads"}, separators=(",", ":"))]["children"]
    return [int(head["props"]["children"][1]["props"]["children"][1]["props"]["children"][0]["props"]["children"].replace(",", "")) for head in shown]


# Deadlines


@pytest.mark.parametrize(
    ("days", "words", "look"),
    [(-12, "超期 12 天", "red"), (-1, "超期 1 天", "red"), (0, "今天到期", "orange"), (10, "剩 10 天", "orange"), (11, "剩 11 天", "green"), (26, "剩 26 天", "green")],
)
def test_a_row_tells_by_edge_and_words_what_remains(person: Any, days: int, words: str, look: str) -> None:
    made = enter(f"期限{days}天的隐患", days)
    row = rows(listed(person("officer"), KEY, q=f"期限{days}天的隐患"), KEY)[0]
    assert (row["id"], row["edge"], row["c0"]["w"], row["c0"]["t"]) == (str(made.id), look, words, look)
    assert row["href"] == f"/dangers/{made.id}"
    assert row["acts"][0] == [f"/dangers/{made.id}", "查看", "", ""]


def test_what_is_nearest_its_deadline_stands_first_and_what_has_none_last(person: Any) -> None:
    firm = one(Enterprise, Enterprise.id != one(Enterprise).id)
    for name, days in (("丙", 30), ("甲", -3), ("乙", 0)):
        enter(f"排序 {name}", days, firm.id)
    enter("排序 丁", None, firm.id, level="major")
    found = rows(listed(person("officer"), KEY, q="排序", enterprise_id=str(firm.id)), KEY)
    assert [row["name"] for row in found] == ["排序 甲", "排序 乙", "排序 丙", "排序 丁"]
    assert [row["edge"] for row in found] == ["red", "orange", "green", ""]


def test_every_figure_is_the_number_of_rows_that_its_click_leaves(person: Any) -> None:
    client = person("officer")
    for days in (-1, 0, 10, 11):
        enter(f"口径 {days}", days)
    enter("口径 未定", None, level="major")
    enter("口径 草稿", 3, submitted=False)
    every = heads(client)
    left = [count_of(client, **({"deadline_on": code} if code else {})) for code in ("", "over", "near", "far")]
    assert every == left
    assert every[0] == sum(every[1:]) + count_of(client, deadline_on="none")
    assert heads(client, q="口径") == [5, 1, 2, 1]
    assert heads(client, q="口径", deadline_on="over") == [5, 1, 2, 1]  # a figure does not change its neighbours
    assert [row["name"] for row in rows(listed(client, KEY, q="口径", deadline_on="near"), KEY)] == ["口径 0", "口径 10"]
    assert heads(client, q="口径", level="major") == [1, 0, 0, 0]


def count_of(client: Any, **query: str) -> int:
    _, body = listed(client, KEY, **query)
    tools = json.dumps(body["response"][json.dumps({"k": KEY, "t": "list-tools"}, separators=(",", ":"))], ensure_ascii=False)
    return int(re.search(r"导出全部\((\d+)\)", tools).group(1))  # type: ignore[union-attr]


def test_a_danger_that_was_put_right_leaves_the_list(person: Any) -> None:
    made = enter("已经整改的隐患", 5)
    with db.session() as current:
        kept = current.get_one(HiddenDanger, made.id)
        kept.closed_on, kept.state = TODAY, "rectified"
    assert rows(listed(person("officer"), KEY, q="已经整改的隐患"), KEY) == []
    assert "没有找到" in opened(person("officer"), KEY, open=str(made.id))
    found = rows(listed(person("officer"), "dangers", q="已经整改的隐患"), "dangers")
    assert [row["id"] for row in found] == [str(made.id)]


# Conditions that are the enterprise's


def test_a_condition_on_the_enterprise_takes_the_town_with_its_villages(person: Any) -> None:
    for firm in (one(Enterprise), one(Enterprise, Enterprise.division_id != one(Enterprise).division_id)):
        enter(f"属地隐患 {firm.code}", 5, firm.id)
    firm = one(Enterprise)
    town = one(Division, Division.id == firm.division_id).parent_id
    with db.read_session() as current:
        below = current.scalars(select(Division.id).where((Division.id == town) | (Division.parent_id == town))).all()
        wanted = select(HiddenDanger.id).join(Enterprise, Enterprise.id == HiddenDanger.enterprise_id)
        ids = set(current.scalars(wanted.where(Enterprise.division_id.in_(below), HiddenDanger.name.startswith("属地隐患"))))
    found = rows(listed(person("officer"), KEY, q="属地隐患", **{"enterprise.division_id": str(town)}), KEY)
    assert ids and {int(row["id"]) for row in found} == ids


def test_the_picker_of_such_a_condition_answers_and_a_made_up_path_does_not(person: Any) -> None:
    client = person("officer")
    assert client.get(f"/pick/{KEY}/enterprise.division_id?q=街道").get_json()["items"]
    assert client.get(f"/pick/{KEY}/enterprise.safety_chief_id").status_code == 404
    assert client.get(f"/pick/{KEY}/supervisor.division_id").status_code == 404


def test_the_name_of_the_enterprise_finds_its_dangers(person: Any) -> None:
    firm = one(Enterprise)
    made = enter("按企业名称查", 5, firm.id)
    found = rows(listed(person("officer"), KEY, q=f"{firm.short_name} 按企业名称"), KEY)
    assert [row["id"] for row in found] == [str(made.id)]


def test_each_sees_those_of_the_enterprises_under_their_hand(person: Any) -> None:
    with db.read_session() as current:
        firms = list(current.scalars(select(Enterprise)).unique())
    for firm in firms:
        enter("范围隐患", 5, firm.id)
    department = one(User, User.username == "dept").department_id
    assert one(Department, Department.id == department)
    for username in ("dept", "town", "officer"):
        with db.read_session() as current:
            question = Question("范围隐患", conditions=OPEN)
            mine = {row.id for row in current.scalars(answer(HiddenDanger, who(username), question)).unique()}
        found = rows(listed(person(username), KEY, q="范围隐患", size="100"), KEY)
        assert {int(row["id"]) for row in found} == mine
        assert mine


# Urging


def test_many_are_urged_at_once_and_it_is_said_which_were_not_and_why(person: Any, submit: Any) -> None:
    client = person("leader")
    first, second = enter("要催的隐患甲", -3), enter("要催的隐患乙", -2)
    assert "将对 2 条记录执行“督办”" in asked(client, KEY, "urge", [str(first.id), str(second.id)])
    told = submit(client, KEY, first.id, "urge", {"opinion": "今日务必完成"})
    assert "已催办" in told
    told = submit(client, KEY, "", "urge", {"opinion": ""}, ids=[str(first.id), str(second.id)])
    assert "督办：完成 1 条，未完成 1 条" in told
    assert "一小时内已经催办过，请稍后再催。" in told
    assert one(WorkflowCase, WorkflowCase.record_id == second.id, WorkflowCase.table_name == "hidden_danger").urged_count == 1


def test_the_workbook_has_the_rows_of_the_list_in_its_order_and_never_others(person: Any, submit: Any) -> None:
    firm = one(Enterprise)
    late, soon = enter("导出的隐患甲", -2, firm.id), enter("导出的隐患乙", 5, firm.id)
    draft = enter("导出的隐患草稿", 5, firm.id, submitted=False)
    client = person("officer")
    submit(client, KEY, "", "export", {}, query={"q": "导出的隐患"})
    assert [line[2:5] for line in newest_workbook()[1:]] == [["导出的隐患甲", firm.name, firm.division.name], ["导出的隐患乙", firm.name, firm.division.name]]
    submit(client, KEY, "", "export", {}, query={}, ids=[str(soon.id), str(draft.id)])
    assert [line[2] for line in newest_workbook()[1:]] == ["导出的隐患乙"]
    submit(client, KEY, "", "export", {}, query={"q": "导出的隐患", "deadline_on": "over"})
    assert [line[2] for line in newest_workbook()[1:]] == [late.name]


def newest_workbook() -> list[list[Any]]:
    """What stands in the file of the newest task, once it is done."""
    work()
    with db.read_session() as current:
        task = current.scalars(select(Task).order_by(Task.id.desc()).limit(1)).one()
        path = file_of(task, current_settings())
    assert path is not None, task.error
    return read(path)


# Entering


def typed(**values: str) -> dict[str, str]:
    own = {"enterprise_id": str(one(Enterprise).id), "name": "气瓶间未设防倾倒链", "level": "general", "source": "town", "kind": "safety", "treatment": "by_deadline"}
    return own | {"found_on": TODAY.isoformat(), "deadline_on": (TODAY + timedelta(days=7)).isoformat()} | values


def test_an_officer_enters_a_danger_and_hands_it_over(person: Any, submit: Any) -> None:
    client = person("town")
    firm = one(User, User.username == "town").division_id
    mine = one(Enterprise, Enterprise.division_id.in_(select(Division.id).where((Division.id == firm) | (Division.parent_id == firm))))
    told = submit(client, "dangers", "", "add", typed(enterprise_id=str(mine.id)))
    assert "已添加“气瓶间未设防倾倒链”。" in told
    made = one(HiddenDanger, HiddenDanger.name == "气瓶间未设防倾倒链")
    assert (made.state, bool(re.fullmatch(r"YBYH-\d{4}-\d{5}", made.number or "")), made.finder) == ("draft", True, who("town").name)
    edited = submit(client, "dangers", made.id, "edit", typed(enterprise_id=str(mine.id), place="气瓶间"), made.version)
    assert "已保存" in edited
    assert "已提交“气瓶间未设防倾倒链”，请企业整改。" in submit(client, "dangers", made.id, "submit", {})
    assert one(HiddenDanger, HiddenDanger.id == made.id).state == "rectify"
    held = "已提交的隐患在办理页面按步骤填写，不能直接修改或删除。"
    assert held in submit(client, "dangers", made.id, "edit", typed(), made.version)
    assert held in submit(client, "dangers", made.id, "delete", {"reason": "登记错了"})
    row = rows(listed(client, "dangers", q="气瓶间未设防倾倒链"), "dangers")[0]
    assert [verb[1] for verb in row["acts"]] == ["查看", "督办"]


def test_a_draft_is_deleted_with_a_reason(person: Any, submit: Any) -> None:
    made = enter("登记错的草稿", 5, submitted=False)
    client = person("officer")
    assert "请填写删除原因。" in submit(client, "dangers", made.id, "delete", {"reason": ""})
    assert "已删除“登记错的草稿”" in submit(client, "dangers", made.id, "delete", {"reason": "重复登记"})
    assert one(HiddenDanger, HiddenDanger.id == made.id).deleted_at is not None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"deadline_on": ""}, "一般隐患请填写整改期限。"),
        ({"found_on": (TODAY + timedelta(days=1)).isoformat()}, "发现日期不能晚于今天。"),
        ({"deadline_on": (TODAY - timedelta(days=1)).isoformat()}, "整改期限不能早于发现日期。"),
        ({"source": "self"}, "请选择列出的选项。"),
    ],
)
def test_what_cannot_be_entered_is_named_at_its_field(person: Any, submit: Any, values: dict[str, str], message: str) -> None:
    assert message in submit(person("officer"), "dangers", "", "add", typed(**values))


def test_a_draft_of_an_enterprise_is_its_own(person: Any) -> None:
    firm = one(User, User.enterprise_id.is_not(None), User.enterprise_id == one(Enterprise).id)
    with db.session() as current:
        given = {"name": "企业还没有提交的", "enterprise_id": firm.enterprise_id, "found_on": TODAY, "deadline_on": TODAY, "source": "self"}
        made = register(current, viewer_from(current.get_one(User, firm.id)), given, now=NOW)
    client = person("officer")
    assert rows(listed(client, "dangers", q="企业还没有提交的"), "dangers") == []
    assert "没有找到" in opened(client, "dangers", open=str(made.id))


def test_who_only_looks_enters_nothing(person: Any, submit: Any) -> None:
    client = person("leader")
    assert "添加" not in json.dumps(listed(client, "dangers")[1], ensure_ascii=False)
    assert "权限" in submit(client, "dangers", "", "add", typed())
    made = enter("领导看到的草稿", 5, submitted=False)
    assert "权限" in submit(client, "dangers", made.id, "submit", {})


# Major ones


def test_a_major_danger_shows_where_it_stands_and_for_whom_it_waits(person: Any) -> None:
    enter("储罐区紧急切断阀未投用", None, level="major")
    row = rows(listed(person("leader"), "dangers_major", q="储罐区紧急切断阀未投用"), "dangers_major")[0]
    shown = [cell["w"] if isinstance(cell, dict) else cell for cell in cells(row)]
    assert "企业上报 · 企业" in shown
    assert "待补正" in shown
    general = enter("只是一般隐患", 3)
    assert "没有找到" in opened(person("leader"), "dangers_major", open=str(general.id))


# The log


def test_the_log_says_who_did_what_to_which_danger_within_the_scope(person: Any, submit: Any) -> None:
    firm = one(Enterprise)
    made = enter("留痕的隐患", 5, firm.id, submitted=False)
    client = person("officer")
    values = typed(name="留痕的隐患", enterprise_id=str(firm.id), found_on=made.found_on.isoformat(), place="配电室", source="inspection")
    assert "已保存" in submit(client, "dangers", made.id, "edit", values, made.version)
    assert "已删除" in submit(client, "dangers", made.id, "delete", {"reason": "重复登记"})
    found = rows(listed(client, "danger_log", q="留痕的隐患"), "danger_log")
    shown = [[cell["w"] if isinstance(cell, dict) else cell for cell in cells(row)] for row in found]
    assert [line[5] for line in shown] == ["删除", "修改", "新增"]
    assert {(line[0], line[1], line[2], line[3]) for line in shown} == {("留痕的隐患", firm.name, "一般", "officer")}
    drawn = opened(client, "danger_log", open=found[1]["id"], tab="changes")
    assert "隐患部位" in drawn
    assert "配电室" in drawn
    narrow = rows(listed(client, "danger_log", q="留痕的隐患", verb="delete", **{"danger.level": "general", "danger.enterprise_id": str(firm.id)}), "danger_log")
    assert [row["id"] for row in narrow] == [found[0]["id"]]
    other = one(Enterprise, Enterprise.id != firm.id)
    assert rows(listed(client, "danger_log", q="留痕的隐患", **{"danger.enterprise_id": str(other.id)}), "danger_log") == []


def test_the_log_of_a_department_is_that_of_its_enterprises(person: Any) -> None:
    with db.read_session() as current:
        department = one(User, User.username == "dept").department_id
        foreign = current.scalars(select(Enterprise).where(Enterprise.department_id != department).limit(1)).unique().one()
    enter("别的部门的隐患", 5, foreign.id)
    with db.read_session() as current:
        there = current.scalar(select(func.count()).where(AuditEntry.table_name == "hidden_danger", AuditEntry.record_name == "别的部门的隐患"))
    assert there
    assert rows(listed(person("dept"), "danger_log", q="别的部门的隐患"), "danger_log") == []
    assert rows(listed(person("leader"), "danger_log", q="别的部门的隐患"), "danger_log") != []


def test_the_search_of_dangers_has_its_index(app: Any) -> None:
    with db.read_session() as current:
        definition = current.scalar(text("SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_hidden_danger_search'"))
    assert "gin_trgm_ops" in str(definition)
