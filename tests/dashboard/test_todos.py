"""Boxes of to-dos: everybody finds their own, with whom it came from, until when, and the way to where it is worked on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from dashboard import todos as counting
from data import db
from data.models import HiddenDanger, WorkflowCase
from data.workflow import signing, steps
from data.workflow.entries import box_counts, due_day, entries
from pages.home import layout as home
from pages.todos import layout, my_page
from tests.dashboard.asking import sent
from tests.dashboard.cases import done, firm_of, reported, user_id, viewer
from tests.dashboard.test_shell import words

NOW = datetime.now(UTC).replace(microsecond=0)
Enter = Callable[..., FlaskClient]
BODY = ("todo-body", "children")


@pytest.fixture(scope="module")
def cases(app: Any) -> dict[str, int]:
    """Four reported dangers of one enterprise: late, due today, with a request to sign, and one that was passed on and told of."""
    counting.register(app.server)
    found = {
        "late": reported("甲醇罐区紧急切断阀未投用", NOW - timedelta(days=5)),
        "today": reported("配电室电缆沟封堵不严", NOW - timedelta(days=3)),
        "signed": reported("氨制冷机房未设报警", NOW - timedelta(days=1)),
        "passed": reported("反应釜温度联锁被旁路", NOW - timedelta(days=1)),
    }
    done(found["signed"], signing.ask, [user_id("leader")], by="dept", now=NOW)
    done(found["passed"], steps.act, "county", by="dept", now=NOW, values={"supervisor_id": viewer("dept").department_id})
    done(found["passed"], signing.copy_to, [user_id("leader")], by="dept", now=NOW)
    return found


def listed(username: str, box: str = "todo", **asked: Any) -> list[Any]:
    with db.read_session() as session:
        return entries(session, viewer(username), box, NOW, **asked).rows


def test_to_dos_stand_by_what_is_due_first_with_the_deadline_in_words_and_colour(cases: dict[str, int]) -> None:
    found = listed("dept")
    assert [one.case_id for one in found] == [cases[name] for name in ("late", "today", "signed", "passed")]
    assert [(one.left.word, one.left.tone) for one in found[:2]] == [("超期 2 天", "danger"), ("今天到期", "warn")]
    assert [(one.step, one.sender) for one in found[:1]] == [("部门审核", viewer("own").name)]
    assert [one.step for one in found[2:]] == ["部门审核", "下达通知书"]


def test_a_line_leads_to_where_the_record_is_worked_on(cases: dict[str, int]) -> None:
    with db.read_session() as session:
        danger = session.scalar(select(WorkflowCase.record_id).where(WorkflowCase.id == cases["late"]))
    assert listed("dept")[0].href == f"/dangers/{danger}"
    assert f'"href": "/dangers/{danger}"' in words(layout(viewer("dept")))


def test_the_last_day_is_the_day_that_ends_at_the_deadline(cases: dict[str, int]) -> None:
    with db.read_session() as session:
        case = session.get(WorkflowCase, cases["today"])
        assert case is not None and case.due_at is not None
        assert (due_day(case), case.due_at.astimezone().utcoffset() is not None) == (listed("dept")[1].due_on, True)


def test_a_request_to_sign_is_marked_and_says_who_asks(cases: dict[str, int]) -> None:
    (one,) = listed("leader")
    assert (one.case_id, one.is_sign, one.sender, one.at) == (cases["signed"], True, viewer("dept").name, NOW)
    assert "会签" in words(layout(viewer("leader")))


def test_what_one_was_told_of_is_bold_until_it_is_read(cases: dict[str, int]) -> None:
    (one,) = listed("leader", "copied")
    assert (one.case_id, one.is_unread, one.sender) == (cases["passed"], True, viewer("dept").name)
    assert "todo-what unread" in words(layout(viewer("leader"), box="copied"))
    with db.session() as session:
        case = session.get(WorkflowCase, cases["passed"])
        assert case is not None
        signing.mark_read(session, viewer("leader"), case, NOW)
    assert "todo-what unread" not in words(layout(viewer("leader"), box="copied"))


def test_everybody_finds_their_own_only(cases: dict[str, int]) -> None:
    with db.read_session() as session:
        numbers = {name: tuple(box_counts(session, viewer(name)).values()) for name in ("dept", "own", "leader", "inspector", "duty")}
    assert numbers == {"dept": (4, 1, 0, 0), "own": (0, 4, 4, 0), "leader": (1, 0, 0, 1), "inspector": (0, 0, 0, 0), "duty": (0, 0, 0, 0)}


def test_of_what_one_began_the_line_says_with_whom_it_is_now(cases: dict[str, int]) -> None:
    assert {one.case_id: one.waits_for for one in listed("own", "started")}[cases["late"]] == "监管人员、部门监管人员、乡镇街道人员"


def test_a_keyword_finds_the_matter_and_the_enterprise(cases: dict[str, int]) -> None:
    with db.read_session() as session:
        name = firm_of(session).name
    assert [one.case_id for one in listed("dept", keyword="甲醇 切断")] == [cases["late"]]
    assert len(listed("dept", keyword=name[2:6])) == 4
    assert listed("dept", keyword="%") == []
    assert len(listed("dept", flow="major_danger")) == 4
    assert listed("dept", flow="own_standard") == []
    assert "没有符合条件的记录" in words(layout(viewer("dept"), q="没有这件事"))


def test_the_pages_have_every_line_once(cases: dict[str, int]) -> None:
    pages = [[one.case_id for one in listed("dept", number=number, size=3)] for number in (1, 2)]
    assert [len(one) for one in pages] == [3, 1]
    assert {one for page in pages for one in page} == set(cases.values())
    assert listed("dept", number=9, size=3) == listed("dept", number=2, size=3)


@pytest.mark.parametrize("asked", [{"box": "x"}, {"workflow": "x' OR 1=1"}, {"page": "-1", "size": "9999999"}, {"page": "x"}, {"q": "\0"}])
def test_an_address_that_somebody_made_up_shows_the_first_page(cases: dict[str, int], asked: dict[str, str]) -> None:
    assert "甲醇罐区紧急切断阀未投用" in words(layout(viewer("dept"), **asked))


@pytest.mark.parametrize(("box", "why"), [("", "没有待办事项"), ("done", "您还没有办理过事项"), ("started", "您还没有发起过流程"), ("copied", "没有抄送给您的事项")])
def test_an_empty_box_says_what_would_fill_it(cases: dict[str, int], box: str, why: str) -> None:
    assert why in words(layout(viewer("duty"), box=box))


def test_a_deleted_record_keeps_its_line_without_a_way(cases: dict[str, int]) -> None:
    lost = reported("已删除的隐患", NOW)
    with db.session() as session:
        case = session.get(WorkflowCase, lost)
        assert case is not None
        danger = session.get(HiddenDanger, case.record_id)
        assert danger is not None
        danger.deleted_at = NOW
    (one,) = listed("dept", keyword="已删除的隐患")
    assert one.href == ""
    with db.session() as session:
        session.get(WorkflowCase, lost).ended_at = NOW  # type: ignore[union-attr]
    assert listed("dept", keyword="已删除的隐患") == []


def test_the_personal_home_shows_counts_and_what_is_due_first(cases: dict[str, int]) -> None:
    text = words(my_page(viewer("dept")))
    for part in ("甲醇罐区紧急切断阀未投用", "今天到期", "抄送未读", "全部待办", "我的订阅", "还没有订阅", "快捷入口"):
        assert part in text, part


def test_the_home_of_an_enterprise_shows_its_to_dos(cases: dict[str, int]) -> None:
    done(cases["passed"], steps.act, "issue", by="dept", now=NOW, values={"deadline_on": (NOW + timedelta(days=30)).date()})
    text = words(home(viewer("own")))
    assert "反应釜温度联锁被旁路" in text
    assert "制定整改方案" in words(layout(viewer("own")))


def test_a_list_on_the_screen_is_drawn_anew(cases: dict[str, int], person: Enter) -> None:
    client = person("dept")
    answer = sent(client, BODY, "todos", {"query": "?q=甲醇"}, part="todo-news")
    assert ("甲醇罐区紧急切断阀未投用" in answer, "配电室" in answer) == (True, False)
    for forged in (None, "x", {"query": 7}, {"query": "?box=x&page=x"}, {"query": "?q=" + "%00" * 999}):
        assert "todo-tabs" in sent(client, BODY, "todos", forged, part="todo-news")


def test_the_header_is_told_the_counts_of_who_asks_and_nobody_elses(cases: dict[str, int], client: FlaskClient, person: Enter) -> None:
    assert client.get("/todos/count", headers={"Accept": "application/json"}).status_code in {302, 401}
    assert person("dept").get("/todos/count").get_json() == {"todo": 3, "overdue": 1, "today": 1, "copied": 0}
    assert person("duty").get("/todos/count").get_json() == {"todo": 0, "overdue": 0, "today": 0, "copied": 0}
    assert person("leader").get("/todos/count").headers["Cache-Control"] == "no-store"
