"""快速登录企业端: who may act as an enterprise, what both logs say, and that it ends by itself and when a right is withdrawn."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from auth.entering import Entry, acting_viewer, entry_from, minutes_left
from auth.tokens import issue, push_token, read_push_token
from data.db import read_session, session
from data.errors import Forbidden
from data.models import AuditEntry, Enterprise, LoginEvent, Role, User
from data.save import update as save
from data.settings import Settings
from data.viewers import viewer_from
from tests.auth.conftest import WHO, Client

SignIn = Callable[..., Any]


@pytest.fixture
def firm(people: dict[str, int]) -> int:
    """The id of the enterprise."""
    with read_session() as current:
        return current.scalar(select(Enterprise.id)) or 0


@pytest.fixture
def entered(sign_in: SignIn, client: Client, firm: int) -> Client:
    """A client in which admin acts as the enterprise."""
    sign_in()
    assert client.post(f"/enterprise/enter/{firm}").headers["Location"] == "/"
    return client


def person(user_id: int) -> Any:
    with read_session() as current:
        return viewer_from(current.get_one(User, user_id), "127.0.0.1")


def mark(answer: Any) -> str:
    return str(answer.headers.get("X-Park-As"))


def rights(code: str, *, without: str) -> None:
    with session() as current:
        role = current.scalars(select(Role).where(Role.code == code)).one()
        save(current, role, WHO, {"permissions": [one for one in role.permissions if one != without]})


def test_a_question_says_as_whom_for_how_long_and_that_it_is_logged(sign_in: SignIn, client: Client, firm: int) -> None:
    sign_in()
    page = client.get(f"/enterprise/enter/{firm}")
    assert page.status_code == 200
    assert "将以“朝阳华锦新材料有限公司”企业用户“刘海涛”的身份操作，30 分钟后自动结束" in page.text
    assert f'method="post" action="/enterprise/enter/{firm}"' in page.text
    assert mark(client.get("/")).endswith(".0"), "the question alone changes nothing"


def test_who_enters_acts_with_the_enterprise_s_rights_and_keeps_their_own_name(entered: Client, people: dict[str, int]) -> None:
    assert mark(entered.get("/")) == f"{people['admin']}.{people['firm']}"
    with read_session() as current:
        firm = current.get_one(User, people["firm"]).enterprise_id or 0
        soon = int(time.time()) + 60
        foreign = acting_viewer(current, person(people["admin"]), Entry(people["duty"], firm, soon), datetime.now(UTC))
        acting = acting_viewer(current, person(people["admin"]), Entry(people["firm"], firm, soon), datetime.now(UTC))
    assert foreign is None, "a user of somebody else is nobody here"
    assert acting
    assert (acting.id, acting.username, acting.scope, acting.enterprise_id) == (people["admin"], "admin", "own_enterprise", firm)
    assert acting.may("own.file")
    assert not acting.may("enterprise.enter")
    assert acting.acting_for == "朝阳华锦新材料有限公司"


def test_both_logs_say_who_and_as_whom(entered: Client, people: dict[str, int]) -> None:
    entered.post("/enterprise/leave")
    with read_session() as current:
        lines = [(one.username, one.user_id, one.result) for one in current.scalars(select(LoginEvent).order_by(LoginEvent.id))]
        entries = [(one.username, one.user_id, one.verb, one.record_name) for one in current.scalars(select(AuditEntry).order_by(AuditEntry.id))]
        reason = current.scalar(select(AuditEntry.reason).where(AuditEntry.verb == "enter"))
    both = "admin（代 朝阳华锦新材料有限公司）"
    assert lines == [("admin", people["admin"], "ok"), (both, people["admin"], "enter"), (both, people["admin"], "leave")]
    assert entries == [("admin", people["admin"], verb, "朝阳华锦新材料有限公司") for verb in ("enter", "leave")]
    assert "以企业用户“刘海涛”的身份操作" in str(reason)


def test_what_is_changed_meanwhile_is_audited_under_the_officer_s_name_with_the_enterprise(people: dict[str, int], firm: int) -> None:
    with session() as current:
        acting = acting_viewer(current, person(people["admin"]), Entry(people["firm"], firm, int(time.time()) + 60), datetime.now(UTC))
        assert acting
        save(current, current.get_one(Enterprise, firm), acting, {"phone": "0421-3809119"}, reason="更正")
        save(current, current.get_one(Enterprise, firm), acting, {"phone": None})
        entries = current.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(one.username, one.user_id, one.reason) for one in entries] == [
        ("admin", people["admin"], "代朝阳华锦新材料有限公司：更正"),
        ("admin", people["admin"], "代朝阳华锦新材料有限公司"),
    ]


def test_the_way_back_is_one_s_own_again_and_leads_to_a_local_page_only(entered: Client, people: dict[str, int]) -> None:
    assert entered.post("/enterprise/leave", data={"next": "/enterprises?open=1"}).headers["Location"] == "/enterprises?open=1"
    assert mark(entered.get("/")) == f"{people['admin']}.0"
    assert entered.post("/enterprise/leave", data={"next": "//evil.example"}).headers["Location"] == "/"
    assert entered.post("/enterprise/leave", data={"next": "/own/file"}).headers["Location"] == "/"


def test_without_the_right_nobody_enters(sign_in: SignIn, client: Client, firm: int) -> None:
    sign_in("duty")
    for answer in (client.get(f"/enterprise/enter/{firm}"), client.post(f"/enterprise/enter/{firm}")):
        assert answer.status_code == 403
        assert "没有“快速登录企业端”权限" in answer.text
    assert mark(client.get("/")).endswith(".0")


def test_an_enterprise_does_not_enter_another_even_with_the_right(sign_in: SignIn, client: Client, firm: int) -> None:
    with session() as current:
        role = current.scalars(select(Role).where(Role.code == "enterprise")).one()
        save(current, role, WHO, {"permissions": [*role.permissions, "enterprise.enter"]})
    sign_in("朝阳华锦新材料有限公司", door="/enterprise/login")
    answer = client.post(f"/enterprise/enter/{firm}")
    assert (answer.status_code, "只有监管部门的人员可以快速登录企业端。" in answer.text) == (403, True)


def test_an_enterprise_outside_the_scope_or_without_an_active_user_is_refused(sign_in: SignIn, client: Client, firm: int, people: dict[str, int]) -> None:
    sign_in()
    with session() as current:
        current.execute(update(User).where(User.id == people["firm"]).values(is_active=False))
    answer = client.post(f"/enterprise/enter/{firm}")
    assert (answer.status_code, "没有启用的企业端用户" in answer.text) == (409, True)
    assert client.post("/enterprise/enter/999999").status_code == 404
    with session() as current:
        current.execute(update(User).where(User.id == people["firm"]).values(is_active=True))
        current.execute(update(Role).where(Role.code == "admin").values(scope="divisions"))
    try:
        outside = client.post(f"/enterprise/enter/{firm}")
        assert (outside.status_code, "不在您的数据范围内" in outside.text) == (404, True)
    finally:
        with session() as current:
            current.execute(update(Role).where(Role.code == "admin").values(scope="all"))


def test_a_foreign_page_cannot_make_somebody_enter_or_leave(sign_in: SignIn, client: Client, firm: int, entered: Client) -> None:
    for path in (f"/enterprise/enter/{firm}", "/enterprise/leave"):
        assert client.post(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert client.post(path, headers={"Origin": "https://evil.example"}).status_code == 403


def test_a_stranger_is_led_to_the_door_of_the_authorities(client: Client, people: dict[str, int]) -> None:
    assert client.get("/enterprise/enter/1").headers["Location"].startswith("/login?")


def test_it_ends_by_itself_and_what_was_meant_for_the_enterprise_is_not_done_in_one_s_own_name(entered: Client, people: dict[str, int]) -> None:
    with entered.session_transaction() as kept:
        kept["entry"] = [*kept["entry"][:2], int(time.time()) - 1]
    refused = entered.post("/_dash-update-component", json={})
    assert (refused.status_code, refused.get_json()["error"]) == (403, "以企业身份的操作已经结束，没有执行。请刷新页面，以您自己的身份继续。")
    assert mark(refused) == f"{people['admin']}.0"
    assert entered.get("/").status_code == 200
    with entered.session_transaction() as kept:
        assert "entry" not in kept
        assert "_user_id" in kept, "the sign-in itself goes on"


@pytest.mark.parametrize("withdrawn", ["right", "enterprise user", "enterprise", "officer"])
def test_it_ends_at_once_when_what_allowed_it_is_taken_away(withdrawn: str, entered: Client, people: dict[str, int], firm: int) -> None:
    with session() as current:
        current.execute(
            {
                "right": update(Role).where(Role.code == "admin").values(permissions=[]),
                "enterprise user": update(User).where(User.id == people["firm"]).values(is_active=False),
                "enterprise": update(Enterprise).where(Enterprise.id == firm).values(deleted_at=datetime.now(UTC)),
                "officer": update(User).where(User.id == people["admin"]).values(is_active=False),
            }[withdrawn]
        )
    try:
        answer = entered.get("/")
        assert (answer.status_code, mark(answer)) == ((302, "None") if withdrawn == "officer" else (200, f"{people['admin']}.0"))
    finally:
        with session() as current:
            current.execute(update(Enterprise).values(deleted_at=None))


def test_a_forged_entry_is_none(sign_in: SignIn, client: Client, people: dict[str, int]) -> None:
    assert [entry_from(one) for one in (None, "x", [1, 2], [1, 2, "3"], {"user_id": 1})] == [None] * 5
    sign_in("duty")
    client.set_cookie("park_session", "eyJlbnRyeSI6WzEsMSw5OTk5OTk5OTk5XX0.forged.forged")
    assert client.get("/").status_code == 302


def test_password_tokens_and_a_further_entry_wait_until_one_is_back(entered: Client, people: dict[str, int], firm: int) -> None:
    for answer in (entered.get("/password"), entered.post("/password", data={"current": "x"})):
        assert (answer.status_code, "不能修改密码。请先返回管理端" in answer.text) == (403, True)
    again = entered.post(f"/enterprise/enter/{firm}")
    assert (again.status_code, "的身份操作，请先返回管理端" in again.text) == (403, True)
    with session() as current:
        acting = acting_viewer(current, person(people["admin"]), Entry(people["firm"], firm, int(time.time()) + 60), datetime.now(UTC))
        with pytest.raises(Forbidden, match="不能签发令牌"):
            issue(current, "admin", "x", by=acting)


def test_live_values_are_those_of_the_enterprise(people: dict[str, int], firm: int, settings: Settings) -> None:
    with read_session() as current:
        acting = acting_viewer(current, person(people["admin"]), Entry(people["firm"], firm, int(time.time()) + 60), datetime.now(UTC))
    assert acting
    assert read_push_token(push_token(acting, settings), settings).user_id == people["firm"]


def test_a_plain_page_shows_the_red_bar(entered: Client) -> None:
    page = entered.get("/password")
    assert "正在以“朝阳华锦新材料有限公司”的身份操作，操作记入日志，剩余 30 分钟" in page.text
    assert 'action="/enterprise/leave"' in page.text


def test_signing_out_ends_it_too(entered: Client, people: dict[str, int], sign_in: SignIn) -> None:
    assert entered.post("/logout").headers["Location"] == "/login"
    sign_in()
    assert mark(entered.get("/")) == f"{people['admin']}.0"


def test_minutes_that_have_begun_count() -> None:
    now = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    assert [minutes_left(Entry(1, 1, int(now.timestamp()) + seconds), now) for seconds in (1800, 1799, 61, 60, 1, 0, -5)] == [30, 30, 2, 1, 1, 0, 0]
